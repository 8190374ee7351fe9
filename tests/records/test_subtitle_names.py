import pytest

from catalogue.records.subtitles.names import SubtitleName, ids_in, is_subtitles, parse_name


@pytest.mark.parametrize(
    ("name", "stem", "language", "is_automatic"),
    [
        ("rivers.en.vtt", "rivers", "en", False),
        ("rivers.pt-br.SRT", "rivers", "pt-BR", False),
        ("rivers.zh-Hans.vtt", "rivers", "zh-Hans", False),
        ("rivers.en-orig.vtt", "rivers", "en", True),
        ("rivers.en.auto.vtt", "rivers", "en", True),
        ("rivers.auto.vtt", "rivers", "", True),
        ("rivers.vtt", "rivers", "", False),
        ("en.vtt", "en", "", False),
        ("a.film.of.rivers.vtt", "a.film.of.rivers", "", False),
        ("The River [swje6NSdkfk].fr.vtt", "The River [swje6NSdkfk]", "fr", False),
    ],
)
def test_name_tells_film_language_and_writer(name, stem, language, is_automatic):
    whole = name.rpartition(".")[0]

    assert parse_name(name) == SubtitleName(stem, whole, language, is_automatic)


@pytest.mark.parametrize(
    ("stem", "ids"),
    [
        ("swje6NSdkfk", ("swje6NSdkfk",)),
        ("The River [swje6NSdkfk]", ("The River [swje6NSdkfk]", "swje6NSdkfk")),
        ("The River-swje6NSdkfk", ("The River-swje6NSdkfk", "swje6NSdkfk")),
        ("-swje6NSdkf", ("-swje6NSdkf",)),
    ],
)
def test_id_stands_in_brackets_behind_a_dash_or_alone(stem, ids):
    assert ids_in(stem) == ids


def test_subtitles_are_told_by_their_ending():
    assert is_subtitles("a.VTT")
    assert is_subtitles("a.srt")
    assert not is_subtitles("a.txt")
