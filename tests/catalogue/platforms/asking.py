"""Asks the gateway to YouTube's API, where a server on loopback plays it."""

from typing import Any

from catalogue.platforms import Failure, Observation
from catalogue.platforms.gateways import Asked, Gateway
from catalogue.platforms.youtube_api import YouTubeApi
from tests import youtube_api_server as server
from tests.youtube_api_server import YouTube

RIVER, OTTERS, HERONS = "river-00001", "otters-0001", "herons-0001"


def gateway_to(youtube: YouTube, key: str = server.KEY, **keywords: Any) -> YouTubeApi:
    return YouTubeApi(key, url=youtube.url, allow_private=True, **keywords)


def asked(*platform_ids: str) -> list[Asked]:
    return [
        Asked(number, "youtube", platform_id, f"https://www.youtube.com/watch?v={platform_id}")
        for number, platform_id in enumerate(platform_ids)
    ]


def numbered(count: int) -> list[str]:
    return [f"video-{number:05}" for number in range(count)]


def ask(gateway: Gateway, *platform_ids: str) -> list[Observation | Failure]:
    """Ask about videos; return the answers, in the order of the questions."""
    videos = asked(*platform_ids)
    answers = list(gateway.fetch(videos))
    assert [video for video, _ in answers] == videos
    return [found for _, found in answers]


def failure_of(gateway: Gateway, platform_id: str = RIVER) -> Failure:
    [found] = ask(gateway, platform_id)
    assert isinstance(found, Failure), found
    assert found.reason
    return found


def seen(gateway: Gateway, platform_id: str = RIVER) -> Observation:
    [found] = ask(gateway, platform_id)
    assert isinstance(found, Observation), found
    return found
