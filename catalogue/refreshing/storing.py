"""What answers change: counts, samples, words and availability, and when to ask again.

A batch of answers is one transaction with a constant number of statements. What each means
is decided row by row, in plain words; what is written goes set by set.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log2
from typing import Any

import orjson
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper

from catalogue.models import NEVER_PACED, Availability
from catalogue.platforms import Failure, FailureKind, Observation
from catalogue.records.said import said
from catalogue.refreshing import schedule
from catalogue.refreshing.leases import PACES, Lease
from catalogue.refreshing.schedule import CALM, Load, Pace, Policy

Answered = tuple[Lease, Observation | Failure]

# Without a change, one sample a day still says that somebody looked.
HEARTBEAT = timedelta(days=1)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=10), timedelta(days=30)
# That a film is gone is believed when a look on another day says so too.
CONFIRM_AFTER = timedelta(days=1)

_NUMBERS = ("views", "likes", "dislikes", "comments")
_AVAILABLE = Availability.AVAILABLE.value
_LOST = {
    FailureKind.GONE: Availability.GONE,
    FailureKind.PRIVATE: Availability.PRIVATE,
    FailureKind.TERMINATED_CHANNEL: Availability.GONE,
    FailureKind.MISSING: Availability.GONE,
}
# Classes of PostgreSQL's errors that a value can cause.
_ABOUT_VALUES = ("22", "54")

# In the order in which ingest locks them. The search column stays where it is.
_LOCK_VIDEOS = """
SELECT id, platform_id, title, description, duration_ms, availability, published_at,
       origins ? 'availability'
  FROM catalogue_video WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
_LOCK_COUNTS = f"""
SELECT video_id, {", ".join(_NUMBERS)}, observed_at, earlier, looked_at, failures, failing_since,
       last_failure, failed_by, leased_until, pace, wanted, velocity, sampled_at
  FROM catalogue_videocounts WHERE video_id = ANY(%s) ORDER BY video_id FOR UPDATE
"""  # noqa: S608 (names of ours)

# Column → its type, in what `_Row.counts` holds.
_COUNTS = dict.fromkeys(_NUMBERS, "bigint") | {
    "observed_at": "timestamptz", "earlier": "jsonb", "looked_at": "timestamptz",
    "failures": "integer", "failing_since": "timestamptz", "last_failure": "text",
    "failed_by": "text", "refresh_at": "timestamptz", "pace": "smallint", "wanted": "float8",
    "velocity": "float8", "sampled_at": "timestamptz",
}  # fmt: skip
_UPDATE_COUNTS = f"""
UPDATE catalogue_videocounts c
   SET {", ".join(f"{name} = n.{name}" for name in _COUNTS)}, leased_until = NULL
  FROM jsonb_to_recordset(%s::jsonb)
    AS n (video_id bigint, {", ".join(f"{name} {kind}" for name, kind in _COUNTS.items())})
 WHERE c.video_id = n.video_id
"""  # noqa: S608
_ADD_SAMPLES = f"""
INSERT INTO catalogue_countsample (video_id, observed_at, {", ".join(_NUMBERS)})
SELECT video_id, observed_at, {", ".join(_NUMBERS)} FROM jsonb_to_recordset(%s::jsonb)
    AS n (video_id bigint, observed_at timestamptz,
          {", ".join(f"{name} bigint" for name in _NUMBERS)})
    ON CONFLICT DO NOTHING
"""  # noqa: S608
_WORDS = {"title": "text", "description": "text", "duration_ms": "bigint", "availability": "text"}
_ADD_CHANGES = """
INSERT INTO catalogue_change (video_id, field, old, new, observed_at, created_at)
SELECT video_id, field, old, new, observed_at, %s FROM jsonb_to_recordset(%s::jsonb)
    AS n (video_id bigint, field text, old jsonb, new jsonb, observed_at timestamptz)
"""


