"""Erasure: personal data goes out of a text, and out of the log of it, on a person's request.

This is the only place where the log is written anew. A decision tells that it was done and
why, not what stood there.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import pgtrigger
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import CharField, JSONField, Model, Q, TextField
from django.utils.translation import gettext as _
from pghistory.models import Context

from accounts.models import User
from annotations import discussion, permissions, revisions, standings, things
from annotations.models import (
    STATEMENT_MIN,
    Comment,
    Decision,
    Deed,
    Evidence,
    Flag,
    Link,
    LinkState,
    Merge,
    Stated,
    Thing,
)

TOMBSTONE = "[erased]"
# A statement has a least length, and an address is one.
ERASED_STATEMENT = f"{TOMBSTONE} on request"
ERASED_ADDRESS = "https://erased.invalid/"

# What members write, by where.
FIELDS: dict[Thing, tuple[str, ...]] = {
    Thing.CLAIM: ("statement", "not_checkable_why", "state_reason"),
    Thing.OCCURRENCE: ("quote", "speaker", "speaker_role", "state_reason"),
    Thing.EVIDENCE: (
        "url", "archive_url", "doi", "title", "publisher", "creator", "quote", "locator", "why",
        "state_reason",
    ),
    Thing.COMMENT: ("body", "state_reason"),
    Thing.SPEAKER: ("name", "role", "wikidata_id", "state_reason"),
    Thing.NOTE: ("text", "state_reason"),
    Thing.DISCLOSURE: ("text", "source_url", "state_reason"),
}  # fmt: skip

Rewrite = Callable[[str], str]


def erase_field(row: Stated, *, by: User, field: str, reason: str) -> int:
    """Replace one field of a thing by a tombstone, in the row and in its log.

    Returns how many rows were written anew. Raises ValidationError if there was nothing to
    erase, PermissionDenied.
    """
    thing = permissions.thing_of(row)
    if field not in FIELDS[thing]:
        raise ValidationError(_("Not one of: %(words)s.") % {"words": ", ".join(FIELDS[thing])})

    def rewrite(text: str) -> str:
        return text and TOMBSTONE

    return _erase(row, by=by, reason=reason, fields=(field,), rewrite=rewrite)


def erase_phrase(row: Stated, *, by: User, phrase: str, reason: str) -> int:
    """Replace a phrase, in any case, in every text of a thing and about it, and in its log.

    That is also what was remarked of it in flags, decisions, merges and reasons of edits.
    As `erase_field` else.
    """
    if not phrase.strip():
        raise ValidationError(_("Say which words are to be erased."))
    pattern = re.compile(re.escape(phrase.strip()), re.IGNORECASE)
    if pattern.search(reason) or pattern.search(TOMBSTONE):
        raise ValidationError(_("The reason is public: it cannot hold what is erased."))

    def rewrite(text: str) -> str:
        return pattern.sub(TOMBSTONE, text)

    fields = FIELDS[permissions.thing_of(row)]
    return _erase(row, by=by, reason=reason, fields=fields, rewrite=rewrite, is_all=True)


def places_of(phrase: str) -> list[str]:
    """Return where a phrase stands in what members wrote and in its log: `Claim 7: statement`.

    Reads every table: for an operator, not for a page.
    """
    found: list[str] = []
    models: list[type[Model]] = [*apps.get_app_config("annotations").get_models(), Context]
    for model in models:
        for field in model._meta.concrete_fields:  # noqa: SLF001
            if isinstance(field, CharField | TextField | JSONField):
                rows = model._default_manager.filter(  # noqa: SLF001
                    **{f"{field.name}__icontains": phrase}
                )
                numbers = rows.values_list("pk", flat=True)
                found += [f"{model.__name__} {pk}: {field.name}" for pk in numbers]
    return found


def _erase(
    row: Stated,
    *,
    by: User,
    reason: str,
    fields: Iterable[str],
    rewrite: Rewrite,
    is_all: bool = False,
) -> int:
    if not permissions.may_operate(by):
        raise PermissionDenied(_("Only an operator can do that."))
    thing = permissions.thing_of(row)
    decision = Decision(thing=thing, thing_id=row.pk, deed=Deed.ERASE, reason=reason, by=by)
    decision.clean_fields(exclude={"by"})
    with transaction.atomic(), revisions.recorded(by=by, why=reason):
        present = standings.locked_row(row)
        written = _erase_row(present, fields, rewrite)
        events = things.events_of(type(row))._default_manager.filter(  # noqa: SLF001
            pgh_obj_id=row.pk
        )
        written += _write_anew(events, fields, rewrite)
        if is_all:
            written += _erase_about(thing, row.pk, events, rewrite)
        if not written:
            raise ValidationError(_("Nothing of that stands there."), code="nothing")
        decision.save(force_insert=True)
    return written


def _erase_row(row: Any, fields: Iterable[str], rewrite: Rewrite) -> int:
    """Write a thing anew; an edit that began before is stale from now on."""
    changed = _changed(row, fields, rewrite)
    if not changed:
        return 0
    old_link = row.link if isinstance(row, Evidence) and "url" in changed else None
    if old_link is not None:
        row.url_key = f"erased:{row.pk}"
        row.link = Link.objects.get_or_create(
            url=row.url, defaults={"key": row.url, "host": "", "state": LinkState.REFUSED}
        )[0]
        changed += ["url_key", "link"]
    row.version += 1
    row.save(update_fields=[*changed, "version"])
    if isinstance(row, Comment):
        discussion.follow_text(row)
    if old_link is not None and not old_link.evidence.exists():
        with pgtrigger.ignore("annotations.LinkCheck:append_only"):
            old_link.delete()
    return 1


def _erase_about(thing: Thing, number: int, events: Any, rewrite: Rewrite) -> int:
    """Write anew what was said about a thing: by flags, decisions, merges, reasons of edits."""
    merges = Merge.objects.filter(Q(source_id=number) | Q(target_id=number), thing=thing)
    merge_events = things.events_of(Merge)._default_manager.filter(  # noqa: SLF001
        pgh_obj_id__in=list(merges.values_list("pk", flat=True))
    )
    written = _write_anew(Flag.objects.about(thing, number), ["remark"], rewrite)
    decisions = Decision.objects.filter(thing=thing, thing_id=number)
    written += _write_anew(decisions, ["reason"], rewrite)
    written += _write_anew(merges, ["why"], rewrite)
    written += _write_anew(merge_events, ["why"], rewrite)
    for context in Context.objects.filter(
        pk__in=list(events.values_list("pgh_context", flat=True))
    ):
        why = context.metadata.get("why", "")
        if rewrite(why) != why:
            context.metadata["why"] = rewrite(why)
            context.save(update_fields=["metadata"])
            written += 1
    return written


def _write_anew(rows: Any, fields: Iterable[str], rewrite: Rewrite) -> int:
    """Write rows anew that hold what is erased, also where nothing is ever written anew."""
    protected = {
        model._meta.label: f"{model._meta.label}:{trigger.name}"  # noqa: SLF001
        for model, trigger in pgtrigger.registered()
        if trigger.name == "append_only"
    }
    written = 0
    for row in rows:
        if changed := _changed(row, fields, rewrite):
            uri = protected.get(row._meta.label)  # noqa: SLF001
            if uri is None:
                row.save(update_fields=changed)
            else:
                with pgtrigger.ignore(uri):
                    row.save(update_fields=changed)
            written += 1
    return written


def _changed(row: Model, fields: Iterable[str], rewrite: Rewrite) -> list[str]:
    """Write fields of a row anew, in memory; return those that changed."""
    changed: list[str] = []
    for name in fields:
        old = getattr(row, name)
        new = _fitted(row, name, rewrite(old))
        if new != old:
            setattr(row, name, new)
            changed.append(name)
    return changed


def _fitted(row: Model, name: str, text: str) -> str:
    """Return a text that its column takes."""
    if text == TOMBSTONE and name in ("url", "archive_url"):
        return ERASED_ADDRESS
    if text == TOMBSTONE and name == "wikidata_id":
        return ""
    if name == "statement" and len(text) < STATEMENT_MIN:
        return ERASED_STATEMENT
    longest = getattr(row._meta.get_field(name), "max_length", None)  # noqa: SLF001
    return text[:longest]
