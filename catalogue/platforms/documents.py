"""What yt-dlp says of a film or a list, as the bytes of an info.json, and its subtitles. Pure.

The bytes are what `yt-dlp --write-info-json` would have written, dated now, so a film that is
fetched gets the values that its file would have given it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from catalogue.records import RecordError, fields, parse
from catalogue.records.targets import YTDLP_ORDERS, TargetError, TargetKind, parse_target

# One film has manual subtitles in this many languages at most; a few have a hundred.
MAX_TRACKS = 20

Info = Mapping[str, Any]

# Streams and other people's comments: nothing that is said of a film, and megabytes of it.
_LEFT_OUT = frozenset([
    "formats", "requested_formats", "requested_downloads", "requested_subtitles", "entries",
    "automatic_captions", "subtitles", "http_headers", "fragments", "comments", "cookies",
    "manifest_url", "_version", "_old_archive_ids",
])  # fmt: skip
# What of an entry of a list is believed. Its views are rounded ("1.2M views") and its
# description is cut; the film's own page has both, and is asked.
_OF_ENTRY = (
    "_type", "ie_key", "id", "url", "title", "channel", "channel_id", "uploader", "uploader_id",
    "duration", "timestamp", "availability", "live_status",
)  # fmt: skip
# What an entry of a feed says better than the page it leads to.
_SAID = ("title", "description", "timestamp", "duration", "thumbnail")
_MAX_SAID_LENGTH = 20_000

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_NOT_IN_ID = re.compile(r"[\s/?#%\\]+")
# Names of pages that say nothing of the film on them.
_EMPTY_NAMES = frozenset([
    "", "default", "embed", "episode", "film", "home", "index", "main", "play", "player", "show",
    "video", "videos", "view", "watch",
])  # fmt: skip
# YouTube's name for one of several tracks in a language: `en-uYU-mmqFLq8`.
_NAMED_TRACK = re.compile(r"(.+)-[\w-]{11}")
_ORIGINAL = "-orig"
_READABLE = {"vtt": 0, "srt": 1}
_NO_TRACKS = frozenset({"live_chat", "rechat", "danmaku", "comments"})


@dataclass(frozen=True, slots=True)
class Track:
    """Subtitles of a film in one language, and where they are; `text` if they came along.

    `language` is empty if it is not known, `label` what the site calls it. Without `url` and
    `text` they come in no form that is read.
    """

    label: str
    language: str
    is_automatic: bool
    url: str = ""
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Film:
    """What the page of one film says, as an info.json, and its subtitles.

    `is_unnamed` if its site has no ids that yt-dlp knows of.
    """

    url: str
    document: bytes
    tracks: tuple[Track, ...] = ()
    left_out_tracks: int = 0
    is_unnamed: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One film of a list that its page tells of; `said` is what the list says better."""

    url: str
    said: Info = field(default_factory=dict)


def film_of(info: Info, *, at: datetime) -> Film:
    """Return one film as an info.json, as it was at that time."""
    page = page_of(info)
    kept = {key: value for key, value in info.items() if _is_kept(key)}
    kept |= {"webpage_url": page, "epoch": int(at.timestamp()), "_type": "video"}
    is_unnamed = kept.get("extractor_key") == "Generic"
    if is_unnamed:
        kept["id"] = _id_on_site(str(kept.get("id") or ""), page)
    if not kept.get("language") and (language := _spoken_language(info)):
        kept["language"] = language
    tracks, left_out = tracks_of(info, language=str(kept.get("language") or ""))
    return Film(page, dump(kept), tracks, left_out, is_unnamed)


def list_of(info: Info, entries: Iterable[Info], *, at: datetime) -> bytes:
    """Return a list with its flat entries as an info.json."""
    names = ("id", "title", "channel", "channel_id", "uploader", "uploader_id", "extractor",
             "extractor_key", "webpage_url")  # fmt: skip
    head = {name: info[name] for name in names if info.get(name) is not None}
    return dump({
        **head, "_type": "playlist", "epoch": int(at.timestamp()), "entries": list(entries),
    })  # fmt: skip


def flat_entry(entry: Info) -> dict[str, Any] | None:
    """Return what a list says of a film, if that is enough to know which film it is."""
    address = str(entry.get("url") or "").partition(YTDLP_ORDERS)[0]
    if not entry.get("ie_key"):
        # Feeds give addresses only; of YouTube's the address tells all.
        try:
            target = parse_target(address)
        except TargetError:
            return None
        if target.kind != TargetKind.VIDEO:
            return None
        entry = {**entry, "ie_key": "Youtube", "id": target.platform_id, "url": target.url}
    if not entry.get("id"):
        return None
    return {name: entry[name] for name in _OF_ENTRY if entry.get(name) is not None} | {
        "_type": "url"
    }


def waiting_entry(entry: Info) -> Entry | None:
    """Return a film of a list that only its own page makes known; None if none is named."""
    address = str(entry.get("url") or "").partition(YTDLP_ORDERS)[0]
    try:
        url = parse_target(address).url
    except TargetError:
        return None
    said = {name: entry[name] for name in _SAID if entry.get(name) is not None}
    if len(str(said.get("description") or "")) > _MAX_SAID_LENGTH:
        del said["description"]
    return Entry(url, json.loads(dump(said)))


