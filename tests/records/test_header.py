import contextlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalogue.records.header import (
    HeaderError,
    find_line,
    read_header,
    read_quoted_lines,
    read_yaml,
)


def refused(text: str) -> HeaderError:
    with pytest.raises(HeaderError) as caught:
        read_header(text)
    return caught.value


@pytest.mark.parametrize(
    "written",
    [
        "no",
        "yes",
        "on",
        "true",
        "1e3",
        "0x1F",
        "012",
        "9:46",
        "2021-07-30",
        "12345678901",
        ".5",
        "1_000",
        "=",
        "2001-12-14t21:59:43.10-05:00",
    ],
)
def test_what_is_written_is_what_is_read(written):
    assert read_header(f"title: {written}\n") == {"title": written}


@pytest.mark.parametrize("written", ["", " ", " ~", " null", " NULL", " # a comment"])
def test_nothing_is_none(written):
    assert not read_header(f"title:{written}\nother: [a]\n")["title"]


@pytest.mark.parametrize("written", ['"null"', "'~'", '""'])
def test_quoted_nothing_is_text(written):
    assert isinstance(read_header(f"title: {written}\nother: [a]\n")["title"], str)


def test_blocks_lists_and_mappings_are_read():
    text = """\
a: |
  one
  two
b: >
  one
  two
c: [x, "y, z"]
d:
- x
-
e: {k: v, l: [1]}
? f
: g
"""

    assert read_header(text) == {
        "a": "one\ntwo\n",
        "b": "one two\n",
        "c": ["x", "y, z"],
        "d": ["x", None],
        "e": {"k": "v", "l": ["1"]},
        "f": "g",
    }


def test_json_is_read_with_tabs_big_numbers_and_words_as_written():
    big = "9" * 5_000
    text = f'{{\n\t"a": {big},\n\t"b": [1.50, true, null, NaN],\n\t"c": "\\ud83d\\ude00"\n}}\n'

    assert read_header(text) == {"a": big, "b": ["1.50", "true", None, "NaN"], "c": "😀"}


@pytest.mark.parametrize("text", ['{"a": {"b": false}}\n', "{a: {b: 'false'}}\n"])
def test_json_and_yaml_in_braces_say_the_same(text):
    assert read_header(text) == {"a": {"b": "false"}}


def test_characters_written_as_two_halves_are_joined_by_both_readers():
    text = 'a: "\\ud83d\\ude00 \\u00e9"\n'

    assert read_quoted_lines(text) == read_yaml(text) == {"a": "😀 é"}
    assert read_header(text + "b: '\\ud83d\\ude00'\n")["b"] == "\\ud83d\\ude00"


@pytest.mark.parametrize(
    ("text", "line", "field", "reason"),
    [
        ('a: "1"\nb: "2"\na: "3"\n', 2, "a", "this key is there twice"),
        ("a: x\nb: y\na: z\n", 2, "a", "this key is there twice"),
        ('{"a": 1, "b": 2, "a": 3}\n', 0, "a", "this key is there twice"),
        ("a: 1\nb: &x 2\n", 1, "b", "anchors (&) and aliases (*) are not read"),
        ("a: 1\nb: *x\n", 1, "b", "anchors (&) and aliases (*) are not read"),
        (
            "a: 1\nb: !!python/object/apply:os.system [id]\n",
            1,
            "b",
            "python/object/apply:os.system",
        ),
        ("a: !x 1\n", 0, "a", "nothing in a record is executed"),
        ("a: !!js/function 'x'\n", 0, "a", "nothing in a record is executed"),
        ("<<: {a: 1}\n", 0, "", "merge keys (<<) are not read"),
        ("[a]: b\n", 0, "", "a key must be text"),
        ("a: 1\ntwitter: @me\n", 1, "twitter", "not valid YAML"),
        ("a: 1\nb: c: d\n", 1, "b", "not valid YAML"),
        ("a: 1\nb: [1\n", 2, "", "not valid YAML"),
        ('a: "\\UFFFFFFFF \\ud800"\n', None, "", "not valid YAML"),
        ("a: 1\nb: \x07\n", 1, "b", "control character (U+0007)"),
        ("a: " + "[" * 21 + "]" * 21 + "\n", 0, "a", "nested more than 20 deep"),
        ('{"a": ' + "[" * 100_000 + "\n", None, "", "nested more than 20 deep"),
        ("a: " + "[" * 100_000 + "\n", 0, "a", "nested more than 20 deep"),
        ("a: [" + "x," * 20_001 + "]\n", None, "", "more than 20,000 values"),
        ("", None, "", "is empty"),
        ("# only a comment\n", None, "", "is empty"),
        ("just words\n", 0, "", "not a list of keys"),
        ("- a\n- b\n", 0, "", "not a list of keys"),
        ("a: 1\n--- b: 2\n", None, "", "not valid YAML"),
        ("%YAML 1.1\na: 1\n", None, "a", "not valid YAML"),
    ],
)
def test_refusal_names_line_key_and_reason(text, line, field, reason):
    error = refused(text)

    assert reason in error.reason
    assert len(error.reason.split()) >= 3
    assert error.field == field
    if line is not None:
        assert error.line == line


