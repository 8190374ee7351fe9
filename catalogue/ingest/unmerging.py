"""The statements that take back what one run wrote, a batch of videos at a time.

The mirror of `merging`: what a run changed of a video stands in its rows as
`{column: [before, after]}`, and what is still there as it was left gets its old value again.
"""

from collections.abc import Iterator
from functools import cache

from django.db.models import ForeignObjectRel, Model
from django.utils import translation

from catalogue.ingest import values
from catalogue.ingest.merging import UNDO_LOCK
from catalogue.models import Channel, Tag, Video
from catalogue.records.said import said, saying

# Taken first of all: no batch of an ingest is at work, and none starts, until we are done.
LOCK = f"SELECT pg_advisory_xact_lock({UNDO_LOCK}, 0)"

# One row a video, so that a batch holds all that the run wrote about each of its videos.
COLLECT = """
DROP TABLE IF EXISTS pg_temp.undoing, pg_temp.left_over;
CREATE TEMP TABLE undoing ON COMMIT DROP AS
SELECT video_id, bool_or(outcome = 'created') AS is_created, min(id) AS first_row,
       count(*) AS row_count, bool_and(outcome = 'created' OR changed IS NOT NULL) AS is_noted
  FROM catalogue_importrow
 WHERE run_id = %(run)s AND outcome IN ('created', 'updated') AND video_id IS NOT NULL
   AND undone IN ('', 'spared', 'partly')
 GROUP BY video_id;
ALTER TABLE undoing ADD PRIMARY KEY (video_id);
ANALYZE undoing;
CREATE TEMP TABLE left_over (kind text, id bigint) ON COMMIT DROP
"""

NEXT = "SELECT video_id FROM undoing WHERE video_id > %(after)s ORDER BY video_id LIMIT %(size)s"

# Looks of the platform and tags of members lock the same row first.
LOCK_VIDEOS = "SELECT id FROM catalogue_video WHERE id = ANY(%(videos)s) ORDER BY id FOR UPDATE"

# Rows about the same video that other runs wrote, and that were not taken back themselves.
_OTHERS = """
catalogue_importrow o JOIN catalogue_importrun other ON other.id = o.run_id
 WHERE o.video_id = u.video_id AND o.run_id <> %(run)s
   AND (other.undone_at IS NULL OR o.undone IN ('spared', 'partly'))
"""

# Why a film stays that something of ours points at; applications above the catalogue say theirs.
_KEPT_BY = (saying("it has copies"), saying("it has transcripts"))

# What of ours goes with a video. Everything else that points at one keeps it.
_OWN = ("catalogue_videotag", "catalogue_videocounts", "catalogue_countsample",
        "catalogue_change", "catalogue_importrow", "catalogue_phrasematch",
        "catalogue_poster")  # fmt: skip


def references_to(model: type[Model]) -> Iterator[tuple[str, str, str]]:
    """Yield what points at a table: what it is called, its table and its column.

    Found in the models, so that applications above the catalogue need not be named. Logs,
    which have no foreign key in the database, keep nothing.
    """
    for field in model._meta.get_fields(include_hidden=True):  # noqa: SLF001
        if not isinstance(field, ForeignObjectRel) or field.many_to_many:
            continue
        source = field.field
        if getattr(source, "db_constraint", True):
            options = source.model._meta  # noqa: SLF001
            with translation.override("en"):
                name = str(options.verbose_name_plural)
            yield name, options.db_table, str(source.column)


