"""Asking the platforms: which gateway for which videos, how many now, and what came of it."""

import atexit
import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils import timezone

from catalogue.models import Site
from catalogue.platforms import Failure, FailureKind, Observation
from catalogue.platforms.gateways import Gateway
from catalogue.platforms.isolated import IsolatedYtdlp
from catalogue.platforms.youtube_api import YouTubeApi
from catalogue.records.said import said
from catalogue.refreshing import budgets, leases, standing, storing
from catalogue.refreshing.budgets import Budget
from catalogue.refreshing.leases import Lease
from catalogue.refreshing.schedule import Policy
from catalogue.refreshing.standing import Grant

logger = logging.getLogger(__name__)

# A look at a page takes twice FETCH_TIMEOUT_SECONDS and a few more at most, and all has to be
# done before the leases run out.
PAGES_AT_ONCE = 5
# Calls of fifty videos; what they say is stored together.
CALLS_AT_ONCE = 10
# A call costs a unit however few it asks about, so it waits for company, but not long.
PATIENCE = timedelta(minutes=1)

_TOO_LONG = Failure(FailureKind.TEMPORARY, said("the look took too long"))


@dataclass(frozen=True, slots=True)
class Way:
    """One gateway at work: what it asks about, how much it may, and how much at a time.

    `stored_at_once` answers are one transaction: all that a worker may lose. `round_share` of
    the budget goes round all videos by turns.
    """

    gateway: Gateway
    sites: tuple[Site, ...]
    budget: Budget
    calls_at_once: int
    stored_at_once: int
    round_share: float

    @property
    def name(self) -> str:
        """Return the gateway's name."""
        return self.gateway.name


@dataclass(frozen=True, slots=True)
class Told:
    """What one round of asking came to, in videos; `released` were not asked after all."""

    asked: int = 0
    answered: int = 0
    released: int = 0

    def __add__(self, other: "Told") -> "Told":
        return Told(
            self.asked + other.asked,
            self.answered + other.answered,
            self.released + other.released,
        )


def policy_of(way: Way) -> Policy:
    """Return the policy of the schedule, as it is set."""
    return Policy(
        shortest=settings.REFRESH_SHORTEST_HOURS / 24,
        longest=settings.REFRESH_LONGEST_DAYS,
        round_share=way.round_share,
    )


def ways() -> tuple[Way, ...]:
    """Return all ways to ask, as they are set: without a key YouTube is asked page by page."""
    return _ways(
        settings.YOUTUBE_API_KEY,
        settings.YOUTUBE_API_URL,
        settings.YOUTUBE_UNITS_PER_DAY,
        settings.YTDLP_CALLS_PER_MINUTE,
        settings.FETCH_TIMEOUT_SECONDS,
        allow_private=settings.FETCH_PRIVATE_ADDRESSES,
    )


@lru_cache(maxsize=4)
def _ways(
    key: str, url: str, units: int, calls: int, timeout_s: float, *, allow_private: bool
) -> tuple[Way, ...]:
    # Kept, since the process that yt-dlp works in is.
    ytdlp = IsolatedYtdlp(timeout_s=timeout_s, allow_private=allow_private)
    atexit.register(ytdlp.close)
    pages = Way(
        ytdlp,
        (Site.WEB,) if key else tuple(Site),
        budgets.ytdlp(calls),
        PAGES_AT_ONCE,
        stored_at_once=1,
        # A page costs its site too much to be asked for nothing.
        round_share=0.0,
    )
    if not key:
        return (pages,)
    api = YouTubeApi(key, url=url, timeout_s=timeout_s, allow_private=allow_private)
    return (
        Way(
            api,
            (Site.YOUTUBE,),
            budgets.youtube_api(units),
            CALLS_AT_ONCE,
            stored_at_once=CALLS_AT_ONCE * api.batch_size,
            round_share=Policy().round_share,
        ),
        pages,
    )


def close() -> None:
    """Let go of what the gateways hold: the process that yt-dlp works in."""
    for way in ways():
        way.gateway.close()


def sweep(*, patience: timedelta = PATIENCE) -> Told:
    """Ask about some of what is due, by every way. Any number may run at once.

    Calls for several videos wait for company with some patience.
    """
    told = Told()
    for way in ways():
        told += _sweep(way, patience if way.gateway.batch_size > 1 else timedelta())
    return told


def may_go_on() -> bool:
    """Tell whether anything is due that somebody may be asked about, if only later."""
    now = timezone.now()
    closed = [way for way in ways() if way.budget.limit and not standing.is_open(way.name, now=now)]
    return any(leases.is_worth_a_call(1, timedelta(), now=now, sites=way.sites) for way in closed)


def _sweep(way: Way, patience: timedelta) -> Told:
    now = timezone.now()
    size = way.gateway.batch_size
    if not leases.is_worth_a_call(size, patience, now=now, sites=way.sites):
        return Told()
    grant = standing.reserve(way.name, way.calls_at_once, budget=way.budget, now=now)
    if not grant.units:
        return Told()
    taken = leases.take_due(
        grant.units * size, now=now, sites=way.sites, policy=policy_of(way), call=size
    )
    standing.refund(way.name, grant, grant.units - _calls_for(len(taken), way))
    return ask(taken, way, grant) if taken else Told()