@pytest.mark.parametrize(
    "piece", ["[", "{", "? ", "- ", "a: ", '"', "'", "!", "&", "*", "|\n", "#", ",", "\\"]
)
def test_a_flood_of_the_same_piece_is_read_or_refused_in_linear_time(piece):
    # A quadratic reader would need hours for this; a linear one answers at once.
    with contextlib.suppress(HeaderError):
        read_header("a: " + piece * (500_000 // len(piece)) + "\n")


def test_outermost_key_is_the_one_that_is_found():
    text = "links:\n  - url: x\nurl: y\n"

    assert find_line(text, "url") == 2
    assert find_line('{\n\t"a": 1,\n\t"url": 2}\n', "url") == 2
    assert find_line(text, "title") is None


texts = st.text(max_size=30) | st.text(
    alphabet='ab"\\/[]{},:#\t\x7f\x85\u2028\ufeff\ud83d\ude00é \x00&*!|>%@`-', max_size=12
)
quoted = st.builds(
    lambda value, ascii_only: json.dumps(value, ensure_ascii=ascii_only).replace("/", "\\/"),
    texts | st.lists(texts, max_size=4),
    st.booleans(),
)
plain = st.from_regex(r"[0-9]{0,6}", fullmatch=True) | st.sampled_from(
    [
        "~",
        "null",
        " ",
        '"a" ',
        '"a" # b',
        '["a" , "b"]',
        '["a",]',
        "[ ]",
        "[[]]",
        '"a" b',
        '"\\x41"',
        "'a'",
    ]
)
keys = st.sampled_from(["title", "vid_id", "null", "y", "_a1", "tags", "a-b", "é", '"q"'])
headers = st.lists(st.tuples(keys, quoted | plain), max_size=8).map(
    lambda pairs: "".join(f"{key}: {value}\n" for key, value in pairs)
)


def empty_as_none(value: object) -> object:
    """Both readers mean by empty text and by None that nothing is said."""
    if isinstance(value, dict):
        return {key: empty_as_none(member) for key, member in value.items()}
    return None if value == "" else value


@given(headers)
@example('a: "\\u0000"\n')
@example('a: "\u200b\xa0"\n')
def test_quick_reader_says_what_yaml_says_or_leaves_it_to_yaml(text):
    quick = read_quoted_lines(text)

    if quick is not None:
        assert empty_as_none(quick) == empty_as_none(read_yaml(text))


def test_quick_reader_takes_what_quoting_writers_write():
    text = 'a: "x \\"y\\" \\/"\nb: ["x","y, z"]\nc: ""\nd: 12\ne:\nf: "😀 \u200b"\n'

    assert read_quoted_lines(text) == {
        "a": 'x "y" /',
        "b": ["x", "y, z"],
        "c": "",
        "d": "12",
        "e": "",
        "f": "😀 \u200b",
    }


@given(st.text() | st.text(alphabet="a:-[]{}\"'\\#&*!|>%@`,? \n\t", max_size=60))
def test_no_header_raises_anything_but_a_header_error(text):
    try:
        values = read_header(text)
    except HeaderError as error:
        assert len(error.reason.split()) >= 3
    else:
        assert isinstance(values, dict)
