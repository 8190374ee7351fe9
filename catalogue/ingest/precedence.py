"""Which record decides: of each value of a video, the greatest that knows it; in SQL.

Records are ordered by date (none is the lowest) and, of one date, by fingerprint, so that
every two have an order and what came first does not matter. One exception is made for a
record of the same date from a file of the same name: somebody corrected the file, and what
comes in later wins.

A video's row names its greatest record; `origins` names the others that a value of it comes
from. The statements call the row `v`, the incoming record `i`.
"""

from dataclasses import dataclass

from catalogue.ingest import values

# The last part of where a record stood, in a folder or in an archive.
NAME = "left(substring(i.source FROM '[^/!]*$'), 200)"
RECORD = f"jsonb_build_array(i.recorded_at, i.content_hash, {NAME})"
TOP = values.of_top("v")

# It asks nobody to compare a name that is empty: nothing says which file that was.
IS_CORRECTION = f"""
    (i.recorded_at IS NOT DISTINCT FROM v.recorded_at AND {NAME} = nullif(v.record_name, ''))
    IS TRUE
"""


def _is_above(date: str, digest: str, name: str) -> str:
    """Return SQL for whether the incoming record decides over the one so identified."""
    return f"""CASE WHEN i.recorded_at IS NOT DISTINCT FROM {date}
         THEN ({NAME} = nullif({name}, '')) IS TRUE
              OR i.content_hash COLLATE "C" > {digest} COLLATE "C"
         ELSE coalesce(i.recorded_at > {date}, {date} IS NULL) END"""


IS_ABOVE_TOP = _is_above("v.recorded_at", "v.content_hash", "v.record_name")


def is_above(origin: str) -> str:
    """Return SQL for whether the incoming record decides over the one that JSON names."""
    return _is_above(f"({origin} ->> 0)::timestamptz", f"({origin} ->> 1)", f"({origin} ->> 2)")


@dataclass(frozen=True, slots=True)
class Field:
    """What a video has one of: a column, or columns that only make sense together.

    `in_record` and `in_film` are SQL for whether the value is known there at all.
    """

    name: str
    in_record: str
    in_film: str

    def wins(self, is_above_top: str = IS_ABOVE_TOP) -> str:
        """Return SQL for whether the incoming record would decide this value if it knows it."""
        origin = f"(v.origins -> '{self.name}')"
        return f"""(NOT {self.in_film} OR CASE
            WHEN v.origins ? '{self.name}' THEN {is_above(origin)} ELSE {is_above_top} END)"""


def _text(name: str) -> Field:
    return Field(name, f"i.{name} <> ''", f"v.{name} <> ''")


def _value(name: str) -> Field:
    return Field(name, f"i.{name} IS NOT NULL", f"v.{name} IS NOT NULL")


CHANNEL = _value("channel_id")
TAGS = Field(
    "tags",
    "i.has_tags",
    # Where members had put all of a record's tags, none of them is the record's.
    """(v.origins ? 'tags' OR EXISTS (
        SELECT FROM catalogue_videotag k WHERE k.video_id = v.id AND k.source = 'record'
    ))""",
)
FIELDS = (
    # The id stands for a title that nobody knows.
    Field("title", "i.title NOT IN ('', i.platform_id)", "v.title <> v.platform_id"),
    _text("description"),
    _value("duration_ms"),
    CHANNEL,
    _text("category"),
    _text("language"),
    _text("url"),
    _text("image_url"),
    _text("media_url"),
    _value("replays"),
    Field("published", "i.published_at IS NOT NULL", "v.published_at IS NOT NULL"),
    TAGS,
)

# For each value: does this record decide it? A title that says nothing decides none.
DECIDED = "SELECT " + ", ".join(
    f"i.placeholder = '' AND {field.in_record} AND {field.wins('i.is_above')} AS {field.name}"
    for field in FIELDS
)

