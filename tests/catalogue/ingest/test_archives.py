"""Zip, tar and gzip of records: read where they lie, and never believed."""

import gzip
import io
import os
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue.ingest import archives
from catalogue.ingest.reading import read
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.records import RecordError, VideoRecord
from catalogue.records.deferred import Unparsed

RECORD = b'---\ntitle: "A film"\nvid_id: "%s"\n---\nText.\n'
LINE = b'{"platform":"youtube","platform_id":"%s"}\n'


def record(name: str = "a") -> bytes:
    return RECORD % name.ljust(11, "_").encode()


def write_zip(path: Path, members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_tar(path: Path, members: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> Path:
    mode = "w:gz" if path.name.endswith("gz") else "w"
    with tarfile.open(path, mode, format=form) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def what(item: VideoRecord | RecordError | Unparsed | TranscriptFile) -> str:
    """Return the id of a record, or why it was refused."""
    assert isinstance(item, VideoRecord | RecordError)
    return item.platform_id if isinstance(item, VideoRecord) else item.reason


def told(path: Path) -> dict[str, str]:
    """Return what became of each source below an archive: an id, or a reason."""
    found = {}
    for item in read([path]):
        source = item.source.removeprefix(str(path))
        found[source] = what(item)
    return found


MIXTURE = {
    "b.md": record("b"),
    "folder/a.jsonl": LINE % b"a__________" + LINE % b"c__________",
    "folder/d.info.json": b'{"id":"d__________","extractor_key":"Youtube","title":"D"}',
    "e.csv": b"platform,platform_id\nyoutube,e__________\n",
    "photo.jpg": b"\xff\xd8",
    ".hidden.md": b"",
    "__MACOSX/b.md": b"",
    "empty/": b"",
}
WHAT_IS_IN_IT = [
    ("!b.md", "b__________"), ("!folder/a.jsonl", "a__________"),
    ("!folder/a.jsonl", "c__________"), ("!folder/d.info.json", "d__________"),
    ("!e.csv", "e__________"),
]  # fmt: skip


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tgz", "a.tar", "called_anything"])
def test_archive_of_any_mixture_is_read_where_it_lies(tmp_path: Path, name: str):
    write = write_zip if name in {"a.zip", "called_anything"} else write_tar
    path = write(tmp_path / name, MIXTURE)

    items: list[Any] = list(read([path]))

    assert [(item.source.removeprefix(str(path)), item.platform_id) for item in items] == (
        WHAT_IS_IN_IT
    )
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_may_be_packed_in_every_usual_way(tmp_path: Path, how: int):
    assert told(write_zip(tmp_path / "a.zip", {"a.md": record()}, how)) == {"!a.md": "a__________"}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read_in_every_kind_of_tar(tmp_path: Path, form: int):
    name = "/".join(["a folder with a long name"] * (4 if form == tarfile.USTAR_FORMAT else 40))
    members = {f"{name}/é.md": record(), "b.md": record("b")}

    assert told(write_tar(tmp_path / "a.tar", members, form)) == {
        f"!{name}/é.md": "a__________", "!b.md": "b__________",
    }  # fmt: skip


def test_one_file_packed_by_gzip_is_read(tmp_path: Path):
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(LINE % b"a__________" * 3))

    assert [item.source for item in read([tmp_path])] == [f"{tmp_path.name}/a.jsonl.gz"] * 3


def test_archives_in_a_folder_are_read_in_their_place(tmp_path: Path):
    top = tmp_path / "records"
    top.mkdir()
    write_zip(top / "b.zip", {"x.md": record("x")})
    (top / "a.md").write_bytes(record())
    (top / "c.md").write_bytes(record("c"))

    assert [item.source for item in read([top])] == [
        "records/a.md", "records/b.zip!x.md", "records/c.md",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["../a.md", "/a.md", "x/../../a.md", "..\\a.md", "\\\\host\\a.md", "C:\\a.md"]
)
@pytest.mark.parametrize("kind", ["a.zip", "a.tar"])
def test_name_that_leads_out_is_refused_and_the_others_read(tmp_path: Path, name: str, kind: str):
    write = write_zip if kind == "a.zip" else write_tar
    found = told(write(tmp_path / kind, {name: record("x"), "good.md": record()}))

    assert found == {
        f"!{name}": "this member is not read: its name leads out of the archive",
        "!good.md": "a__________",
    }


def test_links_are_refused(tmp_path: Path):
    info = zipfile.ZipInfo("link.md")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        types = {"soft": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "pipe": tarfile.FIFOTYPE}
        for name, type_ in types.items():
            member = tarfile.TarInfo(f"{name}.md")
            member.type, member.linkname = type_, "/etc/passwd"
            tar.addfile(member)

    assert told(tmp_path / "a.zip") == {"!link.md": "this member is not read: it is a link"}
    assert told(tmp_path / "b.tar") == {
        "!soft.md": "this member is not read: it is a link",
        "!hard.md": "this member is not read: it is a link",
        "!pipe.md": "this member is not read: it is no regular file",
    }


def test_encrypted_members_are_refused(tmp_path: Path):
    path = write_zip(tmp_path / "a.zip", {"a.md": record()})
    content = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + offset] |= 1
    path.write_bytes(content)

    assert told(path) == {"!a.md": "this member is not read: it is encrypted"}


