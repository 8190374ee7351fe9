"""Reasons that are stored in English, told in the reader's language."""

import re
from pathlib import Path
from string import Formatter

import pytest
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template import Context, Template
from django.utils import translation
from django.utils.translation import npgettext, pgettext
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalogue import retelling
from catalogue.ingest import unmerging
from catalogue.models import Video
from catalogue.records.said import CONTEXT, listed, said, said_many, saying
from config.words import extracting

LANGUAGES = ("fr", "es", "ar")
TEMPLATES = sorted(
    {
        (message.id,) if isinstance(message.id, str) else tuple(message.id)
        for message in extracting.found_in(Path(settings.BASE_DIR))
        if message.id and message.context == CONTEXT
    }
)
# Said inside other reasons: one that is known, and one that nobody here said.
KNOWN, NAMES = "there is no title", ("title", "tags")
OUTSIDE = "Requested format is not available"

Told = dict[str, str | int]


def test_there_are_templates():
    assert len(TEMPLATES) > 200


def test_no_two_templates_look_alike():
    shapes = [re.sub(r"\{\w+", "{", form) for sources in TEMPLATES for form in set(sources)]
    assert len(shapes) == len(set(shapes))


def values_of(form: str, text: str, number: int, reason: str) -> Told:
    """Return a value for each of a template's fields: what a parser would give it."""
    given: Told = {}
    parsed = [(words, name, kind) for words, name, kind, _ in Formatter().parse(form)]
    # Where one of several values holds what stands between them, nobody knows where each ends.
    if any(words in text for words, _name, _kind in parsed[1:] if words):
        text = "x"
    for _words, name, kind in parsed:
        if name:
            special = {"fact": "title", "facts": ", ".join(NAMES), "reason": reason,
                       "reasons": listed([KNOWN, reason])}  # fmt: skip
            given[name] = number if kind else special.get(name, text)
    return given


def expected_of(sources: tuple[str, ...], given: Told, reason: str) -> str:
    """Return what a reader should be told: the translation, with the same values in it."""
    if len(sources) == 1:
        translated = pgettext(CONTEXT, sources[0])
    else:
        count = given.get("count", 1)
        assert isinstance(count, int)
        translated = npgettext(CONTEXT, sources[0], sources[1], count)
    comma = retelling.between_names()
    semicolon = re.sub(r"\{\w+\}", "", pgettext("of a list of reasons", "{one}; {other}"))
    known, first, second = (pgettext(CONTEXT, one) for one in (KNOWN, *NAMES))
    reason = known if reason == KNOWN else reason
    special = {
        "fact": first,
        "facts": f"{first}{comma}{second}",
        "reason": reason,
        "reasons": known if reason == known else f"{known}{semicolon}{reason}",
    }
    told = ""
    for text, name, kind, _conversion in Formatter().parse(translated):
        told += text
        if name and kind == ",":
            told += str(intcomma(given[name]))
        elif name:
            told += str(special.get(name, given[name]))
    return told


@pytest.mark.parametrize("language", LANGUAGES)
@hypothesis_settings(max_examples=25)
@given(
    text=st.text(max_size=30) | st.sampled_from(["a; b", "x. y", "title", "“", "a: b", "1,234"]),
    number=st.integers(0, 10**12),
    reason=st.sampled_from([KNOWN, OUTSIDE, "HTTP 404: Not Found"]),
)
def test_every_template_is_found_again_whatever_its_values(
    language: str, text: str, number: int, reason: str
):
    with translation.override(language):
        for sources in TEMPLATES:
            form = sources[0] if len(sources) == 1 or number == 1 else sources[1]
            given_values = values_of(form, text, number, reason)
            stored = said(form, **given_values)
            assert retelling.retell(stored) == expected_of(sources, given_values, reason), stored


