"""Count samples become a table partitioned by month.

What was observed before PAST_UNTIL lies in one partition; a month has one of its own from then
on. Partitions are made ahead by `make_sample_partitions`; what comes for a month that has none
waits in the last one, and moves when it is made.
"""

from django.db import migrations, models

PAST_UNTIL = "2026-01-01"

_COLUMNS = """
    video_id bigint NOT NULL, observed_at timestamp with time zone NOT NULL,
    views bigint, likes bigint, dislikes bigint, comments bigint,
    CONSTRAINT countsample_not_negative
        CHECK (views >= 0 AND likes >= 0 AND dislikes >= 0 AND comments >= 0),
    CONSTRAINT catalogue_countsample_pkey PRIMARY KEY (video_id, observed_at)
"""
_REFERENCE = """
ALTER TABLE catalogue_countsample ADD CONSTRAINT countsample_video FOREIGN KEY (video_id)
    REFERENCES catalogue_video (id) DEFERRABLE INITIALLY DEFERRED
"""
# The old table goes with its indexes and constraints, whose names the new one takes.
_MOVE = """
CREATE TEMP TABLE moving AS SELECT * FROM catalogue_countsample;
DROP TABLE catalogue_countsample;
"""
_FILL = """
INSERT INTO catalogue_countsample (video_id, observed_at, views, likes, dislikes, comments)
SELECT video_id, observed_at, views, likes, dislikes, comments FROM moving;
DROP TABLE moving;
"""

_PARTITION = f"""
{_MOVE}
CREATE TABLE catalogue_countsample ({_COLUMNS}) PARTITION BY RANGE (observed_at);
CREATE TABLE catalogue_countsample_past PARTITION OF catalogue_countsample
    FOR VALUES FROM (MINVALUE) TO ('{PAST_UNTIL} 00:00:00+00');
CREATE TABLE catalogue_countsample_later PARTITION OF catalogue_countsample DEFAULT;
{_REFERENCE};

-- Attaching waits for writers and holds them up for a moment; rather none than for long.
CREATE FUNCTION make_sample_partitions(until timestamp with time zone) RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    begins timestamp with time zone := '{PAST_UNTIL} 00:00:00+00';
    ends timestamp with time zone;
    name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock({0x51E1});
    WHILE begins <= until LOOP
        ends := begins + interval '1 month';
        name := 'catalogue_countsample_' || to_char(begins, 'YYYY_MM');
        IF to_regclass(quote_ident(name)) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I (LIKE catalogue_countsample INCLUDING CONSTRAINTS)', name);
            EXECUTE format(
                'WITH moved AS (DELETE FROM catalogue_countsample_later'
                ' WHERE observed_at >= %L AND observed_at < %L RETURNING *)'
                ' INSERT INTO %I SELECT * FROM moved', begins, ends, name);
            EXECUTE format(
                'ALTER TABLE catalogue_countsample ATTACH PARTITION %I'
                ' FOR VALUES FROM (%L) TO (%L)', name, begins, ends);
            made := made + 1;
        END IF;
        begins := ends;
    END LOOP;
    RETURN made;
END
$$;
SELECT make_sample_partitions(now() + interval '2 months');
{_FILL}
"""

_JOIN = f"""
DROP FUNCTION make_sample_partitions(timestamp with time zone);
{_MOVE}
CREATE TABLE catalogue_countsample ({_COLUMNS});
CREATE INDEX catalogue_countsample_video_id ON catalogue_countsample (video_id);
{_REFERENCE};
{_FILL}
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0009_raw_hash")]

    operations = [
        # Deferred checks of foreign keys must be done before tables are altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.RunSQL(_PARTITION, _JOIN),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                # The key begins with the video.
                migrations.AlterField(
                    "countsample",
                    "video",
                    models.ForeignKey(
                        "catalogue.video",
                        on_delete=models.deletion.CASCADE,
                        related_name="samples",
                        db_index=False,
                    ),
                )
            ]
        ),
    ]
