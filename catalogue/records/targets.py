"""What a pasted text means: one film, a list of films, a channel, or any page.

People paste what they have: an address out of the browser with all that was hung onto it,
a shared short link, the code of an embedded player, a picture's address, or a bare id.
"""

import enum
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urljoin, urlsplit

from catalogue.records import fields
from catalogue.records.said import said

MAX_TARGET_LENGTH = 2_000
MAX_TARGETS = 20
# Behind this sign yt-dlp takes orders.
YTDLP_ORDERS = "#__youtubedl_smuggle"
# An address may carry another one, which may again: a redirect of a redirect.
_MAX_WRAPS = 3

SITE = "https://www.youtube.com"
_HOSTS = re.compile(r"(?:[\w-]+\.)*(?:youtube\.com|youtube-nocookie\.com|youtubekids\.com)")
_SHORT_HOSTS = frozenset({"youtu.be", "www.youtu.be"})
_PICTURE_HOSTS = re.compile(r"(?:i\d*\.ytimg\.com|img\.youtube\.com)")
_WITH_ID = frozenset({"shorts", "live", "embed", "v", "e", "vi", "watch"})
_TABS = frozenset({"videos", "shorts", "streams"})
# Pages of YouTube with a name that could be a channel's.
_RESERVED = frozenset([
    "feed", "results", "hashtag", "gaming", "premium", "account", "about", "t", "howyoutubeworks",
    "clip", "post", "source", "trending", "music", "kids", "ads", "creators", "new", "upload",
    "signin", "logout", "playlists", "library", "history", "s", "api", "iframe_api", "player",
])  # fmt: skip
_PRIVATE_LISTS = {
    # Translators: lists of YouTube's, as it calls them itself
    "WL": said("Watch later"),
    "LL": said("Liked videos"),
    "HL": said("History"),
    "LM": said("Liked music"),
}

_CHANNEL_ID = re.compile(r"UC[\w-]{22}", re.ASCII)
# Lists made by people, by an upload (of all, of films, of shorts, of streams), and albums.
_LIST_ID = re.compile(
    r"(?:PL|FL|EC|SP)[\w-]{16,40}|UU(?:LF|SH|LV|MO)?[\w-]{22}|OLAK5uy_[\w-]{33}|RDCLAK5uy_[\w-]{33}",
    re.ASCII,
)
_LOOKS_LIKE_LIST = re.compile(r"(?:PL|UU|OLAK)[\w-]{8,}", re.ASCII)
_HANDLE = re.compile(r"@[\w.·-]{1,100}")
_NAME = re.compile(r"[\w.-]{1,100}")
_ENDS_ID = re.compile(r"[?&#/\s]")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d{1,5}(?:[/?#]|$))")
_HOST_AND_MORE = re.compile(r"[^\s/?#@:]+\.[^\s/?#@:.]{2,}(?::\d{1,5})?(?:[/?#]\S*)?", re.UNICODE)
_FRAME = re.compile(
    r"<(?:iframe|embed)\b[^>]*?\ssrc\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)[^>]*>", re.I
)
_CLOSING = re.compile(r"</(?:iframe|embed)>", re.I)
_INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u2060\u202a-\u202e\u2066-\u2069]")
# What stands around an address in prose, and what only does in pairs.
_AROUND = "<>\"'“”‘’«»,;. \t"  # noqa: RUF001
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"))
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_[ce]id"
    r"|_hsenc|_hsmi|mkt_tok|vero_id|oly_(?:enc|anon)_id|_ga|_gl|srsltid|mtm_\w+|__twitter_impression",
    re.I,
)
_YOUTUBE_TRACKING = frozenset({"si", "feature", "pp", "app", "ab_channel", "persist_app"})


class TargetKind(enum.StrEnum):
    """What an address leads to, as far as it tells by itself."""

    VIDEO = "video"
    PLAYLIST = "playlist"
    CHANNEL = "channel"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Target:
    """Something to fetch. `url` is clean: what was hung on to follow people is gone.

    `platform` and `platform_id` are known of YouTube's films, lists and channels by id.
    """

    kind: TargetKind
    url: str
    platform: str = ""
    platform_id: str = ""


