"""What every way to ask a platform about videos has in common.

A gateway knows neither settings nor tables: who makes one gives it what it needs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from catalogue.platforms.observation import Failure, Observation


@dataclass(frozen=True, slots=True)
class Asked:
    """A video that somebody is to ask about.

    `video_id` is our own number of it, which no gateway looks at; `(platform, platform_id)`
    is its identity, `url` its page.
    """

    video_id: int
    platform: str
    platform_id: str
    url: str


Answer = tuple[Asked, Observation | Failure]


class Gateway(Protocol):
    """A way to ask about videos. Not for several threads at once, unless it says so."""

    @property
    def name(self) -> str:
        """Return its short name, for budgets, metrics and operators."""

    @property
    def batch_size(self) -> int:
        """Return how many videos one call may ask about."""

    @property
    def units_per_call(self) -> int:
        """Return what one call takes from the platform's daily quota, 0 if it has none."""

    def can_ask(self, asked: Asked) -> bool:
        """Tell whether it is able to ask about a video; uses no network."""

    def fetch(self, videos: Sequence[Asked]) -> Iterator[Answer]:
        """Ask, and yield one answer for each video, in their order. Uses the network.

        What the platform does, and what an answer holds, raises nothing: it is a Failure. One
        call for each `batch_size` of the videos that can be asked about. After a failure that
        stops the gateway no further one to the same site: the rest gets the same answer.
        """

    def close(self) -> None:
        """Let go of what it holds. It may be used again after that."""
