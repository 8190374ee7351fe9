"""Looking whether quotes are still said where claims are pinned."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from annotations import anchor_checks, anchors, claims, occurrences, revisions, tasks
from annotations.models import AnchorHealth, AnchorProposal, Occurrence, ProposalState
from catalogue.models import Change, TranscriptKind, Video
from tests.makers import make_claim, make_occurrence, make_transcript, make_video

pytestmark = pytest.mark.django_db

QUOTE = "and by the spring the river ran north"
BEFORE = [
    (62, "the digging had gone on all winter"),
    (72, QUOTE),
    (82, "nobody had asked the farmers"),
]
# The same, after a new opening of 31 seconds.
AFTER = [(start + 31, text) for start, text in BEFORE]
OTHERWISE = [(62, "a wholly different film"), (72, "about bees in a town")]


@pytest.fixture
def occurrence(author: User) -> Occurrence:
    """Return a quote pinned at 1:12 to 1:22, as the transcript has it."""
    claim = make_claim(author=author, quote=QUOTE, end_ms=82_000)
    row = claim.occurrences.get()
    make_transcript(row.video, *BEFORE)
    return row


def look(now: datetime | None = None) -> int:
    return anchor_checks.check_due(now=now or timezone.now())


def proposal_of(occurrence: Occurrence) -> AnchorProposal | None:
    return occurrence.proposals.filter(state=ProposalState.OPEN).first()


def recut(video: Video, duration_ms: int) -> None:
    """Let the film be seen with another length."""
    Change.objects.create(
        video=video,
        field="duration_ms",
        old=video.duration_ms,
        new=duration_ms,
        observed_at=timezone.now(),
    )
    video.duration_ms = duration_ms
    video.save(update_fields=["duration_ms"])


def test_a_quote_that_is_where_it_was_is_sound(occurrence: Occurrence):
    assert look() == 1
    occurrence.refresh_from_db()
    assert occurrence.anchor_health == AnchorHealth.SOUND
    assert occurrence.anchor_score == 1
    assert proposal_of(occurrence) is None


def test_what_was_looked_at_is_left_alone_until_something_changes(occurrence: Occurrence):
    look()
    assert look() == 0


def test_a_look_is_no_edit(occurrence: Occurrence):
    log = revisions.of_claim(occurrence.claim)
    look()
    occurrence.refresh_from_db()
    assert (occurrence.version, occurrence.edited_at) == (1, None)
    assert revisions.of_claim(occurrence.claim) == log


def test_a_quote_found_later_is_proposed_and_nothing_moves(occurrence: Occurrence):
    look()
    make_transcript(occurrence.video, *AFTER)
    assert look() == 1
    occurrence.refresh_from_db()
    assert (occurrence.start_ms, occurrence.anchor_health) == (72_000, AnchorHealth.MOVED)
    found = proposal_of(occurrence)
    assert found is not None
    assert (found.start_ms, found.end_ms, found.score) == (103_000, 113_000, 1)


def test_a_range_longer_than_its_quote_keeps_its_length_when_it_moves(author: User):
    claim = make_claim(author=author, quote=QUOTE, start_ms=68_000, end_ms=90_000)
    make_transcript(claim.occurrences.get().video, *AFTER)
    look()
    found = proposal_of(claim.occurrences.get())
    assert found is not None
    assert (found.start_ms, found.end_ms) == (97_000, 119_000)


def test_a_quote_that_is_not_said_any_more_is_lost_without_a_place(occurrence: Occurrence):
    make_transcript(occurrence.video, *OTHERWISE)
    look()
    found = proposal_of(occurrence)
    assert found is not None
    assert (found.health, found.start_ms) == (AnchorHealth.LOST, None)


def test_a_quote_that_returns_closes_its_proposal(occurrence: Occurrence):
    make_transcript(occurrence.video, *OTHERWISE)
    look()
    make_transcript(occurrence.video, *BEFORE)
    look()
    assert proposal_of(occurrence) is None
    assert occurrence.proposals.get().state == ProposalState.OUTDATED


def test_another_finding_takes_the_place_of_an_open_proposal(occurrence: Occurrence):
    make_transcript(occurrence.video, *AFTER)
    look()
    make_transcript(occurrence.video, *OTHERWISE)
    look()
    assert [one.health for one in occurrence.proposals.order_by("pk")] == ["moved", "lost"]
    found = proposal_of(occurrence)
    assert found is not None
    assert found.health == AnchorHealth.LOST


def test_the_same_finding_keeps_its_proposal(occurrence: Occurrence):
    make_transcript(occurrence.video, *AFTER)
    look()
    before = proposal_of(occurrence)
    make_transcript(occurrence.video, *AFTER, "and that was the end of it")
    assert look() == 1
    assert proposal_of(occurrence) == before


def test_a_translation_cannot_lose_a_quote(author: User):
    film = make_video(language="en")
    claim = make_claim(author=author, video=film, quote=QUOTE)
    make_transcript(film, (72, "et au printemps la rivière coulait vers le nord"), language="fr")
    look()
    assert claim.occurrences.get().anchor_health == AnchorHealth.UNKNOWN


def test_a_transcript_that_ends_before_it_cannot_lose_a_quote(author: User):
    claim = make_claim(author=author, quote=QUOTE, start_ms=400_000, end_ms=410_000)
    make_transcript(claim.occurrences.get().video, *OTHERWISE)
    look()
    assert claim.occurrences.get().anchor_health == AnchorHealth.UNKNOWN


def test_a_quote_may_be_found_in_any_language(author: User):
    film = make_video(language="fr")
    claim = make_claim(author=author, video=film, quote=QUOTE, end_ms=82_000)
    make_transcript(film, (72, "et au printemps la rivière coulait vers le nord"), language="fr")
    make_transcript(film, *BEFORE, language="en")
    look()
    assert claim.occurrences.get().anchor_health == AnchorHealth.SOUND


def test_a_persons_transcript_goes_before_a_machines(occurrence: Occurrence):
    make_transcript(occurrence.video, *BEFORE, kind=TranscriptKind.AUTOMATIC)
    make_transcript(occurrence.video, *AFTER)
    look()
    occurrence.refresh_from_db()
    assert occurrence.anchor_health == AnchorHealth.MOVED


def test_without_a_quote_only_the_length_of_the_film_tells_anything(author: User):
    claim = make_claim(author=author, quote="")
    row = claim.occurrences.get()
    look()
    row.refresh_from_db()
    assert row.anchor_health == AnchorHealth.UNQUOTED
    recut(row.video, 617_000)
    look()
    row.refresh_from_db()
    assert row.anchor_health == AnchorHealth.DOUBTFUL
    assert proposal_of(row) is not None


def test_after_a_new_cut_an_older_transcript_proves_nothing(occurrence: Occurrence):
    look()
    recut(occurrence.video, 617_000)
    look()
    occurrence.refresh_from_db()
    assert (occurrence.anchor_health, occurrence.anchor_score) == (AnchorHealth.DOUBTFUL, None)
    make_transcript(occurrence.video, *AFTER)
    look()
    occurrence.refresh_from_db()
    assert occurrence.anchor_health == AnchorHealth.MOVED


def test_a_length_that_was_only_rounded_is_no_new_cut(occurrence: Occurrence):
    look()
    recut(occurrence.video, 585_400)
    look()
    occurrence.refresh_from_db()
    assert occurrence.anchor_health == AnchorHealth.SOUND


def test_what_lies_past_the_end_of_the_film_is_doubtful(author: User):
    film = make_video(duration_ms=None)
    claim = make_claim(author=author, video=film, quote=QUOTE)
    look()
    recut(film, 60_000)
    look()
    assert claim.occurrences.get().anchor_health == AnchorHealth.DOUBTFUL


def test_a_length_corrected_without_a_note_is_seen_within_a_day(occurrence: Occurrence):
    look()
    film = occurrence.video
    film.duration_ms = 617_000
    film.save(update_fields=["duration_ms"])
    assert look() == 0
    assert look(timezone.now() + timedelta(hours=25)) == 1


def test_a_transcript_that_was_being_stored_during_the_look_is_not_missed(occurrence: Occurrence):
    """Its time is that of its transaction, which may end after the film was looked at."""
    transcript = occurrence.video.transcripts.get()
    look()
    transcript.changed_at = timezone.now() - timedelta(minutes=1)
    transcript.save(update_fields=["changed_at"])
    assert look() == 0
    assert look(timezone.now() + timedelta(minutes=6)) == 1
    assert look(timezone.now() + timedelta(minutes=12)) == 0


def test_without_its_transcript_nothing_is_known_of_a_quote(occurrence: Occurrence):
    make_transcript(occurrence.video, *AFTER)
    look()
    occurrence.video.transcripts.all().delete()
    look()
    occurrence.refresh_from_db()
    assert occurrence.anchor_health == AnchorHealth.UNKNOWN
    assert proposal_of(occurrence) is None
    assert look() == 0


def test_an_edit_is_looked_at_again(occurrence: Occurrence, author: User):
    look()
    occurrences.edit(occurrence, by=author, version=1, start_ms=200_000, end_ms=210_000)
    look()
    occurrence.refresh_from_db()
    assert occurrence.anchor_health == AnchorHealth.MOVED


def test_what_nobody_may_change_is_not_looked_at(occurrence: Occurrence, author: User):
    claims.withdraw(occurrence.claim, by=author)
    assert look() == 0


def test_a_finding_that_was_refused_does_not_come_back(occurrence: Occurrence, stranger: User):
    make_transcript(occurrence.video, *AFTER)
    look()
    found = proposal_of(occurrence)
    assert found is not None
    anchors.refuse(found, by=stranger)
    make_transcript(occurrence.video, *AFTER, "and that was the end of it")
    assert look() == 1
    assert proposal_of(occurrence) is None
    occurrence.refresh_from_db()
    assert (occurrence.anchor_health, occurrence.anchor_score) == (AnchorHealth.SOUND, None)


def test_after_another_cut_even_what_was_refused_is_asked_again(author: User):
    row = make_claim(author=author, quote="").occurrences.get()
    recut(row.video, 617_000)
    look()
    found = proposal_of(row)
    assert found is not None
    anchors.refuse(found, by=author)
    assert look() == 0
    recut(row.video, 648_000)
    look()
    assert proposal_of(row) is not None


@pytest.fixture
def many(author: User) -> int:
    """Store occurrences in 8 films that all moved; return how many."""
    for _number in range(8):
        film = make_video()
        make_transcript(film, *AFTER)
        claim = make_claim(author=author, video=film, quote=QUOTE)
        for _ in range(2):
            make_occurrence(claim=claim, video=film, quote=QUOTE)
    return 24


def test_the_number_of_queries_is_the_same_for_one_film_and_for_many(
    occurrence: Occurrence, author: User
):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert look()
        return len(captured)

    make_transcript(occurrence.video, *AFTER)
    one = count()
    for _ in range(6):
        film = make_video()
        make_transcript(film, *AFTER)
        make_claim(author=author, video=film, quote=QUOTE)
    assert count() == one


def test_batches_are_bounded_and_the_sweep_does_them_all(many: int):
    assert anchor_checks.check_due(now=timezone.now(), limit=5) == 5
    assert tasks.check_anchors() == many - 5
    assert AnchorProposal.objects.filter(state=ProposalState.OPEN).count() == many
    assert tasks.check_anchors() == 0
