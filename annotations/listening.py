"""What a page needs to hear at once of what happens on it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from annotations import presence
from annotations.live import Topic
from catalogue.addresses import address


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to hear of a topic: from the live service at `url` if there is one, else by asking.

    `since` is from when on something is new to the page, as an id of the stream. `origin` has
    to be let in by the page's policy of content. `ticket` tells who listens; `asks_here` is
    where a page asks who else is there, `leaves` where it says that it is gone.
    """

    url: str
    origin: str
    since: int
    ticket: str
    asks: str
    asks_here: str
    leaves: str


def this_moment() -> int:
    """Return this moment as an id of a stream: take it before anything of a page is read."""
    return int(timezone.now().timestamp() * 1000)


def listening_of(
    request: HttpRequest, topic: Topic, *, since: int, asks: str, asks_here: str
) -> Listening:
    """Return how a page hears of its topic; `asks` is the address it asks otherwise."""
    origin = origin_of(request)
    return Listening(
        url=f"{origin}/live/{topic.kind}/{topic.number}" if origin else "",
        origin=origin,
        since=since,
        ticket=ticket_of(request, topic),
        asks=asks,
        asks_here=asks_here,
        leaves=address("annotations:here-leave"),
    )


def ticket_of(request: HttpRequest, topic: Topic) -> str:
    """Return a ticket for whoever asks, who may read the page."""
    return presence.ticket_for(request.user, topic, request.session.session_key or "")


def origin_of(request: HttpRequest) -> str:
    """Return where the live service is for whoever asks; empty if there is none."""
    if settings.LIVE_URL:
        return str(settings.LIVE_URL)
    if settings.LIVE_PORT:
        host = urlsplit(f"//{request.get_host()}").hostname or ""
        return f"{request.scheme}://{f'[{host}]' if ':' in host else host}:{settings.LIVE_PORT}"
    return ""
