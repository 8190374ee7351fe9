"""Deciding where occurrences are now, and shifting whole films."""

from functools import partial

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from annotations import anchor_checks, anchors, claims, occurrences, revisions
from annotations.models import AnchorHealth, AnchorProposal, Claim, Occurrence, ProposalState, State
from catalogue.models import Video
from tests.makers import make_claim, make_occurrence, make_transcript, make_user, make_video
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db
QUOTE = "and by the spring the river ran north"


def moved_claim(author: User) -> tuple[Occurrence, AnchorProposal]:
    """Return an occurrence at 1:12 whose quote is now said at 1:43, and the proposal."""
    claim = make_claim(author=author, quote=QUOTE, end_ms=82_000)
    row = claim.occurrences.get()
    make_transcript(row.video, (103, QUOTE))
    anchor_checks.check_due(now=timezone.now())
    return row, row.proposals.get(state=ProposalState.OPEN)


def lost_claim(author: User) -> tuple[Occurrence, AnchorProposal]:
    row = make_claim(author=author, quote=QUOTE, end_ms=82_000).occurrences.get()
    make_transcript(row.video, (72, "a wholly different film about bees"))
    anchor_checks.check_due(now=timezone.now())
    return row, row.proposals.get(state=ProposalState.OPEN)


# --- One occurrence -------------------------------------------------------------------


def test_any_member_accepts_and_the_log_says_who_and_why(author: User, stranger: User):
    row, proposal = moved_claim(author)
    moved = anchors.accept(proposal, by=stranger)
    assert (moved.start_ms, moved.end_ms, moved.version) == (103_000, 113_000, 2)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == (ProposalState.ACCEPTED, stranger)
    row.refresh_from_db()
    assert (row.anchor_health, row.anchor_score) == (AnchorHealth.SOUND, 1)
    changes = revisions.of_claim(row.claim)[:2]
    assert {change.field: (change.old, change.new) for change in changes} == {
        "start_ms": (72_000, 103_000),
        "end_ms": (82_000, 113_000),
    }
    assert {(change.by, change.why) for change in changes} == {
        (stranger, "Found again by its quote")
    }
    assert anchor_checks.check_due(now=timezone.now()) == 0


def test_accepting_renews_the_length_of_the_film(author: User):
    row, proposal = moved_claim(author)
    row.video.duration_ms = 617_000
    row.video.save(update_fields=["duration_ms"])
    assert anchors.accept(proposal, by=author).video_duration_ms == 617_000


def test_without_a_proposed_place_there_is_nothing_to_accept(author: User):
    row, proposal = lost_claim(author)
    with pytest.raises(ValidationError):
        anchors.accept(proposal, by=author)
    row.refresh_from_db()
    assert row.start_ms == 72_000


def test_a_decided_proposal_is_not_decided_again(author: User, stranger: User):
    row, proposal = moved_claim(author)
    anchors.refuse(proposal, by=author)
    with pytest.raises(anchors.Decided):
        anchors.accept(proposal, by=stranger)
    row.refresh_from_db()
    assert (row.start_ms, row.anchor_health) == (72_000, AnchorHealth.SOUND)


def test_a_proposal_for_what_was_edited_since_counts_no_more(author: User, stranger: User):
    row, proposal = moved_claim(author)
    occurrences.edit(row, by=author, version=1, start_ms=70_000)
    with pytest.raises(anchors.Decided):
        anchors.accept(proposal, by=stranger)
    row.refresh_from_db()
    assert row.start_ms == 70_000


def test_a_person_sets_the_place_by_hand(author: User, stranger: User):
    row, proposal = lost_claim(author)
    moved = anchors.place(proposal, by=stranger, start_ms=90_000, end_ms=95_000, quote=QUOTE)
    assert (moved.start_ms, moved.end_ms) == (90_000, 95_000)
    row.refresh_from_db()
    assert (row.anchor_health, row.anchor_score) == (AnchorHealth.SOUND, None)
    assert anchor_checks.check_due(now=timezone.now()) == 0


def test_another_quote_by_hand_is_looked_at_again(author: User):
    row, proposal = lost_claim(author)
    anchors.place(proposal, by=author, start_ms=72_000, end_ms=82_000, quote="film about bees")
    anchor_checks.check_due(now=timezone.now())
    row.refresh_from_db()
    assert (row.anchor_health, row.anchor_score) == (AnchorHealth.SOUND, 1)