class TargetError(ValueError):
    """A text that names nothing to fetch, and why, for a person to read."""

    @property
    def reason(self) -> str:
        """Why it was refused."""
        return str(self)


def parse_target(text: str) -> Target:
    """Return what one pasted text means. Asks nobody. Raises TargetError."""
    return _parse(_bare(text), wraps=0)


def is_youtube_host(host: str) -> bool:
    """Tell whether a host is one of those under which YouTube shows its films."""
    host = host.rstrip(".").lower()
    return host in _SHORT_HOSTS or _HOSTS.fullmatch(host) is not None


def is_tracking(name: str, host: str) -> bool:
    """Tell whether a part of an address only follows people, by its name in the query."""
    return _TRACKING.fullmatch(name) is not None or (
        name in _YOUTUBE_TRACKING and is_youtube_host(host)
    )


def split_targets(text: str) -> list[str]:
    """Return the texts of a paste, one for each target: lines, or addresses side by side."""
    text = _FRAME.sub(lambda found: f"\n{html.unescape(found[1].strip(_AROUND))}\n", text)
    found: list[str] = []
    for line in _CLOSING.sub("\n", text).splitlines():
        words = line.split()
        is_several = len(words) > 1 and all(_SCHEME.match(word.strip(_AROUND)) for word in words)
        found += words if is_several else [line]
    return [one for one in map(_bare, found) if one]


def _bare(text: str) -> str:
    """Return a text without what stands around an address in prose."""
    if frame := _FRAME.search(text):
        text = html.unescape(frame[1])
    text = _INVISIBLE.sub("", text).strip()
    before = None
    while text != before:
        before, text = text, text.strip(_AROUND)
        for opening, closing in _PAIRS:
            if text.startswith(opening) and not text.startswith("[::"):
                text = text[1:]
            elif text.endswith(closing) and text.count(opening) < text.count(closing):
                text = text[:-1]
    return text


def _parse(text: str, *, wraps: int) -> Target:
    if not text:
        raise TargetError(said("There is nothing in it."))
    if len(text) > MAX_TARGET_LENGTH:
        raise TargetError(
            said(
                "{count:,} characters are too many for an address; {most:,} are allowed.",
                count=len(text),
                most=MAX_TARGET_LENGTH,
            )
        )
    if not text.isprintable():
        raise TargetError(said("There are control characters in it."))
    if found := _find_bare(text):
        return found
    parts = _split(text)
    host = (parts.hostname or "").rstrip(".")
    if host in _SHORT_HOSTS:
        return _video(_first(parts))
    if _PICTURE_HOSTS.fullmatch(host):
        return _of_picture(parts)
    if _HOSTS.fullmatch(host):
        return _of_youtube(parts, wraps=wraps)
    return _page(parts)


# --- Texts that are no address --------------------------------------------------------


def _find_bare(text: str) -> Target | None:
    """Return what a bare id or handle means; None if the text is an address."""
    if text.startswith("@"):
        name, _slash, tab = text.partition("/")
        if not _HANDLE.fullmatch(name):
            raise TargetError(said("“{value}” is no handle of a channel.", value=fields.show(text)))
        return _channel(f"/{name}", tab)
    if _CHANNEL_ID.fullmatch(text):
        return _channel(f"/channel/{text}", "", text)
    if _LIST_ID.fullmatch(text):
        return _list(text)
    if fields.is_youtube_id(text):
        return _video(text)
    if text.startswith("//") or _SCHEME.match(text) or _HOST_AND_MORE.fullmatch(text):
        return None
    if _LOOKS_LIKE_LIST.fullmatch(text) or re.fullmatch(r"UC[\w-]{10,}", text, re.ASCII):
        raise TargetError(
            said(
                "“{value}” is not as long as an id of a list or channel is.",
                value=fields.show(text),
            )
        )
    if re.fullmatch(r"[\w-]+", text, re.ASCII):
        raise TargetError(
            said(
                "“{value}” is no address, and no id of a YouTube video either: that has 11 "
                "characters, this has {count:d}.",
                value=fields.show(text),
                count=len(text),
            )
        )
    raise TargetError(
        said("“{value}” is no address. One begins with https://", value=fields.show(text))
    )


