from datetime import UTC, date, datetime

import pytest

from catalogue import records
from catalogue.records import MAX_RECORD_BYTES, Counts, VideoRecord
from tests.records.examples import (
    FIXTURES,
    make_content,
    parse_lines,
    read_fixture,
    refusal,
    refusal_of,
)

RIVERS = """\
A river leaves its old bed behind.  Maps do not.

Watch the whole series: https://films.example/rivers?a=1&b=2
Notes (https://films.example/2019/. and https://films.example/list)
0:11 - Start
01:00:10 - The "second" bed \\ C:\\maps\\new {{ not a tag }} &lt;b&gt;
Tools: a < b && b > c 🗺️"""


@pytest.mark.parametrize("name", ["crlf.md", "bom.md"])
def test_every_value_of_the_seeds_format_is_read(name):
    content = (FIXTURES / name).read_bytes()

    assert records.parse(name, content) == VideoRecord(
        platform="youtube",
        platform_id="Rv3rsRemem0",
        title="How Rivers Remember | A Field Film",
        raw=content,
        description=RIVERS,
        channel="Sample Field Films",
        category="Science-Technology",
        tags=("rivers", "field film", "old maps"),
        image_url="https://i.ytimg.com/vi/Rv3rsRemem0/hqdefault.jpg",
        published=datetime(2020, 2, 29, 23, 59, 58, tzinfo=UTC),
        recorded_at=datetime(2021, 11, 5, 6, 30, tzinfo=UTC),
        duration_ms=3_723_000,
        counts=Counts(views=12_045, likes=310, dislikes=0),
        source=name,
    )


def test_empty_count_is_unknown_and_zero_is_zero():
    assert read_fixture("lf_no_dislikes.md").counts.dislikes is None
    assert read_fixture("crlf.md").counts.dislikes == 0


def test_all_line_ends_become_line_feeds():
    assert read_fixture("mixed_line_ends.md").description == "One line.\nAnother.\nAnd a third."


def test_handwritten_yaml_is_read_as_written():
    record = read_fixture("plain_yaml.md")

    assert record.title == "No"
    assert (record.platform, record.platform_id) == ("youtube", "1234567890e")
    assert record.tags == ("dams", "one, two")
    assert record.recorded_at == datetime(2019, 6, 1, tzinfo=UTC)
    assert record.published == date(2018, 5, 4)
    assert type(record.published) is date
    assert record.duration_ms == 586_000
    assert record.counts == Counts(views=1_204)
    assert record.url == ""
    assert record.description == "## A heading\n\nText with `List<string>` and *stars*,\ntwo lines."


def test_header_in_json_is_read_and_says_the_description_when_there_is_no_body():
    record = read_fixture("json.md")

    assert (record.platform, record.platform_id) == ("vimeo", "76979871")
    assert record.counts.views == 12
    assert record.description == "Plain & simple <text>.\nSecond line."


@pytest.mark.parametrize("blank", ["", "\ufeff", "\n"])
def test_header_in_json_needs_no_dashes(blank):
    content = f'{blank}{{\n  "title": "Fluß",\n  "vid_id": "Sample00001"\n}}\n\nThe body'

    record = records.parse("film.md", content.encode())

    assert (record.title, record.platform_id) == ("Fluß", "Sample00001")
    assert record.description == "The body"


def test_line_of_a_fault_in_a_header_without_dashes_is_told():
    error = refusal(b'{\n  "title": "A",\n  "vid_id": "x y"\n}\nThe body')

    assert (error.field, error.line) == ("vid_id", 3)
    long = b'{\n"title": "A",\n"vid_id": "Sample00001"}\n' + b"x" * 100_001
    assert (refusal(long).field, refusal(long).line) == ("description", 4)


def test_body_wins_over_a_description_in_the_header():
    assert parse_lines('description: "short"', body="The body").description == "The body"
    assert parse_lines('description: "short"').description == "short"


def test_three_dots_end_a_header_and_dashes_in_the_body_are_text():
    assert read_fixture("dots.md").description == "Body.\n---\nStill body."


@pytest.mark.parametrize("opening", ["---yaml\n", "--- yaml \n", "\n\n---\n", "---  \n"])
def test_usual_opening_lines_are_read(opening):
    content = make_content().replace(b"---\n", opening.encode(), 1)

    assert records.parse("film.md", content).title == "A film"


@pytest.mark.parametrize(
    ("name", "line", "field", "reason"),
    [
        ("not_utf8.md", 15, "", "byte 387 (0xe9) is not UTF-8"),
        ("utf16.md", 1, "", "UTF-16"),
        ("nul.md", 15, "", "NUL"),
        ("surrogate.md", 2, "title", "U+D800"),
        ("toml.md", 1, "", "TOML"),
        ("unterminated.md", 2, "", "does not end"),
        ("four_dashes.md", 1, "", "4 dashes"),
        ("javascript.md", 1, "", "nothing in a record is executed"),
        ("python_tag.md", 2, "title", "nothing in a record is executed"),
        ("laughs.md", 2, "a", "anchors (&) and aliases (*)"),
        ("empty_block.md", None, "", "is empty"),
    ],
)
def test_broken_file_is_refused_with_line_field_and_reason(name, line, field, reason):
    content = (FIXTURES / name).read_bytes()

    error = refusal(content)

    assert reason in error.reason
    assert (error.line, error.field) == (line, field)
    assert error.raw == content


