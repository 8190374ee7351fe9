import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records import markup
from catalogue.records.markup import tidy, to_text

LINK = '<a rel="nofollow" target="blank" href="{0}">{0}</a>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{% raw %}Text{% endraw %}\n", "Text"),
        ("{%- raw -%}Text{%endraw%}", "Text"),
        ("Text without raw tags", "Text without raw tags"),
        ("{% raw %}a{% endraw %} b {% raw %}c{% endraw %}", "a b c"),
        ("{% include note.html %} stays", "{% include note.html %} stays"),
    ],
)
def test_raw_tags_go_and_all_else_in_braces_stays(body, expected):
    assert to_text(body) == expected


@pytest.mark.parametrize("line_end", ["<br />", "<br>", "<br/>", "<BR >", "<br />\r\n", "<br>  \n"])
def test_line_break_becomes_one_line_end(line_end):
    assert to_text(f"one{line_end}two<i>!</i>") == "one\ntwo!"


@pytest.mark.parametrize(
    "address",
    [
        "https://films.example/",
        "https://films.example/2019/.",
        "https://films.example/list)",
        "https://films.example/?a=1&amp;b=2",
        "https://films.example/...",
    ],
)
def test_link_that_shows_its_address_becomes_that_address_as_shown(address):
    shown = address.replace("&amp;", "&")

    assert to_text(f"See {LINK.format(address)}, then go.") == f"See {shown}, then go."
    assert to_text(f"<b>See</b> {LINK.format(address)}.") == f"See {shown}."


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<a href="https://films.example/a">the film</a>', "the film (https://films.example/a)"),
        ("<a href='https://films.example/a'>the film</a>", "the film (https://films.example/a)"),
        ("<A HREF=https://films.example/a>the <b>film</b></A>", "the film (https://films.example/a)"),
        ('<a href="https://films.example/a/">films.example/a</a>', "films.example/a"),
        ('<a href="http://www.films.example">www.films.example</a>', "www.films.example"),
        ('<a href="mailto:me@films.example">me@films.example</a>', "me@films.example"),
        ('<a href="https://films.example/long/path">https://films.example/lo...</a>',
         "https://films.example/long/path"),
        ('<a href="https://films.example/a"><img src="x.png"></a>', "https://films.example/a"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ('<a href="#top">up</a>', "up"),
        ('<a name="top">here</a>', "here"),
        ('<a href="https://a.example/">a<a href="https://b.example/">b', "a (https://a.example/)b (https://b.example/)"),
        ('<a data-href="https://no.example/" href="https://a.example/?x=1&amp;y=2">a</a>',
         "a (https://a.example/?x=1&y=2)"),
    ],
)  # fmt: skip
def test_link_keeps_its_text_and_where_it_leads(link, expected):
    assert to_text(link) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<b>bold</b> and <span title='a > b'>more</span>", "bold and more"),
        ("a<script>alert('<b>')</script>b<style>p { }</style>c", "abc"),
        ("a<script>never closed", "a"),
        ("a<!-- a <b>note</b> -->b", "ab"),
        ('<img src=x onerror="alert(1)">text', "text"),
        ('<a title="unbalanced href=x>text</a>', "text"),
    ],
)
def test_elements_leave_their_text(body, expected):
    assert to_text(body) == expected


@pytest.mark.parametrize(
    "text",
    [
        "List<string> and Map<K, V>",
        "a < b and b > c",
        "<3 rivers",
        "<https://films.example/>",
        "write to <me@films.example>",
        "`code`, *stars*, _lines_ and [links](https://films.example/)",
        r"C:\maps\new \ \n",
        "{{ page.title }}",
        "https://films.example/?a=1&copy=2&lt",
        "unclosed <a href",
    ],
)
def test_what_is_no_markup_stays_as_written(text):
    assert to_text(text) == text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("&quot;a&quot; &amp; &#39;b&#x27;", "\"a\" & 'b'"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("&lt;script&gt;x&lt;/script&gt;", "<script>x</script>"),
        ("&#0;|&#xD800;|&#7;", "\ufffd|\ufffd|"),
        ("&nosuchthing;", "&nosuchthing;"),
        ("&#99999999999999999999;", "&#99999999999999999999;"),
    ],
)
def test_entities_are_decoded_exactly_once(body, expected):
    assert to_text(body) == expected


def test_text_is_tidied_without_touching_words():
    messy = "  First\tline  \r\nsecond\x07 line\x85third\u2028fourth\n\n\n\n\n\nlast \n\n"

    assert tidy(messy) == "First\tline\nsecond line\nthird\nfourth\n\n\nlast"


def test_writing_direction_marks_are_kept():
    assert tidy("\u202bשאלה\u202c text") == "\u202bשאלה\u202c text"


@given(st.text())
def test_tidying_twice_changes_nothing_more(text):
    assert tidy(tidy(text)) == tidy(text)


@given(st.text(alphabet="<>/&;#\"'=abrscipt! -{%}\n\t", max_size=200))
def test_no_markup_raises_or_leaves_untidy_text(body):
    assert tidy(to_text(body)) == to_text(body)


bodies = st.lists(
    st.text(max_size=5)
    | st.sampled_from(
        [
            "<br />", "<b", "r />", "&amp;", "&quot;", "&#39;", "&lt;", "&gt;", "&copy;", "&",
            "quot;",
            LINK.format("https://a.example/"), LINK.format("a "), LINK.format("r "), "{% raw %}",
            "{% endraw %}", "{", "{%", "\n", "\r\n", "\v", "\x1c", "\t", " ", "\u3000", "\u1680",
            "\u2003", "\u205f", "\xa0", "\x85", "\u2029", "\0", "\x7f", "\x01", "é", "\ud800", '"',
            "\\", "\\n", "<p>",
        ]
    ),
    max_size=20,
).map("".join)  # fmt: skip


@given(bodies)
def test_short_cut_for_one_line_says_what_the_careful_reader_says(body):
    assert to_text(body) == markup.to_text_carefully(body)


@given(bodies | st.text(alphabet="<>/&;#\"'=abrscipt! -{%}\n\t", max_size=200))
def test_text_is_never_longer_than_its_markup(body):
    assert len(to_text(body)) <= len(body)


def test_body_of_one_line_takes_the_short_cut():
    body = f"a<br /><br />b {LINK.format('https://a.example/?a=1&amp;b=2')} &quot;c&quot; — é\\"

    assert markup.read_one_line(body.encode()) == 'a\n\nb https://a.example/?a=1&b=2 "c" — é\\'


@given(st.text() | st.text(alphabet='<>/&;"raw{%}br \n', max_size=60))
def test_written_text_reads_back_the_same(text):
    assert to_text(markup.from_text(tidy(text))) == tidy(text)


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        '<a "',
        "<a href=",
        "<!--",
        "<script>",
        "<script ",
        "{%",
        "{% raw",
        "&",
        "&#",
        " ",
        "\n",
        "<a href='x'>",
        "</a>",
        "<br",
        "<br> ",
        "</script ",
        "\"'",
        "<p>",
        "href ",
        "<a \"'",
    ],
)
def test_a_flood_of_the_same_piece_is_read_in_linear_time(piece):
    # A quadratic reader would need hours for this; a linear one answers at once.
    flood = piece * (1_000_000 // len(piece))

    assert len(to_text(flood)) <= len(flood) * 2
