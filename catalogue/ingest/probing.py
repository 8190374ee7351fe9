"""The statements that settle what a batch says again: by fingerprint, before a row is touched."""

from django.db.backends.utils import CursorWrapper

# Columns of the table of keys, in the order of its COPY.
COLUMNS = ("number", "source", "line", "platform", "platform_id", "content_hash")

_CREATE = """
DROP TABLE IF EXISTS pg_temp.probe;
CREATE TEMP TABLE probe (
    number integer, source text, line integer, platform text, platform_id text,
    content_hash text
) ON COMMIT DROP
"""

_SETTLE = """
WITH settled AS (
    INSERT INTO catalogue_importrow (
        run_id, number, source, line, outcome, field, reason, video_id
    )
    SELECT %(run)s, p.number, p.source, p.line, 'unchanged', '', '', v.id
      FROM probe p JOIN catalogue_video v
        ON v.platform = p.platform AND v.platform_id = p.platform_id
       AND v.content_hash = p.content_hash
     ORDER BY p.number
    RETURNING number
), counted AS (
    UPDATE catalogue_importrun SET unchanged = unchanged + (SELECT count(*) FROM settled)
     WHERE id = %(run)s AND EXISTS (SELECT FROM settled)
)
SELECT number FROM settled
"""


def create_keys(cursor: CursorWrapper) -> None:
    """Make the empty table of keys, gone when the transaction ends."""
    cursor.execute(_CREATE)


def settle(cursor: CursorWrapper, *, run_id: int) -> set[int]:
    """Write down as unchanged what is stored already; return those numbers. One statement."""
    cursor.execute(_SETTLE, {"run": run_id})
    return {number for (number,) in cursor.fetchall()}
