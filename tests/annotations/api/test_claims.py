"""Claims over REST: their shape, their lists, and what is refused."""

from typing import Any

import pytest

from accounts.models import User
from annotations import claims, occurrences
from annotations.models import Claim, Occurrence
from catalogue.models import Tag, Video
from tests.annotations.api.bodies import a_claim, numbers, wrong_fields
from tests.makers import make_claim, make_occurrence
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()


def test_a_claim_is_read_back_as_it_was_marked(member: Caller, video: Video):
    made = member.post(
        "claims/",
        a_claim(video, quote="  ran north ", speaker="A narrator", speaker_role="Narrator")
        | {"language": "en", "kind": "quantity", "tags": ["Rivers", "Great Works"]},
    )
    assert made.status_code == 201
    told = nobody.get(made.headers["Location"])
    assert told.json() == made.json()
    assert told.headers["ETag"] == made.headers["ETag"]
    body = told.json()
    claim, occurrence = Claim.objects.get(), Occurrence.objects.get()
    address = f"http://testserver/api/v1/claims/{claim.pk}/"
    assert body == {
        "id": claim.pk,
        "url": address,
        "page": f"http://testserver/claims/{claim.pk}/",
        "statement": "The river was turned north within a single winter.",
        "language": "en",
        "kind": "quantity",
        "is_judged": True,
        "not_checkable_why": None,
        "verdict": {"state": "needs_ratings", "since": None, "vote_count": 0},
        "tags": [
            {"slug": "rivers", "name": "Rivers"},
            {"slug": "great-works", "name": "Great Works"},
        ],
        "author": "author",
        "version": 1,
        "created_at": body["created_at"],
        "edited_at": None,
        "evidence_count": 0,
        "evidence_url": f"http://testserver/api/v1/evidence/?claim={claim.pk}",
        "occurrences": [
            {
                "id": occurrence.pk,
                "url": f"http://testserver/api/v1/occurrences/{occurrence.pk}/",
                "page": f"http://testserver{occurrence.get_absolute_url()}",
                "claim": claim.pk,
                "claim_url": address,
                "video": {
                    "key": video.key,
                    "title": video.title,
                    "url": f"http://testserver/api/v1/videos/{video.key}/",
                },
                "start_ms": 72_000,
                "end_ms": 84_000,
                "quote": "ran north",
                "speaker": "A narrator",
                "speaker_role": "Narrator",
                "speaker_id": occurrence.spoken_by_id,
                "speaker_url": f"http://testserver/api/v1/speakers/{occurrence.spoken_by_id}/",
                "video_duration_ms": 586_000,
                "anchor": {"health": "unknown", "score": None, "checked_at": None},
                "author": "author",
                "version": 1,
                "created_at": body["occurrences"][0]["created_at"],
                "edited_at": None,
            }
        ],
    }
    assert nobody.get(f"occurrences/{occurrence.pk}/").json() == body["occurrences"][0]


def test_what_is_not_said_of_a_claim_is_null(member: Caller, video: Video):
    body = member.post("claims/", a_claim(video)).json()
    assert (body["language"], body["kind"], body["tags"]) == ("en", "other", [])
    place = body["occurrences"][0]
    assert (place["quote"], place["speaker"], place["speaker_role"]) == (None, None, None)


