"""Bringing back: any earlier version of anything, what its author withdrew, a film's tags.

An earlier version becomes a new one: nothing that came after it is lost from the log.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from annotations import (
    claims,
    discussion,
    evidence,
    notes,
    occurrences,
    permissions,
    revisions,
    sources,
    speakers,
    standings,
)
from annotations.models import (
    REASON_MAX,
    Claim,
    Comment,
    Disclosure,
    Evidence,
    Note,
    Occurrence,
    Speaker,
    State,
    Stated,
    Thing,
)
from annotations.permissions import Action
from catalogue import tags
from catalogue.models import Tag, Video, VideoTag
from catalogue.text import validate_readable

MODELS: Mapping[Thing, type[Stated]] = {
    Thing.CLAIM: Claim,
    Thing.OCCURRENCE: Occurrence,
    Thing.EVIDENCE: Evidence,
    Thing.COMMENT: Comment,
    Thing.SPEAKER: Speaker,
    Thing.NOTE: Note,
    Thing.DISCLOSURE: Disclosure,
}
# What is brought back of things that have no longer a way of their own: what people typed.
RESTORED: Mapping[Thing, tuple[str, ...]] = {
    Thing.EVIDENCE: (
        "url", "doi", "link_id", "title", "publisher", "creator", "published_on", "accessed_on",
        "archive_url", "kind", "stance", "quote", "locator", "why",
    ),
    Thing.SPEAKER: ("name", "role", "wikidata_id"),
    Thing.DISCLOSURE: ("kind", "text", "source_url"),
}  # fmt: skip


class NoSuchVersion(Exception):
    """The log has no such entry of this thing."""


def find(thing: str, row_id: int) -> Stated:
    """Return something in whatever state it is; raises the model's DoesNotExist. One query."""
    model = MODELS[Thing(thing)]
    rows: Any = model._base_manager  # noqa: SLF001 (in any state)
    if issubclass(model, Occurrence | Evidence | Comment):
        rows = rows.select_related("claim")
    row: Stated = rows.get(pk=row_id)
    return row


def restore(
    thing: str, row_id: int, event_id: int, *, by: User, version: int, why: str = ""
) -> Stated:
    """Bring an earlier version of something back, as a new version; return the row as it is now.

    `event_id` is the entry of the log, `version` the one this starts from. What it belongs to
    and its state stay. What may not be stored today is refused as in an edit. Nothing is
    written when it says just this already. Raises NoSuchVersion, StaleVersion,
    ValidationError, PermissionDenied, and the model's DoesNotExist.
    """
    kind = Thing(thing)
    _check_why(why)
    row = find(kind, row_id)
    event = revisions.events_of(kind).filter(pgh_obj_id=row_id, pgh_id=event_id).first()
    if event is None:
        raise NoSuchVersion(_("There is no such version of it."))
    with transaction.atomic(), revisions.recorded(by=by, why=why, restored=event_id):
        if isinstance(row, Claim):
            fields = {name: getattr(event, name) for name in claims.EDITABLE}
            return claims.edit(row, by=by, version=version, tags=_tags_at(event), **fields)
        if isinstance(row, Occurrence):
            fields = {name: getattr(event, name) for name in occurrences.EDITABLE}
            return occurrences.edit(row, by=by, version=version, **fields)
        if isinstance(row, Comment):
            return discussion.edit(row, by=by, version=version, body=event.body)
        if isinstance(row, Note):
            return notes.edit(row.video, by=by, version=version, text=event.text)
        return _rewrite(kind, row, event, by=by, version=version)


def bring_back(row: Stated, *, by: User) -> Stated:
    """Show again what its author withdrew; return the row as it is now.

    What belongs to a claim comes back only to one that takes something new. Raises
    ValidationError where something else has taken its place, PermissionDenied.
    """
    with transaction.atomic(), revisions.recorded(by=by):
        present = standings.locked_row(row)
        claim = _claim_of(present)
        under = None if isinstance(present, Claim) else claim
        permissions.require(by, Action.BRING_BACK, present, under=under)
        if isinstance(present, Evidence):
            _refuse_second(present)
        present.state = State.MERGED if getattr(present, "merged_into_id", None) else State.VISIBLE
        present.version += 1
        present.save(update_fields=["state", "version"])
        if claim is not None:
            standings.recount(claim, now=timezone.now())
    return present


