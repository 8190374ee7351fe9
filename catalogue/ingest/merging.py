"""The statements that merge one staged batch into the catalogue; docs/ingest.md has the rules.

Every statement works on the whole batch, so a batch of one and of five hundred cost the same
number of queries. Locks are taken in one order by everyone (channels, tags and new videos by
their names, known videos by their number, then all that hangs on a video), so two runs over
the same records wait for each other and never both.

A batch holds each video once: `ingest` sees to that.

What a batch changes of videos that were there is noted with its rows, before and after, so
that it can be taken back (`undo`).
"""

from datetime import datetime

from django.db.backends.utils import CursorWrapper

from catalogue.ingest import counting, matching, precedence, values

# Columns of the staging table that come with the batch, in the order of its COPY.
COLUMNS = (
    "number", "line", "field", "reason", "outcome", "raw",
    "source", "platform", "platform_id", "url", "title", "placeholder", "channel",
    "channel_platform_id", "category", "language", "image_url", "media_url", "description",
    "published_at", "published_precision", "recorded_at", "content_hash", "raw_hash",
    "is_askable", "duration_ms", "views", "likes", "dislikes", "comments", "replays",
)  # fmt: skip
TAG_COLUMNS = ("number", "position", "slug", "name")

# Held by every batch until its transaction ends, and alone by an undo: while one is taking a
# run back, no batch reads what is about to go.
UNDO_LOCK = 0x51E0

ENTER = f"SELECT pg_advisory_xact_lock_shared({UNDO_LOCK}, 0)"

# Dropped first, since a dry run has all its batches in one transaction.
_CREATE = """
DROP TABLE IF EXISTS pg_temp.incoming, pg_temp.given_tag, pg_temp.incoming_tag,
    pg_temp.incoming_channel, pg_temp.merged;
CREATE TEMP TABLE incoming (
    number integer PRIMARY KEY, source text, line integer, field text, reason text,
    outcome text, raw bytea,
    platform text, platform_id text, url text, title text, placeholder text, description text,
    channel text, channel_platform_id text, category text, language text,
    image_url text, media_url text, published_at timestamptz, published_precision text,
    duration_ms bigint, recorded_at timestamptz, content_hash text, raw_hash uuid,
    is_askable boolean,
    views bigint, likes bigint, dislikes bigint, comments bigint, replays smallint[],
    video_id bigint, channel_id bigint,
    is_above boolean, is_correction boolean, is_unseen boolean, is_as_new_as_look boolean,
    is_due boolean,
    has_tags boolean NOT NULL DEFAULT false, is_touched boolean NOT NULL DEFAULT false,
    changed jsonb, named jsonb
) WITH (toast_tuple_target = 128) ON COMMIT DROP;
ALTER TABLE incoming ALTER raw SET STORAGE EXTERNAL, ALTER description SET STORAGE EXTERNAL;
CREATE TEMP TABLE given_tag (
    number integer, position integer, slug text, name text
) ON COMMIT DROP;
"""

# Without statistics a join with a million videos may be planned as a walk over all of them.
# What no join looks at is left out: it is most of the bytes.
_ANALYZE = """
ANALYZE incoming (number, platform, platform_id, outcome, placeholder, channel);
ANALYZE given_tag
"""

_IS_DONE = "SELECT NOT EXISTS (SELECT FROM incoming WHERE outcome IS NULL)"

_CREATE_VIDEOS = """
WITH made AS (
    INSERT INTO catalogue_video (
        platform, platform_id, url, title, description, channel_id, category, language,
        image_url, media_url, published_at, published_precision, duration_ms, recorded_at,
        content_hash, raw_hash, record_name, keywords, availability, created_at, updated_at,
        replays, replays_ms
    )
    SELECT i.platform, i.platform_id, i.url, coalesce(nullif(i.title, ''), i.platform_id),
           i.description, i.channel_id, i.category, i.language, i.image_url, i.media_url,
           i.published_at, i.published_precision, i.duration_ms, i.recorded_at, i.content_hash,
           i.raw_hash, $name, concat_ws(E'\\n', c.name, nullif(i.category, ''), t.names),
           'unknown', %(now)s, %(now)s,
           i.replays, CASE WHEN i.replays IS NOT NULL THEN i.duration_ms END
      FROM incoming i LEFT JOIN catalogue_channel c ON c.id = i.channel_id
      LEFT JOIN (
          SELECT number, string_agg(tag_name, E'\\n' ORDER BY position) AS names
            FROM incoming_tag GROUP BY number
      ) t USING (number)
     WHERE i.outcome IS NULL AND i.video_id IS NULL
     ORDER BY i.platform, i.platform_id
        ON CONFLICT (platform, platform_id) DO NOTHING
    RETURNING id, platform, platform_id
)
UPDATE incoming i SET video_id = made.id, outcome = 'created', is_due = i.is_askable
  FROM made WHERE made.platform = i.platform AND made.platform_id = i.platform_id
""".replace("$name", precedence.NAME)

