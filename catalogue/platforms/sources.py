"""What an address leads to: one film with its subtitles, or a list of films."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalogue.platforms import ytdlp
from catalogue.platforms.connections import is_web
from catalogue.platforms.documents import (
    Entry,
    Film,
    Track,
    film_of,
    flat_entry,
    list_of,
    page_of,
    waiting_entry,
)
from catalogue.platforms.feeds import read_atom
from catalogue.platforms.observation import Failure, FailureKind
from catalogue.platforms.ytdlp import Conversation, UnansweredError
from catalogue.records.said import said, said_many
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES

# A short link, a redirect, an article, the player in it.
MAX_HOPS = 5
MAX_ENTRIES = 5_000
# A channel of YouTube holds a list for each of its tabs.
MAX_NESTING = 3
# Thirty films a page: five thousand are 170 questions. A worker has four minutes in all.
LIST_SECONDS = 120.0
MAX_FEED_BYTES = 10_000_000
LIST_BYTES = 200_000_000

_MANY = Failure(FailureKind.MALFORMED, said("the page shows no single video"))

_LISTS = frozenset({"playlist", "multi_video", "compat_list"})
_POINTERS = frozenset({"url", "url_transparent"})
_NOTHING_THERE = frozenset(
    {FailureKind.GONE, FailureKind.TERMINATED_CHANNEL, FailureKind.MALFORMED}
)

Info = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of films, in three parts by what it says of them.

    `document` is its info.json with the entries that tell which film they are, `flat` what
    these say. `films` stand on the page of the list itself; of the `waiting` no more is known
    than their pages. `cut` says why there may be more, if there may.
    """

    url: str
    title: str
    document: bytes
    flat: tuple[Info, ...] = ()
    films: tuple[Film, ...] = ()
    waiting: tuple[Entry, ...] = ()
    cut: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether no film is in it at all."""
        return not (self.flat or self.films or self.waiting)


@contextmanager
def talking(*, timeout_s: float, allow_private: bool) -> Iterator[Conversation]:
    """Hold a conversation while the block runs."""
    with closing(ytdlp.talk(timeout_s=timeout_s, allow_private=allow_private)) as talk:
        yield talk


def find(
    talk: Conversation,
    url: str,
    *,
    said: Info | None = None,
    most: int = MAX_ENTRIES,
    each: int | None = None,
) -> Film | Listing | Failure:
    """Ask what an address leads to. Uses the network; of a list all pages, within bounds.

    `said` is what a list has said of the film there, and stands for what its page says. `most`
    films of a list are read, and of each list in it the first `each`.
    """
    talk.renew()
    try:
        try:
            info = _follow(talk, url, said or {})
        except UnansweredError as error:
            if (feed := _find_atom(talk, url, error.failure)) is None:
                raise
            info = feed
        if info.get("_type") in _LISTS:
            return _read_list(talk, info, most=most, each=each)
        if failure := talk.find_unseen(info):
            return failure
    except UnansweredError as error:
        return error.failure
    return film_of(info, at=datetime.now(UTC))


def find_film(talk: Conversation, url: str, *, said: Info | None = None) -> Film | Failure:
    """Ask for one film; a list is taken for it if it holds just one."""
    found = find(talk, url, said=said, most=2)
    if not isinstance(found, Listing):
        return found
    if len(found.films) == 1 and not found.waiting:
        return found.films[0]
    return _MANY


def read_track(talk: Conversation, track: Track) -> bytes | Failure:
    """Return the bytes of subtitles, one more than are read at most. Uses the network."""
    if track.text:
        return track.text.encode()
    if not track.url:
        reason = said("they come in no form that is read (WebVTT, SRT)")
        return Failure(FailureKind.MALFORMED, reason)
    try:
        return talk.read(track.url, headers=track.headers, max_bytes=MAX_SUBTITLES_BYTES)
    except UnansweredError as error:
        return error.failure


# --- Finding --------------------------------------------------------------------------


def _follow(talk: Conversation, url: str, known: Info) -> dict[str, Any]:
    """Return the film or the list that an address leads to, over pages that only point at it."""
    extractor, page = "", url
    for hop in range(MAX_HOPS):
        info = talk.ask(url, extractor, is_pointed=hop > 0)
        page = url if is_web(url) else page
        if not is_web(str(info.get("webpage_url") or "")):
            # Nobody can go to a short form of yt-dlp's.
            info["webpage_url"] = page
        kind = info.get("_type", "video")
        if kind == "multi_video" and info.get("title"):
            # One film that the site cuts into pieces.
            info["_type"] = kind = "video"
        if kind not in _POINTERS:
            return info if kind in _LISTS else {**info, **known}
        target = str(info.get("url") or "")
        key = str(info.get("ie_key") or "")
        if kind == "url_transparent":
            if info.get("title") and not key:
                # It describes its film itself, and points at the stream.
                return {**info, **known, "_type": "video"}
            kept = {"_type", "url", "ie_key", "id", "extractor", "extractor_key", "webpage_url"}
            outer = {k: v for k, v in info.items() if v is not None and k not in kept}
            known = {**outer, **known}
        elif info.get("extractor_key") == "Youtube" and key == "Youtube" and not info.get("title"):
            # A paid film's page leads to its trailer, which is another video.
            break
        url, extractor = target, key
    raise UnansweredError(Failure(FailureKind.MALFORMED, said("the page leads to no video")))


def _find_atom(talk: Conversation, url: str, failure: Failure) -> dict[str, Any] | None:
    """Return the Atom feed at an address on which yt-dlp found nothing, if it is one."""
    if failure.kind != FailureKind.MALFORMED:
        return None
    try:
        return read_atom(talk.read(url, headers={}, max_bytes=MAX_FEED_BYTES), url)
    except UnansweredError:
        return None


def _read_list(talk: Conversation, info: dict[str, Any], *, most: int, each: int | None) -> Listing:
    reader = _Reader(talk, most, each)
    talk.renew(seconds=LIST_SECONDS, max_bytes=LIST_BYTES)
    try:
        reader.read(info, depth=0)
    except UnansweredError as error:
        if not reader.count:
            raise
        reader.cut = said_many(
            "after {count:,} film: {reason}",
            "after {count:,} films: {reason}",
            count=reader.count,
            reason=error.failure.reason,
        )
    return Listing(
        url=page_of(info),
        title=" ".join(str(info.get("title") or "").split())[:300],
        document=list_of(info, reader.flat, at=reader.at),
        flat=tuple(reader.flat),
        films=tuple(reader.films),
        waiting=tuple(reader.waiting.values()),
        cut=reader.cut,
    )


class _Reader:
    """Takes the entries of a list, and of the lists in it, as they come."""

    def __init__(self, talk: Conversation, most: int, each: int | None) -> None:
        self._talk = talk
        self._most = most
        self._each = each
        self._seen: set[str] = set()
        self.at = datetime.now(UTC)
        self.flat: list[dict[str, Any]] = []
        self.films: list[Film] = []
        self.waiting: dict[str, Entry] = {}
        self.cut = ""

    @property
    def count(self) -> int:
        return len(self.flat) + len(self.films) + len(self.waiting)

    def read(self, info: Info, *, depth: int) -> None:
        before = self.count
        for entry in self._talk.entries(info):
            if self._each is not None and self.count - before >= self._each and not _is_list(entry):
                return
            if self.count >= self._most:
                self.cut = said(
                    "only the first {most:,} films of the list are read", most=self._most
                )
                return
            if _is_list(entry):
                if depth < MAX_NESTING:
                    self._read_inner(entry, depth=depth + 1)
            else:
                self._take(entry, info)
            if self.cut:
                return

    def _read_inner(self, entry: Info, *, depth: int) -> None:
        if entry.get("_type") in _LISTS:
            self.read(entry, depth=depth)
            return
        try:
            inner = self._talk.ask(
                str(entry.get("url") or ""), str(entry.get("ie_key") or ""), is_pointed=True
            )
        except UnansweredError as error:
            if error.failure.kind in _NOTHING_THERE:
                # A tab that is empty, or went away meanwhile.
                return
            raise
        if inner.get("_type") in _LISTS:
            self.read(inner, depth=depth)
        else:
            self._take(inner, entry)

    def _take(self, entry: Info, around: Info) -> None:
        if entry.get("_type", "video") not in _POINTERS:
            whole = {"extractor": "generic", "extractor_key": "Generic", **entry}
            if whole["extractor_key"] == "HTML5MediaEmbed":
                whole |= {"extractor": "generic", "extractor_key": "Generic"}
            whole.setdefault("webpage_url", page_of(around))
            self.films.append(film_of(whole, at=self.at))
        elif flat := flat_entry(entry):
            if (key := f"{flat.get('ie_key')} {flat['id']}") not in self._seen:
                self._seen.add(key)
                self.flat.append(_with_channel(flat, around))
        elif found := waiting_entry(entry):
            self.waiting.setdefault(found.url, found)


def _is_list(entry: Info) -> bool:
    if entry.get("_type") in _LISTS:
        return True
    key = str(entry.get("ie_key") or "").lower()
    return key.endswith(("tab", "playlist", "channel", "user", "show", "season", "series"))


def _with_channel(entry: dict[str, Any], around: Info) -> dict[str, Any]:
    """Return an entry of a channel's own tab with the channel, which its list knows alone.

    The list that is written has no tabs any more; its reader looks at the page of the list.
    """
    page = page_of(around)
    is_own = "/playlist" not in page and str(around.get("extractor_key") or "") == "YoutubeTab"
    if not is_own or entry.get("channel") or entry.get("uploader"):
        return entry
    channel = around.get("channel") or around.get("uploader")
    return {**entry, "channel": channel, "channel_id": around.get("channel_id")}
