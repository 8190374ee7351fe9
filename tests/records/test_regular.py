"""The short cut for the seed's shape: it says what the careful reader says, or nothing."""

import pickle
from collections.abc import Sequence
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.made import make_line, make_record
from catalogue import records
from catalogue.records import Counts, RecordError, VideoRecord, front_matter, regular

USUAL = {
    "title": '"A film"',
    "image": r'"https:\/\/i.ytimg.com\/vi\/Sample00001\/hqdefault.jpg"',
    "vid_id": '"Sample00001"',
    "categories": '"Education"',
    "tags": '["one","two, three"]',
    "date": '"2021-09-23T19:54:31+03:00"',
    "vid_date": '"2019-05-18T15:07:10Z"',
    "duration": '"PT1H27M36S"',
    "viewcount": '"32417"',
    "likeCount": '"457"',
    "dislikeCount": '""',
    "channel": '"Sample Films"',
}
MORE = {
    "channel_id": '"UC0123456789012345678901"',
    "commentCount": '"7"',
    "language": '"pt-br"',
    "url": r'"https:\/\/films.example\/a-film"',
    "media": '"https://films.example/a-film.mp4"',
}


def make_usual(
    body: str = "Text", end: str = "\n", order: Sequence[str] = (), **changed: str
) -> bytes:
    values = USUAL | changed
    lines = [f"{key}: {values[key]}" for key in (order or values)]
    return f"{end.join(['---', *lines, '---', body])}".encode("utf-8", "surrogatepass")


def read_both(content: bytes) -> VideoRecord | None:
    """Return what the short cut reads, having compared it with the careful reader."""
    quick = regular.read("film.md", content)
    try:
        careful: VideoRecord | None = front_matter.parse("film.md", content)
    except RecordError:
        careful = None
    if quick is not None:
        assert quick == careful
        assert type(quick.counts) is Counts
    return quick


def test_made_up_records_take_the_short_cut_and_say_the_same():
    for n in range(300):
        assert read_both(make_record(n)) is not None


def test_made_up_lines_and_files_hold_the_same_records():
    for n in range(50):
        of_line = records.parse("made", make_line(n))
        of_file = records.parse("made", make_record(n))
        assert replace(of_line, raw=b"") == replace(of_file, raw=b"")


def test_keys_may_stand_in_any_order_and_those_not_needed_be_missing():
    usual = read_both(make_usual())
    assert usual is not None
    turned = read_both(make_usual(order=list(reversed(USUAL))))
    assert turned is not None
    assert replace(turned, raw=b"") == replace(usual, raw=b"")
    assert read_both(make_usual(order=["vid_id", "title"])) is not None
    assert read_both(make_usual(**MORE)) is not None
    assert read_both(make_usual(order=["title"])) is None
    assert read_both(make_usual(order=["vid_id"])) is None


@pytest.mark.parametrize("key", sorted(USUAL | MORE))
def test_key_that_stands_there_twice_is_left_to_the_careful_reader(key):
    assert read_both(make_usual(order=[*USUAL, *MORE, key], **MORE)) is None


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "body",
    [
        "",
        "Text",
        "{% raw %}Text<br />more{% endraw %}",
        "{% raw %}Text<br />more{% endraw %}\r\n",
        "{% raw %}Text{% endraw %} \n\n",
        "{% raw %}{% raw %}a{% endraw %} b{% endraw %}",
        "a\nb\r\nc\rd",
        "a\x07b",
        "<p>One</p> <b>Two</b>",
        "a &amp;quot; &eacute; &lt;b&gt; &#39;",
        "\u00a0a\u3000<br />b\u2028",
        "x" * 100_000,
    ],
)
def test_any_body_may_stand_below_a_usual_header(body, end):
    assert read_both(make_usual(body, end)) is not None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", r'"A \u201cfilm\u201d \/ two"'),
        ("title", '"Фильм 电影 🗺️"'),
        ("image", '""'),
        ("image", '"http://films.example/a.jpg?b=c&d=%20"'),
        ("tags", "[]"),
        ("tags", '["a", "b"]'),
        ("tags", r'["\u00e9","a"]'),
        ("date", '""'),
        ("vid_date", '"2019-05-18T15:07:10-11:30"'),
        ("duration", '""'),
        ("viewcount", '""'),
        ("channel", '""'),
        ("categories", '""'),
    ],
)
def test_usual_values_take_the_short_cut(key, value):
    assert read_both(make_usual(**{key: value})) is not None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", '""'),
        ("title", '" "'),
        ("title", '"a" # b'),
        ("title", '"a\\"'),
        ("title", r'"\ud800"'),
        ("title", r'"\u0000"'),
        ("title", '"a\x85b"'),
        ("title", '"a\u200b"'),
        ("title", '"' + "x" * 1_001 + '"'),
        ("title", '"x"\ntitle: "y"'),
        ("vid_id", '"Sample0001"'),
        ("vid_id", "Sample00001"),
        ("image", '"https://me@films.example/"'),
        ("image", r'"https:\/\/films.example\\a"'),
        ("image", '"https://films.example/' + "a" * 2_000 + '"'),
        ("tags", '["a" "b"]'),
        ("tags", '["a",1]'),
        ("tags", '[["a"]]'),
        ("tags", '[{"a":"b"}]'),
        ("tags", '["a",]'),
        ("tags", '["' + "x" * 101 + '"]'),
        ("tags", "[" + ",".join(f'"{n}"' for n in range(501)) + "]"),
        ("date", '"2021-02-30T00:00:00Z"'),
        ("date", '"2021-09-23T19:54:31+99:00"'),
        ("date", '"2021-09-23"'),
        ("date", '"1066-10-14T00:00:00Z"'),
        ("duration", '"PT"'),
        ("duration", '"PTS"'),
        ("viewcount", '"-1"'),
        ("viewcount", '"1234567890123456789"'),
        ("viewcount", "12"),
    ],
)
def test_whatever_is_unusual_is_left_to_the_careful_reader(key, value):
    assert read_both(make_usual(**{key: value})) is None


