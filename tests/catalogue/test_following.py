"""Looks at what is followed: what is sent for, what is passed by, when the next one comes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from catalogue import following, ingest, subscriptions, tasks
from catalogue.ingest import fetching
from catalogue.models import (
    Fetch,
    ImportRun,
    Interval,
    RunState,
    SeenUpload,
    Start,
    Subscription,
    Transcript,
    Video,
)
from catalogue.platforms import ytdlp
from catalogue.records.targets import parse_target
from catalogue.subscriptions import Filters
from tests import platform_server
from tests.makers import make_video
from tests.platform_server import Page, Site, feed, film, html, item, player, send, subtitles
from tests.racing import race

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    settings.FETCH_PRIVATE_ADDRESSES = True
    settings.FETCH_ENABLED = True
    with platform_server.running() as site:
        yield site


class Feed:
    """A feed whose films are added one by one."""

    def __init__(self, site: Site) -> None:
        self.site, self.items = site, list[str]()
        self.url = feed(site, "/feed", title="Quiet Rivers")

    def publish(self, name: str, *, minutes: int = 20, duration: str = "") -> None:
        """Add a film, the newest first; the feed tells its length only if it is said."""
        said = f"<itunes:duration>{duration}</itunes:duration>" if duration else ""
        page = Page(title=name, duration=f"PT{minutes}M")
        path = f"/{name.lower().replace(' ', '-')}"
        film(self.site, path, page, en="/en.vtt")
        self.items.insert(0, item(self.site.url + path, name).replace("</item>", f"{said}</item>"))
        body = '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
        body = f"{body}<channel><title>Quiet Rivers</title>{''.join(self.items)}</channel></rss>"
        self.site.answer(
            "/feed", lambda h: send(h, body.encode(), content_type="application/rss+xml")
        )


@pytest.fixture
def rivers(site: Site) -> Feed:
    subtitles(site, "/en.vtt", "A river.")
    return Feed(site)


def follow(url: str, by: User, **given: Any) -> Subscription:
    return subscriptions.create(parse_target(url), by=by, **given)


def look(*, all_of_it: bool = True) -> Subscription:
    """Look at the subscription that there is, and ask for what is new."""
    Subscription.objects.update(due_at=timezone.now())
    assert tasks.follow_due() == 1
    while all_of_it and Fetch.objects.filter(due_at__isnull=False).exists():
        Fetch.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        tasks.fetch_due()
    return Subscription.objects.get()


def titles() -> set[str]:
    return set(Video.objects.values_list("title", flat=True))


# --- What comes in --------------------------------------------------------------------


def test_only_what_is_published_from_now_on_comes_in(rivers: Feed, author: User):
    rivers.publish("Old otters")
    follow(rivers.url, author)
    row = look()
    assert (row.title, row.last_result, row.brought_in) == ("Quiet Rivers", "Nothing new.", 0)
    assert not ImportRun.objects.exists(), "nothing new is no run"
    rivers.publish("New otters")
    row = look()
    assert titles() == {"New otters"}
    assert (row.last_result, row.brought_in) == ("1 new.", 1)
    run = ImportRun.objects.get()
    assert (run.state, run.by, run.subscription, run.source) == (
        RunState.FINISHED, author, row, rivers.url,
    )  # fmt: skip
    assert Transcript.objects.get().language == "en"
    look()
    assert ImportRun.objects.count() == 1


def test_the_newest_that_are_there_can_come_in_too(
    rivers: Feed, author: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(following, "NEWEST", 2)
    for name in ("One", "Two", "Three"):
        rivers.publish(name)
    follow(rivers.url, author, start=Start.NEWEST)
    look()
    assert titles() == {"Two", "Three"}
    rivers.publish("Four")
    look()
    assert titles() == {"Two", "Three", "Four"}


def test_films_that_are_here_already_are_not_sent_for(rivers: Feed, author: User):
    follow(rivers.url, author)
    look()
    rivers.publish("Otters")
    fetching.fetch_now(parse_target(f"{rivers.site.url}/otters"))
    row = look()
    assert row.last_result == "Nothing new."
    assert ImportRun.objects.filter(subscription=row).count() == 0


def test_filters_leave_out_by_title_and_length_and_count_it(rivers: Feed, author: User):
    filters = Filters(words="OTTER, heron", words_not="trailer", shortest_ms=600_000)
    follow(rivers.url, author, filters=filters)
    look()
    rivers.publish("Otters of the north", duration="30:00", minutes=30)
    rivers.publish("Herons: the trailer", duration="30:00")
    rivers.publish("Otters in a minute", duration="1:00", minutes=1)
    rivers.publish("A quiet river")
    row = look()
    assert titles() == {"Otters of the north"}
    assert (row.last_result, row.brought_in, row.passed_by) == ("1 new, 3 passed by.", 1, 3)
    assert {"/otters-in-a-minute", "/a-quiet-river"}.isdisjoint(rivers.site.asked)


def test_what_the_list_does_not_tell_the_page_does(rivers: Feed, author: User):
    follow(rivers.url, author, filters=Filters(longest_ms=600_000))
    look()
    rivers.publish("Short", minutes=5)
    rivers.publish("Long", minutes=50)
    row = look()
    assert titles() == {"Short"}
    assert (row.brought_in, row.passed_by) == (1, 1)


def test_a_film_that_was_rejected_is_not_tried_at_every_look(rivers: Feed, author: User):
    follow(rivers.url, author)
    look()
    rivers.publish("Gone")
    rivers.site.answer("/gone", lambda h: send(h, b"no", status=404))
    look()
    assert ImportRun.objects.get().rejected == 1
    look()
    assert rivers.site.asked.count("/gone") == 1
    assert ImportRun.objects.count() == 1


def test_a_film_that_was_taken_back_does_not_come_again(rivers: Feed, author: User):
    follow(rivers.url, author)
    look()
    rivers.publish("Otters")
    look()
    ingest.undo(ImportRun.objects.get(), by=author)
    look()
    assert titles() == set()


def test_an_older_film_that_moves_up_is_not_new(
    site: Site, author: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(following, "NEWEST", 3)
    monkeypatch.setattr(following, "NOTED_AT_FIRST", 9)
    ids = [f"film{number:07}" for number in range(9)]
    address = "https://www.youtube.com/@QuietRivers/videos"

    def entry(one: str) -> dict[str, str]:
        url = f"https://www.youtube.com/watch?v={one}"
        return {"_type": "url", "ie_key": "Youtube", "id": one, "title": one, "url": url}

    def extract_info(*_arguments: Any, **_keywords: Any) -> Any:
        return {
            "_type": "playlist", "id": "x", "title": "Quiet Rivers", "webpage_url": address,
            "extractor_key": "YoutubeTab", "extractor": "youtube:tab",
            "entries": [entry(one) for one in ids],
        }  # fmt: skip

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    follow(address, author)
    assert look(all_of_it=False).last_result == "Nothing new."
    del ids[0]
    assert look(all_of_it=False).last_result == "Nothing new."
    ids.insert(0, "newfilm0001")
    assert look(all_of_it=False).last_result == "1 new."
    assert Fetch.objects.get().pages.get().url.endswith("newfilm0001")


def test_a_list_may_write_the_bare_ids_of_films_of_youtube(
    site: Site, author: User, monkeypatch: pytest.MonkeyPatch
):
    address = f"{site.url}/list"

    def extract_info(*_arguments: Any, **_keywords: Any) -> Any:
        film = {"_type": "url", "ie_key": "Youtube", "id": "newfilm0001", "url": "newfilm0001"}
        return {
            "_type": "playlist", "id": "x", "title": "Rivers", "webpage_url": address,
            "extractor_key": "Any", "extractor": "any", "entries": [film],
        }  # fmt: skip

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    follow(address, author, start=Start.NEWEST)
    assert look(all_of_it=False).last_result == "1 new."
    assert Fetch.objects.get().pages.get().url == "https://www.youtube.com/watch?v=newfilm0001"


def test_films_that_stand_on_the_page_come_in_too(site: Site, author: User):
    address = site.answer("/page", html(player("/a.webm") + player("/b.webm"), title="Films"))
    follow(address, author, start=Start.NEWEST)
    row = look()
    assert titles() == {"Films (1)", "Films (2)"}
    assert (row.brought_in, ImportRun.objects.get().state) == (2, RunState.FINISHED)
    look()
    assert ImportRun.objects.count() == 1


def test_more_than_one_look_sends_for_comes_with_the_next(
    rivers: Feed, author: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(following, "AT_ONCE", 2)
    follow(rivers.url, author)
    look()
    for name in ("One", "Two", "Three"):
        rivers.publish(name)
    look()
    assert len(titles()) == 2
    look()
    assert titles() == {"One", "Two", "Three"}


# --- When -----------------------------------------------------------------------------


def test_the_next_look_comes_after_the_interval(rivers: Feed, author: User):
    row = follow(rivers.url, author, interval=Interval.SIX_HOURS)
    assert row.due_at <= timezone.now()
    before = timezone.now()
    row = look()
    assert before + 6 * HOUR <= row.due_at <= timezone.now() + 6 * HOUR
    assert tasks.follow_due() == 0


def test_what_is_paused_or_its_member_away_is_not_looked_at(rivers: Feed, author: User):
    row = follow(rivers.url, author)
    subscriptions.set_active(row, by=author, is_active=False)
    assert tasks.follow_due() == 0
    subscriptions.set_active(row, by=author, is_active=True)
    User.objects.update(is_active=False)
    assert tasks.follow_due() == 0
    assert rivers.site.asked == []


def test_nothing_is_looked_at_while_fetching_is_off(rivers: Feed, author: User, settings: Settings):
    settings.FETCH_ENABLED = False
    follow(rivers.url, author)
    assert tasks.follow_due() == 0


def test_a_look_that_is_not_answered_waits_double(site: Site, author: User):
    site.answer("/feed", lambda h: send(h, b"no", status=503))
    follow(f"{site.url}/feed", author)
    waits = []
    for _look in range(5):
        before = timezone.now()
        row = look()
        waits.append(round((row.due_at - before) / DAY))
    assert waits == [1, 2, 4, 8, 14]
    assert (row.is_active, row.failures) == (True, 5)
    assert "did not answer as it should" in row.last_failure


def test_a_site_that_asks_us_to_wait_is_given_its_time(site: Site, author: User):
    site.answer("/feed", lambda h: send(h, b"", status=429, Retry_After="86400"))
    follow(f"{site.url}/feed", author, interval=Interval.HOURLY)
    assert look().due_at > timezone.now() + 23 * HOUR


@pytest.mark.parametrize("status", [404, 401])
def test_what_is_gone_again_and_again_is_paused(site: Site, author: User, status: int):
    site.answer("/feed", lambda h: send(h, b"no", status=status))
    follow(f"{site.url}/feed", author)
    assert [look().is_active for _look in range(following.GIVE_UP_AFTER)] == [True, True, False]
    assert tasks.follow_due() == 0


def test_one_answer_forgets_the_failures(rivers: Feed, author: User):
    follow(rivers.url, author)
    Subscription.objects.update(failures=2, last_failure="It was gone.")
    row = look()
    assert (row.failures, row.last_failure) == (0, "")


def test_one_film_is_nothing_to_follow(site: Site, author: User):
    site.add("/film")
    follow(f"{site.url}/film", author)
    assert "one film, not a list" in look().last_failure


def test_own_machine_is_not_asked(rivers: Feed, author: User, settings: Settings):
    settings.FETCH_PRIVATE_ADDRESSES = False
    follow(rivers.url, author)
    assert "not a public address" in look().last_failure
    assert rivers.site.asked == []


# --- Workers --------------------------------------------------------------------------


def test_a_look_that_breaks_is_looked_at_again_later(
    rivers: Feed, author: User, monkeypatch: pytest.MonkeyPatch
):
    def extract_info(*_arguments: Any, **_keywords: Any) -> Any:
        raise KeyError("contents")

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    follow(rivers.url, author)
    row = look()
    assert "KeyError: 'contents'" in row.last_failure
    assert (row.leased_until, row.is_active) == (None, True)


def test_a_look_that_takes_too_long_is_put_back(
    rivers: Feed, author: User, monkeypatch: pytest.MonkeyPatch
):
    def extract_info(*_arguments: Any, **_keywords: Any) -> Any:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    row = follow(rivers.url, author)
    with pytest.raises(SoftTimeLimitExceeded):
        tasks.follow_due()
    row.refresh_from_db()
    assert (row.failures, row.leased_until) == (1, None)


def test_the_lease_of_a_worker_that_died_runs_out_and_grows(rivers: Feed, author: User):
    follow(rivers.url, author)
    now = timezone.now()
    first = following.take_due(now=now)
    assert first is not None
    assert following.take_due(now=now) is None
    second = following.take_due(now=first.until)
    assert second is not None
    third = following.take_due(now=second.until)
    assert third is not None
    assert third.until - second.until == 2 * following.LEASE
    following.look(first)
    assert Subscription.objects.get().looked_at is None, "its lease was lost"


def test_a_subscription_that_is_deleted_in_the_middle_of_a_look_is_no_error(
    rivers: Feed, author: User, monkeypatch: pytest.MonkeyPatch
):
    follow(rivers.url, author, start=Start.NEWEST)
    rivers.publish("Otters")
    extract = ytdlp._Asker.extract_info

    def extract_info(asker: Any, url: str, **keywords: Any) -> Any:
        Subscription.objects.all().delete()
        return extract(asker, url, **keywords)

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    assert tasks.follow_due() == 1
    assert not ImportRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_workers_look_once(rivers: Feed, author: User):
    follow(rivers.url, author, start=Start.NEWEST)
    for number in range(4):
        rivers.publish(f"Film {number}")
    race(*[tasks.follow_due] * 4)
    assert ImportRun.objects.count() == 1
    assert rivers.site.asked.count("/feed") == 1
    assert SeenUpload.objects.count() == 4


def test_sifting_costs_the_same_for_long_lists(rivers: Feed, author: User):
    def cost(count: int) -> int:
        for number in range(count):
            rivers.publish(f"Film {count} {number}")
        Subscription.objects.update(due_at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            tasks.follow_due()
        return len(captured)

    make_video()
    follow(rivers.url, author)
    look()
    assert cost(2) == cost(30)
