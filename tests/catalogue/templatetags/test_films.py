"""Small words on pages."""

import pytest

from catalogue.templatetags.films import figure, language_name


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
