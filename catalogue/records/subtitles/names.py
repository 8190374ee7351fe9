"""What the name of a subtitle file tells: which film, which language, who wrote it."""

import re
from dataclasses import dataclass

from catalogue.records import fields

ENDINGS = (".vtt", ".srt")

_AUTOMATIC = frozenset({"auto", "automatic", "asr"})
# yt-dlp's own mark of the captions in the language that is spoken.
_ORIGINAL = "-orig"
_BRACKETED = re.compile(r"\[([^\[\]]+)\]$")
# youtube-dl wrote `Title-swje6NSdkfk`.
_DASHED = re.compile(r"-([A-Za-z0-9_-]{11})$", re.ASCII)


@dataclass(frozen=True, slots=True)
class SubtitleName:
    """What a file's name tells.

    `stem` is what stands before the language, `whole_stem` all but the ending: a name such
    as `the.en.film` may hold no language at all. `language` is a BCP 47 tag, empty if none
    is named.
    """

    stem: str
    whole_stem: str
    language: str = ""
    is_automatic: bool = False


def is_subtitles(name: str) -> bool:
    """Tell whether a file is called like subtitles."""
    return name.lower().endswith(ENDINGS)


def parse_name(name: str) -> SubtitleName:
    """Read `film.en.vtt`, `film.pt-BR.srt`, `film.en-orig.vtt`, `film.en.auto.vtt`, `film.vtt`."""
    whole = name.rpartition(".")[0] if is_subtitles(name) else name
    stem, is_automatic = whole, False
    head, _dot, last = stem.rpartition(".")
    if head and last.lower() in _AUTOMATIC:
        stem, is_automatic = head, True
    head, _dot, last = stem.rpartition(".")
    if last.lower().endswith(_ORIGINAL):
        last, is_automatic = last[: -len(_ORIGINAL)], True
    language = _find_language(last) if head else ""
    if not language:
        return SubtitleName(stem, whole, "", is_automatic)
    return SubtitleName(head, whole, language, is_automatic)


def ids_in(stem: str) -> tuple[str, ...]:
    """Return the ids that a file's stem may hold, the likeliest first.

    In brackets at the end as yt-dlp writes it, behind a dash as youtube-dl did, or the whole.
    """
    found = [match[1] for pattern in (_BRACKETED, _DASHED) if (match := pattern.search(stem))]
    return tuple(dict.fromkeys([stem, *found]))


def _find_language(text: str) -> str:
    try:
        return fields.clean_language("language", text)
    except fields.FieldError:
        return ""
