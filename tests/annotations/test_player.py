"""Where a film is watched: its own place, a copy, or nowhere; and how far a copy is shifted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from annotations.player import PlayerKind, viewing_of
from catalogue import copies
from catalogue.models import Availability, Change, ChangeField, Copy, Video
from tests.makers import make_video

pytestmark = pytest.mark.django_db

ORIGINAL, OTHER, THIRD = "swje6NSdkfk", "aaaaaaaaaaa", "bbbbbbbbbbb"
LOST_AT = datetime(2024, 5, 3, 9, tzinfo=UTC)


def lose(video: Video, availability: Availability = Availability.GONE) -> None:
    """Make a film as a look that finds it lost leaves it."""
    video.availability = availability
    video.save(update_fields=["availability"])
    Change.objects.create(
        video=video,
        field=ChangeField.AVAILABILITY,
        old=Availability.AVAILABLE,
        new=availability,
        observed_at=LOST_AT,
    )


@pytest.fixture
def film(db: None) -> Video:
    return make_video(platform_id=ORIGINAL)


def add(film: Video, by: User, address: str, **fields: Any) -> Copy:
    return copies.add(film, by=by, address=address, **fields)


def test_a_film_that_is_there_plays_at_its_own_place(film: Video, author: User):
    add(film, author, OTHER, offset_ms=12_000)
    viewing = viewing_of(film, 63_500)
    assert (viewing.choice, viewing.player.video_id, viewing.player.start_ms) == (
        None, ORIGINAL, 63_500,
    )  # fmt: skip
    assert (viewing.player.shift_ms, viewing.carried) == (0, "")


@pytest.mark.parametrize("availability", [Availability.GONE, Availability.PRIVATE])
def test_a_lost_film_plays_from_the_first_copy_that_plays(
    film: Video, author: User, availability: Availability
):
    lose(film, availability)
    make_video(platform_id=OTHER, availability=Availability.GONE)
    add(film, author, "https://example.org/a-page")
    add(film, author, OTHER)
    third = add(film, author, THIRD, offset_ms=12_000)
    add(film, author, "https://example.org/film.mp4")
    viewing = viewing_of(film, 63_500)
    assert viewing.choice
    assert viewing.choice.place.copy == third
    assert (viewing.player.kind, viewing.player.video_id) == (PlayerKind.YOUTUBE, THIRD)
    assert (viewing.player.start_ms, viewing.player.shift_ms) == (75_500, 12_000)
    assert viewing.player.url.endswith(f"v={THIRD}&t=75s")
    assert (viewing.is_lost, viewing.lost_since, viewing.is_asked) == (True, LOST_AT, False)


def test_the_last_time_it_was_lost_is_told(film: Video):
    lose(film)
    Change.objects.create(
        video=film,
        field=ChangeField.AVAILABILITY,
        old="available",
        new="gone",
        observed_at=LOST_AT + timedelta(days=9),
    )
    assert viewing_of(film, None).lost_since == LOST_AT + timedelta(days=9)


def test_without_a_copy_that_plays_a_lost_film_is_told_to_be_lost(film: Video, author: User):
    lose(film)
    assert viewing_of(film, 0).player.kind == PlayerKind.LOST
    add(film, author, "https://example.org/a-page")
    viewing = viewing_of(film, 0)
    assert (viewing.player.kind, viewing.choice, len(viewing.choices)) == (
        PlayerKind.LOST, None, 1,
    )  # fmt: skip


def test_a_film_that_is_nowhere_plays_from_a_copy(author: User):
    film = make_video(platform="vimeo")
    assert viewing_of(film, None).player.kind == PlayerKind.NONE
    copy = add(film, author, OTHER)
    viewing = viewing_of(film, None)
    assert viewing.choice
    assert (viewing.choice.place.copy, viewing.is_lost) == (copy, False)


def test_a_person_may_choose_any_place_and_the_original(film: Video, author: User):
    page = add(film, author, "https://example.org/a-page")
    add(film, author, OTHER)
    viewing = viewing_of(film, None, str(page.pk))
    assert viewing.player.kind == PlayerKind.LINK
    assert viewing.carried == f"copy={page.pk}&"
    lose(film)
    viewing = viewing_of(film, 1_000, "0")
    assert (viewing.player.video_id, viewing.choice, viewing.carried) == (
        ORIGINAL, None, "copy=0&",
    )  # fmt: skip


@pytest.mark.parametrize("asked", ["x", "-1", "00", "9" * 30, "٣", "\0"])
def test_a_place_that_is_none_is_not_asked_for(film: Video, author: User, asked: str):
    add(film, author, OTHER)
    assert viewing_of(film, None, asked).choice is None


def test_a_withdrawn_copy_and_one_of_another_film_are_not_played(film: Video, author: User):
    lose(film)
    other = add(make_video(), author, THIRD)
    gone = add(film, author, OTHER)
    copies.withdraw(gone, by=author)
    for asked in ("", str(other.pk), str(gone.pk)):
        assert viewing_of(film, None, asked).player.kind == PlayerKind.LOST


@pytest.mark.parametrize(
    ("offset_ms", "film_ms", "start_ms"),
    [
        (12_000, None, 12_000),
        (12_000, 0, 12_000),
        (-3_500, None, None),
        (-3_500, 3_000, None),
        (-3_500, 10_000, 6_500),
        (0, 10_000, 10_000),
    ],
)
def test_a_copy_starts_where_the_film_does(
    film: Video, author: User, offset_ms: int, film_ms: int | None, start_ms: int | None
):
    copy = add(film, author, OTHER, offset_ms=offset_ms)
    player = viewing_of(film, film_ms, str(copy.pk)).player
    assert (player.start_ms, player.shift_ms) == (start_ms, offset_ms)


def test_a_file_elsewhere_plays_and_names_its_site_for_the_policy(film: Video, author: User):
    lose(film)
    add(film, author, "https://Films.Example:8443/a/film.webm", offset_ms=-3_500)
    player = viewing_of(film, 10_000).player
    assert (player.kind, player.origin) == (PlayerKind.REMOTE, "https://films.example:8443")
    assert player.url == "https://Films.Example:8443/a/film.webm#t=6.5"


@pytest.mark.parametrize(
    "url",
    [
        "https://a;script-src 'unsafe-inline'/film.mp4",
        "https://a;script-src%20*/film.mp4",
        "https://a,b/film.mp4",
        "https://*/film.mp4",
        "https://*.example/film.mp4",
        "https://'self'/film.mp4",
        "https://müller.example/film.mp4",
    ],
)
def test_a_host_that_would_say_something_else_in_the_policy_is_only_linked(
    film: Video, author: User, url: str
):
    Copy.objects.create(video=film, url=url, media_url=url, mark="x", added_by=author)
    lose(film)
    (choice,) = viewing_of(film, None).choices
    assert (choice.player.kind, choice.player.origin) == (PlayerKind.LINK, "")


@pytest.mark.parametrize("url", ["https://[::::]/x", "https://example.org:99999/x"])
def test_an_address_in_a_record_that_leads_nowhere_breaks_nothing(author: User, url: str):
    video = make_video(platform="vimeo", url=url, media_url=url)
    other = make_video(platform="vimeo", url=url, media_url=url)
    add(video, author, other.key)
    assert add(video, author, "https://example.org/film").pk
    (choice, _page) = viewing_of(video, 1_000).choices
    assert choice.player.kind in {PlayerKind.LINK, PlayerKind.REMOTE}
    lose(video)
    assert viewing_of(video, 1_000).original_site in {"vimeo", "example.org"}


def test_a_copy_that_is_a_film_here_plays_as_that_film_does(film: Video, author: User):
    lose(film)
    make_video(platform="sample", platform_id="clip", media_url="/static/sample/clip.webm")
    add(film, author, "sample:clip", offset_ms=1_000)
    player = viewing_of(film, 2_000).player
    assert (player.kind, player.url) == (PlayerKind.FILE, "/static/sample/clip.webm#t=3")


def test_choosing_costs_the_same_for_few_and_many_places(
    film: Video, author: User, django_assert_num_queries
):
    lose(film)
    add(film, author, OTHER)
    with django_assert_num_queries(3):
        viewing_of(film, None)
    for number in range(20):
        add(film, author, f"copy{number:07d}")
        make_video(platform_id=f"copy{number:07d}")
    with django_assert_num_queries(3):
        assert len(viewing_of(film, None).choices) == 21