def test_predictions_are_filed_and_not_judged(member: Caller, video: Video):
    assert not member.post("claims/", a_claim(video) | {"kind": "prediction"}).json()["is_judged"]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"statement": "Short."}, ["statement"]),
        ({"statement": "a" * 281}, ["statement"]),
        ({"statement": 1234567890123}, ["statement"]),
        ({"statement": None}, ["statement"]),
        ({"statement": "The river\0ran north."}, ["statement"]),
        ({"statement": "The river \ud800 ran north."}, ["statement"]),
        ({"statement": ["The river ran north."]}, ["statement"]),
        ({"language": "not a language"}, ["language"]),
        ({"language": ""}, ["language"]),
        ({"kind": "rumour"}, ["kind"]),
        ({"kind": {"a": []}}, ["kind"]),
        ({"kind": None}, ["kind"]),
        ({"tags": "Rivers"}, ["tags"]),
        ({"tags": ["Rivers", 7]}, ["tags.1"]),
        ({"tags": ["###"]}, ["tags"]),
        ({"tags": [f"tag {n}" for n in range(21)]}, ["tags"]),
        ({"tags": {"a": 1}}, ["tags"]),
        ({"author": "somebody else"}, ["author"]),
        ({"state": "withdrawn"}, ["state"]),
        ({"occurrence": None}, ["occurrence"]),
        ({"occurrence": []}, ["occurrence"]),
    ],
)
def test_a_claim_that_cannot_be_is_refused_by_field(
    member: Caller, video: Video, change: dict[str, Any], fields: list[str]
):
    assert wrong_fields(member.post("claims/", a_claim(video) | change)) == fields
    assert not Claim.objects.exists()
    assert not Tag.objects.exists()


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"start_ms": "72000"}, "start_ms"),
        ({"start_ms": 72_000.0}, "start_ms"),
        ({"start_ms": 72_000.5}, "start_ms"),
        ({"start_ms": True}, "start_ms"),
        ({"start_ms": -1}, "start_ms"),
        ({"start_ms": None}, "start_ms"),
        ({"start_ms": 10**30}, "start_ms"),
        ({"end_ms": 2**31}, "end_ms"),
        ({"end_ms": 72_000}, "end_ms"),
        ({"end_ms": 586_001}, "end_ms"),
        ({"start_ms": 600_000, "end_ms": 601_000}, "start_ms"),
        ({"quote": "a" * 501}, "quote"),
        ({"quote": 7}, "quote"),
        ({"speaker": "a" * 201}, "speaker"),
        ({"speaker": "a\0b"}, "speaker"),
        ({"speaker_role": ["Narrator"]}, "speaker_role"),
        ({"video": "youtube:nothing"}, "video"),
        ({"video": "nothing"}, "video"),
        ({"video": "youtube:\0"}, "video"),
        ({"video": 7}, "video"),
        ({"video": None}, "video"),
        ({"claim": 1}, "claim"),
    ],
)
def test_a_place_that_cannot_be_is_refused_by_field(
    member: Caller, video: Video, place: dict[str, Any], field: str
):
    response = member.post("claims/", a_claim(video, **place))
    assert wrong_fields(response) == [f"occurrence.{field}"]
    assert response.json()["errors"][0]["pointer"] == f"/occurrence/{field}"
    assert not Claim.objects.exists()


def test_everything_wrong_in_a_body_is_told_at_once(member: Caller, video: Video):
    body = a_claim(video, start_ms="1", colour="red") | {"kind": "rumour", "likes": 3}
    assert set(wrong_fields(member.post("claims/", body))) == {
        "occurrence.start_ms",
        "occurrence.colour",
        "kind",
        "likes",
    }
    body = a_claim(video, end_ms=72_000) | {"statement": "Short."}
    assert set(wrong_fields(member.post("claims/", body))) == {"occurrence.end_ms", "statement"}


@pytest.mark.parametrize("body", [[], "claim", 7, None])
def test_a_body_that_is_no_claim_at_all_is_refused(member: Caller, body: Any):
    assert member.post("claims/", body).status_code == 400


def test_an_author_edits_a_claim_and_the_log_has_both(member: Caller, author: User):
    claim = make_claim(author=author, tags=["Rivers"])
    before = claim.statement
    response = member.patch(
        f"claims/{claim.pk}/",
        {"version": 1, "statement": "It took two winters to turn it.", "tags": ["Streams"]},
    )
    assert response.status_code == 200
    body = response.json()
    assert (body["version"], body["statement"]) == (2, "It took two winters to turn it.")
    assert [tag["name"] for tag in body["tags"]] == ["Streams"]
    assert body["edited_at"] is not None
    log = nobody.get(f"claims/{claim.pk}/revisions/").json()["results"]
    (edited,) = [row for row in log if row["field"] == "statement" and row["old"]]
    assert (edited["old"], edited["new"], edited["by"]) == (before, body["statement"], "author")
    assert (edited["of"], edited["id"]) == ("claim", claim.pk)


def test_what_an_edit_does_not_name_stays(member: Caller, author: User):
    claim = make_claim(author=author, tags=["Rivers"], kind="cause")
    body = member.patch(f"claims/{claim.pk}/", {"version": 1, "language": "fr"}).json()
    assert (body["kind"], body["language"], len(body["tags"])) == ("cause", "fr", 1)


def test_an_edit_that_changes_nothing_writes_nothing(member: Caller, author: User):
    claim = make_claim(author=author)
    body = member.patch(f"claims/{claim.pk}/", {"version": 1, "language": "en"}).json()
    assert (body["version"], body["edited_at"]) == (1, None)


def test_an_occurrence_somebody_added_does_not_stand_in_the_way_of_an_edit(
    member: Caller, author: User, stranger: User
):
    claim = make_claim(author=author)
    etag = nobody.get(f"claims/{claim.pk}/").headers["ETag"]
    make_occurrence(claim=claim, author=stranger)
    assert nobody.get(f"claims/{claim.pk}/").headers["ETag"] != etag
    change = {"language": "fr"}
    assert member.patch(f"claims/{claim.pk}/", change, If_Match=etag).status_code == 200


