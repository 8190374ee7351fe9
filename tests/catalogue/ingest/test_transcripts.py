"""Subtitle files beside records find their videos, and stand in the ledger."""

from pathlib import Path

import pytest

from accounts.models import User
from catalogue import ingest, transcripts
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.models import Cue, ImportRow, ImportRun, Transcript, Video
from catalogue.records.cues import Cue as RecordCue
from tests.makers import make_video

pytestmark = pytest.mark.django_db

RECORD = '---\ntitle: "A film"\nvid_id: "{}"\nlanguage: "{}"\n---\nText.\n'
WEBVTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nThe river ran north\n"
BROKEN = WEBVTT + "\n00:03.000 --> 00:0x.000\nlost\n"
ROLLING = (
    "WEBVTT\nLanguage: en\n\n"
    "00:01.000 --> 00:02.000 align:start position:0%\n \nno<00:00:01.500><c> no</c>\n\n"
    "00:02.000 --> 00:02.010 align:start position:0%\nno no\n \n"
)
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "subtitles"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def run(*paths: Path, by: User | None = None) -> ImportRun:
    return ingest.run(ingest.read(paths), source="test", by=by)


def rows(made: ImportRun) -> list[tuple[str, str, str]]:
    return list(made.rows.values_list("source", "subject", "outcome"))


def stored() -> list[tuple[str, str, str]]:
    found = Transcript.objects.order_by("video__platform_id", "language", "kind")
    return list(found.values_list("video__platform_id", "language", "kind"))


def refusal(made: ImportRun) -> str:
    row = made.rows.get(outcome="rejected", subject="transcript")
    assert row.transcript is None
    return row.reason


def test_subtitles_belong_to_the_record_of_the_same_stem(tmp_path: Path):
    top = tmp_path / "films"
    write(top / "rivers.md", RECORD.format("aaaaaaaaaaa", ""))
    write(top / "rivers.en.vtt", WEBVTT)
    write(top / "rivers.pt-br.srt", WEBVTT)
    write(top / "sub" / "rivers.md", RECORD.format("bbbbbbbbbbb", ""))
    write(top / "sub" / "rivers.en-orig.vtt", ROLLING)

    made = run(top)
    assert rows(made) == [
        ("films/rivers.md", "video", "created"),
        ("films/sub/rivers.md", "video", "created"),
        ("films/sub/rivers.en-orig.vtt", "transcript", "created"),
        ("films/rivers.en.vtt", "transcript", "created"),
        ("films/rivers.pt-br.srt", "transcript", "created"),
    ]
    assert stored() == [
        ("aaaaaaaaaaa", "en", "manual"),
        ("aaaaaaaaaaa", "pt-BR", "manual"),
        ("bbbbbbbbbbb", "en", "automatic"),
    ]
    assert (made.created, made.rejected) == (5, 0)
    assert Transcript.objects.filter(source="films/rivers.en.vtt").exists()


def test_subtitles_lie_beside_the_record_of_a_downloader(tmp_path: Path):
    video = '{"id": "%s", "title": "A film", "extractor_key": "Youtube", "_type": "video"}'
    write(tmp_path / "rivers.info.json", video % "aaaaaaaaaaa")
    write(tmp_path / "rivers.en.vtt", WEBVTT)
    write(tmp_path / "many.jsonl", "\n".join(video % name for name in ("b" * 11, "c" * 11)))
    write(tmp_path / "many.en.vtt", WEBVTT)

    made = run(tmp_path)
    assert stored() == [("aaaaaaaaaaa", "en", "manual")]
    assert refusal(made).startswith("there are records of several videos beside it")


def test_subtitles_find_their_video_by_the_id_in_their_name(tmp_path: Path):
    make_video(platform_id="swje6NSdkfk")
    make_video(platform="vimeo", platform_id="76979871")
    for name in ("The River [swje6NSdkfk].fr.vtt", "The River-swje6NSdkfk.de.vtt",
                 "swje6NSdkfk.en.vtt", "76979871.en.vtt"):  # fmt: skip
        write(tmp_path / name, WEBVTT)

    assert run(tmp_path).created == 4
    assert [(language, key) for key, language, _kind in stored()] == [
        ("en", "76979871"), ("de", "swje6NSdkfk"), ("en", "swje6NSdkfk"), ("fr", "swje6NSdkfk"),
    ]  # fmt: skip


def test_files_that_are_named_find_the_record_among_them(tmp_path: Path):
    subtitles = write(tmp_path / "rivers.en.vtt", WEBVTT)
    record = write(tmp_path / "rivers.md", RECORD.format("aaaaaaaaaaa", ""))

    made = run(subtitles, record)
    assert [subject for _source, subject, _outcome in rows(made)] == ["video", "transcript"]
    assert stored() == [("aaaaaaaaaaa", "en", "manual")]


