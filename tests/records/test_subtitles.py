import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records import RecordError
from catalogue.records.cues import Cue
from catalogue.records.subtitles import (
    MAX_PROBLEMS,
    MAX_SUBTITLES_BYTES,
    Subtitles,
    parse_subtitles,
)


def parse(text: str) -> Subtitles:
    return parse_subtitles("film.en.vtt", text.encode())


def refused(content: bytes) -> RecordError:
    with pytest.raises(RecordError) as caught:
        parse_subtitles("film.en.vtt", content)
    return caught.value


def told(subtitles: Subtitles) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.reason) for problem in subtitles.problems]


WEBVTT = """\
WEBVTT - a sample
Kind: captions
Language: en-us

STYLE
::cue { color: papayawhip; }

REGION
id:fred

NOTE
nobody reads this
on two lines

opening
00:01.500 --> 00:04.000 align:start position:0%
<v Narrator>The river <i>turns</i> &amp; turns,
and <00:00:03.000><c.loud>turns</c>.

2
01:00:00.000 --> 01:00:02.250
An hour later.
"""
SRT = """\
1
00:00:01,500 --> 00:00:04,000 X1:40 X2:600 Y1:20 Y2:50
{\\an8}The river <i>turns</i> &amp; turns,
and <font color="#fff">turns</font>.

2
01:00:00,000 --> 01:00:02,250
An hour later.
"""
CUES = (
    Cue(1_500, 4_000, "The river turns & turns,\nand turns."),
    Cue(3_600_000, 3_602_250, "An hour later."),
)


