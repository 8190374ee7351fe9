"""Front matter as a program writes it, read in one stroke.

Most files of a large load have one shape: keys that we know, each once, in whatever order,
on lines of their own, quoted as JSON quotes them, times to the second with their offset.
One pattern finds all values of such a header, and what it lets through needs few checks
more. Everything else is left to `front_matter`, which reads anything and says what is wrong;
a property test holds both to the same records.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache, partial

import orjson

from catalogue.records import durations, fields, markup
from catalogue.records.record import MAX_RECORD_BYTES, Counts, OpenCounts, OpenRecord, VideoRecord

# Bounded, since some of these are kept for records to come. No offset leads out of the years
# that these times hold.
_TEXT = rb'"([^"\x00-\x1f\x7f]{0,1000}+)"'
_TAGS = rb"(\[[^\]\x00-\x1f\x7f]{0,2000}+\])"
_ADDRESS = rb'"(https?:\\?/\\?/[A-Za-z0-9][A-Za-z0-9./\\_~%+=,?&-]*+|)"'
_TIME = rb'"((?:19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)|)"'
_COUNT = rb'"(\d{0,18}+)"'
_LANGUAGE = rb'"([A-Za-z]{2,3}(?:-[A-Za-z]{2})?|)"'
_KEYS = (
    (b"title", _TEXT),
    (b"image", _ADDRESS),
    (b"vid_id", rb'"([A-Za-z0-9_-]{11})"'),
    (b"categories", _TEXT),
    (b"tags", _TAGS),
    (b"date", _TIME),
    (b"vid_date", _TIME),
    (b"duration", rb'"([PTHMS\d]{0,20}+)"'),
    (b"viewcount", _COUNT),
    (b"likeCount", _COUNT),
    (b"dislikeCount", _COUNT),
    (b"commentCount", _COUNT),
    (b"channel", _TEXT),
    (b"channel_id", _TEXT),
    (b"language", _LANGUAGE),
    (b"url", _ADDRESS),
    (b"media", _ADDRESS),
)
_OPENING = rb"(?:\xef\xbb\xbf)?---\r?\n"
_CLOSING = rb"---\r?\n({% raw %})?"
# The keys in the order in which they are usually written, some left out.
_SHAPE = re.compile(_OPENING + b"".join(rb"(?:%b: %b\r?\n)?+" % pair for pair in _KEYS) + _CLOSING)
# Any number of lines, each by one of the patterns: a key that stands there twice shows in
# the number of lines.
_SHAPE_IN_ANY_ORDER = re.compile(
    _OPENING + b"((?:" + b"|".join(rb"%b: %b\r?\n" % pair for pair in _KEYS) + b")++)" + _CLOSING
)
_END_RAW = b"{% endraw %}"
_END_RAW_CRLF = _END_RAW + b"\r\n"


def read(source: str, content: bytes) -> VideoRecord | None:
    """Return the record that `content` holds, or None if it is not of the usual shape.

    The record is the one `front_matter` would return. What that refuses is None here.
    """
    shape = _SHAPE.match(content)
    if shape is not None:
        groups = shape.groups()
    else:
        shape = _SHAPE_IN_ANY_ORDER.match(content)
        if shape is None:
            return None
        lines, groups = shape[1], shape.groups()[1:]
        if lines.count(b"\n") != sum(found is not None for found in groups[:-1]):
            return None
    (
        title, image, platform_id, category, tags, recorded, published, duration, views, likes,
        dislikes, comments, channel, channel_id, language, url, media, raw,
    ) = groups  # fmt: skip
    if title is None or platform_id is None or len(content) > MAX_RECORD_BYTES:
        return None
    start = shape.end()
    try:
        end = _end_of_body(content, start, is_raw=raw is not None)
        description = partial(_describe, content, start, end)
        counts = OpenCounts(
            int(views) if views else None,
            int(likes) if likes else None,
            int(dislikes) if dislikes else None,
            int(comments) if comments else None,
        )
        counts.__class__ = Counts
        record = OpenRecord(
            "youtube",
            platform_id.decode(),
            _title(title),
            content,
            description,  # type: ignore[arg-type]
            _channel(channel) if channel else "",
            _channel_id(channel_id) if channel_id else "",
            _category(category) if category else "",
            fields.clean_language("language", language.decode()) if language else "",
            _tags(tags) if tags else (),
            _address(url) if url else "",
            _address(image) if image else "",
            _address(media) if media else "",
            _moment(published) if published else None,
            _moment(recorded) if recorded else None,
            _duration(duration),
            (),
            counts,
            source,
        )
    except (ValueError, OverflowError):
        return None
    record.__class__ = VideoRecord
    return record


def _end_of_body(content: bytes, start: int, *, is_raw: bool) -> int:
    """Return where the body ends, before its raw tag, if nothing in it could be refused."""
    if not is_raw:
        end = len(content)
    elif content.endswith(_END_RAW_CRLF):
        end = len(content) - len(_END_RAW_CRLF)
    else:
        end = content.rfind(_END_RAW, start)
        if end < 0 or content[end + len(_END_RAW) :].strip():
            raise ValueError
    # The text of a body is never longer than the body is.
    if end - start > fields.MAX_DESCRIPTION_LENGTH or b"\0" in content:
        raise ValueError
    if not content.isascii():
        content.decode()
    return end


def _describe(content: bytes, start: int, end: int) -> str:
    """Return the text of a body, which is known to be UTF-8 and of a bearable length."""
    body = content[start:end]
    text = markup.read_one_line(body)
    if text is None:
        decoded = body.decode()
        if "\r" in decoded:
            decoded = decoded.replace("\r\n", "\n").replace("\r", "\n")
        text = markup.to_text(decoded)
    return text


def _title(written: bytes) -> str:
    title = _text(written, fields.MAX_TITLE_LENGTH)
    if not title:
        raise ValueError
    return title


def _text(written: bytes, limit: int) -> str:
    """Return what stands between quotes. Raises ValueError if there is anything to clean in it."""
    text = written.decode()
    if "\\" in text:
        text = orjson.loads(f'"{text}"')
    text = text.strip()
    if not text.isprintable() or len(text) > limit:
        raise ValueError
    return text


@lru_cache(maxsize=8_192)
def _channel(written: bytes) -> str:
    return _text(written, fields.MAX_CHANNEL_LENGTH)


@lru_cache(maxsize=8_192)
def _channel_id(written: bytes) -> str:
    return _text(written, fields.MAX_CHANNEL_ID_LENGTH)


@lru_cache(maxsize=1_024)
def _category(written: bytes) -> str:
    return _text(written, fields.MAX_CATEGORY_LENGTH)


def _tags(written: bytes) -> tuple[str, ...]:
    tags = orjson.loads(written)
    try:
        joined = "".join(tags)
    except TypeError:
        raise ValueError from None
    if not joined.isprintable() or len(tags) > fields.MAX_TAGS:
        raise ValueError
    if len(joined) > fields.MAX_TAG_LENGTH and max(map(len, tags)) > fields.MAX_TAG_LENGTH:
        raise ValueError
    cleaned = tuple(dict.fromkeys(map(str.strip, tags)))
    if "" in cleaned:
        raise ValueError
    return cleaned


def _address(written: bytes) -> str:
    address = written.replace(b"\\/", b"/").decode()
    if "\\" in address or len(address) > fields.MAX_URL_LENGTH:
        raise ValueError
    return address


def _moment(written: bytes) -> datetime:
    moment = datetime.fromisoformat(written.decode())
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


@lru_cache(maxsize=16_384)
def _duration(written: bytes) -> int | None:
    return durations.parse_duration(written.decode()) if written else None
