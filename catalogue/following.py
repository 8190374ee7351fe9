"""Looking at what is followed: which subscriptions are due, and what a look brings."""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from catalogue.ingest import fetches, fetching
from catalogue.models import FetchKind, SeenUpload, Start, Subscription, Video
from catalogue.platforms import Failure, FailureKind, sources
from catalogue.platforms.documents import Entry, Film, guess_identity
from catalogue.platforms.sources import Listing
from catalogue.records import VideoRecord, parse_all
from catalogue.records.said import said, said_many

logger = logging.getLogger(__name__)

# Longer than a task lives, as the lease of a fetch.
LEASE = timedelta(minutes=5)
# Channels show their newest first, on each of their tabs; one page of YouTube holds thirty.
NEWEST = 30
# The first look notes more than the later ones see: when a film is taken away, an older one
# moves into their view, and is not new.
NOTED_AT_FIRST = 90
# New films of a list may stand anywhere in it.
MAX_LISTED = 1_000
# Films that one look sends for; the rest is met again by the next one.
AT_ONCE = 50
LONGEST_WAIT = timedelta(days=14)
# Looks in a row that say that it is gone, private or no list, until it is paused.
GIVE_UP_AFTER = 3


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to look at one subscription, until a moment that is also its number."""

    subscription_id: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """A film in a list: what names it, what is known of it, and how to ask for it."""

    key: str
    title: str
    duration_ms: int | None
    entry: Entry | None = None
    film: Film | None = None
    identity: tuple[str, str] | None = None


@dataclass(slots=True)
class _Sifted:
    """What a list holds, sifted: `new` to send for, `met` to be noted as seen."""

    new: list[Upload] = field(default_factory=list)
    met: list[str] = field(default_factory=list)
    passed_by: int = 0


def take_due(*, now: datetime) -> Lease | None:
    """Lease the subscription that has been due longest. One statement, never waits.

    Those that are paused, or whose member is, are not due. A lease that ran out counts as a
    failure, and each failure doubles the next lease: a look that ends its worker can say
    nothing for itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH chosen AS MATERIALIZED (
                SELECT s.id FROM catalogue_subscription s JOIN accounts_user u ON u.id = s.by_id
                 WHERE s.is_active AND u.is_active AND s.due_at <= %(now)s
                   AND (s.leased_until IS NULL OR s.leased_until <= %(now)s)
                 ORDER BY s.due_at LIMIT 1 FOR UPDATE OF s SKIP LOCKED
            )
            UPDATE catalogue_subscription s
               SET failures = s.failures + (s.leased_until IS NOT NULL)::int,
                   leased_until = %(now)s + make_interval(
                       secs => %(lease)s * power(2, least(s.failures, 6))
                   )
              FROM chosen WHERE s.id = chosen.id
            RETURNING s.id, s.leased_until
            """,
            {"now": now, "lease": LEASE.total_seconds()},
        )
        row = cursor.fetchone()
    return Lease(*row) if row else None


def look(lease: Lease) -> None:
    """Look at a leased subscription: send for what is new, and note when to look again.

    Uses the network. One run for a look that found something, none for one that did not;
    workers ask for its films as for those of any list. The same film is met once, whatever
    became of it.
    """
    subscription = Subscription.objects.select_related("by").get(pk=lease.subscription_id)
    with sources.talking(
        timeout_s=settings.FETCH_TIMEOUT_SECONDS, allow_private=settings.FETCH_PRIVATE_ADDRESSES
    ) as talk:
        found = sources.find(talk, subscription.url, **_bounds(subscription))
    if isinstance(found, Film):
        found = Failure(FailureKind.MALFORMED, said("it is one film, not a list of films"))
    if isinstance(found, Failure):
        logger.info("no answer from %s: %s: %s", subscription.url, found.kind, found.reason)
        postpone(lease, found)
        return
    _take(lease, found)


def postpone(lease: Lease, failure: Failure) -> None:
    """Note why a look saw nothing; after some that will not change, it is paused."""
    with transaction.atomic():
        if (held := _hold(lease)) is None:
            return
        held.failures += 1
        held.last_failure = fetches.in_words(failure, held.url)
        is_lasting = not fetches.may_succeed_later(failure)
        if is_lasting and held.failures >= GIVE_UP_AFTER:
            held.is_active = False
        wait: timedelta = min(held.pause * 2 ** min(held.failures - 1, 20), LONGEST_WAIT)
        held.due_at = timezone.now() + max(wait, failure.retry_after or wait)
        held.leased_until = None
        held.save(update_fields=["failures", "last_failure", "is_active", "due_at", "leased_until"])


def _bounds(subscription: Subscription) -> dict[str, Any]:
    if subscription.kind == FetchKind.PLAYLIST:
        return {"most": MAX_LISTED}
    each = NEWEST if subscription.looked_at else NOTED_AT_FIRST
    return {"most": MAX_LISTED, "each": each}


def _take(lease: Lease, found: Listing) -> None:
    """Store what a look found: what was met, the run of what is new, and the next date."""
    with transaction.atomic():
        if (held := _hold(lease)) is None:
            return
        sifted = _sift(held, list(_uploads(found)))
        SeenUpload.objects.bulk_create(
            [SeenUpload(subscription=held, key=key) for key in sifted.met],
            batch_size=1000, ignore_conflicts=True,
        )  # fmt: skip
        in_place = [upload.film for upload in sifted.new if upload.film]
        run_lease = (
            fetches.create_listed(
                held,
                [upload.entry for upload in sifted.new if upload.entry],
                title=found.title,
                is_held=bool(in_place),
            )
            if sifted.new
            else None
        )
        held.title = found.title or held.title
        held.brought_in += len(sifted.new)
        held.passed_by += sifted.passed_by
        held.last_result = _told(sifted)
        held.failures, held.last_failure = 0, ""
        held.looked_at = timezone.now()
        held.due_at, held.leased_until = held.looked_at + held.pause, None
        held.save(
            update_fields=["title", "brought_in", "passed_by", "last_result", "failures",
                           "last_failure", "looked_at", "due_at", "leased_until"]
        )  # fmt: skip
    if run_lease and in_place:
        # They stand on the page of the list, and are whole.
        fetching.store_films(run_lease, in_place)


def _told(sifted: _Sifted) -> str:
    told = [
        said_many("{count:,} new", "{count:,} new", count=len(sifted.new))
        if sifted.new
        else said("Nothing new")
    ]
    if sifted.passed_by:
        told.append(said_many("{count:,} passed by", "{count:,} passed by", count=sifted.passed_by))
    return said("{facts}.", facts=", ".join(told))


# --- What a list holds ----------------------------------------------------------------


def _uploads(found: Listing) -> Iterator[Upload]:
    """Yield the films of a list, each with a key that it has at every look."""
    for flat in found.flat:
        platform = "youtube" if flat["ie_key"] == "Youtube" else str(flat["ie_key"]).lower()
        identity = (platform, str(flat["id"]))
        yield Upload(
            _key(*identity),
            str(flat.get("title") or ""),
            _milliseconds(flat.get("duration")),
            entry=Entry(_page_of(identity, str(flat.get("url") or ""))),
            identity=identity,
        )
    for entry in found.waiting:
        yield Upload(
            _key(entry.url),
            str(entry.said.get("title") or ""),
            _milliseconds(entry.said.get("duration")),
            entry=entry,
            identity=guess_identity(entry.url, at=timezone.now()),
        )
    for film in found.films:
        for record in parse_all(film.url, film.document):
            if isinstance(record, VideoRecord):
                identity = (record.platform, record.platform_id)
                yield Upload(
                    _key(*identity), record.title, record.duration_ms, film=film, identity=identity
                )


def _sift(held: Subscription, uploads: list[Upload]) -> _Sifted:
    """Tell what of a list is new. A constant number of queries."""
    sifted = _Sifted()
    seen = set(
        SeenUpload.objects.filter(
            subscription=held, key__in=[upload.key for upload in uploads]
        ).values_list("key", flat=True)
    )
    fresh = list({one.key: one for one in uploads if one.key not in seen}.values())
    known = _in_catalogue(fresh)
    is_first = held.looked_at is None
    wanted = NEWEST if held.start == Start.NEWEST else 0
    for place, upload in enumerate(fresh):
        is_old = is_first and place >= wanted
        if is_old or upload.key in known:
            sifted.met.append(upload.key)
        elif not held.lets_through(title=upload.title, duration_ms=upload.duration_ms):
            sifted.met.append(upload.key)
            sifted.passed_by += 1
        elif len(sifted.new) < AT_ONCE:
            sifted.met.append(upload.key)
            sifted.new.append(upload)
    return sifted


def _in_catalogue(uploads: Iterable[Upload]) -> set[str]:
    """Return the keys of the films that are here already. One query."""
    keys = {one.identity: one.key for one in uploads if one.identity}
    if not keys:
        return set()
    platforms, ids = zip(*keys, strict=True)
    rows = Video.objects.filter(platform__in=set(platforms), platform_id__in=ids)
    return {keys[pair] for pair in rows.values_list("platform", "platform_id") if pair in keys}


def _page_of(identity: tuple[str, str], url: str) -> str:
    """Return the page to ask for a film: for YouTube's some lists write the bare id."""
    platform, platform_id = identity
    return Video(platform=platform, platform_id=platform_id, url=url).page_url


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()


def _milliseconds(seconds: object) -> int | None:
    is_known = isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0
    return round(float(str(seconds)) * 1000) if is_known else None


def _hold(lease: Lease) -> Subscription | None:
    """Lock the row; None if the lease was lost."""
    return (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("by")
        .filter(pk=lease.subscription_id, leased_until=lease.until)
        .first()
    )
