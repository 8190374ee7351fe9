"""The log, restoring, bringing back and notes over REST."""

from typing import Any

import pytest

from accounts.models import User
from annotations import claims, notes, occurrences, revisions
from annotations.models import Claim, Note, State
from catalogue import tags as catalogue_tags
from catalogue.models import Video
from tests.annotations.api.bodies import wrong_fields
from tests.makers import make_claim, make_comment, make_evidence
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()


@pytest.fixture
def claim(author: User, video: Video) -> Claim:
    return claims.create(
        by=author,
        video=video,
        statement="The river was turned north.",
        start_ms=72_000,
        end_ms=84_000,
        tags=["Rivers"],
    )


def results(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


# --- The log --------------------------------------------------------------------------


def test_the_log_of_all_tells_who_changed_what(claim: Claim, author: User):
    claims.edit(claim, by=author, version=1, statement="The river ran south.")
    newest = results(nobody.get("revisions/"))[0]
    assert (newest["of"], newest["id"], newest["by"]) == ("claim", claim.pk, "author")
    assert newest["changes"] == [
        {
            "field": "statement",
            "old": "The river was turned north.",
            "new": "The river ran south.",
        }
    ]


def test_the_log_of_all_is_narrowed(claim: Claim, author: User, stranger: User, video: Video):
    other = make_claim(author=author)
    notes.edit(video, by=stranger, version=0, text="A note.")

    def found(**query: Any) -> set[str]:
        return {row["of"] for row in results(nobody.get("revisions/", query))}

    assert found(person="stranger") == {"note"}
    assert found(thing="note") == {"note"}
    assert found(thing="claim", id=other.pk) == {"claim"}
    assert found(video=video.key) == {"claim", "occurrence", "claimtag", "note"}
    assert found(since="2999-01-01") == set()
    for query, field in (
        ({"person": "none"}, "person"),
        ({"video": "youtube:none"}, "video"),
        ({"thing": "user"}, "thing"),
        ({"id": 3}, "id"),
        ({"cursor": "x"}, "cursor"),
        ({"since": "soon"}, "since"),
    ):
        response = nobody.get("revisions/", query)
        assert response.status_code == 400
        assert [error["parameter"] for error in response.json()["errors"]] == [field]


def test_pages_of_the_log_follow_each_other(claim: Claim, author: User):
    for version in range(1, 5):
        claims.edit(claim, by=author, version=version, statement=f"The river ran {version}.")
    whole = [(row["of"], row["revision"]) for row in results(nobody.get("revisions/"))]
    found, address = [], "revisions/?page_size=3"
    while address:
        page = nobody.get(address).json()
        found += [(row["of"], row["revision"]) for row in page["results"]]
        address = page["next"]
    assert found == whole


@pytest.mark.parametrize("state", [State.HIDDEN, State.WITHDRAWN])
def test_no_word_of_what_is_hidden_is_told_to_others(
    claim: Claim, author: User, stranger: User, moderator: User, state: State
):
    card = make_evidence(claim=claim, author=author, quote="Words not for all.")
    comment = make_comment(claim=claim, author=author, body="Words not for all.")
    moment = claim.occurrences.get()
    occurrences.edit(moment, by=author, version=1, quote="Words not for all.")
    for row in (card, comment, moment):
        type(row)._base_manager.update(state=state)
    paths = ["revisions/", f"claims/{claim.pk}/revisions/"]
    own = [
        f"evidence/{card.pk}/revisions/",
        f"comments/{comment.pk}/revisions/",
        f"occurrences/{moment.pk}/revisions/",
    ]
    for caller in (nobody, Caller(make_token(stranger))):
        for path in paths:
            text = caller.get(path).content.decode()
            assert "not for all" not in text
            assert "turned north" in text
            assert '"is_told":false' in text
        for path in own:
            assert caller.get(path).status_code == 410
    for user in (author, moderator):
        for path in (*paths, *own):
            assert "not for all" in Caller(make_token(user)).get(path).content.decode()


def test_a_films_log_tells_of_note_and_tags(video: Video, author: User):
    notes.edit(video, by=author, version=0, text="A note.")
    catalogue_tags.add_to_video(video, "Dams", by=author)
    log = results(nobody.get(f"videos/{video.key}/revisions/"))
    assert [(row["of"], row["by"]) for row in log] == [("videotag", "author"), ("note", "author")]
    assert nobody.get("videos/youtube:none/revisions/").status_code == 404


# --- Bringing back --------------------------------------------------------------------


def test_its_author_restores_a_revision(claim: Claim, author: User, member: Caller, other: Caller):
    revision = results(nobody.get("revisions/", {"thing": "claim"}))[0]["revision"]
    claims.edit(claim, by=author, version=1, statement="The river ran south.")
    path = f"claims/{claim.pk}/restore/"
    body = {"revision": revision, "version": 2, "why": "It was right."}
    assert nobody.post(path, body).status_code == 401
    assert other.post(path, body).status_code == 403
    answer = member.post(path, body)
    assert answer.json() == {"of": "claim", "id": claim.pk, "version": 3, "state": "visible"}
    newest = results(nobody.get("revisions/"))[0]
    assert (newest["restored"], newest["why"]) == (revision, "It was right.")
    assert member.post(path, body).status_code == 409
    assert member.post(path, {"revision": revision}, **{"If-Match": '"2"'}).status_code == 412
    assert wrong_fields(member.post(path, {"revision": revision})) == ["version"]
    assert wrong_fields(member.post(path, {"revision": 10**6, "version": 3})) == ["revision"]
    for why in ("a \0 null", "x" * 501):
        assert wrong_fields(member.post(path, {**body, "version": 3, "why": why})) == ["why"]
    assert member.post("claims/999999/restore/", body).status_code == 404


def test_a_restore_that_cannot_be_stored_today_says_why(
    claim: Claim, author: User, member: Caller, video: Video
):
    moment = claim.occurrences.get()
    revision = revisions.of(moment)[0].event
    occurrences.edit(moment, by=author, version=1, start_ms=0, end_ms=10_000)
    Video.objects.filter(pk=video.pk).update(duration_ms=30_000)
    path = f"occurrences/{moment.pk}/restore/"
    assert wrong_fields(member.post(path, {"revision": revision, "version": 2})) == ["start_ms"]


def test_an_author_brings_back_over_rest(
    claim: Claim, author: User, moderator: User, member: Caller, other: Caller
):
    member.delete(f"claims/{claim.pk}/")
    path = f"claims/{claim.pk}/bring-back/"
    assert nobody.post(path).status_code == 401
    assert other.post(path).status_code == 403
    assert Caller(make_token(moderator)).post(path).status_code == 403
    assert member.post(path).json()["state"] == "visible"
    assert member.post(path).status_code == 403
    assert nobody.get(f"claims/{claim.pk}/").status_code == 200


def test_a_card_whose_place_is_taken_stays_withdrawn(
    claim: Claim, author: User, stranger: User, member: Caller
):
    card = make_evidence(
        claim=claim, author=author, url="https://example.org/a", state=State.WITHDRAWN
    )
    make_evidence(claim=claim, author=stranger, url="https://example.org/a")
    assert wrong_fields(member.post(f"evidence/{card.pk}/bring-back/")) == ["url"]


# --- Notes ----------------------------------------------------------------------------


def test_members_write_a_note_together(video: Video, member: Caller, other: Caller):
    path = f"videos/{video.key}/note/"
    empty = nobody.get(path)
    assert (empty.json()["text"], empty.json()["version"]) == ("", 0)
    assert nobody.put(path, {"text": "x", "version": 0}).status_code == 401
    begun = member.put(path, {"text": "A re-cut of 2019."}, **{"If-Match": empty["ETag"]})
    assert (begun.status_code, begun.json()["version"]) == (200, 1)
    assert other.put(path, {"text": "Mine."}, **{"If-Match": empty["ETag"]}).status_code == 412
    assert other.put(path, {"text": "Mine.", "version": 0}).status_code == 409
    assert wrong_fields(other.put(path, {"text": "Mine."})) == ["version"]
    assert wrong_fields(other.put(path, {"text": "x" * 2001, "version": 1})) == ["text"]
    added = other.put(path, {"text": "A re-cut of 2019, shorter.", "version": 1})
    assert added.json()["text"] == nobody.get(path).json()["text"] == "A re-cut of 2019, shorter."
    assert nobody.get(path, **{"If-None-Match": added["ETag"]}).status_code == 304
    assert nobody.get("videos/youtube:none/note/").status_code == 404


def test_a_hidden_note_is_gone_for_others(
    video: Video, author: User, member: Caller, other: Caller
):
    notes.edit(video, by=author, version=0, text="Words of mine.")
    Note.objects.update(state=State.HIDDEN)
    path = f"videos/{video.key}/note/"
    assert nobody.get(path).status_code == other.get(path).status_code == 410
    assert member.get(path).json()["text"] == "Words of mine."
    assert other.put(path, {"text": "Over it.", "version": 0}).status_code == 410
    assert member.put(path, {"text": "Over it.", "version": 1}).status_code == 403


def test_a_tag_comes_back_that_was_taken_off_a_film(
    member: Caller, video: Video, author: User, stranger: User
):
    placed = catalogue_tags.add_to_video(video, "Dams", by=stranger)
    catalogue_tags.remove_from_video(video, placed.tag, by=stranger)
    (event, *_before) = (
        row["revision"] for row in results(nobody.get(f"videos/{video.key}/revisions/"))
    )
    path = f"videos/{video.key}/revisions/{event}/bring-back/"
    assert nobody.post(path).status_code == 401
    assert member.post(path).status_code == 204
    assert video.video_tags.get(tag=placed.tag).added_by == author
    assert member.post(path).status_code == 204
    assert member.post(f"videos/{video.key}/revisions/1/bring-back/").status_code == 404
    newest = results(nobody.get(f"videos/{video.key}/revisions/"))[0]
    assert (newest["restored"], newest["by"]) == (event, "author")
