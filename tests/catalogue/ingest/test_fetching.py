"""Addresses into the catalogue: what the steps of a fetch leave behind."""

from datetime import datetime, timedelta
from typing import Any

import pytest
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
    ImportRow,
    ImportRun,
    RunState,
    Transcript,
    Video,
)
from catalogue.platforms import Failure, FailureKind, ytdlp
from catalogue.records.targets import parse_target
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
from tests.makers import make_claim
from tests.platform_server import Answer, Page, Site, film, send, subtitles

pytestmark = pytest.mark.django_db


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
