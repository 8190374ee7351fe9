"""What a list of claims can be narrowed to."""

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from accounts.models import User
from annotations import claim_facets, search
from annotations.models import ClaimStanding, Kind, Speaker, State, VerdictState
from tests.makers import make_claim, make_speaker
from tests.pages import read

pytestmark = pytest.mark.django_db


def counted(text: str) -> dict[str, list[tuple[str, str, int]]]:
    """Return the values of each facet as (value, label, count)."""
    found = claim_facets.facets(search.parse_query(QueryDict(text)))
    return {
        facet.name: [(one.value, one.label, one.count) for one in facet.values]
        for facet in found.offered
    }


@pytest.fixture
def ada(author: User) -> Speaker:
    """Return somebody who makes one of three claims: an accurate one, one open, one only filed."""
    ada = make_speaker("Ada Brook", author=author)
    accurate = make_claim(author=author, statement="Nine of ten wells were dry.", tags=["Wells"],
                          kind=Kind.QUANTITY)  # fmt: skip
    ClaimStanding.objects.filter(claim=accurate).update(state=VerdictState.ACCURATE)
    accurate.occurrences.update(spoken_by=ada)
    make_claim(author=author, statement="The mayor knew of the wells.", tags=["Wells", "Law"])
    make_claim(author=author, statement="The river will be dry.", kind=Kind.PREDICTION)
    make_claim(author=author, statement="Withdrawn words here.", state=State.WITHDRAWN)
    return ada


def test_claims_are_counted_by_state_kind_tag_and_speaker(ada: Speaker):
    assert counted("") == {
        "verdict": [
            ("accurate", "Accurate", 1), ("needs_ratings", "Needs more ratings", 1),
        ],
        "kind": [
            ("other", "Other", 1), ("prediction", "Prediction", 1), ("quantity", "Quantity", 1),
        ],
        "tag": [("wells", "Wells", 2), ("law", "Law", 1)],
        "speaker": [(str(ada.pk), "Ada Brook", 1)],
    }  # fmt: skip


def test_a_facet_counts_without_its_own_choice(ada: Speaker):
    found = counted(f"speaker={ada.pk}&kind=prediction")
    assert found["kind"] == [("quantity", "Quantity", 1), ("prediction", "Prediction", 0)]
    assert found["speaker"] == [(str(ada.pk), "Ada Brook", 0)]


def test_whoever_is_hidden_is_neither_offered_nor_named(client: Client, ada: Speaker):
    Speaker.objects.filter(pk=ada.pk).update(state=State.HIDDEN)
    assert "speaker" not in counted("")
    text = read(client, "/claims/", speaker=ada.pk)
    assert "Ada Brook" not in text
    assert "No claim matches" in text


def test_counting_takes_the_same_queries_for_few_and_many(
    ada: Speaker, author: User, django_assert_num_queries: Any
):
    for many in (1, 10):
        for number in range(many):
            make_claim(author=author, tags=[f"tag {number}"])
        with django_assert_num_queries(7):
            claim_facets.facets(search.Query())


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("text", "many"),
    [
        ("kind=quantity&kind=prediction", 2),
        ("verdict=accurate&verdict=needs_ratings", 2),
        ("verdict=inaccurate", 0),
        ("speaker=999999", 0),
        ("q=well&sort=oldest", 2),
    ],
)
def test_several_values_mean_any(text: str, many: int):
    assert search.claims(search.parse_query(QueryDict(text))).count() == many


@pytest.mark.usefixtures("ada")
def test_the_list_marks_what_was_found_and_serves_a_script_the_list_alone(client: Client):
    assert "ten <mark>wells</mark> were" in read(client, "/claims/", q="well")
    part = client.get("/claims/", {"q": "well"}, headers={"X-Part": "list"}).content.decode()
    assert "<html" not in part
    assert "2 claims" in part
    assert client.get("/claims/", {"sort": "loudest"}).status_code == 400
