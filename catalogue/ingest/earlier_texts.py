"""What transcripts said before an import replaced them: kept in its rows, and brought back.

A row of a transcript keeps `{"text": [before, after]}`. `before` is null where the transcript
was new, else all of its text; of `after` the fingerprint is enough to tell whether it still
stands there.
"""

from typing import Any

from django.db import connection

from catalogue import transcripts
from catalogue.models import ImportRow, ImportRun, Transcript
from catalogue.records.cues import Cue
from catalogue.records.said import said
from catalogue.transcripts import Stored, Text

_BATCH_SIZE = 500

_NEXT = """
SELECT DISTINCT transcript_id FROM catalogue_importrow
 WHERE run_id = %(run)s AND transcript_id > %(after)s AND outcome IN ('created', 'updated')
   AND undone IN ('', 'spared')
 ORDER BY transcript_id LIMIT %(size)s
"""

# Who replaces one at this moment is waited for, and judged by what they left.
_LOCK = "SELECT id FROM catalogue_transcript WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"

# Several rows of one run about one transcript are a chain; where somebody else wrote in
# between, only what came after that is ours to take back.
_JUDGE = """
WITH written AS (
    SELECT id, transcript_id, number, outcome, changed IS NOT NULL AS is_kept,
           changed #>> '{text,0,hash}' AS old, changed #>> '{text,1,hash}' AS new
      FROM catalogue_importrow
     WHERE run_id = %(run)s AND transcript_id = ANY(%(ids)s)
       AND outcome IN ('created', 'updated')
), linked AS (
    SELECT *, row_number() OVER w = 1 OR lag(new) OVER w IS DISTINCT FROM old AS is_start
      FROM written WINDOW w AS (PARTITION BY transcript_id ORDER BY number)
), first AS (
    SELECT DISTINCT ON (transcript_id) * FROM linked WHERE is_start
     ORDER BY transcript_id, number DESC
), last AS (
    SELECT DISTINCT ON (transcript_id) * FROM written ORDER BY transcript_id, number DESC
)
SELECT t.id, first.id, first.outcome = 'created', CASE
    WHEN t.added_by_id IS NOT NULL THEN %(somebodys)s
    WHEN later.is_other THEN %(anothers)s
    WHEN last.new IS NOT NULL AND last.new <> t.content_hash
        THEN %(newer)s
    WHEN later.is_any THEN %(said_again)s
    WHEN first.outcome = 'updated' AND NOT first.is_kept
        THEN %(unkept)s
    ELSE '' END
  FROM catalogue_transcript t
  JOIN first ON first.transcript_id = t.id
  JOIN last ON last.transcript_id = t.id,
LATERAL (
    SELECT count(*) > 0 AS is_any, coalesce(bool_or(o.outcome = 'updated'), false) AS is_other
      FROM catalogue_importrow o JOIN catalogue_importrun other ON other.id = o.run_id
     WHERE o.transcript_id = t.id AND o.run_id <> %(run)s AND o.id > last.id
       AND (other.undone_at IS NULL OR o.undone = 'spared')
) later
 ORDER BY t.id
"""

_MARK = """
UPDATE catalogue_importrow r SET undone = told.undone, undo_reason = told.reason
  FROM unnest(%(ids)s::bigint[], %(outcomes)s::text[], %(reasons)s::text[])
       AS told (transcript_id, undone, reason)
 WHERE r.transcript_id = told.transcript_id AND r.run_id = %(run)s
   AND r.outcome IN ('created', 'updated')
"""

_WHY = {
    "somebodys": said("somebody has replaced the transcript since"),
    "anothers": said("a later import replaced the transcript"),
    "newer": said("the transcript was replaced since"),
    "said_again": said("a later import brought the same text"),
    "unkept": said("it was imported before anything was kept to restore"),
}
_GONE = said("the transcript is no longer in the catalogue")
_BACK = said("its earlier text is back")


def changed_by(stored: Stored) -> dict[str, Any]:
    """Return what the row of a transcript keeps, so that it can be taken back."""
    before = stored.replaced
    after = {"hash": stored.transcript.content_hash}
    if before is None:
        return {"text": [None, after]}
    cues = [[cue.start_ms, cue.end_ms, cue.text] for cue in before.cues]
    old = {"hash": before.fingerprint, "source": before.source, "cues": cues}
    return {"text": [old, after]}


def take_back(run: ImportRun) -> None:
    """Remove the transcripts that a run made, bring back what it replaced, spare the rest.

    Inside the transaction of an undo, which holds off every ingest. What somebody else put in
    the place of a transcript since is spared, and so is what a later import said again; the
    rows of the run say so. A constant number of queries for each 500 transcripts, and three
    or more for each that gets its text back.
    """
    after = 0
    while ids := _next(run, after):
        _take_batch(run, ids)
        after = ids[-1]


def _next(run: ImportRun, after: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"run": run.pk, "after": after, "size": _BATCH_SIZE})
        return [number for (number,) in cursor.fetchall()]


def _take_batch(run: ImportRun, ids: list[int]) -> None:
    given: dict[str, Any] = {"run": run.pk, "ids": ids}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, given)
        cursor.execute(_JUDGE, {**given, **_WHY})
        judged = cursor.fetchall()
        told = [_told(is_made=is_made, why=why) for _id, _row, is_made, why in judged]
        marks: dict[str, Any] = {
            "run": run.pk,
            "ids": [number for number, *_rest in judged],
            "outcomes": [outcome for outcome, _why in told],
            "reasons": [why for _outcome, why in told],
        }
        cursor.execute(_MARK, marks)
    free = [(number, row, is_made) for number, row, is_made, why in judged if not why]
    _restore({row: number for number, row, is_made in free if not is_made})
    removed = [number for number, _row, is_made in free if is_made]
    Transcript.objects.filter(pk__in=removed).delete()


def _told(*, is_made: bool, why: str) -> tuple[str, str]:
    if why:
        return "spared", why
    return ("removed", _GONE) if is_made else ("restored", _BACK)


def _restore(rows: dict[int, int]) -> None:
    """Bring back what each row replaced; `rows` are their transcripts by their own numbers."""
    found = Transcript.objects.in_bulk(rows.values())
    # One at a time: each may be as large as a file of subtitles.
    for number in rows:
        changed = ImportRow.objects.values_list("changed", flat=True).get(pk=number)
        old: dict[str, Any] = (changed or {})["text"][0]
        cues = tuple(Cue(*cue) for cue in old["cues"])
        transcripts.replace(found[rows[number]], Text(old["hash"], old["source"], cues))
