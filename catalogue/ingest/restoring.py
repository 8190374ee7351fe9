"""Taking back what a run changed beside the values: where they come from, how old, and names.

A value that goes back comes from the record that it came from before the run. A value that the
run only confirmed does so too, unless another record has said it since. Its row tells both in
short: what `origins` does not name comes from the greatest record, what `earlier` does not name
is as old as the newest number. So both have to be written out before they can be compared.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.backends.utils import CursorWrapper

from catalogue.ingest import precedence, values
from catalogue.ingest.matching import KEYWORDS_WAIT
from catalogue.records.said import said

# What an undo says of a name that somebody else gave a channel since.
_NAME = said("name of its channel")
_RENAMED = said("{facts}: changed since", facts=_NAME)

# The records that values come from: date, fingerprint, file name.
_Origins = Mapping[str, list[str | None]]

_Side = TypeVar("_Side")

SAID_AGAIN = "a later import says the same"


@dataclass(frozen=True, slots=True)
class Part:
    """One value that the run wrote: before, after, whether it went back, and why not."""

    old: Any
    new: Any
    is_restored: bool
    why: str | None

    @property
    def is_spared(self) -> bool:
        """Tell whether it was to go back and could not."""
        return self.why is not None


_Parts = Mapping[str, Part]
_NOTHING = Part({}, {}, is_restored=False, why=None)

_PARTS = """(
    SELECT jsonb_object_agg(p.key, jsonb_build_array(
               p.old, p.new, p.is_needed AND p.why IS NULL, p.why))
      FROM part p WHERE p.video_id = {0} AND p.key <> 'sample'
)"""


def _parts(told: Mapping[str, list[Any]]) -> _Parts:
    return {key: Part(*sides) for key, sides in told.items()}


# --- Where values come from -----------------------------------------------------------

_KNOWN = ", ".join(f"('{field.name}', {field.in_film})" for field in precedence.FIELDS)
_READ_ORIGINS = f"""
SELECT v.id, v.origins, {values.of_top("v")},
       ARRAY(SELECT f.name FROM (VALUES {_KNOWN}) AS f (name, is_known) WHERE f.is_known),
       {_PARTS.format("v.id")}
  FROM catalogue_video v
 WHERE v.id IN (SELECT video_id FROM part WHERE key IN ('record', 'origins'))
 ORDER BY v.id
"""  # noqa: S608 (expressions of ours)
_WRITE_ORIGINS = """
UPDATE catalogue_video v SET origins = t.origins::jsonb
  FROM unnest(%(videos)s::bigint[], %(origins)s::text[]) AS t (video_id, origins)
 WHERE v.id = t.video_id
"""


def restore_origins(cursor: CursorWrapper) -> None:
    """Set right where the values of a judged and restored batch come from. Two queries."""
    cursor.execute(_READ_ORIGINS)
    written = {}
    for video_id, origins, top, known, told in cursor.fetchall():
        now = json.loads(origins)
        restored = origins_after_undo(now, json.loads(top), known, _parts(json.loads(told)))
        if restored != now:
            written[video_id] = json.dumps(restored)
    cursor.execute(_WRITE_ORIGINS, {"videos": [*written], "origins": [*written.values()]})


def origins_after_undo(
    now: _Origins, top: list[str | None], known: Collection[str], parts: _Parts
) -> dict[str, list[str | None]]:
    """Return a film's `origins` after its values went back. Pure.

    `now` are those before the undo, `top` and `known` what the film holds after it.
    """
    if any(part.why == SAID_AGAIN for part in parts.values()):
        return dict(now)
    noted = parts.get("origins", _NOTHING)
    record = parts.get("record")
    before, after = (_named(record.old), _named(record.new)) if record else (None, None)
    is_back = record is not None and record.is_restored
    restored: dict[str, list[str | None]] = {}
    is_published_ours = False
    for field in precedence.FIELDS:
        name = field.name
        present = now.get(name, after if is_back else None)
        left, old = noted.new.get(name, after), noted.old.get(name, before)
        origin = _choose(parts.get(name), present, left, old)
        if name == "published":
            is_published_ours = origin == old
        is_told_apart = name == precedence.TAGS.name and name in (
            noted.old if origin == old else now
        )
        if origin and (name in known or is_told_apart) and (origin != top or is_told_apart):
            restored[name] = origin
    for name, is_ours in (("moment", is_published_ours), ("availability", True)):
        part = parts.get("published" if name == "moment" else name)
        present, left, old = now.get(name), noted.new.get(name), noted.old.get(name)
        origin = _choose(part, present, left, old) if is_ours else present
        if origin:
            restored[name] = origin
    return restored


def _choose(part: Part | None, present: _Side, left: _Side, old: _Side) -> _Side:
    """Return the old side where the value went back, or stayed as the run left it."""
    if part is not None and part.is_restored:
        return old
    is_as_left = present == left and not (part is not None and part.is_spared)
    return old if is_as_left else present


# Whoever wrote a moment down may have spelled its fractions another way.
_moment = datetime.fromisoformat


def _named(record: list[str | None]) -> list[str | None]:
    """Return a record as `origins` name it. Before names were kept it had none."""
    digest, date, *name = record
    return [date, digest, *(name or [""])]


# --- How old numbers are --------------------------------------------------------------

_READ_COUNTS = f"""
SELECT c.video_id, {values.of_counts("c")}, {_PARTS.format("c.video_id")}
  FROM catalogue_videocounts c
 WHERE c.video_id IN (SELECT video_id FROM part WHERE key = ANY(%(counts)s))
 ORDER BY c.video_id
