"""From a query string to claims."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from annotations import search
from annotations.models import Claim, State
from catalogue import filters
from tests.makers import make_claim, make_video

pytestmark = pytest.mark.django_db


def statements(text: str) -> list[str]:
    """Return the statements a query string finds, the first marked first."""
    found = search.claims(search.parse_query(QueryDict(text)))
    return [claim.statement for claim in found.order_by("pk")]


@pytest.fixture
def claims(author: User, stranger: User) -> None:
    film = make_video(platform_id="swje6NSdkfk")
    make_claim(
        author=author,
        video=film,
        statement="Nine of ten wells were dry.",
        kind="quantity",
        tags=["Wells", "Drought"],
    )
    make_claim(author=stranger, statement="Dix pour cent des puits.", language="fr", tags=["Wells"])
    make_claim(author=author, video=film, statement="Wells, withdrawn.", state=State.WITHDRAWN)


WELLS, PUITS = "Nine of ten wells were dry.", "Dix pour cent des puits."


@pytest.mark.usefixtures("claims")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [WELLS, PUITS]),
        ("q=well", [WELLS]),  # stemmed
        ("q=UIT", [PUITS]),  # a part of a word
        ("q=ui", []),  # no part of a word is that short...
        ("q=dry", [WELLS]),
        ("q=dix", [PUITS]),
        ("q=%25%25%25", []),  # a wildcard of SQL means itself
        ("kind=quantity", [WELLS]),
        ("language=fr", [PUITS]),
        ("tag=wells", [WELLS, PUITS]),
        ("tag=wells&tag=drought", [WELLS]),
        ("author=STRANGER", [PUITS]),
        ("author=nobody", []),
        ("video=youtube:swje6NSdkfk", [WELLS]),
        ("video=swje6NSdkfk", []),
        ("q=&kind=&tag=+&author=", [WELLS, PUITS]),
        ("utm_source=x", [WELLS, PUITS]),
    ],
)
def test_a_query_string_finds(text: str, found: list[str]):
    assert statements(text) == found


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("kind=rumour", "kind"),
        ("kind=cause&kind=rumour", "kind"),
        ("language=en&language=fr", "language"),
        ("q=a%00", "q"),
        (f"author={'a' * (filters.TEXT_MAX + 1)}", "author"),
        ("&".join(f"tag=t{number}" for number in range(filters.VALUES_MAX + 1)), "tag"),
    ],
)
def test_a_value_that_cannot_be_is_named(text: str, field: str):
    with pytest.raises(ValidationError) as refusal:
        search.parse_query(QueryDict(text))
    assert list(refusal.value.message_dict) == [field]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.fixed_dictionaries(
        {},
        optional={
            name: st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
            for name in ("q", "tag", "language", "author", "video")
        },
    )
)
def test_whatever_is_asked_the_database_understands_it(texts: dict[str, str]):
    try:
        query = search.parse_query({name: [text] for name, text in texts.items()})
    except ValidationError as error:
        assert set(error.message_dict) <= set(texts)
        return
    list(search.claims(query)[:1])


def test_words_and_parts_of_words_are_looked_up_in_indexes(author: User):
    Claim.objects.bulk_create(
        Claim(statement=f"The river rose by {number} metres in a night.", author=author)
        for number in range(1000)
    )
    with connection.cursor() as cursor:
        # A table this small is scanned whole; what matters is what spares a large one that.
        cursor.execute("SET LOCAL enable_seqscan = off")
        # What came in just now waits outside the indexes' trees, as after any large import.
        cursor.execute(
            "SELECT gin_clean_pending_list(name::regclass) FROM unnest(%s) name",
            [["claim_search", "claim_statement_trigram"]],
        )
        cursor.execute("ANALYZE annotations_claim")
    plan = search.claims(search.Query(q="drought")).explain()
    assert "claim_search" in plan, plan
    assert "claim_statement_trigram" in plan, plan


def test_a_text_too_short_for_the_index_is_not_looked_for_in_words():
    sql = [str(search.claims(search.Query(q=text)).query) for text in ("dr", "dro")]
    assert ["LIKE" in one for one in sql] == [False, True]
