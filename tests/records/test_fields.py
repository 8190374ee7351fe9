import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records import fields
from catalogue.records.fields import FieldError


def refused(clean, *args: object, **kwargs: object) -> str:
    with pytest.raises(FieldError) as caught:
        clean("key", *args, **kwargs)
    assert caught.value.field == "key"
    return caught.value.reason


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ""),
        ("", ""),
        ("  A  film  ", "A  film"),
        ("Two\nlines\tand a tab", "Two lines and a tab"),
        ("bell\x07 and escape\x1b[31m", "bell and escape[31m"),
        ("\u200b\u200e", ""),
        ("Rivière 🗺️\u200d", "Rivière 🗺️\u200d"),
        ("Tom &amp; <b>Jerry</b>", "Tom &amp; <b>Jerry</b>"),
    ],
)
def test_text_becomes_one_clean_line(given, expected):
    assert fields.clean_text("key", given, 100) == expected


def test_text_that_cannot_be_stored_or_is_too_long_is_refused():
    assert "NUL" in refused(fields.clean_text, "a\0b", 10)
    assert "U+D800" in refused(fields.clean_text, "a\ud800", 10)
    assert refused(fields.clean_text, "x" * 1_001, 1_000) == (
        "1,001 characters are too many; 1,000 are allowed"
    )


def test_value_of_the_wrong_kind_is_refused_by_every_field():
    for clean in (
        fields.clean_count,
        fields.clean_duration,
        fields.clean_moment,
        fields.clean_url,
        fields.clean_language,
        fields.clean_platform,
        fields.clean_tags,
        fields.clean_category,
    ):
        assert "a mapping" in refused(clean, {"a": "b"})
    assert "a list" in refused(fields.clean_text, ["a"], 10)
    assert "a list" in refused(fields.clean_tags, [["a"]])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        (["a", "b", "a", "", None, " c "], ("a", "b", "c")),
        ("rivers, old maps,", ("rivers", "old maps")),
        (["one, two"], ("one, two",)),
    ],
)
def test_tags_keep_their_order_and_stand_once(given, expected):
    assert fields.clean_tags("key", given) == expected


def test_too_many_or_too_long_tags_are_refused():
    assert fields.clean_tags("key", [f"tag {n}" for n in range(500)])
    assert (
        refused(fields.clean_tags, ["a"] * 100_000) == "100,000 tags are too many; 500 are allowed"
    )
    assert "100 are allowed" in refused(fields.clean_tags, ["x" * 101])


def test_a_video_has_one_category():
    assert fields.clean_category("key", "Film-Animation") == "Film-Animation"
    assert fields.clean_category("key", ["Education"]) == "Education"
    assert fields.clean_category("key", []) == ""
    assert "one category" in refused(fields.clean_category, ["a", "b"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("154080", 154_080),
        ("154,080", 154_080),
        ("1,234,567", 1_234_567),
        ("0", 0),
        (" 7 ", 7),
        ("", None),
        (" ", None),
        (None, None),
        ("NA", None),
        ("N/A", None),
        (" None ", None),
        (str(2**63 - 1), 2**63 - 1),
    ],
)
def test_count_is_a_whole_number_or_unknown(given, expected):
    assert fields.clean_count("key", given) == expected


@pytest.mark.parametrize(
    "given",
    ["-1", "1.5", "1e3", "12k", "1,23", "1,2345", ",123", "+5", "٣", "many", "0x10", "1 000"],
)
def test_anything_else_is_no_count(given):
    assert "is not a whole number" in refused(fields.clean_count, given)


@pytest.mark.parametrize("given", [str(2**63), "9" * 5_000])
def test_count_beyond_the_database_is_refused(given):
    assert "too large" in refused(fields.clean_count, given)


@pytest.mark.parametrize(
    "given",
    [
        "https://films.example",
        "http://films.example:8080/a?b=c#d",
        "HTTPS://FILMS.EXAMPLE/é(1)",
        "http://[::1]/a",
        "http://127.0.0.1:9/x.mp4",
        "/static/sample/river.mp4",
        "/media/clips/river-2.webm",
    ],
)
def test_address_is_taken_as_it_is(given):
    assert fields.clean_url("key", given) == given


@pytest.mark.parametrize(
    "given",
    [
        "films.example",
        "ftp://films.example/a",
        "javascript:alert(1)",
        "//films.example/a",
        "https://",
        "https:///a",
        "https://user:secret@films.example/",
        "https://films.example:123456/",
        "https://films.example/a b",
        'https://films.example/"onload=',
        "https://films.example/\u202egpj.exe",
        "https://films.example\\@other.example",
        "/static/../etc/passwd",
        "/static/.hidden",
        "/static/",
        "/media//a.mp4",
        "/media/%2e%2e/a",
        "/admin/",
        "river.jpg",
    ],
)
def test_anything_else_is_no_address(given):
    assert "is not an http or https address" in refused(fields.clean_url, given)


def test_very_long_address_is_refused():
    assert "too long" in refused(fields.clean_url, "https://films.example/" + "a" * 2_000)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("EN", "en"),
        ("pt-br", "pt-BR"),
        ("en_us", "en-US"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("sl-rozaj", "sl-rozaj"),
        ("de-CH-x-phonebk", "de-CH-x-phonebk"),
        ("", ""),
        (None, ""),
    ],
)
def test_language_is_a_tag_in_its_usual_case(given, expected):
    assert fields.clean_language("key", given) == expected


@pytest.mark.parametrize(
    "given", ["English", "e", "en-", "en--US", "en_US.UTF-8", "x" * 40, "日本"]
)
def test_anything_else_is_no_language(given):
    assert "language tag" in refused(fields.clean_language, given)


def test_platform_is_a_short_lower_case_name():
    assert fields.clean_platform("key", "Vimeo") == "vimeo"
    for bad in ("a b", "-a", "a/b", "a:b", "x" * 33, "é"):
        assert "short name" in refused(fields.clean_platform, bad)


@pytest.mark.parametrize("given", ["76979871", "x", "a:b", "é-1", "1e3", "..." * 3, "a" * 200])
def test_id_of_another_platform_may_be_anything_that_fits_an_address(given):
    assert fields.clean_platform_id("key", given, platform="vimeo") == given


@pytest.mark.parametrize(
    "given",
    ["a b", "a/b", "a?b", "a#b", "a%2f", "a\\b", "a\nb", "a\u202eb", "\u200b", ".", "..", "\ud800"],
)
def test_id_that_does_not_fit_an_address_is_refused(given):
    assert "cannot be an id" in refused(fields.clean_platform_id, given, platform="vimeo")


@pytest.mark.parametrize("given", ["short", "swje6NSdkfk2", "swje6NSdkf.", "swje6NSdkfé"])
def test_youtube_id_must_have_youtubes_shape(given):
    assert "is not a YouTube id" in refused(fields.clean_platform_id, given, platform="youtube")


def test_very_long_id_is_refused():
    assert "200 are allowed" in refused(fields.clean_platform_id, "a" * 201, platform="vimeo")


@given(st.text())
def test_value_is_shown_in_a_reason_short_and_printable(text):
    assert fields.show(text).isprintable()
    assert len(fields.show(text)) <= 62 + 7 * 60