def test_emoji_written_as_two_escapes_is_one_character():
    assert read_fixture("emoji_escape.md").title.startswith("😀 Rivers")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \r\n\n", "the file is empty"),
        (b"# A heading\n\n---\n\ntext\n", "there is no front matter"),
        (b'{"id": "x"}', "this JSON is no record of a video"),
        (b"\x89PNG\r\n", "there is no front matter"),
        (b"null\n", "only null"),
        ("---\ntitle: A\n".encode("utf-16-le"), "UTF-16 without its mark"),
        (b"---", "does not end"),
        (b"---\n", "does not end"),
        (b"--- a: b ---\n", "only YAML and JSON are"),
        (b"---\nwords\n---\n", "not a list of keys"),
    ],
)
def test_what_is_no_record_is_refused_in_words(content, reason):
    assert reason in refusal(content).reason


def test_record_of_more_than_two_megabytes_is_refused_and_cut():
    error = refusal(make_content(body="x" * MAX_RECORD_BYTES))

    assert "are too many for a record" in error.reason
    assert len(error.raw) == MAX_RECORD_BYTES


@pytest.mark.parametrize(
    ("header", "field", "reason"),
    [
        ('title: "A film"', "vid_id", "there is no video id (vid_id)"),
        ('title: "A film"\nvid_id: ""', "vid_id", "there is no video id (vid_id)"),
        ('date: "junk"', "vid_id", "there is no video id (vid_id) and no title"),
        ('vid_id: "Sample00001"', "title", "there is no title"),
        ('title: " "\nvid_id: "Sample00001"', "title", "there is no title"),
        ('title: "x"\nvid_id: "12345"', "platform", "must name its platform"),
        ('title: "x"\nvid_id: "12345"\nplatform: youtube', "vid_id", "is not a YouTube id"),
        ('title: "x"\nvid_id: "a"\nvideo_id: "b"', "video_id", "they differ"),
        ('title: "x"\nvideo_id: "a b"', "video_id", "cannot be an id"),
    ],
)
def test_record_without_title_or_identity_is_refused(header, field, reason):
    error = refusal(f"---\n{header}\n---\n".encode())

    assert reason in error.reason
    assert error.field == field
    assert error.line is not None


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("image: cover.jpg", "image"),
        ("url: [a]", "url"),
        ('media: "/static/../x"', "media"),
        ("categories: [a, b]", "categories"),
        ("tags: {a: b}", "tags"),
        ("tags: [[a]]", "tags"),
        ("date: Aug 20", "date"),
        ("vid_date: 1066-10-14", "vid_date"),
        ("duration: 586", "duration"),
        ("viewcount: -1", "viewcount"),
        ("likeCount: 1.5", "likeCount"),
        ("dislikeCount: many", "dislikeCount"),
        ("commentCount: [1]", "commentCount"),
        ("channel: {name: x}", "channel"),
        ("language: Klingon!", "language"),
        ("platform: a b", "platform"),
        ("description: [a]", "description"),
    ],
)
def test_one_bad_value_refuses_the_whole_record_and_names_its_line(line, field):
    error = refusal_of('other: "x"', line, "more: y")

    assert (error.field, error.line) == (field, 5)
    assert len(error.reason.split()) >= 3


def test_title_of_the_wrong_kind_is_refused():
    assert refusal(make_content(title="title: {a: b}")).field == "title"


def test_line_is_counted_over_any_line_ends_and_leading_blank_lines():
    content = b"\r\n\r\n" + make_content("viewcount: x").replace(b"\n", b"\r\n")

    assert refusal(content).line == 6


def test_too_long_a_description_is_refused_at_its_first_line():
    error = refusal_of(body="x" * 100_001)

    assert (error.field, error.line) == ("description", 5)


def test_unknown_keys_are_left_alone_whatever_they_hold():
    record = parse_lines("Title: [other]", "layout: {a: [b]}", "viewCount: many")

    assert record.title == "A film"
    assert record.counts == Counts()
    assert b"viewCount: many" in record.raw


def test_same_id_under_both_keys_is_one_id():
    assert parse_lines('video_id: "Sample00001"').platform_id == "Sample00001"


def test_our_own_keys_are_read():
    record = parse_lines(
        "platform: Sample",
        "language: en_gb",
        "url: https://films.example/watch/1",
        "media: /static/sample/river.mp4",
        "commentCount: 0",
    )

    assert (record.platform, record.language) == ("sample", "en-GB")
    assert record.url == "https://films.example/watch/1"
    assert record.media_url == "/static/sample/river.mp4"
    assert record.counts == Counts(comments=0)


def test_record_is_written_as_the_seed_is():
    record = read_fixture("lf_no_dislikes.md")

    assert records.format_front_matter(record) == (
        """---
title: "How Rivers Remember | A Field Film"
image: "https://i.ytimg.com/vi/Rv3rsRemem0/hqdefault.jpg"
vid_id: "Rv3rsRemem0"
categories: "Science-Technology"
tags: ["rivers","field film","old maps"]
date: "2021-11-05T06:30:00Z"
vid_date: "2020-02-29T23:59:58Z"
duration: "PT1H2M3S"
viewcount: "12045"
likeCount: "310"
channel: "Sample Field Films"
---
"""
        "{% raw %}A river leaves its old bed behind.  Maps do not.<br /><br />Watch the whole "
        "series: https://films.example/rivers?a=1&amp;b=2<br />Notes (https://films.example/2019/. "
        "and https://films.example/list)<br />0:11 - Start<br />01:00:10 - The &quot;second&quot; "
        "bed \\ C:\\maps\\new {{ not a tag }} &amp;lt;b&amp;gt;<br />Tools: a &lt; b &amp;&amp; b "
        "&gt; c 🗺️{% endraw %}\n"
    )