# Looks of the platform take the same lock first, so title and counts are ours until the end.
_LOCK = """
SELECT v.id FROM catalogue_video v JOIN incoming i USING (platform, platform_id)
 WHERE i.outcome IS NULL ORDER BY v.id FOR NO KEY UPDATE OF v
"""

# A look confirms title, description and length without touching the video's own row.
_COMPARE = f"""
UPDATE incoming i
   SET video_id = v.id,
       is_above = i.placeholder = '' AND {precedence.IS_ABOVE_TOP},
       is_correction = {precedence.IS_CORRECTION},
       is_unseen = c.looked_at IS NULL,
       is_as_new_as_look =
           c.looked_at IS NULL OR i.recorded_at IS NOT NULL AND i.recorded_at >= c.looked_at,
       is_due = i.is_askable AND v.platform <> 'youtube' AND v.url = '',
       changed = '{{}}'
  FROM catalogue_video v LEFT JOIN catalogue_videocounts c ON c.video_id = v.id
 WHERE v.platform = i.platform AND v.platform_id = i.platform_id AND i.outcome IS NULL
"""  # noqa: S608 (expressions of ours)

# What the row of a merged video is to hold; the column on the left where this says nothing.
_NEXT = {
    "title": "CASE WHEN t.title AND (i.is_as_new_as_look OR v.title = v.platform_id)"
             " THEN i.title ELSE v.title END",
    "description": "CASE WHEN t.description AND (i.is_as_new_as_look OR v.description = '')"
                   " THEN i.description ELSE v.description END",
    "duration_ms": "CASE WHEN t.duration_ms AND (i.is_as_new_as_look OR v.duration_ms IS NULL)"
                   " THEN i.duration_ms ELSE v.duration_ms END",
} | {
    name: f"CASE WHEN t.{name} THEN i.{name} ELSE v.{name} END"
    for name in ("channel_id", "category", "language", "url", "image_url", "media_url")
} | {
    "replays": "CASE WHEN t.replays THEN i.replays ELSE v.replays END",
    # The film may get another length from another record, or from a look.
    "replays_ms": "CASE WHEN t.replays THEN i.duration_ms ELSE v.replays_ms END",
    "published_at": "d.at",
    "published_precision": "d.precision",
    "availability": "a.value",
    "recorded_at": "CASE WHEN i.is_above THEN i.recorded_at ELSE v.recorded_at END",
    "content_hash": "CASE WHEN i.is_above THEN i.content_hash ELSE v.content_hash END",
    "raw_hash": "CASE WHEN i.is_above THEN i.raw_hash ELSE v.raw_hash END",
    "record_name": f"CASE WHEN i.is_above THEN {precedence.NAME} ELSE v.record_name END",
    "origins": precedence.ORIGINS,
}  # fmt: skip

_MERGE = f"""
CREATE TEMP TABLE merged ON COMMIT DROP AS
SELECT i.number, v.id AS video_id, {values.of_video("v")} AS before,
       {values.of_counts("c")} AS counts_before,
       coalesce(i.recorded_at, %(now)s::timestamptz) AS observed_at,
       nullif(v.title, v.platform_id) AS old_title, v.description AS old_description,
       v.duration_ms AS old_duration_ms, v.category AS old_category,
       old_channel.name AS old_channel, v.published_at AS old_published_at,
       v.published_precision AS old_published_precision,
       v.availability AS old_availability, old.tags AS old_tags,
       {", ".join(f"{sql} AS {name}" for name, sql in _NEXT.items())},
       t.tags AS takes_tags,
       CASE WHEN t.tags THEN given.tags ELSE old.tags END AS tags
  FROM incoming i
  JOIN catalogue_video v ON v.id = i.video_id
  LEFT JOIN catalogue_videocounts c ON c.video_id = v.id
  LEFT JOIN catalogue_channel old_channel ON old_channel.id = v.channel_id
 CROSS JOIN LATERAL (
    SELECT array_agg(g.name ORDER BY k.position, k.id) AS tags
      FROM catalogue_videotag k JOIN catalogue_tag g ON g.id = k.tag_id
     WHERE k.video_id = v.id AND k.source = 'record'
 ) old
 CROSS JOIN LATERAL (
    SELECT array_agg(t.tag_name ORDER BY t.position) AS tags
      FROM incoming_tag t
     WHERE t.number = i.number AND NOT EXISTS (
        SELECT FROM catalogue_videotag k
         WHERE k.video_id = v.id AND k.tag_id = t.tag_id AND k.source = 'member'
     )
 ) given
 CROSS JOIN LATERAL ({precedence.DECIDED}) t
 CROSS JOIN LATERAL ({precedence.PUBLISHED}) d
 CROSS JOIN LATERAL ({precedence.AVAILABILITY}) a
 WHERE i.outcome IS NULL
"""  # noqa: S608 (expressions of ours)


