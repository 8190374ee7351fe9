"""Picking a quote out of the transcript: words, lines, and the form they lead to."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from annotations import picking
from catalogue.models import TranscriptKind, Video
from tests.makers import make_transcript
from tests.pages import queries, read

pytestmark = pytest.mark.django_db
LINES = [
    (60, "It was a hard winter."),
    (70, "By the spring the river ran north,\nas they had said"),
    (80, "and nobody had asked the farmers."),
]


@pytest.fixture
def film(video: Video) -> Video:
    """Return a film with a transcript of three lines, ten seconds each."""
    make_transcript(video, *LINES)
    return video


def pick(film: Video, **params: str) -> picking.Picked | None:
    return picking.find_picked(film, {name.rstrip("_"): value for name, value in params.items()})


def test_one_line_is_quoted_with_its_time(film: Video):
    assert pick(film, from_="60", to="60") == picking.Picked(
        60_000, 70_000, "It was a hard winter."
    )


def test_several_lines_become_one_quote(film: Video):
    found = pick(film, from_="70", to="80")
    assert found is not None
    assert found.quote == (
        "By the spring the river ran north, as they had said and nobody had asked the farmers."
    )
    assert (found.start_ms, found.end_ms) == (70_000, 90_000)


def test_selected_words_narrow_the_time(film: Video):
    found = pick(film, from_="70", to="80", words="as they had  said and nobody")
    assert found is not None
    assert found.quote == "as they had said and nobody"
    assert 70_000 < found.start_ms < 80_000 < found.end_ms < 90_000


def test_words_that_are_not_said_there_are_not_quoted(film: Video):
    found = pick(film, from_="60", to="60", words="something else")
    assert found is not None
    assert found.quote == "It was a hard winter."


def test_too_long_a_quote_is_cut_to_whole_words(video: Video):
    make_transcript(video, *[f"sentence number {number} of the film" for number in range(40)])
    found = pick(video, from_="0", to="390")
    assert found is not None
    assert found.is_cut
    assert len(found.quote) <= 500
    said = " ".join(f"sentence number {number} of the film" for number in range(40))
    assert said.startswith(f"{found.quote} ")
    assert found.end_ms < 200_000


@pytest.mark.parametrize(
    "params",
    [{}, {"from_": "soon"}, {"from_": "3:00", "to": "3:10"}, {"from_": "80", "to": "60"}],
)
def test_what_picks_nothing_is_an_empty_form(film: Video, params: dict[str, str]):
    found = pick(film, **params)
    assert found is None


def test_a_range_is_ten_minutes_at_most(video: Video):
    make_transcript(video, (0, "the beginning"), (700, "the end"))
    found = pick(video, from_="0", to="700")
    assert found is not None
    assert found.quote == "the beginning"


def test_the_transcript_that_was_read_is_the_one_quoted(film: Video):
    make_transcript(film, (60, "it was a heart winter"), kind=TranscriptKind.AUTOMATIC)
    found = pick(film, transcript="en.auto", from_="60", to="60")
    assert found is not None
    assert found.quote == "it was a heart winter"


def test_a_film_without_a_transcript_has_nothing_to_pick(video: Video):
    assert pick(video, from_="0", to="10") is None


# --- Pages ----------------------------------------------------------------------------


def test_the_form_is_filled_with_what_was_picked(client: Client, film: Video, reader: User):
    client.force_login(reader)
    query = urlencode({"transcript": "en", "from": 60, "to": 60})
    text = read(client, f"{film.get_absolute_url()}claims/new/?{query}")
    assert 'value="1:00"' in text
    assert 'value="1:10"' in text
    assert "It was a hard winter.</textarea>" in text


def test_lines_are_picked_without_javascript(client: Client, film: Video):
    page = film.get_absolute_url()
    assert 'pick=on#transcript"' in read(client, page)
    first = read(client, page, pick="on")
    assert "Choose the line where the words begin." in first
    assert 'href="?pick=70#transcript"' in first
    last = read(client, page, pick="70")
    assert "Now choose the line where they end." in last
    assert "It was a hard winter." not in last
    assert "claims/new/?transcript=en&amp;from=70&amp;to=80" in last


def test_picking_takes_no_more_queries(client: Client, film: Video):
    page = film.get_absolute_url()
    assert queries(client, f"{page}?pick=on") == queries(client, page)


def test_a_line_weighs_little(client: Client, video: Video):
    make_transcript(video, *["words"] * 10)
    few = len(read(client, video.get_absolute_url()))
    make_transcript(video, *["words"] * 60)
    assert (len(read(client, video.get_absolute_url())) - few) / 50 < 250
