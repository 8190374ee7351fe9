"""Answers of the YouTube Data API, version 3: `videos.list`, `playlistItems.list`, `search.list`.

An answer holds the parts that were asked for only, so a record may be without a title.
https://developers.google.com/youtube/v3/docs/videos describes the fields.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from catalogue.records import fields, json_values, markup, placeholders
from catalogue.records.fields import FieldError
from catalogue.records.places import Place, mapping
from catalogue.records.record import Counts, RecordError, VideoRecord
from catalogue.records.said import said

_VIDEO = "youtube#video"
_PLAYLIST_ITEM = "youtube#playlistItem"
_SEARCH_RESULT = "youtube#searchResult"
_KINDS = frozenset(
    [
        _VIDEO, _PLAYLIST_ITEM, _SEARCH_RESULT, "youtube#videoListResponse",
        "youtube#playlistItemListResponse", "youtube#searchListResponse",
    ]
)  # fmt: skip
_PARTS = frozenset(["snippet", "contentDetails", "statistics"])
_SIZES = ("maxres", "standard", "high", "medium", "default")
# What playlistItems.list shows of a video that cannot be seen: title and description.
_UNSEEN = {
    ("Private video", "This video is private."): placeholders.PRIVATE,
    ("Deleted video", "This video is unavailable."): placeholders.DELETED,
}
# As videoCategories.list names them in English.
CATEGORIES = {
    "1": "Film & Animation",
    "2": "Autos & Vehicles",
    "10": "Music",
    "15": "Pets & Animals",
    "17": "Sports",
    "18": "Short Movies",
    "19": "Travel & Events",
    "20": "Gaming",
    "21": "Videoblogging",
    "22": "People & Blogs",
    "23": "Comedy",
    "24": "Entertainment",
    "25": "News & Politics",
    "26": "Howto & Style",
    "27": "Education",
    "28": "Science & Technology",
    "29": "Nonprofits & Activism",
    "30": "Movies",
    "31": "Anime/Animation",
    "32": "Action/Adventure",
    "33": "Classics",
    "34": "Comedy",
    "35": "Documentary",
    "36": "Drama",
    "37": "Family",
    "38": "Foreign",
    "39": "Horror",
    "40": "Sci-Fi/Fantasy",
    "41": "Thriller",
    "42": "Shorts",
    "43": "Shows",
    "44": "Trailers",
}


def recognises(document: Mapping[str, object]) -> bool:
    """Tell whether a JSON object is meant as the API's: an answer, an item, or an error."""
    kind = document.get("kind")
    return (
        (isinstance(kind, str) and kind.startswith("youtube#"))
        or isinstance(document.get("items"), list)
        or ("id" in document and not _PARTS.isdisjoint(document))
        or ("id" not in document and "error" in document)
    )


def read(document: Mapping[str, object], place: Place) -> Iterator[VideoRecord | RecordError]:
    """Yield each video of an answer. Unknown ids make it shorter, so it may hold none."""
    if "error" in document:
        yield place.error(_why_refused(document["error"]), document)
        return
    kind = document.get("kind")
    if isinstance(kind, str) and kind.startswith("youtube#") and kind not in _KINDS:
        name = fields.show(kind.removeprefix("youtube#"))
        reason = said(
            "this is another answer of YouTube's API (“{name}”); videos.list, "
            "playlistItems.list and search.list are read",
            name=name,
        )
        yield place.error(reason, document, field="kind")
        return
    items = document.get("items")
    if items is None and "id" in document:
        yield _read_item(document, place)
        return
    if not isinstance(items, list):
        yield place.error(said("there is no list of items in this answer"), document, field="items")
        return
    for index, item in enumerate(items):
        yield _read_item(item, place.at("items", index))


def _why_refused(error: object) -> str:
    """Return the API's own reason for an answer that is an error."""
    _reasons, told = read_refusal(error)
    return said(
        "this is no record but a refusal of YouTube's API: {reason}",
        reason=told or said("no reason is given"),
    )


def read_refusal(error: object) -> tuple[frozenset[str], str]:
    """Return what stands under `error` in an answer: the reasons by name, and it in words.

    The names are those of YouTube (`quotaExceeded`), and of the interface that all of
    Google's share (`API_KEY_INVALID`, `RESOURCE_EXHAUSTED`). The words are without markup.
    """
    words: list[str] = []
    reasons: list[object] = []
    if isinstance(error, dict):
        errors = error.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
        if isinstance(first, dict) and isinstance(first.get("reason"), str):
            words.append(first["reason"])
        told = [error.get("code"), error.get("message")]
        words += [str(value) for value in told if value and isinstance(value, str | int)]
        for part in (errors, error.get("details")):
            members = part if isinstance(part, list) else []
            reasons += [member.get("reason") for member in members if isinstance(member, dict)]
        reasons.append(error.get("status"))
    elif isinstance(error, str):
        words.append(error)
    plain = " ".join(markup.to_text(": ".join(words)[:2_000]).split())
    plain = "".join(letter if letter.isprintable() else "\ufffd" for letter in plain)[:500]
    return frozenset(reason for reason in reasons if isinstance(reason, str)), plain


def read_video(item: Mapping[str, object], place: Place) -> VideoRecord | RecordError:
    """Return what an item of `videos.list` says, or why it cannot be read."""
    try:
        return _make_record(item, place)
    except FieldError as error:
        return place.refusal(error, item)


