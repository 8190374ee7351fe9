"""Records as text files with front matter, as static sites keep them; docs/records.md.

Between two lines of three dashes stand keys and values; below them the description.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from catalogue.records import durations, fields, header, markup, moments, replays
from catalogue.records.fields import FieldError
from catalogue.records.header import HeaderError
from catalogue.records.places import Place
from catalogue.records.record import MAX_RECORD_BYTES, Counts, RecordError, VideoRecord

_BOM = b"\xef\xbb\xbf"
_OPENING = re.compile(r"\s*(-{3,}|\+{3,})[ \t]*([^\n]*?)[ \t]*(?:\n|\Z)")
_CLOSING = re.compile(r"\n(?:---|\.\.\.)[ \t]*(?=\n|\Z)")
_READABLE_LANGUAGES = frozenset(["", "yaml", "yml", "json"])

_TITLE = "title"
_ID_KEYS = ("vid_id", "video_id")
_JSON = json.JSONDecoder()
# JSON leaves these as they are; YAML takes them for line ends or refuses them.
_NOT_IN_YAML = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def recognises(content: bytes) -> bool:
    """Tell from its first bytes whether content means to be front matter."""
    begin = content[:1_000].removeprefix(_BOM).lstrip()
    return begin.startswith((b"---", b"+++")) or (begin.startswith(b"{") and _has_body(content))


def _has_body(content: bytes) -> bool:
    """Tell whether text follows on an object that is a header in JSON, as Hugo has them."""
    if not any(b'"%b"' % key.encode() in content for key in _ID_KEYS):
        return False
    text = content[:MAX_RECORD_BYTES].decode(errors="replace")
    end = _end_of_json(text)
    rest = text[end:].lstrip()
    # More of JSON is another document, or broken.
    return bool(end and rest) and not rest.startswith(("{", "[", "]", "}", ","))


def _end_of_json(text: str) -> int:
    """Return where the object ends that a text begins with; 0 if there is none."""
    begin = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    try:
        return _JSON.raw_decode(text, begin)[1]
    except (ValueError, RecursionError):
        return 0


def recognises_json(document: Mapping[str, object]) -> bool:
    """Tell whether a JSON object is meant as a header without a body."""
    return not document.keys().isdisjoint(_ID_KEYS) and "title" in document


def read_json(document: Mapping[str, object], place: Place) -> VideoRecord | RecordError:
    """Return the record of a JSON object whose members are the keys of a header."""
    values = {key: header.as_written(value) for key, value in document.items()}
    try:
        record = _make_record(place.source, place.bytes_of(document), values, "")
    except FieldError as error:
        return place.refusal(error, document)
    return replace(record, line=place.line)


def parse(source: str, content: bytes) -> VideoRecord:
    """Return the record that `content` holds.

    Raises:
        RecordError: with the line and the key at fault; nothing else, whatever the bytes.
    """
    text = _decode(source, content)
    head, body, first_line = _split(source, content, text)
    try:
        values = header.read_header(head)
    except HeaderError as error:
        line = None if error.line is None else first_line + error.line
        raise RecordError(source, error.reason, line, error.field, content) from None
    try:
        return _make_record(source, content, values, body)
    except FieldError as error:
        found = header.find_line(head, error.field) if error.field in values else None
        line = first_line if found is None else first_line + found
        if error.field == "description" and found is None:
            line = first_line + head.count("\n") + 1
        raise RecordError(source, error.reason, line, error.field, content) from None


def _decode(source: str, content: bytes) -> str:
    """Return the text of the record with LF line ends."""
    if len(content) > MAX_RECORD_BYTES:
        raise RecordError(
            source,
            f"{len(content):,} bytes are too many for a record; {MAX_RECORD_BYTES:,} are allowed",
            raw=content[:MAX_RECORD_BYTES],
        )
    if b"\0" in content:
        at = content.index(b"\0")
        reason = f"byte {at + 1:,} is a NUL; this is no text file"
        raise RecordError(source, reason, _line_at(content, at), raw=content)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        reason = (
            f"byte {error.start + 1:,} (0x{content[error.start]:02x}) is not UTF-8; "
            "save the file as UTF-8"
        )
        raise RecordError(source, reason, _line_at(content, error.start), raw=content) from None
    if text.startswith("\ufeff"):
        text = text[1:]
    if b"\r" in content:
        text = text.replace("\r\n", "\n")
        text = text.replace("\r", "\n") if "\r" in text else text
    return text


def _line_at(content: bytes, position: int) -> int:
    before = content[:position].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1


def _split(source: str, content: bytes, text: str) -> tuple[str, str, int]:
    """Return header, body, and the line on which the header begins."""
    start = 4
    if text.lstrip().startswith("{") and (end := _end_of_json(text)):
        start = text.index("{")
        return text[start:end], text[end:], text.count("\n", 0, start) + 1
    if not text.startswith("---\n"):
        start = _skip_opening(source, content, text)
    # The line end of the opening line may be the one before the closing line.
    closing = _CLOSING.search(text, start - 1)
    first_line = text.count("\n", 0, start) + 1
    if not closing:
        reason = "the front matter does not end: a second line of three dashes (---) is missing"
        raise RecordError(source, reason, first_line, raw=content)
    return text[start : closing.start() + 1], text[closing.end() :], first_line


def _skip_opening(source: str, content: bytes, text: str) -> int:
    """Return where the header begins; refuse every opening line but three dashes."""
    opening = _OPENING.match(text)
    if not opening:
        reason = "there is no front matter: the first line must be three dashes (---)"
        raise RecordError(source, reason, 1, raw=content)
    fence, language = opening.groups()
    line = text.count("\n", 0, opening.start(1)) + 1
    reason = ""
    if fence.startswith("+"):
        reason = "front matter in TOML (+++) is not read; write it in YAML between lines of ---"
    elif len(fence) > 3:
        reason = f"the first line has {len(fence):,} dashes; front matter starts with three (---)"
    elif language.lower() not in _READABLE_LANGUAGES:
        reason = (
            f"front matter in {fields.show(language)} is not read: only YAML and JSON are, "
            "and nothing in a record is executed"
        )
    if reason:
        raise RecordError(source, reason, line, raw=content)
    return opening.end()


def _make_record(source: str, content: bytes, values: dict[str, object], body: str) -> VideoRecord:
    get = values.get
    title = fields.clean_text(_TITLE, get(_TITLE), fields.MAX_TITLE_LENGTH)
    platform, platform_id = _identity(values, has_title=bool(title))
    recorded = fields.clean_moment("date", get("date"))
    duration_ms = fields.clean_duration("duration", get("duration"))
    return VideoRecord(
        platform=platform,
        platform_id=platform_id,
        title=title,
        raw=content,
        description=_description(get("description"), body),
        channel=fields.clean_text("channel", get("channel"), fields.MAX_CHANNEL_LENGTH),
        channel_id=fields.clean_text("channel_id", get("channel_id"), fields.MAX_CHANNEL_ID_LENGTH),
        category=fields.clean_category("categories", get("categories")),
        language=fields.clean_language("language", get("language")),
        tags=fields.clean_tags("tags", get("tags")),
        url=fields.clean_url("url", get("url")),
        image_url=fields.clean_url("image", get("image")),
        media_url=fields.clean_url("media", get("media")),
        published=fields.clean_moment("vid_date", get("vid_date")),
        recorded_at=None if recorded is None else moments.at_midnight(recorded),
        duration_ms=duration_ms,
        replays=replays.clean("replays", get("replays"), duration_ms),
        counts=Counts(
            views=fields.clean_count("viewcount", get("viewcount")),
            likes=fields.clean_count("likeCount", get("likeCount")),
            dislikes=fields.clean_count("dislikeCount", get("dislikeCount")),
            comments=fields.clean_count("commentCount", get("commentCount")),
        ),
        source=source,
    )


def _identity(values: dict[str, object], *, has_title: bool) -> tuple[str, str]:
    """Return platform and id; refuse a record without id or title, naming what is missing."""
    given = {key: values[key] for key in _ID_KEYS if values.get(key) not in (None, "")}
    if len(given) == len(_ID_KEYS) and len({str(value) for value in given.values()}) > 1:
        raise FieldError("video_id", "vid_id and video_id are both there, and they differ")
    key = next(iter(given), _ID_KEYS[0])
    platform = fields.clean_platform("platform", values.get("platform"))
    platform_id = fields.clean_platform_id(key, given.get(key), platform=platform) if given else ""
    if not platform_id:
        also = "" if has_title else " and no title"
        raise FieldError(_ID_KEYS[0], f"there is no video id (vid_id){also}")
    if not has_title:
        raise FieldError(_TITLE, "there is no title")
    if not platform:
        if not fields.is_youtube_id(platform_id):
            raise FieldError(
                "platform",
                f"{fields.show(platform_id)} is not a YouTube id, so the record must name its "
                "platform",
            )
        platform = "youtube"
    return platform, platform_id


def _description(value: object, body: str) -> str:
    """Return the body as text; without one, what the header says, which is text already."""
    text = markup.to_text(body)
    if not text and value is not None:
        if not isinstance(value, str):
            raise FieldError("description", "this should be text")
        fields.refuse_unstorable("description", value)
        text = markup.tidy(value)
    return fields.clean_description("description", text)


def format_front_matter(record: VideoRecord) -> str:
    """Write a record as front matter, such that `parse` reads it back.

    What parse returned comes back the same, but for `raw`, `source` and `line`. Only what
    is known is written; front matter needs a title. The text is UTF-8 with LF line ends.
    """
    counts = record.counts
    values: list[tuple[str, str | int | tuple[str, ...] | None]] = [
        (_TITLE, record.title),
        ("image", record.image_url),
        (_ID_KEYS[0], record.platform_id),
        ("platform", _written_platform(record)),
        ("categories", record.category),
        ("tags", record.tags),
        ("date", _format_optional(record.recorded_at)),
        ("vid_date", _format_optional(record.published)),
        ("duration", durations.format_duration(record.duration_ms) if record.duration_ms else ""),
        ("replays", "; ".join(map(str, record.replays))),
        ("viewcount", counts.views),
        ("likeCount", counts.likes),
        ("dislikeCount", counts.dislikes),
        ("commentCount", counts.comments),
        ("channel", record.channel),
        ("channel_id", record.channel_id),
        ("language", record.language),
        ("url", record.url),
        ("media", record.media_url),
    ]
    lines = [f"{key}: {_quote(value)}" for key, value in values if value not in (None, "", ())]
    body = markup.from_text(record.description)
    end = f"{{% raw %}}{body}{{% endraw %}}\n" if body else ""
    return "\n".join(["---", *lines, "---", end])


def _written_platform(record: VideoRecord) -> str:
    is_default = record.platform == "youtube" and fields.is_youtube_id(record.platform_id)
    return "" if is_default else record.platform


def _format_optional(moment: datetime | date | None) -> str:
    return "" if moment is None else moments.format_moment(moment)


def _quote(value: str | int | tuple[str, ...] | None) -> str:
    written = json.dumps(
        str(value) if isinstance(value, int) else value, ensure_ascii=False, separators=(",", ":")
    )
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found.group()):04x}", written)