@cache
def held() -> str:
    """Return the statement that says why videos which the run made cannot go."""
    reasons = [
        (said("a later import speaks of it"), f"EXISTS (SELECT FROM {_OTHERS})"),
        # What our own looks saw since then goes with the film: it was only asked because of
        # the run, and everything is asked within minutes.
        (
            said("its counts are known from elsewhere"),
            """(SELECT count(*) FROM catalogue_countsample s
                 WHERE s.video_id = u.video_id AND s.observed_at < %(started)s) > u.row_count""",
        ),
        (
            said("members tagged it"),
            """EXISTS (SELECT FROM catalogue_videotag k
                WHERE k.video_id = u.video_id AND k.source = 'member')""",
        ),
    ]
    reasons += [
        (f"it has {name}", f'EXISTS (SELECT FROM "{table}" x WHERE x."{column}" = u.video_id)')
        for name, table, column in references_to(Video)
        if table not in _OWN
    ]
    return " UNION ALL ".join(
        f"SELECT u.video_id, '{reason}' FROM undoing u"  # noqa: S608 (names of our own models)
        f" WHERE u.video_id = ANY(%(videos)s) AND u.is_created AND {condition}"
        for reason, condition in reasons
    )


MADE = """
SELECT v.id, v.platform || ':' || v.platform_id FROM catalogue_video v
  JOIN undoing u ON u.video_id = v.id
 WHERE v.id = ANY(%(videos)s) AND u.is_created ORDER BY v.id
"""

# Channels and tags that may be left without a film. A run may have passed through several.
LEAVE = """
INSERT INTO left_over
SELECT 'channel', channel_id FROM catalogue_video
 WHERE id = ANY(%(removed)s) AND channel_id IS NOT NULL
 UNION
SELECT 'tag', tag_id FROM catalogue_videotag
 WHERE video_id = ANY(%(removed)s) AND source = 'record'
 UNION
SELECT 'channel', e::bigint
  FROM $given CROSS JOIN LATERAL jsonb_array_elements(r.changed -> 'channel_id') e
 WHERE $given_up('channel_id') AND e <> 'null'
 UNION
SELECT 'tag', (e ->> 1)::bigint
  FROM $given CROSS JOIN LATERAL jsonb_array_elements(r.changed -> 'tags') side
 CROSS JOIN LATERAL jsonb_array_elements(side) e
 WHERE $given_up('tags')
"""
LEAVE = LEAVE.replace("$given ", "undoing u JOIN catalogue_importrow r USING (video_id) ")
for _key in ("channel_id", "tags"):
    LEAVE = LEAVE.replace(
        f"$given_up('{_key}')",
        f"""r.run_id = %(run)s AND (u.video_id = ANY(%(removed)s) OR EXISTS (
           SELECT FROM part p
            WHERE p.video_id = u.video_id AND p.why IS NULL AND p.key = '{_key}'
       ))""",
    )

# The ledger keeps its rows; all else goes before the video that it hangs on.
REMOVE = """
UPDATE catalogue_importrow SET video_id = NULL WHERE video_id = ANY(%(removed)s);
DELETE FROM catalogue_videotag WHERE video_id = ANY(%(removed)s);
DELETE FROM catalogue_countsample WHERE video_id = ANY(%(removed)s);
DELETE FROM catalogue_change WHERE video_id = ANY(%(removed)s);
DELETE FROM catalogue_phrasematch WHERE video_id = ANY(%(removed)s);
DELETE FROM catalogue_videocounts WHERE video_id = ANY(%(removed)s);
DELETE FROM catalogue_poster WHERE video_id = ANY(%(removed)s);
DELETE FROM catalogue_video WHERE id = ANY(%(removed)s)
"""

