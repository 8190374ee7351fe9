"""Whose subtitles are, in archives and uploads as in folders; and archives are never believed."""

import gzip
import io
import stat
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from catalogue import ingest
from catalogue.ingest import beside, uploads
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.models import Cue, ImportRow, ImportRun, Transcript, Video
from catalogue.records import RecordError
from catalogue.records.deferred import defer
from tests.catalogue.ingest.test_archives import write_tar, write_zip
from tests.makers import make_video

pytestmark = pytest.mark.django_db

WEBVTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\nThe river ran north\n"
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nDer Fluss\n"
BOTH = pytest.mark.parametrize("kind", ["a.zip", "a.tar", "a.tar.gz"])


def record(name: str, language: str = "") -> bytes:
    identity = name.ljust(11, "_")
    return f'---\ntitle: "A film"\nvid_id: "{identity}"\nlanguage: "{language}"\n---\n'.encode()


def pack(path: Path, members: dict[str, bytes]) -> Path:
    return (write_zip if path.suffix == ".zip" else write_tar)(path, members)


def run(*paths: Path) -> ImportRun:
    return ingest.run(ingest.read(paths), source="test", by=None)


def stored() -> list[tuple[str, str]]:
    found = Transcript.objects.order_by("video__platform_id", "language")
    return [
        (identity.strip("_"), language)
        for identity, language in found.values_list("video__platform_id", "language")
    ]


def told(made: ImportRun) -> dict[str, str]:
    """Return the reason of each rejected row, by what follows the archive's name."""
    rows = made.rows.filter(outcome="rejected").values_list("source", "reason")
    return {source.partition("!")[2]: reason for source, reason in rows}


# --- Archives -------------------------------------------------------------------------


@BOTH
def test_subtitles_in_an_archive_belong_to_the_record_beside_them(tmp_path: Path, kind: str):
    path = pack(
        tmp_path / kind,
        {
            "rivers.en.vtt": WEBVTT,
            "rivers.md": record("a", "de"),
            "sub/rivers.md": record("b"),
            "sub/rivers.de.srt": SRT,
            "sub/c.info.json": b'{"id":"c__________","extractor_key":"Youtube","title":"C"}',
            "sub/c.fr-orig.vtt": WEBVTT,
            "rivers.srt": SRT,
        },
    )
    made = run(path)
    assert (made.created, made.rejected) == (7, 0)
    assert stored() == [("a", "de"), ("a", "en"), ("b", "de"), ("c", "fr")]
    rows = made.rows.order_by("number").values_list("source", "subject")
    # Records first: they tell whose the subtitles are.
    assert [source.partition("!")[2] for source, _subject in rows] == [
        "rivers.md", "sub/rivers.md", "sub/c.info.json",
        "rivers.en.vtt", "sub/rivers.de.srt", "sub/c.fr-orig.vtt", "rivers.srt",
    ]  # fmt: skip
    assert run(path).unchanged == 7


@BOTH
def test_subtitles_in_an_archive_find_their_film_by_the_id_in_their_name(tmp_path: Path, kind: str):
    make_video(platform_id="swje6NSdkfk")
    members = {"The River [swje6NSdkfk].en.vtt": WEBVTT, "x/other.en.vtt": WEBVTT}
    made = run(pack(tmp_path / kind, members))
    assert stored() == [("swje6NSdkfk", "en")]
    assert told(made)["x/other.en.vtt"].startswith("no record lies beside it")
    assert made.rows.get(outcome="rejected").subject == "transcript"


@BOTH
def test_records_of_another_folder_or_of_several_videos_tell_nothing(tmp_path: Path, kind: str):
    several = b'{"platform":"youtube","platform_id":"%s"}\n'
    members = {
        "a/one.md": record("a"),
        "b/one.en.vtt": WEBVTT,
        "many.jsonl": several % (b"c" * 11) + several % (b"d" * 11),
        "many.en.vtt": WEBVTT,
        "twice.md": record("e"),
        "twice.info.json": b'{"id":"f__________","extractor_key":"Youtube","title":"C"}',
        "twice.en.vtt": WEBVTT,
        "bad.md": b"none",
        "bad.en.vtt": WEBVTT,
    }
    reasons = told(run(pack(tmp_path / kind, members)))
    assert reasons["b/one.en.vtt"].startswith("no record lies beside it")
    for name in ("many.en.vtt", "twice.en.vtt"):
        assert reasons[name].startswith("there are records of several videos beside it, and no")
    assert reasons["bad.en.vtt"].startswith("the record beside it was refused, and no video")
    assert not Transcript.objects.exists()