def _moment(prefix: str) -> str:
    """Return SQL for a publication date as JSON, no more exact than it is known."""
    moment = f"{prefix}_at AT TIME ZONE 'UTC'"
    return f"""to_jsonb(CASE WHEN {prefix}_precision = 'day'
         THEN to_char({moment}, 'YYYY-MM-DD')
         ELSE to_char({moment}, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END)"""


# A gap that is filled is news to us, not a change of the film; nor is a day that becomes exact.
_CHANGES = (
    """
WITH made AS (
INSERT INTO catalogue_change (video_id, field, old, new, observed_at, created_at)
SELECT m.video_id, f.field, f.old, f.new, m.observed_at, %(now)s
  FROM merged m
  LEFT JOIN catalogue_channel new_channel ON new_channel.id = m.channel_id
 CROSS JOIN LATERAL (VALUES
    ('title', to_jsonb(m.old_title), to_jsonb(m.title)),
    ('description', to_jsonb(nullif(m.old_description, '')), to_jsonb(m.description)),
    ('duration_ms', to_jsonb(m.old_duration_ms), to_jsonb(m.duration_ms)),
    ('channel', to_jsonb(m.old_channel), to_jsonb(new_channel.name)),
    ('category', to_jsonb(nullif(m.old_category, '')), to_jsonb(m.category)),
    ('availability', to_jsonb(m.old_availability), to_jsonb(m.availability)),
    ('tags',
     (SELECT jsonb_agg(name ORDER BY name) FROM unnest(m.old_tags) name),
     (SELECT jsonb_agg(name ORDER BY name) FROM unnest(m.tags) name)),
    ('published', CASE WHEN NOT $is_same_day THEN $old_published END, $published)
 ) AS f (field, old, new)
 WHERE f.old IS NOT NULL AND f.old IS DISTINCT FROM f.new
 ORDER BY m.number
RETURNING id, video_id
)
UPDATE incoming i SET changed = i.changed || jsonb_build_object('changes', seen.ids)
  FROM (SELECT video_id, jsonb_agg(id) AS ids FROM made GROUP BY video_id) seen
 WHERE seen.video_id = i.video_id
""".replace("$old_published", _moment("m.old_published"))
    .replace("$published", _moment("m.published"))
    .replace(
        "$is_same_day",
        """coalesce((m.old_published_at AT TIME ZONE 'UTC')::date
             = (m.published_at AT TIME ZONE 'UTC')::date
             AND m.old_published_precision <> m.published_precision, false)""",
    )
)

_DROP_TAGS = """
WITH dropped AS (
    DELETE FROM catalogue_videotag k USING merged m
     WHERE k.video_id = m.video_id AND k.source = 'record' AND m.takes_tags
       AND NOT EXISTS (
           SELECT FROM incoming_tag t WHERE t.number = m.number AND t.tag_id = k.tag_id
       )
    RETURNING k.video_id
)
UPDATE incoming i SET is_touched = true FROM dropped WHERE dropped.video_id = i.video_id
"""

# Nobody else sees a film that is being made, so nothing can be in the way: a third less work.
_PLACE_FIRST_TAGS = """
INSERT INTO catalogue_videotag (video_id, tag_id, source, position, added_at)
SELECT i.video_id, t.tag_id, 'record', t.position, %(now)s
  FROM incoming_tag t JOIN incoming i USING (number)
 WHERE i.outcome = 'created'
 ORDER BY i.video_id, t.position
"""