def bring_tag_back(video: Video, event_id: int, *, by: User) -> VideoTag:
    """Put a tag on a film again that was taken off; `event_id` is that entry of the log.

    Any member may, as any may tag a film; from then on it is theirs. Idempotent. Raises
    NoSuchVersion where the log does not say so, or where the tag itself is gone by now.
    """
    events = revisions.events_of("videotag").filter(video=video.pk, pgh_label="delete")
    event = events.filter(pgh_id=event_id).first()
    tag = Tag.objects.filter(pk=event.tag_id).first() if event else None
    if tag is None:
        raise NoSuchVersion(_("No tag was taken off there, or there is no such tag any more."))
    with transaction.atomic(), revisions.recorded(by=by, restored=event_id):
        return tags.add_to_video(video, tag.name, by=by)


def _rewrite(kind: Thing, row: Stated, event: Any, *, by: User, version: int) -> Stated:
    """Write what an event says into a row that has no fields beside it to be set right."""
    present = standings.locked_row(row)
    claim = _claim_of(present)
    permissions.require(by, Action.EDIT, present, under=claim)
    if present.version != version:
        raise revisions.StaleVersion(present)
    changed = [name for name in RESTORED[kind] if getattr(present, name) != getattr(event, name)]
    if not changed:
        return present
    for name in changed:
        setattr(present, name, getattr(event, name))
    if isinstance(present, Evidence) and "url" in changed:
        marked, present.url_key = present.url_key, sources.mark(present.url)
        if present.url_key != marked:
            changed.append("url_key")
        _refuse_second(present)
    if isinstance(present, Evidence):
        evidence.refuse_swap(present, changed)
    _check(present, changed)
    present.version += 1
    present.edited_at = timezone.now()
    present.save(update_fields=[*changed, "version", "edited_at"])
    if claim is not None:
        standings.recount(claim, now=timezone.now())
    return present


def _check_why(why: str) -> None:
    try:
        validate_readable(why)
        MaxLengthValidator(REASON_MAX)(why)
    except ValidationError as error:
        raise ValidationError({"why": error}) from None


def _check(row: Stated, changed: list[str]) -> None:
    """Raise ValidationError by field unless what was changed may be stored today."""
    others = {field.name for field in row._meta.fields if field.attname not in changed}  # noqa: SLF001
    row.clean_fields(exclude=others)
    if isinstance(row, Speaker) and row.wikidata_id:
        speakers.hold_id(row.wikidata_id)
        same = Speaker.objects.filter(wikidata_id=row.wikidata_id, merged_into=None)
        if same.exclude(pk=row.pk).exists():
            message = _("Another speaker has this Wikidata id now.")
            raise ValidationError({"wikidata_id": ValidationError(message, code="exists")})


def _refuse_second(card: Evidence) -> None:
    """Raise ValidationError if another card with the address stands on the claim."""
    same = Evidence.objects.filter(claim=card.claim_id, url_key=card.url_key).exclude(pk=card.pk)
    if same.exclude(state=State.WITHDRAWN).exists():
        message = _("A card with the same address stands on this claim now.")
        raise ValidationError({"url": ValidationError(message, code="exists")})


def _claim_of(row: Stated) -> Claim | None:
    """Return the claim that something is, or belongs to; None where there is none."""
    if isinstance(row, Claim):
        return row
    return row.claim if isinstance(row, Occurrence | Evidence | Comment) else None


def _tags_at(event: Any) -> list[str]:
    """Return the tags that a claim carried in the version that an event tells of.

    They are saved with it: in the same context, a moment before or after.
    """
    events = revisions.events_of("claimtag")
    rows = events.filter(claim=event.pgh_obj_id).values("pgh_obj_id")
    carried: dict[int, int | None] = {}
    for one in events.filter(pgh_obj_id__in=rows).order_by("pgh_id"):
        is_same_save = event.pgh_context_id and one.pgh_context_id == event.pgh_context_id
        if one.pgh_created_at <= event.pgh_created_at or is_same_save:
            is_here = one.claim_id == event.pgh_obj_id and one.pgh_label != "delete"
            carried[one.pgh_obj_id] = one.tag_id if is_here else None
    kept = [number for number in carried.values() if number is not None]
    names = dict(Tag.objects.filter(pk__in=kept).values_list("pk", "name"))
    return [names[number] for number in kept if number in names]
