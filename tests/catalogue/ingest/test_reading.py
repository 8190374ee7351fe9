"""Files and folders as they lie about."""

import os
from pathlib import Path

import pytest

from catalogue.ingest.reading import read
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.records import MAX_RECORD_BYTES, RecordError, VideoRecord

RECORD = b'---\ntitle: "A film"\nvid_id: "%s"\n---\nText.\n'


def write(path: Path, platform_id: str = "aaaaaaaaaaa", content: bytes | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(RECORD % platform_id.encode() if content is None else content)
    return path


def sources(*paths: Path) -> list[str]:
    return [item.source for item in read(paths)]


def refused(*paths: Path) -> RecordError:
    (item,) = read(paths)
    assert isinstance(item, RecordError), item
    return item


def test_named_file_is_read_whatever_it_is_called(tmp_path: Path):
    path = write(tmp_path / "film.record")
    (item,) = read([path])
    assert isinstance(item, VideoRecord)
    assert (item.platform_id, item.source) == ("aaaaaaaaaaa", str(path))


def test_folder_is_read_by_name_with_all_below(tmp_path: Path):
    top = tmp_path / "records"
    for name in ("b.md", "a.markdown", "sub/deep/c.txt", "sub/A.MD", "z.png", ".hidden.md",
                 ".git/d.md", "notes"):  # fmt: skip
        write(top / name)
    assert sources(top) == [
        "records/a.markdown", "records/b.md", "records/sub/A.MD", "records/sub/deep/c.txt",
    ]  # fmt: skip


def test_current_folder_has_its_real_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path / "records" / "a.md")
    monkeypatch.chdir(tmp_path / "records")
    assert sources(Path()) == ["records/a.md"]


def test_what_is_no_record_comes_out_refused(tmp_path: Path):
    write(tmp_path / "README.md", content=b"# Read me\n")
    assert "front matter" in refused(tmp_path).reason


def test_folders_nested_deeper_than_a_path_is_long_stop_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(tmp_path / "records" / "zz.md")
    monkeypatch.chdir(tmp_path / "records")
    for _ in range(25):
        name = "d" * 200
        os.mkdir(name)  # noqa: PTH102 (the whole path would be too long)
        os.chdir(name)
    monkeypatch.chdir(tmp_path)
    refusal, record = read([Path("records")])
    assert isinstance(refusal, RecordError)
    assert "cannot be read" in refusal.reason
    assert isinstance(record, VideoRecord)


def test_missing_path_is_refused(tmp_path: Path):
    error = refused(tmp_path / "nothing")
    assert (error.source, error.reason) == (
        str(tmp_path / "nothing"), "there is no such file or folder",
    )  # fmt: skip


def test_folder_without_records_is_said(tmp_path: Path):
    (tmp_path / "photo.jpg").touch()
    assert "no record in this folder" in refused(tmp_path).reason


def test_too_large_file_is_refused_without_being_read_whole(tmp_path: Path):
    path = tmp_path / "large.md"
    with path.open("wb") as file:
        file.write(b"---\n")
        file.truncate(50 * MAX_RECORD_BYTES)
    error = refused(path)
    assert "too many" in error.reason
    assert len(error.raw) <= MAX_RECORD_BYTES


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537])
def test_file_of_whatever_size_is_read_to_its_end(tmp_path: Path, size: int):
    content = RECORD % b"aaaaaaaaaaa"
    write(tmp_path / "a.md", content=content.ljust(size - 1, b"x") + b"!")
    (item,) = read([tmp_path])
    assert isinstance(item, VideoRecord)
    assert len(item.raw) == size
    assert item.description.endswith("x!")


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs Linux")
def test_file_that_does_not_tell_its_size_is_read():
    error = refused(Path("/proc/version"))
    assert "front matter" in error.reason
    assert error.raw == Path("/proc/version").read_bytes()


