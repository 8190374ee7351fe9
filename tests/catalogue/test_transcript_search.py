"""Words said in films are found, with the second they are said at."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalogue import transcript_search, transcripts
from catalogue.languages import ALL, CONFIGURATIONS
from catalogue.models import Cue, Video
from catalogue.records import cues as records
from catalogue.transcript_search import FoundFilm, Piece, find_cues, find_in
from tests.makers import make_video

pytestmark = pytest.mark.django_db


def say(video: Video, language: str, *lines: str, kind: str = "manual") -> None:
    """Store a transcript whose lines take a second each."""
    cues = [records.Cue(at * 1000, at * 1000 + 900, line) for at, line in enumerate(lines)]
    transcripts.store(video, language=language, cues=cues, kind=kind)


def told(films: list[FoundFilm]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return the title of each film, and what was found in it, with marks."""
    return [
        (film.video.title, [(cue.start_ms, marked(cue.pieces)) for cue in film.cues])
        for film in films
    ]


def marked(pieces: tuple[Piece, ...]) -> str:
    return "".join(f"[{piece.text}]" if piece.is_marked else piece.text for piece in pieces)


def test_word_is_found_in_any_of_its_forms_with_its_second(video: Video):
    say(video, "en", "Nothing here", "Two rivers run, one River stays", "Nothing there")
    assert told(find_cues("rivers")) == [
        (video.title, [(1000, "Two [rivers] run, one [River] stays")])
    ]


def test_each_language_is_searched_by_its_own_rules():
    film = make_video(title="Many tongues")
    say(film, "fr", "Les rivières coulent")
    say(film, "de", "Die Häuser am Fluss")
    say(film, "ru", "Реки текут на север")
    say(film, "he", "נהרות רבים")
    say(film, "ar", "الأنهار تجري")
    assert marked(find_cues("rivière")[0].cues[0].pieces) == "Les [rivières] coulent"
    assert marked(find_cues("Haus")[0].cues[0].pieces) == "Die [Häuser] am Fluss"
    assert marked(find_cues("река")[0].cues[0].pieces) == "[Реки] текут на север"
    assert marked(find_cues("נהרות")[0].cues[0].pieces) == "[נהרות] רבים"
    assert find_cues("النهر") or find_cues("الأنهار")


def test_form_of_one_language_finds_nothing_in_another():
    film = make_video()
    say(film, "fr", "Ils universe leurs idées")
    assert find_cues("universities") == []


@pytest.mark.parametrize(
    ("language", "line", "text", "found"),
    [
        ("zh", "我想矢量坐标对于很多人", "坐标", "我想矢量[坐标]对于很多人"),
        ("zh-Hans", "矢量 坐标", "矢量坐标", "矢量 坐标"),
        ("zh", "我想矢量坐标对于很多人", "很多 坐标", "我想矢量[坐标]对于[很多]人"),
        ("ja", "川は北へ流れた", "北へ流", "川は[北へ流]れた"),
        ("th", "แม่น้ำไหลไปทางเหนือ", "แม่น้ำ", "[แม่น้ำ]ไหลไปทางเหนือ"),
        ("zh", "长度为 1。通常称为 i-hat", "通常", "长度为 1。[通常]称为 i-hat"),
    ],
)
def test_language_without_spaces_is_searched_by_parts(
    video: Video, language: str, line: str, text: str, found: str
):
    say(video, language, "另一", line)
    for asked in ("", language):
        films = find_cues(text, language=asked)
        assert [marked(cue.pieces) for cue in films[0].cues] == [found]


def test_search_reads_as_a_web_search_does(video: Video):
    say(video, "en", "the river ran north", "north of the river", "a river without water")
    assert [cue.start_ms for cue in find_cues('"ran north"')[0].cues] == [0]
    assert [cue.start_ms for cue in find_cues("river -north")[0].cues] == [2000]
    assert [cue.start_ms for cue in find_cues("ran or water")[0].cues] == [0, 2000]
    assert find_cues("the") == []
    assert find_cues("!!") == []


def test_search_is_narrowed_to_a_language_or_films():
    one, two = make_video(title="One"), make_video(title="Two")
    say(one, "en-GB", "The dam broke")
    say(one, "es", "La dam dijo")
    say(two, "en", "A dam holds")
    assert {film.video.title for film in find_cues("dam")} == {"One", "Two"}
    assert [
        cue.transcript.language for film in find_cues("dam", language="es") for cue in film.cues
    ] == ["es"]
    assert {film.video.title for film in find_cues("dam", language="en")} == {"One", "Two"}
    assert [
        film.video.title for film in find_cues("dam", videos=Video.objects.filter(pk=two.pk))
    ] == ["Two"]


def test_films_that_say_it_best_come_first_with_a_few_lines_each():
    little, much = make_video(title="Little"), make_video(title="Much")
    say(little, "en", "A dam, among many other words that have nothing to do with it")
    say(much, "en", *["Dam, dam, dam"] * 8)
    films = find_cues("dam")
    assert [(film.video.title, film.count, len(film.cues)) for film in films] == [
        ("Much", 8, 3),
        ("Little", 1, 1),
    ]
    assert sum(len(film.cues) for film in find_cues("dam", limit=2)) == 2


def test_what_a_person_wrote_stands_for_what_a_machine_heard(video: Video):
    say(video, "en", "the dam", kind="automatic")
    assert len(find_cues("dam")) == 1
    say(video, "en", "the dam")
    assert [cue.transcript.kind for cue in find_cues("dam")[0].cues] == ["manual"]


def test_lines_of_one_transcript_are_found_with_their_pieces(video: Video):
    say(video, "en", "a <b>dam</b> & a dam", "nothing", "two dams")
    transcript = video.transcripts.get()
    cues = {cue.pk: cue.start_ms for cue in transcript.cues.all()}
    found = {cues[pk]: marked(pieces) for pk, pieces in find_in(transcript, "dam").items()}
    assert found == {0: "a <b>[dam]</b> & a [dam]", 2000: "two [dams]"}


def test_search_costs_one_query_however_much_is_found():
    for number in range(12):
        say(make_video(title=f"Film {number}"), "en", *["a dam"] * 5)
    with CaptureQueriesContext(connection) as queries:
        found = find_cues("dam")
        assert [film.video.channel.name for film in found if film.video.channel]
    assert len(queries) == 1
    assert sum(len(film.cues) for film in found) == transcript_search.SHOWN_CUES


def test_words_are_looked_up_in_the_index(video: Video):
    say(video, "en", *[f"line {number} of water" for number in range(300)], "a dam")
    say(video, "zh", *["另一" for _number in range(300)], "坐标")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalogue_cue")
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Cue.objects.filter(transcript_search.matching("坐标")).explain()
    assert "cue_search" in plan
    assert "cue_parts" in plan


def test_every_configuration_is_known_to_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT cfgname FROM pg_ts_config")
        known = {name for (name,) in cursor.fetchall()}
    assert set(ALL) <= known
    assert set(CONFIGURATIONS.values()) <= set(ALL)
