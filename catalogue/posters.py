"""Posters: which films need one, which are due to be fetched, and what comes of it.

Rows are made by a walk through the catalogue, so that ingest knows nothing of them. A row that
is due is the queue. A worker leases a site and one picture there, fetches, and hands in what
came with the lease; a lease that was not handed in runs out by itself. docs/posters.md.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from catalogue import poster_files
from catalogue.models import Availability, Poster, PosterHost, PosterWalk
from catalogue.models.posters import LARGE_WIDTH, SMALL_WIDTH
from catalogue.platforms import Failure, FailureKind, pictures
from catalogue.platforms.pictures import Rendering

WIDTHS = (SMALL_WIDTH, LARGE_WIDTH)

# --- The walk ---
# A step that finds nothing takes 15 ms.
SPAN = 5_000
# Films get their numbers before they are committed: the newest are looked at again.
BEHIND = 2_000
# A film whose picture has another address now is met within this.
ROUND = timedelta(hours=1)

# --- Fetching ---
# Longer than a task lives (CELERY_TASK_TIME_LIMIT), so that no lease runs out under a
# worker that still works.
LEASE = timedelta(minutes=5)
# One site is asked for one picture at a time, and then left alone.
HOST_PAUSE = timedelta(seconds=1)
FETCH_SECONDS = 20.0
# So many films that are lost are passed over at once.
TAKEN_AT_ONCE = 50
# The same address may show another picture one day.
AGAIN = timedelta(days=90)
FIRST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=30)
# A site that limits us is left alone for this at first, and for twice as long each time.
FIRST_REST = timedelta(minutes=5)
LONGEST_REST = timedelta(days=1)

# What is asked for in vain today is there no sooner than in a month.
_LASTING = frozenset({FailureKind.GONE, FailureKind.MALFORMED, FailureKind.REFUSED})
_LOST = (Availability.GONE, Availability.PRIVATE)

# A film that an undo is about to remove is passed over; the next round meets what stays.
_DIFFERENT = """
WITH span AS MATERIALIZED (
    SELECT id, image_url FROM catalogue_video WHERE id > %(after)s ORDER BY id LIMIT %(size)s
), other AS (
    SELECT s.id FROM span s LEFT JOIN catalogue_poster p ON p.video_id = s.id
     WHERE CASE WHEN s.image_url ~* '^https?://' THEN p.url IS DISTINCT FROM s.image_url
                ELSE p.video_id IS NOT NULL END
)
SELECT v.id, v.image_url, (SELECT max(id) FROM span), (SELECT count(*) FROM span)
  FROM (SELECT 1) one
  LEFT JOIN LATERAL (
      SELECT v.id, v.image_url FROM catalogue_video v JOIN other USING (id)
       ORDER BY v.id FOR KEY SHARE OF v SKIP LOCKED
  ) v ON true
"""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of the walk found: how many posters changed, and whether more follow."""

    changed: int
    is_more: bool


def walk(*, now: datetime) -> Step:
    """Hold the next films against their posters: what is new is due at once.

    An address that is no longer there takes its poster along, as when an import is undone;
    what is fetched stays until another picture has come. Does nothing beside another walk.
    """
    with transaction.atomic():
        PosterWalk.objects.get_or_create(pk=1, defaults={"begun_at": now})
        place = PosterWalk.objects.select_for_update(skip_locked=True).first()
        if place is None:
            return Step(0, is_more=False)
        found, last, count = _different(after=place.at_video)
        _note(found, now=now)
        is_more = count == SPAN
        if is_more:
            place.at_video = last
        elif now - place.begun_at >= ROUND:
            place.at_video, place.begun_at = 0, now
        else:
            place.at_video = max((last or place.at_video) - BEHIND, 0)
        place.save(update_fields=["at_video", "begun_at"])
    return Step(len(found), is_more=is_more)


def _different(*, after: int) -> tuple[list[tuple[int, str]], int, int]:
    """Return films whose poster is another one, and the last and the number of all looked at."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT, {"after": after, "size": SPAN})
        rows = cursor.fetchall()
    last, count = rows[0][2:]
    return [(video, url) for video, url, *_span in rows if video is not None], last or 0, count


def _note(found: list[tuple[int, str]], *, now: datetime) -> None:
    """Write down addresses that are due, and forget posters that no film names any more."""
    rows = [
        Poster(video_id=video, url=url, host_id=host, due_at=now)
        for video, url in found
        if (host := host_of(url))
    ]
    named = {row.video_id for row in rows}
    Poster.objects.filter(video__in=[video for video, _url in found if video not in named]).delete()
    PosterHost.objects.bulk_create(
        [PosterHost(name=host, free_at=now) for host in sorted({row.host_id for row in rows})],
        ignore_conflicts=True,
    )
    Poster.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["video"],
        update_fields=["url", "host", "due_at", "leased_until", "failures", "failure"],
    )


def host_of(url: str) -> str:
    """Return the name of the site that a picture is on, empty if there is none."""
    try:
        return (urlsplit(url).hostname or "")[:255] if url[:4].lower() == "http" else ""
    except ValueError:
        return ""


# --- Leases ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to hand in one picture, until a moment that is also its number."""

    video_id: int
    url: str
    host: str
    held: str
    until: datetime