def test_a_place_by_hand_keeps_the_rules_of_places(author: User):
    _row, proposal = lost_claim(author)
    with pytest.raises(ValidationError) as refusal:
        anchors.place(proposal, by=author, start_ms=90_000, end_ms=90_000, quote=QUOTE)
    assert set(refusal.value.message_dict) == {"end_ms"}
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.OPEN


@pytest.mark.parametrize("state", [State.LOCKED, State.HIDDEN, State.WITHDRAWN])
@pytest.mark.parametrize("decide", [anchors.accept, anchors.refuse])
def test_what_cannot_be_edited_cannot_be_moved(
    decide: "partial[Occurrence]", state: State, author: User, stranger: User
):
    row, proposal = moved_claim(author)
    Occurrence.objects.filter(pk=row.pk).update(state=state)
    with pytest.raises(PermissionDenied):
        decide(proposal, by=stranger)
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.OPEN
    assert not AnchorProposal.objects.waiting().exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_moves_it(author: User, stranger: User):
    row, proposal = moved_claim(author)
    outcomes = outcomes_of_race(
        *(partial(anchors.accept, proposal, by=member) for member in (author, stranger))
    )
    assert sum(isinstance(outcome, anchors.Decided) for outcome in outcomes) == 1
    row.refresh_from_db()
    assert (row.start_ms, row.version) == (103_000, 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_accepting_against_an_edit_loses_neither(author: User, stranger: User, _round: int):
    row, proposal = moved_claim(author)
    accepted, edited = outcomes_of_race(
        partial(anchors.accept, proposal, by=stranger),
        partial(occurrences.edit, row, by=author, version=1, start_ms=70_000),
    )
    row.refresh_from_db()
    assert row.version == 2
    if isinstance(edited, revisions.StaleVersion):
        assert row.start_ms == 103_000
    else:
        assert isinstance(accepted, anchors.Decided)
        assert row.start_ms == 70_000


@pytest.mark.django_db(transaction=True)
def test_sweeps_edits_and_decisions_at_once_do_not_lock_each_other_out(author: User):
    rows = [moved_claim(author) for _ in range(6)]
    Occurrence.objects.update(anchor_checked_at=None)
    members = [make_user(f"member{number}") for number in range(2)]

    def decide(member: User) -> None:
        for _row, proposal in rows:
            try:
                anchors.accept(proposal, by=member)
            except anchors.Decided:
                continue

    sweep = partial(anchor_checks.check_due, now=timezone.now())
    outcomes = outcomes_of_race(sweep, sweep, *(partial(decide, member) for member in members))
    assert [one for one in outcomes if isinstance(one, BaseException)] == []
    anchor_checks.check_due(now=timezone.now())
    assert {row.version for row in Occurrence.objects.all()} == {2}
    assert not AnchorProposal.objects.filter(state=ProposalState.OPEN).exists()


# --- A whole film ---------------------------------------------------------------------


@pytest.fixture
def film(author: User) -> Video:
    """Return a film of 9:46 with claims at 1:00, 5:00 and 9:30."""
    film = make_video()
    for start in (60_000, 300_000, 570_000):
        make_claim(author=author, video=film, start_ms=start, end_ms=start + 10_000, quote="")
    return film


def starts(film: Video) -> list[int]:
    return list(film.occurrences.order_by("start_ms").values_list("start_ms", flat=True))


def test_a_shift_moves_what_fits_and_tells_of_the_rest(film: Video, stranger: User):
    told = anchors.shift(film, by=stranger, offset_ms=31_000, why="A new opening")
    assert starts(film) == [91_000, 331_000, 570_000]
    assert [step.occurrence.start_ms for step in told.moved] == [91_000, 331_000]
    assert [(step.occurrence.start_ms, step.problem) for step in told.left] == [
        (570_000, "The film ends at 9:46.")
    ]
    for claim in Claim.objects.filter(occurrences__start_ms__lt=500_000):
        change = revisions.of_claim(claim)[0]
        assert (change.by, change.why) == (stranger, "A new opening")


def test_a_shift_is_one_entry_in_the_log(film: Video, author: User):
    anchors.shift(film, by=author, offset_ms=1_000)
    contexts = {revisions.of_claim(claim)[0].context for claim in Claim.objects.all()}
    assert len(contexts) == 1


def test_a_dry_run_tells_the_same_and_writes_nothing(film: Video, author: User):
    dry = anchors.shift(film, by=author, offset_ms=31_000, from_ms=200_000, is_dry_run=True)
    assert starts(film) == [60_000, 300_000, 570_000]
    real = anchors.shift(film, by=author, offset_ms=31_000, from_ms=200_000)
    assert starts(film) == [60_000, 331_000, 570_000]
    for one, other in ((dry.moved, real.moved), (dry.left, real.left)):
        assert [(step.occurrence.pk, step.start_ms, step.problem) for step in one] == [
            (step.occurrence.pk, step.start_ms, step.problem) for step in other
        ]
    assert dry.fingerprint == real.fingerprint


def test_shifting_back_undoes_a_shift(film: Video, author: User):
    anchors.shift(film, by=author, offset_ms=-31_000)
    anchors.shift(film, by=author, offset_ms=31_000)
    assert starts(film) == [60_000, 300_000, 570_000]


def test_locked_and_hidden_occurrences_stay(film: Video, author: User, stranger: User):
    first, second, _third = film.occurrences.order_by("start_ms")
    Occurrence.objects.filter(pk=first.pk).update(state=State.LOCKED)
    Occurrence.objects.filter(pk=second.pk).update(state=State.HIDDEN)
    told = anchors.shift(film, by=stranger, offset_ms=-1_000)
    assert starts(film) == [60_000, 300_000, 569_000]
    assert [step.problem for step in told.left] == ["It is locked."]


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"offset_ms": 0}, "offset_ms"),
        ({"offset_ms": 25 * 3_600_000}, "offset_ms"),
        ({"offset_ms": 1, "from_ms": -1}, "from_ms"),
        ({"offset_ms": 1, "why": "w" * 201}, "why"),
        ({"offset_ms": 1, "why": "a\0b"}, "why"),
    ],
)
def test_a_shift_that_makes_no_sense_is_refused(
    film: Video, author: User, arguments: dict[str, int], wrong: str
):
    with pytest.raises(ValidationError) as refusal:
        anchors.shift(film, by=author, **arguments)  # type: ignore[arg-type]
    assert set(refusal.value.message_dict) == {wrong}


