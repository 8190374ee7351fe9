"""Where a text was found in what is shown: the words, in pieces that templates escape.

PostgreSQL says where, by the rules that found it, and for the rows of one page only.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchHeadline
from django.db.models import QuerySet
from django.db.models.functions import Left

from catalogue.models import Video
from catalogue.search import CONFIG, search_query

# Characters that hardly any text holds: where one does, a mark begins or ends elsewhere.
BEGIN, END = "\x02", "\x03"
BETWEEN = " … "
# Of a description, as much is looked through; longer ones are lists of links.
DESCRIPTION_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `is_marked` if it is what was searched for."""

    text: str
    is_marked: bool = False


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class FoundIn:
    """A film's title in pieces, and the part of its description that says what was searched."""

    title: Pieces
    snippet: Pieces


def cut(told: str) -> Pieces:
    """Return the pieces of a text that has marks in it."""
    pieces = []
    for part in told.split(BEGIN):
        marked, is_begun, rest = part.partition(END)
        pieces += [Piece(marked, is_marked=True), Piece(rest)] if is_begun else [Piece(part)]
    return tuple(piece for piece in pieces if piece.text)


def cut_at(text: str, words: Iterable[str]) -> Pieces:
    """Return the pieces of a text, with each place marked where one of some words stands."""
    wanted = "|".join(re.escape(word) for word in words)
    if not wanted:
        return (Piece(text),)
    parts = re.split(f"({wanted})", text, flags=re.IGNORECASE)
    return tuple(Piece(part, bool(at % 2)) for at, part in enumerate(parts) if part)


def is_marked(pieces: Pieces) -> bool:
    """Tell whether anything was found."""
    return any(piece.is_marked for piece in pieces)


def headline(column: Any, text: str, **how: Any) -> SearchHeadline:
    """Return a text of English rules with what was found between two marks."""
    return SearchHeadline(
        column, search_query(text), config=CONFIG, start_sel=BEGIN, stop_sel=END, **how
    )


def whole(rows: QuerySet[Any], column: str, text: str) -> dict[int, Pieces]:
    """Return one column of some rows in pieces, by their numbers. One query.

    Where no word of it was found, a part of one may be.
    """
    told = rows.annotate(told=headline(column, text, highlight_all=True)).order_by()
    found = {}
    for number, plain, marked in told.values_list("pk", column, "told"):
        pieces = cut(marked)
        found[number] = pieces if is_marked(pieces) else cut_at(plain, [text])
    return found


def in_films(videos: Iterable[Video], text: str) -> dict[int, FoundIn]:
    """Return where a text was found in films, by their numbers. One query, none without text."""
    shown = [video.pk for video in videos]
    if not text or not shown:
        return {}
    rows = (
        Video.objects.filter(pk__in=shown)
        .annotate(
            told_title=headline("title", text, highlight_all=True),
            told_text=headline(
                Left("description", DESCRIPTION_MAX), text,
                max_fragments=2, max_words=20, min_words=8, fragment_delimiter=BETWEEN,
            ),
        )
        .values_list("pk", "title", "told_title", "told_text")
    )  # fmt: skip
    found = {}
    for number, plain, told_title, told_text in rows:
        title, snippet = cut(told_title), cut(told_text)
        if not is_marked(title):
            title = cut_at(plain, [text])
        found[number] = FoundIn(title, snippet if is_marked(snippet) else ())
    return found
