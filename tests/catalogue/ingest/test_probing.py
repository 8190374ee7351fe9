"""Files that are known unread, and when they are not."""

from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from catalogue import ingest
from catalogue.ingest import batches, probing
from catalogue.ingest.probing import Item, Known, Whole
from catalogue.ingest.staging import Unread
from catalogue.models import ImportRun, Video
from catalogue.records import RecordError, VideoRecord, parse, write_json_line
from catalogue.records.deferred import Unparsed, defer
from tests.catalogue.ingest.makers import front_matter

pytestmark = pytest.mark.django_db


def bring_in(folder: Path) -> ImportRun:
    return ingest.run(ingest.read([folder], parse=defer), source="test", by=None)


def files_of(folder: Path) -> list[Item]:
    return [one for one in ingest.read([folder], parse=defer) if isinstance(one, Unparsed)]


def unparsed(content: bytes, source: str = "a.md") -> Unparsed:
    return Unparsed(source, content)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "films"
    top.mkdir()
    for number in range(3):
        (top / f"{number}.md").write_bytes(front_matter(number))
    return top


def test_same_files_are_unchanged_and_listed_as_ever(folder: Path):
    bring_in(folder)
    (folder / "1.md").rename(folder / "moved.md")
    (folder / "new.md").write_bytes(front_matter(9))
    run = bring_in(folder)
    told = list(run.rows.order_by("number").values_list("number", "source", "line", "outcome"))
    assert told == [
        (1, "films/0.md", None, "unchanged"),
        (2, "films/2.md", None, "unchanged"),
        (3, "films/moved.md", None, "unchanged"),
        (4, "films/new.md", None, "created"),
    ]
    assert (run.unchanged, run.created, run.total) == (3, 1, 4)
    assert list(run.rows.order_by("number").values_list("video__title", flat=True)) == [
        "Film 0", "Film 2", "Film 1", "Film 9",
    ]  # fmt: skip


def test_known_file_is_not_parsed(folder: Path):
    bring_in(folder)
    items = [unparsed(front_matter(0)), unparsed(front_matter(7))]
    known, other = probing.recognise(items)
    assert isinstance(known, Known)
    assert known.video_id == Video.objects.get(title="Film 0").pk
    assert isinstance(other, Whole)
    assert other.record.title == "Film 7"


def test_known_files_cost_the_same_few_queries_however_many(
    folder: Path, django_assert_num_queries: DjangoAssertNumQueries
):
    for number in range(10, 40):
        (folder / f"{number}.md").write_bytes(front_matter(number))
    bring_in(folder)
    items = files_of(folder)
    run = ImportRun.objects.create(source="test")
    # A savepoint, the lock of an undo, one statement for all of it, and the end.
    with django_assert_num_queries(4):
        assert batches.settle(run, items, first=1) is None
    assert run.rows.filter(outcome="unchanged").count() == 33
    run.refresh_from_db()
    assert run.unchanged == 33


def test_one_file_that_is_not_known_leaves_the_ledger_alone_until_all_is_stored(folder: Path):
    bring_in(folder)
    (folder / "1.new.md").write_bytes(front_matter(9))
    items = files_of(folder)
    run = ImportRun.objects.create(source="test")
    looked = batches.settle(run, items, first=1)
    assert looked is not None
    assert not run.rows.exists()
    kinds = [type(item) for item in probing.recognise(items, looked)]
    assert kinds == [Known, Known, Whole, Known]
    assert bring_in(folder).created == 1


def test_same_file_twice_has_a_row_for_each(folder: Path):
    bring_in(folder)
    (folder / "copy.md").write_bytes(front_matter(0))
    run = bring_in(folder)
    assert (run.unchanged, run.total) == (4, 4)
    sources = run.rows.filter(video__title="Film 0").values_list("source", flat=True)
    assert sorted(sources) == ["films/0.md", "films/copy.md"]