def _split(text: str) -> SplitResult:
    """Return the parts of a web address, with the scheme it lacks. Raises TargetError."""
    if text.startswith("//"):
        text = f"https:{text}"
    elif not (found := _SCHEME.match(text)):
        text = f"https://{text}"
    elif found[1].lower() not in {"http", "https"}:
        raise TargetError(
            said("Only http and https are fetched, not “{value}”.", value=fields.show(found[1]))
        )
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise TargetError(
            said("“{value}” is no address that can be read.", value=fields.show(text))
        ) from None
    if "@" in parts.netloc:
        raise TargetError(
            said("The address holds a user name. Nobody is signed in anywhere for it.")
        )
    if not host:
        raise TargetError(said("The address names no site."))
    return parts


# --- YouTube --------------------------------------------------------------------------


def _of_youtube(parts: SplitResult, *, wraps: int) -> Target:
    path = [unquote(part) for part in parts.path.split("/") if part]
    query = dict(reversed(parse_qsl(parts.query, keep_blank_values=True)))
    head = path[0].lower() if path else ""
    if inner := _find_inner(head, query, parts):
        if wraps == _MAX_WRAPS:
            raise TargetError(said("It is an address in an address in an address."))
        return _parse(_bare(inner), wraps=wraps + 1)
    is_series = head == "embed" and path[1:2] == ["videoseries"]
    if is_series or head in {"playlist", "show"}:
        return _list(query.get("list") or (path[1] if len(path) > 1 else ""))
    if head in _WITH_ID and len(path) > 1:
        return _video(path[1])
    if "v" in query:
        return _video(query["v"])
    if head in _WITH_ID:
        if not query.get("list"):
            raise TargetError(said("The address names no video: there is no v= in it."))
        return _list(query["list"])
    return _of_feed(query) if head == "feeds" else _of_channel(path, parts)


def _find_inner(head: str, query: Mapping[str, str], parts: SplitResult) -> str:
    """Return the address that another one carries, empty if it carries none."""
    names = {"attribution_link": ("u", "a"), "redirect": ("q", "url"), "oembed": ("url",),
             "m": ("continue",), "signin": ("next", "continue")}  # fmt: skip
    found = next((query[name] for name in names.get(head, ()) if query.get(name)), "")
    if not found or (head == "m" and "consent" not in parts.netloc):
        return ""
    try:
        return urljoin(f"{SITE}/", found)
    except ValueError:
        raise TargetError(
            said("“{value}” is no address that can be read.", value=fields.show(found))
        ) from None


def _of_feed(query: Mapping[str, str]) -> Target:
    if channel := query.get("channel_id"):
        if not _CHANNEL_ID.fullmatch(channel):
            raise TargetError(said("“{value}” is no id of a channel.", value=fields.show(channel)))
        return _channel(f"/channel/{channel}", "", channel)
    if listed := query.get("playlist_id"):
        return _list(listed)
    if user := query.get("user"):
        return _of_channel(["user", user], None)
    raise TargetError(said("The address of this feed names no channel and no list."))