def _read_item(item: object, place: Place) -> VideoRecord | RecordError:
    if not isinstance(item, dict):
        return place.error(said("this item is no video"), item)
    try:
        resource = mapping(mapping(item, "snippet"), "resourceId")
        details = mapping(item, "contentDetails")
        if item.get("kind") == _PLAYLIST_ITEM or resource or "videoId" in details:
            return _make_playlist_record(item, resource, place)
        if item.get("kind") == _SEARCH_RESULT or isinstance(item.get("id"), dict):
            return _make_search_record(item, place)
        return _make_record(item, place)
    except FieldError as error:
        return place.refusal(error, item)


def _make_record(item: Mapping[str, object], place: Place) -> VideoRecord:
    snippet, details = mapping(item, "snippet"), mapping(item, "contentDetails")
    numbers = mapping(item, "statistics")
    category_id = json_values.text("snippet.categoryId", snippet.get("categoryId"), 20)
    return VideoRecord(
        platform="youtube",
        platform_id=_id("id", item.get("id")),
        title=_text("snippet.title", snippet, fields.MAX_TITLE_LENGTH),
        raw=place.bytes_of(item),
        description=json_values.description("snippet.description", snippet.get("description")),
        channel=_text("snippet.channelTitle", snippet, fields.MAX_CHANNEL_LENGTH),
        channel_id=_text("snippet.channelId", snippet, fields.MAX_CHANNEL_ID_LENGTH),
        category=CATEGORIES.get(category_id, ""),
        # defaultLanguage is that of title and description.
        language=json_values.usable(
            fields.clean_language,
            "snippet.defaultAudioLanguage",
            snippet.get("defaultAudioLanguage"),
        ),
        tags=json_values.tags("snippet.tags", snippet.get("tags")),
        image_url=_image(snippet),
        published=_moment("snippet.publishedAt", snippet),
        duration_ms=fields.clean_duration("contentDetails.duration", details.get("duration")),
        counts=Counts(
            views=_count("viewCount", numbers),
            likes=_count("likeCount", numbers),
            dislikes=_count("dislikeCount", numbers),
            comments=_count("commentCount", numbers),
        ),
        source=place.source,
        line=place.line,
    )


def _make_playlist_record(
    item: Mapping[str, object], resource: Mapping[str, object], place: Place
) -> VideoRecord:
    """Return what a playlist says of a video; its own dates and channel are the playlist's."""
    snippet, details = mapping(item, "snippet"), mapping(item, "contentDetails")
    if details.get("videoId"):
        platform_id = _id("contentDetails.videoId", details["videoId"])
    else:
        platform_id = _id("snippet.resourceId.videoId", resource.get("videoId"))
    title = _text("snippet.title", snippet, fields.MAX_TITLE_LENGTH)
    description = json_values.description("snippet.description", snippet.get("description"))
    return VideoRecord(
        platform="youtube",
        platform_id=platform_id,
        title=_UNSEEN.get((title, description), title),
        raw=place.bytes_of(item),
        description=description,
        channel=_text("snippet.videoOwnerChannelTitle", snippet, fields.MAX_CHANNEL_LENGTH),
        channel_id=_text("snippet.videoOwnerChannelId", snippet, fields.MAX_CHANNEL_ID_LENGTH),
        image_url=_image(snippet),
        published=_moment("contentDetails.videoPublishedAt", details),
        source=place.source,
        line=place.line,
    )


def _make_search_record(item: Mapping[str, object], place: Place) -> VideoRecord:
    """Return what a search tells of a video: its title in HTML, of its text the beginning only."""
    snippet = mapping(item, "snippet")
    found = mapping(item, "id")
    kind = found.get("kind")
    if kind != _VIDEO:
        if not isinstance(kind, str):
            raise FieldError("id", said("this names another thing than a video"))
        name = fields.show(kind.removeprefix("youtube#"))
        raise FieldError("id", said("this names another thing than a video (“{name}”)", name=name))
    return VideoRecord(
        platform="youtube",
        platform_id=_id("id.videoId", found.get("videoId")),
        title=_html("snippet.title", snippet, fields.MAX_TITLE_LENGTH),
        raw=place.bytes_of(item),
        channel=_html("snippet.channelTitle", snippet, fields.MAX_CHANNEL_LENGTH),
        channel_id=_text("snippet.channelId", snippet, fields.MAX_CHANNEL_ID_LENGTH),
        image_url=_image(snippet),
        published=_moment("snippet.publishedAt", snippet),
        source=place.source,
        line=place.line,
    )


def _id(field: str, value: object) -> str:
    if isinstance(value, dict):
        raise FieldError(field, said("this names another thing than a video"))
    found = fields.clean_platform_id(field, json_values.scalar(field, value), platform="youtube")
    if not found:
        raise FieldError(field, said("there is no video id ({key})", key=field))
    return found


def _text(path: str, part: Mapping[str, object], limit: int) -> str:
    return json_values.text(path, part.get(path.rpartition(".")[2]), limit)


def _html(path: str, part: Mapping[str, object], limit: int) -> str:
    value = part.get(path.rpartition(".")[2])
    decoded = markup.decode_entities(value) if isinstance(value, str) else value
    return json_values.text(path, decoded, limit)


def _count(key: str, numbers: Mapping[str, object]) -> int | None:
    return json_values.count(f"statistics.{key}", numbers.get(key))


def _moment(path: str, part: Mapping[str, object]) -> datetime | date | None:
    return fields.clean_moment(path, part.get(path.rpartition(".")[2]))


def _image(snippet: Mapping[str, object]) -> str:
    """Return the largest still that is given."""
    stills = mapping(snippet, "thumbnails")
    for size in _SIZES:
        still = stills.get(size)
        address = still.get("url") if isinstance(still, dict) else None
        if found := json_values.usable(fields.clean_url, "snippet.thumbnails", address):
            return found
    return ""
