"""Lists into the catalogue: their films are asked a few at a time."""

from http.server import BaseHTTPRequestHandler

import pytest
from django.utils import timezone

from catalogue.ingest import fetches, fetching
from catalogue.models import Change, CountSample, Fetch, FetchPage, RunState, Video
from catalogue.platforms import ytdlp
from tests import platform_server
from tests.catalogue.ingest.fetched import (
    MINUTE,
    YOUTUBE_ID,
    counts_of,
    fetched,
    films,
    read,
    rows_of,
    says,
    sweep,
    wanted,
    youtube_list,
)
from tests.platform_server import Page, Site, feed, html, player, send, subtitles

pytestmark = pytest.mark.django_db


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
