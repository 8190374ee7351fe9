"""Claims: marking, editing and withdrawing checkable statements."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import User
from annotations import occurrences, permissions, revisions, standings
from annotations.models import Claim, ClaimStanding, ClaimTag, Kind, Occurrence, State
from annotations.permissions import Action
from catalogue import tags as catalogue_tags
from catalogue.models import Video

EDITABLE = ("statement", "language", "kind", "not_checkable_why")
TAGS_MAX = 20
_ONE_LINE = ("statement", "not_checkable_why")


def create(
    *,
    by: User,
    statement: str,
    video: Video,
    start_ms: int,
    end_ms: int,
    language: str = "en",
    kind: str = Kind.OTHER,
    not_checkable_why: str = "",
    quote: str = "",
    speaker: str = "",
    speaker_role: str = "",
    tags: Iterable[str] = (),
) -> Claim:
    """Mark a claim at a moment of a film; times in milliseconds.

    One that says why it cannot be checked is filed, and not judged.
    The claim, its first occurrence, its tags and the log are one transaction. Raises
    ValidationError with all that is wrong, by field.
    """
    claim = Claim(
        author=by,
        statement=one_line(statement),
        language=language,
        kind=kind,
        not_checkable_why=one_line(not_checkable_why),
        is_checkable=not not_checkable_why.strip(),
    )
    moment: dict[str, Any] = {
        "start_ms": start_ms,
        "end_ms": end_ms,
        "quote": quote.strip(),
        "speaker": speaker.strip(),
        "speaker_role": speaker_role.strip(),
    }
    wrong = _problems(claim) | occurrences.problems(Occurrence(video=video, **moment))
    names: list[str] = []
    try:
        names = _clean_tags(tags)
    except ValidationError as error:
        wrong["tags"] = error
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic(), revisions.recorded(by=by):
        claim.save(force_insert=True)
        ClaimStanding.objects.create(claim=claim)
        # The film before the tags, as everyone who tags a film.
        Video.objects.hold(video)
        _set_tags(claim, names, by=by)
        occurrences.add(claim, by=by, video=video, **moment)
    return claim


def edit(
    claim: Claim, *, by: User, version: int, tags: Iterable[str] | None = None, **changes: Any
) -> Claim:
    """Change what a claim says of itself, or its tags. `version` is the one the edit started from.

    Raises StaleVersion if somebody edited it since, ValidationError, PermissionDenied.
    Nothing is written when nothing changes.
    """
    if unknown := changes.keys() - set(EDITABLE):
        raise TypeError(f"not a field of a claim that can be edited: {sorted(unknown)}")
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked(claim.pk)
        permissions.require(by, Action.EDIT, row)
        if row.version != version:
            raise revisions.StaleVersion(row)
        changed = _change(row, changes)
        wrong = _problems(row)
        try:
            names = None if tags is None else _clean_tags(tags)
        except ValidationError as error:
            wrong["tags"] = error
        if wrong:
            raise ValidationError(wrong)
        has_new_tags = names is not None and _set_tags(row, names, by=by)
        if changed or has_new_tags:
            row.version += 1
            row.edited_at = timezone.now()
            row.save(update_fields=[*changed, "version", "edited_at"])
            if {"kind", "is_checkable"} & set(changed):
                standings.recount(row, now=timezone.now())
    return row


def withdraw(claim: Claim, *, by: User) -> Claim:
    """Take a claim back: nobody sees it any more; the log keeps it. Raises PermissionDenied."""
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked(claim.pk)
        permissions.require(by, Action.WITHDRAW, row)
        row.state = State.WITHDRAWN
        row.version += 1
        row.save(update_fields=["state", "version"])
    return row


def _change(row: Claim, changes: dict[str, Any]) -> list[str]:
    """Set what differs, and what follows from it; return the columns."""
    cleaned = {
        name: one_line(value) if name in _ONE_LINE else value for name, value in changes.items()
    }
    changed = [name for name, value in cleaned.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, cleaned[name])
    if "not_checkable_why" in changed:
        row.is_checkable = not row.not_checkable_why
        changed.append("is_checkable")
    return changed


def one_line(statement: str) -> str:
    """Return a statement on one line: it is one proposition."""
    return " ".join(statement.split())


def _problems(claim: Claim) -> dict[str, ValidationError]:
    try:
        claim.clean_fields(exclude={"author", "state", "version", "merged_into"})
    except ValidationError as error:
        return {name: ValidationError(errors) for name, errors in error.error_dict.items()}
    return {}


def _clean_tags(tags: Iterable[str]) -> list[str]:
    names = [catalogue_tags.clean_name(name) for name in tags]
    if len({catalogue_tags.slug_of(name) for name in names}) > TAGS_MAX:
        raise ValidationError(
            ngettext(
                "A claim has %(max)d tag at most.", "A claim has %(max)d tags at most.", TAGS_MAX
            )
            % {"max": TAGS_MAX},
            code="tags",
        )
    return names


def _set_tags(claim: Claim, names: list[str], *, by: User) -> bool:
    """Make the claim carry exactly these tags; tell whether that changed anything.

    Tags that stay keep who put them there.
    """
    wanted = {tag.pk: tag for tag in catalogue_tags.find_or_create(names, by=by)} if names else {}
    present = set(claim.claim_tags.values_list("tag_id", flat=True))
    claim.claim_tags.filter(tag_id__in=present - wanted.keys()).delete()
    ClaimTag.objects.bulk_create(
        [ClaimTag(claim=claim, tag=wanted[pk], added_by=by) for pk in wanted if pk not in present]
    )
    return present != wanted.keys()
