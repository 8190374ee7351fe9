"""Small words on pages."""

from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from catalogue.templatetags.films import (
    day,
    decimal,
    figure,
    language_name,
    moment,
    stamp,
)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("en", "English"),
        ("en-US", "English (US)"),
        ("pt-br", "Brazilian Portuguese"),
        ("zh-Hans", "Simplified Chinese"),
        ("es-419", "Spanish (419)"),
        ("tlh", "tlh"),
        ("", ""),
    ],
)
def test_language_is_told_with_what_sets_it_apart(code: str, name: str):
    assert language_name(code) == name


@pytest.mark.parametrize(("count", "text"), [(None, "unknown"), (0, "0"), (154_080, "154,080")])
def test_unknown_count_is_a_word_and_zero_a_number(count: int | None, text: str):
    assert figure(count) == text


@pytest.mark.parametrize(
    ("language", "zone", "told", "stamped"),
    [
        ("en", "UTC", "30 July 2021, 14:00 UTC", "2021-07-30 14:00:24 UTC"),
        ("fr", "Europe/Paris", "30 juillet 2021 à 16:00 CEST", "2021-07-30 16:00:24 CEST"),
        ("es", "UTC", "30 de julio de 2021, 14:00 UTC", "2021-07-30 14:00:24 UTC"),
        ("ar", "UTC", "30 يوليو 2021، 14:00 UTC", "2021-07-30 14:00:24 UTC"),
    ],
)
def test_a_time_is_told_in_the_readers_language_and_zone(
    language: str, zone: str, told: str, stamped: str
):
    at = datetime(2021, 7, 30, 14, 0, 24, tzinfo=UTC)
    with translation.override(language), timezone.override(zone):
        assert (moment(at), stamp(at)) == (told, stamped)
        assert told.startswith(day(at))
    assert (moment(None), stamp(None), day(None)) == ("", "", "")


@pytest.mark.parametrize(
    ("language", "count", "half"),
    [
        ("en", "1,234,567", "0.5"),
        ("fr", "1\u202f234\u202f567", "0,5"),
        ("es", "1\u202f234\u202f567", "0,5"),
        ("ar", "1,234,567", "0.5"),
    ],
)
def test_numbers_are_written_as_the_reader_does_and_for_machines_with_a_point(
    language: str, count: str, half: str
):
    with translation.override(language):
        assert (figure(1_234_567), decimal(0.5)) == (count, half)
        assert Template("{{ x }}").render(Context({"x": 0.5})) == "0.5"
