"""Words picked out of a transcript: the quote of a claim, and the time they take."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotations.anchoring import range_of
from annotations.models import QUOTE_MAX, SPAN_MAX_MS
from catalogue.models import Cue, Transcript, Video
from catalogue.timecodes import TimecodeError, parse_timecode

# A selection is cut to a quote; more than this nobody selects.
_WORDS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Picked:
    """A quote and its range. `is_cut` if more was picked than a claim takes."""

    start_ms: int
    end_ms: int
    quote: str
    is_cut: bool = False


def choose(transcripts: Sequence[Transcript], *wanted: str) -> Transcript:
    """Return the transcript of the first wanted key or language that there is, else the first."""
    return next(
        (one for name in wanted for one in transcripts if name and name in {one.key, one.language}),
        transcripts[0],
    )


def transcripts_of(video: Video) -> list[Transcript]:
    """Return a film's transcripts by language, a person's before a machine's. One query."""
    # "manual" comes after "automatic".
    return list(video.transcripts.order_by("language", "-kind"))


def moment_in(params: Mapping[str, str], name: str) -> int | None:
    """Return a time in milliseconds out of a query string; None without one that can be read."""
    try:
        return parse_timecode(params.get(name, ""))
    except TimecodeError:
        return None


def find_picked(video: Video, params: Mapping[str, str]) -> Picked | None:
    """Return what `?transcript=&from=&to=&words=` picks; None if it picks nothing.

    `from` and `to` are where the first and the last line begin, in seconds; `words` narrows it
    to what was selected in them. Two queries at most.
    """
    first, last = moment_in(params, "from"), moment_in(params, "to")
    if first is None:
        return None
    choices = transcripts_of(video)
    if not choices:
        return None
    chosen = choose(choices, params.get("transcript", ""), video.language)
    stop = min(first if last is None else last, first + SPAN_MAX_MS)
    lines = Cue.objects.filter(transcript=chosen, start_ms__gte=first, start_ms__lte=stop)
    cues = list(lines.values_list("start_ms", "end_ms", "text"))
    return _picked(cues, params.get("words", "")[:_WORDS_MAX]) if cues else None


def _picked(cues: Sequence[tuple[int, int, str]], words: str) -> Picked:
    said = _one_line(text for _start, _end, text in cues)
    wanted = _one_line([words.replace("\0", "")])
    # What was sent counts only as far as it is said there.
    asked = wanted if wanted and wanted in said else said
    quote = _shortened(asked)
    start_ms, end_ms = range_of(cues, 0, len(cues) - 1, quote if quote != said else None)
    end_ms = min(end_ms, start_ms + SPAN_MAX_MS)
    return Picked(start_ms, end_ms, quote, is_cut=quote != asked)


def _one_line(texts: Iterable[str]) -> str:
    return " ".join(" ".join(texts).split())


def _shortened(text: str) -> str:
    """Return as many whole words as a quote takes; of one endless word, its beginning."""
    if len(text) <= QUOTE_MAX:
        return text
    head = text[: QUOTE_MAX + 1]
    return head.rpartition(" ")[0] or text[:QUOTE_MAX]
