"""Finding watched phrases in text that came in; docs/watches.md.

Triggers note what comes in (`FreshText`), and a row is the queue. A batch is a constant
number of statements, for any number of watches, and costs what its own text costs: each
phrase is looked for by its longest word among the words of the batch, and only lines that
have that word are held against the phrase.
"""

import re
import unicodedata
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from catalogue import languages
from catalogue.models import PhraseWatch
from catalogue.models.watches import LINE_MAX

BATCH_SIZE = 500
# Without a watch, what came in is forgotten by the thousand.
FORGOTTEN_AT_ONCE = 50_000
# Sweeps hold it in common. Who makes or changes a watch holds it alone, so that text is
# either swept with the watch in view, or seen to be there before it.
LOCK = 0x51DF

_SPACES = re.compile(r"\s+")
# Han, kana, Thai, Lao, Tibetan, Burmese, Khmer: no spaces between words.
_UNSPACED = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u0f00-\u0fff"
    "\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff]"
)

# --- The statements ----------------------------------------------------------------------

# Text without anything that stands between its letters, the same as `bare` below.
_BARE = """lower(regexp_replace(normalize({}, NFKC), '\\s+', '', 'g') COLLATE "C")"""

# Words of phrases are few and hashed; a merge would sort all words of all lines.
_TAKE = """
SET LOCAL enable_mergejoin = off;
DROP TABLE IF EXISTS pg_temp.fresh, pg_temp.hit;
CREATE TEMP TABLE fresh ON COMMIT DROP AS
SELECT * FROM catalogue_freshtext ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED;
ANALYZE fresh;
DELETE FROM catalogue_freshtext f USING fresh WHERE f.id = fresh.id;
CREATE TEMP TABLE hit (
    watch_id bigint, video_id bigint, start_ms int, language text, line text, count int
) ON COMMIT DROP
"""

# Whether a text came in after somebody began to watch. By its transaction: one that was
# still at work then is after. By the clock where transactions are numbered anew, as in a
# database that was restored from a dump.
_IS_NEWS = """
(NOT txid_visible_in_snapshot({text}.txid, {watch}.since::txid_snapshot)
 OR {text}.noted_at >= {watch}.since_at)
"""
_IS_SPOKEN = "({0} = '' OR {1} = {0} OR starts_with({1}, {0} || '-'))"

_ASKED = """
SELECT w.id, w.language, w.since, w.since_at, w.bare, w.is_unspaced, w.parts, w.phrase
  FROM catalogue_phrasewatch w JOIN accounts_user u ON u.id = w.owner_id
 WHERE w.is_active AND u.is_active AND w.place IN ('both', '{place}')
"""
# The longest word of a phrase: few lines have it.
_KEY = "(SELECT l.lexeme FROM unnest(to_tsvector({}, {})) l ORDER BY length(l.lexeme) DESC LIMIT 1)"

_IN_TITLES = f"""
INSERT INTO hit
WITH asked AS MATERIALIZED (
    SELECT a.*, phraseto_tsquery('english', a.phrase) AS query,
           {_KEY.format("'english'", "a.phrase")} AS key
      FROM ({_ASKED.format(place="titles")}) a
), titled AS MATERIALIZED (
    SELECT f.id AS fresh_id, f.txid, f.noted_at, f.old_title, v.id, v.title, v.language,
           to_tsvector('english', v.title) AS words
      FROM fresh f JOIN catalogue_video v ON v.id = f.video_id WHERE f.transcript_id IS NULL
), candidate AS (
    SELECT a.id AS watch_id, t.fresh_id
      FROM (SELECT *, unnest(tsvector_to_array(words)) AS word FROM titled OFFSET 0) t
      JOIN asked a ON a.key = t.word
     WHERE t.words @@ a.query AND NOT to_tsvector('english', t.old_title) @@ a.query
     UNION
    SELECT a.id, t.fresh_id
      FROM titled t JOIN asked a ON a.is_unspaced
       AND position(a.bare IN {_BARE.format("t.title")}) > 0
       AND position(a.bare IN {_BARE.format("t.old_title")}) = 0
)
SELECT DISTINCT a.id, t.id, NULL::int, '', left(t.title, %(line)s), 0
  FROM candidate c JOIN titled t USING (fresh_id) JOIN asked a ON a.id = c.watch_id
 WHERE {_IS_SPOKEN.format("a.language", "coalesce(nullif(t.language, ''), a.language)")}
   AND {_IS_NEWS.format(text="t", watch="a")}
"""  # noqa: S608 (our own words)

