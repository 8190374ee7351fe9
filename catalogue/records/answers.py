"""What our own REST interface answers, read back: a video, or a page of a list of them.

docs/api.md describes the fields. What only the interface knows (addresses, availability, when
it was stored), and any other key, is left alone.
"""

from collections.abc import Iterator, Mapping

from catalogue.records import exports, places
from catalogue.records.fields import FieldError
from catalogue.records.places import Place
from catalogue.records.record import RecordError, VideoRecord

_SAME = (
    "platform", "platform_id", "description", "category", "language", "published_at",
    "published_on", "duration_ms", "recorded_at",
)  # fmt: skip
_COUNTS = ("views", "likes", "dislikes", "comments")
# Our own name of a field → the key it is written under.
_KEYS = {name: f"counts.{name}" for name in _COUNTS} | {
    "channel": "channel.name",
    "channel_id": "channel.platform_id",
    "url": "source_url",
}
_COUNTED_AT = "counts.observed_at"
_API = "/api/v1/"
# Files of the site that answered, which is this one: `catalogue.records.fields` allows the same.
_OWN_FOLDERS = ("/static/", "/media/")


def recognises(document: Mapping[str, object]) -> bool:
    """Tell whether a JSON object is an answer about a video, or a page of a list."""
    return _is_video(document) or _is_list(document)


def _is_video(document: Mapping[str, object]) -> bool:
    return document.keys() >= {"platform", "platform_id"} and (
        isinstance(document.get("counts"), dict) or isinstance(document.get("channel"), dict)
    )


def _is_list(document: Mapping[str, object]) -> bool:
    return document.keys() >= {"results", "next"} and isinstance(document["results"], list)


def read(document: Mapping[str, object], place: Place) -> Iterator[VideoRecord | RecordError]:
    """Yield the record of an answer, or those of a page."""
    if _is_video(document):
        yield _read_video(document, place)
        return
    members = document["results"]
    for index, member in enumerate(members if isinstance(members, list) else ()):
        below = place.at("results", index)
        if isinstance(member, dict) and _is_video(member):
            yield _read_video(member, below)
        else:
            yield below.error("this is no answer about a video", member)


def _read_video(document: Mapping[str, object], place: Place) -> VideoRecord | RecordError:
    try:
        counts = places.mapping(document, "counts")
        values = _values(document, places.mapping(document, "channel"), counts)
    except FieldError as error:
        return place.refusal(error, document)
    keys = dict(_KEYS)
    # A record has one date. With another, its counts would be of a day when nobody counted.
    if any(counts.get(name) is not None for name in _COUNTS):
        values["recorded_at"], keys["recorded_at"] = counts.get("observed_at"), _COUNTED_AT
    # The curve of a film that had another length, or from another day, would be told as this one's.
    if (document.get("replays_ms"), document.get("replays_recorded_at")) == (
        values["duration_ms"], values["recorded_at"],
    ):  # fmt: skip
        values["replays"] = document.get("replays")
    try:
        return exports.make_record(values, place, raw=place.bytes_of(document))
    except FieldError as error:
        named = FieldError(keys.get(error.field, error.field), error.reason)
        return place.refusal(named, document)


def _values(
    document: Mapping[str, object], channel: Mapping[str, object], counts: Mapping[str, object]
) -> dict[str, object]:
    """Return what an answer says under the names of our own records."""
    values = {name: document.get(name) for name in _SAME}
    values |= {name: counts.get(name) for name in _COUNTS}
    values |= {"channel": channel.get("name"), "channel_id": channel.get("platform_id")}
    title = document.get("title")
    # Of a film without a title the id is shown.
    values["title"] = None if title == document.get("platform_id") else title
    values["tags"] = _tags(document.get("tags"))
    values["url"] = _source_url(document)
    for name in ("image_url", "media_url"):
        values[name] = _path(document.get(name), document.get("url"))
    return values


def _tags(given: object) -> object:
    """Return the names of tags; what members put there is not the record's."""
    if not isinstance(given, list):
        return given
    return [
        one.get("name") if isinstance(one, dict) else one
        for one in given
        if not isinstance(one, dict) or one.get("source", "record") == "record"
    ]


def _source_url(document: Mapping[str, object]) -> object:
    """Return the film's page, but for YouTube's: the interface makes it of the id."""
    given = document.get("source_url")
    if document.get("platform") != "youtube":
        return given
    made = f"https://www.youtube.com/watch?v={document.get('platform_id')}"
    return None if given == made else given


def _path(given: object, own: object) -> object:
    """Return a path where an address leads to a file on the site that answered."""
    if isinstance(given, str) and isinstance(own, str):
        site, found, _rest = own.partition(_API)
        if found and any(given.startswith(site + folder) for folder in _OWN_FOLDERS):
            return given.removeprefix(site)
    return given
