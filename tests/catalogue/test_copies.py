"""Copies: adding, correcting and withdrawing other places of a film."""

from functools import partial

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from catalogue import copies
from catalogue.models import NOTE_MAX, OFFSET_MAX_MS, Availability, Copy, Video
from tests.makers import make_video
from tests.racing import outcomes_of_race

FILM, OTHER = "swje6NSdkfk", "aaaaaaaaaaa"
PAGE = "https://example.org/the-river"


@pytest.fixture
def film(db: None) -> Video:
    return make_video(platform_id=FILM, media_url="https://files.example/river.mp4")


def refusal(film: Video, by: User, address: str, **fields: object) -> dict[str, str | None]:
    """Return the code of each refused field of a place that is none."""
    with pytest.raises(ValidationError) as told:
        copies.add(film, by=by, address=address, **fields)  # type: ignore[arg-type]
    return {name: errors[0].code for name, errors in told.value.error_dict.items()}


# --- Adding ---------------------------------------------------------------------------


def test_a_place_keeps_what_was_said_of_it_who_and_when(film: Video, author: User):
    row = copies.add(film, by=author, address=PAGE, offset_ms=-3_500, note=" Director’s cut ")
    row.refresh_from_db()
    assert (row.url, row.platform, row.platform_id, row.media_url) == (PAGE, "", "", "")
    assert (row.offset_ms, row.note, row.added_by) == (-3_500, "Director’s cut", author)
    assert copies.places_of(film) == [copies.Place(row)]
    assert copies.places_of(film)[0].availability == Availability.UNKNOWN


def test_places_stand_in_the_order_added_each_with_the_film_that_it_is(
    film: Video, author: User, django_assert_num_queries
):
    other = make_video(platform="vimeo", platform_id="1", availability="private")
    first = copies.add(film, by=author, address="https://vimeo.com/1")
    second = copies.add(film, by=author, address=OTHER)
    later = make_video(platform_id=OTHER, availability="available")
    copies.add(make_video(), by=author, address=PAGE)
    with django_assert_num_queries(2):
        places = copies.places_of(film)
    assert [(place.copy, place.film) for place in places] == [(first, other), (second, later)]
    assert [place.availability for place in places] == ["private", "available"]


def test_a_film_of_the_catalogue_is_named_by_its_key_or_its_page_here(film: Video, author: User):
    make_video(platform="sample", platform_id="clip", media_url="/static/sample/clip.webm")
    make_video(platform="vimeo", platform_id="1", url="https://vimeo.com/1")
    by_page = copies.add(
        film, by=author, address="http://here.example/videos/vimeo/1/", site="here.example"
    )
    by_key = copies.add(film, by=author, address="sample:clip")
    assert (by_page.platform, by_page.platform_id, by_page.url) == (
        "vimeo", "1", "https://vimeo.com/1",
    )  # fmt: skip
    assert (by_key.url, by_key.media_url) == ("", "/static/sample/clip.webm")


@pytest.mark.parametrize(
    "address",
    [
        FILM,
        f"https://youtu.be/{FILM}",
        f"youtube:{FILM}",
        f"https://here.example/videos/youtube/{FILM}/",
        "http://files.example/river.mp4#t=3",
    ],
)
def test_the_film_itself_is_no_copy(film: Video, author: User, address: str):
    assert refusal(film, author, address, site="here.example") == {"address": "itself"}


def test_a_place_is_added_once_however_it_is_spelled(film: Video, author: User, reader: User):
    copies.add(film, by=author, address=PAGE)
    copies.add(film, by=author, address=OTHER)
    for address in (PAGE, "http://www.example.org/the-river/", f"youtu.be/{OTHER}"):
        assert refusal(film, reader, address) == {"address": "exists"}
    assert copies.add(make_video(), by=reader, address=PAGE)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"address": ""}, {"address": "address"}),
        ({"address": "javascript:alert(1)"}, {"address": "does_not_exist"}),
        ({"address": "vimeo:1"}, {"address": "does_not_exist"}),
        ({"address": "https://example.org/\0"}, {"address": "address"}),
        ({"media_url": "file.mp4"}, {"media_url": "address"}),
        ({"media_url": "\ud800"}, {"media_url": "address"}),
        ({"media_url": "https://[::::]/x.mp4"}, {"media_url": "address"}),
        ({"media_url": "https://example.org:99999/x.mp4"}, {"media_url": "address"}),
        ({"note": "x" * (NOTE_MAX + 1)}, {"note": "max_length"}),
        ({"note": "a\0b"}, {"note": "unreadable"}),
        ({"note": "a\u202eb"}, {"note": "unreadable"}),
        ({"offset_ms": OFFSET_MAX_MS + 1}, {"offset_ms": "max_value"}),
        ({"offset_ms": -OFFSET_MAX_MS - 1}, {"offset_ms": "min_value"}),
        ({"offset_ms": 10**30}, {"offset_ms": "max_value"}),
        (
            {"address": "?", "note": "\x07", "media_url": "?"},
            {"address": "address", "note": "unreadable", "media_url": "address"},
        ),
    ],
)
def test_all_that_is_wrong_is_told_at_once_by_field(
    film: Video, author: User, fields: dict[str, str], wrong: dict[str, str]
):
    assert refusal(film, author, **{"address": PAGE, **fields}) == wrong
    assert not Copy.objects.exists()


