"""From a query string to films."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue import facets, filters, paging, search
from catalogue.models import Video
from tests.makers import make_channel, make_video

pytestmark = pytest.mark.django_db


def titles(text: str) -> list[str]:
    """Return the titles a query string finds, in its order."""
    query = search.parse_query(QueryDict(text))
    page = paging.page(search.videos(query), search.ordering(query), size=100)
    return [video.title for video in page.items]


@pytest.fixture
def films() -> None:
    make_video(
        title="The Vanishing Aquifer",
        description="Wells run dry.",
        language="en",
        category="Environment",
        tags=["Water", "Farming"],
        duration_ms=3_130_000,
        published_at=datetime(2023, 5, 1, tzinfo=UTC),
    )
    make_video(
        title="Harbour Tax",
        description="Who wrote it? A story of water rights.",
        language="en",
        category="Economy",
        channel=make_channel("Public Ledger"),
        tags=["Water"],
        duration_ms=2_714_000,
        published_at=datetime(2022, 5, 1, tzinfo=UTC),
    )
    make_video(
        title="La vallée des semences",
        description="Des graines.",
        language="fr",
        category="Environment",
        tags=["Farming"],
        duration_ms=None,
        published_at=None,
    )


def test_many_tags_are_no_more_work_to_plan_than_two():
    # A join for each took PostgreSQL seconds for twenty.
    two, twenty = (search.Query(tag=tuple(f"t{n}" for n in range(count))) for count in (2, 20))
    joins = [str(search.videos(query).query).count(" JOIN ") for query in (two, twenty)]
    assert joins == [1, 1]


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["The Vanishing Aquifer", "Harbour Tax", "La vallée des semences"]),
        ("q=well", ["The Vanishing Aquifer"]),  # stemmed
        ("q=quif", ["The Vanishing Aquifer"]),  # a part of a word in a title
        ("q=VALLÉE", ["La vallée des semences"]),
        ("q=ledger", ["Harbour Tax"]),  # by channel
        ("q=water", ["The Vanishing Aquifer", "Harbour Tax"]),  # a tag outranks a description...
        ("q=water+-tax", ["The Vanishing Aquifer"]),
        ("q=%22water+rights%22", ["Harbour Tax"]),
        ("q=nothing+like+it", []),
        ("q=%25", []),  # a wildcard of SQL means itself
        ("category=Environment", ["The Vanishing Aquifer", "La vallée des semences"]),
        (
            "category=Environment&category=Economy&sort=oldest",
            ["Harbour Tax", "The Vanishing Aquifer", "La vallée des semences"],
        ),
        ("tag=water&tag=farming", ["The Vanishing Aquifer"]),
        ("language=fr", ["La vallée des semences"]),
        ("platform=vimeo", []),
        ("published_after=2023-05-01", ["The Vanishing Aquifer"]),
        ("published_before=2022-05-01", ["Harbour Tax"]),
        ("duration_min=2714&duration_max=2714", ["Harbour Tax"]),
        ("sort=longest", ["The Vanishing Aquifer", "Harbour Tax", "La vallée des semences"]),
        ("sort=shortest", ["Harbour Tax", "The Vanishing Aquifer", "La vallée des semences"]),
        ("sort=title", ["Harbour Tax", "La vallée des semences", "The Vanishing Aquifer"]),
        ("sort=added", ["La vallée des semences", "Harbour Tax", "The Vanishing Aquifer"]),
        ("category=&q=&sort=", ["The Vanishing Aquifer", "Harbour Tax", "La vallée des semences"]),
        ("utm_source=x", ["The Vanishing Aquifer", "Harbour Tax", "La vallée des semences"]),
    ],
)
def test_a_query_string_finds(text: str, found: list[str]):
    if text == "q=water":  # both carry the tag, one says it twice
        assert sorted(titles(text)) == sorted(found)
    else:
        assert titles(text) == found


@pytest.mark.usefixtures("films")
def test_a_channel_is_filtered_by_its_number():
    channel = make_channel("Public Ledger")
    assert titles(f"channel={channel.pk}") == ["Harbour Tax"]
    assert titles("channel=999999999") == []


def test_a_title_outranks_a_description():
    make_video(title="Other", description="Of glaciers, mostly.")
    make_video(title="Glaciers", description="Ice.")
    assert titles("q=glaciers") == ["Glaciers", "Other"]


def test_relevance_pages_without_repeating():
    for number in range(7):
        make_video(title=f"Glaciers {'glaciers ' * (number % 3)}")
    query = search.parse_query(QueryDict("q=glaciers"))
    seen, cursor = [], ""
    while True:
        page = paging.page(search.videos(query), search.ordering(query), cursor=cursor, size=2)
        seen += [video.pk for video in page.items]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert sorted(seen) == sorted(Video.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("sort=best", "sort"),
        ("sort=relevance", "sort"),
        ("sort=newest&sort=views", "sort"),
        ("channel=me", "channel"),
        ("channel=-1", "channel"),
        ("channel=" + "9" * 30, "channel"),
        ("channel=%D9%A1", "channel"),  # a digit, but not one of ours
        ("duration_min=1.5", "duration_min"),
        ("published_after=yesterday", "published_after"),
        ("published_before=2021-02-30", "published_before"),
        ("q=a%00b", "q"),
        ("q=" + "a" * (filters.TEXT_MAX + 1), "q"),
        ("&".join(f"tag=t{n}" for n in range(21)), "tag"),
    ],
)
def test_a_bad_value_is_named(text: str, field: str):
    with pytest.raises(ValidationError) as refusal:
        search.parse_query(QueryDict(text))
    assert list(refusal.value.message_dict) == [field]


def test_all_bad_values_are_named_at_once():
    with pytest.raises(ValidationError) as refusal:
        search.parse_query(QueryDict("sort=best&channel=me&q=fine"))
    assert sorted(refusal.value.message_dict) == ["channel", "sort"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    q=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30),
    tag=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=10),
    after=st.dates(),
    seconds=st.integers(0, 10**17),
)
def test_whatever_is_asked_the_database_understands_it(q: str, tag: str, after: date, seconds: int):
    params = {
        "q": [q],
        "tag": [tag],
        "published_after": [after.isoformat()],
        "published_before": [after.isoformat()],
        "duration_max": [str(seconds)],
    }
    try:
        query = search.parse_query(params)
    except ValidationError as error:
        assert set(error.message_dict) <= {"q", "tag"}
        return
    list(search.videos(query)[:1])
    facets.facets(query)
