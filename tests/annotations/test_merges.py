"""Merging claims and speakers: what moves, what stays behind, and the way back."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import User
from annotations import (
    claims,
    merges,
    moderation,
    occurrences,
    restoring,
    standings,
)
from annotations.models import (
    Claim,
    ClaimTag,
    Comment,
    Decision,
    Deed,
    Merge,
    MergeState,
    Occurrence,
    Speaker,
    State,
    Verdict,
    VerdictVote,
)
from annotations.revisions import StaleVersion
from catalogue.models import Video
from tests.makers import (
    make_claim,
    make_evidence,
    make_occurrence,
    make_speaker,
    make_user,
    make_video,
)

pytestmark = pytest.mark.django_db


def vote(claim: Claim, member: User, verdict: Verdict = Verdict.ACCURATE) -> VerdictVote:
    return VerdictVote.objects.create(
        claim=claim,
        member=member,
        verdict=verdict,
        claim_version=claim.version,
        cast_at=timezone.now(),
    )


def merged(source: Any, target: Any, *, by: User) -> Merge:
    merge = merges.propose(source, target, by=by, why="The same river.")
    return merges.accept(merge, by=by, reason="They say the same.")


@pytest.fixture
def pair(author: User, stranger: User) -> tuple[Claim, Claim]:
    """Return two claims that are one, of two members."""
    return (
        make_claim(author=author, statement="The river ran north by the spring.", tags=["Ice"]),
        make_claim(author=stranger, tags=["Rivers"]),
    )


def test_a_claim_takes_along_all_that_the_other_lacks(
    pair: tuple[Claim, Claim], author: User, reader: User, moderator: User
):
    source, target = pair
    card = make_evidence(claim=source, author=author)
    withdrawn = make_occurrence(claim=source, state=State.WITHDRAWN)
    first = Comment.objects.create(claim=source, author=author, body="Is this the Ob?")
    Comment.objects.create(claim=source, author=reader, body="It is.", parent=first)
    vote(source, reader)
    row = merged(source, target, by=moderator)
    source.refresh_from_db()
    assert (source.state, source.merged_into) == (State.MERGED, target)
    assert row.state == MergeState.DONE
    assert target.occurrences.count() == 3
    assert withdrawn in target.occurrences.all()
    assert target.evidence.get() == card
    assert target.comments.count() == 2
    assert target.votes.get().member == reader
    assert {tag.name for tag in target.tags.all()} == {"Ice", "Rivers"}
    standing = Claim.objects.select_related("standing").get(pk=target.pk).standing
    assert (standing.vote_count, standing.evidence_count, standing.comment_count) == (1, 1, 2)
    decision = Decision.objects.get()
    assert (decision.deed, decision.thing_id) == (Deed.MERGE, source.pk)
    assert (decision.by, decision.reason) == (moderator, "They say the same.")


def test_what_would_stand_twice_stays_behind(
    pair: tuple[Claim, Claim], video: Video, author: User, reader: User, moderator: User
):
    source, target = pair
    twin = make_occurrence(claim=source, video=video)
    make_occurrence(claim=target, video=video)
    card = make_evidence(claim=source, author=author, url="https://example.org/a")
    make_evidence(claim=target, author=reader, url="https://example.org/a")
    mine = vote(source, reader, Verdict.INACCURATE)
    vote(target, reader, Verdict.ACCURATE)
    ClaimTag.objects.create(claim=source, tag=target.tags.get(), added_by=author)
    merged(source, target, by=moderator)
    assert list(source.occurrences.all()) == [twin]
    assert list(source.evidence.all()) == [card]
    assert list(source.votes.all()) == [mine]
    assert source.claim_tags.count() == 1
    assert target.votes.get().verdict == Verdict.ACCURATE
    assert target.evidence.count() == 1


def test_nobody_comes_to_vote_on_their_own_claim(
    pair: tuple[Claim, Claim], stranger: User, moderator: User
):
    source, target = pair
    kept = vote(source, stranger)
    merged(source, target, by=moderator)
    assert target.author == stranger
    assert not target.votes.exists()
    assert source.votes.get() == kept


def test_no_more_tags_come_along_than_a_claim_may_have(
    author: User, stranger: User, moderator: User
):
    source = make_claim(author=author, tags=["Ice", "Snow"])
    target = make_claim(author=stranger, tags=[f"Tag {number}" for number in range(19)])
    merged(source, target, by=moderator)
    assert (target.tags.count(), source.tags.count()) == (claims.TAGS_MAX, 1)


def test_undoing_brings_back_what_came_and_nothing_else(
    pair: tuple[Claim, Claim], author: User, reader: User, moderator: User
):
    source, target = pair
    make_evidence(claim=source, author=author)
    own = make_evidence(claim=target, author=reader)
    vote(source, reader)
    (moment,) = source.occurrences.all()
    row = merged(source, target, by=moderator)
    occurrences.edit(moment, by=reader, version=1, quote="it ran north by April")
    later = make_occurrence(claim=target)
    VerdictVote.objects.filter(claim=target).update(verdict=Verdict.MISLEADING)
    merges.undo(row, by=moderator, reason="Two rivers after all.")
    source.refresh_from_db()
    assert (source.state, source.merged_into) == (State.VISIBLE, None)
    assert source.occurrences.get().quote == "it ran north by April"
    assert source.votes.get().verdict == Verdict.MISLEADING
    assert [tag.name for tag in source.tags.all()] == ["Ice"]
    assert later in target.occurrences.all()
    assert list(target.evidence.all()) == [own]
    assert not target.votes.exists()
    for claim in (source, target):
        standing = Claim.objects.select_related("standing").get(pk=claim.pk).standing
        assert (standing.vote_count, standing.evidence_count) == (claim.votes.count(), 1)
    assert list(Decision.objects.order_by("pk").values_list("deed", flat=True)) == [
        Deed.MERGE,
        Deed.UNDO_MERGE,
    ]


def test_what_was_locked_is_locked_again_after_undoing(pair: tuple[Claim, Claim], moderator: User):
    source, target = pair
    Claim.objects.filter(pk=source.pk).update(state=State.LOCKED)
    merges.undo(merged(source, target, by=moderator), by=moderator, reason="No.")
    source.refresh_from_db()
    assert source.state == State.LOCKED


def test_what_was_hidden_while_it_was_merged_leads_on_and_comes_back_as_it_is(
    pair: tuple[Claim, Claim], moderator: User
):
    source, target = pair
    row = merged(source, target, by=moderator)
    moderation.decide(source, by=moderator, deed="hide", reason="It names a child.")
    source.refresh_from_db()
    assert (source.state, merges.end_of(source)) == (State.HIDDEN, target)
    moderation.decide(source, by=moderator, deed="show", reason="It was changed.")
    source.refresh_from_db()
    assert (source.state, source.merged_into) == (State.MERGED, target)
    moderation.decide(source, by=moderator, deed="hide", reason="It names a child.")
    merges.undo(row, by=moderator, reason="They are two.")
    source.refresh_from_db()
    assert (source.state, source.merged_into) == (State.HIDDEN, None)
    moderation.decide(source, by=moderator, deed="show", reason="It was changed.")
    source.refresh_from_db()
    assert source.state == State.VISIBLE


def test_what_was_shown_again_while_it_was_merged_is_visible_after_undoing(
    pair: tuple[Claim, Claim], moderator: User
):
    source, target = pair
    row = merged(source, target, by=moderator)
    for deed in ("hide", "show"):
        moderation.decide(source, by=moderator, deed=deed, reason="For a reason.")
    merges.undo(row, by=moderator, reason="They are two.")
    source.refresh_from_db()
    assert source.state == State.VISIBLE


def test_its_author_withdraws_what_was_merged_and_brings_it_back(
    pair: tuple[Claim, Claim], author: User, moderator: User
):
    source, target = pair
    merged(source, target, by=moderator)
    claims.withdraw(source, by=author)
    source.refresh_from_db()
    assert (source.state, source.merged_into) == (State.WITHDRAWN, target)
    restoring.bring_back(source, by=author)
    source.refresh_from_db()
    assert (source.state, source.merged_into) == (State.MERGED, target)


# --- Taking a proposal back -----------------------------------------------------------


def test_who_proposed_a_merge_takes_it_back_while_it_is_open(
    pair: tuple[Claim, Claim], author: User, reader: User, moderator: User
):
    row = merges.propose(*pair, by=reader, why="The same river.")
    for other in (author, moderator):
        with pytest.raises(PermissionDenied):
            merges.withdraw(row, by=other)
    merges.withdraw(row, by=reader)
    row.refresh_from_db()
    assert (row.state, row.decided_by) == (MergeState.WITHDRAWN, reader)
    assert list(row.events.order_by("pgh_id").values_list("state", flat=True)) == [  # type: ignore[attr-defined]
        MergeState.PROPOSED,
        MergeState.WITHDRAWN,
    ]
    with pytest.raises(merges.NotPossible, match="decided already"):
        merges.accept(row, by=moderator, reason="Yes.")
    again = merges.propose(*pair, by=reader, why="The same river.")
    merges.accept(again, by=moderator, reason="Yes.")
    with pytest.raises(merges.NotPossible, match="decided already"):
        merges.withdraw(again, by=reader)


def test_a_card_that_would_stand_twice_stays_when_undoing(
    pair: tuple[Claim, Claim], author: User, reader: User, moderator: User
):
    source, target = pair
    left = make_evidence(claim=source, author=author, url="https://example.org/a")
    make_evidence(claim=target, author=reader, url="https://example.org/a")
    moved = make_evidence(claim=source, author=author, url="https://example.org/b")
    row = merged(source, target, by=moderator)
    target.evidence.filter(author=reader).update(state=State.WITHDRAWN)
    target.evidence.filter(pk=moved.pk).update(url=left.url, url_key=left.url_key)
    merges.undo(row, by=moderator, reason="No.")
    assert moved in target.evidence.all()


def test_chains_lead_to_the_end_and_are_undone_from_there(author: User, moderator: User):
    first, second, third = (make_claim(author=author) for _ in range(3))
    one = merged(first, second, by=moderator)
    two = merged(second, third, by=moderator)
    assert merges.end_of(Claim.objects.get(pk=first.pk)) == third
    assert third.occurrences.count() == 3
    with pytest.raises(merges.NotPossible, match=f"merged into Claim {third.pk} since"):
        merges.undo(one, by=moderator, reason="No.")
    merges.undo(two, by=moderator, reason="No.")
    merges.undo(one, by=moderator, reason="No.")
    assert [claim.occurrences.count() for claim in (first, second, third)] == [1, 1, 1]


def test_a_ring_is_impossible(pair: tuple[Claim, Claim], moderator: User):
    source, target = pair
    there = merges.propose(source, target, by=moderator, why="")
    with pytest.raises(merges.NotPossible, match="proposed already"):
        merges.propose(target, source, by=moderator, why="")
    merges.accept(there, by=moderator, reason="Yes.")
    with pytest.raises(merges.NotPossible, match="has been merged"):
        merges.propose(target, source, by=moderator, why="")
    with pytest.raises(merges.NotPossible, match="itself"):
        merges.propose(target, target, by=moderator, why="")


def test_what_went_elsewhere_by_another_proposal_is_not_merged_again(
    pair: tuple[Claim, Claim], author: User, moderator: User
):
    source, target = pair
    second = merges.propose(source, make_claim(author=author), by=author, why="The same river.")
    merged(source, target, by=moderator)
    with pytest.raises(merges.NotPossible, match="has been merged into another"):
        merges.accept(second, by=moderator, reason="They say the same.")
    second.refresh_from_db()
    assert (second.state, second.decided_by) == (MergeState.PROPOSED, None)
    merges.refuse(second, by=moderator, reason="It is elsewhere.")


@pytest.mark.parametrize(
    ("state", "said"), [(State.HIDDEN, "is hidden"), (State.WITHDRAWN, "withdrawn")]
)
@pytest.mark.parametrize("side", [0, 1])
def test_nothing_is_merged_that_nobody_may_read(
    pair: tuple[Claim, Claim], moderator: User, state: State, said: str, side: int
):
    proposed = merges.propose(*pair, by=moderator, why="")
    Claim.objects.filter(pk=pair[side].pk).update(state=state)
    with pytest.raises(merges.NotPossible, match=said):
        merges.accept(proposed, by=moderator, reason="Yes.")
    proposed.refresh_from_db()
    assert proposed.state == MergeState.PROPOSED
    assert not Decision.objects.exists()
    merges.refuse(proposed, by=moderator, reason="Gone.")


def test_members_propose_and_moderators_decide(
    pair: tuple[Claim, Claim], reader: User, moderator: User
):
    proposed = merges.propose(*pair, by=reader, why="The same river.")
    for decide in (merges.accept, merges.refuse):
        with pytest.raises(PermissionDenied):
            decide(proposed, by=reader, reason="Yes.")
    for reason in ("", "x" * 501, "a NUL \0"):
        with pytest.raises(ValidationError) as wrong:
            merges.accept(proposed, by=moderator, reason=reason)
        assert set(wrong.value.message_dict) == {"reason"}
    merges.refuse(proposed, by=moderator, reason="Two rivers.")
    with pytest.raises(merges.NotPossible, match="Not merged"):
        merges.accept(proposed, by=moderator, reason="Yes.")
    merges.propose(*pair, by=reader, why="Look again.")
    done = merged(pair[0], make_claim(author=reader), by=moderator)
    with pytest.raises(PermissionDenied):
        merges.undo(done, by=reader, reason="No.")


def test_an_edit_begun_before_a_merge_still_holds(pair: tuple[Claim, Claim], moderator: User):
    source, target = pair
    moment = source.occurrences.get()
    merged(source, target, by=moderator)
    edited = occurrences.edit(moment, by=target.author, version=1, quote="north, by April")
    assert (edited.claim, edited.quote) == (target, "north, by April")
    with pytest.raises(PermissionDenied, match="merged into another"):
        claims.edit(source, by=source.author, version=2, statement="Something else altogether.")


def test_what_is_stored_after_a_merge_equals_a_recount(pair: tuple[Claim, Claim], moderator: User):
    source, target = pair
    for number in range(6):
        vote(pair[number % 2], make_user(f"voter{number}"))
    merged(source, target, by=moderator)
    stored = Claim.objects.select_related("standing").get(pk=target.pk).standing
    assert stored.vote_count == 6
    again = standings.recount(Claim.objects.get(pk=target.pk), now=timezone.now())
    assert (again.votes, again.state) == (stored.votes, stored.state)


# --- Speakers -------------------------------------------------------------------------


def test_speakers_are_merged_and_their_names_stay_as_written(author: User, moderator: User):
    short, whole = (make_speaker(name, author=author) for name in ("A. Brook", "Ada Brook"))
    moment = make_occurrence(claim=make_claim(author=author), speaker="A. Brook", spoken_by=short)
    row = merged(short, whole, by=moderator)
    moment.refresh_from_db()
    assert (moment.spoken_by, moment.speaker) == (whole, "A. Brook")
    film = make_video()
    claim = claims.create(
        by=author,
        statement="The dam was never finished.",
        video=film,
        start_ms=0,
        end_ms=9_000,
        speaker="a. brook",
    )
    later = claim.occurrences.get()
    assert later.spoken_by == whole
    merges.undo(row, by=moderator, reason="Mother and daughter.")
    moment.refresh_from_db()
    later.refresh_from_db()
    assert (moment.spoken_by, later.spoken_by) == (short, whole)
    short.refresh_from_db()
    assert short.state == State.VISIBLE


def test_a_speaker_comes_not_back_with_an_id_that_is_anothers_by_now(author: User, moderator: User):
    source = make_speaker("A. Brook", author=author, wikidata_id="Q42")
    target = make_speaker("Ada Brook", author=author)
    row = merged(source, target, by=moderator)
    Speaker.objects.filter(pk=target.pk).update(wikidata_id="Q42")
    with pytest.raises(merges.NotPossible, match="same Wikidata id"):
        merges.undo(row, by=moderator, reason="No.")


def test_a_claim_and_a_speaker_are_not_merged(author: User, moderator: User):
    with pytest.raises(merges.NotPossible):
        merges.propose(make_claim(author=author), make_speaker(author=author), by=moderator, why="")


def test_the_log_tells_that_rows_moved_and_who_moved_them(
    pair: tuple[Claim, Claim], moderator: User
):
    source, target = pair
    moment: Any = source.occurrences.get()
    merged(source, target, by=moderator)
    last = moment.events.select_related("pgh_context").order_by("pgh_id").last()
    assert last.claim_id == target.pk
    assert last.pgh_context.metadata == {"user": moderator.pk, "why": "They say the same."}


def test_a_stale_edit_of_a_merged_speaker_is_refused(author: User, moderator: User):
    from annotations import speakers

    source, target = (make_speaker(name, author=author) for name in ("One", "Other"))
    speakers.edit(target, by=author, version=1, role="Narrator")
    with pytest.raises(StaleVersion):
        speakers.edit(target, by=author, version=1, role="Witness")
    merged(source, target, by=moderator)
    with pytest.raises(PermissionDenied):
        speakers.edit(source, by=author, version=2, role="Witness")
    assert Occurrence.objects.count() == 0
