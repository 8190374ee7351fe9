"""The statements that put the numbers of a staged batch where they belong: latest, and samples."""

from catalogue.ingest import values
from catalogue.models import Site
from catalogue.models.videos import YOUTUBE

_HAS_NUMBERS = "num_nonnulls(i.views, i.likes, i.dislikes, i.comments) > 0"
_NUMBERS = ", ".join(values.NUMBERS)


def _of(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in values.NUMBERS)


# Each number on its own: the newest date wins, none is the oldest, and unknown is no number.
# Of one date the larger wins, since a cache lags behind, unless somebody corrected the file.
_NEXT = f"""
    SELECT {
    ", ".join(f"max(number) FILTER (WHERE name = '{name}') AS {name}" for name in values.NUMBERS)
},
           max(date) AS observed_at,
           coalesce(jsonb_object_agg(name, date) FILTER (
               WHERE number IS NOT NULL AND date IS DISTINCT FROM newest), '{{}}') AS earlier
      FROM (
        SELECT *, max(date) OVER () AS newest FROM (
            SELECT n.name, CASE WHEN w.wins THEN n.given ELSE n.known END AS number,
                   CASE WHEN w.wins THEN i.recorded_at WHEN n.known IS NOT NULL THEN k.date END
                       AS date
              FROM (VALUES {
    ", ".join(f"('{name}', i.{name}, c.{name})" for name in values.NUMBERS)
}) AS n (name, given, known)
             CROSS JOIN LATERAL (
                SELECT CASE WHEN c.earlier ? n.name THEN (c.earlier ->> n.name)::timestamptz
                            ELSE c.observed_at END AS date
             ) k
             CROSS JOIN LATERAL (
                SELECT n.given IS NOT NULL AND (n.known IS NULL OR CASE
                    WHEN i.recorded_at IS NOT DISTINCT FROM k.date
                    THEN i.is_correction OR n.given > n.known
                    ELSE coalesce(i.recorded_at > k.date, k.date IS NULL) END) AS wins
             ) w
        ) decided
      ) dated
"""  # noqa: S608 (names of ours)

# The rows of videos that we hold have no other writer of numbers, so what is there stays there.
COUNTS = f"""
WITH known AS (
    SELECT i.video_id, i.is_due, n.*
      FROM incoming i JOIN catalogue_videocounts c USING (video_id)
     CROSS JOIN LATERAL ({_NEXT}) n
     WHERE i.outcome IS NULL AND i.placeholder = ''
), changed AS (
    UPDATE catalogue_videocounts c
       SET {", ".join(f"{name} = k.{name}" for name in values.NUMBERS)},
           observed_at = k.observed_at, earlier = k.earlier,
           refresh_at = coalesce(c.refresh_at, CASE WHEN k.is_due THEN %(now)s::timestamptz END)
      FROM known k
     WHERE c.video_id = k.video_id AND (
           ({_of("c")}, c.observed_at, c.earlier)
           IS DISTINCT FROM ({_of("k")}, k.observed_at, k.earlier)
           OR c.refresh_at IS NULL AND k.is_due)
    RETURNING c.video_id, {values.of_counts("c")} AS after
), made AS (
    INSERT INTO catalogue_videocounts AS c (
        video_id, {_NUMBERS}, observed_at, refresh_at, failures, last_failure, site
    )
    SELECT i.video_id, {_of("i")}, CASE WHEN {_HAS_NUMBERS} THEN i.recorded_at END,
           CASE WHEN i.is_due THEN %(now)s::timestamptz END, 0, '',
           CASE WHEN i.platform = '{YOUTUBE}' THEN '{Site.YOUTUBE}' ELSE '{Site.WEB}' END
      FROM incoming i
     WHERE (i.outcome IS NULL OR i.outcome = 'created') AND i.placeholder = ''
       AND NOT EXISTS (SELECT FROM known k WHERE k.video_id = i.video_id)
     ORDER BY i.video_id
    RETURNING c.video_id, {values.of_counts("c")} AS after
)
UPDATE incoming i
   SET is_touched = true, changed = i.changed || {values.difference("m.counts_before", "a.after")}
  FROM (SELECT * FROM changed UNION ALL SELECT * FROM made) a JOIN merged m USING (video_id)
 WHERE a.video_id = i.video_id
"""  # noqa: S608

# A sample that was there already is noted too: this run has observed the same.
SAMPLES = f"""
WITH known AS (
    SELECT i.video_id, i.recorded_at, {values.of_sample("s")} AS before, {
    ", ".join(
        f"CASE WHEN i.is_correction THEN coalesce(i.{name}, s.{name})"
        f" ELSE greatest(i.{name}, s.{name}) END AS {name}"
        for name in values.NUMBERS
    )
}
      FROM incoming i JOIN catalogue_countsample s
        ON s.video_id = i.video_id AND s.observed_at = i.recorded_at
     WHERE i.outcome IS NULL AND i.placeholder = '' AND {_HAS_NUMBERS}
), changed AS (
    UPDATE catalogue_countsample s
       SET {", ".join(f"{name} = k.{name}" for name in values.NUMBERS)}
      FROM known k
     WHERE s.video_id = k.video_id AND s.observed_at = k.recorded_at
       AND ({_of("s")}) IS DISTINCT FROM ({_of("k")})
    RETURNING s.video_id, {values.of_sample("s")} AS after
), made AS (
    INSERT INTO catalogue_countsample AS s (video_id, observed_at, {_NUMBERS})
    SELECT i.video_id, i.recorded_at, {_of("i")}
      FROM incoming i
     WHERE (i.outcome IS NULL OR i.outcome = 'created') AND i.placeholder = ''
       AND i.recorded_at IS NOT NULL AND {_HAS_NUMBERS}
       AND NOT EXISTS (SELECT FROM known k WHERE k.video_id = i.video_id)
     ORDER BY i.video_id
    RETURNING s.video_id, {values.of_sample("s")} AS after
)
UPDATE incoming i
   SET is_touched = i.is_touched OR a.after IS NOT NULL,
       changed = i.changed || jsonb_build_object(
           'sample', jsonb_build_array(a.before, coalesce(a.after, a.before))
       )
  FROM (
    SELECT * FROM (SELECT video_id, before FROM known) k
      FULL JOIN (SELECT * FROM changed UNION ALL SELECT * FROM made) w USING (video_id)
  ) a
 WHERE a.video_id = i.video_id AND i.outcome IS NULL
"""  # noqa: S608
