"""The statements that put the numbers of a staged batch where they belong: latest, and samples."""

from catalogue.ingest import values

# Newer numbers win, older ones only fill gaps, and unknown never replaces known. Numbers
# without a date are kept without one.
COUNTS = """
WITH counted AS (
    INSERT INTO catalogue_videocounts AS c (
        video_id, views, likes, dislikes, comments, observed_at, refresh_at, failures,
        last_failure
    )
    SELECT i.video_id, i.views, i.likes, i.dislikes, i.comments,
           CASE WHEN num_nonnulls(i.views, i.likes, i.dislikes, i.comments) > 0
                THEN i.recorded_at END,
           CASE WHEN i.is_due THEN %(now)s::timestamptz END, 0, ''
      FROM incoming i
     WHERE (i.outcome IS NULL OR i.outcome = 'created') AND i.placeholder = ''
     ORDER BY i.video_id
        ON CONFLICT (video_id) DO UPDATE SET (
            views, likes, dislikes, comments, observed_at, refresh_at
        ) = (
            SELECT CASE WHEN n THEN coalesce(excluded.views, c.views)
                        ELSE coalesce(c.views, excluded.views) END,
                   CASE WHEN n THEN coalesce(excluded.likes, c.likes)
                        ELSE coalesce(c.likes, excluded.likes) END,
                   CASE WHEN n THEN coalesce(excluded.dislikes, c.dislikes)
                        ELSE coalesce(c.dislikes, excluded.dislikes) END,
                   CASE WHEN n THEN coalesce(excluded.comments, c.comments)
                        ELSE coalesce(c.comments, excluded.comments) END,
                   greatest(c.observed_at, excluded.observed_at),
                   coalesce(c.refresh_at, excluded.refresh_at)
              FROM (SELECT excluded.observed_at IS NOT NULL AND (
                        c.observed_at IS NULL OR excluded.observed_at >= c.observed_at
                    ) AS n) newer
        )
        WHERE excluded.observed_at > c.observed_at
           OR c.observed_at IS NULL AND excluded.observed_at IS NOT NULL
           OR excluded.observed_at = c.observed_at AND (
                  excluded.views <> c.views OR excluded.likes <> c.likes
                  OR excluded.dislikes <> c.dislikes OR excluded.comments <> c.comments)
           OR c.views IS NULL AND excluded.views IS NOT NULL
           OR c.likes IS NULL AND excluded.likes IS NOT NULL
           OR c.dislikes IS NULL AND excluded.dislikes IS NOT NULL
           OR c.comments IS NULL AND excluded.comments IS NOT NULL
           OR c.refresh_at IS NULL AND excluded.refresh_at IS NOT NULL
    RETURNING c.video_id, $counts AS after
)
UPDATE incoming i SET is_touched = true, changed = i.changed || $difference
  FROM counted JOIN merged m USING (video_id) WHERE counted.video_id = i.video_id
""".replace("$counts", values.of_counts("c")).replace(
    "$difference", values.difference("m.counts_before", "counted.after")
)

# A sample that was there already is noted too: this run has observed the same.
SAMPLES = """
WITH known AS (
    SELECT s.video_id, $sample AS before
      FROM incoming i JOIN catalogue_countsample s
        ON s.video_id = i.video_id AND s.observed_at = i.recorded_at
     WHERE i.outcome IS NULL AND i.placeholder = ''
       AND num_nonnulls(i.views, i.likes, i.dislikes, i.comments) > 0
), sampled AS (
    INSERT INTO catalogue_countsample AS s (
        video_id, observed_at, views, likes, dislikes, comments
    )
    SELECT i.video_id, i.recorded_at, i.views, i.likes, i.dislikes, i.comments
      FROM incoming i
     WHERE (i.outcome IS NULL OR i.outcome = 'created') AND i.placeholder = ''
       AND i.recorded_at IS NOT NULL
       AND num_nonnulls(i.views, i.likes, i.dislikes, i.comments) > 0
     ORDER BY i.video_id
        ON CONFLICT (video_id, observed_at) DO UPDATE
           SET views = coalesce(excluded.views, s.views),
               likes = coalesce(excluded.likes, s.likes),
               dislikes = coalesce(excluded.dislikes, s.dislikes),
               comments = coalesce(excluded.comments, s.comments)
         WHERE (s.views, s.likes, s.dislikes, s.comments) IS DISTINCT FROM
               (coalesce(excluded.views, s.views), coalesce(excluded.likes, s.likes),
                coalesce(excluded.dislikes, s.dislikes),
                coalesce(excluded.comments, s.comments))
    RETURNING s.video_id, $sample AS after
)
UPDATE incoming i
   SET is_touched = i.is_touched OR a.after IS NOT NULL,
       changed = i.changed || jsonb_build_object(
           'sample', jsonb_build_array(a.before, coalesce(a.after, a.before))
       )
  FROM (SELECT * FROM known FULL JOIN sampled USING (video_id)) a
 WHERE a.video_id = i.video_id AND i.outcome IS NULL
""".replace("$sample", values.of_sample("s"))