@pytest.mark.parametrize("inner", ["inner.zip", "inner.tar", "inner.tar.gz", "as_if_text.md"])
def test_archives_inside_archives_are_refused(tmp_path: Path, inner: str):
    path = tmp_path / inner
    (write_tar if "tar" in inner else write_zip)(path, {"x.md": record("x")})
    outer = write_zip(tmp_path / "outer.zip", {inner: path.read_bytes(), "a.md": record()})

    assert told(outer) == {
        f"!{inner}": "this member is not read: it is an archive inside an archive",
        "!a.md": "a__________",
    }


@pytest.mark.parametrize(
    ("magic", "name"), [(b"BZh9", "bzip2"), (b"\xfd7zXZ\x00", "xz"), (b"Rar!\x1a\x07", "RAR")]
)
def test_other_archives_are_refused_by_name(tmp_path: Path, magic: bytes, name: str):
    (tmp_path / "a.zip").write_bytes(magic + bytes(600))
    (error,) = read([tmp_path / "a.zip"])

    assert isinstance(error, RecordError)
    assert error.reason == (
        f"this archive is not read: {name} archives are not read; use zip or tar.gz"
    )


def test_archive_without_records_is_said(tmp_path: Path):
    path = write_zip(tmp_path / "a.zip", {"photo.jpg": b""})

    assert "no record in this archive" in told(path)[""]
    assert "no record in this archive" in told(write_zip(tmp_path / "b.zip", {}))[""]


# --- Bombs ----------------------------------------------------------------------------


def peak_of(path: Path) -> tuple[list[str], int]:
    """Return each reason or id, and the most memory that was taken."""
    tracemalloc.start()
    items = [what(item) for item in read([path])]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return items, peak


class Zeros(io.RawIOBase):
    """A gigabyte without end of line."""

    def __init__(self, begin: bytes) -> None:
        self.begin = io.BytesIO(begin)
        self.left = 1_000_000_000

    def read(self, size: int = -1, /) -> bytes:
        if piece := self.begin.read(size):
            return piece
        size = min(size, self.left)
        self.left -= size
        return b" " * size


@pytest.mark.parametrize("begin", [b"---\n", b"{", LINE % b"a__________", b"x"])
def test_member_that_explodes_is_refused_in_bounded_memory(tmp_path: Path, begin: bytes):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("bomb.md", "w", force_zip64=True) as member:
            stream = Zeros(begin)
            while piece := stream.read(1 << 20):
                member.write(piece)
        archive.writestr("good.md", record())
    (bomb, good), peak = peak_of(path)

    assert bomb == "this member is not read: it unpacks to more than 200 times its size"
    assert good == "a__________"
    assert peak < 30_000_000


def test_gzip_that_explodes_is_refused_in_bounded_memory(tmp_path: Path):
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as packed:
        packed.write(LINE % b"a__________")
        for _ in range(300):
            packed.write(b"x" * 1_000_000)
    items, peak = peak_of(path)

    assert items[0] == "a__________"
    assert "unpacks to more than 200 times its size" in items[-1]
    assert peak < 60_000_000


def test_many_members_that_explode_together_are_refused(tmp_path: Path):
    path = tmp_path / "bomb.zip"
    write_zip(path, {f"{number}.md": b"---\n" + b" " * 1_900_000 for number in range(40)})
    items, peak = peak_of(path)

    assert "unpacks to more than 200 times" in items[-1]
    assert peak < 30_000_000


def test_tar_header_of_a_gigabyte_is_refused(tmp_path: Path):
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1_000_000_000
    (tmp_path / "a.tar").write_bytes(header.tobuf() + bytes(10_000))
    (error,), peak = peak_of(tmp_path / "a.tar")

    assert "a header is too long" in error
    assert peak < 10_000_000


def test_zip_that_claims_a_huge_directory_is_refused(tmp_path: Path):
    path = write_zip(tmp_path / "a.zip", {"a.md": record()})
    content = bytearray(path.read_bytes())
    content[-10:-6] = (1_000_000_000).to_bytes(4, "little")
    path.write_bytes(content)

    assert "too many members" in told(path)[""]


# --- Broken ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["a.zip", "a.tar.gz", "a.tar"])
def test_archive_cut_anywhere_is_refused_and_never_raises(tmp_path: Path, kind: str):
    write = write_zip if kind == "a.zip" else write_tar
    path = write(tmp_path / kind, {"a.md": record(), "b.md": record("b") + os.urandom(300)})
    whole = path.read_bytes()
    for length in range(1, len(whole), 37):
        path.write_bytes(whole[:length])
        for item in read([path]):
            assert not isinstance(item, RecordError) or item.reason.isprintable()


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_changed_byte_makes_reading_raise(tmp_path: Path, data: st.DataObject):
    kind = data.draw(st.sampled_from(["a.zip", "a.tar.gz", "a.tar"]))
    write = write_zip if kind == "a.zip" else write_tar
    path = write(tmp_path / kind, {"a.md": record(), "x" * 200 + "é.md": record("b")})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    path.write_bytes(content)

    for item in read([path]):
        assert not isinstance(item, RecordError) or len(item.reason.split()) >= 3


def test_unknown_way_of_packing_is_told(tmp_path: Path):
    path = write_zip(tmp_path / "a.zip", {"a.md": record()})
    content = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(magic) + offset] = 99
    path.write_bytes(content)

    assert "packed in a way that is not read" in told(path)["!a.md"]


def test_endings_of_archives_are_told_apart_from_records():
    assert archives.recognises(b"\x1f\x8b\x08")
    assert not archives.recognises(b"---\n" + bytes(600))
