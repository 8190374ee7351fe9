"""Where occurrences may be now, over REST."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Scope, User
from annotations import anchor_checks, claims
from annotations.models import AnchorProposal, Occurrence, ProposalState, State
from tests.annotations.api.bodies import numbers, wrong_fields
from tests.makers import make_claim, make_transcript, make_video
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
QUOTE = "and by the spring the river ran north"
nobody = Caller()


def moved_claim(author: User, *, start: int = 103, **fields: Any) -> AnchorProposal:
    claim = make_claim(author=author, quote=QUOTE, end_ms=82_000, **fields)
    row = claim.occurrences.get()
    make_transcript(row.video, (start, QUOTE))
    anchor_checks.check_due(now=timezone.now())
    return row.proposals.get(state=ProposalState.OPEN)


def test_anyone_reads_the_open_proposals(author: User):
    proposal = moved_claim(author)
    (told,) = nobody.get("anchors/").json()["results"]
    assert told["id"] == proposal.pk
    assert told["present"] == {"start_ms": 72_000, "end_ms": 82_000}
    assert told["proposed"] == {"start_ms": 103_000, "end_ms": 113_000}
    assert (told["health"], told["score"], told["state"]) == ("moved", 1.0, "open")
    assert nobody.get(told["url"]).json() == told


def test_proposals_are_filtered(author: User):
    one, other = moved_claim(author), moved_claim(author)
    key = one.occurrence.video.key
    assert numbers(nobody.get("anchors/")) == [other.pk, one.pk]
    assert numbers(nobody.get("anchors/", {"video": key})) == [one.pk]
    assert numbers(nobody.get("anchors/", {"health": "lost"})) == []
    assert numbers(nobody.get("anchors/", {"state": "accepted"})) == []
    assert nobody.get("anchors/", {"state": "maybe"}).status_code == 400


def test_an_occurrence_tells_how_its_anchor_stands(author: User):
    proposal = moved_claim(author)
    told = nobody.get(f"occurrences/{proposal.occurrence_id}/").json()["anchor"]
    assert (told["health"], told["score"]) == ("moved", 1.0)
    assert told["checked_at"]


def test_what_is_withdrawn_is_not_told(author: User, other: Caller):
    proposal = moved_claim(author)
    claims.withdraw(proposal.occurrence.claim, by=author)
    assert numbers(nobody.get("anchors/")) == []
    assert nobody.get(f"anchors/{proposal.pk}/").status_code == 404
    assert other.post(f"anchors/{proposal.pk}/accept/").status_code == 404


def test_a_member_accepts(author: User, other: Caller):
    proposal = moved_claim(author)
    answer = other.post(f"anchors/{proposal.pk}/accept/")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["decided_by"]) == ("accepted", "stranger")
    assert answer.json()["present"]["start_ms"] == 103_000
    assert other.post(f"anchors/{proposal.pk}/accept/").status_code == 409
    assert other.post(f"anchors/{proposal.pk}/refuse/").status_code == 409


def test_a_member_refuses(author: User, other: Caller):
    proposal = moved_claim(author)
    assert other.post(f"anchors/{proposal.pk}/refuse/").json()["state"] == "refused"
    assert Occurrence.objects.get().start_ms == 72_000


def test_without_a_place_there_is_nothing_to_accept(author: User, member: Caller):
    claim = make_claim(author=author, quote=QUOTE)
    make_transcript(claim.occurrences.get().video, (72, "a wholly different film about bees"))
    anchor_checks.check_due(now=timezone.now())
    proposal = AnchorProposal.objects.get()
    assert nobody.get(f"anchors/{proposal.pk}/").json()["proposed"] is None
    assert member.post(f"anchors/{proposal.pk}/accept/").status_code == 409


@pytest.mark.parametrize("deed", ["accept", "refuse"])
def test_deciding_takes_a_token_that_writes(author: User, stranger: User, deed: str):
    address = f"anchors/{moved_claim(author).pk}/{deed}/"
    assert nobody.post(address).status_code == 401
    assert Caller(make_token(stranger, Scope.READ)).post(address).status_code == 403
    assert Caller(make_token(stranger, Scope.WRITE)).post(address).status_code == 200


def test_what_is_locked_is_not_moved(author: User, other: Caller):
    proposal = moved_claim(author)
    Occurrence.objects.update(state=State.LOCKED)
    assert other.post(f"anchors/{proposal.pk}/accept/").status_code == 403


def test_a_video_is_shifted_as_its_dry_run_told(author: User, other: Caller):
    film = make_video()
    for start in (60_000, 570_000):
        make_claim(author=author, video=film, start_ms=start, end_ms=start + 10_000)
    body = {"offset_ms": 31_000, "why": "A new opening"}
    dry = other.post(f"videos/{film.key}/shift/", body | {"dry_run": True}).json()
    assert dry["dry_run"]
    assert [step["start_ms"] for step in dry["moved"]] == [91_000]
    assert [(step["start_ms"], step["problem"]) for step in dry["left"]] == [
        (570_000, "The film ends at 9:46.")
    ]
    assert film.occurrences.filter(start_ms=91_000).count() == 0
    expected = {"expected": dry["fingerprint"]}
    done = other.post(f"videos/{film.key}/shift/", body | expected)
    assert done.json() == dry | {"dry_run": False}
    assert film.occurrences.filter(start_ms=91_000).count() == 1
    assert other.post(f"videos/{film.key}/shift/", body | expected).status_code == 409


def test_a_shift_is_refused_by_field(author: User, member: Caller):
    address = f"videos/{make_video().key}/shift/"
    assert wrong_fields(member.post(address, {})) == ["offset_ms"]
    assert wrong_fields(member.post(address, {"offset_ms": 0})) == ["offset_ms"]
    assert wrong_fields(member.post(address, {"offset_ms": 1, "from": 2})) == ["from"]
    assert member.post("videos/youtube:nothing/shift/", {"offset_ms": 1}).status_code == 404
    assert nobody.post(address, {"offset_ms": 1}).status_code == 401
