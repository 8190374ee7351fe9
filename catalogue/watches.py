"""Watches: phrases that members want to be told of when a film with them comes in."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.letters import verified_addresses
from accounts.models import User
from catalogue import paging, phrases, search, transcript_search, transcripts
from catalogue.models import PHRASE_MIN, PhraseMatch, PhraseWatch, Video, WatchPlace

PER_MEMBER_MAX = 100
# An unread number beyond this is shown as "more than".
UNSEEN_MAX = 99
PRESENT_MAX = 1000
# Of the films whose words match, this many are looked at for a title that does.
_CANDIDATES_MAX = 5000
EDITABLE = ("phrase", "place", "language", "by_mail", "is_active")
# What is asked for. With any of these changed, text counts from now on.
_ASKED = ("phrase", "place", "language")

_SPACES = re.compile(r"\s+")
_QUOTES = re.compile(r'["“”„«»]')


@dataclass(frozen=True, slots=True)
class Present:
    """How many films match already, and whether there are more than were counted."""

    count: int
    is_more: bool


def clean_phrase(text: str) -> str:
    """Return a phrase in its one spelling: one line, no quotation marks around or within."""
    return _SPACES.sub(" ", _QUOTES.sub(" ", unicodedata.normalize("NFC", text))).strip()


def check(*, phrase: str, place: str, language: str) -> None:
    """Raise ValidationError by field unless this can be watched for. One query."""
    _take_over(PhraseWatch(), {"phrase": phrase, "place": place, "language": language})


def create(
    *,
    by: User,
    phrase: str,
    place: str = WatchPlace.BOTH,
    language: str = "",
    by_mail: bool = False,
) -> PhraseWatch:
    """Begin to watch for a phrase; what is in the catalogue already is not told.

    Words count as search counts them, and stand next to each other. Waits for sweeps at
    work. Raises ValidationError by field.
    """
    row = PhraseWatch(owner=by, by_mail=by_mail)
    given = {"phrase": phrase, "place": place, "language": language, "by_mail": by_mail}
    _take_over(row, given)
    with _alone() as (since, now):
        if PhraseWatch.objects.filter(owner=by).count() >= PER_MEMBER_MAX:
            message = ngettext(
                "You watch for %(max)d phrase, and more are not possible.",
                "You watch for %(max)d phrases, and more are not possible.",
                PER_MEMBER_MAX,
            )
            params = {"max": PER_MEMBER_MAX}
            raise ValidationError(
                {"phrase": ValidationError(message, code="too_many", params=params)}
            )
        _refuse_twice(row)
        row.since, row.since_at = since, now
        row.save(force_insert=True)
    return row


def edit(watch: PhraseWatch, *, by: User, **changes: Any) -> PhraseWatch:
    """Change what is watched for, whether by mail, or whether at all.

    With another phrase, place or language, and after a pause, text counts from now on; what
    was found stays. Nobody is written to about what was found while mail was off. Raises
    ValidationError by field, PhraseWatch.DoesNotExist for one that is gone or another's.
    """
    if unknown := changes.keys() - set(EDITABLE):
        raise TypeError(f"not a field of a watch that can be edited: {sorted(unknown)}")
    with _alone() as (since, now):
        row = PhraseWatch.objects.select_for_update().get(pk=watch.pk, owner=by)
        before = {name: getattr(row, name) for name in EDITABLE}
        _take_over(row, changes)
        _refuse_twice(row)
        changed = {name for name in EDITABLE if getattr(row, name) != before[name]}
        if changed & set(_ASKED) or ("is_active" in changed and row.is_active):
            row.since, row.since_at = since, now
        row.save(update_fields=[*EDITABLE, "parts", "bare", "is_unspaced", "since", "since_at"])
        if not (row.by_mail and row.is_active):
            row.matches.update(mail_due_at=None)
    return row


def remove(watch: PhraseWatch, *, by: User) -> None:
    """Stop watching and forget what was found. Idempotent; of one's own watches only."""
    with _alone():
        PhraseWatch.objects.filter(pk=watch.pk, owner=by).delete()


def stop_mail(owner: User) -> int:
    """Send a member no more letters about any watch; return how many did. Idempotent."""
    with _alone():
        PhraseMatch.objects.filter(watch__owner=owner).update(mail_due_at=None)
        return PhraseWatch.objects.filter(owner=owner, by_mail=True).update(by_mail=False)


def mark_seen(watch: PhraseWatch, *, by: User, until: int | None = None) -> int:
    """Mark what was found as seen, up to the match `until`; return how many were new.

    Idempotent. What was seen is not written about any more.
    """
    rows = PhraseMatch.objects.filter(watch=watch, watch__owner=by, seen_at__isnull=True)
    if until is not None:
        rows = rows.filter(pk__lte=until)
    return rows.update(seen_at=timezone.now(), mail_due_at=None)


