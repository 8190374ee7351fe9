"""Links of evidence: which are asked when, and what their answers come to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from annotations import evidence, links, tasks
from annotations.models import Claim, Evidence, Link, LinkCheck, LinkState, State
from catalogue.platforms.pages import PageAnswer, Problem
from tests import platform_server
from tests.makers import make_claim, make_evidence, make_user
from tests.platform_server import Site, html, send
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
THERE = PageAnswer(200, detail="HTTP 200")
GONE = PageAnswer(404, detail="HTTP 404")
FORBIDDEN = PageAnswer(403, detail="HTTP 403")
SILENT = PageAnswer(problem=Problem.SILENT, detail="it took too long")
NAMELESS = PageAnswer(problem=Problem.NO_NAME, detail="its name is not known")
PRIVATE = PageAnswer(problem=Problem.NOT_PUBLIC, detail="not a public address")


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


def answered(link: Link, answer: PageAnswer, at: datetime) -> Link:
    """Let a link answer so, at a time when it is due."""
    Link.objects.filter(pk=link.pk).update(due_at=at)
    lease = links.take_due(now=at)
    assert lease is not None
    assert lease.link_id == link.pk
    row = links.hand_in(lease, answer, now=at)
    assert row is not None
    return row


def history(link: Link) -> list[str]:
    return [check.state for check in link.checks.order_by("at")]


# --- What answers come to -------------------------------------------------------------


def test_what_answers_is_asked_again_in_a_month(claim: Claim):
    row = answered(make_evidence(claim=claim).link, THERE, NOW)
    assert (row.state, row.http_status, row.since, row.checked_at) == ("ok", 200, NOW, NOW)
    assert row.due_at == NOW + links.MONTH
    assert history(row) == ["ok"]
    again = answered(row, THERE, NOW + links.MONTH)
    assert (again.since, again.checked_at) == (NOW, NOW + links.MONTH)
    assert history(row) == ["ok"], "only what changed is written down"


@pytest.mark.parametrize("gone", [GONE, PageAnswer(410, detail="HTTP 410"), NAMELESS])
def test_dead_is_what_says_so_on_two_days(claim: Claim, gone: PageAnswer):
    link = make_evidence(claim=claim).link
    answered(link, THERE, NOW)
    first = answered(link, gone, NOW + DAY)
    assert (first.state, first.due_at) == ("unsure", NOW + DAY + links.DEAD_AGAIN)
    same_day = answered(link, gone, NOW + DAY + timedelta(hours=3))
    assert same_day.state == "unsure"
    second = answered(link, gone, NOW + 2 * DAY)
    assert (second.state, second.since) == ("dead", NOW + 2 * DAY)
    assert second.due_at == NOW + 2 * DAY + links.MONTH
    assert answered(link, gone, NOW + 40 * DAY).state == "dead"
    assert history(link) == ["ok", "unsure", "dead"]
    back = answered(link, THERE, NOW + 80 * DAY)
    assert (back.state, back.failures) == ("ok", 0)


def test_gone_once_then_there_then_gone_once_is_not_dead(claim: Claim):
    link = make_evidence(claim=claim).link
    for number, answer in enumerate([GONE, THERE, GONE, SILENT, GONE]):
        row = answered(link, answer, NOW + number * 2 * DAY)
    assert row.state == "unsure"


@pytest.mark.parametrize(
    "answer",
    [FORBIDDEN, SILENT, *(PageAnswer(code) for code in (401, 405, 429, 451, 500, 503, 304))],
)
def test_what_does_not_answer_us_is_never_called_dead(claim: Claim, answer: PageAnswer):
    link = make_evidence(claim=claim).link
    waits = []
    at = NOW
    for _look in range(7):
        row = answered(link, answer, at)
        assert row.state == "unsure"
        assert row.due_at
        waits.append(row.due_at - at)
        at = row.due_at
    assert waits == [links.WEEK] * 5 + [links.MONTH] * 2


def test_a_private_address_is_refused_and_said_so(claim: Claim):
    row = answered(make_evidence(claim=claim).link, PRIVATE, NOW)
    assert (row.state, row.http_status, row.due_at) == ("refused", None, NOW + links.MONTH)


def test_the_history_cannot_be_changed(claim: Claim):
    link = make_evidence(claim=claim).link
    answered(link, THERE, NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        LinkCheck.objects.update(state=LinkState.DEAD)
    assert history(link) == ["ok"]


# --- Who is asked when ----------------------------------------------------------------


def test_of_one_host_one_page_is_asked_at_a_time_and_then_it_is_left_alone(claim: Claim):
    for number in range(2):
        make_evidence(claim=claim, url=f"https://busy.example/{number}")
    make_evidence(claim=claim, url="https://other.example/")
    first, second = links.take_due(now=NOW), links.take_due(now=NOW)
    assert first
    assert second
    assert (first.url, second.url) == ("https://busy.example/0", "https://other.example/")
    assert links.take_due(now=NOW) is None
    links.hand_in(first, THERE, now=NOW)
    assert links.take_due(now=NOW + links.HOST_PAUSE / 2) is None
    third = links.take_due(now=NOW + links.HOST_PAUSE)
    assert third
    assert third.url == "https://busy.example/1"


def test_a_lease_that_is_not_handed_in_runs_out(claim: Claim):
    make_evidence(claim=claim)
    lost = links.take_due(now=NOW)
    assert lost
    assert links.take_due(now=NOW + links.LEASE - timedelta(seconds=1)) is None
    taken = links.take_due(now=NOW + links.LEASE)
    assert taken
    assert links.hand_in(lost, GONE, now=NOW + links.LEASE) is None
    row = links.hand_in(taken, THERE, now=NOW + links.LEASE)
    assert row
    assert row.state == "ok"


@pytest.mark.parametrize("state", [State.HIDDEN, State.WITHDRAWN])
def test_what_no_readable_card_cites_is_not_asked(claim: Claim, author: User, state: State):
    card = make_evidence(claim=claim, state=state)
    assert links.take_due(now=NOW) is None
    make_evidence(claim=make_claim(author=author, state=state), url=card.url)
    assert links.take_due(now=NOW) is None
    make_evidence(claim=make_claim(author=author), url=card.url)
    assert links.take_due(now=NOW)


@pytest.mark.django_db(transaction=True)
def test_workers_that_take_at_once_never_ask_one_host_twice():
    claim = make_claim(author=make_user("author"))
    for number in range(12):
        make_evidence(claim=claim, url=f"https://host{number % 3}.example/{number}")
    outcomes = outcomes_of_race(*[partial(links.take_due, now=NOW)] * 8)
    taken = [one.url for one in outcomes if isinstance(one, links.Lease)]
    assert len(taken) == len({links.host_of(url) for url in taken}) == 3, outcomes


# --- The sweep ------------------------------------------------------------------------


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    settings.FETCH_PRIVATE_ADDRESSES = True
    settings.LINK_CHECKS_ENABLED = True
    with platform_server.running() as site:
        yield site


def test_a_sweep_asks_what_is_due_and_tells_who_asks(claim: Claim, site: Site, settings: Settings):
    settings.SITE_URL = "https://sidenote.example"
    agents: list[str | None] = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        agents.append(handler.headers["User-Agent"])
        send(handler)

    url = site.answer("/report", respond)
    card = make_evidence(claim=claim, url=f"{url}#page=4")
    assert tasks.check_links() == 1
    card.link.refresh_from_db()
    assert (card.link.state, card.link.http_status) == ("ok", 200)
    assert agents == ["Sidenote link check (+https://sidenote.example)"]
    assert tasks.check_links() == 0


def test_a_source_that_is_brought_is_asked_by_the_next_sweep(
    claim: Claim, stranger: User, site: Site
):
    site.answer("/report", html("A report"))
    card = evidence.bring(
        claim, by=stranger, url=f"{site.url}/report", title="A report", kind="news",
        stance="context",
    )  # fmt: skip
    assert tasks.check_links() == 1
    assert Evidence.objects.get(pk=card.pk).link.state == "ok"


def test_a_private_address_is_not_asked(claim: Claim, site: Site, settings: Settings):
    settings.FETCH_PRIVATE_ADDRESSES = False
    card = make_evidence(claim=claim, url=f"{site.url}/report")
    assert tasks.check_links() == 1
    card.link.refresh_from_db()
    assert (card.link.state, site.asked) == ("refused", [])


def test_nothing_is_asked_while_it_is_off(claim: Claim, site: Site, settings: Settings):
    settings.LINK_CHECKS_ENABLED = False
    make_evidence(claim=claim, url=f"{site.url}/report")
    assert tasks.check_links() == 0
    assert site.asked == []


def test_a_check_that_breaks_is_logged_and_tells_nothing_of_the_page(
    claim: Claim, site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def look_up(*arguments: object, **keywords: object) -> object:
        raise RuntimeError("something nobody thought of")

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    card = make_evidence(claim=claim, url="https://archive.example/")
    assert tasks.check_links() == 1
    card.link.refresh_from_db()
    assert (card.link.state, card.link.leased_until) == ("unsure", None)
    assert card.link.due_at
    assert card.link.due_at > timezone.now()
    assert "something nobody thought of" in caplog.text