def test_an_archive_of_one_film_tells_whose_subtitles_beside_it_are(tmp_path: Path):
    write_zip(tmp_path / "rivers.zip", {"a.md": record("a"), "a.de.vtt": WEBVTT})
    (tmp_path / "rivers.en.vtt").write_bytes(WEBVTT)
    assert run(tmp_path).rejected == 0
    assert stored() == [("a", "de"), ("a", "en")]


def test_record_beside_that_only_the_catalogue_refuses_is_said(tmp_path: Path):
    placeholder = record("a").replace(b"A film", b"[Private video]")
    (tmp_path / "a.md").write_bytes(placeholder)
    (tmp_path / "a.en.vtt").write_bytes(WEBVTT)
    reasons = run(tmp_path).rows.filter(subject="transcript").values_list("reason", flat=True)
    assert reasons[0].startswith("the record beside it was refused, and no video")


def test_records_of_several_videos_tell_nothing_in_a_folder_either(tmp_path: Path):
    (tmp_path / "twice.md").write_bytes(record("e"))
    (tmp_path / "twice.markdown").write_bytes(record("f"))
    (tmp_path / "twice.en.vtt").write_bytes(WEBVTT)
    reason = run(tmp_path).rows.get(outcome="rejected").reason
    assert reason.startswith("there are records of several videos beside it")


@BOTH
def test_an_archive_of_subtitles_alone_is_no_empty_one(tmp_path: Path, kind: str):
    make_video(platform_id="swje6NSdkfk")
    assert run(pack(tmp_path / kind, {"swje6NSdkfk.en.vtt": WEBVTT})).created == 1


@BOTH
@pytest.mark.parametrize("name", ["../a.en.vtt", "/a.en.vtt", "C:\\a.en.vtt"])
def test_subtitles_whose_name_leads_out_are_refused(tmp_path: Path, kind: str, name: str):
    made = run(pack(tmp_path / kind, {name: WEBVTT, "a.md": record("a"), "a.fr.vtt": WEBVTT}))
    assert told(made) == {name: "this member is not read: its name leads out of the archive"}
    assert stored() == [("a", "fr")]


def test_links_and_encrypted_subtitles_are_refused(tmp_path: Path):
    info = zipfile.ZipInfo("a.en.vtt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        member = tarfile.TarInfo("a.en.vtt")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    for name in ("a.zip", "b.tar"):
        assert told(run(tmp_path / name)) == {"a.en.vtt": "this member is not read: it is a link"}


@BOTH
def test_names_of_any_language_and_bytes_are_taken(tmp_path: Path, kind: str):
    members = {"фильм/река.md": record("a"), "фильм/река.ru.vtt": WEBVTT}
    assert run(pack(tmp_path / kind, members)).created == 2
    assert stored() == [("a", "ru")]


def test_a_name_that_is_no_text_is_taken_too(tmp_path: Path):
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.GNU_FORMAT) as tar:
        for ending, content in ((".md", record("a")), (".en.vtt", WEBVTT)):
            info = tarfile.TarInfo(b"\xff\xfe".decode("utf-8", "surrogateescape") + ending)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    assert run(tmp_path / "a.tar").created == 2


# --- Bombs ----------------------------------------------------------------------------


def peak_of(path: Path) -> tuple[list[str], int]:
    """Return why each item was refused (empty: it was read), and the most memory taken."""
    tracemalloc.start()
    reasons = []
    for item in ingest.read([path]):
        content = item.content if isinstance(item, TranscriptFile) else item
        reasons.append(content.reason if isinstance(content, RecordError) else "")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return reasons, peak


