"""Records as yt-dlp and youtube-dl write them (`--write-info-json`, `-J`, `-j`); docs/records.md.

One video, or a playlist or channel with entries, which may be flat: no more than an id, an
address and a title each.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlsplit

from catalogue.records import fields, json_values, placeholders, replays
from catalogue.records.fields import FieldError
from catalogue.records.places import Place
from catalogue.records.record import Counts, RecordError, VideoRecord
from catalogue.records.targets import is_youtube_host

MAX_NESTING = 5

_SIGNS = frozenset(
    ("extractor", "extractor_key", "ie_key", "_type", "webpage_url", "upload_date", "uploader")
)
_LISTS = frozenset(["playlist", "compat_list"])
_FLAT = frozenset(["url", "url_transparent"])
# Addresses in these are signed for whoever asked, and soon out of date; the rest are other
# people's comments and what only a downloader needs.
_LEFT_OUT = frozenset([
    "formats", "requested_formats", "requested_downloads", "automatic_captions", "subtitles",
    "requested_subtitles", "http_headers", "fragments", "comments", "cookies",
    "manifest_url", "_format_sort_fields", "_version", "entries",
])  # fmt: skip
# Extractors that read any page at all.
_ANY_SITE = frozenset(["generic", "html5", "html5mediaembed"])
_LIST_EXTRACTORS = frozenset(["youtubetab", "youtubeplaylist"])
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_YOUTUBE_ID = re.compile(r"(?:[?&]v=|youtu\.be/|/(?:shorts|embed|live|v)/)([\w-]{11})(?![\w-])")
_YOUTUBE_CHANNEL = re.compile(r"UC[\w-]{22}", re.ASCII)
# A channel's own tabs; others also show what other channels published.
_CHANNEL_PAGE = re.compile(
    r"https?://(?:www\.|m\.)?youtube\.com/(?:channel/|c/|user/|@)[^/?#]+"
    r"(?:/(?:videos|shorts|streams))?/?",
)
_MAX_PLATFORM_LENGTH = 32


@dataclass(frozen=True, slots=True)
class _List:
    """What a list says of each of its entries."""

    epoch: object = None
    channel: object = None
    channel_id: object = None


def recognises(document: Mapping[str, object]) -> bool:
    """Tell whether a JSON object is meant as yt-dlp's."""
    return ("id" in document and not _SIGNS.isdisjoint(document)) or (
        "entries" in document or _type(document) in _LISTS
    )


def read(document: Mapping[str, object], place: Place) -> Iterator[VideoRecord | RecordError]:
    """Yield the one video of a document, or each entry of a list. An empty list has none."""
    yield from _read(document, place, _List(), depth=0)


def _read(
    document: Mapping[str, object], place: Place, around: _List, *, depth: int
) -> Iterator[VideoRecord | RecordError]:
    if _type(document) not in _LISTS and "entries" not in document:
        whole = _inherit(document, around)
        if whole is not document:
            place = Place(place.source, place.line, place.path)
        try:
            yield _make_record(whole, place)
        except FieldError as error:
            yield place.refusal(error, _kept(whole))
        return
    entries = document.get("entries")
    if entries is None:
        # --write-info-json leaves the entries of a list out: they have files of their own.
        return
    if not isinstance(entries, list):
        yield place.error("this should be a list of videos", field="entries")
        return
    inner = _list_of(document, around)
    for index, entry in enumerate(entries):
        below = place.at("entries", index)
        if not isinstance(entry, dict):
            yield below.error(_why_no_entry(entry), entry)
        elif depth == MAX_NESTING:
            yield below.error(f"lists are nested more than {MAX_NESTING} deep")
        else:
            yield from _read(entry, below, inner, depth=depth + 1)


def _type(document: Mapping[str, object]) -> str:
    value = document.get("_type")
    return value if isinstance(value, str) else ""


def _why_no_entry(entry: object) -> str:
    if entry is None:
        return "this entry is empty (null): the video could not be read when the list was made"
    return "this entry is no video"


def _list_of(document: Mapping[str, object], around: _List) -> _List:
    """Return what holds for all entries of a list."""
    epoch = document.get("epoch") or around.epoch
    page = document.get("webpage_url")
    if not (isinstance(page, str) and _CHANNEL_PAGE.fullmatch(page)):
        return _List(epoch, around.channel, around.channel_id)
    channel = document.get("channel") or document.get("uploader")
    return _List(epoch, channel, document.get("channel_id"))


