"""Addresses into the catalogue: what the steps of a fetch leave behind."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from catalogue import ingest, tasks
from catalogue.ingest import fetches, fetching
from catalogue.models import (
    Change,
    CountSample,
    Cue,
    Fetch,
    FetchPage,
    ImportRow,
    ImportRun,
    RunState,
    Transcript,
    Video,
)
from catalogue.platforms import Failure, FailureKind, ytdlp
from catalogue.records.targets import parse_target
from tests import platform_server
from tests.makers import make_claim, make_user
from tests.platform_server import (
    Answer,
    Page,
    Site,
    feed,
    film,
    html,
    item,
    player,
    send,
    subtitles,
)
from tests.racing import PATIENCE_S, race

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    settings.FETCH_PRIVATE_ADDRESSES = True
    settings.FETCH_ENABLED = True
    with platform_server.running() as site:
        yield site


def wanted(url: str, *, by: User | None = None) -> ImportRun:
    return fetches.create(parse_target(url), by=by)


def sweep(times: int = 1) -> int:
    return sum(tasks.fetch_due() for _ in range(times))


def fetched(url: str, *, by: User | None = None) -> ImportRun:
    """Fetch an address to its end, whenever its steps are due."""
    run = wanted(url, by=by)
    while Fetch.objects.filter(pk=run.pk, due_at__isnull=False).update(due_at=timezone.now()):
        assert sweep() == 1
    return read(run)


def work_to_the_end() -> None:
    """Sweep as long as anything is fetched, but not for ever."""
    end = time.monotonic() + PATIENCE_S
    while ImportRun.objects.filter(state__in=("waiting", "running")).exists():
        assert time.monotonic() < end, "it does not end"
        tasks.fetch_due()


def read(run: ImportRun) -> ImportRun:
    return ImportRun.objects.for_ledger().get(pk=run.pk)


def says(run: ImportRun) -> str:
    fetch = Fetch.objects.get(pk=run.pk)
    return fetch.told(RunState(read(run).state))


def rows_of(run: ImportRun) -> list[tuple[str, str, str]]:
    rows = run.rows.order_by("number")
    return [(row.subject, row.outcome, row.reason) for row in rows]


def counts_of(run: ImportRun) -> tuple[int, int, int, int]:
    run = read(run)
    return run.created, run.updated, run.unchanged, run.rejected


# --- One film -------------------------------------------------------------------------


def test_a_film_comes_in_with_its_subtitles(site: Site, author: User):
    subtitles(site, "/en.vtt", "A river.", "It was moved.")
    address = film(site, "/film", Page(title="The Otters"), en="/en.vtt", fr="/fr.vtt")
    run = fetched(address, by=author)
    assert (run.state, run.source, run.by) == (RunState.FINISHED, address, author)
    assert run.finished_at is not None
    video = Video.objects.get()
    assert (video.title, video.url) == ("The Otters", address)
    assert CountSample.objects.get().views == 154_080
    transcript = Transcript.objects.get(video=video)
    assert (transcript.language, transcript.kind) == ("en", "manual")
    assert list(Cue.objects.values_list("text", flat=True)) == ["A river.", "It was moved."]
    assert [row[:2] for row in rows_of(run)] == [
        ("video", "created"), ("transcript", "created"), ("transcript", "rejected"),
    ]  # fmt: skip
    assert "says that it is gone" in rows_of(run)[2][2]


def test_the_same_address_again_is_unchanged(site: Site):
    subtitles(site, "/en.vtt", "A river.")
    address = film(site, "/film", en="/en.vtt")
    fetched(address)
    assert counts_of(fetched(address)) == (0, 0, 2, 0)
    assert ImportRun.objects.count() == 2
    assert CountSample.objects.count() == 1
    assert not Change.objects.exists()


def test_a_film_that_says_something_else_is_updated(site: Site):
    page = site.add("/film")
    fetched(f"{site.url}/film")
    page.title, page.views = "Another title", 160_000
    assert counts_of(fetched(f"{site.url}/film")) == (0, 1, 0, 0)
    assert Change.objects.get().new == "Another title"


def test_two_films_of_a_site_with_one_name_do_not_take_each_others_place(site: Site):
    site.add("/2021/river", Page(title="The first"))
    site.add("/2022/river", Page(title="The second"))
    fetched(f"{site.url}/2021/river")
    run = fetched(f"{site.url}/2022/river")
    assert counts_of(run) == (0, 0, 0, 1)
    assert "Another film has this id already" in rows_of(run)[0][2]
    assert Video.objects.get().title == "The first"


def test_a_machines_captions_are_called_so_and_a_language_may_be_unknown(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    subtitles(site, "/a.vtt", "A river.")
    extract = ytdlp._Asker.extract_info

    def extract_info(asker: Any, url: str, **keywords: Any) -> Any:
        said = extract(asker, url, **keywords)
        form = [{"ext": "vtt", "url": f"{site.url}/a.vtt"}]
        return said | {"automatic_captions": {"de-orig": form}, "subtitles": {"Plain": form}}

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    site.add("/film")
    run = fetched(f"{site.url}/film")
    transcript = Transcript.objects.get()
    assert (transcript.language, transcript.kind) == ("de", "automatic")
    assert "the site calls it “Plain”" in rows_of(run)[1][2]


def test_subtitles_that_are_none_are_a_rejected_row_and_nothing_else(site: Site):
    files = {"empty": b"", "html": b"<html>", "late": b"WEBVTT\n\n1\n"}

    def answer(body: bytes) -> Answer:
        return lambda handler: send(handler, body, content_type="text/vtt")

    for name, body in files.items():
        site.answer(f"/{name}.vtt", answer(body))
    run = fetched(film(site, "/film", en="/empty.vtt", fr="/html.vtt", es="/late.vtt"))
    assert (run.state, counts_of(run)) == (RunState.FINISHED, (1, 0, 0, 3))
    assert not Transcript.objects.exists()
    assert all(reason for _subject, _outcome, reason in rows_of(run)[1:])


# --- Taking back ----------------------------------------------------------------------


def test_a_fetch_is_taken_back_with_its_transcripts(site: Site, author: User):
    subtitles(site, "/en.vtt", "A river.")
    run = fetched(film(site, "/film", en="/en.vtt"), by=author)
    told = ingest.undo(run, by=author)
    assert (told.removed, told.spared) == (2, 0)
    assert not Video.objects.exists()
    assert not Transcript.objects.exists()


def test_a_list_is_taken_back_whole_though_its_films_came_in_twice(site: Site, author: User):
    run = fetched(youtube_list(site), by=author)
    assert counts_of(run)[:2] == (1, 0)
    make_claim(author=author)
    told = ingest.undo(run, by=author)
    assert told.spared == 0
    assert not Video.objects.filter(platform_id=YOUTUBE_ID).exists()


def test_what_is_not_over_cannot_be_taken_back(site: Site, author: User):
    run = wanted(f"{site.url}/film", by=author)
    with pytest.raises(ingest.RunAtWork, match="not over yet"):
        ingest.undo(run, by=author)


# --- Lists ----------------------------------------------------------------------------

YOUTUBE_ID = "swje6NSdkfk"


def youtube_list(site: Site) -> str:
    return feed(
        site, "/list", item(f"https://www.youtube.com/watch?v={YOUTUBE_ID}", "Keeping Score")
    )


def films(site: Site, count: int) -> str:
    """Serve a list of films with pages of their own."""
    for number in range(count):
        site.add(f"/film{number}", Page(title=f"Film {number}"))
    items = [item(f"{site.url}/film{number}") for number in range(count)]
    return feed(site, "/many", *items, title="Many films")


def test_the_films_of_a_list_are_asked_a_few_at_a_time_into_the_same_run(site: Site):
    address = films(site, 12)
    run = wanted(address)
    asked = []
    while not read(run).is_over:
        asked.append((sweep(), read(run).created, says(run)))
    assert [created for _steps, created, _says in asked] == [0, 5, 10, 12]
    assert asked[1][2] == "The next films are asked in a moment. 5 of 12 films asked for details."
    assert read(run).state == RunState.FINISHED
    assert Fetch.objects.get().title == "Many films"
    assert [row.number for row in run.rows.order_by("number")] == list(range(1, 13))
    assert not FetchPage.objects.exists()


def test_films_that_the_list_makes_known_are_in_before_they_are_asked(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    run = wanted(youtube_list(site))
    sweep()
    video = Video.objects.get()
    assert (video.platform, video.platform_id, video.title) == (
        "youtube", YOUTUBE_ID, "Keeping Score",
    )  # fmt: skip
    assert list(FetchPage.objects.values_list("url", flat=True)) == [video.page_url]
    answer = {"id": YOUTUBE_ID, "title": "Keeping Score", "extractor": "youtube",
              "extractor_key": "Youtube", "duration": 586, "view_count": 154_080,
              "timestamp": 1627653624, "webpage_url": video.page_url}  # fmt: skip
    monkeypatch.setattr(ytdlp._Asker, "extract_info", lambda *_a, **_k: answer)
    sweep()
    video.refresh_from_db()
    assert (video.duration_ms, CountSample.objects.get().views) == (586_000, 154_080)
    assert [row[1] for row in rows_of(run)] == ["created", "updated"]
    assert not Change.objects.exists(), "a gap that is filled is no change"


def test_films_that_are_known_already_are_not_asked_again(site: Site):
    fetches_page = youtube_list(site)
    wanted(fetches_page)
    sweep()
    Fetch.objects.update(due_at=None)
    again = wanted(fetches_page)
    sweep()
    assert read(again).state == RunState.FINISHED
    assert counts_of(again) == (0, 0, 1, 0)


def test_one_failure_does_not_end_the_list(site: Site):
    address = films(site, 4)
    site.answer("/film1", lambda h: send(h, b"no", status=404))
    site.answer("/film2", html("<p>words"))
    run = fetched(address)
    assert (run.state, counts_of(run)) == (RunState.FINISHED, (2, 0, 0, 2))
    reasons = list(run.rows.filter(outcome="rejected").values_list("source", "reason"))
    assert [source for source, _reason in reasons] == [f"{site.url}/film1", f"{site.url}/film2"]
    assert "says that it is gone" in reasons[0][1]


def test_a_page_that_does_not_answer_is_asked_again_after_the_others(site: Site):
    address = films(site, 3)
    answers = iter([503, 200])

    def unsteady(handler: BaseHTTPRequestHandler) -> None:
        if next(answers) == 503:
            send(handler, b"no", status=503)
        else:
            send(handler, platform_server.page_of(Page(title="At last"), site.url))

    site.answer("/film0", unsteady)
    run = wanted(address)
    sweep(2)
    assert counts_of(run) == (2, 0, 0, 0)
    assert Fetch.objects.get().due_at > timezone.now() + MINUTE / 2  # type: ignore[operator]
    Fetch.objects.update(due_at=timezone.now())
    sweep()
    assert counts_of(run) == (3, 0, 0, 0)
    assert read(run).state == RunState.FINISHED


def test_a_page_that_never_answers_is_given_up_and_told(site: Site):
    address = films(site, 1)
    site.answer("/film0", lambda h: send(h, b"no", status=503))
    run = fetched(address)
    assert (run.state, counts_of(run)) == (RunState.FINISHED, (0, 0, 0, 1))
    assert site.asked.count("/film0") == fetching.PAGE_TRIES


def test_a_site_that_asks_us_to_wait_is_not_asked_for_the_rest(site: Site):
    address = films(site, 3)
    site.answer("/film1", lambda h: send(h, b"no", status=429, Retry_After="7200"))
    run = wanted(address)
    sweep(2)
    assert "/film2" not in site.asked
    assert "127.0.0.1 asked us to wait" in says(run)
    assert "Next try in 2 hours. 1 of 3 films asked for details." in says(run)
    for _try in range(fetches.TRIES):
        Fetch.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        sweep()
    run = read(run)
    assert (run.state, counts_of(run)) == (RunState.FINISHED, (1, 0, 0, 0))
    assert "2 films were not asked for details" in says(run)


def test_a_list_without_films_says_so(site: Site):
    run = fetched(feed(site, "/none"))
    assert rows_of(run) == [("video", "rejected", "There is no film in this list.")]


def test_films_that_stand_on_the_page_of_the_list_come_in_whole(site: Site):
    subtitles(site, "/en.vtt", "A river.")
    body = player("/a.webm", en="/en.vtt") + player("/b.webm")
    run = fetched(site.answer("/two", html(body, title="Two films")))
    assert (run.state, counts_of(run)) == (RunState.FINISHED, (3, 0, 0, 0))
    assert Video.objects.count() == 2
    assert site.asked.count("/two") == 1


# --- Going wrong ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "says that it is gone"), (401, "to its owner only"), (451, "does not show it")],
)
def test_what_will_not_change_ends_it_at_once_with_the_reason(site: Site, status: int, words: str):
    address = site.answer("/film", lambda h: send(h, b"no", status=status))
    run = wanted(address)
    sweep()
    run = read(run)
    assert (run.state, run.standing_label, counts_of(run)) == ("failed", "Failed", (0, 0, 0, 1))
    assert words in says(run)
    assert words in rows_of(run)[0][2]


def test_own_machine_is_not_asked_unless_it_is_allowed(site: Site, settings: Settings):
    settings.FETCH_PRIVATE_ADDRESSES = False
    site.add("/film")
    run = fetched(f"{site.url}/film")
    assert (run.state, site.asked) == (RunState.FAILED, [])
    assert "not a public address" in says(run)


def test_a_temporary_failure_is_tried_again_and_not_for_ever(site: Site):
    address = site.answer("/film", lambda h: send(h, b"no", status=503))
    run = wanted(address)
    waits = []
    for _try in range(fetches.TRIES - 1):
        before = timezone.now()
        Fetch.objects.update(due_at=before)
        sweep()
        due_at = Fetch.objects.get().due_at
        assert isinstance(due_at, datetime)
        assert read(run).state == RunState.WAITING
        waits.append(due_at - before)
    assert waits == sorted(waits)
    assert MINUTE <= waits[0] <= 2 * MINUTE
    assert "did not answer as it should" in says(run)
    assert "Next try in" in says(run)
    Fetch.objects.update(due_at=timezone.now())
    sweep()
    assert (read(run).state, counts_of(run)) == (RunState.FAILED, (0, 0, 0, 1))


def test_an_answer_after_failures_is_as_good_as_any(site: Site):
    site.answer("/film", lambda h: send(h, b"no", status=429, Retry_After="60"))
    run = wanted(f"{site.url}/film")
    sweep()
    assert "asked us to wait" in says(run)
    site.answers.clear()
    site.add("/film")
    Fetch.objects.update(due_at=timezone.now())
    sweep()
    assert (read(run).state, counts_of(run), says(run)) == ("finished", (1, 0, 0, 0), "")


def test_an_extractor_that_breaks_ends_its_fetch_with_the_reason(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    def extract_info(*_arguments: Any, **_keywords: Any) -> Any:
        raise KeyError("playerResponse")

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    run = fetched(f"{site.url}/film")
    assert "KeyError" in says(run)
    assert read(run).state == RunState.FAILED


def test_nothing_is_fetched_while_it_is_off(site: Site, settings: Settings):
    settings.FETCH_ENABLED = False
    wanted(f"{site.url}/film")
    assert sweep() == 0
    assert site.asked == []


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


# --- In the foreground ----------------------------------------------------------------


def test_in_the_foreground_a_list_is_fetched_to_its_end(site: Site):
    told: list[int] = []
    run = fetching.fetch_now(parse_target(films(site, 7)), progress=told.append)
    assert (run.state, run.created, told) == (RunState.FINISHED, 7, [0, 5, 7])
    assert tasks.fetch_due() == 0


def test_in_the_foreground_nothing_is_waited_for(site: Site):
    address = site.answer("/film", lambda h: send(h, b"no", status=429, Retry_After="60"))
    run = fetching.fetch_now(parse_target(address))
    assert run.state == RunState.FAILED
    assert run.address is not None
    assert "asked us to wait" in run.address.last_failure
    assert tasks.fetch_due() == 0


def test_interrupted_in_the_foreground_it_is_over(site: Site):
    def stop(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetching.fetch_now(parse_target(films(site, 7)), progress=stop)
    assert read(ImportRun.objects.get()).is_over
    assert tasks.fetch_due() == 0


# --- When -----------------------------------------------------------------------------


def test_waits_double_and_honour_the_sites_wish():
    temporary = Failure(FailureKind.TEMPORARY, "")
    waits = [fetches.back_off(temporary, failures=n, share=0) for n in (1, 2, 3, 50)]
    assert waits == [MINUTE, 2 * MINUTE, 4 * MINUTE, timedelta(days=1)]
    limited = Failure(FailureKind.RATE_LIMITED, "", retry_after=timedelta(hours=3))
    assert fetches.back_off(limited, failures=1, share=0) == timedelta(hours=3)
    assert fetches.back_off(limited, failures=1, share=1) == timedelta(hours=3.75)


def test_the_rows_of_a_fetch_keep_no_bytes_of_subtitles(site: Site):
    subtitles(site, "/en.vtt", "A river.")
    run = fetched(film(site, "/film", en="/en.vtt"))
    row = ImportRow.objects.get(run=run, subject="transcript")
    assert row.raw is None
    assert row.source.endswith("/film (subtitles: en)")
