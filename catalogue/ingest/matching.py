"""The statements that find whom a staged batch is about: videos, channels and tags."""

# A record without a date says nothing about when it was true: it only beats another such.
IS_NEWER = """
    CASE WHEN i.recorded_at IS NULL THEN v.recorded_at IS NULL
         ELSE v.recorded_at IS NULL OR i.recorded_at >= v.recorded_at END
"""

MATCH = """
UPDATE incoming i
   SET video_id = v.id,
       outcome = CASE WHEN v.content_hash = i.content_hash THEN 'unchanged' END,
       is_newer = $is_newer
  FROM catalogue_video v
 WHERE v.platform = i.platform AND v.platform_id = i.platform_id AND i.outcome IS NULL
""".replace("$is_newer", IS_NEWER)

REFUSE_PLACEHOLDERS = """
UPDATE incoming
   SET outcome = 'rejected', field = 'title',
       reason = 'this title only says that the video cannot be seen, and nothing else is '
                'known of it'
 WHERE outcome IS NULL AND video_id IS NULL AND placeholder <> ''
"""

# Only records that can have an effect bring channels and tags, or an old record would leave
# empty pages behind.
# An id is the identity: it finds its channel, else gives itself to the one that was known by
# this name only, else makes one. Giving takes turns, or two runs could give one id twice.
CHANNELS = """
CREATE TEMP TABLE incoming_channel ON COMMIT DROP AS
SELECT i.number, i.platform, i.channel_platform_id AS platform_id, i.channel AS name
  FROM incoming i LEFT JOIN catalogue_video v ON v.id = i.video_id
 WHERE i.outcome IS NULL AND i.placeholder = '' AND i.channel <> ''
   AND (v.id IS NULL OR i.is_newer OR v.channel_id IS NULL);
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
INSERT INTO catalogue_channel (platform, platform_id, name, created_at)
SELECT DISTINCT ON (n.platform, n.platform_id)
       n.platform, n.platform_id, n.name, %(now)s::timestamptz
  FROM incoming_channel n
 WHERE n.platform_id <> '' AND NOT EXISTS (
    SELECT FROM catalogue_channel c
     WHERE c.platform = n.platform AND c.platform_id = n.platform_id
 )
 ORDER BY n.platform, n.platform_id, n.number
    ON CONFLICT (platform, platform_id) WHERE platform_id IS NOT NULL DO NOTHING;
INSERT INTO catalogue_channel (platform, name, created_at)
SELECT DISTINCT n.platform, n.name, %(now)s::timestamptz
  FROM incoming_channel n
 WHERE n.platform_id = '' AND NOT EXISTS (
    SELECT FROM catalogue_channel c WHERE c.platform = n.platform AND c.name = n.name
 )
 ORDER BY n.platform, n.name
    ON CONFLICT (platform, name) WHERE platform_id IS NULL DO NOTHING
""".replace("$lock_class", str(0x51DF))

# The key share keeps a tag from being withdrawn between here and the end of the batch.
TAGS = """
INSERT INTO catalogue_tag (slug, name, description, created_at)
SELECT DISTINCT ON (t.slug) t.slug, t.name, '', %(now)s::timestamptz
  FROM given_tag t JOIN incoming i USING (number)
 WHERE i.outcome IS NULL AND i.placeholder = ''
   AND (i.video_id IS NULL OR i.is_newer OR NOT EXISTS (
       SELECT FROM catalogue_videotag p WHERE p.video_id = i.video_id AND p.source = 'record'
   ))
   AND NOT EXISTS (SELECT FROM catalogue_tag g WHERE g.slug = t.slug)
 ORDER BY t.slug, t.number, t.position
    ON CONFLICT (slug) DO NOTHING
"""

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
