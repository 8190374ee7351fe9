"""What languages are called."""

import pytest
from django.utils import translation

from catalogue import language_names


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("en", "English"),
        ("en-US", "American English"),
        ("pt-br", "Brazilian Portuguese"),
        ("zh", "Chinese"),
        ("zh-Hans", "Simplified Chinese"),
        ("es-419", "Latin American Spanish"),
        ("en-NG", "English (Nigeria)"),
        ("sr-latn-rs", "Serbian (Latin · Serbia)"),
        ("zz", "zz"),
        ("", ""),
    ],
)
def test_a_language_is_told_with_what_sets_it_apart(code: str, name: str):
    assert language_names.name_of(code) == name


def test_the_name_is_in_the_language_of_the_reader():
    with translation.override("fr"):
        assert language_names.name_of("de") == "Allemand"
    with translation.override("ar"):
        assert language_names.name_of("ms") == "الماليزية"


def test_languages_to_choose_from_are_sorted_by_their_names_in_that_language():
    with translation.override("es"):
        told = [name for _code, name in language_names.choices(["en", "ar", "de", "sv"])]
    # The accent makes no other letter.
    assert told == ["Alemán", "Árabe", "Inglés", "Sueco"]
