"""What a video's row, counts, tags and samples hold, as JSON written by PostgreSQL.

Merging notes down what was there before and after; undo compares that with what is there
now. Both write it by these, so equal values are equal JSON. Values that only make sense
together are one: a date and its precision, a fingerprint with the date and name of its record.
"""

from collections.abc import Mapping

# Column of a video → its type. All can be taken back on their own.
VIDEO = {
    "title": "text",
    "description": "text",
    "duration_ms": "bigint",
    "channel_id": "bigint",
    "category": "text",
    "language": "text",
    "url": "text",
    "image_url": "text",
    "media_url": "text",
    "availability": "text",
}
# Name → the columns that go together, and their types.
GROUPS: dict[str, tuple[tuple[str, str], ...]] = {
    "published": (("published_at", "timestamptz"), ("published_precision", "text")),
    "replays": (("replays", "smallint[]"), ("replays_ms", "bigint")),
    "record": (("content_hash", "text"), ("recorded_at", "timestamptz"), ("record_name", "text")),
}
# Column that tells where the values come from which another one does not → that other one.
BESIDE = {"origins": "record", "earlier": "observed_at"}
NUMBERS = ("views", "likes", "dislikes", "comments")
COUNTS = dict.fromkeys(NUMBERS, "bigint") | {
    "observed_at": "timestamptz",
    "refresh_at": "timestamptz",
    "earlier": "jsonb",
}


def of_video(video: str) -> str:
    """Return SQL for the imported columns of a row `video`, and its record's tags."""
    told = {name: f"{video}.{name}" for name in VIDEO}
    for name, columns in GROUPS.items():
        # An array as PostgreSQL writes it: JSON's cannot be cast back.
        group = ", ".join(
            f"{video}.{column}" + "::text" * kind.endswith("[]") for column, kind in columns
        )
        told[name] = f"jsonb_build_array({group})"
    told["origins"] = f"{video}.origins"
    told["tags"] = f"""coalesce((
        SELECT jsonb_agg(jsonb_build_array(k.id, k.tag_id, k.position, k.added_at)
                         ORDER BY k.position, k.id)
          FROM catalogue_videotag k WHERE k.video_id = {video}.id AND k.source = 'record'
    ), '[]')"""  # noqa: S608 (aliases of ours)
    return _object(told)


def of_top(video: str) -> str:
    """Return SQL for what names the greatest record of a row `video`, as its `origins` do."""
    return f"jsonb_build_array({video}.recorded_at, {video}.content_hash, {video}.record_name)"


def of_counts(counts: str) -> str:
    """Return SQL for the latest counts in a row `counts`."""
    return _object({name: f"{counts}.{name}" for name in COUNTS})


def of_sample(sample: str) -> str:
    """Return SQL for a count sample with its date."""
    return _object({name: f"{sample}.{name}" for name in ("observed_at", *NUMBERS)})


def difference(before: str, after: str) -> str:
    """Return SQL for what differs between two JSON objects: `{name: [before, after]}`.

    What is `BESIDE` another one is told with it: it means something else beside another.
    """
    beside = " OR ".join(
        f"b.key = '{name}' AND b.value <> '{{}}'"
        f" AND {before} -> '{other}' IS DISTINCT FROM {after} -> '{other}'"
        for name, other in BESIDE.items()
    )
    return f"""coalesce((
        SELECT jsonb_object_agg(b.key, jsonb_build_array(b.value, {after} -> b.key))
          FROM jsonb_each({before}) b
         WHERE b.value IS DISTINCT FROM {after} -> b.key OR {beside}
    ), '{{}}')"""  # noqa: S608 (expressions of ours)


def _object(told: Mapping[str, str]) -> str:
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in told.items())
    return f"jsonb_build_object({pairs})"