def _inherit(document: Mapping[str, object], around: _List) -> Mapping[str, object]:
    """Return an entry with what its list says of it; the entry's own words go first."""
    added: dict[str, object] = {}
    if around.epoch and not document.get("epoch"):
        added["epoch"] = around.epoch
    if around.channel and not (document.get("channel") or document.get("uploader")):
        added |= {"channel": around.channel, "channel_id": around.channel_id}
    return {**document, **added} if added else document


def _make_record(entry: Mapping[str, object], place: Place) -> VideoRecord:
    get = entry.get
    platform = _platform(entry)
    platform_id = fields.clean_platform_id("id", _id(entry, platform), platform=platform)
    if not platform_id:
        raise FieldError("id", "there is no video id (id)")
    channel, channel_id = _channel(entry, platform)
    category, others = _categories(get("categories"))
    tags = json_values.tags("tags", get("tags"))
    duration_ms = _length(entry)
    record = VideoRecord(
        platform=platform,
        platform_id=platform_id,
        title=_title(entry),
        raw=b"",
        description=json_values.description("description", get("description")),
        channel=channel,
        channel_id=channel_id,
        category=category,
        language=json_values.usable(fields.clean_language, "language", get("language")),
        tags=tuple(dict.fromkeys((*tags, *others))),
        url=_page(entry),
        image_url=_image(entry),
        published=_published(entry, platform),
        recorded_at=json_values.instant("epoch", get("epoch")),
        duration_ms=duration_ms,
        replays=replays.read_heatmap(get("heatmap"), duration_ms),
        counts=Counts(
            views=json_values.count("view_count", get("view_count")),
            likes=json_values.count("like_count", get("like_count")),
            dislikes=json_values.count("dislike_count", get("dislike_count")),
            comments=json_values.count("comment_count", get("comment_count")),
        ),
        source=place.source,
        line=place.line,
    )
    return replace(record, title=_seen_title(record, entry), raw=_raw(entry, place))


def _seen_title(record: VideoRecord, entry: Mapping[str, object]) -> str:
    """Return the title; of an entry of which nothing could be seen, what YouTube's lists show."""
    is_seen = record.title or record.duration_ms or record.counts or record.description
    if is_seen or "title" not in entry:
        return record.title
    return placeholders.PRIVATE if entry.get("availability") == "private" else placeholders.DELETED


def _raw(entry: Mapping[str, object], place: Place) -> bytes:
    kept = _kept(entry)
    return place.bytes_of(entry) if kept is entry else json_values.dump(kept)


def _kept(entry: Mapping[str, object]) -> Mapping[str, object]:
    """Return an entry without what is not kept."""
    left_out = set(_LEFT_OUT.intersection(entry))
    if "heatmap" in entry and not replays.looks_sane(entry["heatmap"]):
        left_out.add("heatmap")
    if "url" in entry and _type(entry) not in _FLAT:
        left_out.add("url")
    if not left_out:
        return entry
    return {key: value for key, value in entry.items() if key not in left_out}


def _platform(entry: Mapping[str, object]) -> str:
    """Return the extractor's name as a platform's.

    Keys go first: flat entries know nothing else, and a video must be the same in both;
    `twitch:clips` and `TwitchClips` are one. Of a flat entry `ie_key` is the video's own.
    """
    page = _address(entry)
    for key in ("ie_key", "extractor_key", "extractor"):
        value = entry.get(key)
        if value is not None and not isinstance(value, str):
            raise FieldError(key, "this should be text")
        name = _NOT_ALNUM.sub("", (value or "").lower())
        if not name:
            continue
        if key == "ie_key" and name in _LIST_EXTRACTORS:
            raise FieldError(key, "this entry is a list of videos, not a video")
        if name.startswith("youtube"):
            return "youtube"
        if name in _ANY_SITE and page:
            # Ids hold for their site only.
            site = _NOT_ALNUM.sub("-", _host(page).removeprefix("www."))
            name = site.strip("-") or name
        return fields.clean_platform(key, name[:_MAX_PLATFORM_LENGTH].rstrip("-"))
    if page and is_youtube_host(_host(page)):
        return "youtube"
    raise FieldError("extractor_key", "the record does not say which platform the video is on")


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def _address(entry: Mapping[str, object]) -> str:
    """Return the page's address as it is written, for reading its parts."""
    keys = ("webpage_url", "url") if _type(entry) in _FLAT else ("webpage_url",)
    return next((str(entry[key]) for key in keys if entry.get(key)), "")