@pytest.mark.parametrize(
    "content",
    [
        make_usual(body="{% raw %}Text{% endraw %}more"),
        make_usual(body="{% raw %}Text"),
        make_usual(body="a\0b"),
        make_usual(body="x" * 100_001),
        make_usual(body="x" * 2_000_000),
        make_usual(body="caf\udce9"),
        make_usual().replace(b"Text", b"caf\xe9"),
        make_usual().replace(b"A film", b"caf\xe9"),
        make_usual().replace(b"\n", b"\r"),
        make_usual().replace(b"channel:", b"Channel:"),
        make_usual()[:-9],
        b"",
    ],
    ids=range(12),
)
def test_what_is_broken_is_left_to_the_careful_reader(content):
    assert read_both(content) is None


letters = '"\\/abé \u00a0\u2028\u200b\x85\ufeff\x00\x07\t\x7f🗺️[],:#-<>&;{}%'
scraps = st.text(max_size=12) | st.text(letters + "\ud800", max_size=12)
written = (
    scraps
    | scraps.map(lambda text: f'"{text}"')
    | scraps.map(lambda text: f'["{text}","b"]')
    | st.sampled_from(
        [
            '"12"', '"012"', '"1,200"', '"9:46"', '"PT0S"', '"P1D"', '"2100-12-31T23:59:59-01:00"',
            '"1900-01-01T00:30:00+01:00"', '"2021-09-23 19:54:31"', '"2021-W38-4T19:54:31Z"',
            '"2021-09-23T24:00:00Z"', '["a","a"," a",""]', '["a" , "b"]', '"<br />"', '"a: b"',
            '"http://a"', '"https://a:80/"', '"-----------"', '"---"', "~", "",
        ]
    )
)  # fmt: skip
pieces = st.sampled_from(
    [
        "<br />", "<br>", "<br / >", "&amp;", "&quot;", "&#39;", "&lt;", "&gt;", "&copy;", "&", ";",
        '<a rel="nofollow" target="blank" href="https://a.example/">https://a.example/</a>',
        '<a rel="nofollow" target="blank" href="a ">a </a>', "<b>", "</b>", "{% raw %}",
        "{% endraw %}", "{", "{%", "\n", "\r\n", "\r", "\x0b", "\x1c", "\t", " ",
        "  \u3000", "\u1680", "\u2003", "\u205f", "\u00a0", "\u0085", "\u2029", "\x00", "\x7f",
        "\x01", "é",
        "река", "河。", "🗺️", '"', "\\", "\\n", "a", "r />", "<", "---",
    ]
)  # fmt: skip
bodies = st.lists(pieces, max_size=14).map("".join)
raw_bodies = st.builds(
    "{{% raw %}}{}{{% endraw %}}{}".format, bodies, st.sampled_from(["", "\n", "\r\n", " \n"])
)
near_misses = st.builds(
    lambda changed, order, body, end, bom: bom + make_usual(body, end, order, **(MORE | changed)),
    st.dictionaries(st.sampled_from(sorted(USUAL | MORE)), written, max_size=2),
    st.just(list(USUAL))
    | st.permutations([*USUAL, *MORE])
    | st.lists(st.sampled_from(["title", "vid_id", *USUAL, *MORE]), max_size=20),
    bodies | raw_bodies,
    st.sampled_from(["\n", "\r\n", "\r", " \n"]),
    st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\n"]),
)


@given(near_misses)
@example(make_usual(r"a<b<a rel=x>r />", "\n"))
def test_short_cut_says_what_the_careful_reader_says(content):
    read_both(content)


@given(near_misses, st.integers(0, 400), st.binary(max_size=2), st.integers(0, 3))
def test_short_cut_agrees_when_bytes_are_put_in_or_taken_out(content, at, put, taken):
    read_both(content[:at] + put + content[at + taken :])


def read_unread() -> VideoRecord:
    return records.parse("film.md", make_usual("{% raw %}a<br />b{% endraw %}\n"))


def test_description_that_nobody_has_read_yet_is_as_good_as_any():
    assert read_unread().description == "a\nb"
    assert read_unread() == read_unread()
    assert hash(read_unread()) == hash(read_unread())
    assert pickle.loads(pickle.dumps(read_unread())) == read_unread()
    assert replace(read_unread(), title="Other").description == "a\nb"
    assert "description='a\\nb'" in repr(read_unread())


def test_record_read_by_the_short_cut_is_frozen():
    record = read_unread()

    assert type(record) is VideoRecord
    with pytest.raises(FrozenInstanceError):
        setattr(record, "description", "other")  # noqa: B010 -- mypy knows better
    with pytest.raises(FrozenInstanceError):
        setattr(record.counts, "views", 1)  # noqa: B010