def test_a_shift_closes_the_proposals_it_fulfils(author: User):
    row, proposal = moved_claim(author)
    anchors.shift(row.video, by=author, offset_ms=31_000)
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.ACCEPTED
    anchor_checks.check_due(now=timezone.now())
    row.refresh_from_db()
    assert (row.start_ms, row.anchor_health) == (103_000, AnchorHealth.SOUND)


def test_quotes_that_moved_together_propose_a_shift(author: User):
    film = make_video(duration_ms=3_600_000)
    lines = [f"line number {word} of the film" for word in ("one", "two", "three", "four")]
    for number, line in enumerate(lines):
        start = 60_000 * number
        make_claim(author=author, video=film, start_ms=start, end_ms=start + 10_000, quote=line)
    # The first stays; what follows comes 31 seconds later.
    make_transcript(film, *((60 * at + 31 * bool(at), line) for at, line in enumerate(lines)))
    anchor_checks.check_due(now=timezone.now())
    shift = anchors.proposed_shifts([film.pk])[film.pk]
    assert (shift.offset_ms, shift.from_ms, shift.agree, shift.count) == (31_000, 60_000, 3, 3)


def test_two_who_shift_what_they_both_saw_shift_it_once(film: Video, author: User, stranger: User):
    shown = anchors.shift(film, by=author, offset_ms=5_000, is_dry_run=True).fingerprint
    anchors.shift(film, by=author, offset_ms=5_000, expected=shown)
    with pytest.raises(anchors.FilmChanged):
        anchors.shift(film, by=stranger, offset_ms=5_000, expected=shown)
    assert starts(film) == [65_000, 305_000, 575_000]


@pytest.mark.django_db(transaction=True)
def test_shifts_at_once_lose_nothing(film: Video, author: User, stranger: User):
    first = film.occurrences.earliest("start_ms")
    outcomes = outcomes_of_race(
        partial(anchors.shift, film, by=author, offset_ms=1_000),
        partial(anchors.shift, film, by=stranger, offset_ms=2_000),
        partial(claims.withdraw, first.claim, by=author),
    )
    assert [one for one in outcomes if isinstance(one, BaseException)] == []
    assert starts(film)[1:] == [303_000, 573_000]


def test_a_shift_takes_the_same_queries_for_any_number(film: Video, author: User):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            anchors.shift(film, by=author, offset_ms=1_000)
        return len(captured)

    few = count()
    claim = make_claim(author=author, video=film, quote="")
    for _ in range(10):
        make_occurrence(claim=claim, video=film)
    assert count() == few
