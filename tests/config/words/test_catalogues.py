"""The catalogues of the site, and what is said of a wrong one."""

from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings

from catalogue.records.said import CONTEXT
from config.words import catalogues, extracting

ROOT = Path(settings.BASE_DIR)
LOCALE = ROOT / "locale"
LANGUAGES = catalogues.languages(LOCALE)


@pytest.fixture(scope="module")
def words() -> Catalog:
    """Return all words of the product."""
    return extracting.found_in(ROOT)


def one(text: str | tuple[str, str], translation: str | tuple[str, ...], **more: Any) -> list[str]:
    """Return what is wrong with one translation into Arabic."""
    catalogue = Catalog(locale="ar")
    return list(catalogues.faults(catalogue.add(text, translation, **more), catalogue))


def test_every_language_of_the_site_but_english_has_a_catalogue():
    assert set(LANGUAGES) == {code for code, _name in settings.LANGUAGES} - {"en"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_translated_is_wrong(language: str):
    catalogue = catalogues.read(catalogues.path_of(LOCALE, language))
    wrong = [
        (message.id, fault)
        for message in catalogue
        if message.id
        for fault in catalogues.faults(message, catalogue)
        if fault != "untranslated"
    ]
    assert wrong == []


def test_a_translation_that_says_what_is_meant_is_fine():
    assert one("Films", "أفلام") == []
    assert one("%(n)s by %(who)s", "%(who)s: %(n)s") == []


@pytest.mark.parametrize(
    ("text", "translation", "fault"),
    [
        ("Films", "", "untranslated"),
        ("%(count)s films", "%(number)s أفلام", "other placeholders"),
        ("%(count)s films", "أفلام", "other placeholders"),
        ("By %s", "من %s و %s", "other placeholders"),
        ("<b>Films</b>", "<i>أفلام</i>", "other markup"),
        ('<a href="%(url)s">Films</a>', '<a href="/evil/%(url)s">أفلام</a>', "other markup"),
    ],
)
def test_a_translation_that_would_break_the_page_is_found(text: str, translation: str, fault: str):
    assert [found.partition(" in ")[0] for found in one(text, translation)] == [fault]


def test_a_guess_is_found():
    assert one("Films", "أفلام", flags={"fuzzy"}) == ["fuzzy"]


def test_arabic_needs_its_six_forms_and_may_say_one_and_two_in_words():
    text = ("%(n)s film", "%(n)s films")
    forms = ("لا أفلام", "فيلم واحد", "فيلمان", "%(n)s أفلام", "%(n)s فيلمًا", "%(n)s فيلم")
    assert one(text, forms) == []
    assert one(text, (*forms[:5], "")) == ["a plural form is missing"]
    assert one(text, (*forms[:3], "أفلام", *forms[4:])) == ["other placeholders in 'أفلام'"]


def test_an_update_keeps_translations_drops_the_dead_and_guesses_nothing(tmp_path: Path):
    first, second = Catalog(), Catalog()
    for text in ("Films", "Claims of the film"):
        first.add(text, locations=[("a.html", 0)])
    first.add("May", context="month", locations=[("a.html", 0)])
    catalogues.update(tmp_path, "fr", first)
    path = catalogues.path_of(tmp_path, "fr")
    translated = path.read_text().replace('msgid "Films"\nmsgstr ""', 'msgid "Films"\nmsgstr "F"')
    translated = translated.replace('msgid "May"\nmsgstr ""', 'msgid "May"\nmsgstr "mai"')
    path.write_text(translated)
    second.add("Films", locations=[("b.html", 0)])
    second.add("Claims of a film", locations=[("b.html", 0)])
    second.add("May", context="month", locations=[("a.html", 0)])
    second.add(("%(n)s film", "%(n)s films"), locations=[("b.html", 0)])
    catalogues.update(tmp_path, "fr", second)
    catalogue = catalogues.read(path)
    assert catalogue["Films"].string == "F"
    month = catalogue.get("May", context="month")
    assert month
    assert month.string == "mai"
    assert "Claims of the film" not in catalogue
    assert catalogue["Claims of a film"].string == ""
    assert not catalogue["Claims of a film"].fuzzy
    assert list(catalogues.complaints(catalogue, second)) == [
        "untranslated: 'Claims of a film'",
        "untranslated: '%(n)s film'",
    ]
    written = path.read_text()
    catalogues.update(tmp_path, "fr", second)
    assert path.read_text() == written


def test_what_code_says_and_a_catalogue_does_not_is_missing():
    words = Catalog()
    words.add("Films")
    words.add("Films", context="nav")
    catalogue = Catalog(locale="fr")
    catalogue.add("Films", "Films")
    catalogue.add("Gone", "Parti")
    assert list(catalogues.complaints(catalogue, words)) == [
        "missing: 'Films'",
        "said nowhere any more: 'Gone'",
    ]


def test_words_are_found_in_code_and_in_templates_with_context_plural_and_comment(tmp_path: Path):
    for folder in extracting.CODE:
        (tmp_path / folder).mkdir()
    (tmp_path / "config" / "a.py").write_text(
        "from x import gettext as _, ngettext, pgettext_lazy\n"
        "# Translators: of a river\n"
        '_("One " "sentence")\npgettext_lazy("month", "May")\nngettext("%d a", "%d b", 2)\n'
    )
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.html").write_text(
        "{% load i18n %}\n<p>\n      It's {# Translators: a verb #}\n"
        '{% translate "Watch" context "do" %}\n'
        "   {% blocktranslate trimmed count n=2 %}\n  {{ n }} film\n  and it's 100%\n"
        "{% plural %}\n {{ n }} films\n{% endblocktranslate %}"
        '{% include "a" with b=_("In a tag") %}'
    )
    found = extracting.found_in(tmp_path)
    ids = {(message.context, message.id) for message in found if message.id}
    assert ids == {
        (None, "One sentence"),
        ("month", "May"),
        (None, ("%d a", "%d b")),
        ("do", "Watch"),
        (None, ("%(n)s film and it's 100%%", "%(n)s films")),
        (None, "In a tag"),
    }
    assert found["One sentence"].auto_comments == ["of a river"]
    verb = found.get("Watch", context="do")
    assert verb
    assert verb.auto_comments == ["a verb"]


def test_what_a_module_calls_by_a_name_of_its_own_is_found_too(tmp_path: Path):
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "forms.py").write_text(
        "from django.utils.translation import gettext as _now\n"
        "from django.utils.translation import ngettext_lazy as _many\n"
        '_now("Films")\n_many("%(n)s film", "%(n)s films")\n'
    )
    assert {message.id for message in extracting.found_in(tmp_path) if message.id} == {
        "Films",
        ("%(n)s film", "%(n)s films"),
    }


def test_stored_reasons_are_found_with_their_context_and_other_words_without(words: Catalog):
    assert words.get("the file is empty", context=CONTEXT) is not None
    assert words.get("the file is empty") is None
    counted = words.get("{count:,} more part of the file was left out", context=CONTEXT)
    assert counted is not None
    assert counted.pluralizable


def test_a_reason_keeps_the_format_of_its_numbers():
    assert one("{count:,} cues", "{count:,} أسطر") == []
    assert one("{count:,} cues", "{count} أسطر") == ["other placeholders in '{count} أسطر'"]
