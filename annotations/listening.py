"""What a page needs to hear at once of what happens on it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from annotations import presence
from annotations.live import Topic


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to hear of a topic: from the live service at `url` if there is one, else by asking.

    `since` is when the page was made, as an id of the stream. `origin` has to be let in by
    the page's policy of content. `ticket` tells the service who listens; `asks_here` is where
    a page asks who else is there.
    """

    url: str
    origin: str
    since: int
    ticket: str
    asks: str
    asks_here: str


def listening_of(request: HttpRequest, topic: Topic, *, asks: str, asks_here: str) -> Listening:
    """Return how a page hears of its topic; `asks` is the address it asks otherwise."""
    origin = origin_of(request)
    return Listening(
        url=f"{origin}/live/{topic.kind}/{topic.number}" if origin else "",
        origin=origin,
        since=int(timezone.now().timestamp() * 1000),
        ticket=presence.ticket_for(request.user, topic) if origin else "",
        asks=asks,
        asks_here=asks_here,
    )


def origin_of(request: HttpRequest) -> str:
    """Return where the live service is for whoever asks; empty if there is none."""
    if settings.LIVE_URL:
        return str(settings.LIVE_URL)
    if settings.LIVE_PORT:
        host = urlsplit(f"//{request.get_host()}").hostname or ""
        return f"{request.scheme}://{f'[{host}]' if ':' in host else host}:{settings.LIVE_PORT}"
    return ""