# The day is the greatest record's that knows one, the moment the greatest record's that knows
# the time. The moment is shown if it is of that day; else it is kept, since its day may be
# the one that older records bring back when a newer one is still to come.
PUBLISHED = f"""
    SELECT CASE WHEN s.is_moment THEN s.moment ELSE s.day::timestamp AT TIME ZONE 'UTC' END AS at,
           CASE WHEN s.is_moment THEN 'second' WHEN s.day IS NOT NULL THEN 'day' ELSE '' END
               AS precision,
           CASE WHEN s.moment IS NOT NULL AND NOT (s.is_moment AND s.moment_by = s.day_by)
                THEN s.moment_by || to_jsonb(s.moment) END AS origin
      FROM (
        SELECT *, coalesce((moment AT TIME ZONE 'UTC')::date = day, false) AS is_moment
          FROM (
            SELECT CASE WHEN t.published THEN (i.published_at AT TIME ZONE 'UTC')::date
                        ELSE (v.published_at AT TIME ZONE 'UTC')::date END AS day,
                   CASE WHEN t.published THEN {RECORD} ELSE k.day_by END AS day_by,
                   CASE WHEN k.is_taken THEN i.published_at ELSE k.moment END AS moment,
                   CASE WHEN k.is_taken THEN {RECORD} ELSE k.moment_by END AS moment_by
              FROM (
                SELECT *, i.placeholder = '' AND i.published_precision = 'second' AND
                          (moment IS NULL OR {is_above("moment_by")}) AS is_taken
                  FROM (
                    SELECT coalesce(v.origins -> 'published', {TOP}) AS day_by,
                           CASE WHEN v.published_precision = 'second' THEN v.published_at
                                ELSE (v.origins -> 'moment' ->> 3)::timestamptz END AS moment,
                           coalesce((v.origins -> 'moment') - 3, v.origins -> 'published', {TOP})
                               AS moment_by
                  ) known
              ) k
          ) candidates
      ) s
"""  # noqa: S608 (expressions of ours)

# A title that says nothing stands until a record or a look is as new as it is; then it is as
# if it had never been. One without a date was seen when it came in, for all we know: it beats
# every record, but no look.
AVAILABILITY = f"""
    SELECT CASE WHEN s.stands THEN i.placeholder WHEN s.falls THEN v.origins -> 'availability' ->> 3
                ELSE v.availability END AS value,
           CASE WHEN s.stands THEN {RECORD} || to_jsonb(
                    coalesce(v.origins -> 'availability' ->> 3, v.availability))
                WHEN NOT s.falls THEN v.origins -> 'availability' END AS origin
      FROM (
        SELECT i.placeholder <> '' AND CASE
                   WHEN i.recorded_at IS NULL
                   THEN i.is_unseen AND (v.availability = 'unknown' OR v.origins ? 'availability')
                   ELSE i.is_as_new_as_look AND coalesce(i.recorded_at > v.recorded_at, true)
               END AND (NOT v.origins ? 'availability' OR CASE
                   WHEN i.recorded_at IS NOT DISTINCT FROM date THEN
                       ({NAME} = nullif(v.origins -> 'availability' ->> 2, '')) IS TRUE
                       OR i.content_hash COLLATE "C" > (v.origins -> 'availability' ->> 1)
                   ELSE coalesce(i.recorded_at > date, i.recorded_at IS NULL) END) AS stands,
               i.placeholder = '' AND coalesce(i.recorded_at >= date, false) AS falls
          FROM (SELECT (v.origins -> 'availability' ->> 0)::timestamptz AS date) seen
      ) s
"""  # noqa: S608 (expressions of ours)


def _origin_of(field: Field) -> str:
    """Return SQL for what names the record of one value: null where it is the greatest."""
    # Without a tag of its own, nothing else would tell that the record had some.
    also = " OR given.tags IS NULL" if field is TAGS else ""
    return f"""('{field.name}', CASE
        WHEN t.{field.name} THEN CASE WHEN NOT i.is_above{also} THEN {RECORD} END
        WHEN {field.in_film} THEN
            coalesce(v.origins -> '{field.name}', CASE WHEN i.is_above THEN {TOP} END) END)"""


ORIGINS = f"""coalesce((
    SELECT jsonb_object_agg(o.name, o.origin)
      FROM (VALUES {", ".join(_origin_of(field) for field in FIELDS)},
            ('moment', d.origin), ('availability', a.origin)) AS o (name, origin)
     WHERE o.origin IS NOT NULL
), '{{}}')"""  # noqa: S608 (expressions of ours)
