"""Which subtitles of a film are read, out of what yt-dlp says."""

from datetime import UTC, datetime
from typing import Any

import pytest

from catalogue.platforms.documents import MAX_TRACKS, film_of, flat_entry, waiting_entry
from catalogue.records import parse

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def info(**said: Any) -> dict[str, Any]:
    return {
        "id": "swje6NSdkfk", "title": "Keeping Score", "extractor": "youtube",
        "extractor_key": "Youtube", "webpage_url": "https://www.youtube.com/watch?v=swje6NSdkfk",
        **said,
    }  # fmt: skip


def forms(name: str, *endings: str) -> list[dict[str, str]]:
    return [{"ext": one, "url": f"https://s.example/{name}.{one}"} for one in endings]


def tracks(**said: Any) -> list[tuple[str, bool, str]]:
    made = film_of(info(**said), at=NOW)
    return [(one.language, one.is_automatic, one.url.rpartition("/")[2]) for one in made.tracks]


def test_written_subtitles_of_every_language_are_read_the_films_own_first():
    given = {"fr": forms("fr", "json3", "srv1", "vtt"), "en": forms("en", "srt", "vtt"),
             "live_chat": [{"ext": "json", "url": "https://s.example/chat"}]}  # fmt: skip
    assert tracks(language="en-US", subtitles=given) == [
        ("en", False, "en.vtt"), ("fr", False, "fr.vtt"),
    ]  # fmt: skip


def test_of_a_machines_captions_only_those_in_the_language_of_the_film():
    given = {code: forms(code, "vtt") for code in ("af", "en", "en-orig", "zu")}
    assert tracks(language="en", automatic_captions=given) == [("en", True, "en-orig.vtt")]
    del given["en-orig"]
    assert tracks(language="en-GB", automatic_captions=given) == [("en", True, "en.vtt")]
    assert tracks(automatic_captions=given) == [], "which language is spoken is not known"


def test_the_language_is_that_of_the_sound():
    sound = [{"language": "de", "acodec": "opus", "language_preference": -1},
             {"language": "en", "acodec": "opus", "language_preference": 10},
             {"language": "fr", "acodec": "none", "language_preference": 20}]  # fmt: skip
    made = film_of(info(formats=sound), at=NOW)
    assert parse("x", made.document).language == "en"


def test_a_language_is_read_once_also_with_several_tracks():
    given = {"en": forms("plain", "vtt"), "en-uYU-mmqFLq8": forms("named", "vtt")}
    assert tracks(subtitles=given) == [("en", False, "plain.vtt")]


def test_more_languages_than_are_read_are_counted():
    given = {f"{a}{b}": forms(f"{a}{b}", "vtt") for a in "abc" for b in "abcdefghij"}
    made = film_of(info(subtitles=given), at=NOW)
    assert (len(made.tracks), made.left_out_tracks) == (MAX_TRACKS, 30 - MAX_TRACKS)


@pytest.mark.parametrize(
    "form",
    [
        {"ext": "ttml", "url": "https://s.example/en.ttml"},
        {"ext": "vtt", "protocol": "m3u8_native", "url": "https://s.example/en.m3u8"},
        {"url": "https://s.example/en"},
        {},
    ],
)
def test_a_form_that_is_not_read_is_told_not_asked(form: dict[str, str]):
    (track,) = film_of(info(subtitles={"en": [form]}), at=NOW).tracks
    assert (track.language, track.url, track.text) == ("en", "", "")


def test_a_name_that_is_no_language_is_kept_as_a_label():
    (track,) = film_of(info(subtitles={"Deutsch": forms("x", "vtt")}), at=NOW).tracks
    assert (track.language, track.label) == ("", "Deutsch")


@pytest.mark.parametrize("odd", [None, [], "en", {"en": None}, {"en": ["x"]}, {None: []}])
def test_odd_subtitles_are_none(odd: Any):
    assert film_of(info(subtitles=odd, automatic_captions=odd), at=NOW).tracks == ()


def test_an_entry_that_names_no_film_is_none():
    for odd in ({}, {"url": ""}, {"url": None}, {"url": "ytsearch:x"}, {"ie_key": "Youtube"}):
        assert flat_entry(odd) is None
        assert waiting_entry(odd) is None


def test_what_json_has_no_word_for_becomes_text():
    made = film_of(info(chapters=[{"at": NOW}], __private=1, nan=float("nan")), at=NOW)
    assert parse("x", made.document).title == "Keeping Score"
    assert b"__private" not in made.document
