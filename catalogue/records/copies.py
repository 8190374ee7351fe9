"""Where a copy of a film can be seen, read out of what somebody pasted. Pure."""

import contextlib
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from catalogue.records import fields
from catalogue.records.said import said
from catalogue.records.targets import TargetError, TargetKind, is_youtube_host, parse_target

# What browsers play from a file.
_MEDIA = (".mp4", ".m4v", ".webm", ".ogv")
_KEY = re.compile(r"([A-Za-z0-9][\w-]{0,31}):([^/?#%\\\s]+)", re.ASCII)
_OUR_PAGE = re.compile(r"/videos/([^/]+)/([^/]+)/")
# Platforms whose addresses tell the id under which records know a video (yt-dlp's ids).
_KNOWN = (
    (re.compile(r"(?:www\.)?vimeo\.com"), re.compile(r"/(?:channels/[\w-]+/)?(\d+)"), "vimeo"),
    (re.compile(r"player\.vimeo\.com"), re.compile(r"/video/(\d+)"), "vimeo"),
    (re.compile(r"(?:www\.)?dailymotion\.com"), re.compile(r"/video/(\w+)"), "dailymotion"),
    (re.compile(r"dai\.ly"), re.compile(r"/(\w+)"), "dailymotion"),
    (re.compile(r"(?:www\.)?archive\.org"), re.compile(r"/(?:details|embed)/([^/]+)"), "archiveorg")
)  # fmt: skip
_WRONG = said("write an address such as https://example.org/film, or a YouTube address or id")


@dataclass(frozen=True, slots=True)
class CopyPlace:
    """One place where a film can be seen.

    `platform` and `platform_id` are empty where the address does not tell them; `url` is
    empty where only they are known. `media_url` is a file that a browser plays.
    """

    platform: str = ""
    platform_id: str = ""
    url: str = ""
    media_url: str = ""

    @property
    def mark(self) -> str:
        """A fingerprint, the same for all spellings of one place; 64 characters."""
        identity = f"{self.platform}:{self.platform_id}"
        return hashlib.sha256(
            (identity if self.platform else _in_one_spelling(self.url or self.media_url)).encode()
        ).hexdigest()


def parse_place(text: str, *, site: str = "") -> CopyPlace:
    """Return the place that a text names: an address, a YouTube id, a key `platform:id`.

    `site` is our own host: the address of a film's page there names that film. Raises
    FieldError (address) with the reason.
    """
    text = text.strip()
    if not text:
        raise fields.FieldError("address", _WRONG)
    fields.refuse_unstorable("address", text)
    if fields.is_youtube_id(text):
        return _youtube(text)
    host, slash, _path = text.removeprefix("//").partition("/")
    if slash and is_youtube_host(host):
        text = f"https://{text.removeprefix('//')}"
    if key := _KEY.fullmatch(text):
        return _identified(key[1], key[2])
    return _at_address(clean_address("address", text), site.lower())


def clean_address(field: str, text: str) -> str:
    """Return an address that a browser can go to, its scheme in small letters; empty for none.

    Raises FieldError.
    """
    fields.refuse_unstorable(field, text)
    try:
        url = fields.clean_url(field, text)
        urlsplit(url).port  # noqa: B018 (raises for a port that is none)
    except (fields.FieldError, ValueError) as error:
        is_long = len(text) > fields.MAX_URL_LENGTH
        reason = getattr(error, "reason", _WRONG) if is_long else _WRONG
        raise fields.FieldError(field, reason) from None
    scheme, colon, rest = url.partition(":")
    return f"{scheme.lower()}{colon}{rest}" if colon and not url.startswith("/") else url


def _at_address(url: str, site: str) -> CopyPlace:
    parts = urlsplit(url)
    host, path = (parts.hostname or ""), parts.path
    if is_youtube_host(host):
        return _youtube(_youtube_id(url))
    if parts.netloc.lower() == site and (page := _OUR_PAGE.fullmatch(path)):
        return _identified(unquote(page[1]), unquote(page[2]))
    media_url = url if path.lower().endswith(_MEDIA) else ""
    for on_host, at_path, platform in _KNOWN:
        found = at_path.fullmatch(path.rstrip("/")) if on_host.fullmatch(host) else None
        if found:
            platform_id = fields.clean_platform_id("address", unquote(found[1]), platform=platform)
            return CopyPlace(platform, platform_id, url)
    return CopyPlace(url=url, media_url=media_url)


def _youtube_id(url: str) -> str:
    with contextlib.suppress(TargetError):
        target = parse_target(url)
        if target.kind == TargetKind.VIDEO:
            return target.platform_id
    reason = said("this address of YouTube leads to no single video")
    raise fields.FieldError("address", reason)


def _youtube(platform_id: str) -> CopyPlace:
    return CopyPlace("youtube", platform_id, url=f"https://www.youtube.com/watch?v={platform_id}")


def _identified(platform: str, platform_id: str) -> CopyPlace:
    platform = fields.clean_platform("address", platform)
    platform_id = fields.clean_platform_id("address", platform_id, platform=platform)
    if not platform or not platform_id:
        raise fields.FieldError("address", _WRONG)
    return _youtube(platform_id) if platform == "youtube" else CopyPlace(platform, platform_id)


def _in_one_spelling(url: str) -> str:
    """Return an address without what does not tell it from another: scheme, www, an end's slash."""
    try:
        parts = urlsplit(url)
        number = parts.port
    except ValueError:
        # A record may hold an address that leads nowhere.
        return url
    host = (parts.hostname or "").removeprefix("www.")
    standard = {"http": 80, "https": 443}.get(parts.scheme.lower())
    port = f":{number}" if number not in {None, standard} else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"
