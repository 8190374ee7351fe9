"""What pages show of the log: what was saved together, in words, with the words that changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from annotations import reasons, worddiff
from annotations.models import Backing, Claim, Kind, LastLook, SourceKind, Stance, State, Stated
from annotations.permissions import Action, may
from annotations.revisions import Change, Entry
from catalogue.addresses import address
from catalogue.templatetags.films import language_name
from catalogue.timecodes import format_timecode

LABELS = {
    "statement": _("Statement"),
    "language": _("Language"),
    "kind": _("Kind"),
    "is_checkable": _("Can be checked"),
    "not_checkable_why": _("Why it cannot be checked"),
    "state": _("State"),
    "merged_into": _("Merged into"),
    "claim": _("Claim"),
    "tag": _("Tag"),
    "start_ms": _("Start"),
    "end_ms": _("End"),
    "quote": _("Quote"),
    "speaker": _("Speaker"),
    "speaker_role": _("Speaker’s role"),
    "spoken_by": _("Speaker’s page"),
    "stance": _("Stance"),
    "url": _("Address"),
    "title": _("Title"),
    "publisher": _("Publisher"),
    "creator": _("Author"),
    "published_on": _("Published on"),
    "accessed_on": _("Accessed on"),
    "archive_url": _("Archived at"),
    "locator": _("Where in the source"),
    "why": _("Why it matters"),
    "body": _("Comment"),
    "name": _("Name"),
    "role": _("Role"),
    "wikidata_id": _("Wikidata id"),
    "text": _("Note"),
    "source_url": _("Address of the source"),
}
THINGS = {
    "claim": _("Claim"),
    "occurrence": _("Moment"),
    "claimtag": _("Tag on a claim"),
    "evidence": pgettext_lazy("one source", "Evidence"),
    "comment": _("Comment"),
    "speaker": _("Speaker"),
    "note": _("Note on a film"),
    "disclosure": _("Note on a channel"),
    "videotag": _("Tag on a film"),
}
# Texts that are compared word by word; of the others the whole is told.
_TEXTS = frozenset(
    {
        "statement", "not_checkable_why", "quote", "title", "publisher", "creator", "locator",
        "why", "body", "role", "speaker_role", "text",
    }
)  # fmt: skip
# What a row belongs to and its state stay as they are when an earlier version comes back.
_NOT_RESTORED = frozenset({"state", "claim", "spoken_by", "merged_into", "tag"})
# How everything begins: it goes without saying.
_UNSAID = frozenset({("state", None, State.VISIBLE), ("is_checkable", None, True)})
# Histories of their own; a moment's and a tag's are the claim's.
_HISTORIES = {
    "claim": "claim-history",
    "evidence": "evidence-history",
    "comment": "comment-history",
    "speaker": "speaker-history",
    "disclosure": "disclosure-history",
}
_CHOICES: dict[tuple[str, str], type[Any]] = {
    ("claim", "kind"): Kind,
    ("evidence", "kind"): SourceKind,
    ("evidence", "stance"): Stance,
    ("disclosure", "kind"): Backing,
    ("", "state"): State,
}


@dataclass(frozen=True, slots=True)
class Told:
    """One column before and after, in words; `pieces` where they are compared word by word."""

    label: Any
    old: str
    new: str
    pieces: tuple[worddiff.Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One row of what was saved together.

    `restorable` is the row's present version where this reader may bring this one back.
    """

    entry: Entry
    thing: Any
    about: str
    page: str
    history: str
    told: list[Told]
    restorable: int | None = None
    may_bring_back: bool = False

    @property
    def restore_url(self) -> str:
        """Where this version is brought back."""
        return address(f"annotations:{self.entry.table}-restore", self.entry.row_id)

    @property
    def bring_back_url(self) -> str:
        """Where the row is shown again, or the tag put on the film."""
        if self.entry.table == "videotag" and self.entry.video is not None:
            film = self.entry.video
            return address("annotations:film-tag-bring-back", film.platform, film.platform_id)
        return address(f"annotations:{self.entry.table}-bring-back", self.entry.row_id)


@dataclass(frozen=True, slots=True)
class Saved:
    """What one person saved at once."""

    at: datetime
    by: User | None
    why: str
    restored: bool
    parts: list[Part]
    is_first_seen: bool = False


