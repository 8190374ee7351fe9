"""What claims add to the search for films: how much a film is discussed."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from annotations import film_search, standings, tasks
from annotations.models import Claim, State
from catalogue import paging, search
from catalogue.models import Video, VideoCounts
from tests.makers import make_claim, make_comment, make_occurrence, make_video

pytestmark = pytest.mark.django_db


def discussed() -> dict[str, int]:
    return dict(VideoCounts.objects.values_list("video__title", "discussed"))


@pytest.fixture
def claim(author: User) -> Claim:
    """Return a claim with two comments, made twice in one film and once in another."""
    claim = make_claim(author=author, video=make_video(title="First"))
    make_occurrence(claim=claim, video=Video.objects.get(), start_ms=1)
    make_occurrence(claim=claim, video=make_video(title="Second"))
    make_claim(author=author, video=Video.objects.get(title="Second"))
    make_video(title="Third")
    for _ in range(2):
        make_comment(claim=claim)
    return claim


@pytest.mark.usefixtures("claim")
def test_a_film_is_discussed_by_claims_and_their_comments():
    assert tasks.count_discussed() == 2
    assert discussed() == {"First": 3, "Second": 4, "Third": 0}
    # What has not changed is not written.
    assert film_search.count_discussed() == 0


def test_what_is_taken_back_counts_no_more(claim: Claim):
    film_search.count_discussed()
    Claim.objects.filter(pk=claim.pk).update(state=State.HIDDEN)
    standings.recount(claim, now=timezone.now())
    assert film_search.count_discussed() == 2
    assert discussed() == {"First": 0, "Second": 1, "Third": 0}


@pytest.mark.usefixtures("claim")
def test_films_are_sorted_by_it_page_by_page():
    film_search.count_discussed()
    query = search.parse_query(QueryDict("sort=discussed"))
    rows, ordering = search.videos(query), search.ordering(query)
    first = paging.page(rows, ordering, size=2)
    rest = paging.page(rows, ordering, size=2, cursor=first.next_cursor or "")
    assert [one.title for one in first.items + rest.items] == ["Second", "First", "Third"]


@pytest.mark.parametrize(
    ("sort", "index"),
    [
        ("discussed", "videocounts_by_talk"),
        ("growth", "videocounts_by_growth"),
        ("views", "videocounts_by_views"),
        ("likes", "videocounts_by_likes"),
    ],
)
def test_orders_by_counts_are_read_off_an_index(sort: str, index: str):
    query = search.Query(sort=sort)
    rows = search.videos(query).annotate(paging_key=search.ordering(query).key)
    # A small table is scanned whole; what matters is that the order can be had without sorting.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    assert index in rows.order_by("-paging_key", "-pk")[:5].explain()