# What the run wrote, value by value, and why one cannot be restored (null: it can). Several
# rows of one run about one video are a chain; where somebody else wrote in between, only
# what came after that is ours to take back.
JUDGE = """
DROP TABLE IF EXISTS pg_temp.part;
CREATE TEMP TABLE part ON COMMIT DROP AS
WITH written AS (
    SELECT r.video_id, r.number, e.key, coalesce(e.value -> 1 ->> 'observed_at', '') AS moment,
           e.value -> 0 AS old, e.value -> 1 AS new
      FROM undoing u
      JOIN catalogue_importrow r ON r.video_id = u.video_id AND r.run_id = %(run)s
     CROSS JOIN LATERAL jsonb_each(r.changed) e
     WHERE u.video_id = ANY(%(videos)s) AND NOT u.is_created AND u.is_noted
       AND r.outcome = 'updated' AND e.key NOT IN ('changes', 'named')
       AND (e.value -> 0 IS DISTINCT FROM e.value -> 1 OR e.key IN ('origins', 'earlier'))
), linked AS (
    SELECT *, lag(new) OVER w IS DISTINCT FROM old AS is_start
      FROM written WINDOW w AS (PARTITION BY video_id, key, moment ORDER BY number)
), net AS (
    SELECT video_id, key, moment, (array_agg(new ORDER BY number DESC))[1] AS new,
           (array_agg(old ORDER BY number DESC) FILTER (WHERE is_start))[1] AS old
      FROM linked GROUP BY video_id, key, moment
), present AS MATERIALIZED (
    SELECT v.id AS video_id, $video || $counts AS told, c.looked_at
      FROM catalogue_video v LEFT JOIN catalogue_videocounts c ON c.video_id = v.id
     WHERE v.id = ANY(%(videos)s)
), compared AS (
    SELECT n.*, p.looked_at,
           CASE WHEN n.key = 'sample' THEN coalesce((
                SELECT $sample FROM catalogue_countsample s
                 WHERE s.video_id = n.video_id AND s.observed_at = n.moment::timestamptz
           ), 'null')
           -- Before names of files were kept, a record was told by fingerprint and date only.
           WHEN n.key = 'record' AND jsonb_array_length(n.new) = 2 THEN (p.told -> n.key) - 2
           ELSE p.told -> n.key END AS now
      FROM net n JOIN present p USING (video_id)
), known AS (
    SELECT c.*, c.now IS DISTINCT FROM c.old AS is_needed,
           -- The same record came in again after ours, and is still the newest.
           bool_or(c.key = 'record' AND c.now = c.new) OVER w AND EXISTS (
               SELECT FROM $others AND o.id > u.first_row
                  AND o.outcome = 'unchanged' AND o.changed IS NULL
           ) AS is_said_again,
           bool_or(c.key = 'observed_at' AND c.now NOT IN (c.old, c.new)) OVER w
               AS is_counted_since
      FROM compared c JOIN undoing u USING (video_id)
    WINDOW w AS (PARTITION BY c.video_id)
)
SELECT k.video_id, k.key, k.moment, k.old, k.new, k.is_needed, CASE
           WHEN NOT k.is_needed THEN NULL
           WHEN k.is_said_again THEN 'a later import says the same'
           WHEN k.now IS DISTINCT FROM k.new THEN 'changed since'
           WHEN k.key IN ('title', 'description', 'duration_ms', 'availability')
                AND k.looked_at >= %(started)s THEN 'its platform was asked since'
           WHEN k.key IN ('views', 'likes', 'dislikes', 'comments') AND k.is_counted_since
                THEN 'counted since'
           WHEN k.key = 'channel_id' AND k.old <> 'null' AND NOT EXISTS (
               SELECT FROM catalogue_channel c WHERE c.id = k.old::bigint
           ) THEN 'no longer there'
           WHEN k.key = 'sample' AND EXISTS (
               SELECT FROM $others AND o.changed -> 'sample' -> 1 = k.new
           ) THEN 'another import observed the same'
       END AS why
  FROM known k JOIN undoing u USING (video_id);
ANALYZE part
"""
JUDGE = (
    JUDGE.replace("$video", values.of_video("v"))
    .replace("$counts", values.of_counts("c"))
    .replace("$sample", values.of_sample("s"))
    .replace("$others", _OTHERS)
)

VERDICTS = """
SELECT u.video_id, u.is_noted, p.key, p.why
  FROM undoing u LEFT JOIN part p USING (video_id)
 WHERE u.video_id = ANY(%(videos)s) AND NOT u.is_created
 ORDER BY u.video_id, p.key
"""

