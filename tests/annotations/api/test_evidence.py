"""Evidence over REST: bringing, editing and withdrawing cards, their lists and their links."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Scope, User
from annotations import evidence, ratings
from annotations.models import Claim, Evidence, Link, LinkCheck, LinkState, Stance, State
from tests.annotations.api.bodies import numbers, wrong_fields
from tests.makers import make_claim, make_evidence
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()
SOURCE = "https://archive.example/reports/ice-1961"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


def a_card(claim: Claim, **fields: Any) -> dict[str, Any]:
    return {
        "claim": claim.pk, "source_url": SOURCE, "title": "Ice on the upper river",
        "stance": "refutes", "kind": "official", **fields,
    }  # fmt: skip


# --- One card -------------------------------------------------------------------------


def test_a_card_is_read_back_as_it_was_brought(other: Caller, claim: Claim):
    made = other.post(
        "evidence/",
        a_card(
            claim, source_url="10.1000/ICE.1", creator="Ada Brook", published_on="1961-03",
            accessed_on="2026-03-01", quote=" Ice lay until May. ", locator="p. 14",
        ),
    )  # fmt: skip
    assert made.status_code == 201, made.content
    told = nobody.get(made.headers["Location"])
    assert told.json() == made.json()
    assert told.headers["ETag"] == made.headers["ETag"]
    body = told.json()
    address = f"http://testserver/api/v1/evidence/{body['id']}/"
    assert body == {
        "id": Evidence.objects.get().pk,
        "url": address,
        "page": f"http://testserver/claims/{claim.pk}/#evidence-{body['id']}",
        "claim": claim.pk,
        "claim_url": f"http://testserver/api/v1/claims/{claim.pk}/",
        "stance": "refutes",
        "kind": "official",
        "source_url": "https://doi.org/10.1000/ICE.1",
        "doi": "10.1000/ice.1",
        "title": "Ice on the upper river",
        "publisher": None,
        "creator": "Ada Brook",
        "published_on": "1961-03",
        "accessed_on": "2026-03-01",
        "archive_url": None,
        "archived": "https://web.archive.org/web/20260301/https://doi.org/10.1000/ICE.1",
        "quote": "Ice lay until May.",
        "locator": "p. 14",
        "why": None,
        "link": {
            "state": "unchecked",
            "http_status": None,
            "checked_at": None,
            "since": None,
            "checks_url": f"{address}checks/",
        },
        "author": "stranger",
        "version": 1,
        "created_at": body["created_at"],
        "edited_at": None,
    }
    assert nobody.get(f"claims/{claim.pk}/").json()["evidence_count"] == 1


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"source_url": "ice"}, ["source_url"]),
        ({"source_url": 12}, ["source_url"]),
        ({"stance": "proves"}, ["stance"]),
        ({"kind": None}, ["kind"]),
        ({"published_on": "soon", "title": ""}, ["title", "published_on"]),
        ({"accessed_on": "yesterday"}, ["accessed_on"]),
        ({"accessed_on": "2999-01-01"}, ["accessed_on"]),
        ({"url": SOURCE}, ["url"]),
        ({"claim": 999_999}, ["claim"]),
        ({"claim": "1"}, ["claim"]),
    ],
)
def test_what_is_wrong_in_a_body_is_named(
    other: Caller, claim: Claim, changes: dict[str, Any], fields: list[str]
):
    assert sorted(wrong_fields(other.post("evidence/", a_card(claim) | changes))) == sorted(fields)
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("name", ["claim", "source_url", "title", "stance", "kind"])
def test_a_card_says_at_least_what_it_is_and_where_it_stands(
    other: Caller, claim: Claim, name: str
):
    body = a_card(claim)
    del body[name]
    assert wrong_fields(other.post("evidence/", body)) == [name]


def test_the_card_that_has_the_page_already_is_named(other: Caller, claim: Claim):
    card = make_evidence(claim=claim, url=SOURCE)
    refused = other.post("evidence/", a_card(claim, source_url=f"{SOURCE}/?utm_source=x"))
    assert wrong_fields(refused) == ["source_url"]
    (error,) = refused.json()["errors"]
    assert error["code"] == "duplicate"
    assert f"evidence {card.pk}, {card.get_absolute_url()}" in error["detail"]


def test_a_card_is_edited_in_part_and_its_address_corrected(
    other: Caller, claim: Claim, stranger: User
):
    card = make_evidence(claim=claim, author=stranger, publisher="River Office")
    address = f"evidence/{card.pk}/"
    body = other.patch(address, {"version": 1, "source_url": SOURCE, "stance": "context"}).json()
    assert (body["source_url"], body["stance"], body["publisher"], body["version"]) == (
        SOURCE, "context", "River Office", 2,
    )  # fmt: skip
    assert other.patch(address, {"version": 1, "title": "Late"}).status_code == 409
    assert other.patch(address, {"title": "Late"}, If_Match='"1"').status_code == 412
    assert other.patch(address, {"title": "In time"}, If_Match='"2"').status_code == 200
    assert wrong_fields(other.patch(address, {"title": "No version"})) == ["version"]
    assert wrong_fields(other.patch(address, {"version": 3, "claim": 1})) == ["claim"]
    assert wrong_fields(other.patch(address, {"version": 3, "source_url": "x y"})) == ["source_url"]


def test_what_others_rated_is_not_swapped_over_rest(
    other: Caller, claim: Claim, stranger: User, reader: User
):
    card = make_evidence(claim=claim, author=stranger)
    ratings.rate(card, by=reader, rating="yes")
    swap = {"version": 1, "source_url": SOURCE, "stance": "refutes"}
    refused = other.patch(f"evidence/{card.pk}/", swap)
    assert refused.status_code == 400
    assert wrong_fields(refused) == ["source_url", "stance"]
    assert "Withdraw it" in refused.content.decode()
    assert other.patch(f"evidence/{card.pk}/", {"version": 1, "title": "Ice"}).status_code == 200


def test_a_withdrawn_card_is_gone_everywhere(other: Caller, claim: Claim, stranger: User):
    card = make_evidence(claim=claim, author=stranger)
    address = f"evidence/{card.pk}/"
    assert other.delete(address, If_Match='"7"').status_code == 412
    assert other.delete(address).status_code == 204
    for caller in (nobody, other):
        assert caller.get(address).status_code == 410
        assert caller.get(f"{address}checks/").status_code == 410
    assert numbers(nobody.get("evidence/")) == []
    assert nobody.get(f"claims/{claim.pk}/").json()["evidence_count"] == 0
    assert nobody.get("evidence/999999/").status_code == 404


def test_who_may_do_what_with_a_card(
    claim: Claim, stranger: User, author: User, moderator: User, member: Caller
):
    card = make_evidence(claim=claim, author=stranger)
    address = f"evidence/{card.pk}/"
    callers = {
        "nobody": (nobody, 200, 401, 401),
        "reading token": (Caller(make_token(stranger, Scope.READ)), 200, 403, 403),
        "claim's author": (member, 200, 403, 403),
        "moderator": (Caller(make_token(moderator)), 200, 403, 403),
        "who brought it": (Caller(make_token(stranger, Scope.WRITE)), 403, 200, 204),
    }
    for who, (caller, read, edit, withdraw) in callers.items():
        assert caller.get(address).status_code == read, who
        assert caller.patch(address, {"version": 1, "title": "Mine"}).status_code == edit, who
        assert caller.delete(address).status_code == withdraw, who


def test_a_hidden_card_is_read_by_who_brought_it_and_moderators_alone(
    other: Caller, member: Caller, claim: Claim, stranger: User, moderator: User
):
    card = make_evidence(claim=claim, author=stranger, state=State.HIDDEN, title="A secret")
    address = f"evidence/{card.pk}/"
    for caller, status in (
        (nobody, 410), (member, 410), (other, 200), (Caller(make_token(moderator)), 200),
    ):  # fmt: skip
        told = caller.get(address)
        assert told.status_code == status
        assert ("A secret" in told.content.decode()) == (status == 200)
        assert numbers(caller.get("evidence/")) == []
    assert other.patch(address, {"version": 1, "title": "Public"}).status_code == 403


@pytest.mark.parametrize(("state", "status"), [("locked", 403), ("withdrawn", 400)])
def test_only_an_open_claim_takes_evidence(other: Caller, claim: Claim, state: str, status: int):
    Claim.objects.update(state=state)
    assert other.post("evidence/", a_card(claim)).status_code == status
    assert not Evidence.objects.exists()


def test_a_card_follows_its_claim_out_of_sight(other: Caller, claim: Claim, stranger: User):
    card = make_evidence(claim=claim, author=stranger)
    Claim.objects.update(state=State.WITHDRAWN)
    assert numbers(nobody.get("evidence/")) == []
    assert nobody.get(f"evidence/{card.pk}/").status_code == 410
    assert other.patch(f"evidence/{card.pk}/", {"version": 1, "title": "x"}).status_code == 410


# --- Lists ----------------------------------------------------------------------------


def test_the_newest_come_first_page_by_page(claim: Claim):
    cards = [make_evidence(claim=claim).pk for _number in range(5)]
    first = nobody.get("evidence/?page_size=3")
    assert numbers(first) + numbers(nobody.get(first.json()["next"])) == cards[::-1]


def test_cards_are_filtered(claim: Claim, author: User, stranger: User):
    ice = make_evidence(
        claim=claim, stance=Stance.REFUTES, kind="court", title="Ice", quote="It melted"
    )
    wind = make_evidence(
        claim=make_claim(author=author), author=stranger, title="Wind", publisher="Ice Office"
    )
    Link.objects.filter(pk=wind.link_id).update(state=LinkState.DEAD)
    for query, found in (
        (f"claim={claim.pk}", [ice]),
        ("stance=refutes", [ice]),
        ("kind=court", [ice]),
        ("author=STRANGER", [wind]),
        ("link=dead", [wind]),
        ("q=ice", [wind, ice]),
        ("q=ice+melted", [ice]),
        ("q=ice+melted&stance=supports", []),
    ):
        assert numbers(nobody.get(f"evidence/?{query}")) == [card.pk for card in found], query


@pytest.mark.parametrize(
    "name", ["claim=x", "stance=proves", "kind=x", "link=broken", "state=hidden", "q=", "cursor=x"]
)
def test_a_filter_that_is_wrong_is_named(name: str):
    response = nobody.get(f"evidence/?{name}")
    assert response.status_code == 400
    assert [one["parameter"] for one in response.json()["errors"]] == [name.partition("=")[0]]


def test_the_history_of_a_link_is_told_newest_first(claim: Claim, django_assert_num_queries: Any):
    card = make_evidence(claim=claim)
    for number, (state, status, detail) in enumerate(
        [("ok", 200, "HTTP 200"), ("unsure", None, "it took too long"), ("dead", 404, "HTTP 404")]
    ):
        LinkCheck.objects.create(
            link=card.link, at=AT + timedelta(days=number), state=state, http_status=status,
            detail=detail,
        )  # fmt: skip
    with django_assert_num_queries(2):
        told = nobody.get(f"evidence/{card.pk}/checks/").json()
    assert [one["state"] for one in told["results"]] == ["dead", "unsure", "ok"]
    assert told["results"][1] == {
        "at": "2026-03-02T12:00:00Z",
        "state": "unsure",
        "http_status": None,
        "detail": "it took too long",
    }


def test_a_card_of_which_the_claim_is_another_now_is_found_there(claim: Claim, author: User):
    card, other_claim = make_evidence(claim=claim), make_claim(author=author)
    Evidence.objects.filter(pk=card.pk).update(claim=other_claim)
    assert nobody.get(f"evidence/{card.pk}/").json()["claim"] == other_claim.pk
    assert evidence.archived_address(card)
