"""Parts of a source, parsed elsewhere, give what the whole gives."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue import records
from catalogue.records import RecordError, VideoRecord, deferred
from catalogue.records.content import MAX_LINE_BYTES
from catalogue.records.deferred import Unparsed, defer, resolve

Told = list[tuple[object, ...]]


def line(number: int, **more: object) -> bytes:
    record = {"platform": "example", "platform_id": f"film-{number}", "title": f"Film {number}"}
    return json.dumps(record | more).encode() + b"\n"


def told(items: "list[VideoRecord | RecordError]") -> Told:
    return [
        (type(item), item.source, item.line, item.raw, getattr(item, "title", str(item)))
        for item in items
    ]


def test_small_source_is_one_part():
    assert list(defer("a.md", b"---\ntitle: A\n---\n")) == [
        Unparsed("a.md", b"---\ntitle: A\n---\n")
    ]


@given(st.binary(max_size=300))
def test_any_bytes_give_what_they_give_as_a_whole(content: bytes):
    assert told(list(resolve(defer("x", content)))) == told(list(records.parse_all("x", content)))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([b"\n", b"{broken\n", line(1), line(2, title=""), line(3)])))
def test_lines_keep_their_numbers(lines: list[bytes]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deferred, "PART_BYTES", 100)
        filler = line(0, description="x" * 2_100_000)
        content = line(9) + filler + b"".join(lines) + line(4)
        parts = list(defer("x.jsonl", io.BytesIO(content)))
        assert all(isinstance(part, Unparsed) for part in parts)
        assert len(parts) > 1
        found = list(resolve(parts))
    assert told(found) == told(list(records.parse_all("x.jsonl", io.BytesIO(content))))


def test_line_that_is_too_long_is_refused_in_its_place():
    content = line(1) + b'{"a": "' + b"x" * MAX_LINE_BYTES + b'"}\n' + line(3)
    found = list(resolve(defer("x.jsonl", io.BytesIO(content))))
    assert told(found) == told(list(records.parse_all("x.jsonl", io.BytesIO(content))))
    assert [item.line for item in found] == [1, 2, 3]
    assert isinstance(found[1], RecordError)


def test_what_cannot_be_cut_is_parsed_at_once():
    header = b"platform,platform_id,title\n"
    rows = b"".join(b"example,film-%d,Film %d\n" % (n, n) for n in range(100_000))
    found = list(defer("x.csv", io.BytesIO(header + rows)))
    assert len(found) == 100_000
    assert not any(isinstance(item, Unparsed) for item in found)