def ask_named(videos: Sequence[int]) -> Told:
    """Ask about videos now, due or not, within the budgets.

    What somebody holds, or nobody can ask about, is passed over.
    """
    told = Told()
    for way in ways():
        step = way.calls_at_once * way.gateway.batch_size
        for start in range(0, len(videos), step):
            told += _ask_named(videos[start : start + step], way)
    return told


def _ask_named(videos: Sequence[int], way: Way) -> Told:
    now = timezone.now()
    grant = standing.reserve(way.name, _calls_for(len(videos), way), budget=way.budget, now=now)
    if not grant.units:
        return Told()
    limit = grant.units * way.gateway.batch_size
    taken = leases.take(videos[:limit], now=now, sites=way.sites)
    standing.refund(way.name, grant, grant.units - _calls_for(len(taken), way))
    return ask(taken, way, grant) if taken else Told()


def _calls_for(videos: int, way: Way) -> int:
    return -(-videos // way.gateway.batch_size)


def ask(taken: Sequence[Lease], way: Way, grant: Grant) -> Told:
    """Ask about leased videos, and store what is said in portions.

    What says nothing about a video counts against the gateway: its lease is given back, and
    after too much of that nobody asks for a while. If the gateway itself breaks, or the time
    is over, the video it was at is looked at again later, and the others are as due as before.
    What the database raises comes through; leases run out by themselves.
    """
    round_ = _Round(way, grant)
    waiting = {lease.video_id: lease for lease in taken}
    answers = way.gateway.fetch([lease.asked for lease in taken])
    while True:
        try:
            video, answer = next(answers)
        except StopIteration:
            break
        except SoftTimeLimitExceeded:
            if waiting:
                # A page that takes too long does so by itself; of many calls none does.
                late = replace(_TOO_LONG, is_of_call=way.gateway.batch_size > 1)
                round_.take(waiting.pop(next(iter(waiting))), late)
            round_.finish(waiting.values())
            raise
        except Exception as error:  # the outer edge of a gateway; logged
            logger.warning("%s broke", way.name, exc_info=True)
            broke = Failure(FailureKind.MALFORMED, f"{type(error).__name__}: {error}"[:250])
            if waiting:
                round_.take(waiting.pop(next(iter(waiting))), broke)
            break
        round_.take(waiting.pop(video.video_id), answer)
    return round_.finish(waiting.values())


class _Round:
    """The answers of one round, stored as they come."""

    def __init__(self, way: Way, grant: Grant) -> None:
        self._way = way
        self._grant = grant
        self._load = standing.load_of(way.name)
        self._policy = policy_of(way)
        self._answers: list[storing.Answered] = []
        self._unasked: list[Lease] = []
        self._told = Told()
        self._calls = 0
        self._failure: Failure | None = None

    def take(self, lease: Lease, answer: Observation | Failure) -> None:
        if isinstance(answer, Failure):
            logger.info("no answer about %s: %s: %s", lease.url, answer.kind, answer.reason)
            if not answer.is_about_video and not self._is_of_site(answer):
                self._failure = answer
                self._unasked.append(lease)
                return
        self._answers.append((lease, answer))
        if len(self._answers) >= self._way.stored_at_once:
            self._store()

    def _is_of_site(self, failure: Failure) -> bool:
        """Tell whether one site of many wants to be left alone: then its video waits for that."""
        return self._way.gateway.batch_size == 1 and failure.kind == FailureKind.RATE_LIMITED

    def _store(self) -> None:
        answers, self._answers = self._answers, []
        if not answers:
            return
        now = timezone.now()
        storing.store(
            answers, now=now, gateway=self._way.name, load=self._load, policy=self._policy
        )
        seen = sum(isinstance(answer, Observation) for _lease, answer in answers)
        self._told += Told(asked=len(answers), answered=seen)
        self._calls += _calls_for(len(answers), self._way)

    def finish(self, rest: Collection[Lease]) -> Told:
        """Store what is left, give back what was not asked, and say how the gateway is."""
        self._store()
        unasked = [*self._unasked, *rest]
        if unasked:
            leases.release(unasked)
            self._told += Told(released=len(unasked))
        now = timezone.now()
        if self._calls:
            standing.note_answers(
                self._way.name, calls=self._calls, answers=self._told.answered, now=now
            )
        if self._failure:
            until = standing.note_failure(self._way.name, self._failure, grant=self._grant, now=now)
            if until:
                logger.warning(
                    "%s is not asked until %s: %s", self._way.name, until, self._failure.reason
                )
        return self._told


def find_loads() -> Iterator[tuple[str, float]]:
    """Find the load of each gateway anew; yields its name and stretch."""
    for way in ways():
        load = standing.find_load(
            way.name,
            sites=list(way.sites),
            budget=way.budget,
            policy=policy_of(way),
            now=timezone.now(),
        )
        yield way.name, load.stretch
