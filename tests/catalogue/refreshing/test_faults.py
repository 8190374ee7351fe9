"""What is left when processes and servers die: every due video is looked at once, none is lost.

Real workers, beats, PostgreSQL and Redis, and YouTube's API over HTTP on loopback.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from tests.catalogue.refreshing.house import UNITS_PER_DAY, House, fetch_status, opened
from tests.running import PATIENCE_S, wait_until
from tests.youtube_api_server import Call, YouTube, as_it_should

# What one sweep takes, in ten calls.
BATCH = 500
FILMS = 3 * BATCH


@pytest.fixture(scope="module")
def shared_house() -> Iterator[House]:
    with opened() as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.empty()
    try:
        yield shared_house
    finally:
        shared_house.end_all()


def asked(house: House) -> Counter[str]:
    """Return how often YouTube was asked about each video."""
    return Counter(platform_id for call in house.youtube.calls for platform_id in call.ids)


def check_budget(house: House) -> None:
    """No unit was used that was not granted, and none beyond the limit."""
    assert house.youtube.overrun_count == 0
    assert house.youtube.call_count <= house.units_used() <= UNITS_PER_DAY


def check_each_was_looked_at(house: House, ids: list[str], times: int = 1) -> None:
    """Every due date has one look that counted, and one sample; nothing is held or due."""
    wait_until(lambda: house.leased() == 0)
    assert house.due() == 0
    assert house.looks() == dict.fromkeys(ids, times)
    assert house.samples() == dict.fromkeys(ids, times)
    check_budget(house)


def is_done(house: House) -> bool:
    return house.due() == 0


class Gate:
    """Answers as it should, but only when it is open."""

    def __init__(self) -> None:
        self._opened = threading.Event()

    def open(self) -> None:
        self._opened.set()

    def __call__(self, handler: BaseHTTPRequestHandler, youtube: YouTube, call: Call) -> None:
        self._opened.wait(PATIENCE_S)
        as_it_should(handler, youtube, call)


def test_a_worker_that_is_killed_in_the_middle_of_a_batch_costs_one_question_more(house: House):
    ids = house.add_due(FILMS)
    house.youtube.behave(as_it_should, as_it_should, as_it_should)
    house.youtube.behave_always(gate := Gate())
    worker = house.start_worker()
    house.start_beat()
    wait_until(lambda: house.youtube.call_count == 4)
    house.kill(worker)
    gate.open()
    assert house.leased() == BATCH, "the dead hold what they took until it runs out"
    assert not any(house.looks().values())

    house.start_worker()
    house.start_worker()
    wait_until(lambda: house.due() == BATCH)
    assert house.leased() == BATCH
    assert max(asked(house).values()) == 1, "nobody asks about what another holds"
    house.let_leases_run_out()
    wait_until(lambda: is_done(house))
    check_each_was_looked_at(house, ids)
    assert Counter(asked(house).values()) == {1: FILMS - 200, 2: 200}


def test_redis_that_loses_everything_loses_no_look(house: House):
    ids = house.add_due(FILMS)
    # Celery's worker dies of it in one of ten tries or so: it closes its channel while Redis
    # is away, and takes that for a mistake of its own.
    house.is_watched = True
    house.youtube.behave_always(gate := Gate())
    house.start_worker(2)
    house.start_beat()
    address = house.start_web()
    wait_until(lambda: fetch_status(address) == 200)
    wait_until(lambda: house.youtube.call_count == 2)
    house.kill_redis()
    gate.open()
    # What is at work goes on without it.
    wait_until(lambda: house.leased() == 0)
    assert house.due() == FILMS - 2 * BATCH
    assert fetch_status(f"{address}/readyz") == 503
    assert fetch_status(address) == 200, "pages need no queue"
    house.start_redis()
    wait_until(lambda: is_done(house))
    check_each_was_looked_at(house, ids)
    assert set(asked(house).values()) == {1}

    house.make_due()
    wait_until(lambda: is_done(house))
    check_each_was_looked_at(house, ids, times=2)
    assert fetch_status(f"{address}/readyz") == 200
    assert house.are_all_alive()


def test_postgres_that_crashes_and_comes_back_loses_no_look(house: House):
    ids = house.add_due(FILMS)
    house.is_watched = True
    house.youtube.behave_always(gate := Gate())
    house.start_worker(2)
    house.start_beat()
    address = house.start_web()
    wait_until(lambda: fetch_status(address) == 200)
    wait_until(lambda: house.youtube.call_count == 2)
    house.stop_postgres()
    assert fetch_status(f"{address}/readyz") == 503
    assert fetch_status(f"{address}/healthz") == 200
    gate.open()
    # Those who are asking find nobody to tell, and others nothing to ask about.
    wait_until(lambda: house.youtube.id_count == 2 * BATCH)
    house.start_postgres()
    assert fetch_status(address) == 200, "the first page after it"
    wait_until(lambda: house.due() == 2 * BATCH)
    assert house.leased() == 2 * BATCH
    house.let_leases_run_out()
    wait_until(lambda: is_done(house))
    check_each_was_looked_at(house, ids)
    assert Counter(asked(house).values()) == {1: FILMS - 2 * BATCH, 2: 2 * BATCH}
    assert house.are_all_alive()


def test_two_beats_ask_no_more_than_one(house: House):
    ids = house.add_due(FILMS)
    house.start_worker(2)
    house.start_beat()
    house.start_beat()
    wait_until(lambda: is_done(house))
    check_each_was_looked_at(house, ids)
    assert set(asked(house).values()) == {1}
    assert house.youtube.call_count == FILMS / 50


def test_eight_workers_share_one_queue(house: House):
    ids, sweeps = house.add_due(8 * 500), 16
    at_once = Busy()
    house.youtube.behave_always(at_once)
    house.start_worker(8)
    house.send_sweeps(sweeps)
    wait_until(lambda: is_done(house))
    check_each_was_looked_at(house, ids)
    assert at_once.most > 2, "they worked side by side"

    house.make_due()
    house.send_sweeps(sweeps)
    wait_until(lambda: is_done(house))
    check_each_was_looked_at(house, ids, times=2)
    assert set(asked(house).values()) == {2}
    # Who finds the most urgent ones taken takes fewer: each sweep's last call may be short.
    assert house.youtube.call_count <= 2 * (len(ids) / 50 + sweeps)


class Busy:
    """Answers slowly, and counts how many are answered at once."""

    def __init__(self) -> None:
        self.most = self._now = 0

    def __call__(self, handler: BaseHTTPRequestHandler, youtube: YouTube, call: Call) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        youtube.ending.wait(0.03)
        as_it_should(handler, youtube, call)
        self._now -= 1
