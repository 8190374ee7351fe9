"""Words said in films: which cue says them, and when.

Each cue is searched by the rules of its own language, whatever language the question is in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank
from django.db.models import (
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Value,
    Window,
)
from django.db.models.functions import Coalesce, NullIf, RowNumber

from catalogue import highlights, languages
from catalogue.highlights import BEGIN, END
from catalogue.models import Cue, Transcript, TranscriptKind, Video

# A common word is said in more lines than anybody reads; this many are ranked.
RANKED_MAX = 1000
SHOWN_CUES = 10
CUES_OF_A_FILM = 3

Piece = highlights.Piece


@dataclass(frozen=True, slots=True)
class FoundCue:
    """A line in which something was found, in pieces that make up its text."""

    transcript: Transcript
    start_ms: int
    end_ms: int
    text: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class FoundFilm:
    """A film and the lines found in it, in film order; `count` of all found, as far as counted."""

    video: Video
    count: int
    cues: list[FoundCue] = field(default_factory=list)


def find_cues(
    text: str,
    *,
    language: str = "",
    videos: QuerySet[Video] | None = None,
    limit: int = SHOWN_CUES,
    per_film: int = CUES_OF_A_FILM,
) -> list[FoundFilm]:
    """Return the films in which a text is said, the best first, with where. One query.

    `text` reads as a web search does. `language` is a BCP 47 tag; `en` finds `en-GB` too.
    At most `limit` cues, `per_film` of each film, out of the first RANKED_MAX found. Where a
    person wrote a transcript, a machine's of the same language is passed over.
    """
    found = _saying(text, language)
    if videos is not None:
        found = found.filter(transcript__video__in=videos.order_by().values("pk"))
    film = F("transcript__video")
    rows = (
        Cue.objects.filter(pk__in=found.order_by().values("pk")[:RANKED_MAX])
        .annotate(rank=_rank(text, language))
        .annotate(
            place=Window(RowNumber(), partition_by=film, order_by=("-rank", "start_ms", "pk")),
            film_rank=Window(Max("rank"), partition_by=film),
            film_count=Window(Count("pk"), partition_by=film),
            told=_headline(text),
        )
        .filter(place__lte=per_film)
        .select_related("transcript__video__channel")
        .defer(
            "search",
            "parts",
            "transcript__video__description",
            "transcript__video__search",
            "transcript__video__keywords",
        )
        .order_by("-film_rank", "-film_count", "transcript__video", "place")[:limit]
    )
    return _by_film(rows, text)


def films_saying(text: str, *, language: str = "") -> set[int]:
    """Return the numbers of the films in the first RANKED_MAX lines that say a text. One query."""
    films = _saying(text, language).order_by().values_list("transcript__video", flat=True)
    return set(films[:RANKED_MAX])


def _saying(text: str, language: str) -> QuerySet[Cue]:
    found = Cue.objects.filter(matching(text, language)).filter(_is_best_of_its_language())
    if language:
        found = found.filter(
            Q(transcript__language=language) | Q(transcript__language__startswith=f"{language}-")
        )
    return found


def find_in(transcript: Transcript, text: str) -> dict[int, tuple[Piece, ...]]:
    """Return the pieces of each cue of a transcript that says a text, by its number. One query."""
    rows = (
        Cue.objects.filter(matching(text, transcript.language), transcript=transcript)
        .annotate(told=_headline(text))
        .defer("search", "parts")
    )
    return {cue.pk: _pieces(cue, text) for cue in rows}


def matching(text: str, language: str = "") -> Q:
    """Return the condition that a cue says a text.

    Of words, one index look-up finds the candidates of all languages; then each row is held
    against the rules of its own.
    """
    wanted = Q()
    configuration = languages.configuration_of(language) if language else None
    if configuration != languages.BY_PARTS:
        wanted |= Q(search=_any_query(text, language)) & Q(search=_own_query(text))
    if configuration in (None, languages.BY_PARTS) and (parts := _parts_of(text)):
        wanted |= Q(configuration=languages.BY_PARTS, parts__contains=parts)
    return wanted


def _parts_of(text: str) -> list[str]:
    """Return the parts of all words of a text; between its words anything may stand."""
    return sorted({part for word in text.split() for part in languages.parts_of(word)})


def _any_query(text: str, language: str) -> Any:
    """Return the text by the rules of a language, or of any."""
    names = [languages.configuration_of(language)] if language else languages.ALL
    return reduce(
        or_,
        [SearchQuery(text, config=name, search_type="websearch") for name in names if name]
        or [SearchQuery(text, config=languages.SIMPLE, search_type="websearch")],
    )


def _own_query(text: str) -> SearchQuery:
    """Return the text by the rules of each row's own language, null where there are none."""
    own = NullIf(F("configuration"), Value(languages.BY_PARTS))
    return SearchQuery(text, config=own, search_type="websearch")


def _rank(text: str, language: str) -> Coalesce:
    return Coalesce(SearchRank(F("search"), _any_query(text, language)), 0.0)


def _headline(text: str) -> SearchHeadline:
    """Return the whole line with what was found between two marks; null without words."""
    own = NullIf(F("configuration"), Value(languages.BY_PARTS))
    return SearchHeadline(
        "text",
        _own_query(text),
        config=own,
        start_sel=BEGIN,
        stop_sel=END,
        highlight_all=True,
    )


def _is_best_of_its_language() -> Q:
    """Return the condition that no person wrote what this machine's transcript says."""
    written = Transcript.objects.filter(
        video=OuterRef("transcript__video"),
        language=OuterRef("transcript__language"),
        kind=TranscriptKind.MANUAL,
    )
    return Q(transcript__kind=TranscriptKind.MANUAL) | ~Q(Exists(written))


def _by_film(rows: Iterable[Any], text: str) -> list[FoundFilm]:
    films: dict[int, FoundFilm] = {}
    for row in rows:
        video = row.transcript.video
        film = films.setdefault(video.pk, FoundFilm(video, row.film_count))
        film.cues.append(
            FoundCue(row.transcript, row.start_ms, row.end_ms, row.text, _pieces(row, text))
        )
    for film in films.values():
        film.cues.sort(key=lambda cue: cue.start_ms)
    return list(films.values())


def _pieces(cue: Any, text: str) -> tuple[Piece, ...]:
    """Cut a line where what was found begins and ends."""
    if cue.configuration == languages.BY_PARTS:
        return highlights.cut_at(cue.text, text.split())
    return highlights.cut(cue.told)