@dataclass(slots=True)
class _Row:
    """A video and its counts, as locked, and what an answer makes of them."""

    video_id: int
    platform_id: str
    words: dict[str, Any]
    published_at: datetime | None
    has_placeholder: bool
    counts: dict[str, Any]
    is_touched: bool = False
    is_reworded: bool = False
    changes: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Means:
    """What the decisions about a batch need besides its rows."""

    now: datetime
    gateway: str
    load: Load
    policy: Policy


def store(
    answered: Sequence[Answered],
    *,
    now: datetime,
    gateway: str = "",
    load: Load = CALM,
    policy: Policy = Policy(),  # noqa: B008 (frozen)
) -> int:
    """Store what was seen or why nothing was; returns how many answers counted.

    One transaction. An answer whose lease was lost or handed in before is dropped: twice is
    harmless. Newer numbers win, an older observation only fills gaps, and unknown never
    replaces known. Changes of title, description, length and availability are kept, old and
    new. What the database cannot hold is found by halves, and becomes a failure of its video.
    """
    means = _Means(now, gateway, load, policy)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            return _store(cursor, answered, means)
    except DatabaseError as error:
        if (getattr(error.__cause__, "pgcode", None) or "")[:2] not in _ABOUT_VALUES:
            raise
        if len(answered) > 1:
            middle = len(answered) // 2
            halves = (answered[:middle], answered[middle:])
            return sum(
                store(half, now=now, gateway=gateway, load=load, policy=policy) for half in halves
            )
        ((lease, answer),) = answered
        if isinstance(answer, Failure):
            raise
        reason = said(
            "the database cannot hold this answer: {reason}", reason=str(error).splitlines()[0]
        )
        refused = (lease, Failure(FailureKind.MALFORMED, reason))
        return store([refused], now=now, gateway=gateway, load=load, policy=policy)


def _store(cursor: CursorWrapper, answered: Sequence[Answered], means: _Means) -> int:
    rows = _hold(cursor, [lease for lease, _answer in answered])
    samples = []
    counted = []
    for lease, answer in answered:
        # Popped: of two answers to one lease the first counts.
        row = rows.pop(lease.video_id, None)
        if row is None:
            continue
        if isinstance(answer, Observation):
            samples += _see(row, answer, means)
        else:
            _postpone(row, answer, means)
        counted.append(row)
    if not counted:
        return 0
    cursor.execute(_UPDATE_COUNTS, [_json(row.counts for row in counted)])
    if samples:
        cursor.execute(_ADD_SAMPLES, [_json(samples)])
    _update_videos(cursor, [row for row in counted if row.is_reworded], tuple(_WORDS), means)
    found = [row for row in counted if row.is_touched and not row.is_reworded]
    _update_videos(cursor, found, ("availability",), means)
    if changes := [change for row in counted for change in row.changes]:
        cursor.execute(_ADD_CHANGES, [means.now, _json(changes)])
    return len(counted)


def _update_videos(
    cursor: CursorWrapper, rows: Sequence[_Row], names: Sequence[str], means: _Means
) -> None:
    """Write words of videos.

    The record's date and fingerprint stay: they say what the records say. That the platform was
    looked at later is what keeps an old record from bringing its title back. What a title that
    said nothing had said is over: nothing is to bring back what was before.

    Not more names than need be: a title that is set, if only to what it was, makes the search
    column anew, which takes four times as long. A first look says only that the video is there.
    """
    if not rows:
        return
    cursor.execute(
        f"""
        UPDATE catalogue_video v
           SET {", ".join(f"{name} = n.{name}" for name in names)},
               origins = v.origins - 'availability', updated_at = %s
          FROM jsonb_to_recordset(%s::jsonb)
            AS n (video_id bigint, {", ".join(f"{name} {_WORDS[name]}" for name in names)})
         WHERE v.id = n.video_id
        """,  # noqa: S608 (names of ours)
        [
            means.now,
            _json(
                {"video_id": row.video_id, **{name: row.words[name] for name in names}}
                for row in rows
            ),
        ],
    )


def _json(rows: Iterable[Mapping[str, Any]]) -> str:
    return orjson.dumps(list(rows)).decode()