@pytest.mark.parametrize(
    "name", ['"', "\\", '\\"', ",", "{}", "NULL", "a\nb", " ", "%s", "'", "é🗺"]
)
def test_places_of_known_files_are_written_down_as_they_are(folder: Path, name: str):
    (folder / f"{name}.md").write_bytes(front_matter(5))
    bring_in(folder)
    run = bring_in(folder)
    assert (run.unchanged, run.total) == (4, 4)
    assert run.rows.get(video__title="Film 5").source == f"films/{name}.md"


def test_other_bytes_are_looked_at_and_another_spelling_is_unchanged(folder: Path):
    bring_in(folder)
    (folder / "0.md").write_bytes(front_matter(0).replace(b"\n", b"\r\n"))
    (folder / "1.md").write_bytes(front_matter(1).replace(b"Text.", b"Better text."))
    run = bring_in(folder)
    assert (run.unchanged, run.updated) == (2, 1)
    assert Video.objects.get(title="Film 1").description == "Better text."
    assert bring_in(folder).unchanged == 3


def test_older_file_is_no_longer_known_when_a_newer_one_decides(folder: Path):
    bring_in(folder)
    newer = front_matter(0).replace(b"2022-02-01", b"2023-02-01").replace(b'"12"', b'"13"')
    (folder / "0.newer.md").write_bytes(newer)
    assert bring_in(folder).updated == 1
    items = probing.recognise([unparsed(front_matter(0)), unparsed(newer)])
    assert [type(item) for item in items] == [Whole, Known]
    assert bring_in(folder).unchanged == 4


@pytest.mark.parametrize(
    "content",
    [
        b"".join(write_json_line(parse("x", front_matter(n))).encode() for n in range(2)),
        b"[" + write_json_line(parse("x", front_matter(0))).encode() + b"]",
        b"no record",
        b"[]",
    ],
    ids=["lines", "list", "refused", "empty list"],
)
def test_file_that_is_not_one_record_has_no_digest(content: bytes):
    items = list(probing.recognise([unparsed(content)]))
    run = ingest.run([unparsed(content)], source="test", by=None)
    assert run.total == len(items)
    assert not Video.objects.filter(raw_hash__isnull=False).exists() or all(
        isinstance(item, Whole) for item in items
    )
    assert all(isinstance(item, VideoRecord | RecordError | Whole) for item in items)
    again = ingest.run([unparsed(content)], source="test", by=None)
    assert (again.total, again.created) == (run.total, 0)


def test_part_of_a_source_is_never_taken_for_a_file(folder: Path):
    line = write_json_line(parse("x", front_matter(0))).encode()
    ingest.run([unparsed(line, "one.json")], source="test", by=None)
    (whole,) = probing.recognise([unparsed(line)])
    (part,) = probing.recognise([Unparsed("many.jsonl", line, first=12)])
    assert isinstance(whole, Known)
    assert isinstance(part, VideoRecord)
    assert part.line == 12


def test_file_known_no_more_when_its_batch_is_stored_is_read_after_all(folder: Path):
    bring_in(folder)
    (known,) = probing.recognise([unparsed(front_matter(0))])
    assert isinstance(known, Known)
    Video.objects.filter(pk=known.video_id).update(title="Other", content_hash="", raw_hash=None)
    run = ImportRun.objects.create(source="test")
    batches.store(run, [Unread(1, known)])
    (row,) = run.rows.all()
    assert (row.number, row.outcome, row.video_id) == (1, "updated", known.video_id)
    assert Video.objects.get(pk=known.video_id).title == "Film 0"


def test_undo_makes_a_file_unknown_and_it_comes_in_again(folder: Path):
    run = bring_in(folder)
    ingest.undo(run, by=None)
    assert not Video.objects.exists()
    assert bring_in(folder).created == 3

    text = front_matter(0)
    (folder / "0.md").write_bytes(text.replace(b"Text.", b"Better text."))
    changed = bring_in(folder)
    assert (changed.updated, changed.unchanged) == (1, 2)
    ingest.undo(changed, by=None)
    assert Video.objects.get(title="Film 0").description == "Text."
    assert bring_in(folder).updated == 1
    assert Video.objects.get(title="Film 0").description == "Better text."