def test_a_film_takes_fifty_places(film: Video, author: User):
    for number in range(copies.PER_FILM_MAX):
        copies.add(film, by=author, address=f"{PAGE}/{number}")
    assert refusal(film, author, PAGE) == {"address": "too_many"}
    copies.withdraw(Copy.objects.earliest("pk"), by=author)
    assert copies.add(film, by=author, address=PAGE)


def test_a_film_that_was_taken_back_meanwhile_takes_no_place(film: Video, author: User):
    seen_before = Video.objects.get(pk=film.pk)
    film.delete()
    with pytest.raises(Video.DoesNotExist):
        copies.add(seen_before, by=author, address=PAGE)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_add_one_place_at_once_one_does():
    film = make_video()
    members = [User.objects.create_user(f"m{n}", f"m{n}@example.org") for n in range(4)]
    outcomes = outcomes_of_race(
        *(partial(copies.add, film, by=member, address=PAGE) for member in members)
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Copy", *["ValidationError"] * 3]
    assert Copy.objects.count() == 1


# --- Correcting and withdrawing -------------------------------------------------------


def test_an_edit_keeps_old_and_new_and_who(film: Video, author: User, moderator: User):
    row = copies.add(film, by=author, address=PAGE, offset_ms=12_000)
    copies.edit(row, by=author, offset_ms=11_500)
    copies.edit(row, by=moderator, offset_ms=11_500, note="Colour")
    edits = copies.edits_of(row)
    assert [(one.field, one.old, one.new, one.by) for one in edits] == [
        ("note", "", "Colour", moderator),
        ("offset_ms", 12_000, 11_500, author),
    ]
    assert edits[0].at > edits[1].at


def test_an_edit_that_changes_nothing_writes_nothing(film: Video, author: User):
    row = copies.add(film, by=author, address=PAGE, note="Colour")
    copies.edit(row, by=author, offset_ms=0, note="Colour ")
    row.refresh_from_db()
    assert row.edited_at is None
    assert copies.edits_of(row) == []


def test_what_is_wrong_with_an_edit_is_told_and_nothing_is_written(film: Video, author: User):
    row = copies.add(film, by=author, address=PAGE)
    with pytest.raises(ValidationError) as told:
        copies.edit(row, by=author, offset_ms=OFFSET_MAX_MS + 1, note="\x07")
    assert set(told.value.message_dict) == {"offset_ms", "note"}
    with pytest.raises(TypeError):
        copies.edit(row, by=author, url="https://example.org/elsewhere")
    row.refresh_from_db()
    assert (row.offset_ms, row.note) == (0, "")


def test_only_who_added_a_place_and_staff_change_it(
    film: Video, author: User, stranger: User, moderator: User
):
    row = copies.add(film, by=author, address=PAGE)
    for change in (partial(copies.edit, note="Mine"), copies.withdraw):
        with pytest.raises(PermissionDenied):
            change(row, by=stranger)
    copies.edit(row, by=moderator, note="Ours")
    copies.withdraw(row, by=moderator)
    row.refresh_from_db()
    assert (row.note, row.withdrawn_by) == ("Ours", moderator)


def test_a_withdrawn_place_is_kept_leaves_the_list_and_can_be_added_again(
    film: Video, author: User, reader: User
):
    row = copies.add(film, by=author, address=PAGE)
    withdrawn = copies.withdraw(row, by=author)
    assert copies.withdraw(row, by=author).withdrawn_at == withdrawn.withdrawn_at
    assert copies.places_of(film) == []
    with pytest.raises(Copy.DoesNotExist):
        copies.edit(row, by=author, note="Still mine")
    again = copies.add(film, by=reader, address=PAGE)
    assert [place.copy for place in copies.places_of(film)] == [again]
    assert Copy.objects.count() == 2
