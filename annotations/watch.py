"""What the watch page shows of one film, gathered in a constant number of queries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from annotations import notes, picking, replays, verdict_words
from annotations.models import SPAN_MAX_MS, Occurrence, VerdictState
from annotations.permissions import Action, may
from annotations.timeline import Timeline, arrange
from catalogue import prose, transcript_search
from catalogue import tags as catalogue_tags
from catalogue.chapters import Chapter, parse_chapters
from catalogue.models import Change, Cue, Transcript, Video, VideoCounts, VideoTag
from catalogue.records.replays import is_length

CHANGES_SHOWN = 20
FIND_MAX = 200
# As the chips stand: what is stated first, what is open last.
STATES = (
    VerdictState.ACCURATE.value,
    VerdictState.NEEDS_CONTEXT.value,
    VerdictState.INACCURATE.value,
    VerdictState.NEEDS_RATINGS.value,
    verdict_words.FILED,
)
# A film of unknown length: the line ends a little after the last claim.
MARGIN = 1.05


@dataclass(frozen=True, slots=True)
class Line:
    """One cue of the transcript. `is_marked` if a claim is made during it.

    `pieces` make up its text, where something was looked for in it.
    """

    start_ms: int
    end_ms: int
    text: str
    is_marked: bool
    pieces: tuple[transcript_search.Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """The transcript in one language, and the others to choose from.

    `lines` are those that say `find`, if something is looked for; `count` counts all.
    `carried` is the beginning of a query string that leads here again. While a quote is being
    picked, `pick` says of which end the line is asked for; `from_ms` is where the first begins.
    """

    chosen: Transcript
    choices: list[Transcript]
    lines: list[Line]
    count: int
    find: str = ""
    carried: str = ""
    pick: str = ""
    from_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """The note of a film as one user sees it, in paragraphs of words, links and moments."""

    seen: notes.Seen
    paragraphs: list[list[prose.Piece]]


def find_counts(video: Video) -> VideoCounts:
    """Return the film's counts; of a film that has none, all unknown."""
    try:
        return video.counts
    except VideoCounts.DoesNotExist:
        return VideoCounts(video=video)


def tags_of(video: Video, user: User | AnonymousUser) -> list[tuple[VideoTag, bool]]:
    """Return the film's tags, each with whether this user may take it off.

    Needs `Video.objects.for_page()`.
    """
    return [
        (placed, isinstance(user, User) and catalogue_tags.may_remove(placed, user))
        for placed in video.video_tags.all()
    ]


class Marked(NamedTuple):
    """A claim made in the film, whether its reader may edit it, and what addresses call it.

    `anchor` is that of the claim, at the first moment it is made; empty at later ones.
    """

    occurrence: Occurrence
    is_own: bool
    anchor: str


class Chip(NamedTuple):
    """A state that claims of the film are in, how many, and whether only these are shown."""

    state: str
    claims: int
    is_chosen: bool


def claims_in(video: Video, user: User | AnonymousUser) -> list[Marked]:
    """Return the claims made in the film, in film order."""
    seen: set[int] = set()
    rows = []
    for row in Occurrence.objects.for_watch(video):
        anchor = "" if row.claim_id in seen else f"claim-{row.claim_id}"
        seen.add(row.claim_id)
        rows.append(Marked(row, may(user, Action.EDIT, row.claim), anchor))
    return rows


def chips_of(claims: Sequence[Occurrence], asked: str) -> list[Chip]:
    """Return the states that claims of the film are in; of `asked` only if there is such."""
    counted = Counter(verdict_words.state_of(row.claim) for row in claims)
    return [Chip(state, counted[state], state == asked) for state in STATES if counted[state]]


def chapters_of(video: Video) -> list[Chapter]:
    """Return the chapters that the film's description lists."""
    return parse_chapters(video.description, duration_ms=video.duration_ms)


def timeline_of(
    video: Video, claims: Sequence[Occurrence], chapters: Sequence[Chapter] = ()
) -> Timeline[Occurrence] | None:
    """Place the claims under the film; None if neither its length nor a claim is known."""
    length_ms = length_of(video, claims)
    if not length_ms:
        return None
    return arrange(((row.start_ms, row) for row in claims), length_ms, chapters)


def length_of(video: Video, claims: Sequence[Occurrence]) -> int:
    """Return the film's length in milliseconds, or what is told of it otherwise; 0 if nothing is.

    The curve of replays knows how long the film was; claims know that it is not over yet.
    """
    if video.duration_ms:
        return video.duration_ms
    last_ms = max((row.end_ms for row in claims), default=0)
    of_ms = video.replays_ms or 0
    is_whole = of_ms and (last_ms <= of_ms or is_length(last_ms, of_ms))
    return of_ms if is_whole else int(last_ms * MARGIN)


def replays_of(video: Video, length_ms: int) -> replays.Replays | None:
    """Return which stretches are played again most; None if that is not known of this film.

    `length_ms` is that of its timeline.
    """
    if not video.replays or not video.replays_ms or not length_ms:
        return None
    return replays.arrange(video.replays, video.replays_ms, length_ms, video.replays_at)


def script_of(
    video: Video,
    language: str,
    claims: Sequence[Occurrence],
    find: str = "",
    pick: str = "",
) -> Script | None:
    """Return the transcript of a key or in a language, else in the film's own, else the first.

    Of one language a person's goes before a machine's. With `find`, only the lines that say
    it. With `pick`, a time, only the lines that a quote can end with which begins there. Two
    queries, three with `find`.
    """
    choices = picking.transcripts_of(video)
    if not choices:
        return None
    chosen = picking.choose(choices, language, video.language)
    find = find.replace("\0", "").strip()[:FIND_MAX]
    found = transcript_search.find_in(chosen, find) if find else {}
    from_ms = picking.moment_in({"pick": pick}, "pick")
    spans = [(row.start_ms, row.end_ms) for row in claims]
    cues = Cue.objects.filter(transcript=chosen).values_list("pk", "start_ms", "end_ms", "text")
    lines = [
        Line(
            start,
            end,
            text,
            any(start < last and end > first for first, last in spans),
            found.get(pk, ()),
        )
        for pk, start, end, text in cues
        if (not find or pk in found)
        and (from_ms is None or from_ms <= start <= from_ms + SPAN_MAX_MS)
    ]
    is_asked = language in {chosen.key, chosen.language}
    given = {"transcript": language if is_asked else "", "find": find}
    carried = "".join(f"{urlencode({name: value})}&" for name, value in given.items() if value)
    end = "" if not pick else "first" if from_ms is None else "last"
    return Script(chosen, choices, lines, len(cues), find, carried, end, from_ms)


def changes_of(video: Video) -> list[Change]:
    """Return what was seen to change, newest first. One query."""
    return list(video.changes.all()[:CHANGES_SHOWN])


def description_of(video: Video) -> list[list[prose.Piece]]:
    """Return the description in paragraphs of words, links and moments."""
    return prose.paragraphs(video.description, duration_ms=video.duration_ms)


def note_of(video: Video, user: User | AnonymousUser) -> Noted:
    """Return what members added to the description, as this user sees it. One query."""
    seen = notes.seen(video, user)
    return Noted(seen, prose.paragraphs(seen.text, duration_ms=video.duration_ms))