def test_a_claim_that_was_edited_is_not_withdrawn_by_mistake(member: Caller, author: User):
    claim = make_claim(author=author)
    address = f"claims/{claim.pk}/"
    etag = nobody.get(address).headers["ETag"]
    claims.edit(claim, by=author, version=1, language="fr")
    assert member.delete(address, If_Match=etag).status_code == 412
    assert member.delete(address, If_Match='"2"').status_code == 204


def test_a_withdrawn_claim_is_gone_for_everyone_and_its_log_is_kept(
    member: Caller, other: Caller, author: User, moderator: User
):
    claim = make_claim(author=author)
    occurrence = claim.occurrences.get()
    assert member.delete(f"claims/{claim.pk}/").status_code == 204
    for caller in (member, other, nobody, Caller(make_token(moderator))):
        assert caller.get(f"claims/{claim.pk}/").status_code == 410
        assert caller.get(f"occurrences/{occurrence.pk}/").status_code == 410
        assert numbers(caller.get("claims/")) == []
        assert numbers(caller.get("occurrences/")) == []
    log = f"claims/{claim.pk}/revisions/"
    assert nobody.get(log).status_code == 410
    assert other.get(log).status_code == 410
    newest = member.get(log).json()["results"][0]
    assert (newest["field"], newest["old"], newest["new"]) == ("state", "visible", "withdrawn")
    assert Caller(make_token(moderator)).get(log).status_code == 200


def test_who_has_it_already_gets_nothing_again(author: User):
    claim = make_claim(author=author)
    etag = nobody.get(f"claims/{claim.pk}/").headers["ETag"]
    assert nobody.get(f"claims/{claim.pk}/", If_None_Match=etag).status_code == 304
    assert nobody.get(f"claims/{claim.pk}/", If_None_Match='"1"').status_code == 200


def test_claims_come_newest_first_and_can_be_turned_round(author: User):
    made = [make_claim(author=author).pk for _number in range(3)]
    first = nobody.get("claims/?page_size=2")
    assert numbers(first) == [made[2], made[1]]
    assert numbers(nobody.get(first.json()["next"])) == [made[0]]
    assert numbers(nobody.get("claims/?sort=oldest")) == made


def test_filters_narrow_the_claims(author: User, stranger: User, video: Video):
    wanted = make_claim(
        author=author,
        video=video,
        statement="Nine of ten wells were dry by then.",
        kind="quantity",
        language="en",
        tags=["Wells", "Drought"],
    )
    make_claim(author=stranger, language="fr", tags=["Wells"])
    for query in (
        "q=wells",
        "q=well",
        f"video={video.key}",
        "kind=quantity",
        "language=en",
        "tag=drought",
        "tag=drought&tag=wells",
        "tag=drought&tag=wells&tag=drought",
        "author=author",
        "author=AUTHOR",
    ):
        assert numbers(nobody.get(f"claims/?{query}")) == [wanted.pk], query
    for query in (
        "q=rain",
        "video=youtube:nothing",
        "video=nothing",
        "tag=rain",
        "tag=wells&" + "&".join(f"tag=t{number}" for number in range(19)),
        "author=nobody",
    ):
        assert numbers(nobody.get(f"claims/?{query}")) == [], query


def test_a_claim_is_not_found_by_an_occurrence_that_was_withdrawn(author: User, video: Video):
    occurrence = make_claim(author=author, video=video).occurrences.get()
    occurrences.withdraw(occurrence, by=author)
    assert numbers(nobody.get(f"claims/?video={video.key}")) == []


def test_a_claim_made_twice_in_a_film_is_listed_once(author: User, video: Video):
    claim = make_claim(author=author, video=video)
    make_occurrence(claim=claim, video=video, start_ms=1_000, end_ms=2_000)
    assert numbers(nobody.get(f"claims/?video={video.key}")) == [claim.pk]


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("claims/?statement=a", "statement"),
        ("claims/?kind=rumour", "kind"),
        ("claims/?kind=cause&kind=rumour", "kind"),
        ("claims/?language=en&language=fr", "language"),
        ("claims/?sort=views", "sort"),
        ("claims/?q=", "q"),
        ("claims/?q=%00", "q"),
        ("claims/?video=", "video"),
        ("claims/?author=a%00", "author"),
        ("claims/?cursor=x", "cursor"),
        ("claims/?page_size=1000", "page_size"),
    ],
)
def test_a_filter_that_is_wrong_is_named(path: str, parameter: str):
    response = nobody.get(path)
    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == [parameter]
