"""Who fetches: many workers, some that end, and people who cancel."""

from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.utils import timezone

from accounts.models import User
from catalogue import ingest
from catalogue.ingest import fetches
from catalogue.models import Fetch, ImportRun, RunState, Video
from catalogue.platforms import ytdlp
from catalogue.records.targets import parse_target
from tests import platform_server
from tests.catalogue.ingest.fetched import (
    counts_of,
    films,
    read,
    says,
    sweep,
    wanted,
    work_to_the_end,
)
from tests.makers import make_user
from tests.platform_server import Page, Site, film, send, subtitles
from tests.racing import race

pytestmark = pytest.mark.django_db


# --- Workers --------------------------------------------------------------------------


def test_a_step_that_is_ended_goes_on_in_the_same_run(site: Site, monkeypatch: pytest.MonkeyPatch):
    address = films(site, 3)
    run = wanted(address)
    sweep()

    def killed(*_arguments: Any, **_keywords: Any) -> Any:
        raise SoftTimeLimitExceeded

    with monkeypatch.context() as patch:
        patch.setattr(ytdlp._Asker, "extract_info", killed)
        with pytest.raises(SoftTimeLimitExceeded):
            sweep()
    assert read(run).state == RunState.WAITING
    assert sweep() == 0, "its lease has not run out"
    Fetch.objects.update(leased_until=timezone.now())
    sweep(2)
    run = read(run)
    assert (run.state, counts_of(run)) == (RunState.FINISHED, (3, 0, 0, 0))
    assert [row.number for row in run.rows.order_by("number")] == [1, 2, 3]


def test_a_page_that_ends_its_worker_every_time_is_given_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    run = wanted(films(site, 2))
    sweep()
    extract = ytdlp._Asker.extract_info

    def extract_info(asker: Any, url: str, **keywords: Any) -> Any:
        if url.endswith("/film0"):
            raise SoftTimeLimitExceeded
        return extract(asker, url, **keywords)

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    for _life in range(10):
        Fetch.objects.filter(due_at__isnull=False).update(due_at=timezone.now(), leased_until=None)
        try:
            if not sweep():
                break
        except SoftTimeLimitExceeded:
            continue
    assert (read(run).state, counts_of(run)) == (RunState.FINISHED, (1, 0, 0, 1))


def test_a_fetch_that_keeps_ending_its_worker_is_given_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    def extract_info(*_arguments: Any, **_keywords: Any) -> Any:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    run = wanted(f"{site.url}/film")
    for _life in range(fetches.TRIES):
        with pytest.raises(SoftTimeLimitExceeded):
            sweep()
        Fetch.objects.update(leased_until=timezone.now())
    sweep()
    assert read(run).state == RunState.FAILED
    assert "again and again" in says(run)


def test_a_run_that_is_held_by_another_process_is_left_alone(site: Site):
    run = wanted(f"{site.url}/film")
    site.add("/film")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [0x51DE, run.pk])
        assert sweep() == 1
        assert (site.asked, read(run).total) == ([], 0)
        fetch = Fetch.objects.get()
        assert (fetch.leased_until, fetch.failures) == (None, 0)
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_many_workers_bring_each_film_in_once(site: Site):
    run = wanted(films(site, 23))
    others = [wanted(film(site, f"/alone{number}")) for number in range(5)]

    race(work_to_the_end, work_to_the_end, work_to_the_end)
    assert counts_of(run) == (23, 0, 0, 0)
    assert {counts_of(one) for one in others} == {(1, 0, 0, 0)}
    assert Video.objects.count() == 28
    assert all(ImportRun.objects.get(pk=one.pk).state == "finished" for one in [run, *others])


@pytest.mark.django_db(transaction=True)
def test_the_same_address_twice_at_once_is_one_film_and_one_unchanged(site: Site):
    subtitles(site, "/en.vtt", "A river.")
    address = film(site, "/film", en="/en.vtt")
    runs = [wanted(address), wanted(address)]

    race(work_to_the_end, work_to_the_end)
    assert sorted(counts_of(run) for run in runs) == [(0, 0, 2, 0), (2, 0, 0, 0)]


@pytest.mark.django_db(transaction=True)
def test_a_fetch_whose_worker_died_waits_for_the_next_one(site: Site):
    run = wanted(f"{site.url}/film")
    lease = fetches.take_due(now=timezone.now())
    assert lease is not None
    ImportRun.objects.update(state=RunState.RUNNING)
    assert read(run).standing == RunState.WAITING, "nobody holds it, and it will go on"
    ingest.run([], source="another", by=None)
    assert ImportRun.objects.get(pk=run.pk).state == RunState.WAITING


# --- Cancelling -----------------------------------------------------------------------


def test_a_fetch_is_cancelled_and_keeps_what_came_in(site: Site, author: User):
    run = wanted(films(site, 7), by=author)
    sweep(2)
    fetches.cancel(read(run), by=author)
    run = read(run)
    assert (run.state, run.standing_label) == (RunState.FAILED, "Cancelled")
    assert says(run) == "Cancelled by author. 5 of 7 films asked for details."
    assert Video.objects.count() == 5
    assert sweep() == 0
    fetches.cancel(run, by=author)
    assert ingest.undo(run, by=author).removed == 5


def test_a_worker_in_the_middle_finds_out_and_stores_nothing_more(
    site: Site, author: User, monkeypatch: pytest.MonkeyPatch
):
    run = wanted(f"{site.url}/film", by=author)
    body = platform_server.page_of(Page(), site.url)
    extract = ytdlp._Asker.extract_info

    def extract_info(asker: Any, url: str, **keywords: Any) -> Any:
        fetches.cancel(run, by=author)
        return extract(asker, url, **keywords)

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    site.answer("/film", lambda h: send(h, body))
    sweep()
    assert (read(run).state, says(run)) == (RunState.FAILED, "Cancelled by author.")
    assert not Video.objects.exists()


def test_only_who_asked_and_staff_cancel(site: Site, author: User, stranger: User, moderator: User):
    run = wanted(f"{site.url}/film", by=author)
    with pytest.raises(Exception, match="Only who asked"):
        fetches.cancel(run, by=stranger)
    assert not fetches.may_cancel(run, make_user("gone", is_active=False, is_staff=True))
    fetches.cancel(run, by=moderator)
    assert read(run).is_over


def test_a_member_has_only_so_many_waiting(
    author: User, reader: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fetches, "OPEN_MAX", 2)
    target = parse_target("https://example.org/film")
    first = fetches.create(target, by=author)
    fetches.create(target, by=author)
    with pytest.raises(Exception, match="2 of your addresses are still waiting"):
        fetches.create(target, by=author)
    assert ImportRun.objects.count() == 2
    fetches.create(target, by=reader)
    fetches.cancel(first, by=author)
    fetches.create(target, by=author)