def guess_identity(url: str, *, at: datetime) -> tuple[str, str] | None:
    """Return the identity that the film of a page will have, if yt-dlp has no name for its site."""
    name = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    stem = name.rpartition(".")[0] or name
    info = {"id": stem, "title": stem or "-", "extractor": "generic", "extractor_key": "Generic"}
    film = film_of({**info, "webpage_url": url}, at=at)
    try:
        record = parse(film.url, film.document)
    except RecordError:
        return None
    return record.platform, record.platform_id


def page_of(info: Info) -> str:
    """Return the address of the page that something was found on."""
    return str(info.get("webpage_url") or info.get("url") or "").partition(YTDLP_ORDERS)[0]


def dump(value: object) -> bytes:
    """Write JSON that a database can hold; what JSON has no word for becomes text."""
    return json.dumps(_clean(value), ensure_ascii=False, default=str).encode()


def _clean(value: object) -> object:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {str(_clean(str(key))): _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list | tuple) else value


def _is_kept(key: str) -> bool:
    return key not in _LEFT_OUT and not key.startswith("__")


def _id_on_site(given: str, page: str) -> str:
    """Return an id that no other film of the site has, of a page that yt-dlp has no name for.

    yt-dlp takes the last part of the path, which is `watch` for all films of many a site.
    """
    parts = urlsplit(page)
    name = _NOT_IN_ID.sub("-", _UNSTORABLE.sub("", given)).strip("-.")[:100]
    if name == given and not parts.query and name.lower() not in _EMPTY_NAMES:
        return name
    digest = hashlib.sha256(f"{parts.path}?{parts.query}".encode(errors="replace")).hexdigest()
    return f"{name}-{digest[:10]}".lstrip("-")


def _spoken_language(info: Info) -> str:
    """Return the language of the sound, as yt-dlp would have chosen it."""
    formats = [one for one in info.get("formats") or () if isinstance(one, Mapping)]
    spoken = [one for one in formats if one.get("language") and one.get("acodec") != "none"]
    best = max(spoken, key=lambda one: one.get("language_preference") or -1, default={})
    return str(best.get("language") or "")


# --- Subtitles ------------------------------------------------------------------------


def tracks_of(info: Info, *, language: str) -> tuple[tuple[Track, ...], int]:
    """Return the subtitles to read, and how many are left out for there being too many.

    Those that people wrote in every language, a machine's only in the language of the film.
    """
    is_youtube = str(info.get("extractor_key") or "").startswith("Youtube")
    written = [
        _track(label, forms, is_automatic=False, is_youtube=is_youtube)
        for label, forms in _by_label(info.get("subtitles"))
    ]
    written.sort(key=lambda track: _base(track.language) != _base(language))
    heard = list(_by_label(info.get("automatic_captions")))
    original = [pair for pair in heard if pair[0].endswith(_ORIGINAL)]
    if not original:
        own = {language, _base(language)} - {""}
        original = [pair for pair in heard if pair[0] in own][:1]
    automatic = [
        _track(label.removesuffix(_ORIGINAL), forms, is_automatic=True, is_youtube=is_youtube)
        for label, forms in original
    ]
    manual, machine = _each_once(written), _each_once(automatic)
    return (*manual[:MAX_TRACKS], *machine[:1]), max(0, len(manual) - MAX_TRACKS)


def _each_once(tracks: list[Track]) -> list[Track]:
    """Return the first track of each language: a later one would take its place."""
    first: dict[str, Track] = {}
    for track in tracks:
        first.setdefault(track.language or track.label, track)
    return list(first.values())


def _by_label(given: object) -> Iterator[tuple[str, list[Info]]]:
    if not isinstance(given, Mapping):
        return
    for label, forms in given.items():
        found = [one for one in forms or () if isinstance(one, Mapping)]
        if found and label not in _NO_TRACKS:
            yield str(label or ""), found


def _track(label: str, forms: list[Info], *, is_automatic: bool, is_youtube: bool) -> Track:
    language = _language(label, is_youtube=is_youtube)
    readable = sorted(
        (form for form in forms if _ending(form) in _READABLE and _is_whole(form)),
        key=lambda form: _READABLE[_ending(form)],
    )
    if not readable:
        return Track(label, language, is_automatic)
    form = readable[0]
    headers = {str(name): str(value) for name, value in (form.get("http_headers") or {}).items()}
    text = form.get("data")
    if isinstance(text, str) and text:
        return Track(label, language, is_automatic, text=text)
    return Track(label, language, is_automatic, url=str(form.get("url") or ""), headers=headers)


def _ending(form: Info) -> str:
    if form.get("ext"):
        return str(form["ext"]).lower()
    return urlsplit(str(form.get("url") or "")).path.rpartition(".")[2].lower()


def _is_whole(form: Info) -> bool:
    """Tell whether a track is one file, not a list of pieces."""
    return not str(form.get("protocol") or "").startswith(("m3u8", "http_dash"))


def _language(label: str, *, is_youtube: bool) -> str:
    if is_youtube and (named := _NAMED_TRACK.fullmatch(label)):
        label = named[1]
    if label.lower() in {"und", "unknown"}:
        return ""
    try:
        return fields.clean_language("language", label)
    except fields.FieldError:
        return ""


def _base(language: str) -> str:
    return language.partition("-")[0].lower()