@pytest.mark.parametrize("text", [WEBVTT, SRT], ids=["WebVTT", "SRT"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_cues_are_read_and_all_else_is_passed_over(text, line_end, encoding):
    found = parse_subtitles("film", text.replace("\n", line_end).encode(encoding))

    assert found.cues == CUES
    assert found.problems == ()


def test_line_ends_may_be_of_all_kinds_in_one_file():
    text = "WEBVTT\r\n\r00:00.000 --> 00:01.000\rone\r\n\n00:01.000 --> 00:02.000\ntwo"

    assert [cue.text for cue in parse(text).cues] == ["one", "two"]


def test_head_of_webvtt_names_the_language():
    assert parse(WEBVTT).language == "en-US"
    assert parse(SRT).language == ""
    assert parse(WEBVTT.replace("en-us", "Klingon, mostly")).language == ""


def test_line_with_an_arrow_begins_the_next_cue_without_an_empty_line():
    text = "WEBVTT\n00:00.000 --> 00:01.000\none\n00:01.000 --> 00:02.000\ntwo"

    assert parse(text).cues == (Cue(0, 1_000, "one"), Cue(1_000, 2_000, "two"))


def test_number_of_the_next_cue_in_srt_is_no_text_of_the_one_before():
    text = "1\n00:00:00,000 --> 00:00:01,000\none\n2\n00:00:01,000 --> 00:00:02,000\n1984"

    assert [cue.text for cue in parse(text).cues] == ["one", "1984"]


def test_srt_of_people_who_write_points_and_leave_zeros_out_is_read():
    text = "00:00:00.500 --> 0:00:07.5\none\n\n01:02,25 --> 1:02:03,000\ntwo"

    assert parse(text).cues == (Cue(500, 7_500, "one"), Cue(62_250, 3_723_000, "two"))


def test_cues_come_in_order_of_their_start():
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\nb\n\n00:01.000 --> 00:09.000\na\n"

    assert [cue.text for cue in parse(text).cues] == ["a", "b"]


def test_entities_tags_and_bare_signs_become_plain_text():
    text = "WEBVTT\n\n00:00.000 --> 00:01.000\n&lt;b&gt; 1 < 2 > 0 <b>bold</b>&nbsp;&lrm;x\0"

    assert parse(text).cues[0].text == "<b> 1 < 2 > 0 bold \u200ex\ufffd"


def test_what_looks_like_a_tag_stays_in_srt_unless_players_know_it():
    text = "1\n00:00:00,000 --> 00:00:01,000\n<B>List</B><string><br>a <3 {note}"

    assert parse(text).cues[0].text == "List<string>\na <3 {note}"


def test_broken_cues_are_told_by_line_and_the_others_kept():
    found = parse(
        "WEBVTT\n\n"
        "00:00.000 --> 00:01.000\none\n\n"
        "00:01.000 --> 00:1d.000\nbroken\n\n"
        "00:03.000 --> 00:02.000\nbackwards\n\n"
        "text of nobody\non two lines\n\n"
        "00:04.000 --> 00:05.000\n \n\n"
        "00:05.000 -->\nbroken too\n\n"
        "00:06.000 --> 00:07.000\ntwo\n"
    )

    assert [cue.text for cue in found.cues] == ["one", "two"]
    assert told(found) == [
        (6, "“00:1d.000” is not a time like 01:02:03.450"),
        (9, "the cue does not end after it starts"),
        (12, "there is no time range for this text"),
        (15, "the cue has no text"),
        (18, "“00:05.000 -->” is not a time range"),
    ]
    assert str(found.problems[0]).startswith("film.en.vtt:6: ")


def test_text_between_cues_of_srt_is_told():
    text = "1\n00:00:00,500 --> 00:00:07,000\none\n\n2\nlost\n\n3\n00:00:11,890 --> 00:00:16,320\nb"
    found = parse(text)

    assert [cue.text for cue in found.cues] == ["one", "b"]
    assert told(found) == [(5, "there is no time range for this text")]


def test_empty_line_inside_a_cue_of_srt_does_not_end_it():
    text = "1\n00:00:00,000 --> 00:00:01,000\none\n\nmore\n\n2\n00:00:01,000 --> 00:00:02,000\ntwo"
    found = parse(text)

    assert [cue.text for cue in found.cues] == ["one\nmore", "two"]
    assert found.problems == ()


@pytest.mark.parametrize("line_end", ["\n\n", "\r\r\n", "\r\n\r\n"])
def test_srt_whose_line_ends_were_doubled_is_read(line_end):
    found = parse_subtitles("film", SRT.replace("\n", line_end).encode())

    assert found.cues == CUES
    assert found.problems == ()


def test_text_after_a_broken_cue_of_srt_is_not_given_to_the_one_before():
    text = "1\n00:00:00,000 --> 00:00:01,000\none\n\n2\n00:00:xx --> 1\nb\n\nlost"
    found = parse(text)

    assert [cue.text for cue in found.cues] == ["one"]
    assert [problem.line for problem in found.problems] == [6, 9]


def test_times_of_srt_may_lack_milliseconds_and_hold_marks_nobody_sees():
    text = (
        "\ufeff1\n\u200e00:00:01\xa0--> 00:00:02\u202c\none\n\n"
        "\ufeff2\n00:00:02 --> 00:00:03\ntwo\n"
    )

    assert parse(text).cues == (Cue(1_000, 2_000, "one"), Cue(2_000, 3_000, "two"))


def test_heads_of_joined_segments_are_passed_over():
    segment = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n{}\ntext\n\n"
    text = segment.format("00:00.000 --> 00:01.000") + segment.format("00:01.000 --> 00:02.000")

    assert len(parse(text).cues) == 2
    assert parse(text).problems == ()


@pytest.mark.parametrize("piece", ["a\n\n", "1\n\n", "-->\n", "\n", "\r", "<", "{\\", "&#", " "])
@pytest.mark.parametrize("head", ["WEBVTT\n\n", "1\n00:00:00,000 --> 00:00:01,000\nx\n\n"])
def test_flood_of_the_same_piece_is_read_in_linear_time_and_told_in_short(head, piece):
    # A quadratic reader would need hours for this; a linear one answers at once.
    flood = (head + piece * (600_000 // len(piece))).encode()

    try:
        found = parse_subtitles("film", flood)
    except RecordError as error:
        assert len(error.reason) < 200
    else:
        assert len(found.problems) <= MAX_PROBLEMS + 1


def test_long_lists_of_problems_are_counted_at_the_end():
    broken = "".join("00:00 --> 1\nx\n\n" for _number in range(MAX_PROBLEMS + 50))
    found = parse(f"WEBVTT\n\n{broken}00:00.000 --> 00:01.000\nok")

    assert len(found.problems) == MAX_PROBLEMS + 1
    assert found.problems[-1].reason == "50 more parts of the file were left out"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", None, "the file is empty"),
        ("WEBVTT", None, "there is no cue in this file"),
        ("WEBVTT \n\nNOTE only\n", None, "there is no cue in this file"),
        ("some words", 1, "neither WebVTT"),
        ("WEBVTTX\n", 1, "neither WebVTT"),
        ("WEBVTT\n\n00:00.000 -->\n", 3, "is not a time range"),
        ("WEBVTT\n\nid\n00:07.000 --> 00:1d.890\ntext\n", 4, "is not a time like"),
        ("WEBVTT\n\n00:00.000 --> 00:60.000\ntext\n", 3, "is not a time like"),
        ("WEBVTT\n\n00:00,000 --> 00:01,000\ntext\n", 3, "is not a time like"),
        ("WEBVTT\n\n00:01.000 --> 00:01.000\ntext\n", 3, "does not end after it starts"),
        ("WEBVTT\n\n00:00.000 --> 9999:00:00.000\ntext\n", 3, "later than any film lasts"),
        ("WEBVTT\n\n00:00.000 --> 00:01.000\n" + "x" * 10_001, 3, "too many for a cue"),
        ("words\n00:00:00,500 --> 00:00:07,000", 2, "the cue has no text"),
    ],
)
def test_file_without_a_cue_to_use_is_refused_with_line_and_reason(text, line, reason):
    error = refused(text.encode())

    assert reason in error.reason
    assert error.line == line


@pytest.mark.parametrize("head", [b"WEBVTT\n\n00:00.000", b"1\n\n00:00:00,000"])
def test_file_in_another_encoding_is_refused_with_its_line(head):
    error = refused(head + b" --> 00:00:01,000\ncaf\xe9\n")

    assert error.line == 4
    assert "is not UTF-8; save the file as UTF-8" in error.reason


def test_utf_16_without_its_mark_or_cut_short_is_refused_in_words():
    assert "without its mark" in refused(SRT.encode("utf-16-le")).reason
    assert "not UTF-16" in refused(SRT.encode("utf-16")[:-1]).reason


def test_file_that_is_too_large_is_refused():
    assert "are too many" in refused(b"x" * (MAX_SUBTITLES_BYTES + 1)).reason


@given(st.binary() | st.text(alphabet="WEBVT\n0123:. ,->&<>{}c;amp", max_size=200).map(str.encode))
def test_no_bytes_raise_anything_but_a_refusal_in_words(content):
    for given_content in (content, b"WEBVTT\n\n" + content, b"\xff\xfe" + content):
        try:
            found = parse_subtitles("any.vtt", given_content)
        except RecordError as error:
            assert len(error.reason.split()) >= 3
        else:
            assert found.cues
            assert all(cue.start_ms < cue.end_ms and cue.text for cue in found.cues)
            assert list(found.cues) == sorted(found.cues, key=lambda cue: cue.start_ms)