def _of_channel(path: list[str], parts: SplitResult | None) -> Target:
    head = path[0] if path else ""
    tab = path[-1] if len(path) > 1 else ""
    if head.startswith("@"):
        if not _HANDLE.fullmatch(head):
            raise TargetError(said("“{value}” is no handle of a channel.", value=fields.show(head)))
        return _channel(f"/{head}", tab)
    if head.lower() == "channel" and len(path) > 1:
        if not _CHANNEL_ID.fullmatch(path[1]):
            raise TargetError(
                said(
                    "“{value}” is no id of a channel: that is UC and 22 characters.",
                    value=fields.show(path[1]),
                )
            )
        return _channel(f"/channel/{path[1]}", tab, path[1])
    if head.lower() in {"c", "user"} and len(path) > 1:
        if not _NAME.fullmatch(path[1]):
            raise TargetError(
                said("“{value}” is no name of a channel.", value=fields.show(path[1]))
            )
        return _channel(f"/{head.lower()}/{path[1]}", tab)
    if head and head.lower() not in _RESERVED and _NAME.fullmatch(head):
        return _channel(f"/{head}", tab)
    if parts is not None and head.lower() in {"clip", "hashtag"} and len(path) > 1:
        return _page(parts)
    raise TargetError(said("This page of YouTube names no video, no list and no channel."))


def _of_picture(parts: SplitResult) -> Target:
    path = parts.path.split("/")
    if len(path) > 2 and path[1] in {"vi", "vi_webp", "an", "an_webp", "sb"}:
        return _video(path[2])
    raise TargetError(said("This is a picture of no video."))


def _first(parts: SplitResult) -> str:
    return unquote(parts.path).strip("/").partition("/")[0]


def _video(given: str) -> Target:
    platform_id = _ENDS_ID.split(given.strip(), maxsplit=1)[0]
    if not platform_id:
        raise TargetError(said("The address names no video."))
    if not fields.is_youtube_id(platform_id):
        raise TargetError(
            said(
                "“{value}” is no id of a YouTube video: that has 11 characters, this has "
                "{count:d}.",
                value=fields.show(platform_id),
                count=len(platform_id),
            )
            if len(platform_id) != 11
            else said("“{value}” is no id of a YouTube video.", value=fields.show(platform_id))
        )
    return Target(TargetKind.VIDEO, f"{SITE}/watch?v={platform_id}", "youtube", platform_id)


def _list(given: str) -> Target:
    list_id = _ENDS_ID.split(given.strip(), maxsplit=1)[0]
    # Lists were once shown with VL before their id.
    list_id = list_id.removeprefix("VL")
    if name := _PRIVATE_LISTS.get(list_id):
        raise TargetError(said("“{fact}” is a list that only its owner can see.", fact=name))
    if list_id.startswith("RD") and not _LIST_ID.fullmatch(list_id):
        raise TargetError(
            said("A mix is made up anew for everyone who looks. Paste a video or a list.")
        )
    if not list_id:
        raise TargetError(said("The address names no list: there is no list= in it."))
    if not _LIST_ID.fullmatch(list_id):
        raise TargetError(said("“{value}” is no id of a YouTube list.", value=fields.show(list_id)))
    return Target(TargetKind.PLAYLIST, f"{SITE}/playlist?list={list_id}", "youtube", list_id)


def _channel(path: str, tab: str, platform_id: str = "") -> Target:
    tail = f"/{tab.lower()}" if tab.lower() in _TABS else ""
    return Target(TargetKind.CHANNEL, f"{SITE}{path}{tail}", "youtube", platform_id)


# --- Any page -------------------------------------------------------------------------


def _page(parts: SplitResult) -> Target:
    pairs = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not is_tracking(name, parts.hostname or "")
    ]
    kept = parts.query
    if len(pairs) < len(parse_qsl(parts.query, keep_blank_values=True)):
        kept = urlencode(pairs)
    # Some sites name their page behind the sign that others only scroll by. Orders are not for
    # strangers to give.
    is_page = parts.fragment.startswith(("!", "/")) and YTDLP_ORDERS not in parts.fragment
    fragment = parts.fragment if is_page else ""
    clean = parts._replace(
        scheme=parts.scheme.lower(),
        netloc=parts.netloc.lower(),
        path=parts.path or "/",
        query=kept,
        fragment=fragment,
    ).geturl()
    try:
        return Target(TargetKind.PAGE, fields.clean_url("url", clean))
    except fields.FieldError:
        raise TargetError(
            said("“{value}” is no address that can be read.", value=fields.show(clean))
        ) from None