def test_language_is_that_of_the_name_else_the_head_else_the_film(tmp_path: Path):
    write(tmp_path / "a.md", RECORD.format("aaaaaaaaaaa", "fr"))
    write(tmp_path / "b.md", RECORD.format("bbbbbbbbbbb", ""))
    write(tmp_path / "a.vtt", WEBVTT)
    write(tmp_path / "b.auto.vtt", ROLLING)

    assert run(tmp_path).rejected == 0
    assert stored() == [("aaaaaaaaaaa", "fr", "manual"), ("bbbbbbbbbbb", "en", "automatic")]


def test_the_same_files_again_are_unchanged_and_new_text_replaces_the_old(tmp_path: Path):
    write(tmp_path / "a.md", RECORD.format("aaaaaaaaaaa", ""))
    path = write(tmp_path / "a.en.vtt", WEBVTT)
    run(tmp_path)

    assert run(tmp_path).unchanged == 2
    write(path, WEBVTT.replace("north", "south"))
    again = run(tmp_path)
    assert (again.updated, again.unchanged) == (1, 1)
    assert Cue.objects.get().text == "The river ran south"


def test_broken_cues_are_noted_by_line_and_the_others_kept(tmp_path: Path):
    write(tmp_path / "a.md", RECORD.format("aaaaaaaaaaa", ""))
    write(tmp_path / "a.en.vtt", BROKEN)

    row = run(tmp_path).rows.get(subject="transcript")
    assert (row.outcome, row.line) == ("created", 6)
    assert row.transcript == Transcript.objects.get()
    assert row.video is None
    assert row.reason == "left out: line 6: “00:0x.000” is not a time like 01:02:03.450"
    assert Cue.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.en.vtt", "WEBVTT\n", "there is no cue in this file"),
        ("a.en.vtt", "not subtitles", "neither WebVTT"),
        ("a.vtt", WEBVTT, "its language is not known: name the file as in film.en.vtt"),
        ("other.en.vtt", WEBVTT, "no record lies beside it"),
    ],
)
def test_file_that_cannot_be_stored_is_rejected_with_its_reason(
    tmp_path: Path, name: str, text: str, reason: str
):
    write(tmp_path / "a.md", RECORD.format("aaaaaaaaaaa", ""))
    write(tmp_path / name, text)

    assert reason in refusal(run(tmp_path))
    assert not Transcript.objects.exists()


def test_id_that_several_videos_have_belongs_to_none(tmp_path: Path):
    make_video(platform="one", platform_id="42")
    make_video(platform="two", platform_id="42")
    write(tmp_path / "42.en.vtt", WEBVTT)

    assert refusal(run(tmp_path)) == "there are 2 videos with the id 42"


def test_transcript_of_a_member_is_not_replaced_by_an_import(tmp_path: Path, author: User):
    video = make_video(platform_id="swje6NSdkfk")
    transcripts.store(video, language="en", cues=[RecordCue(0, 10, "Mine")], by=author)
    write(tmp_path / "swje6NSdkfk.en.vtt", WEBVTT)

    assert "somebody else" in refusal(run(tmp_path))
    assert Cue.objects.get().text == "Mine"


def test_missing_and_unreadable_files_become_rows(tmp_path: Path):
    (tmp_path / "a.en.vtt").symlink_to(tmp_path / "elsewhere")

    assert "cannot be read" in refusal(run(tmp_path))
    assert run(tmp_path / "none.vtt").rows.get().reason == "there is no such file or folder"


def test_transcript_costs_the_same_queries_whatever_its_folder_holds(
    tmp_path: Path, django_assert_num_queries
):
    make_video(platform_id="swje6NSdkfk")
    for number in range(50):
        make_video(platform=f"place{number}", platform_id="other")
    write(tmp_path / "swje6NSdkfk.en.vtt", WEBVTT)
    (file,) = ingest.read([tmp_path])
    assert isinstance(file, TranscriptFile)
    made = ImportRun.objects.create(source="test")

    with django_assert_num_queries(17):
        ingest.transcripts.store(made, 1, file)
    assert ImportRow.objects.get().outcome == "created"
    # Should the run be killed now, its numbers are right.
    made.refresh_from_db()
    assert made.created == 1


if SHARED.is_dir():

    def test_real_files_named_for_their_videos_go_in(tmp_path: Path):
        names = ("auto_florian.fr.vtt", "jlm_1.zh.vtt", "jlm_1.en-US.vtt", "jlm_2.es.vtt")
        for name in names:
            (tmp_path / name).write_bytes((SHARED / name).read_bytes())
            identity = name.split(".")[0]
            if not Video.objects.filter(platform_id=identity).exists():
                make_video(platform="field", platform_id=identity)

        assert run(tmp_path).created == 4
        assert stored() == [
            ("auto_florian", "fr", "automatic"),
            ("jlm_1", "en-US", "manual"),
            ("jlm_1", "zh", "manual"),
            ("jlm_2", "es", "manual"),
        ]
        assert Cue.objects.count() == 1973 + 13 + 28 + 25
