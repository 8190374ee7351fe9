"""What a pasted text says of where a copy can be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records.copies import CopyPlace, parse_place
from catalogue.records.fields import FieldError

ID = "swje6NSdkfk"
YOUTUBE = CopyPlace("youtube", ID, f"https://www.youtube.com/watch?v={ID}")


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"youtube:{ID}",
        f" https://www.youtube.com/watch?v={ID} ",
        f"https://m.youtube.com/watch?feature=share&v={ID}&t=12s",
        f"HTTPS://YouTube.com/watch/?v={ID}",
        f"https://music.youtube.com/watch?v={ID}&list=PLx",
        f"youtu.be/{ID}?si=abc",
        f"//youtu.be/{ID}",
        f"www.youtube.com/shorts/{ID}",
        f"http://youtube.com/live/{ID}?feature=share",
        f"https://www.youtube-nocookie.com/embed/{ID}?rel=0",
        f"https://www.youtube.com/v/{ID}",
        f"https://www.youtube.com/redirect?q=https%3A%2F%2Fyoutu.be%2F{ID}",
        f"https://www.youtube.com./watch?v={ID}",
        f"https://films.example/videos/youtube/{ID}/?t=3",
    ],
)
def test_every_spelling_of_a_youtube_video_is_its_id(text: str):
    assert parse_place(text, site="films.example") == YOUTUBE


@pytest.mark.parametrize(
    ("text", "platform", "platform_id"),
    [
        ("https://vimeo.com/76979871", "vimeo", "76979871"),
        ("https://vimeo.com/channels/staff-picks/76979871/", "vimeo", "76979871"),
        ("https://player.vimeo.com/video/76979871?h=abc", "vimeo", "76979871"),
        ("https://www.dailymotion.com/video/x8abcde", "dailymotion", "x8abcde"),
        ("https://dai.ly/x8abcde", "dailymotion", "x8abcde"),
        ("https://archive.org/details/the-river_1936", "archiveorg", "the-river_1936"),
        ("vimeo:76979871", "vimeo", "76979871"),
        ("https://films.example/videos/vimeo/76979871/", "vimeo", "76979871"),
        ("http://FILMS.example/videos/sample/%C3%A9t%C3%A9/", "sample", "été"),
    ],
)
def test_platforms_that_are_known_tell_the_id(text: str, platform: str, platform_id: str):
    found = parse_place(text, site="films.example")
    assert (found.platform, found.platform_id) == (platform, platform_id)


def test_the_page_of_a_film_on_another_site_is_a_page_like_any():
    found = parse_place("https://other.example/videos/youtube/swje6NSdkfk/", site="films.example")
    assert found == CopyPlace(url="https://other.example/videos/youtube/swje6NSdkfk/")


@pytest.mark.parametrize("ending", ["mp4", "WEBM", "m4v", "ogv"])
def test_a_file_that_browsers_play_is_known_by_its_ending(ending: str):
    url = f"https://archive.org/download/river/river.{ending}?x=1"
    assert parse_place(url) == CopyPlace(url=url, media_url=url)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "a film", "example.org/film", "ftp://example.org/film", "javascript://x/%0Aalert(1)",
        "https://", "https://user:word@example.org/", "https://example.org:99999/",
        "//example.org/x", "https://[::::]/x", "https://example.org/a b", "localhost:8000/x", "https://ex\\ample.org/",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_what_one_looks_like(text: str):
    with pytest.raises(FieldError, match=r"write an address such as https://example\.org/film"):
        parse_place(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://www.youtube.com/playlist?list=PLx", "no single video"),
        ("https://www.youtube.com/@quietrivers", "no single video"),
        ("https://youtu.be/short", "no single video"),
        ("https://www.youtube.com/redirect?q=https://example.org/film", "no single video"),
        ("https://www.youtube.com/redirect?q=javascript:alert(1)", "no single video"),
        ("youtube:short", "is not a YouTube id"),
        ("https://example.org/" + "x" * 2_000, "too long"),
        ("https://example.org/\0", "NUL"),
        ("https://example.org/\ud800", "half a character"),
    ],
)
def test_other_faults_are_told_as_they_are(text: str, reason: str):
    with pytest.raises(FieldError, match=reason):
        parse_place(text)


def test_spellings_of_one_place_share_a_mark_and_others_do_not():
    def mark(text: str) -> str:
        return parse_place(text).mark

    one = mark("https://www.example.org/film/")
    for text in ("http://example.org/film", "https://EXAMPLE.org:443/film#start"):
        assert mark(text) == one
    others = (
        "https://example.org/films",
        "https://example.org/film?v=2",
        "https://example.org:81/film",
    )
    assert len({one, *map(mark, others), mark(ID)}) == 5
    assert mark("https://vimeo.com/76979871") == mark("vimeo:76979871")


@given(
    st.one_of(
        st.text(), st.text().map("https://{}".format), st.from_regex(r"https?://[a-z\[:0-9].*")
    )
)
def test_no_text_does_anything_but_name_a_place_or_be_refused(text: str):
    try:
        found = parse_place(text, site="films.example")
    except FieldError as error:
        assert error.reason
    else:
        assert len(found.mark) == 64
        assert found.url.startswith(("http://", "https://", "/")) or found.platform
