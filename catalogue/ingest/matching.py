"""The statements that find whom a staged batch is about: videos, channels and tags."""

from catalogue.ingest import precedence
from catalogue.records.said import said

MATCH = """
UPDATE incoming i
   SET video_id = v.id,
       outcome = CASE WHEN v.content_hash = i.content_hash THEN 'unchanged' END
  FROM catalogue_video v
 WHERE v.platform = i.platform AND v.platform_id = i.platform_id AND i.outcome IS NULL
"""

REFUSE_PLACEHOLDERS = """
UPDATE incoming
   SET outcome = 'rejected', field = 'title',
       reason = '$reason'
 WHERE outcome IS NULL AND video_id IS NULL AND placeholder <> ''
""".replace(
    "$reason",
    said("this title only says that the video cannot be seen, and nothing else is known of it"),
)

# A name alone is taken only from a record that decides its film's channel, or an old record
# would leave an empty page behind. An id is taken from every record, since what the channel
# is called must not depend on which of its films came first.
# An id is the identity: it finds its channel, else gives itself to the one that was known by
# this name only, else makes one. Giving takes turns, or two runs could give one id twice.
CHANNELS = """
CREATE TEMP TABLE incoming_channel ON COMMIT DROP AS
SELECT i.number, i.platform, i.channel_platform_id AS platform_id, i.channel AS name,
       i.recorded_at, v.id IS NOT NULL AS is_known
  FROM incoming i LEFT JOIN catalogue_video v ON v.id = i.video_id
 WHERE i.outcome IS NULL AND i.placeholder = '' AND i.channel <> ''
   AND (v.id IS NULL OR i.channel_platform_id <> '' OR $decides);
SELECT pg_advisory_xact_lock($lock_class, 0)
 WHERE EXISTS (
    SELECT FROM incoming_channel n
     WHERE n.platform_id <> '' AND NOT EXISTS (
        SELECT FROM catalogue_channel c
         WHERE c.platform = n.platform AND c.platform_id = n.platform_id
     )
 );
UPDATE catalogue_channel c SET platform_id = given.platform_id
  FROM (
    SELECT DISTINCT ON (n.platform, n.name) n.* FROM (
        SELECT DISTINCT ON (platform, platform_id) * FROM incoming_channel
         WHERE platform_id <> '' ORDER BY platform, platform_id, number
    ) n
     WHERE NOT EXISTS (
        SELECT FROM catalogue_channel k
         WHERE k.platform = n.platform AND k.platform_id = n.platform_id
     )
     ORDER BY n.platform, n.name, n.number
  ) given
 WHERE c.platform = given.platform AND c.name = given.name AND c.platform_id IS NULL;
WITH made AS (
    INSERT INTO catalogue_channel (platform, platform_id, name, named_at, created_at)
    SELECT n.platform, n.platform_id, n.name, n.recorded_at, %(now)s::timestamptz
      FROM ($best) n
     WHERE NOT EXISTS (
        SELECT FROM catalogue_channel c
         WHERE c.platform = n.platform AND c.platform_id = n.platform_id
     )
     ORDER BY n.platform, n.platform_id
        ON CONFLICT (platform, platform_id) WHERE platform_id IS NOT NULL DO NOTHING
    RETURNING id, platform, platform_id, name, named_at
)
UPDATE incoming i
   SET named = jsonb_build_array(NULL, jsonb_build_array(made.id, made.name, made.named_at))
  FROM made JOIN ($best) n USING (platform, platform_id)
 WHERE i.number = n.number AND n.is_known;
INSERT INTO catalogue_channel (platform, name, created_at)
SELECT DISTINCT n.platform, n.name, %(now)s::timestamptz
  FROM incoming_channel n
 WHERE n.platform_id = '' AND NOT EXISTS (
    SELECT FROM catalogue_channel c WHERE c.platform = n.platform AND c.name = n.name
 )
 ORDER BY n.platform, n.name
    ON CONFLICT (platform, name) WHERE platform_id IS NULL DO NOTHING
"""

