"""Pages of a list by key."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from catalogue import paging, search
from catalogue.models import Video
from catalogue.records.record import Counts
from tests.makers import make_video

pytestmark = pytest.mark.django_db
NEWEST = search.SORTS["newest"][1]
VIEWS = search.SORTS["views"][1]


def walk(ordering: paging.Ordering, size: int) -> list[list[int]]:
    """Return the numbers on each page, from the first to the last."""
    pages, cursor = [], ""
    while True:
        page = paging.page(Video.objects.all(), ordering, cursor=cursor, size=size)
        pages.append([video.pk for video in page.items])
        if page.next_cursor is None:
            return pages
        cursor = page.next_cursor


def walk_back(ordering: paging.Ordering, size: int) -> list[list[int]]:
    """Return the numbers on each page, from the last back to the first."""
    page = paging.page(Video.objects.all(), ordering, size=size)
    while page.next_cursor:
        page = paging.page(Video.objects.all(), ordering, cursor=page.next_cursor, size=size)
    pages = [[video.pk for video in page.items]]
    while page.previous_cursor:
        page = paging.page(Video.objects.all(), ordering, cursor=page.previous_cursor, size=size)
        pages.append([video.pk for video in page.items])
    return pages


@pytest.fixture
def films() -> list[Video]:
    views = [5, None, 900, 5, None, 0, 5]
    days = [1, 1, None, 3, 2, None, 1]
    return [
        make_video(
            counts=Counts(views=view),
            published_at=day and datetime(2024, 1, day, tzinfo=UTC),
        )
        for view, day in zip(views, days, strict=True)
    ]


@pytest.mark.parametrize("name", sorted(search.SORTS))
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_every_row_is_on_exactly_one_page_in_either_direction(
    films: list[Video], name: str, size: int
):
    ordering = search.SORTS[name][1]
    forward = [pk for page in walk(ordering, size) for pk in page]
    assert sorted(forward) == sorted(film.pk for film in films)
    # Pages are cut from the other end on the way back, but the order is one.
    backward = [pk for page in reversed(walk_back(ordering, size)) for pk in page]
    assert backward == forward


def test_unknown_views_come_last_and_after_zero(films: list[Video]):
    (numbers,) = walk(VIEWS, 10)
    views = [Video.objects.get(pk=number).counts.views for number in numbers]
    assert views == [900, 5, 5, 5, 0, None, None]


def test_rows_that_come_in_meanwhile_neither_repeat_nor_hide_others(films: list[Video]):
    first = paging.page(Video.objects.all(), NEWEST, size=3)
    make_video(published_at=datetime(2025, 1, 1, tzinfo=UTC))
    assert first.next_cursor
    rest = paging.page(Video.objects.all(), NEWEST, cursor=first.next_cursor, size=10)
    seen = [video.pk for video in [*first.items, *rest.items]]
    assert sorted(seen) == sorted(film.pk for film in films)


def test_a_page_is_one_query_and_counts_nothing(films: list[Video], django_assert_num_queries: Any):
    with django_assert_num_queries(1) as queries:
        paging.page(Video.objects.all(), VIEWS, size=2)
    assert "COUNT(" not in queries.captured_queries[0]["sql"]


def test_the_newest_films_are_read_off_an_index():
    newest = Video.objects.annotate(paging_key=NEWEST.key).order_by("-paging_key", "-pk")[:5]
    # A small table is scanned whole; what matters is that the order can be had without sorting.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    assert "video_newest" in newest.explain()


def test_an_empty_list_has_one_empty_page():
    page = paging.page(Video.objects.none(), NEWEST)
    assert (page.items, page.next_cursor, page.previous_cursor) == ([], None, None)


def cursor_of(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "????",
        "é",
        "A" * 3000,
        cursor_of(),
        cursor_of("views", 0, 5, 1),
        cursor_of("newest", 2, "2024-01-01T00:00:00+00:00", 1),
        cursor_of("newest", 0, "2024-01-01T00:00:00", 1),
        cursor_of("newest", 0, "soon", 1),
        cursor_of("newest", 0, None, 1),
        cursor_of("newest", 0, "2024-01-01T00:00:00+00:00", 2**70),
        cursor_of("newest", 0, "2024-01-01T00:00:00+00:00", True),
        cursor_of(["newest"], [0], {}, "1"),
    ],
)
def test_what_is_no_cursor_of_the_list_is_refused(cursor: str):
    with pytest.raises(ValidationError) as refusal:
        paging.page(Video.objects.all(), NEWEST, cursor=cursor)
    assert list(refusal.value.message_dict) == ["cursor"]


@given(st.text(max_size=60))
def test_no_text_makes_a_cursor_fail_otherwise(text: str):
    try:
        paging._decode(text, NEWEST.name, NEWEST.read)
    except ValidationError as error:
        assert "cursor" in error.message_dict


def test_counting_stops_just_past_the_limit(films: list[Video]):
    assert paging.count_up_to(Video.objects.all(), 100) == 7
    assert paging.count_up_to(Video.objects.all(), 4) == 5


def test_a_text_key_with_a_nul_is_refused():
    title = search.SORTS["title"][1]
    with pytest.raises(ValidationError):
        paging.page(Video.objects.all(), title, cursor=cursor_of("title", 0, "a\0", 1))


@pytest.mark.parametrize("name", sorted(search.SORTS))
def test_a_key_is_never_null(name: str):
    video = make_video(published_at=None, duration_ms=None)
    ordering = search.SORTS[name][1]
    found = Video.objects.annotate(paging_key=ordering.key).values_list("pk", "paging_key")
    assert [(pk, key is None) for pk, key in found] == [(video.pk, False)]