def _id(entry: Mapping[str, object], platform: str) -> object:
    given = json_values.scalar("id", entry.get("id"))
    if given in (None, "") and platform == "youtube":
        found = _YOUTUBE_ID.search(_address(entry))
        return found[1] if found else None
    return given


def _title(entry: Mapping[str, object]) -> str:
    """Return the title; empty if yt-dlp had to make one up."""
    title = json_values.text("title", entry.get("title"), fields.MAX_TITLE_LENGTH)
    if title:
        extractor = str(entry.get("extractor") or "").replace(":", "-")
        return "" if title == f"{extractor} video #{entry.get('id')}" else title
    return json_values.text("fulltitle", entry.get("fulltitle"), fields.MAX_TITLE_LENGTH)


def _channel(entry: Mapping[str, object], platform: str) -> tuple[str, str]:
    """Return name and id of who published the video.

    youtube-dl knew uploaders only, whose id is the channel's or, on YouTube, another name.
    """
    channel = json_values.text("channel", entry.get("channel"), fields.MAX_CHANNEL_LENGTH)
    uploader = json_values.text("uploader", entry.get("uploader"), fields.MAX_CHANNEL_LENGTH)
    given = json_values.text("channel_id", entry.get("channel_id"), fields.MAX_CHANNEL_ID_LENGTH)
    if given or (channel and uploader not in ("", channel)):
        return channel or uploader, given
    other = json_values.text("uploader_id", entry.get("uploader_id"), fields.MAX_CHANNEL_ID_LENGTH)
    is_id = not other.startswith("@") and (
        platform != "youtube" or _YOUTUBE_CHANNEL.fullmatch(other) is not None
    )
    return channel or uploader, other if is_id else ""


def _categories(value: object) -> tuple[str, tuple[str, ...]]:
    """Return the first category, and all others as tags."""
    if not isinstance(value, list):
        return json_values.text("categories", value, fields.MAX_CATEGORY_LENGTH), ()
    first = next((index for index, one in enumerate(value) if one), len(value))
    category = value[first] if first < len(value) else None
    return (
        json_values.text("categories", category, fields.MAX_CATEGORY_LENGTH),
        json_values.tags("categories", value[first + 1 :]),
    )


def _length(entry: Mapping[str, object]) -> int | None:
    if entry.get("duration") is None:
        return fields.clean_duration("duration_string", _clock(entry.get("duration_string")))
    return json_values.length("duration", entry["duration"])


def _clock(written: object) -> object:
    """Return yt-dlp's `duration_string` as a clock: under a minute it has seconds only."""
    is_seconds = isinstance(written, str) and written.isdecimal()
    return f"0:{written:0>2}" if is_seconds else written


def _page(entry: Mapping[str, object]) -> str:
    return json_values.usable(fields.clean_url, "webpage_url", _address(entry))


def _image(entry: Mapping[str, object]) -> str:
    if found := json_values.usable(fields.clean_url, "thumbnail", entry.get("thumbnail")):
        return found
    listed = entry.get("thumbnails")
    # The best stands last.
    for thumbnail in reversed(listed if isinstance(listed, list) else []):
        address = thumbnail.get("url") if isinstance(thumbnail, dict) else None
        if found := json_values.usable(fields.clean_url, "thumbnails", address):
            return found
    return ""


def _published(entry: Mapping[str, object], platform: str) -> datetime | date | None:
    """Return when the video was published, as exactly as the record knows it."""
    if entry.get("live_status") == "is_upcoming":
        # A premiere that is announced has a date, but it is still to come.
        return None
    moment = json_values.instant("timestamp", entry.get("timestamp"))
    if moment and platform == "youtube" and _type(entry) in _FLAT:
        # Worked out from words such as “2 years ago”.
        return moment.date()
    if moment:
        return moment
    if uploaded := json_values.day("upload_date", entry.get("upload_date")):
        return uploaded
    released = json_values.instant("release_timestamp", entry.get("release_timestamp"))
    return released or json_values.day("release_date", entry.get("release_date"))