def test_subtitles_that_explode_are_refused_in_bounded_memory(tmp_path: Path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("bomb.en.vtt", "w", force_zip64=True) as member:
            for _ in range(400):
                member.write(b" " * 1_000_000)
        archive.writestr("a.md", record("a"))
        archive.writestr("a.en.vtt", WEBVTT)
    reasons, peak = peak_of(path)
    assert reasons == [
        "", "this member is not read: it unpacks to more than 200 times its size", "",
    ]  # fmt: skip
    assert peak < 30_000_000


def test_tar_of_subtitles_that_explode_is_refused_in_bounded_memory(tmp_path: Path):
    path = tmp_path / "bomb.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for number in range(40):
            info = tarfile.TarInfo(f"{number}.en.vtt")
            info.size = 20_000_000
            tar.addfile(info, io.BytesIO(b"x" * info.size))
    reasons, peak = peak_of(path)
    assert any("a tar may hold 64 MB of subtitles" in reason for reason in reasons)
    assert any("unpacks to more than 200 times its size" in reason for reason in reasons)
    assert sum("are too many" in reason for reason in reasons) == 6
    assert peak < 120_000_000


def test_subtitles_beyond_what_a_tar_may_hold_are_refused_and_the_rest_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(beside, "MAX_HELD_BYTES", 5_000)
    members = {
        "a.en.vtt": WEBVTT,
        "b.en.vtt": WEBVTT + b"\n" * 4_000,
        "a.fr.vtt": WEBVTT,
        "a.de.vtt": WEBVTT,
        "a.md": record("a"),
        "b.md": record("b"),
    }
    made = run(write_tar(tmp_path / "a.tar", members))
    assert sorted(told(made)) == ["a.de.vtt", "b.en.vtt"]
    assert stored() == [("a", "en"), ("a", "fr")]
    # A zip has its records read first, and needs to hold nothing.
    assert run(write_zip(tmp_path / "a.zip", members)).rejected == 0


def test_a_tar_of_very_many_records_is_remembered_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(beside, "MEMBERS_REMEMBERED", 3)
    members = {f"{number}.md": record(str(number)) for number in range(5)}
    members |= {f"{number}.en.vtt": WEBVTT for number in range(5)}
    made = run(write_tar(tmp_path / "a.tar", members))
    assert stored() == [("2", "en"), ("3", "en"), ("4", "en")]
    assert sorted(told(made)) == ["0.en.vtt", "1.en.vtt"]
    # Of a zip all names are known, and none is forgotten.
    assert run(write_zip(tmp_path / "a.zip", members)).rejected == 0


def test_subtitles_of_a_tar_that_breaks_off_are_not_lost(tmp_path: Path):
    path = write_tar(
        tmp_path / "a.tar", {"a.en.vtt": WEBVTT, "a.md": record("a"), "z.md": b"z" * 9_000}
    )
    path.write_bytes(path.read_bytes()[:7_000])
    made = run(path)
    assert stored() == [("a", "en")]
    last = made.rows.order_by("number").filter(source=str(path)).get()
    assert "it ends too early" in last.reason


@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_changed_byte_makes_reading_raise(tmp_path: Path, data: st.DataObject):
    kind = data.draw(st.sampled_from(["a.zip", "a.tar.gz", "a.tar"]))
    path = pack(tmp_path / kind, {"a.en.vtt": WEBVTT, "a.md": record("a"), "a.de.srt": SRT})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    for item in ingest.read([path]):
        found = item.content if isinstance(item, TranscriptFile) else item
        assert not isinstance(found, RecordError) or len(found.reason.split()) >= 3


@pytest.mark.django_db(transaction=True)
@BOTH
def test_several_processes_store_an_archive_with_its_subtitles(tmp_path: Path, kind: str):
    members = {f"{number}.md": record(str(number)) for number in range(30)}
    members |= {f"{number}.en.vtt": WEBVTT for number in range(0, 30, 3)}
    path = pack(tmp_path / kind, members)
    made = ingest.run(ingest.read([path], parse=defer), source="t", by=None, jobs=2)
    assert (made.created, made.rejected) == (40, 0)
    assert Transcript.objects.count() == 10
    assert ingest.undo(made, by=None).removed == 40


# --- Uploads --------------------------------------------------------------------------


@pytest.fixture
def bring(author: User) -> Callable[..., ImportRun]:
    """Return what uploads files, given by their names and contents."""

    def bring(*files: tuple[str, bytes], is_dry: bool = False) -> ImportRun:
        sent = [SimpleUploadedFile(name, content) for name, content in files]
        return uploads.upload(sent, by=author, is_dry=is_dry).run

    return bring


def test_subtitles_of_an_upload_belong_to_the_records_of_the_same_upload(bring):
    made = bring(("rivers.en.vtt", WEBVTT), ("rivers.md", record("a")), ("rivers.de.srt", SRT))
    assert stored() == [("a", "de"), ("a", "en")]
    assert list(made.rows.order_by("number").values_list("source", flat=True)) == [
        "rivers.md", "rivers.en.vtt", "rivers.de.srt",
    ]  # fmt: skip
    assert Transcript.objects.filter(added_by=None).count() == 2


def test_subtitles_uploaded_alone_find_their_film_by_id(bring):
    make_video(platform_id="swje6NSdkfk")
    made = bring(("The River [swje6NSdkfk].en.vtt", WEBVTT), ("whose.en.vtt", WEBVTT))
    assert (made.created, made.rejected) == (1, 1)
    reason = made.rows.get(outcome="rejected").reason
    assert "no record lies beside it" in reason
    assert "as in film [swje6NSdkfk].en.vtt" in reason


def test_archives_with_subtitles_are_uploaded(bring, tmp_path: Path):
    members = {"a.md": record("a"), "a.en.vtt": WEBVTT}
    packed = [
        (path.name, path.read_bytes())
        for path in (write_zip(tmp_path / "a.zip", members), write_tar(tmp_path / "a.tgz", members))
    ]
    made = bring(*packed)
    assert (made.created, made.unchanged) == (2, 2)


def test_a_dry_upload_tells_the_same_of_subtitles(bring):
    files = [("a.en.vtt", WEBVTT), ("a.md", record("a")), ("b.en.vtt", b"no subtitles")]
    dry = bring(*files, is_dry=True)
    assert not Transcript.objects.exists()
    assert not ImportRun.objects.exists()
    real = bring(*files)
    for name in ("created", "updated", "unchanged", "rejected"):
        assert getattr(dry, name) == getattr(real, name)
    assert (real.created, real.rejected) == (2, 1)


def test_an_upload_ends_where_one_request_has_stored_enough_lines(
    bring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(uploads, "CUES_MAX", 1)
    made = bring(("a.md", record("a")), ("a.en.vtt", WEBVTT), ("a.fr.vtt", WEBVTT))
    assert stored() == [("a", "en")]
    row = made.rows.get(outcome="rejected")
    assert (row.source, row.subject) == ("a.fr.vtt", "transcript")
    assert "one upload takes 1 lines of transcripts" in row.reason


def test_an_upload_ends_where_one_request_has_read_enough_files(
    bring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(uploads, "SUBTITLES_MAX", 1)
    made = bring(("a.md", record("a")), ("a.en.vtt", b"none"), ("a.fr.vtt", WEBVTT))
    assert (made.created, made.rejected) == (1, 2)
    assert "one upload takes 1 files of subtitles" in made.rows.get(source="a.fr.vtt").reason


def test_uploaded_subtitles_can_be_taken_back_and_say_whose_they_were(bring, author: User):
    first = bring(("a.md", record("a")), ("a.en.vtt", WEBVTT))
    second = bring(("a.md", record("a")), ("a.en.vtt", WEBVTT.replace(b"north", b"south")))
    assert ingest.undo(second, by=author).restored == 1
    assert Cue.objects.get().text == "The river ran north"
    assert ingest.undo(first, by=author).removed == 2
    assert not Video.objects.exists()


@pytest.mark.parametrize(
    "name", ["", ".vtt", "..vtt", "\x00.vtt", "a" * 300 + ".en.vtt", "é\u202e.en.vtt", "=.srt"]
)
def test_uploads_of_any_name_are_rows_with_reasons(bring, name: str):
    made = bring((name or "x", WEBVTT), (name or "y", b""))
    assert made.rejected == 2
    assert ImportRow.objects.exclude(reason="").count() == 2


def test_one_subtitle_file_packed_by_gzip_is_told_how_to_come(bring):
    made = bring(("swje6NSdkfk.en.vtt.gz", gzip.compress(WEBVTT)))
    reason = made.rows.get().reason
    assert "zip or tar" in reason