# The greatest of a batch that names a channel by its id.
_BEST = """
SELECT DISTINCT ON (platform, platform_id) * FROM incoming_channel WHERE platform_id <> ''
 ORDER BY platform, platform_id, recorded_at DESC NULLS LAST, name COLLATE "C" DESC, number
"""
_IS_BETTER = """
(coalesce(n.recorded_at, '-infinity'), n.name COLLATE "C")
    > (coalesce(c.named_at, '-infinity'), c.name COLLATE "C")
"""

# A channel is called what the newest record that has its id calls it. Its films are not
# locked here, since locks on films are taken by number and after those on channels: a sweep
# renews their words for search (`catalogue.channels`). It waits until batches at work, which
# may have read the old name, are done.
NAMES = """
SELECT c.id FROM catalogue_channel c JOIN ($best) n USING (platform, platform_id)
 WHERE $is_better ORDER BY c.id FOR NO KEY UPDATE OF c;
WITH named AS (
    UPDATE catalogue_channel c
       SET name = n.name, named_at = n.recorded_at,
           keywords_due_at = CASE WHEN c.name = n.name THEN c.keywords_due_at
                                  ELSE %(now)s::timestamptz + interval '$wait' END
      FROM ($best) n JOIN catalogue_channel old USING (platform, platform_id)
     WHERE c.id = old.id AND $is_better
    RETURNING n.number, jsonb_build_array(
        jsonb_build_array(old.id, old.name, old.named_at),
        jsonb_build_array(c.id, c.name, c.named_at)) AS told
)
UPDATE incoming i SET named = named.told FROM named WHERE named.number = i.number
"""
KEYWORDS_WAIT = "2 minutes"

CHANNELS = (
    CHANNELS.replace("$lock_class", str(0x51DF))
    .replace("$best", _BEST)
    .replace("$decides", precedence.CHANNEL.wins())
)
NAMES = (
    NAMES.replace("$best", _BEST).replace("$is_better", _IS_BETTER).replace("$wait", KEYWORDS_WAIT)
)

# The key share keeps a tag from being withdrawn between here and the end of the batch.
TAGS = """
INSERT INTO catalogue_tag (slug, name, description, created_at)
SELECT DISTINCT ON (t.slug) t.slug, t.name, '', %(now)s::timestamptz
  FROM given_tag t JOIN incoming i USING (number)
  LEFT JOIN catalogue_video v ON v.id = i.video_id
 WHERE i.outcome IS NULL AND i.placeholder = ''
   AND (v.id IS NULL OR $decides)
   AND NOT EXISTS (SELECT FROM catalogue_tag g WHERE g.slug = t.slug)
 ORDER BY t.slug, t.number, t.position
    ON CONFLICT (slug) DO NOTHING
""".replace("$decides", precedence.TAGS.wins())

RESOLVE = """
CREATE TEMP TABLE incoming_tag ON COMMIT DROP AS
SELECT t.number, t.position, t.slug, t.name, g.id AS tag_id, g.name AS tag_name
  FROM given_tag t JOIN (
      SELECT id, slug, name FROM catalogue_tag
       WHERE slug IN (SELECT slug FROM given_tag)
       ORDER BY id FOR KEY SHARE
  ) g USING (slug);
ANALYZE incoming_tag;
UPDATE incoming i
   SET channel_id = CASE WHEN i.channel_platform_id <> '' THEN (
           SELECT c.id FROM catalogue_channel c
            WHERE c.platform = i.platform AND c.platform_id = i.channel_platform_id
       ) ELSE coalesce((
           -- Where several channels have that name, a film stays with its own.
           SELECT c.id FROM catalogue_video v JOIN catalogue_channel c ON c.id = v.channel_id
            WHERE v.id = i.video_id AND c.name = i.channel
       ), (
           SELECT min(c.id) FROM catalogue_channel c
            WHERE c.platform = i.platform AND c.name = i.channel
       )) END,
       has_tags = EXISTS (SELECT FROM incoming_tag t WHERE t.number = i.number)
 WHERE i.outcome IS NULL
"""