def _hold(cursor: CursorWrapper, leases: Sequence[Lease]) -> dict[int, _Row]:
    """Lock videos and counts; return the rows whose lease still holds."""
    until = {lease.video_id: lease.until for lease in leases}
    cursor.execute(_LOCK_VIDEOS, [list(until)])
    videos = {row[0]: row for row in cursor.fetchall()}
    cursor.execute(_LOCK_COUNTS, [list(until)])
    names = [column.name for column in cursor.description]
    held = {}
    for values in cursor.fetchall():
        counts = dict(zip(names, values, strict=True))
        pk = counts["video_id"]
        if pk not in videos or counts["leased_until"] != until[pk]:
            continue
        _pk, platform_id, title, description, duration, availability, published, placeholder = (
            videos[pk]
        )
        counts["refresh_at"] = None
        if isinstance(counts["earlier"], str):
            counts["earlier"] = orjson.loads(counts["earlier"])
        words = {
            "title": title,
            "description": description,
            "duration_ms": duration,
            "availability": availability,
        }
        held[pk] = _Row(pk, platform_id, words, published, placeholder, counts)
    return held


# --- An answer ------------------------------------------------------------------------


def _see(row: _Row, observation: Observation, means: _Means) -> list[dict[str, Any]]:
    """Take over what was seen; return the sample it leaves, if it leaves one."""
    counts, seen_at = row.counts, observation.observed_at
    if counts["looked_at"] is None or seen_at >= counts["looked_at"]:
        _take_words(row, observation)
        counts["looked_at"] = seen_at
    samples = _sample_of(row, observation)
    before = Pace(counts["views"], _date_of(counts, "views"), counts["velocity"])
    _take_counts(counts, observation)
    pace = schedule.next_pace(
        before,
        views=observation.counts.views,
        at=seen_at,
        published_at=row.published_at,
        policy=means.policy,
    )
    wanted = schedule.wanted_interval(
        Pace(counts["views"], pace.counted_at, pace.velocity),
        now=seen_at,
        published_at=row.published_at,
        policy=means.policy,
    )
    counts["velocity"], counts["wanted"] = pace.velocity, wanted
    counts["pace"] = octave_of(wanted)
    counts["failures"], counts["failing_since"] = 0, None
    counts["last_failure"] = counts["failed_by"] = ""
    counts["refresh_at"] = schedule.next_look(
        now=seen_at,
        wanted=wanted,
        views=counts["views"],
        # Of what came in together, each part of the interval has its share.
        share=schedule.share_of(row.video_id),
        load=means.load,
        policy=means.policy,
    )
    return samples


def octave_of(days: float) -> int:
    """Return the pace of an interval: 0 below two hours, 1 below four, and so on."""
    return min(max(int(log2(max(days * 24, 1.0))), 0), PACES.stop - 1)


def _take_words(row: _Row, observation: Observation) -> None:
    """Take over title, description and length where they really differ."""
    seen = {
        "title": observation.title,
        "description": observation.description,
        "duration_ms": observation.duration_ms,
        "availability": _AVAILABLE,
    }
    for name, value in seen.items():
        # Most say again what is known.
        if value is not None and value != row.words[name]:
            _change(row, name, value, observation.observed_at)
    row.is_touched = row.is_touched or row.has_placeholder


def _change(row: _Row, name: str, new: str | int, observed_at: datetime) -> None:
    """Set a value if it differs, and keep the change; what fills a gap is none."""
    old = row.words[name]
    if _says_the_same(old, new):
        return
    row.words[name] = new
    row.is_touched = True
    row.is_reworded = row.is_reworded or name != "availability"
    is_first_look = (old, new) == (Availability.UNKNOWN, _AVAILABLE)
    # Ingest lets the id stand for a title that no record said.
    if old not in {None, "", row.platform_id} and not is_first_look:
        row.changes.append(
            {
                "video_id": row.video_id,
                "field": name,
                "old": old,
                "new": new,
                "observed_at": observed_at,
            }
        )


def _says_the_same(old: str | int | None, new: str | int) -> bool:
    """Tell whether two values differ only in how they are written.

    Records and pages break lines differently, and pages round lengths to seconds.
    """
    if isinstance(old, str) and isinstance(new, str):
        return old == new or old.split() == new.split()
    if isinstance(old, int) and isinstance(new, int):
        return abs(old - new) < 1000
    return False