def saved_together(
    entries: Iterable[Entry],
    reader: User | AnonymousUser,
    *,
    seen_at: datetime | None = None,
    carried: frozenset[str] | None = None,
) -> list[Saved]:
    """Put entries (newest first) that were saved together into one. No query.

    `carried` are the tags that the film has, if the entries are a film's: others come back.
    `is_first_seen` marks the first that the reader saw before: what is above it is new.
    """
    groups: dict[Any, list[Entry]] = {}
    newest: dict[tuple[str, int], int] = {}
    for entry in entries:
        newest.setdefault((entry.table, entry.row_id), entry.event)
        if entry.says_something:
            groups.setdefault(entry.context or (entry.table, entry.event), []).append(entry)
    found: list[Saved] = []
    is_new = False
    for group in groups.values():
        was_new, is_new = is_new, seen_at is not None and group[0].at > seen_at
        found.append(
            Saved(
                at=group[0].at,
                by=group[0].by,
                why=reasons.told(next((one.why for one in group if one.why), "")),
                restored=any(one.restored for one in group),
                parts=[
                    _part(one, reader, newest[one.table, one.row_id], carried)
                    for one in reversed(group)
                ],
                is_first_seen=was_new and not is_new,
            )
        )
    return found


def last_look(user: User | AnonymousUser) -> datetime | None:
    """Return when a member last said that they had seen what changed. One query."""
    looks = LastLook.objects.filter(member=user.pk).values_list("at", flat=True)
    return looks.first() if user.is_authenticated else None


def differences(table: str, pairs: Iterable[tuple[str, Any, Any]]) -> list[Told]:
    """Return what differs between what stands there now and what was typed, by field."""
    return [_told(table, Change(name, now, typed)) for name, now, typed in pairs if now != typed]


def _part(
    entry: Entry, reader: User | AnonymousUser, newest: int, carried: frozenset[str] | None
) -> Part:
    row = entry.row
    stated = row if isinstance(row, Stated) else None
    has_text = any(change.field not in _NOT_RESTORED for change in entry.changes)
    is_earlier = entry.event != newest and has_text
    under = None if isinstance(row, Claim) else entry.claim
    may_restore = is_earlier and stated and may(reader, Action.EDIT, stated, under=under)
    is_last = entry.event == newest
    may_show = is_last and stated and may(reader, Action.BRING_BACK, stated, under=under)
    return Part(
        entry=entry,
        thing=THINGS[entry.table],
        about=_about(entry),
        page=_page(entry),
        history=_history(entry),
        told=[
            _told(entry.table, change)
            for change in entry.changes
            if (change.field, change.old, change.new) not in _UNSAID
        ],
        restorable=stated.version if stated and may_restore else None,
        may_bring_back=bool(may_show) or _may_tag_again(entry, reader, carried),
    )


def _may_tag_again(
    entry: Entry, reader: User | AnonymousUser, carried: frozenset[str] | None
) -> bool:
    """Tell whether a tag was taken off that the film does not carry, and there still is."""
    if carried is None or entry.table != "videotag" or not isinstance(reader, User):
        return False
    lost = next((change.old for change in entry.changes if change.new is None), None)
    # The log calls a tag that is gone by its number, and no tag's name begins so.
    return lost is not None and lost not in carried and not lost.startswith("#")


def _about(entry: Entry) -> str:
    """Return what the row is about, in words that this reader may read."""
    if not entry.is_told:
        return ""
    if entry.table in ("speaker", "disclosure"):
        return str(entry.row)
    subject = entry.claim or entry.video
    return str(subject or "")


def _page(entry: Entry) -> str:
    """Return where the row is shown; nothing where it is not."""
    if not entry.is_told:
        return ""
    row = entry.row
    if entry.table in ("speaker", "disclosure"):
        # People's pages are of another part of the site; its log is always here.
        return _history(entry)
    if entry.claim is not None:
        # A moment's own address would ask for its film once more.
        marks = {"evidence": "evidence", "comment": "comment"}
        mark = f"#{marks[entry.table]}-{entry.row_id}" if row and entry.table in marks else ""
        return f"{entry.claim.get_absolute_url()}{mark}"
    return entry.video.get_absolute_url() if entry.video else ""


def _history(entry: Entry) -> str:
    if entry.table in _HISTORIES:
        return address(f"annotations:{_HISTORIES[entry.table]}", entry.row_id)
    if entry.claim is not None:
        return address("annotations:claim-history", entry.claim.pk)
    if entry.video is not None:
        return address("annotations:film-history", entry.video.platform, entry.video.platform_id)
    return ""


def _told(table: str, change: Change) -> Told:
    old, new = (_words(table, change.field, value) for value in (change.old, change.new))
    is_compared = change.field in _TEXTS and old and new
    return Told(LABELS[change.field], old, new, worddiff.diff(old, new) if is_compared else ())


def _words(table: str, field: str, value: Any) -> str:
    """Return a value of the log in words."""
    if value is None or value == "":
        return ""
    if field in {"start_ms", "end_ms"}:
        return format_timecode(value, exact=True)
    if choices := _CHOICES.get((table, field)) or _CHOICES.get(("", field)):
        return str(choices(value).label)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, int):
        return f"#{value}"
    return language_name(value) if field == "language" else str(value)
