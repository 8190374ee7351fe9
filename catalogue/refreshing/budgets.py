"""How many looks a gateway may take now; docs/schedule.md. Pure: who counts is not here.

A budget is units in a window of time: 10,000 a day for a key of the YouTube Data API, whose
day begins at midnight in California, or calls a minute for yt-dlp. Units are released evenly
over the window, so that a morning's backlog does not eat the evening's hot films; what was
released and not used stays there for whoever is hot later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import floor
from zoneinfo import ZoneInfo

# YouTube: "Daily quotas reset at midnight Pacific Time (PT)".
_PACIFIC = ZoneInfo("America/Los_Angeles")


@dataclass(frozen=True, slots=True)
class Window:
    """The time for which a limit holds, from `start` to before `end`, in UTC.

    It names the counter of what was used, too: another window starts from nothing.
    """

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Budget:
    """Units that a gateway may use in each window, and how many videos a unit looks at.

    `ahead` is the share of the limit that is released before its time, so that a worker can
    take whole batches.
    """

    limit: int
    looks_per_unit: int
    window_of: Callable[[datetime], Window]
    windows_per_day: int
    ahead: float

    def __post_init__(self) -> None:
        if self.limit < 0 or self.looks_per_unit < 1 or not 0 <= self.ahead <= 1:
            raise ValueError("A budget has no negative limit, and a unit looks at something.")

    @property
    def looks_per_day(self) -> float:
        """How many looks a day the budget allows, for `schedule.find_load`."""
        return float(self.limit * self.looks_per_unit * self.windows_per_day)


def youtube_api(units_per_day: int) -> Budget:
    """Return the budget of one key: a unit asks for 50 videos."""
    return Budget(units_per_day, 50, pacific_day, 1, ahead=1 / 48)


def ytdlp(calls_per_minute: int) -> Budget:
    """Return the budget of page by page: one video a call."""
    return Budget(calls_per_minute, 1, minute, 24 * 60, ahead=1 / 12)


def pacific_day(now: datetime) -> Window:
    """Return the day of YouTube's quota; 23 or 25 hours long when the clocks change."""
    today = now.astimezone(_PACIFIC).date()
    start, end = (
        datetime.combine(day, time.min, _PACIFIC).astimezone(UTC)
        for day in (today, today + timedelta(days=1))
    )
    return Window(start, end)


def minute(now: datetime) -> Window:
    """Return the minute of the clock that `now` is in."""
    start = now.astimezone(UTC).replace(second=0, microsecond=0)
    return Window(start, start + timedelta(minutes=1))


def units_now(budget: Budget, *, window: Window, now: datetime, used: int) -> int:
    """Return how many units may be used at once; `used` is what the window has used so far.

    Never more than the limit leaves, and 0 outside the window: its counter does not speak
    for another one.
    """
    if not window.start <= now < window.end:
        return 0
    elapsed = (now - window.start) / (window.end - window.start)
    released = floor(budget.limit * min(elapsed + budget.ahead, 1.0))
    # A small limit still lets one through at the start of its window.
    released = max(released, min(budget.limit, 1))
    return max(released - max(used, 0), 0)


def units_for(videos: int, budget: Budget) -> int:
    """Return the units that a look at so many videos costs."""
    return -(-videos // budget.looks_per_unit)


def looks_now(budget: Budget, *, window: Window, now: datetime, used: int) -> int:
    """Return how many videos may be looked at, at once."""
    return units_now(budget, window=window, now=now, used=used) * budget.looks_per_unit
