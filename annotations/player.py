"""Where a film is watched: at its own place, or at a copy; and how it is shown from there.

All times on the page are the film's own. Only what a player is handed is shifted.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from catalogue import copies
from catalogue.copies import Place
from catalogue.models import Availability, ChangeField, Video
from catalogue.models.videos import YOUTUBE
from catalogue.records.fields import is_youtube_id

LOST = (Availability.GONE, Availability.PRIVATE)
# The value of `?copy=` that asks for the film's own place.
ORIGINAL = "0"

# What may stand in our policy as a source. A name in other letters is only linked.
_ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?", re.ASCII)


class PlayerKind(StrEnum):
    """How a film can be shown."""

    YOUTUBE = "youtube"
    FILE = "file"
    # A file on another site: it is asked for after a click only.
    REMOTE = "remote"
    LINK = "link"
    # It is no longer at its own place, and no copy plays here.
    LOST = "lost"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Player:
    """How a film is shown, and the address that it plays or leads to.

    `start_ms` is where it starts in its own time, which is the film's plus `shift_ms`.
    """

    kind: PlayerKind
    url: str
    video_id: str = ""
    start_ms: int | None = None
    shift_ms: int = 0

    @property
    def plays_here(self) -> bool:
        """Tell whether it can be watched on this page."""
        return self.kind in {PlayerKind.YOUTUBE, PlayerKind.FILE, PlayerKind.REMOTE}

    @property
    def origin(self) -> str:
        """The other site that a file comes from, as a policy names it; empty for none."""
        if self.kind != PlayerKind.REMOTE:
            return ""
        scheme, _colon, rest = self.url.partition("://")
        return f"{scheme}://{re.split('[/?#]', rest, maxsplit=1)[0]}".lower()

    @property
    def site(self) -> str:
        """The name of the site that is asked, or led to, in words for people."""
        return "YouTube" if self.kind == PlayerKind.YOUTUBE else site_of(self.url)


@dataclass(frozen=True, slots=True)
class Choice:
    """One place in the list of other places, and whether it plays on this page."""

    place: Place
    player: Player

    @property
    def site(self) -> str:
        """Where it is, in words for people."""
        return "YouTube" if self.place.copy.is_youtube else site_of(self.place.url)


@dataclass(frozen=True, slots=True)
class Viewing:
    """What is watched on a page, and why.

    `choice` is the copy that is watched, None for the film at its own place. `is_asked` tells
    that somebody chose. `lost_since` is when the film was first seen to be lost, if it is.
    """

    player: Player
    choices: list[Choice]
    original_site: str
    choice: Choice | None = None
    is_asked: bool = False
    is_lost: bool = False
    lost_since: datetime | None = None

    @property
    def carried(self) -> str:
        """The beginning of a query string that asks for this place again."""
        if not self.is_asked:
            return ""
        return f"copy={self.choice.place.copy.pk if self.choice else ORIGINAL}&"


def viewing_of(video: Video, start_ms: int | None, asked: str = "") -> Viewing:
    """Return where a film is watched from a moment on; `asked` is the number of a copy.

    Without one: at its own place; if that is lost, or nobody knows it, the first copy that
    plays here and is not known to be lost itself. Two queries at most, three of a lost film.
    """
    choices = [Choice(place, _player_of_copy(place, start_ms)) for place in copies.places_of(video)]
    own = player_of(video, start_ms)
    is_lost = video.availability in LOST
    chosen = next((one for one in choices if str(one.place.copy.pk) == asked), None)
    is_asked = chosen is not None or asked == ORIGINAL
    if not is_asked and (is_lost or own.kind == PlayerKind.NONE):
        chosen = _first_that_plays(choices)
    if chosen:
        player = chosen.player
    else:
        player = own if is_asked or not is_lost else Player(PlayerKind.LOST, own.url)
    return Viewing(
        player,
        choices,
        own.site or video.platform,
        chosen,
        is_asked=is_asked,
        is_lost=is_lost,
        lost_since=_lost_since(video) if is_lost else None,
    )


def _first_that_plays(choices: Iterable[Choice]) -> Choice | None:
    return next(
        (one for one in choices if one.player.plays_here and one.place.availability not in LOST),
        None,
    )


def _lost_since(video: Video) -> datetime | None:
    """Return when the film was seen to become what it is. One query."""
    seen = video.changes.filter(field=ChangeField.AVAILABILITY, new=video.availability)
    return seen.order_by("-observed_at").values_list("observed_at", flat=True).first()


def player_of(video: Video, start_ms: int | None) -> Player:
    """Return how a film can be shown at its own place, from a moment on.

    A file plays here only if it is ours: no other site learns of a visit unasked.
    """
    return (
        _youtube(video.platform, video.platform_id, start_ms)
        or _file(video.media_url, start_ms)
        or _link(page_of(video), start_ms)
    )


def _player_of_copy(place: Place, film_ms: int | None) -> Player:
    """Return how a copy can be shown from a moment of the film on. It starts with the film."""
    copy = place.copy
    start_ms = max(0, (film_ms or 0) + copy.offset_ms) or None
    media_url = copy.media_url or (place.film.media_url if place.film else "")
    return (
        _youtube(copy.platform, copy.platform_id, start_ms, copy.offset_ms)
        or _file(media_url, start_ms, copy.offset_ms)
        or _remote(media_url, start_ms, copy.offset_ms)
        or _link(_browsable(place.url, media_url), start_ms, copy.offset_ms)
    )


def _youtube(
    platform: str, platform_id: str, start_ms: int | None, shift_ms: int = 0
) -> Player | None:
    if platform != YOUTUBE or not is_youtube_id(platform_id):
        return None
    start = f"&t={start_ms // 1000}s" if start_ms else ""
    url = f"https://www.youtube.com/watch?v={platform_id}{start}"
    return Player(PlayerKind.YOUTUBE, url, platform_id, start_ms, shift_ms)


def _file(media_url: str, start_ms: int | None, shift_ms: int = 0) -> Player | None:
    if not media_url.startswith("/") or media_url.startswith("//"):
        return None
    return Player(
        PlayerKind.FILE, _from_moment(media_url, start_ms), start_ms=start_ms, shift_ms=shift_ms
    )


def _remote(media_url: str, start_ms: int | None, shift_ms: int) -> Player | None:
    player = Player(
        PlayerKind.REMOTE, _from_moment(media_url, start_ms), start_ms=start_ms, shift_ms=shift_ms
    )
    return player if _ORIGIN.fullmatch(player.origin) else None


def _link(url: str, start_ms: int | None, shift_ms: int = 0) -> Player:
    kind = PlayerKind.LINK if url else PlayerKind.NONE
    return Player(kind, url, start_ms=start_ms, shift_ms=shift_ms)


def _from_moment(url: str, start_ms: int | None) -> str:
    return f"{url.partition('#')[0]}#t={start_ms / 1000:g}" if start_ms else url


def page_of(video: Video) -> str:
    """Return where the film can be seen elsewhere, empty if a browser could not go there."""
    return _browsable(video.page_url, video.media_url)


def _browsable(*addresses: str) -> str:
    return next((url for url in addresses if url.startswith(("https://", "http://"))), "")


def site_of(url: str) -> str:
    """Return the host of an address as people name it; empty for one of ours."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        # A record may hold an address that leads nowhere.
        return ""
