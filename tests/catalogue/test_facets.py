"""What a list of films can be narrowed to."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import QueryDict

from accounts.models import User
from annotations.models import ClaimStanding, Kind, State, VerdictState
from catalogue import facets, paging, search
from catalogue.facets import Facets
from catalogue.models import Availability, Video
from tests.makers import make_channel, make_claim, make_occurrence, make_video

pytestmark = pytest.mark.django_db


def facets_of(text: str) -> Facets:
    return facets.facets(search.parse_query(QueryDict(text)))


def counted(found: Facets, name: str) -> list[tuple[str, int]]:
    """Return the values of a facet with their counts."""
    return [(one.value, one.count) for one in found.values_of(name)]


def titles(text: str) -> list[str]:
    query = search.parse_query(QueryDict(text))
    page = paging.page(search.videos(query), search.ordering(query), size=100)
    return [video.title for video in page.items]


@pytest.fixture
def films() -> list[Video]:
    """Return three films: of 52 minutes, of 9:59, and one of which little is known."""
    return [
        make_video(
            title="The Vanishing Aquifer", language="en", category="Environment",
            tags=["Water", "Farming"], duration_ms=3_120_000,
            published_at=datetime(2023, 5, 1, tzinfo=UTC),
        ),
        make_video(
            title="Harbour Tax", language="en", category="Economy", tags=["Water"],
            channel=make_channel("Public Ledger"), duration_ms=599_999,
            published_at=datetime(2022, 12, 31, 23, 59, tzinfo=UTC),
            availability=Availability.GONE,
        ),
        make_video(
            title="La vallée des semences", language="fr", category="Environment",
            tags=["Farming"], duration_ms=None, published_at=None,
        ),
    ]  # fmt: skip


@pytest.mark.usefixtures("films")
def test_a_facet_counts_without_its_own_choice_and_the_others_with_it():
    found = facets_of("category=Environment")
    assert [(v.value, v.count, v.is_chosen) for v in found.values_of("category")] == [
        ("Environment", 2, True),
        ("Economy", 1, False),
    ]
    assert [(v.value, v.label, v.count) for v in found.values_of("tag")] == [
        ("farming", "Farming", 2),
        ("water", "Water", 1),
    ]
    assert counted(found, "language") == [("en", 1), ("fr", 1)]
    assert [v.label for v in found.values_of("channel")] == ["Quiet Rivers"]
    assert (found.total, found.is_capped) == (2, False)


@pytest.mark.usefixtures("films")
def test_two_choices_each_leave_the_other_in_force():
    found = facets_of("category=Environment&language=fr&length=30-60")
    assert found.total == 0
    assert counted(found, "category") == [("Environment", 0)]
    assert counted(found, "language") == [("en", 1), ("fr", 0)]


@pytest.mark.usefixtures("films")
def test_lengths_and_years_and_availability_keep_an_order_of_their_own():
    found = facets_of("")
    assert counted(found, "length") == [("under-10", 1), ("30-60", 1)]
    assert counted(found, "year") == [("2023", 1), ("2022", 1)]
    assert counted(found, "availability") == [("unknown", 2), ("gone", 1)]


@pytest.mark.usefixtures("films")
def test_what_is_chosen_stays_listed_when_it_leaves_nothing():
    found = facets_of("tag=nowhere&q=aquifer&year=1999")
    assert [(v.value, v.count, v.is_chosen) for v in found.values_of("tag")] == [
        ("nowhere", 0, True)
    ]
    assert ("1999", 0) in counted(found, "year")


@pytest.mark.usefixtures("films")
def test_of_too_many_films_counts_are_lower_bounds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(facets, "FACETED_MAX", 2)
    found = facets_of("")
    assert (found.total, found.is_capped) == (2, True)


def test_facets_cost_the_same_for_few_films_and_for_many(django_assert_num_queries: Any):
    for many in (3, 30):
        for number in range(many):
            make_video(tags=[f"tag {number}"], channel=make_channel(f"Channel {number}"))
        with django_assert_num_queries(4):
            facets.facets(search.Query())


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("length=under-10", ["Harbour Tax"]),
        ("length=30-60&length=under-10", ["The Vanishing Aquifer", "Harbour Tax"]),
        ("length=over-60", []),
        ("year=2022", ["Harbour Tax"]),
        ("year=2022&year=2023", ["The Vanishing Aquifer", "Harbour Tax"]),
        ("year=9999", []),
        ("availability=gone", ["Harbour Tax"]),
        ("availability=gone&availability=unknown&length=30-60", ["The Vanishing Aquifer"]),
    ],
)
def test_a_query_string_filters(text: str, found: list[str]):
    assert titles(text) == found


# --- What claims add ------------------------------------------------------------------


@pytest.fixture
def claimed(films: list[Video], author: User) -> None:
    """Let the first film have an accurate claim, the second one that is only filed."""
    first, second, _third = films
    accurate = make_claim(author=author, video=first)
    ClaimStanding.objects.filter(claim=accurate).update(state=VerdictState.ACCURATE)
    make_occurrence(claim=accurate, video=first, start_ms=1)
    make_claim(author=author, video=first)
    make_claim(author=author, video=second, kind=Kind.PREDICTION)
    make_claim(author=author, video=second, state=State.WITHDRAWN)


@pytest.mark.usefixtures("claimed")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("claims=any", ["The Vanishing Aquifer", "Harbour Tax"]),
        ("claims=accurate", ["The Vanishing Aquifer"]),
        ("claims=inaccurate", []),
        ("claims=needs_ratings&claims=inaccurate", ["The Vanishing Aquifer"]),
        ("claims=any&year=2022", ["Harbour Tax"]),
    ],
)
def test_films_are_filtered_by_what_is_stated_of_their_claims(text: str, found: list[str]):
    assert titles(text) == found


@pytest.mark.usefixtures("claimed")
def test_states_of_claims_are_counted_by_films_and_have_a_shape():
    found = facets_of("claims=inaccurate")
    assert counted(found, "claims") == [
        ("any", 2), ("accurate", 1), ("inaccurate", 0), ("needs_ratings", 1),
    ]  # fmt: skip
    assert [one.look for one in found.values_of("claims")] == ["", "accurate", "inaccurate", "open"]
    assert found.total == 0
