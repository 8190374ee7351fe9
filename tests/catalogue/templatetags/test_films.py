"""Small words on pages."""

import re
from datetime import timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from catalogue.templatetags.films import (
    ago,
    ahead,
    decimal,
    figure,
    listed,
    shift,
)


@pytest.mark.parametrize(("count", "text"), [(None, "unknown"), (0, "0"), (154_080, "154,080")])
def test_unknown_count_is_a_word_and_zero_a_number(count: int | None, text: str):
    assert figure(count) == text


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
        second = "ث" if language == "ar" else "s"
        assert re.fullmatch(rf"\u2212{re.escape(half)}[ \xa0]{second}", shift(-500))
        assert Template("{{ x }}").render(Context({"x": 0.5})) == "0.5"


@pytest.mark.parametrize(
    ("language", "days", "told"),
    [
        ("en", 0, "just now"),
        ("en", 1.9, "1 day ago"),
        ("en", 364, "11 months ago"),
        ("en", 366, "1 year ago"),
        ("fr", 4 * 365 + 2, "il y a 4 ans"),
        ("es", 15, "hace 2 semanas"),
        ("ar", 2 * 365 + 2, "قبل سنتين"),
        ("ar", 4 * 365 + 2, "قبل 4 سنوات"),
    ],
)
def test_an_age_is_told_as_the_language_counts(language: str, days: float, told: str):
    with translation.override(language):
        assert ago(timezone.now() - timedelta(days=days)) == told


@pytest.mark.parametrize(
    ("language", "hours", "told"),
    [
        ("en", 0, "in a moment"),
        ("en", 3.5, "in 3 hours"),
        ("fr", 1.5, "dans 1 heure"),
        ("es", 50, "dentro de 2 días"),
        # After a preposition two have another case.
        ("ar", 2.5, "خلال ساعتين"),
    ],
)
def test_what_is_to_come_is_told_as_the_language_counts(language: str, hours: float, told: str):
    with translation.override(language):
        assert ahead(timezone.now() + timedelta(hours=hours, seconds=5)) == told


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Rivers, Dams, and Canals"),
        ("fr", "Rivers, Dams et Canals"),
        ("es", "Rivers, Dams y Canals"),
        ("ar", "Rivers وDams وCanals"),
    ],
)
def test_a_list_is_joined_as_the_language_does(language: str, told: str):
    with translation.override(language):
        assert listed(["Rivers", "Dams", "Canals"]) == told
        assert listed(["Rivers"]) == "Rivers"
        assert listed([]) == ""
