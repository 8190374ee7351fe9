"""Transcripts from subtitle files: WebVTT and SubRip (SRT), as people and machines write them.

https://www.w3.org/TR/webvtt1/ is the one; the other is whatever players read. The format is
chosen by what a file holds. docs/transcripts.md says what is kept, left out and refused.
"""

from dataclasses import dataclass

from catalogue.records import fields, markup
from catalogue.records.cues import Cue
from catalogue.records.record import RecordError
from catalogue.records.said import said, said_many
from catalogue.records.subtitles import blocks, rolling
from catalogue.records.subtitles.blocks import MAX_PROBLEMS, MAX_SUBTITLES_BYTES, Block, Problems
from catalogue.records.subtitles.wording import MAX_CUE_LENGTH, plain

__all__ = ["MAX_CUES", "MAX_PROBLEMS", "MAX_SUBTITLES_BYTES", "Subtitles", "parse_subtitles"]

MAX_CUES = 200_000


@dataclass(frozen=True, slots=True)
class Subtitles:
    """What a subtitle file says.

    `cues` by their start, at least one. `problems` tell which parts were left out, by line.
    `language` is a BCP 47 tag if the file names one. `is_rolling` if they were a machine's
    captions, which show each line several times; here each stands once.
    """

    cues: tuple[Cue, ...]
    problems: tuple[RecordError, ...] = ()
    language: str = ""
    is_rolling: bool = False


def parse_subtitles(source: str, content: bytes) -> Subtitles:
    """Return what a WebVTT or SRT file says; `source` names it in errors.

    Notes, styles, regions and settings are passed over, tags are taken off the text and
    entities decoded. What is broken is left out and told.

    Raises:
        RecordError: if nothing can be used, with the reason and, where there is one, the line.
    """
    text = blocks.decode(source, content)
    found = blocks.read(source, text)
    unused = Problems()
    is_rolling = rolling.is_rolling(found.blocks)
    try:
        cues = rolling.rebuild(found.blocks) if is_rolling else _cues(found.blocks, unused)
    except ValueError as error:
        raise RecordError(source, str(error)) from None
    if len(cues) > MAX_CUES:
        raise RecordError(source, said("there are more than {most:,} cues", most=MAX_CUES))
    problems = _named(source, found.problems, unused)
    if not cues:
        raise _nothing(source, problems)
    return Subtitles(tuple(cues), problems, _language(found.head), is_rolling)


def _cues(found: list[Block], unused: Problems) -> list[Cue]:
    """Return a cue for each block that says something."""
    cues = []
    for block in found:
        text = plain("\n".join(block.lines), is_webvtt=block.is_webvtt)
        if not text:
            unused.add(said("the cue has no text"), block.number)
        elif len(text) > MAX_CUE_LENGTH:
            reason = said("{count:,} characters are too many for a cue", count=len(text))
            unused.add(reason, block.number)
        else:
            cues.append(Cue(block.start_ms, block.end_ms, text))
    return sorted(cues, key=lambda cue: cue.start_ms)


def _named(source: str, *problems: Problems) -> tuple[RecordError, ...]:
    """Return the first problems by line, and how many more there are."""
    told = sorted((one for some in problems for one in some.told), key=lambda one: one[0])
    named = [RecordError(source, reason, line) for line, reason in told[:MAX_PROBLEMS]]
    rest = sum(some.count for some in problems) - len(named)
    if rest:
        reason = said_many(
            "{count:,} more part of the file was left out",
            "{count:,} more parts of the file were left out",
            count=rest,
        )
        named.append(RecordError(source, reason))
    return tuple(named)


def _nothing(source: str, problems: tuple[RecordError, ...]) -> RecordError:
    if not problems:
        return RecordError(source, said("there is no cue in this file"))
    first = problems[0]
    reason = said("no cue can be used: {reason}", reason=first.reason)
    return RecordError(source, reason, first.line)


def _language(head: list[str]) -> str:
    """Return the language that the head of a WebVTT file names, as YouTube's do."""
    for line in head:
        name, _colon, value = line.partition(":")
        if name.strip().lower() == "language":
            try:
                return fields.clean_language("language", markup.tidy(value))
            except fields.FieldError:
                return ""
    return ""