def _sample_of(row: _Row, observation: Observation) -> list[dict[str, Any]]:
    """Return a sample if a number moved since the last one, or that is a day ago."""
    if not observation.counts:
        return []
    counts, seen = row.counts, {name: getattr(observation.counts, name) for name in _NUMBERS}
    last = counts["sampled_at"]
    if last is not None and observation.observed_at - last < HEARTBEAT:
        moved = any(value not in {None, counts[name]} for name, value in seen.items())
        if not moved:
            return []
    counts["sampled_at"] = max(last or observation.observed_at, observation.observed_at)
    return [{"video_id": row.video_id, "observed_at": observation.observed_at, **seen}]


def _take_counts(counts: dict[str, Any], observation: Observation) -> None:
    """Take over the numbers that are newer than ours, each by its own date."""
    if not observation.counts:
        return
    seen_at = observation.observed_at
    dates = {name: _date_of(counts, name) for name in _NUMBERS if counts[name] is not None}
    for name in _NUMBERS:
        seen: int | None = getattr(observation.counts, name)
        known_at = dates.get(name)
        if seen is not None and (known_at is None or seen_at >= known_at):
            counts[name] = seen
            dates[name] = seen_at
    counts["observed_at"] = max(date for date in dates.values() if date)
    counts["earlier"] = {
        name: date and date.isoformat()
        for name, date in dates.items()
        if date != counts["observed_at"]
    }


def _date_of(counts: Mapping[str, Any], name: str) -> datetime | None:
    """Return when one of the latest numbers was true, None if nobody knows."""
    if name not in counts["earlier"]:
        at: datetime | None = counts["observed_at"]
        return at
    earlier: str | None = counts["earlier"][name]
    return datetime.fromisoformat(earlier) if earlier else None


# --- No answer ------------------------------------------------------------------------


def _postpone(row: _Row, failure: Failure, means: _Means) -> None:
    """Note why nothing was seen, and look again later.

    Waits double with each failure in a row. That a film is lost changes its availability only
    when a look on another day, or by another gateway, says so too; the last known values stay.
    """
    counts, now = row.counts, means.now
    last = counts["last_failure"].partition(":")[0]
    was_loss = last in {str(kind) for kind in _LOST}
    is_same = last == failure.kind or (failure.kind.is_loss and was_loss)
    if not is_same or counts["failing_since"] is None:
        counts["failing_since"] = now
    is_confirmed = now - counts["failing_since"] >= CONFIRM_AFTER or (
        was_loss and bool(means.gateway) and counts["failed_by"] not in {"", means.gateway}
    )
    counts["failures"] += 1
    counts["last_failure"] = f"{failure.kind}: {failure.reason}"[:300]
    counts["failed_by"] = means.gateway[:16]
    counts["refresh_at"] = now + back_off(
        failure,
        failures=counts["failures"],
        share=random.random(),  # noqa: S311 (spreads load)
    )
    if counts["pace"] == NEVER_PACED:
        # Its turn among those that were never asked has been.
        counts["wanted"] = means.policy.unknown_age
        counts["pace"] = octave_of(means.policy.unknown_age)
    lost = _LOST.get(failure.kind)
    if lost and is_confirmed:
        _change(row, "availability", lost.value, now)
        row.is_touched = row.is_touched or row.has_placeholder


def back_off(failure: Failure, *, failures: int, share: float) -> timedelta:
    """Return how long to wait after the `failures`-th failure in a row. Pure.

    Doubles from ten minutes to thirty days, plus up to a quarter by `share` (0 to 1), so
    that what failed together does not come back together. What is gone can be confirmed a
    day later at the earliest. The platform's own wish is never undercut.
    """
    wait: timedelta = min(FIRST_WAIT * 2 ** min(failures - 1, 20), LONGEST_WAIT)
    if failure.kind in _LOST:
        wait = max(wait, CONFIRM_AFTER)
    return max(wait, failure.retry_after or wait) * (1 + share / 4)