# OFFSET 0 keeps the planner to this way: lines by their index, words of lines against words
# of phrases, and nothing else before that. Left to itself it held every line against every
# phrase, and 10,000 lines with 1,000 phrases took 5 s; this way 200,000 take 6.
_IN_CUES = f"""
INSERT INTO hit
WITH spoken AS MATERIALIZED (
    SELECT DISTINCT ON (t.id) f.txid, f.noted_at, t.id, t.video_id, t.language, c.configuration,
           coalesce(t.language = v.language, false) AS is_own
      FROM fresh f
      JOIN catalogue_transcript t ON t.id = f.transcript_id
      JOIN catalogue_video v ON v.id = t.video_id
     CROSS JOIN LATERAL (
         SELECT configuration FROM catalogue_cue WHERE transcript_id = t.id LIMIT 1
     ) c
     WHERE t.kind = 'manual' OR NOT EXISTS (
         SELECT FROM catalogue_transcript o
          WHERE o.video_id = t.video_id AND o.language = t.language AND o.kind = 'manual'
     )
     ORDER BY t.id, f.id DESC
), asked AS MATERIALIZED (
    SELECT a.*, k.configuration, phraseto_tsquery(k.configuration::regconfig, a.phrase) AS query,
           {_KEY.format("k.configuration::regconfig", "a.phrase")} AS key
      FROM ({_ASKED.format(place="transcripts")}) a
     CROSS JOIN (SELECT DISTINCT configuration FROM spoken WHERE configuration <> '') k
     UNION ALL
    SELECT a.*, '', NULL, a.parts[1]
      FROM ({_ASKED.format(place="transcripts")}) a
     WHERE EXISTS (SELECT FROM spoken WHERE configuration = '')
), said AS (
    SELECT a.id AS watch_id, w.*
      FROM (
          SELECT s.*, c.start_ms, c.text, c.search, c.parts, unnest(CASE s.configuration
                     WHEN '' THEN c.parts ELSE tsvector_to_array(c.search)
                 END) AS word
            FROM spoken s CROSS JOIN LATERAL (
                SELECT * FROM catalogue_cue WHERE transcript_id = s.id OFFSET 0
            ) c
          OFFSET 0
      ) w
      JOIN asked a ON a.configuration = w.configuration AND a.key = w.word
     WHERE CASE WHEN w.configuration = ''
                THEN w.parts @> a.parts AND position(a.bare IN {_BARE.format("w.text")}) > 0
                ELSE w.search @@ a.query END
       AND {_IS_SPOKEN.format("a.language", "w.language")}
       AND {_IS_NEWS.format(text="w", watch="a")}
)
SELECT DISTINCT ON (watch_id, video_id)
       watch_id, video_id, start_ms, language, left(text, %(line)s),
       count(*) OVER (PARTITION BY watch_id, id)
  FROM said ORDER BY watch_id, video_id, is_own DESC, id, start_ms
"""  # noqa: S608 (our own words)

# Films are held first: one that an undo takes away meanwhile is waited for, and then left out.
_KEEP = """
INSERT INTO catalogue_phrasematch AS m (
    watch_id, video_id, in_title, start_ms, language, line, count, found_at, mail_due_at
)
SELECT h.watch_id, h.video_id, bool_or(h.start_ms IS NULL), max(h.start_ms), max(h.language),
       (array_agg(h.line ORDER BY h.start_ms NULLS LAST))[1], max(h.count), %(now)s,
       CASE WHEN bool_and(w.by_mail) THEN %(now)s END
  FROM hit h
  JOIN catalogue_phrasewatch w ON w.id = h.watch_id
  JOIN (
      SELECT id FROM catalogue_video WHERE id IN (SELECT video_id FROM hit)
       ORDER BY id FOR KEY SHARE
  ) v ON v.id = h.video_id
 GROUP BY h.watch_id, h.video_id
 ORDER BY h.video_id, h.watch_id
    ON CONFLICT (watch_id, video_id) DO UPDATE
   SET in_title = m.in_title OR excluded.in_title, start_ms = excluded.start_ms,
       language = excluded.language, line = excluded.line, count = excluded.count
 WHERE excluded.start_ms IS NOT NULL
   AND (m.start_ms IS NULL OR m.language = excluded.language)
"""


def find_fresh(*, now: datetime, limit: int = BATCH_SIZE) -> int:
    """Look for every watched phrase in up to `limit` texts that came in; return their number.

    One transaction: what was found is kept and the texts leave the queue, or neither. Any
    number may run at once, each with other texts. A constant number of statements, two
    when nothing came in.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
        cursor.execute("SELECT FROM catalogue_freshtext LIMIT 1")
        if not cursor.rowcount:
            return 0
        if not PhraseWatch.objects.filter(is_active=True).exists():
            return _forget(cursor)
        given: dict[str, int | datetime] = {"limit": limit, "now": now, "line": LINE_MAX}
        cursor.execute(_TAKE, given)
        cursor.execute("SELECT count(*) FROM fresh")
        count = int(cursor.fetchone()[0])
        for statement in (_IN_TITLES, _IN_CUES, _KEEP):
            cursor.execute(statement, given)
    return count


def _forget(cursor: CursorWrapper) -> int:
    """Drop what came in while nobody watches for anything."""
    cursor.execute(
        """
        DELETE FROM catalogue_freshtext WHERE id IN (
            SELECT id FROM catalogue_freshtext ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
        )
        """,
        [FORGOTTEN_AT_ONCE],
    )
    return int(cursor.rowcount)


# --- What a phrase is found by -----------------------------------------------------------


def parts_of(phrase: str) -> list[str]:
    """Return what a line without spaces must hold to say a phrase; the longest first."""
    parts = {part for word in phrase.split() for part in languages.parts_of(word)}
    return sorted(parts, key=lambda part: (-len(part), part))


def bare(phrase: str) -> str:
    """Return a phrase without what may stand between its letters, as the statements do."""
    text = _SPACES.sub("", unicodedata.normalize("NFKC", phrase))
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def is_unspaced(phrase: str) -> bool:
    """Tell whether a phrase has letters of a language without spaces between words."""
    return _UNSPACED.search(phrase) is not None


def says_something(phrase: str, *, is_title: bool) -> bool:
    """Tell whether anything is left of a phrase to be looked for. One query.

    Of *to be or not to be* English leaves nothing.
    """
    if is_unspaced(phrase):
        return True
    names = ("english",) if is_title else languages.ALL
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (
                SELECT FROM unnest(%s) name WHERE numnode(phraseto_tsquery(name::regconfig, %s)) > 0
            )
            """,
            [list(names), phrase],
        )
        return bool(cursor.fetchone()[0])
