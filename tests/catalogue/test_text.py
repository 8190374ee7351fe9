"""What people may type."""

import pytest
from django.core.exceptions import ValidationError

from catalogue.text import split_at_commas, validate_readable


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A river.",
        "Two\nlines\tof it",
        "سد عالٍ \u200f(1970)",
        "नदी\u200d",
        "👩\u200d🔬",
        "❄\ufe0f",
    ],
)
def test_what_people_write_is_readable(text: str):
    validate_readable(text)


@pytest.mark.parametrize(
    "text",
    [
        "nul \0",
        "bell \x07",
        "half \ud800",
        "reads \u202esdrawkcab",
        "isolated \u2067left\u2069",
        "\u200b" * 20,
        "\u2060\u00ad \ufeff",
    ],
)
def test_what_cannot_be_seen_or_reads_otherwise_than_it_is_is_refused(text: str):
    with pytest.raises(ValidationError):
        validate_readable(text)


@pytest.mark.parametrize("text", ["a,b", "a،b", "a、b", "a，b"])  # noqa: RUF001
def test_commas_of_every_script_part_words(text: str):
    assert split_at_commas(text) == ["a", "b"]