_GOES = "p.is_needed AND p.why IS NULL"

RESTORE_TAGS = f"""
DELETE FROM catalogue_videotag k USING part p
 WHERE {_GOES} AND p.key = 'tags' AND k.video_id = p.video_id AND k.source = 'record'
   AND NOT EXISTS (
       SELECT FROM jsonb_array_elements(p.old) e WHERE (e ->> 0)::bigint = k.id
   );
INSERT INTO catalogue_videotag AS k (id, video_id, tag_id, source, position, added_at)
SELECT (e ->> 0)::bigint, p.video_id, g.id, 'record', (e ->> 2)::int, (e ->> 3)::timestamptz
  FROM part p CROSS JOIN LATERAL jsonb_array_elements(p.old) e
  JOIN catalogue_tag g ON g.id = (e ->> 1)::bigint
 WHERE {_GOES} AND p.key = 'tags'
 ORDER BY p.video_id, (e ->> 2)::int
    ON CONFLICT (video_id, tag_id) DO UPDATE SET position = excluded.position
       WHERE k.source = 'record' AND k.position <> excluded.position
"""  # noqa: S608


def _restored(table: str, name: str, kind: str) -> str:
    """Return SQL for a column's old value where it is restored, else its present one."""
    return f"CASE WHEN t.told ? '{name}' THEN (t.told ->> '{name}')::{kind} ELSE {table}.{name} END"


def _within(group: str, place: int, kind: str) -> str:
    """Return SQL for one old value of a group; a name that was not kept is empty."""
    value = f"(t.told -> '{group}' ->> {place})::{kind}"
    return f"coalesce({value}, '')" if kind == "text" else value


def _columns() -> Iterator[tuple[str, str]]:
    """Yield each imported column of a video, and SQL for what it is to be."""
    for name, kind in values.VIDEO.items():
        yield name, _restored("v", name, kind)
    for group, columns in values.GROUPS.items():
        for place, (name, kind) in enumerate(columns):
            yield (
                name,
                (
                    f"CASE WHEN t.told ? '{group}' THEN {_within(group, place, kind)}"
                    f" ELSE v.{name} END"
                ),
            )


_NEXT = ", ".join(f"{sql} AS {name}" for name, sql in _columns())
_SET = ", ".join(f"{name} = n.{name}" for name, _sql in _columns() if name != "content_hash")

# Where a later record keeps its fingerprint although something beside it went back, the
# fingerprint no longer tells what is stored: that record has to be looked at again. Nor does
# the digest of its file, whatever went back.
RESTORE_VIDEOS = f"""
WITH target AS (
    SELECT p.video_id, jsonb_object_agg(p.key, p.old) AS told FROM part p
     WHERE {_GOES} AND p.key NOT IN ('sample', 'origins') AND p.key <> ALL(%(counts)s)
     GROUP BY p.video_id
), next AS (
    SELECT v.id, {_NEXT},
           NOT t.told ? 'record' AND EXISTS (
               SELECT FROM {_OTHERS} AND o.id > u.first_row AND o.changed ? 'record'
           ) AS is_stale
      FROM catalogue_video v JOIN target t ON t.video_id = v.id
      JOIN undoing u ON u.video_id = v.id
)
UPDATE catalogue_video v
   SET {_SET},
       content_hash = CASE WHEN n.is_stale THEN '' ELSE n.content_hash END, raw_hash = NULL,
       keywords = concat_ws(E'\\n',
           (SELECT nullif(c.name, '') FROM catalogue_channel c WHERE c.id = n.channel_id),
           nullif(n.category, ''),
           (SELECT string_agg(g.name, E'\\n' ORDER BY k.source = 'member', k.position, k.id)
              FROM catalogue_videotag k JOIN catalogue_tag g ON g.id = k.tag_id
             WHERE k.video_id = n.id)),
       updated_at = %(now)s
  FROM next n WHERE n.id = v.id
"""  # noqa: S608