def test_no_file_stays_open_whatever_it_holds(tmp_path: Path):
    for name, content in {
        "a.md": None, "b.md": b"no record", "c.md": b"", "d.zip": b"PK\3\4 broken",
        "e.json": b"[]", "f.vtt": b"WEBVTT\n",
    }.items():  # fmt: skip
        write(tmp_path / name, content=content)
    os.mkfifo(tmp_path / "g.md")
    (tmp_path / "h.md").symlink_to(tmp_path / "a.md")
    before = os.open(tmp_path, os.O_RDONLY)
    os.close(before)
    assert len(list(read([tmp_path, tmp_path / "a.md", tmp_path / "d.zip"]))) == 9
    after = os.open(tmp_path, os.O_RDONLY)
    os.close(after)
    assert after == before, "the lowest free descriptor is as free as it was"


def test_subtitles_find_their_record_however_the_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(tmp_path / "top" / "a.md", "aaaaaaaaaaa")
    write(tmp_path / "top" / "sub" / "b.md", "bbbbbbbbbbb")
    for place in ("top/a.en.vtt", "top/sub/b.en.vtt"):
        write(tmp_path / place, content=b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n")
    monkeypatch.chdir(tmp_path / "top")
    for path in (Path(), Path("../top"), tmp_path / "top", Path("sub/..")):
        found = [item for item in read([path]) if isinstance(item, TranscriptFile)]
        assert [item.beside for item in found] == [
            ("youtube", "bbbbbbbbbbb"), ("youtube", "aaaaaaaaaaa"),
        ], path  # fmt: skip


def test_pipe_is_refused_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.md")
    assert "no regular file" in refused(tmp_path).reason
    assert "no regular file" in refused(tmp_path / "pipe.md").reason


def test_device_is_refused():
    assert "no regular file" in refused(Path("/dev/zero")).reason


def test_links_inside_a_folder_are_not_followed(tmp_path: Path):
    top = tmp_path / "records"
    write(tmp_path / "outside.md")
    write(top / "a.md")
    (top / "link.md").symlink_to(tmp_path / "outside.md")
    (top / "loop").symlink_to(top)
    items = list(read([top]))
    assert [type(item) for item in items] == [VideoRecord, RecordError]
    assert isinstance(items[1], RecordError)
    assert items[1].source == "records/link.md"
    assert "links in folders are not followed" in items[1].reason


def test_named_link_is_followed(tmp_path: Path):
    link = tmp_path / "link.md"
    link.symlink_to(write(tmp_path / "a.md"))
    (item,) = read([link])
    assert isinstance(item, VideoRecord)


def test_link_to_itself_is_refused(tmp_path: Path):
    loop = tmp_path / "loop.md"
    loop.symlink_to(loop)
    assert "cannot be read" in refused(loop).reason


def test_path_that_is_none_is_refused():
    assert refused(Path("a\0b.md")).reason == "this is no path"


def test_name_that_is_no_text_is_read(tmp_path: Path):
    name = os.fsdecode(b"caf\xe9.md")
    write(tmp_path / name)
    (item,) = read([tmp_path])
    assert isinstance(item, VideoRecord)


def test_file_that_goes_away_meanwhile_is_refused(tmp_path: Path):
    write(tmp_path / "a.md")
    gone = write(tmp_path / "b.md")
    items = read([tmp_path])
    assert isinstance(next(items), VideoRecord)
    gone.unlink()
    last = next(items, None)
    assert last is None or isinstance(last, RecordError)


def test_files_are_read_one_at_a_time(tmp_path: Path):
    for number in range(3):
        write(tmp_path / f"{number}.md")
    items = read([tmp_path])
    next(items)
    (tmp_path / "1.md").write_bytes(RECORD % b"bbbbbbbbbbb")
    second = next(items)
    assert isinstance(second, VideoRecord)
    assert second.platform_id == "bbbbbbbbbbb"


def test_subtitles_named_themselves_find_the_record_of_a_folder_named_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(tmp_path / "a.md", "aaaaaaaaaaa")
    write(tmp_path / "a.en.srt", content=b"1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    monkeypatch.chdir(tmp_path)
    *_others, last = read([Path("a.md"), Path("a.en.srt")])
    assert isinstance(last, TranscriptFile)
    assert last.beside == ("youtube", "aaaaaaaaaaa")