# What a member put there stays the member's.
_PLACE_TAGS = """
WITH placed AS (
    INSERT INTO catalogue_videotag AS k (video_id, tag_id, source, position, added_at)
    SELECT i.video_id, t.tag_id, 'record', t.position, %(now)s
      FROM incoming_tag t JOIN incoming i USING (number) JOIN merged m USING (number)
     WHERE m.takes_tags
     ORDER BY i.video_id, t.position
        ON CONFLICT (video_id, tag_id) DO UPDATE SET position = excluded.position
           WHERE k.source = 'record' AND k.position <> excluded.position
    RETURNING k.video_id
)
UPDATE incoming i SET is_touched = true FROM placed WHERE placed.video_id = i.video_id
"""

# The search column is made anew for every row this touches, hence the comparison.
_UPDATE_VIDEOS = f"""
WITH updated AS (
    UPDATE catalogue_video v
       SET {", ".join(f"{name} = m.{name}" for name in _NEXT)},
           keywords = concat_ws(E'\\n',
               (SELECT nullif(c.name, '') FROM catalogue_channel c WHERE c.id = m.channel_id),
               nullif(m.category, ''), array_to_string(m.tags, E'\\n'),
               (SELECT string_agg(g.name, E'\\n' ORDER BY k.position, k.id)
                  FROM catalogue_videotag k JOIN catalogue_tag g ON g.id = k.tag_id
                 WHERE k.video_id = v.id AND k.source = 'member')),
           updated_at = %(now)s
      FROM merged m JOIN incoming i USING (number)
     WHERE v.id = m.video_id AND (i.is_touched OR
           ({", ".join(f"v.{name}" for name in _NEXT)})
           IS DISTINCT FROM
           ({", ".join(f"m.{name}" for name in _NEXT)}))
    RETURNING v.id, m.before, {values.of_video("v")} AS after
)
UPDATE incoming i
   SET is_touched = true, changed = i.changed || {values.difference("u.before", "u.after")}
  FROM updated u WHERE u.id = i.video_id
"""  # noqa: S608

# What a record called its channel can be all that it changed.
_DECIDE = """
UPDATE incoming
   SET outcome = coalesce(outcome, CASE WHEN is_touched OR named IS NOT NULL THEN 'updated'
                                        ELSE 'unchanged' END),
       changed = CASE WHEN named IS NULL THEN changed
                      ELSE coalesce(changed, '{}') || jsonb_build_object('named', named) END
 WHERE outcome IS NULL OR named IS NOT NULL
"""

_LEDGER = """
INSERT INTO catalogue_importrow (
    run_id, number, source, line, outcome, field, reason, video_id, raw, changed
)
SELECT %(run)s, number, source, line, outcome, field, reason,
       CASE WHEN outcome <> 'rejected' THEN video_id END,
       CASE WHEN outcome <> 'unchanged' THEN raw END, changed
  FROM incoming ORDER BY number
"""

# Sums, not a recount: lanes add to one row, each in one transaction with its own rows.
_TOTALS = """
UPDATE catalogue_importrun r
   SET created = r.created + n.created, updated = r.updated + n.updated,
       unchanged = r.unchanged + n.unchanged, rejected = r.rejected + n.rejected
  FROM (SELECT count(*) FILTER (WHERE outcome = 'created') AS created,
               count(*) FILTER (WHERE outcome = 'updated') AS updated,
               count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged,
               count(*) FILTER (WHERE outcome = 'rejected') AS rejected
          FROM incoming) n
 WHERE r.id = %(run)s
"""

_MERGING = (
    matching.CHANNELS, matching.NAMES, matching.TAGS, matching.RESOLVE, _CREATE_VIDEOS, _LOCK,
    _COMPARE, _MERGE, _CHANGES, _PLACE_FIRST_TAGS, _DROP_TAGS, _PLACE_TAGS, _UPDATE_VIDEOS,
    counting.COUNTS, counting.SAMPLES, _DECIDE,
)  # fmt: skip


def create_stage(cursor: CursorWrapper) -> None:
    """Make the empty staging tables, gone when the transaction ends."""
    cursor.execute(_CREATE)


def merge(cursor: CursorWrapper, *, run_id: int, now: datetime) -> None:
    """Merge what is staged, and write the ledger. Runs in the caller's transaction.

    A batch in which nothing is new costs six statements, any other a constant number.
    """
    given: dict[str, int | datetime] = {"run": run_id, "now": now}
    cursor.execute(_ANALYZE)
    cursor.execute(matching.MATCH)
    cursor.execute(matching.REFUSE_PLACEHOLDERS)
    cursor.execute(_IS_DONE)
    if not cursor.fetchone()[0]:
        for statement in _MERGING:
            cursor.execute(statement, given)
    cursor.execute(_LEDGER, given)
    cursor.execute(_TOTALS, given)
