"""What the pages of proposals show, gathered in a constant number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import or_

from django.db.models import F, Q

from annotations import anchors, picking
from annotations.models import AnchorProposal
from annotations.shifts import Shift
from catalogue import paging
from catalogue.models import Cue, Transcript, Video

PER_PAGE = 20
# A sentence before and after.
AROUND_MS = 10_000
BY_FILM = paging.Ordering("film", F("occurrence__video_id"), paging.read_number, descending=False)


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the transcript at a place; `is_inside` if the place takes it in."""

    start_ms: int
    text: str
    is_inside: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A range in a film, and what is said there and around it."""

    start_ms: int
    end_ms: int
    said: Sequence[Said]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A proposal, with the place as it is and the one proposed."""

    proposal: AnchorProposal
    old: Place
    new: Place | None


@dataclass(frozen=True, slots=True)
class Film:
    """The proposals of a film that stand on one page, and the shift that they propose."""

    video: Video
    items: Sequence[Item]
    shift: Shift | None


def queue(cursor: str) -> paging.Page[AnchorProposal]:
    """Return one page of the proposals that wait, film by film. One query.

    Raises ValidationError for a cursor that is none.
    """
    rows = AnchorProposal.objects.waiting().for_page()
    return paging.page(rows, BY_FILM, cursor=cursor, size=PER_PAGE)


def waiting_in(video: Video) -> list[AnchorProposal]:
    """Return the proposals that wait in a film, in film order, up to a page. One query."""
    rows = AnchorProposal.objects.waiting().for_page().filter(occurrence__video=video)
    return list(rows.order_by("occurrence__start_ms", "pk")[:PER_PAGE])


def items_of(proposals: Sequence[AnchorProposal]) -> list[Item]:
    """Put what is said beside each proposal. Two queries for any number."""
    ranges = {one.pk: _ranges(one) for one in proposals}
    chosen = _transcripts_of({one.occurrence.video_id: one.occurrence.video for one in proposals})
    asked = [
        Q(
            transcript=chosen[one.occurrence.video_id],
            start_ms__lt=end + AROUND_MS,
            end_ms__gt=start - AROUND_MS,
        )
        for one in proposals
        if one.occurrence.video_id in chosen
        for start, end in ranges[one.pk]
    ]
    cues: list[Cue] = []
    if asked:
        lines = Cue.objects.filter(reduce(or_, asked)).order_by("start_ms", "id")
        cues = list(lines.only("transcript_id", "start_ms", "end_ms", "text"))
    items: list[Item] = []
    for one in proposals:
        transcript = chosen.get(one.occurrence.video_id)
        old, *new = (_place(start, end, transcript, cues) for start, end in ranges[one.pk])
        items.append(Item(one, old, new[0] if new else None))
    return items


def by_film(items: Sequence[Item]) -> list[Film]:
    """Put the proposals of a film together; they stand side by side. Two queries at most."""
    shifts = anchors.proposed_shifts({one.proposal.occurrence.video_id for one in items})
    films: list[Film] = []
    for number, group in groupby(items, key=lambda one: one.proposal.occurrence.video_id):
        mine = list(group)
        films.append(Film(mine[0].proposal.occurrence.video, mine, shifts.get(number)))
    return films


def _ranges(proposal: AnchorProposal) -> list[tuple[int, int]]:
    ranges = [(proposal.occurrence.start_ms, proposal.occurrence.end_ms)]
    if proposal.start_ms is not None and proposal.end_ms is not None:
        ranges.append((proposal.start_ms, proposal.end_ms))
    return ranges


def _transcripts_of(videos: dict[int, Video]) -> dict[int, Transcript]:
    """Return the transcript to read in for each film that has one."""
    by_film: dict[int, list[Transcript]] = {}
    # "manual" comes after "automatic".
    for row in Transcript.objects.filter(video__in=videos).order_by("language", "-kind"):
        by_film.setdefault(row.video_id, []).append(row)
    return {
        number: picking.choose(rows, videos[number].language) for number, rows in by_film.items()
    }


def _place(start: int, end: int, transcript: Transcript | None, cues: Iterable[Cue]) -> Place:
    if transcript is None:
        return Place(start, end, ())
    said = [
        Said(cue.start_ms, cue.text, cue.start_ms < end and cue.end_ms > start)
        for cue in cues
        if cue.transcript_id == transcript.pk
        and cue.start_ms < end + AROUND_MS
        and cue.end_ms > start - AROUND_MS
    ]
    return Place(start, end, said, transcript.language)
