"""Catalogues become what Python reads, by themselves and whenever they change."""

import gettext
import os
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError
from django.conf import settings

from config.words import compiling

WORDS = """msgid ""
msgstr ""
"Language: fr\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "Films"
msgstr "%s"

#, fuzzy
msgid "Claims"
msgstr "Une supposition"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "fr" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(WORDS % "Les films", encoding="utf-8")
    return path


def said(source: Path, word: str = "Films") -> str:
    with source.with_suffix(".mo").open("rb") as file:
        return gettext.GNUTranslations(file).gettext(word)


def test_a_catalogue_is_compiled_once_and_again_when_it_changes(source: Path):
    folder = source.parents[2]
    assert compiling.compile_changed(folder) == [source.with_suffix(".mo")]
    assert said(source) == "Les films"
    assert compiling.compile_changed(folder) == []
    source.write_text(WORDS % "Films", encoding="utf-8")
    assert compiling.compile_changed(folder) == [source.with_suffix(".mo")]
    assert said(source) == "Films"


def test_an_older_catalogue_that_comes_back_is_compiled_too(source: Path):
    compiling.compile_changed(source.parents[2])
    source.write_text(WORDS % "Autrefois", encoding="utf-8")
    os.utime(source, (0, 0))
    compiling.compile_changed(source.parents[2])
    assert said(source) == "Autrefois"


def test_what_is_only_guessed_is_not_said(source: Path):
    compiling.compile_changed(source.parents[2])
    assert said(source, "Claims") == "Claims"


def test_a_number_that_is_not_translated_is_told_as_in_english(source: Path):
    untranslated = 'msgid "%(n)s film"\nmsgid_plural "%(n)s films"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    source.write_text(f"{WORDS % 'Films'}\n{untranslated}", encoding="utf-8")
    compiling.compile_changed(source.parents[2])
    with source.with_suffix(".mo").open("rb") as file:
        translation = gettext.GNUTranslations(file)
    assert translation.ngettext("%(n)s film", "%(n)s films", 0) == "%(n)s films"


def test_a_broken_catalogue_is_no_reason_to_lose_the_good_one(source: Path):
    compiling.compile_changed(source.parents[2])
    source.write_text('msgid "Films\n', encoding="utf-8")
    with pytest.raises(PoFileError):
        compiling.compile_changed(source.parents[2])
    assert said(source) == "Les films"
    assert sorted(path.name for path in source.parent.iterdir()) == ["django.mo", "django.po"]


def test_many_processes_that_start_at_once_leave_one_whole_file(source: Path):
    command = "import sys; from pathlib import Path; from config.words import compiling as c; "
    command += "c.compile_changed(Path(sys.argv[1]))"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", command, str(source.parents[2])], cwd=settings.BASE_DIR
        )
        for _ in range(4)
    ]
    assert [process.wait() for process in started] == [0] * 4
    assert said(source) == "Les films"
    assert sorted(path.name for path in source.parent.iterdir()) == ["django.mo", "django.po"]
