"""A machine's captions show each line three times; here each stands once."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from catalogue.records.cues import Cue
from catalogue.records.subtitles import Subtitles, parse_subtitles
from catalogue.records.subtitles.blocks import Block
from catalogue.records.subtitles.rolling import rebuild

HEAD = "WEBVTT\nKind: captions\nLanguage: en\n\n"
NOTHING = " "
PLACE = " align:start position:0%"
CAPTIONS = f"""\
00:00:01.000 --> 00:00:03.000{PLACE}
{NOTHING}
the<00:00:01.400><c> river</c><00:00:02.000><c> ran</c>

00:00:03.000 --> 00:00:03.010{PLACE}
the river ran
{NOTHING}

00:00:03.010 --> 00:00:05.000{PLACE}
the river ran
north<c.colorE5E5E5><00:00:03.500><c> that</c></c><00:00:04.000><c> year</c>

00:00:05.000 --> 00:00:05.010{PLACE}
north that year
{NOTHING}

00:00:05.010 --> 00:00:08.000{PLACE}
north that year
[Music]

00:00:08.000 --> 00:00:08.010{PLACE}
{NOTHING}
{NOTHING}

00:00:08.010 --> 00:00:09.000{PLACE}
{NOTHING}
[Music]
"""


def parse(text: str) -> Subtitles:
    return parse_subtitles("film.en.vtt", text.encode())


def test_each_line_stands_once_with_the_time_it_is_said():
    found = parse(HEAD + CAPTIONS)

    assert found.is_rolling
    assert found.problems == ()
    assert found.cues == (
        Cue(1_000, 3_000, "the river ran"),
        Cue(3_010, 5_000, "north that year"),
        Cue(5_010, 9_000, "[Music]"),
    )


def test_captions_made_into_srt_are_known_by_their_blinks():
    text = HEAD + CAPTIONS
    for part in (HEAD, PLACE, "<c>", "</c>", "<c.colorE5E5E5>"):
        text = text.replace(part, "")
    for stamp in ("01.400", "02.000", "03.500", "04.000"):
        text = text.replace(f"<00:00:{stamp}>", "")
    srt = "".join(
        line.replace(".", ",") if "-->" in line else line for line in text.splitlines(keepends=True)
    )

    assert parse(srt).cues == parse(HEAD + CAPTIONS).cues


def test_line_that_is_said_twice_stands_twice():
    text = (
        f"{HEAD}00:01.000 --> 00:02.000{PLACE}\n \nno<00:00:01.500><c> no</c>\n\n"
        f"00:02.000 --> 00:02.010{PLACE}\nno no\n \n\n"
        f"00:02.010 --> 00:03.000{PLACE}\nno no\nno<00:00:02.500><c> no</c>\n"
    )

    assert [cue.text for cue in parse(text).cues] == ["no no", "no no"]


def test_two_new_lines_at_once_begin_with_their_first_words():
    text = (
        f"{HEAD}00:01.000 --> 00:04.000{PLACE}\n"
        "one<00:00:01.500><c> two</c>\n<00:00:02.500><c>three</c>\n\n"
        f"00:04.000 --> 00:04.010{PLACE}\none two\nthree\n\n"
        f"00:04.010 --> 00:06.000{PLACE}\nthree\nfour\n"
    )

    assert parse(text).cues == (
        Cue(1_000, 2_500, "one two"),
        Cue(2_500, 4_000, "three"),
        Cue(4_010, 6_000, "four"),
    )


def test_times_of_words_alone_do_not_make_captions_rolling():
    text = (
        "WEBVTT\n\n00:16.500 --> 00:18.500\nWhen the moon <00:17.500>hits your eye\n\n"
        "00:18.500 --> 00:20.500\nLike a <00:19.000>big-a pie\n"
    )

    found = parse(text)
    assert not found.is_rolling
    assert [cue.text for cue in found.cues] == ["When the moon hits your eye", "Like a big-a pie"]


def test_person_who_repeats_a_line_is_left_alone():
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nNo.\n\n00:02.100 --> 00:03.000\nNo.\n"

    found = parse(text)
    assert not found.is_rolling
    assert len(found.cues) == 2


LINES = st.lists(
    st.sampled_from([" ", "a", "b", "a b", "[x]", "a<00:00:00.050><c> b</c>", "<00:00:00.020>c"]),
    max_size=3,
)
BLOCKS = st.lists(
    st.builds(
        lambda start, length, lines, number: Block(start, start + length, tuple(lines), number),
        st.integers(0, 200),
        st.integers(1, 100),
        LINES,
        st.just(1),
    ),
    max_size=12,
)


@given(BLOCKS)
def test_what_is_rebuilt_is_in_order_and_never_overlaps(blocks):
    cues = rebuild(blocks)

    assert all(cue.start_ms < cue.end_ms and cue.text for cue in cues)
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(cues))


@given(st.lists(st.sampled_from(["one", "two three", "four", "five six seven"]), min_size=2))
def test_every_line_that_was_said_comes_out_once(lines):
    """Write captions as YouTube does, and read them again."""
    text, before = HEAD, " "
    for number, line in enumerate(lines):
        start, end = number * 2_000, number * 2_000 + 1_990
        first, *rest = line.split()
        words = "".join(f"<{_time(start + 500)}><c> {word}</c>" for word in rest)
        timed = f"{first}{words}" if rest else f"{first}<{_time(start + 500)}><c></c>"
        text += f"{_time(start)} --> {_time(end)}{PLACE}\n{before}\n{timed}\n\n"
        text += f"{_time(end)} --> {_time(end + 10)}{PLACE}\n{line}\n \n\n"
        before = line

    assert parse(text).cues == tuple(
        Cue(number * 2_000, number * 2_000 + 1_990, line) for number, line in enumerate(lines)
    )


def _time(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1_000 % 60:02}.{ms % 1_000:03}"
