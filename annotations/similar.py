"""Claims that say nearly the same: offered while one writes, so that one claim gets one page.

By trigrams (the same words, misspelt or turned) and by full text (the same words elsewhere in
the sentence). Every branch is answered by a GIN index and capped, so the cost is bounded
however many claims there are.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db import connection, transaction

from annotations.models import STATEMENT_MAX, STATEMENT_MIN, Claim

LIMIT = 5
# Candidates of each branch that are weighed at most.
CANDIDATES = 300
# Words of a statement that are looked up, the longest first: they are the rarest.
WORDS = 6
# Likeness by trigrams. Only where more are found than are weighed is a stricter look needed, so
# that the nearest are among them.
LOOKS = (0.4, 0.7, 0.9)
# What PostgreSQL has unless told otherwise.
_USUAL = 0.3
# What is offered: this much alike by trigrams, or this share of the words.
LIKENESS_MIN, SHARE_MIN = 0.35, 0.5
# What a speaker and a language weigh beside both.
SAME_SPEAKER, SAME_LANGUAGE = 0.3, 0.1

# A plan that reads all claims looks cheap for a few hundred of them, and is not.
_SETTINGS = """
SELECT set_config('enable_seqscan', %s, true),
       set_config('pg_trgm.similarity_threshold', %s, true)
"""
_LEXEMES = "SELECT lexeme FROM unnest(to_tsvector('english', %s)) ORDER BY length(lexeme) DESC"

# Whether everyone may read them is asked of those that are weighed: an index by state would
# be taken for the way in, and lead through them all.
_LIKE = """
SELECT id FROM annotations_claim
 WHERE upper(statement) %% upper(%(text)s) LIMIT %(most)s
"""

_SHARING = """
SELECT id FROM annotations_claim
 WHERE search @@ %(pairs)s::tsquery LIMIT %(most)s
"""

_SPOKEN = """
SELECT c.id FROM annotations_speaker s
  JOIN annotations_occurrence o ON o.spoken_by_id = coalesce(s.merged_into_id, s.id)
   AND o.state IN ('visible', 'locked')
  JOIN annotations_claim c ON c.id = o.claim_id
 WHERE upper(s.name) = upper(%(speaker)s) AND c.search @@ %(any)s::tsquery LIMIT %(most)s
"""

_WEIGH = """
WITH weighed AS (
    SELECT c.id, c.language,
           similarity(upper(c.statement), upper(%(text)s)) AS likeness,
           cardinality(ARRAY(
               SELECT unnest(tsvector_to_array(c.search)) INTERSECT SELECT unnest(%(words)s::text[])
           )) / greatest(cardinality(%(words)s::text[]), 1)::float AS share,
           EXISTS (
               SELECT 1 FROM annotations_occurrence o JOIN annotations_speaker s
                   ON o.spoken_by_id = coalesce(s.merged_into_id, s.id)
                WHERE o.claim_id = c.id AND o.state IN ('visible', 'locked')
                  AND %(speaker)s <> '' AND upper(s.name) = upper(%(speaker)s)
           ) AS is_theirs
      FROM annotations_claim c
     WHERE c.id = ANY(%(found)s) AND c.id <> %(but_not)s AND c.state IN ('visible', 'locked')
)
SELECT id, likeness, share, is_theirs FROM weighed
 WHERE likeness >= %(likeness_min)s OR share >= %(share_min)s
    OR is_theirs AND likeness + share >= %(likeness_min)s
 ORDER BY likeness + share + %(same_speaker)s * is_theirs::int
        + %(same_language)s * (language = %(language)s)::int DESC, id
 LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Similar:
    """A claim, how alike it is by trigrams, the share of words it has, and who says it."""

    claim: Claim
    likeness: float
    share: float
    has_same_speaker: bool


def similar_to(
    statement: str,
    *,
    language: str = "",
    speaker: str = "",
    but_not: int | None = None,
    limit: int = LIMIT,
) -> list[Similar]:
    """Return claims that everyone may read and that say nearly the same, the likest first.

    A claim of the same speaker comes before one that is as like. Nothing for less than a
    statement's length. A dozen queries or so, whatever there is to find.
    """
    text = " ".join(statement.split())[:STATEMENT_MAX].replace("\0", "")
    if len(text) < STATEMENT_MIN:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LEXEMES, [text])
        words = [word for (word,) in cursor.fetchall()]
        asked: dict[str, Any] = {
            "text": text,
            "words": words,
            "any": _any_of(words),
            "pairs": _pairs_of(words[:WORDS]),
            "speaker": " ".join(speaker.split()).replace("\0", ""),
            "language": language,
            "but_not": but_not or 0,
            "most": CANDIDATES,
            "limit": limit,
            "likeness_min": LIKENESS_MIN,
            "share_min": SHARE_MIN,
            "same_speaker": SAME_SPEAKER,
            "same_language": SAME_LANGUAGE,
        }
        asked["found"] = _candidates(cursor, asked)
        cursor.execute(_WEIGH, asked)
        weighed = cursor.fetchall()
    claims = Claim.objects.for_page().in_bulk([number for number, *_rest in weighed])
    return [
        Similar(claims[number], likeness, share, is_theirs)
        for number, likeness, share, is_theirs in weighed
        if number in claims
    ]


def _candidates(cursor: Any, asked: dict[str, Any]) -> list[int]:
    """Return the claims worth weighing, up to CANDIDATES of each branch."""
    found: set[int] = set()
    for threshold in LOOKS:
        cursor.execute(_SETTINGS, ["off", str(threshold)])
        cursor.execute(_LIKE, asked)
        alike = cursor.fetchall()
        found |= {number for (number,) in alike}
        if len(alike) < CANDIDATES:
            break
    if asked["words"]:
        cursor.execute(_SHARING, asked)
        found |= {number for (number,) in cursor.fetchall()}
    if asked["words"] and asked["speaker"]:
        cursor.execute(_SPOKEN, asked)
        found |= {number for (number,) in cursor.fetchall()}
    # As they are without us, should the transaction go on.
    cursor.execute(_SETTINGS, ["on", str(_USUAL)])
    return sorted(found)


def _any_of(words: list[str]) -> str:
    return " | ".join(map(_quoted, words))


def _pairs_of(words: list[str]) -> str:
    """Return a query for any two of the words: one alone is in too many claims."""
    if len(words) < 2:
        return _any_of(words)
    return " | ".join(f"{_quoted(one)} & {_quoted(other)}" for one, other in combinations(words, 2))


def _quoted(word: str) -> str:
    """Return a lexeme as a query writes it; it may hold any character."""
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