def count_unseen(owner: User) -> int:
    """Return how many matches are new to a member, UNSEEN_MAX + 1 for more. One query."""
    rows = PhraseMatch.objects.filter(watch__owner=owner, seen_at__isnull=True)
    return paging.count_up_to(rows, UNSEEN_MAX)


def count_present(phrase: str, place: str, language: str = "") -> Present:
    """Return how many films of the catalogue match now, as far as it is cheap to tell.

    Three queries at most, each over a bounded number of films or lines.
    """
    found: set[int] = set()
    if place != WatchPlace.TRANSCRIPTS:
        found |= _films_titled(phrase, language)
    if place != WatchPlace.TITLES:
        found |= transcript_search.films_saying(f'"{phrase}"', language=language)
    return Present(min(len(found), PRESENT_MAX), len(found) >= PRESENT_MAX)


def _films_titled(phrase: str, language: str) -> set[int]:
    """Return the numbers of films whose title has a phrase, out of the first candidates."""
    query = SearchQuery(phrase, config=search.CONFIG, search_type="phrase")
    rows = Video.objects.filter(search=query)
    if language:
        rows = rows.filter(Q(language__in=("", language)) | Q(language__startswith=f"{language}-"))
    candidates = rows.order_by().values("pk")[:_CANDIDATES_MAX]
    titled = Video.objects.filter(pk__in=candidates).annotate(
        words=SearchVector("title", config=search.CONFIG)
    )
    found = set(titled.filter(words=query).values_list("pk", flat=True)[:PRESENT_MAX])
    if phrases.is_unspaced(phrase):
        # No index knows parts of such titles, so the newest have to do.
        newest = Video.objects.order_by("-pk").values("pk")[:_CANDIDATES_MAX]
        parts = Video.objects.filter(pk__in=newest, title__icontains=phrase)
        found |= set(parts.values_list("pk", flat=True)[:PRESENT_MAX])
    return found


# --- Rules ----------------------------------------------------------------------------


@contextmanager
def _alone() -> Iterator[tuple[str, datetime]]:
    """Hold sweeps off until the transaction ends; give what is seen now, and the time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [phrases.LOCK])
        cursor.execute("SELECT txid_current_snapshot()::text, clock_timestamp()")
        yield cursor.fetchone()


def _take_over(row: PhraseWatch, given: dict[str, Any]) -> None:
    """Set what was given and what follows from it. Raises ValidationError by field."""
    wrong: dict[str, ValidationError] = {}
    for name, value in given.items():
        setattr(row, name, value)
    row.phrase = clean_phrase(row.phrase)
    try:
        row.language = transcripts.clean_language(row.language) if row.language else ""
    except ValidationError as error:
        wrong["language"] = ValidationError(error.error_dict["language"])
    try:
        row.clean_fields(exclude={"owner", "parts", "bare", "since", "since_at", "language"})
    except ValidationError as error:
        wrong |= {name: ValidationError(errors) for name, errors in error.error_dict.items()}
    if "phrase" not in wrong and (reason := _unfit(row)):
        wrong["phrase"] = reason
    if given.get("by_mail") and row.owner_id not in verified_addresses([row.owner_id]):
        message = _("Confirm your e-mail address first.")
        wrong["by_mail"] = ValidationError(message, code="unverified")
    if wrong:
        raise ValidationError(wrong)
    row.parts, row.bare = phrases.parts_of(row.phrase), phrases.bare(row.phrase)
    row.is_unspaced = phrases.is_unspaced(row.phrase)


def _unfit(row: PhraseWatch) -> ValidationError | None:
    if len(row.phrase) < PHRASE_MIN or not any(letter.isalnum() for letter in row.phrase):
        message = ngettext(
            "Write at least %(min)d letter.", "Write at least %(min)d letters.", PHRASE_MIN
        )
        return ValidationError(message, code="min_length", params={"min": PHRASE_MIN})
    if not phrases.says_something(row.phrase, is_title=row.place == WatchPlace.TITLES):
        message = _("These words are so common that search passes over them. Add another one.")
        return ValidationError(message, code="common")
    return None


def _refuse_twice(row: PhraseWatch) -> None:
    """Raise ValidationError if the owner has such a watch. Nobody else writes meanwhile."""
    same = PhraseWatch.objects.annotate(spelled=Lower("phrase")).filter(
        owner=row.owner_id,
        spelled=Lower(Value(row.phrase)),
        place=row.place,
        language=row.language,
    )
    if same.exclude(pk=row.pk).exists():
        message = _("You watch for this already.")
        raise ValidationError({"phrase": ValidationError(message, code="exists")})
