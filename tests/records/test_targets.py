"""What a pasted text means, and why some mean nothing."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records.targets import (
    MAX_TARGET_LENGTH,
    Target,
    TargetError,
    TargetKind,
    parse_target,
    split_targets,
)

ID = "swje6NSdkfk"
CHANNEL = "UC" + "q" * 21 + "_"
LIST = "PL" + "Ab-" * 10 + "12"
UPLOADS = "UU" + "q" * 22
ALBUM = "OLAK5uy_" + "k" * 33
SITE = "https://www.youtube.com"
VIDEO = Target(TargetKind.VIDEO, f"{SITE}/watch?v={ID}", "youtube", ID)


@pytest.mark.parametrize(
    "text",
    [
        f"https://www.youtube.com/watch?v={ID}",
        f"http://youtube.com/watch?v={ID}",
        f"https://www.youtube.com/watch?v={ID}&list={LIST}&index=3",
        f"https://www.youtube.com/watch?list={LIST}&t=42s&v={ID}",
        f"https://www.youtube.com/watch?si=a1&feature=shared&pp=ygU&utm_source=x&v={ID}#t=5",
        f"https://www.youtube.com/watch/?v={ID}",
        f"https://www.youtube.com/watch/{ID}",
        f"https://www.youtube.com/?v={ID}",
        f"https://www.youtube.com/watch?v={ID}?si=twice",
        f"https://youtu.be/{ID}",
        f"https://youtu.be/{ID}?si=a1&t=42",
        f"youtu.be/{ID}&t=1",
        f"https://www.youtube.com/shorts/{ID}?feature=share",
        f"https://www.youtube.com/live/{ID}?si=a",
        f"https://www.youtube.com/embed/{ID}?rel=0&start=5",
        f"https://www.youtube.com/v/{ID}&hl=en",
        f"https://www.youtube.com/e/{ID}",
        f"https://m.youtube.com/watch?v={ID}",
        f"https://music.youtube.com/watch?v={ID}&list=RDAMVM{ID}",
        f"https://www.youtube-nocookie.com/embed/{ID}",
        f"HTTPS://WWW.YouTube.COM/watch?v={ID}",
        f"https://www.youtube.com.:443/watch?v={ID}",
        f"//www.youtube.com/embed/{ID}",
        f"youtube.com/watch?v={ID}",
        f"www.youtube.com/watch?v={ID}",
        f"https://www.youtube.com/attribution_link?a=x&u=%2Fwatch%3Fv%3D{ID}%26feature%3Dshare",
        f"https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fyoutu.be%2F{ID}",
        f"https://www.youtube.com/oembed?format=json&url=https%3A//www.youtube.com/watch?v%3D{ID}",
        f"https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{ID}",
        f"https://i.ytimg.com/vi/{ID}/maxresdefault.jpg",
        f"https://i9.ytimg.com/vi_webp/{ID}/sddefault.webp",
        f"https://img.youtube.com/vi/{ID}/0.jpg",
        f'<iframe width="560" src="https://www.youtube.com/embed/{ID}?si=a&amp;start=9"></iframe>',
        ID,
        f"  {ID}\n",
        f"“https://youtu.be/{ID}”,",
        f"(https://youtu.be/{ID}).",
        f"<https://youtu.be/{ID}>",
        f"\u200bhttps://youtu.be/{ID}\ufeff",
    ],
)
def test_one_film_by_any_of_its_names(text: str):
    assert parse_target(text) == VIDEO


@pytest.mark.parametrize(
    ("text", "path", "platform_id"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}", f"/channel/{CHANNEL}", CHANNEL),
        (f"https://www.youtube.com/channel/{CHANNEL}/featured", f"/channel/{CHANNEL}", CHANNEL),
        (f"https://m.youtube.com/channel/{CHANNEL}/live", f"/channel/{CHANNEL}", CHANNEL),
        (f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}",
         f"/channel/{CHANNEL}", CHANNEL),
        (CHANNEL, f"/channel/{CHANNEL}", CHANNEL),
        ("https://www.youtube.com/@QuietRivers", "/@QuietRivers", ""),
        ("https://www.youtube.com/@QuietRivers/videos?view=0", "/@QuietRivers/videos", ""),
        ("https://www.youtube.com/@QuietRivers/Shorts", "/@QuietRivers/shorts", ""),
        ("https://www.youtube.com/@QuietRivers/community", "/@QuietRivers", ""),
        ("https://www.youtube.com/@%E9%9D%99%E6%B2%B3", "/@静河", ""),
        ("@静河/streams", "/@静河/streams", ""),
        ("youtube.com/c/QuietRivers/videos", "/c/QuietRivers/videos", ""),
        ("https://www.youtube.com/user/quietrivers", "/user/quietrivers", ""),
        ("https://www.youtube.com/quietrivers", "/quietrivers", ""),
        ("https://www.youtube.com/feeds/videos.xml?user=quietrivers", "/user/quietrivers", ""),
    ],
)  # fmt: skip
def test_a_channel_by_any_of_its_names(text: str, path: str, platform_id: str):
    assert parse_target(text) == Target(TargetKind.CHANNEL, SITE + path, "youtube", platform_id)


@pytest.mark.parametrize(
    ("text", "list_id"),
    [
        (f"https://www.youtube.com/playlist?list={LIST}&si=a", LIST),
        (f"https://music.youtube.com/playlist?list={ALBUM}", ALBUM),
        (f"https://www.youtube.com/watch?list={LIST}", LIST),
        (f"https://www.youtube.com/embed/videoseries?list={LIST}", LIST),
        (f"https://www.youtube.com/playlist?list=VL{LIST}", LIST),
        (f"https://www.youtube.com/feeds/videos.xml?playlist_id={LIST}", LIST),
        (LIST, LIST), (UPLOADS, UPLOADS), (ALBUM, ALBUM),
    ],
)  # fmt: skip
def test_a_list_by_any_of_its_names(text: str, list_id: str):
    assert parse_target(text) == Target(
        TargetKind.PLAYLIST, f"{SITE}/playlist?list={list_id}", "youtube", list_id
    )


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://Films.Example.org", "https://films.example.org/"),
        ("example.org/film", "https://example.org/film"),
        ("http://127.0.0.1:8000/film", "http://127.0.0.1:8000/film"),
        ("https://example.org/film?id=3&utm_source=x&fbclid=y#top", "https://example.org/film?id=3"),
        ("https://example.org/film?q=a+b%20c", "https://example.org/film?q=a+b%20c"),
        ("https://example.org/#!/film/3", "https://example.org/#!/film/3"),
        ("https://example.org/#!/film#__youtubedl_smuggle=%7B%7D", "https://example.org/"),
        ("https://en.example.org/wiki/River_(film)", "https://en.example.org/wiki/River_(film)"),
        ("https://youtube.com.example.org/watch?v=" + ID,
         "https://youtube.com.example.org/watch?v=" + ID),
        (f"https://notyoutube.com/{ID}", f"https://notyoutube.com/{ID}"),
        ("https://www.youtube.com/redirect?q=https%3A%2F%2Fexample.org%2Ffilm%3Futm_medium%3Dx",
         "https://example.org/film"),
        ("https://www.youtube.com/clip/UgkxAbc?si=x", "https://www.youtube.com/clip/UgkxAbc"),
        ("https://[2001:db8::1]/film", "https://[2001:db8::1]/film"),
    ],
)  # fmt: skip
def test_anything_else_is_a_page_without_what_follows_people(text: str, url: str):
    assert parse_target(text) == Target(TargetKind.PAGE, url)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing in it"),
        (" \u200b\n ", "nothing in it"),
        ("https://example.org/" + "a" * MAX_TARGET_LENGTH, "too many for an address"),
        ("ftp://example.org/film", "Only http and https"),
        ("file:///etc/passwd", "Only http and https"),
        ("javascript:alert(1)", "Only http and https"),
        ("ytsearch:rivers", "Only http and https"),
        ("https://me:secret@example.org/film", "user name"),
        (f"https://youtube.com@example.org/watch?v={ID}", "user name"),
        ("https:///film", "no site"),
        ("https://", "no site"),
        ("https://[::1/film", "can be read"),
        ("https://example.org:99999/film", "can be read"),
        ("https://exam ple.org/film", "can be read"),
        ("rivers", "this has 6"),
        (ID + "x", "this has 12"),
        ("two words", "no address"),
        ("https://youtu.be/abc", "this has 3"),
        (f"https://www.youtube.com/watch?v={ID}x", "this has 12"),
        ("https://www.youtube.com/watch?v=ab/cdefghij", "no id of a YouTube video"),
        ("https://www.youtube.com/watch?v=", "names no video"),
        ("https://www.youtube.com/watch", "there is no v="),
        ("https://youtu.be/", "names no video"),
        ("https://www.youtube.com/", "no video, no list"),
        ("https://www.youtube.com/feed/subscriptions", "no video, no list"),
        ("https://www.youtube.com/results?search_query=rivers", "no video, no list"),
        ("https://www.youtube.com/channel/UCshort", "no id of a channel"),
        ("UCshortshort", "not as long"),
        ("PL12345678", "not as long"),
        ("https://www.youtube.com/playlist?list=WL", "only its owner"),
        (f"https://www.youtube.com/playlist?list=RD{ID}", "mix"),
        ("https://www.youtube.com/playlist?list=PLx", "no id of a YouTube list"),
        ("https://www.youtube.com/playlist", "there is no list="),
        ("@", "no handle"),
        ("https://i.ytimg.com/an/x", "no id of a YouTube video"),
        ("https://example.org/\x00", "control characters"),
        ("https://www.youtube.com/redirect?q=http://[", "no address that can be read"),
    ],
)
def test_what_names_nothing_is_refused_with_the_reason(text: str, reason: str):
    with pytest.raises(TargetError, match=reason):
        parse_target(text)


def test_an_address_in_an_address_ends_somewhere():
    text = f"https://youtu.be/{ID}"
    for _depth in range(6):
        text = f"https://www.youtube.com/redirect?q={quote(text, safe='')}"
    with pytest.raises(TargetError, match="in an address"):
        parse_target(text)


def test_lines_and_addresses_side_by_side_are_several():
    text = f"\n https://a.example/1 \n\n{ID}\nhttps://a.example/2 https://a.example/3\n"
    assert split_targets(text) == [
        "https://a.example/1", ID, "https://a.example/2", "https://a.example/3",
    ]  # fmt: skip


def test_the_code_of_players_is_taken_out_of_what_stands_around():
    code = f'<p><iframe\n width="1"\n src="https://www.youtube.com/embed/{ID}"></iframe>'
    found = [parse_target(one) for one in split_targets(code + "\nhttps://a.example/1")
             if one != "p"]  # fmt: skip
    assert found == [VIDEO, Target(TargetKind.PAGE, "https://a.example/1")]


BEGINNINGS = ("", "https://", "https://www.youtube.com/", "https://youtu.be/", "<iframe src=")


@given(st.sampled_from(BEGINNINGS), st.text())
def test_no_text_raises_anything_else(beginning: str, rest: str):
    text = beginning + rest
    for one in [text, *split_targets(text)]:
        try:
            target = parse_target(one)
        except TargetError as error:
            assert error.reason
        else:
            assert target.url.startswith(("http://", "https://"))
            assert parse_target(target.url) == target
