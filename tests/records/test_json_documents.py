"""JSON of every kind: documents, lists, lines; deep, long and broken."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import records
from catalogue.records import RecordError, VideoRecord, json_documents, json_values
from catalogue.records.content import MAX_LINE_BYTES
from tests.records.streams import Stream

OURS = '{"platform":"youtube","platform_id":"Sample_0001"}'
INFO = '{"id":"Sample_0002","extractor_key":"Youtube","title":"A"}'
ANSWER = '{"items":[{"id":"Sample_0003","snippet":{"title":"B"}}]}'


def read(content: bytes | str) -> list[Any]:
    return list(records.parse_all("a", content.encode() if isinstance(content, str) else content))


def ids(content: bytes | str) -> list[str]:
    return [item.platform_id if isinstance(item, VideoRecord) else "?" for item in read(content)]


def error_of(content: bytes | str) -> RecordError:
    (item,) = read(content)
    assert isinstance(item, RecordError), item
    return item


def test_lines_may_hold_records_of_every_kind():
    content = f"\ufeff{OURS}\r\n\n{INFO}\n{ANSWER}"

    assert ids(content) == ["Sample_0001", "Sample_0002", "Sample_0003"]
    assert [item.line for item in read(content)] == [1, 3, 4]


def test_list_may_hold_records_of_every_kind():
    content = f"[{OURS}, 5, {INFO},\n {ANSWER}]"

    assert ids(content) == ["Sample_0001", "?", "Sample_0002", "Sample_0003"]
    assert read(content)[1].field == "[1]"


def test_bytes_of_a_line_are_its_record():
    assert [item.raw for item in read(f"{OURS}\n{INFO}\n")] == [OURS.encode(), INFO.encode()]


def test_broken_line_does_not_stop_the_others():
    items = read(f'{OURS}\n{{"id":\n{INFO}\n')

    assert [type(item) for item in items] == [VideoRecord, RecordError, VideoRecord]
    assert items[1].line == 2
    assert "not valid JSON" in items[1].reason


def test_broken_first_line_does_not_stop_the_others():
    assert ids(f'{{"id": "x"\n{OURS}\n') == ["?", "Sample_0001"]


def test_documents_one_after_another_are_lines_too():
    assert ids(f"{json.dumps(json.loads(OURS), indent=1)}\n") == ["Sample_0001"]
    assert ids(f" \n{OURS}   \n   {INFO}") == ["Sample_0001", "Sample_0002"]


def test_documents_of_many_lines_may_stand_one_after_another():
    indented = [json.dumps(json.loads(one), indent=2) for one in (OURS, INFO)]

    assert ids("\n".join(indented)) == ["Sample_0001", "Sample_0002"]
    assert ids(OURS + INFO) == ["Sample_0001", "Sample_0002"]
    items = read("\n".join(indented) + '\n{\n "a": oops\n}')
    assert [type(item) for item in items] == [VideoRecord, VideoRecord, RecordError]
    lines = "\n".join(indented).count("\n") + 1
    assert (items[1].line, items[2].line) == (indented[0].count("\n") + 2, lines + 2)
    assert items[2].raw == b'{\n "a": oops\n}'


def test_keys_of_front_matter_are_read_as_lines_and_lists_of_json_too():
    one = '{"title":"A","vid_id":"Sample_0004","viewcount":12,"tags":["a",2],"duration":"PT1S"}'

    assert ids(one) == ["Sample_0004"]
    assert ids(f"{one}\n{OURS}\n{one}") == ["Sample_0004", "Sample_0001", "Sample_0004"]
    assert ids(f"[{one}]") == ["Sample_0004"]
    (record,) = read(one)
    assert (record.counts.views, record.tags) == (12, ("a", "2"))
    (error,) = read(one.replace('"A"', "[[1]]"))
    assert (error.field, error.raw) == ("title", one.replace('"A"', "[[1]]").encode())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"a": ' + "1" * 5_000 + "}", "too long to be read"),
        ("[" + "1," * 1_100_000 + "1]", "more than 1,000,000 values"),
        (b'{"a": "\xff"}', "byte 8 is not UTF-8"),
        ('{"a": 1', "not valid JSON"),
        ("{}", "no record of a video"),
        ('{"a": 1, "\u202e": 2}', "but a, \\u202e"),
        ("[[]]", "no record of a video"),
    ],
)
def test_document_that_is_none_is_refused_in_words(content, reason):
    error = error_of(content)

    assert reason in error.reason
    assert error.reason.isprintable()


def test_line_of_a_fault_in_a_document_is_told():
    assert error_of('{\n "a": 1,\n oops\n}').line == 3


def test_numbers_that_are_none_are_unknown():
    content = '{"platform":"youtube","platform_id":"Sample_0001","views":NaN,"likes":Infinity}'
    (record,) = read(content)

    assert (record.counts.views, record.counts.likes) == (None, None)


def test_deep_value_of_an_entry_is_refused_in_words():
    deep = "[" * 900 + "]" * 900
    (error,) = read(f'{{"entries":[{{"id":"a","extractor_key":"Youtube","title":{deep}}}]}}')

    assert isinstance(error, RecordError)


def test_endless_line_is_never_held_as_a_whole():
    stream = Stream(OURS.encode() + b"\n{", b"x" * 1_000_000, 1_000, b"\n" + INFO.encode())
    items: list[Any] = list(records.parse_all("a.jsonl", stream))

    assert [type(item) for item in items] == [VideoRecord, RecordError, VideoRecord]
    assert items[1].reason == f"this line holds more than {MAX_LINE_BYTES:,} bytes"
    assert items[1].line == 2
    assert len(items[1].raw) <= records.MAX_RECORD_BYTES
    assert stream.largest <= records.MAX_RECORD_BYTES + 1


def test_endless_document_is_refused_after_its_beginning():
    stream = Stream(b"{", b"x" * 1_000_000, 1_000)
    (error,) = records.parse_all("a.json", stream)

    assert isinstance(error, RecordError)
    assert "JSON Lines" in error.reason
    assert stream.given <= json_values.MAX_DOCUMENT_BYTES + 2_000_000


def test_lines_are_taken_as_they_are_asked_for():
    stream = Stream(b"", (OURS + "\n").encode() * 1_000, 1_000)
    found = records.parse_all("a.jsonl", stream)
    for _ in range(10):
        assert isinstance(next(found), VideoRecord)

    assert stream.given < 3_000_000


def test_first_line_longer_than_what_is_looked_at_is_read():
    padded = OURS[:-1] + ',"formats":"' + "x" * 3_000_000 + '"}'
    stream = Stream(f"{padded}\n{INFO}\n".encode(), b"", 0)

    found: list[Any] = list(records.parse_all("a", stream))

    assert [item.platform_id for item in found] == [
        "Sample_0001", "Sample_0002",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "reason"),
    [(f"{OURS}\n{INFO}", "several records"), ('{"items":[]}', "the list is empty")],
)
def test_one_record_is_wanted_where_one_is_asked_for(content, reason):
    with pytest.raises(RecordError) as caught:
        records.parse("a", content.encode())

    assert reason in caught.value.reason


def test_formats_can_be_taken_for_granted():
    formats = {format_.name: format_ for format_ in records.FORMATS}

    assert list(formats) == ["front matter", "JSON Lines", "JSON", "CSV"]
    for format_ in formats.values():
        for item in format_.parse_all("a", b"neither"):
            assert isinstance(item, RecordError)
    assert formats["JSON Lines"].read is json_documents.read_lines


# What two readers of JSON could differ in: numbers, names twice, halves of characters, depth.
written_json = st.recursive(
    st.from_regex(r"-?(0|[1-9][0-9]{0,22})([.][0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
    | st.sampled_from(
        [
            "NaN", "-Infinity", "01", "1.", ".5", "+1", "-", "true", "nul", '"a', '"\\x41"', "'a'",
            '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', '"\x07"', '"\x7f"',
            '"\u2028"', "\u00a01", "9223372036854775807", "-9223372036854775808",
            "18446744073709551616", "1e400", "9" * 5_000, '"' + "9" * 30 + '"', "//a", "[,]",
            "[1,]",
        ]
    )
    | st.text(max_size=5).map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda members: f"[{', '.join(members)}]")
        | st.lists(st.tuples(st.sampled_from("ab"), inner), max_size=3).map(
            lambda pairs: "{" + ",".join(f'"{key}": {value}' for key, value in pairs) + "}"
        )
    ),
    max_leaves=8,
)  # fmt: skip


@given(written_json | st.text(max_size=10))
def test_both_readers_of_json_say_the_same(text):
    def outcome(read: Any, given: str) -> str:
        try:
            return repr(read(given.encode("utf-8", "surrogatepass")))
        except json_values.JsonError as error:
            return f"{error.line}: {error.reason}"

    # Taking the byte order mark off is the work of the first.
    unmarked = text.removeprefix("\ufeff")
    assert outcome(json_values.load, text) == outcome(json_values.load_carefully, unmarked)
