"""What holds for any record and any bytes at all."""

import json
import string
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import records
from catalogue.records import (
    Counts,
    RecordError,
    VideoRecord,
    durations,
    fields,
    format_front_matter,
    markup,
    replays,
)
from tests.records.examples import read_fixture


def clean(text: str) -> str:
    try:
        return fields.clean_text("", text, 100)
    except fields.FieldError:
        return ""


def without_origin(record: VideoRecord) -> VideoRecord:
    return replace(record, raw=b"", source="", line=None)


lines_of_text = st.text(max_size=40).map(clean)
counts = st.none() | st.integers(0, fields.MAX_COUNT)
addresses = st.sampled_from(["", "https://films.example/a?b=c&d=%20", "/media/a/b.mp4"])
days = st.dates(date(1888, 1, 1), date(2100, 12, 31))
instants = st.builds(datetime.combine, days, st.times(timezones=st.just(UTC)))
word = string.ascii_letters + string.digits + "-_"
identities = st.tuples(st.just("youtube"), st.text(word, min_size=11, max_size=11)) | st.tuples(
    st.sampled_from(["vimeo", "sample", "own-site_2"]),
    st.text(word + ":.!~é", min_size=3, max_size=200),
)
curves = st.builds(
    lambda shares, at: (*shares[:at], replays.TOP, *shares[at:]),
    st.lists(st.integers(0, replays.TOP), min_size=1, max_size=replays.MAX_STRETCHES - 1),
    st.integers(0, 20),
)
# With a curve there is always a length.
lengths = st.integers(1, durations.MAX_DURATION_MS)
lengths_and_curves = st.tuples(st.none() | lengths, st.just(())) | st.tuples(lengths, curves)
video_records = st.builds(
    lambda identity, length, **values: VideoRecord(
        platform=identity[0],
        platform_id=identity[1],
        raw=b"",
        duration_ms=length[0],
        replays=length[1],
        **values,
    ),
    identity=identities,
    title=lines_of_text.filter(bool),
    description=st.text(max_size=200).map(markup.tidy),
    channel=lines_of_text,
    channel_id=st.sampled_from(["", "UCabcdefghijklmnopqrstuv", "a b"]),
    category=lines_of_text,
    language=st.sampled_from(["", "en", "pt-BR", "zh-Hans"]),
    tags=st.lists(lines_of_text.filter(bool), max_size=5, unique=True).map(tuple),
    url=addresses,
    image_url=addresses,
    media_url=addresses,
    published=st.none() | days | instants,
    recorded_at=st.none() | instants,
    length=lengths_and_curves,
    counts=st.builds(Counts, views=counts, likes=counts, dislikes=counts, comments=counts),
)


@pytest.mark.parametrize("name", ["crlf.md", "plain_yaml.md", "json.md", "emoji_escape.md"])
def test_written_file_reads_back_the_same(name):
    record = read_fixture(name)

    back = records.parse("copy.md", format_front_matter(record).encode())

    assert without_origin(back) == without_origin(record)


@given(video_records)
def test_any_clean_record_reads_back_the_same(record):
    back = records.parse("copy.md", format_front_matter(record).encode())

    assert without_origin(back) == record


@given(video_records)
def test_writing_what_was_read_changes_not_a_byte(record):
    written = format_front_matter(record)

    assert format_front_matter(records.parse("copy.md", written.encode())) == written


KEYS = """
    title vid_id video_id platform date vid_date duration replays viewcount tags categories channel
    language url image media description other
"""
VALUES = r"""
    Sample00001 "Sample00001" [a,b] {a:b} 2020-01-01 2020-01-01T10:00Z PT1S 9:46 12 1,200 &a !x |
    "\ud800" "\0"
"""
keys = st.sampled_from(KEYS.split())
values = st.text(max_size=20) | st.sampled_from(VALUES.split())
openings = st.sampled_from(["---\n", "\ufeff---\r\n", "---yaml\n", "+++\n", ""])
closings = st.sampled_from(["---\n", "...\n", "---", ""])
almost_records = st.builds(
    lambda opening, pairs, closing, body: (
        opening + "".join(f"{key}: {value}\n" for key, value in pairs) + closing + body
    ).encode("utf-8", "surrogatepass"),
    openings,
    st.lists(st.tuples(keys, values), max_size=6),
    closings,
    st.text(max_size=40),
)


JSON_KEYS = """
    id title _type entries items extractor_key extractor webpage_url duration timestamp epoch
    upload_date tags categories view_count thumbnails channel_id snippet statistics kind error
    contentDetails platform platform_id published_at duration_ms views description resourceId
    vid_id live_status duration_string videoId heatmap start_time end_time value replays
"""
json_keys = st.sampled_from(JSON_KEYS.split())
json_leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["Sample00001", "Youtube", "playlist", "url", "youtube#video", "PT1S"])
)
json_trees = st.recursive(
    json_leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(json_keys | st.text(), inner, max_size=8)
    ),
    max_leaves=20,
)
almost_json = st.builds(
    lambda trees, between: between.join(json.dumps(tree) for tree in trees).encode(),
    st.lists(json_trees, min_size=1, max_size=3),
    st.sampled_from(["\n", "\r\n\n", "", ","]),
)
beginnings = st.sampled_from(
    [b"---\n", b"{", b"[", b'{"id":"', b"{}\n", b"platform,platform_id\n", b"\xef\xbb\xbf{"]
)
any_bytes = st.binary() | st.builds(lambda begin, rest: begin + rest, beginnings, st.binary())


@given(any_bytes | almost_records | almost_json)
def test_no_bytes_raise_anything_but_refusals_in_words(content):
    for item in records.parse_all("any", content):
        assert item.source == "any"
        assert item.line is None or item.line >= 1
        if isinstance(item, RecordError):
            assert len(item.reason.split()) >= 3
            assert item.reason.isprintable()
            assert len(item.raw) <= records.MAX_RECORD_BYTES
        else:
            assert item.platform
            assert item.platform_id
            again = records.parse("any", item.raw)
            assert without_origin(again) == without_origin(item)


@given(any_bytes | almost_records)
def test_one_record_or_a_refusal_keeps_its_bytes(content):
    try:
        record = records.parse("any.md", content)
    except RecordError as error:
        assert error.source == "any.md"
    else:
        assert record.platform_id
