"""The pages of the other places of a film, by role: visitor, who added it, stranger, staff."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalogue import copies
from catalogue.models import Copy, Video
from tests.makers import make_video
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db

OTHER = "aaaaaaaaaaa"
PAGE = "https://example.org/the-river"


def new_address(video: Video) -> str:
    return f"{video.get_absolute_url()}copies/new/"


def typed(**changes: Any) -> dict[str, Any]:
    """Return what a person types into the form that adds a place."""
    return {"address": PAGE, "offset_ms": "0:12", "note": "With <subtitles>", **changes}


def test_a_visitor_sees_the_places_and_is_asked_to_sign_in(
    client: Client, video: Video, author: User
):
    row = copies.add(video, by=author, address=PAGE)
    text = read(client, video.get_absolute_url())
    assert f'<a href="{PAGE}" rel="nofollow ugc noopener"><bdi>example.org</bdi></a>' in text
    assert "copies/new/" not in text
    for path in (new_address(video), f"/copies/{row.pk}/edit/", f"/copies/{row.pk}/withdraw/"):
        assert client.get(path)["Location"].startswith("/accounts/login/")
        assert client.post(path, typed())["Location"].startswith("/accounts/login/")
    assert Copy.objects.count() == 1


def test_a_page_without_places_says_nothing_to_visitors(client: Client, video: Video):
    assert "Other places" not in read(client, video.get_absolute_url())


def test_a_member_adds_a_place(client: Client, video: Video, author: User):
    client.force_login(author)
    assert f'action="{new_address(video)}"' in read(client, video.get_absolute_url())
    read(client, new_address(video))
    answer = client.post(new_address(video), typed())
    assert answer["Location"] == f"{video.get_absolute_url()}#places"
    row = Copy.objects.get()
    assert (row.url, row.offset_ms, row.added_by) == (PAGE, 12_000, author)
    text = read(client, video.get_absolute_url())
    assert "With &lt;subtitles&gt;" in text
    assert '<bdi dir="ltr">+0:12</bdi>' in text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"address": "example.org/x"}, "Write an address such as https://example.org/film"),
        ({"address": ""}, "This field is required."),
        ({"address": "https://www.youtube.com/@rivers"}, "leads to no single video"),
        ({"address": "x" * 2001}, "at most 2000 characters"),
        ({"offset_ms": "soon"}, "Write a shift as 0:12, 12.5 or -3.5"),
        ({"offset_ms": "25:00:00"}, "less than or equal to"),
        ({"note": "x" * 201}, "at most 200 characters"),
        ({"note": "a\u202eb"}, "control characters"),
    ],
)
def test_a_refused_place_is_told_why_and_nothing_typed_is_lost(
    client: Client, video: Video, author: User, changes: dict[str, str], reason: str
):
    client.force_login(author)
    sent = typed(note="With subtitles", **{k: v for k, v in changes.items() if k != "note"})
    sent |= changes
    answer = client.post(new_address(video), sent)
    text = answer.content.decode()
    check(text)
    assert answer.status_code == 200
    assert reason in text
    for value in sent.values():
        assert value in text
    assert not Copy.objects.exists()


def test_the_film_itself_and_a_second_time_are_told(client: Client, video: Video, author: User):
    client.force_login(author)
    itself = f"http://testserver{video.get_absolute_url()}"
    assert (
        "This is the film itself."
        in client.post(new_address(video), typed(address=itself)).content.decode()
    )
    client.post(new_address(video), typed())
    again = client.post(new_address(video), typed()).content.decode()
    assert "This place is in the list already." in again


def test_who_added_a_place_corrects_it_and_sees_what_was_changed(
    client: Client, video: Video, author: User
):
    row = copies.add(video, by=author, address=PAGE, offset_ms=-3_500, note="Colour")
    client.force_login(author)
    path = f"/copies/{row.pk}/edit/"
    assert 'value="\u22120:03.5"' in read(client, path)
    answer = client.post(path, {"offset_ms": "later", "note": "Black and white"})
    assert answer.status_code == 200
    assert 'value="later"' in answer.content.decode()
    answer = client.post(path, {"offset_ms": "\u22120:04", "note": "Black and white"})
    assert answer["Location"] == f"{video.get_absolute_url()}#places"
    text = read(client, path)
    for part in (
        "</span>\u22120:03.5</del>", "</span>\u22120:04</ins>", "</span>Colour</del>",
        "</span>Black and white</ins>", "<bdi>author</bdi>",
    ):  # fmt: skip
        assert part in text, part


def test_withdrawing_asks_first(client: Client, video: Video, author: User):
    row = copies.add(video, by=author, address=PAGE, offset_ms=12_000)
    client.force_login(author)
    assert "shifted by 12 s" in read(client, f"/copies/{row.pk}/withdraw/")
    row.refresh_from_db()
    assert row.withdrawn_at is None
    client.post(f"/copies/{row.pk}/withdraw/")
    assert PAGE not in read(client, video.get_absolute_url())
    for page in ("edit", "withdraw"):
        assert client.get(f"/copies/{row.pk}/{page}/").status_code == 404


def test_only_who_added_a_place_and_staff_are_offered_and_let_to_change_it(
    client: Client, video: Video, author: User, stranger: User, moderator: User
):
    row = copies.add(video, by=author, address=PAGE)
    for user, may in ((stranger, False), (author, True), (moderator, True)):
        client.force_login(user)
        text = read(client, video.get_absolute_url())
        for page in ("edit", "withdraw"):
            path = f"/copies/{row.pk}/{page}/"
            assert (path in text) is may
            assert client.get(path).status_code == (200 if may else 403)
    client.force_login(stranger)
    assert client.post(f"/copies/{row.pk}/withdraw/").status_code == 403
    row.refresh_from_db()
    assert row.withdrawn_at is None


def test_a_place_that_is_a_film_here_leads_to_its_page(client: Client, video: Video, author: User):
    other = make_video(platform_id=OTHER, title="The same film", availability="available")
    copies.add(video, by=author, address=OTHER)
    text = read(client, video.get_absolute_url())
    assert f'<a href="{other.get_absolute_url()}"><bdi>The same film</bdi></a>' in text
    assert "<span>Available</span>" in text


def test_the_watch_page_costs_the_same_for_few_and_many_places(
    client: Client, video: Video, author: User
):
    client.force_login(author)

    def add(first: int, last: int) -> None:
        for number in range(first, last):
            make_video(platform_id=f"copy{number:07d}")
            copies.add(video, by=author, address=f"copy{number:07d}")

    add(0, 2)
    few = queries(client, video.get_absolute_url())
    add(2, 30)
    assert queries(client, video.get_absolute_url()) == few
