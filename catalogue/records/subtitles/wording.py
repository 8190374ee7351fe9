"""The words of a cue: tags off, entities decoded."""

import re

from catalogue.records import markup

MAX_CUE_LENGTH = 10_000

# A sign that nothing could be named by (`1 < 2`) is no tag: in SRT nobody escapes it.
_WEBVTT_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]*|/|[\d:.]+)?>")
_SRT_TAG = re.compile(
    r"</?(?:b|i|u|s|c|v|font|lang|ruby|rt|span)(?:[\s.=][^<>]*)?/?>|<[\d:.]+>|\{\\[^{}]*\}",
    re.IGNORECASE,
)
_LINE_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_STAMP = re.compile(r"<(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})>", re.ASCII)


def plain(text: str, *, is_webvtt: bool) -> str:
    """Return a cue's text without markup, tidy."""
    if "<" in text or "{" in text:
        text = _LINE_TAG.sub("\n", text)
        text = (_WEBVTT_TAG if is_webvtt else _SRT_TAG).sub("", text)
    # A blank that must not break belongs to the layout; searching, it would join two words.
    return markup.tidy(markup.decode_entities(text).replace("\xa0", " "))


def has_stamp(line: str) -> bool:
    """Tell whether words of this line have times of their own."""
    return "<" in line and bool(_STAMP.search(line))


def find_first_stamp(line: str) -> int | None:
    """Return when the first word of a line is said, in milliseconds, if the line tells."""
    stamp = _STAMP.search(line)
    if stamp is None or plain(line[: stamp.start()], is_webvtt=True):
        return None
    return milliseconds(*stamp.groups("0"))


def milliseconds(hours: str, minutes: str, seconds: str, fraction: str) -> int:
    """Return a time in milliseconds; `fraction` are decimals of a second."""
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1_000 + int(fraction.ljust(3, "0"))