def take_due(*, now: datetime) -> Lease | None:
    """Lease the site that was left alone for longest, and what is due there for longest.

    None if no site is to be asked now. Any number of workers may take at once; each site
    goes to one. A film that is lost keeps its picture, and nobody asks for another.
    """
    due = Poster.objects.filter(due_at__lte=now)
    with transaction.atomic():
        host = (
            PosterHost.objects.select_for_update(skip_locked=True)
            .filter(Exists(due.filter(host=OuterRef("pk"))), free_at__lte=now)
            .order_by("free_at", "name")
            .first()
        )
        if host is None:
            return None
        row = _next_of(due.filter(host=host))
        if row is None:
            return None
        row.leased_until = row.due_at = host.free_at = now + LEASE
        row.save(update_fields=["leased_until", "due_at"])
        host.save(update_fields=["free_at"])
    return Lease(row.video_id, row.url, host.name, row.content_hash, now + LEASE)


def _next_of(due: QuerySet[Poster]) -> Poster | None:
    """Return what is due for longest, locked. Films that are lost keep the picture they have."""
    rows = due.select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "video")
    for row in rows.annotate(standing=F("video__availability"))[:TAKEN_AT_ONCE]:
        if not row.content_hash or row.standing not in _LOST:
            return row
        row.due_at = None
        row.save(update_fields=["due_at"])
    return None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a lease: bytes by their hash, and what was made of them if they are new."""

    content_hash: str
    rendering: Rendering | None


def fetch(lease: Lease) -> Fetched | Failure:
    """Fetch the picture of a lease, and make ours of it unless it is the one that we have."""
    body = pictures.fetch(
        lease.url,
        agent=f"Sidenote posters (+{settings.SITE_URL})",
        timeout_s=FETCH_SECONDS,
        allow_private=settings.FETCH_PRIVATE_ADDRESSES,
    )
    if isinstance(body, Failure):
        return body
    content_hash = pictures.hash_of(body)
    if content_hash == lease.held and _is_on_disk(lease):
        return Fetched(content_hash, None)
    rendering = pictures.render(body, widths=WIDTHS)
    return rendering if isinstance(rendering, Failure) else Fetched(content_hash, rendering)


def _is_on_disk(lease: Lease) -> bool:
    row = Poster.objects.filter(video=lease.video_id, content_hash=lease.held).first()
    return row is not None and poster_files.are_there(row.content_hash, row.widths)


def hand_in(lease: Lease, came: Fetched | Failure, *, now: datetime) -> Poster | None:
    """Store what came: files first, then the row that names them. Sets when it is asked again.

    A failure leaves the picture that is there. None, and no picture is stored, if the lease was
    lost; the site is left alone in either case.
    """
    with transaction.atomic():
        _free(lease, came, now=now)
        held = Poster.objects.select_for_update().filter(
            pk=lease.video_id, leased_until=lease.until, url=lease.url
        )
        row = held.first()
        if row is None:
            return None
        if isinstance(came, Failure):
            # What is meant for us says nothing of the picture.
            row.failures += 0 if came.kind.stops_gateway else 1
            row.failure = came.reason
            row.due_at = now + _wait(row, came)
        else:
            _show(row, came, now=now)
        row.leased_until = None
        row.save()
    return row


def _show(row: Poster, came: Fetched, *, now: datetime) -> None:
    if came.rendering is not None:
        poster_files.store(came.content_hash, came.rendering.files)
        row.width, row.height = came.rendering.width, came.rendering.height
    row.content_hash, row.fetched_at = came.content_hash, now
    row.failures, row.failure = 0, ""
    row.due_at = now + AGAIN


def _free(lease: Lease, came: Fetched | Failure, *, now: datetime) -> None:
    """Say when the site may be asked again: soon, or when it wishes if it limits us."""
    host = PosterHost.objects.select_for_update().get(pk=lease.host)
    if isinstance(came, Failure) and came.kind.stops_gateway:
        rest = min(FIRST_REST * 2 ** min(host.failures, 16), LONGEST_REST)
        host.free_at = now + max(rest, came.retry_after or rest)
        host.failures = min(host.failures + 1, 1000)
    else:
        host.free_at, host.failures = now + HOST_PAUSE, 0
    host.save(update_fields=["free_at", "failures"])


def _wait(row: Poster, failure: Failure) -> timedelta:
    """Return how long a picture is left alone that did not come."""
    if failure.kind.stops_gateway:
        return timedelta()
    if failure.kind in _LASTING:
        return LONGEST_WAIT
    wait = min(FIRST_WAIT * (1 << 2 * min(row.failures - 1, 8)), LONGEST_WAIT)
    # What failed together is not asked for together.
    return max(wait, failure.retry_after or wait) * (1 + random.random() / 4)  # noqa: S311


@dataclass(frozen=True, slots=True)
class Tally:
    """How posters stand: films that show one, those that wait, and those whose last try failed."""

    shown: int
    due: int
    failing: int


def tally(*, now: datetime) -> Tally:
    """Count all posters. One statement, which reads the whole narrow table."""
    found = Poster.objects.aggregate(
        shown=Count("pk", filter=~Q(content_hash="")),
        due=Count("pk", filter=Q(due_at__lte=now)),
        failing=Count("pk", filter=~Q(failure="")),
    )
    return Tally(**found)