_COUNTED = ", ".join(
    f"{name} = {_restored('c', name, values.COUNTS[name])}"
    for name in (*values.NUMBERS, "refresh_at")
)
# The dates of the numbers come from `restoring`: they depend on which numbers went back.
RESTORE_COUNTS = f"""
UPDATE catalogue_videocounts c
   SET {_COUNTED}, observed_at = d.observed_at, earlier = d.earlier::jsonb
  FROM unnest(%(counted)s::bigint[], %(observed)s::timestamptz[], %(earlier)s::text[])
       AS d (video_id, observed_at, earlier)
  LEFT JOIN (
    SELECT p.video_id, jsonb_object_agg(p.key, p.old) AS told FROM part p
     WHERE {_GOES} AND p.key = ANY(%(counts)s) GROUP BY p.video_id
  ) t USING (video_id)
 WHERE d.video_id = c.video_id
"""  # noqa: S608

_SAMPLED = ", ".join(f"{name} = (p.old ->> '{name}')::bigint" for name in values.NUMBERS)
RESTORE_SAMPLES = f"""
DELETE FROM catalogue_countsample s USING part p
 WHERE {_GOES} AND p.key = 'sample' AND p.old = 'null'
   AND s.video_id = p.video_id AND s.observed_at = p.moment::timestamptz;
UPDATE catalogue_countsample s
   SET {_SAMPLED}
  FROM part p
 WHERE {_GOES} AND p.key = 'sample' AND p.old <> 'null'
   AND s.video_id = p.video_id AND s.observed_at = p.moment::timestamptz
"""  # noqa: S608

# What was never so was no change either. Where the value stays, the change that led to it does.
DROP_CHANGES = f"""
DELETE FROM catalogue_change c
 USING catalogue_importrow r CROSS JOIN LATERAL jsonb_array_elements(r.changed -> 'changes') e
 WHERE r.run_id = %(run)s AND r.video_id = ANY(%(videos)s) AND c.id = e::bigint
   AND EXISTS (
       SELECT FROM part p
        WHERE p.video_id = c.video_id AND ({_GOES} OR p.old = p.new)
          AND p.key = CASE c.field WHEN 'channel' THEN 'channel_id' ELSE c.field END
   )
"""  # noqa: S608

MARK = """
UPDATE catalogue_importrow r SET undone = t.undone, undo_reason = t.reason
  FROM unnest(%(told)s::bigint[], %(outcomes)s::text[], %(reasons)s::text[])
       AS t (video_id, undone, reason)
 WHERE r.video_id = t.video_id AND r.run_id = %(run)s AND r.outcome IN ('created', 'updated')
"""


def _sweep(kind: str, model: type[Model], also: str = "") -> str:
    """Return SQL that deletes what the run made and nothing carries any more."""
    carried = "".join(
        f' AND NOT EXISTS (SELECT FROM "{table}" x WHERE x."{column}" = one.id)'
        for _name, table, column in references_to(model)
    )
    table = model._meta.db_table  # noqa: SLF001
    # Never waited for: who holds one is just about to use it.
    return f"""
    DELETE FROM {table} WHERE id IN (
        SELECT one.id FROM {table} one
         WHERE one.id IN (SELECT id FROM left_over WHERE kind = '{kind}')
           AND one.created_at >= %(started)s {also} {carried}
         ORDER BY one.id FOR UPDATE SKIP LOCKED
    )
    """  # noqa: S608


@cache
def sweep() -> tuple[str, str]:
    """Return the statements that delete channels and tags that came with the run."""
    return (
        _sweep("channel", Channel),
        _sweep("tag", Tag, "AND one.created_by_id IS NULL AND one.description = ''"),
    )
