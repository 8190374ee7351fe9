"""Merging while others vote, edit and merge: real threads on a real database."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from annotations import claims, merges, occurrences, permissions, revisions, standings
from annotations.models import Claim, Merge, MergeState, Speaker, State, Verdict, VerdictVote
from annotations.permissions import Action
from tests.makers import make_claim, make_occurrence, make_speaker, make_user, make_video
from tests.racing import outcomes_of_race, race

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4
# As many as vote on a claim that is talked about.
VOTERS, VOTING_ROUNDS = 22, 10


def cast(claim: Claim, by: User) -> bool:
    """Vote as every operation writes: claim first, rights under the lock, recount."""
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked(claim.pk)
        if not permissions.may(by, Action.RATE, row):
            return False
        VerdictVote.objects.update_or_create(
            claim=row,
            member=by,
            defaults={
                "verdict": Verdict.ACCURATE,
                "claim_version": row.version,
                "cast_at": timezone.now(),
            },
        )
        standings.recount(row, now=timezone.now())
    return True


def hold_to_a_recount(*rows: Claim) -> None:
    """Fail unless what is stored of claims is what there is to count."""
    for row in rows:
        stored = Claim.objects.select_related("standing").get(pk=row.pk).standing
        assert stored.vote_count == row.votes.count()
        assert stored.comment_count == row.comments.count()
        again = standings.recount(Claim.objects.get(pk=row.pk), now=timezone.now())
        assert (again.state, again.votes, again.evidence_count) == (
            stored.state,
            stored.votes,
            stored.evidence_count,
        )


def accept(merge: Merge, by: User) -> Callable[[], object]:
    return partial(merges.accept, merge, by=by, reason="The same.")


def test_no_vote_is_lost_while_a_claim_is_merged_and_comes_back(author: User, moderator: User):
    voters = [make_user(f"voter{number}") for number in range(VOTERS)]
    for _round in range(VOTING_ROUNDS):
        source, target = make_claim(author=author), make_claim(author=author)
        merge = merges.propose(source, target, by=moderator, why="")
        # Some vote on both.
        on_source, on_target = voters[: VOTERS // 2 + 2], voters[VOTERS // 2 :]
        outcomes = outcomes_of_race(
            accept(merge, moderator),
            *[partial(cast, source, voter) for voter in on_source],
            *[partial(cast, target, voter) for voter in on_target],
        )
        assert all(isinstance(one, bool) for one in outcomes[1:]), outcomes
        told = zip(on_source + on_target, outcomes[1:], strict=True)
        counted = {voter.pk for voter, was_cast in told if was_cast}
        assert set(target.votes.values_list("member", flat=True)) == counted
        hold_to_a_recount(source, target)
        outcomes = outcomes_of_race(
            partial(merges.undo, merge, by=moderator, reason="No."),
            *[partial(cast, target, voter) for voter in voters],
        )
        assert not any(isinstance(one, BaseException) for one in outcomes), outcomes
        both = VerdictVote.objects.filter(claim__in=[source, target])
        assert set(both.values_list("member", flat=True)) == {voter.pk for voter in voters}
        hold_to_a_recount(source, target)


def test_two_merges_of_one_pair_end_as_one(author: User, moderator: User):
    for _round in range(ROUNDS):
        one, other = make_claim(author=author), make_claim(author=author)
        there = merges.propose(one, other, by=moderator, why="")
        back = Merge.objects.create(
            thing="claim", source_id=other.pk, target_id=one.pk, proposed_by=moderator
        )
        outcomes = outcomes_of_race(accept(there, moderator), accept(back, moderator))
        refused = [one for one in outcomes if isinstance(one, merges.NotPossible)]
        assert len(refused) == 1, outcomes
        assert Claim.objects.filter(pk__in=[one.pk, other.pk], state=State.MERGED).count() == 1
        hold_to_a_recount(one, other)


def test_merges_in_a_row_never_leave_a_moment_behind(author: User, moderator: User):
    for _round in range(ROUNDS):
        first, second, third = (make_claim(author=author) for _ in range(3))
        one = merges.propose(first, second, by=moderator, why="")
        two = merges.propose(second, third, by=moderator, why="")
        outcomes = outcomes_of_race(accept(one, moderator), accept(two, moderator))
        unexpected = [
            one
            for one in outcomes
            if isinstance(one, BaseException) and not isinstance(one, merges.NotPossible)
        ]
        assert not unexpected
        assert Claim.objects.get(pk=second.pk).state == State.MERGED
        two.refresh_from_db()
        assert two.state == MergeState.DONE
        is_whole = Claim.objects.get(pk=first.pk).state == State.MERGED
        assert third.occurrences.count() == (3 if is_whole else 2)
        hold_to_a_recount(first, second, third)


def test_edits_and_new_moments_hold_while_a_claim_is_merged(author: User, moderator: User):
    film = make_video()
    for number in range(ROUNDS):
        source, target = make_claim(author=author), make_claim(author=author)
        moment = source.occurrences.get()
        merge = merges.propose(source, target, by=moderator, why="")
        marked, edited, changed = outcomes_of_race(
            partial(
                occurrences.add, source, by=moderator, video=film, start_ms=number, end_ms=9_000
            ),
            partial(occurrences.edit, moment, by=moderator, version=1, quote="north, they say"),
            partial(claims.edit, source, by=author, version=1, kind="cause"),
            accept(merge, moderator),
        )[:3]
        assert not isinstance(edited, BaseException)
        moment.refresh_from_db()
        assert (moment.claim_id, moment.quote) == (target.pk, "north, they say")
        # Whoever came too late was told so; whoever was not has lost nothing.
        assert target.occurrences.count() == (2 if isinstance(marked, BaseException) else 3)
        source.refresh_from_db()
        assert (source.kind == "cause") != isinstance(changed, BaseException)


def test_undoing_while_the_target_is_merged_on_is_told_apart(author: User, moderator: User):
    for _round in range(ROUNDS):
        first, second, third = (make_claim(author=author) for _ in range(3))
        one = merges.propose(first, second, by=moderator, why="")
        merges.accept(one, by=moderator, reason="Yes.")
        two = merges.propose(second, third, by=moderator, why="")
        undone, merged = outcomes_of_race(
            partial(merges.undo, one, by=moderator, reason="No."), accept(two, moderator)
        )
        assert not isinstance(merged, BaseException)
        is_refused = isinstance(undone, merges.NotPossible)
        assert third.occurrences.count() == (3 if is_refused else 2)
        assert first.occurrences.count() == (0 if is_refused else 1)


def test_nothing_stays_with_a_speaker_who_is_merged_away(author: User, moderator: User):
    claim = make_claim(author=author)
    for number in range(ROUNDS):
        source = make_speaker(f"Speaker {number}", author=author)
        target = make_speaker(f"Other {number}", author=author)
        moments = [
            make_occurrence(claim=claim, speaker=source.name, spoken_by=source) for _ in range(2)
        ]
        merge = merges.propose(source, target, by=moderator, why="")
        race(
            accept(merge, moderator),
            partial(
                occurrences.add,
                claim,
                by=author,
                video=make_video(),
                start_ms=0,
                end_ms=1_000,
                speaker=source.name,
            ),
            partial(
                occurrences.edit, moments[0], by=author, version=1, speaker=source.name.upper()
            ),
            partial(
                claims.create,
                by=author,
                statement="The dam was never finished.",
                video=make_video(),
                start_ms=0,
                end_ms=1_000,
                speaker=source.name,
            ),
        )
        assert Speaker.objects.get(pk=source.pk).state == State.MERGED
        assert not source.occurrences.exists()
        assert target.occurrences.count() == 4
