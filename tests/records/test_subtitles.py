import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records import RecordError
from catalogue.records.cues import Cue
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES, parse_webvtt


def parse(text: str) -> tuple[Cue, ...]:
    return parse_webvtt("film.en.vtt", text.encode())


def refused(content: bytes) -> RecordError:
    with pytest.raises(RecordError) as caught:
        parse_webvtt("film.en.vtt", content)
    return caught.value


FILE = """\
WEBVTT - a sample
Kind: captions
Language: en

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

00:05.000 --> 00:06.000
 \t
"""
CUES = (
    Cue(1_500, 4_000, "The river turns & turns,\nand turns."),
    Cue(3_600_000, 3_602_250, "An hour later."),
)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("beginning", ["", "\ufeff"])
def test_cues_are_read_and_all_else_is_passed_over(line_end, beginning):
    assert parse(beginning + FILE.replace("\n", line_end)) == CUES


def test_line_with_an_arrow_begins_the_next_cue_without_a_blank_line():
    text = "WEBVTT\n00:00.000 --> 00:01.000\none\n00:01.000 --> 00:02.000\ntwo"

    assert parse(text) == (Cue(0, 1_000, "one"), Cue(1_000, 2_000, "two"))


def test_cues_come_in_order_of_their_start():
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\nb\n\n00:01.000 --> 00:09.000\na\n"

    assert [cue.text for cue in parse(text)] == ["a", "b"]


def test_entities_tags_and_bare_signs_become_plain_text():
    text = "WEBVTT\n\n00:00.000 --> 00:01.000\n&lt;b&gt; 1 < 2 <b>bold</b>&nbsp;&lrm;x\0"

    assert parse(text)[0].text == "<b> 1 < 2 bold\xa0\u200ex\ufffd"


@pytest.mark.parametrize("text", ["WEBVTT", "WEBVTT\n", "WEBVTT \n\nNOTE only\n"])
def test_file_without_cues_has_none(text):
    assert parse(text) == ()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "must say WEBVTT"),
        ("1\n00:00:00,500 --> 00:00:07,000\nsrt\n", 1, "must say WEBVTT"),
        ("WEBVTTX\n", 1, "must say WEBVTT"),
        ("WEBVTT\n\n00:00.000 -->\n", 3, "is not a cue's time range"),
        ("WEBVTT\n\nid\n00:07.000 --> 00:1d.890\ntext\n", 4, "is not a time like"),
        ("WEBVTT\n\n00:00.000 --> 00:60.000\ntext\n", 3, "is not a time like"),
        ("WEBVTT\n\n00:00,000 --> 00:01,000\ntext\n", 3, "is not a time like"),
        ("WEBVTT\n\n00:01.000 --> 00:01.000\ntext\n", 3, "does not end after it starts"),
        ("WEBVTT\n\n00:00.000 --> 00:01.000\n" + "x" * 10_001, 3, "too many for a cue"),
    ],
)
def test_broken_file_is_refused_with_line_and_reason(text, line, reason):
    error = refused(text.encode())

    assert reason in error.reason
    assert error.line == line


def test_file_in_another_encoding_is_refused_with_its_line():
    error = refused(b"WEBVTT\n\n00:00.000 --> 00:01.000\ncaf\xe9\n")

    assert error.line == 4
    assert "byte 36 is not UTF-8" in error.reason


def test_file_that_is_too_large_is_refused():
    assert "are too many" in refused(b"x" * (MAX_SUBTITLES_BYTES + 1)).reason


@given(st.binary() | st.text(alphabet="WEBVT\n0123:. ->&<>;amp", max_size=200).map(str.encode))
def test_no_bytes_raise_anything_but_a_refusal_in_words(content):
    for given_content in (content, b"WEBVTT\n\n" + content):
        try:
            cues = parse_webvtt("any.vtt", given_content)
        except RecordError as error:
            assert len(error.reason.split()) >= 3
        else:
            assert all(cue.start_ms < cue.end_ms and cue.text for cue in cues)
