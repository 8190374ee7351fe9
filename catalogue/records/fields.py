"""Rules for one value each, shared by every format.

A value comes as a format read it (text, None, a list or a mapping of those) and leaves
clean, or a FieldError says why not. Empty text and None both mean: not said.
"""

import re
from datetime import date, datetime

from catalogue.records import durations, markup, moments
from catalogue.records.said import said, saying

MAX_TITLE_LENGTH = 1_000
MAX_DESCRIPTION_LENGTH = 100_000
MAX_CHANNEL_LENGTH = 300
MAX_CHANNEL_ID_LENGTH = 200
MAX_CATEGORY_LENGTH = 200
MAX_TAG_LENGTH = 100
MAX_TAGS = 500
MAX_URL_LENGTH = 2_000
MAX_PLATFORM_ID_LENGTH = 200
MAX_COUNT = 2**63 - 1

_MAX_COUNT_LENGTH = 40
_SHOWN_LENGTH = 60

_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_COUNT = re.compile(r"\d+|\d{1,3}(?:,\d{3})+", re.ASCII)
_PLATFORM = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_NOT_IN_ID = re.compile(r"[/?#%\\\s]")
# No user names in addresses: they carry passwords, or pretend to be a host.
_URL = re.compile(
    r"https?://(?:[^\s/?#@:\[\]\\<>\"]+|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?(?:[/?#][^\s<>\"\\]*)?",
    re.IGNORECASE,
)
_SITE_PATH = re.compile(r"/(?:static|media)/[\w@~+,=-][\w.@~+,=-]*(?:/[\w@~+,=-][\w.@~+,=-]*)*")
_LANGUAGE = re.compile(
    r"([a-z]{2,3})((?:-[a-z]{3}){0,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?"
    r"((?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-z0-9](?:-[a-z0-9]{2,8})+)*)",
    re.ASCII | re.IGNORECASE,
)
_MAX_LANGUAGE_LENGTH = 35
# BCP 47's own word for a language that is not known.
_UNDETERMINED = "und"


# What programs write where they know nothing: yt-dlp's templates, Python, spreadsheets.
UNKNOWN = frozenset(["NA", "N/A", "n/a", "None", "none", "null", "NaN", "nan", "-"])


class FieldError(ValueError):
    """A value that was refused: the key it was written under, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason


def clean_text(field: str, value: object, limit: int) -> str:
    """Return one line of text without control characters, at most `limit` characters."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        raise FieldError(
            field,
            _other_kind(
                value,
                saying("this should be text, but it is a list"),
                saying("this should be text, but it is a mapping"),
            ),
        )
    text = value.strip()
    if not text.isprintable():
        text = _one_line(field, text)
    if len(text) > limit:
        raise too_long(field, len(text), limit)
    return text


def _one_line(field: str, text: str) -> str:
    refuse_unstorable(field, text)
    text = markup.strip_controls(_BREAKS.sub(" ", text)).strip()
    # Text that nobody can see is no text.
    return text if any(character.isprintable() for character in text) else ""


def refuse_unstorable(field: str, text: str) -> None:
    """Refuse what no database text can hold: NUL, and halves of surrogate pairs."""
    if "\0" in text:
        raise FieldError(field, said("there is a NUL character (U+0000) in the text"))
    if text.isascii():
        return
    if half := _SURROGATE.search(text):
        code = f"U+{ord(half.group()):04X}"
        raise FieldError(
            field, said("there is half a character ({code}, a lone surrogate)", code=code)
        )


def clean_description(field: str, text: str) -> str:
    """Return text of many lines, bounded in length."""
    if len(text) > MAX_DESCRIPTION_LENGTH:
        raise too_long(field, len(text), MAX_DESCRIPTION_LENGTH)
    return text


def clean_tags(field: str, value: object) -> tuple[str, ...]:
    """Return the tags in their order, each once; text is split at its commas."""
    if value is None or value == "":
        return ()
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list):
        raise FieldError(field, said("this should be a list of tags, but it is a mapping"))
    if len(given) > MAX_TAGS:
        raise FieldError(field, too_many_tags(len(given), MAX_TAGS))
    cleaned = dict.fromkeys([clean_text(field, tag, MAX_TAG_LENGTH) for tag in given])
    cleaned.pop("", None)
    return tuple(cleaned)


def clean_category(field: str, value: object) -> str:
    """Return the one category a video has; a list of one is one."""
    if isinstance(value, list):
        if len(value) > 1:
            reason = said(
                "a video has one category, but {count:,} are given; use tags for more",
                count=len(value),
            )
            raise FieldError(field, reason)
        value = value[0] if value else None
    return clean_text(field, value, MAX_CATEGORY_LENGTH)