def test_english_is_told_as_it_is_stored():
    assert retelling.retell("the cue has no text; so it is") == "the cue has no text; so it is"
    assert retelling.marked("<b> & “x”") == "&lt;b&gt; &amp; “x”"


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("“ten” is not a whole number of 0 or more", "«ten» no es un número entero de 0 o más"),
        ("3 new, 1 passed by.", "3 nuevas, 1 fuera del filtro."),
        ("Nothing new.", "Nada nuevo."),
        (
            "title, tags: changed since; views: counted since",
            (
                "título, etiquetas: con cambios posteriores; visualizaciones: con un recuento "
                "posterior"
            ),
        ),
        (
            "left out: line 3: “x; y” is not a time range; 2 more parts of the file were left out",
            (
                "se dejó fuera: línea 3: «x; y» no es un intervalo de tiempo; "
                "se dejaron fuera 2 partes más del archivo"
            ),
        ),
        (
            (
                "vimeo.com did not answer as it should: Bad gateway. 6 times in a row. "
                "3 films were not asked for details."
            ),
            (
                "vimeo.com no respondió como debía: Bad gateway. 6 veces seguidas. "
                "No se pidieron los detalles de 3 películas."
            ),
        ),
        (
            "this archive is not read: it is a link",
            "este archivo comprimido no se lee: es un enlace",
        ),
    ],
)
def test_what_rows_hold_already_is_told_without_any_change_of_them(stored: str, told: str):
    with translation.override("es"):
        assert retelling.retell(stored) == told


def test_numbers_are_written_and_counted_as_the_reader_does():
    with translation.override("fr"):
        told = retelling.retell("12,345 characters are too many; 1,000 are allowed")
        assert (
            told == f"{intcomma(12345)} caractères, c’est trop\u202f; {intcomma(1000)} sont permis"
        )
        assert "12,345" not in told
    with translation.override("ar"):
        counted = [said_many("{count:,} new", "{count:,} new", count=n) for n in (1, 2, 5)]
        assert [retelling.retell(one) for one in counted] == [
            "فيلم جديد واحد", "فيلمان جديدان", "5 أفلام جديدة",
        ]  # fmt: skip
    with translation.override("fr"):
        assert "1888" in retelling.retell("the year lies outside 1888 to 2100")


def test_what_comes_from_outside_stays_and_says_that_it_is_english():
    with translation.override("ar"):
        assert retelling.retell("ERROR: <b>; unknown") == "ERROR: <b>; unknown"
        assert retelling.marked("ERROR: <b>") == (
            '<span lang="en" dir="ltr">ERROR: &lt;b&gt;</span>'
        )
        assert retelling.marked("this cannot be read: Is a directory") == (
            'لا يمكن قراءته: <span lang="en" dir="ltr">Is a directory</span>'
        )


def test_values_stand_apart_and_a_name_is_no_english():
    with translation.override("ar"):
        assert retelling.marked("“<i>” is not a time range") == (
            "«<bdi>&lt;i&gt;</bdi>» ليس مجالًا زمنيًا"
        )
        assert retelling.marked("films/أفلام.zip", is_name=True) == "films/أفلام.zip"
        assert retelling.marked("upload: a.md", is_name=True) == "رفع: <bdi>a.md</bdi>"


def test_a_list_that_was_cut_off_is_told_as_far_as_it_goes():
    with translation.override("fr"):
        told = retelling.marked("left out: line 3: the cue has no text; line 9: the cue ha")
    assert "ligne 3" in told
    assert "ligne 9" in told
    assert '<span lang="en" dir="ltr">the cue ha</span>' in told


def test_a_quoted_value_is_never_taken_for_words_of_ours():
    with translation.override("fr"):
        assert retelling.retell("“there is no title” is not a time range").startswith(
            "«\u202fthere is no title\u202f»"
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_keeps_a_film_from_going_is_told(language: str):
    kept = [name for name, table, _column in unmerging.references_to(Video)
            if table not in unmerging._OWN]  # fmt: skip
    assert kept
    with translation.override(language):
        for name in kept:
            told = retelling.pieces_of(f"it has {name}")
            assert not any(piece.is_english for piece in told), name


def test_templates_in_pages_tell_them():
    page = Template("{% load retelling %}{{ a|retold }}|{{ b|retold_source }}")
    with translation.override("fr"):
        told = page.render(Context({"a": "the file is empty", "b": "https://a.org/ (subtitles)"}))
    assert told == "le fichier est vide|<bdi>https://a.org/</bdi> (sous-titres)"


def test_a_template_is_said_with_its_values_and_a_list_says_each_thing_once():
    assert said(saying("{count:,} of {value}"), count=1234, value="{x}") == "1,234 of {x}"
    assert said_many("{count:,} film", "{count:,} films", count=1) == "1 film"
    assert listed(["a", "b", "a"]) == "a; b"