"""  # noqa: S608


def dates_of_counts(cursor: CursorWrapper, given: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return how old the numbers of a judged batch will be: parameters of RESTORE_COUNTS.

    One query.
    """
    cursor.execute(_READ_COUNTS, given)
    counted, observed, earlier = [], [], []
    for video_id, now, told in cursor.fetchall():
        date, others = counts_after_undo(json.loads(now), _parts(json.loads(told)))
        counted.append(video_id)
        observed.append(date)
        earlier.append(json.dumps(others))
    return {"counted": counted, "observed": observed, "earlier": earlier}


def counts_after_undo(
    now: Mapping[str, Any], parts: _Parts
) -> tuple[str | None, dict[str, str | None]]:
    """Return `observed_at` and `earlier` after numbers went back. Pure."""
    noted = parts.get("observed_at")
    present = (now["observed_at"], now["earlier"])
    old = left = present
    if noted is not None:
        old, left = (noted.old, {}), (noted.new, {})
    if (others := parts.get("earlier")) is not None:
        old, left = (old[0], others.old), (left[0], others.new)
    if noted is not None and noted.why == SAID_AGAIN:
        left = ("", {})
    dates: dict[str, str | None] = {}
    for name in values.NUMBERS:
        part = parts.get(name)
        number = part.old if part is not None and part.is_restored else now[name]
        if number is not None:
            sides = (side[1].get(name, side[0]) for side in (present, left, old))
            dates[name] = _choose(part, *sides)
    newest = max((date for date in dates.values() if date), key=_moment, default=None)
    return newest, {
        name: date
        for name, date in dates.items()
        if newest and not (date and _moment(date) == _moment(newest))
    }


# --- What channels are called ---------------------------------------------------------

# Across the whole run, since films of several batches may have renamed one channel. What a
# film brought that stays as the run left it stays too: its record, come again, would be
# "unchanged" and could not bring it.
_NET = f"""
WITH written AS (
    SELECT r.number, (r.changed -> 'named' -> 1 ->> 0)::bigint AS channel_id,
           r.changed -> 'named' -> 0 AS old, r.changed -> 'named' -> 1 AS new
      FROM catalogue_importrow r
     WHERE r.run_id = %(run)s AND r.changed ? 'named'
       AND NOT (r.undone = 'spared' AND (r.undo_reason LIKE '%%{SAID_AGAIN}%%' OR EXISTS (
           SELECT FROM catalogue_importrow made
            WHERE made.run_id = r.run_id AND made.video_id = r.video_id
              AND made.outcome = 'created'
       )))
), linked AS (
    SELECT *, lag(new) OVER (PARTITION BY channel_id ORDER BY number) IS DISTINCT FROM old
                  AS is_start
      FROM written
), net AS (
    SELECT channel_id, (array_agg(new ORDER BY number DESC))[1] AS new,
           (array_agg(old ORDER BY number DESC) FILTER (WHERE is_start))[1] AS old
      FROM linked GROUP BY channel_id
)
"""  # noqa: S608
_IS_NOW = "jsonb_build_array(c.id, c.name, c.named_at)"

NAMES = (
    f"""{_NET}
    UPDATE catalogue_channel c
       SET name = n.old ->> 1, named_at = (n.old ->> 2)::timestamptz,
           keywords_due_at = CASE WHEN c.name = n.old ->> 1 THEN c.keywords_due_at
               ELSE %(now)s::timestamptz + interval '{KEYWORDS_WAIT}' END
      FROM net n WHERE c.id = n.channel_id AND n.old <> 'null' AND {_IS_NOW} = n.new
    """,  # noqa: S608
    f"""{_NET}
    UPDATE catalogue_importrow r
       SET undone = CASE WHEN r.changed - 'named' = '{{}}' THEN 'spared' ELSE 'partly' END,
           undo_reason = left(concat_ws('; ', nullif(r.undo_reason, ''),
                                        '{_RENAMED}'), 1000)
      FROM net n JOIN catalogue_channel c ON c.id = n.channel_id
     WHERE n.old <> 'null' AND {_IS_NOW} <> n.old
       AND r.run_id = %(run)s AND r.changed ? 'named' AND r.outcome = 'updated'
       AND (r.changed -> 'named' -> 1 ->> 0)::bigint = n.channel_id
       AND r.undone IN ('restored', 'partly') AND NOT r.undo_reason LIKE '%%{_NAME}%%'
    """,  # noqa: S608
    f"""{_NET}
    INSERT INTO left_over SELECT 'channel', channel_id FROM net WHERE old = 'null'
    """,  # noqa: S608
)