def clean_count(field: str, value: object) -> int | None:
    """Return a whole number from 0 to 2^63 - 1, or None if it is not said."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise FieldError(
            field,
            _other_kind(
                value,
                saying("this should be a whole number, but it is a list"),
                saying("this should be a whole number, but it is a mapping"),
            ),
        )
    text = value.strip()
    if not text or text in UNKNOWN:
        return None
    if not _COUNT.fullmatch(text):
        raise FieldError(
            field, said("“{value}” is not a whole number of 0 or more", value=show(text))
        )
    # The length first: Python itself refuses to read a number of thousands of digits.
    if len(text) > _MAX_COUNT_LENGTH or (count := int(text.replace(",", ""))) > MAX_COUNT:
        raise FieldError(field, said("“{value}” is too large a number", value=show(text)))
    return count


def clean_duration(field: str, value: object) -> int | None:
    """Return milliseconds, or None if the length is not said or nothing."""
    text = _scalar(field, value)
    try:
        return durations.parse_duration(text) if text and text not in UNKNOWN else None
    except ValueError as error:
        raise FieldError(field, _quoting(text, error)) from None


def clean_moment(field: str, value: object) -> datetime | date | None:
    """Return a datetime in UTC, a date if no time is said, or None if nothing is."""
    text = _scalar(field, value)
    try:
        return moments.parse_moment(text) if text and text not in UNKNOWN else None
    except ValueError as error:
        raise FieldError(field, _quoting(text, error)) from None


def clean_url(field: str, value: object) -> str:
    """Return an http or https address, or a path of our own under /static/ or /media/."""
    if value is None:
        return ""
    text = _scalar(field, value)
    if not text:
        return ""
    if len(text) > MAX_URL_LENGTH:
        reason = said("an address of {count:,} characters is too long", count=len(text))
        raise FieldError(field, reason)
    if not text.isprintable() or not (_URL.fullmatch(text) or _SITE_PATH.fullmatch(text)):
        raise FieldError(field, said("“{value}” is not an http or https address", value=show(text)))
    return text


def clean_language(field: str, value: object) -> str:
    """Return a BCP 47 language tag in its usual case: `en`, `pt-BR`, `zh-Hans`."""
    text = _scalar(field, value)
    if not text or text.lower() == _UNDETERMINED:
        return ""
    found = (
        _LANGUAGE.fullmatch(text.replace("_", "-")) if len(text) <= _MAX_LANGUAGE_LENGTH else None
    )
    if not found:
        reason = said("“{value}” is not a language tag such as en or pt-BR", value=show(text))
        raise FieldError(field, reason)
    language, extended, script, region, rest = found.groups("")
    return language.lower() + extended.lower() + script.title() + region.upper() + rest.lower()


def clean_platform(field: str, value: object) -> str:
    """Return a platform's short name: lower case, at most 32 characters."""
    text = _scalar(field, value).lower()
    if text and not _PLATFORM.fullmatch(text):
        reason = said(
            "“{value}” is not a short name of letters, digits, - and _ (at most 32)",
            value=show(text),
        )
        raise FieldError(field, reason)
    return text


def clean_platform_id(field: str, value: object, *, platform: str) -> str:
    """Return the video's id on `platform`, fit to stand in an address of ours.

    It may hold a colon, since `<platform>:<id>` is split at the first one. On YouTube it
    must have YouTube's shape.
    """
    text = _scalar(field, value)
    if len(text) > MAX_PLATFORM_ID_LENGTH:
        reason = said(
            "an id of {count:,} characters is too long; {most:,} are allowed",
            count=len(text),
            most=MAX_PLATFORM_ID_LENGTH,
        )
        raise FieldError(field, reason)
    if not text.isprintable() or _NOT_IN_ID.search(text) or text in {".", ".."}:
        reason = said(
            "“{value}” cannot be an id: no spaces, control characters, / ? # % or \\",
            value=show(text),
        )
        raise FieldError(field, reason)
    if text and platform == "youtube" and not is_youtube_id(text):
        reason = said(
            "“{value}” is not a YouTube id (11 letters, digits, - or _)", value=show(text)
        )
        raise FieldError(field, reason)
    return text


def is_youtube_id(text: str) -> bool:
    """Tell whether `text` has the shape of a YouTube video's id."""
    return _YOUTUBE_ID.fullmatch(text) is not None


def show(text: str) -> str:
    """Return a value to be quoted in a reason: short, and free of what a terminal would act on."""
    cut = text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)


def _scalar(field: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldError(
            field,
            _other_kind(
                value,
                saying("this should be one value, but it is a list"),
                saying("this should be one value, but it is a mapping"),
            ),
        )
    return value.strip()


def _quoting(text: str, error: ValueError) -> str:
    return said("“{value}”: {reason}", value=show(text), reason=error)


def _other_kind(value: object, a_list: str, a_mapping: str) -> str:
    return said(a_mapping if isinstance(value, dict) else a_list)


def too_long(field: str, count: int, limit: int) -> FieldError:
    """Return why a text is refused that has so many characters."""
    reason = said(
        "{count:,} characters are too many; {most:,} are allowed", count=count, most=limit
    )
    return FieldError(field, reason)


def too_many_tags(count: int, limit: int) -> str:
    """Return why a list of tags is refused."""
    return said("{count:,} tags are too many; {most:,} are allowed", count=count, most=limit)
