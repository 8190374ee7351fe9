"""Merging while others vote, edit and merge: real threads on a real database."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from accounts.models import User
from annotations import claims, editing, merges, occurrences, ratings
from annotations.models import (
    Claim,
    Decision,
    HelpfulnessRating,
    Merge,
    MergeState,
    Occurrence,
    Speaker,
    State,
    VerdictVote,
)
from tests.makers import (
    make_claim,
    make_evidence,
    make_occurrence,
    make_speaker,
    make_user,
    make_video,
)
from tests.racing import PATIENCE_S, outcomes_of_race, race
from tests.recounting import hold_to_a_recount
from tests.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4
# As many as vote on a claim that is talked about.
VOTERS, VOTING_ROUNDS = 22, 5


def accept(merge: Merge, by: User) -> Callable[[], object]:
    return partial(merges.accept, merge, by=by, reason="The same.")


def test_no_vote_or_rating_is_lost_while_a_claim_is_merged_and_comes_back(
    author: User, stranger: User, moderator: User
):
    voters = [make_user(f"voter{number}") for number in range(VOTERS)]
    for _round in range(VOTING_ROUNDS):
        source, target = make_claim(author=author), make_claim(author=author)
        card = make_evidence(claim=source, author=stranger)
        merge = merges.propose(source, target, by=moderator, why="")
        # Some vote on both.
        on_source, on_target = voters[: VOTERS // 2 + 2], voters[VOTERS // 2 :]
        raters = voters[::3]
        outcomes = outcomes_of_race(
            accept(merge, moderator),
            *[partial(ratings.cast_vote, source, by=one, verdict="accurate") for one in on_source],
            *[partial(ratings.cast_vote, target, by=one, verdict="accurate") for one in on_target],
            *[partial(ratings.rate, card, by=one, rating="yes") for one in raters],
        )
        # Who voted on the source too late was told so; the card is rated wherever it stands.
        assert isinstance(outcomes[0], Merge)
        votes = outcomes[1 : 1 + len(on_source) + len(on_target)]
        assert all(isinstance(one, VerdictVote | PermissionDenied) for one in votes), outcomes
        told = zip(on_source + on_target, votes, strict=True)
        counted = {voter.pk for voter, vote in told if isinstance(vote, VerdictVote)}
        assert set(target.votes.values_list("member", flat=True)) == counted
        assert HelpfulnessRating.objects.filter(evidence=card).count() == len(raters)
        hold_to_a_recount(source, target)
        outcomes = outcomes_of_race(
            partial(merges.undo, merge, by=moderator, reason="No."),
            *[partial(ratings.cast_vote, target, by=one, verdict="inaccurate") for one in voters],
            *[partial(ratings.rate, card, by=one, rating="no") for one in raters],
        )
        assert not any(isinstance(one, BaseException) for one in outcomes), outcomes
        both = VerdictVote.objects.filter(claim__in=[source, target])
        assert set(both.values_list("member", flat=True)) == {voter.pk for voter in voters}
        assert set(card.ratings.values_list("rating", flat=True)) == {"no"}
        hold_to_a_recount(source, target)


def test_a_proposal_is_accepted_or_refused_and_never_both(author: User, moderator: User):
    for _round in range(ROUNDS):
        source, target = make_claim(author=author), make_claim(author=author)
        merge = merges.propose(source, target, by=moderator, why="")
        outcomes = outcomes_of_race(
            accept(merge, moderator), partial(merges.refuse, merge, by=moderator, reason="No.")
        )
        (decided,) = [one for one in outcomes if isinstance(one, Merge)]
        assert sum(isinstance(one, merges.NotPossible) for one in outcomes) == 1, outcomes
        source.refresh_from_db()
        assert (source.state == State.MERGED) == (decided.state == MergeState.DONE)
        assert Decision.objects.filter(thing_id=source.pk).count() == 1
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


def test_an_edit_that_names_two_speakers_never_waits_in_a_ring_with_their_merge(
    author: User, moderator: User, monkeypatch: pytest.MonkeyPatch
):
    # A deadlock would be seen: it is not tried again.
    monkeypatch.setattr(merges, "ATTEMPTS", 1)
    # Their numbers are in the other order than their names.
    first, second = (make_speaker(name, author=author) for name in ("Bo Reed", "Ada Brook"))
    claim = make_claim(author=author)
    moments = [claim.occurrences.get(), make_occurrence(claim=claim, video=make_video())]
    merge = merges.propose(first, second, by=moderator, why="")
    edit = partial(saved_with_names, claim, moments, (second.name, first.name), by=author)
    outcomes: dict[str, object] = {}

    def do(what: str, task: Callable[[], object]) -> None:
        outcomes[what] = outcomes_of_race(task)[0]

    with transaction.atomic():
        # While the first is held by somebody else, the merge queues up for it, then the edit.
        Speaker.objects.select_for_update().get(pk=first.pk)
        tasks = {"merge": accept(merge, moderator), "edit": edit}
        threads = [threading.Thread(target=do, args=pair) for pair in tasks.items()]
        for many, thread in enumerate(threads, start=1):
            thread.start()
            wait_until(lambda many=many: count_waiting() == many)  # type: ignore[misc]
    for thread in threads:
        thread.join(PATIENCE_S)
    assert isinstance(outcomes["merge"], Merge), outcomes
    assert outcomes["edit"] is True, outcomes
    for moment in moments:
        moment.refresh_from_db()
        assert moment.spoken_by == second


def count_waiting() -> int:
    """Return how many sessions wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0])


def saved_with_names(
    claim: Claim, moments: list[Occurrence], names: tuple[str, str], *, by: User
) -> bool:
    """Edit a claim on its page and say who speaks at its moments; tell whether it was saved."""
    typed: dict[str, object] = {
        "claim-version": claim.version,
        "claim-statement": claim.statement,
        "claim-kind": claim.kind,
        "claim-language": claim.language,
    }
    for moment, name in zip(moments, names, strict=True):
        typed |= {
            f"at{moment.pk}-version": moment.version,
            f"at{moment.pk}-start_ms": "0:12",
            f"at{moment.pk}-end_ms": "0:24",
            f"at{moment.pk}-speaker": name,
        }
    row = Claim.objects.for_page().get(pk=claim.pk)
    return editing.Edit(row, by=by, data=typed).save()
