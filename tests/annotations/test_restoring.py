"""Bringing back earlier versions, and what was withdrawn."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from annotations import claims, evidence, notes, occurrences, ratings, restoring, revisions
from annotations.models import Claim, Comment, Evidence, Kind, Speaker, State, Stated
from catalogue.models import Video
from tests.makers import make_claim, make_comment, make_evidence

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(author: User, video: Video) -> Claim:
    return claims.create(
        by=author,
        video=video,
        statement="The river was turned north.",
        start_ms=72_000,
        end_ms=584_000,
        tags=["Rivers", "Dams"],
    )


def first_event(row: Stated) -> int:
    """Return the entry that tells how something began."""
    return revisions.of(row, reader=row.author)[-1].event


# --- Earlier versions -----------------------------------------------------------------


def test_an_earlier_claim_comes_back_as_a_new_version_with_its_tags(claim: Claim, author: User):
    event = first_event(claim)
    claims.edit(
        claim, by=author, version=1, statement="It ran south.", kind=Kind.LAW, tags=["Sand"]
    )
    claims.edit(claim, by=author, version=2, tags=[])
    row = restoring.restore("claim", claim.pk, event, by=author, version=3, why="It was right.")
    assert (row.pk, row.version, row.state) == (claim.pk, 4, State.VISIBLE)
    claim.refresh_from_db()
    assert (claim.statement, claim.kind) == ("The river was turned north.", Kind.OTHER)
    assert {tag.name for tag in claim.tags.all()} == {"Rivers", "Dams"}
    newest = revisions.entries_of_claim(claim)[0]
    assert (newest.by, newest.why, newest.restored) == (author, "It was right.", event)
    assert "It ran south." in repr(revisions.entries_of_claim(claim))


def test_every_version_between_can_be_brought_back(claim: Claim, author: User):
    for version in range(1, 5):
        claims.edit(claim, by=author, version=version, statement=f"The river ran north {version}.")
    log = [one for one in revisions.of(claim, reader=author) if one.changes]
    for version, (wanted, number) in enumerate([(log[2], 2), (log[0], 4), (log[3], 1)], start=5):
        restoring.restore("claim", claim.pk, wanted.event, by=author, version=version)
        claim.refresh_from_db()
        assert claim.statement == f"The river ran north {number}."


def test_what_stands_there_already_is_no_new_version(claim: Claim, author: User):
    row = restoring.restore("claim", claim.pk, first_event(claim), by=author, version=1)
    assert row.version == 1


def test_a_restore_from_a_version_that_is_not_the_present_one_writes_nothing(
    claim: Claim, author: User
):
    event = first_event(claim)
    claims.edit(claim, by=author, version=1, kind=Kind.LAW)
    with pytest.raises(revisions.StaleVersion):
        restoring.restore("claim", claim.pk, event, by=author, version=1)
    claim.refresh_from_db()
    assert claim.kind == Kind.LAW


def test_an_entry_of_another_thing_is_refused(claim: Claim, author: User):
    other = make_claim(author=author)
    with pytest.raises(restoring.NoSuchVersion):
        restoring.restore("claim", claim.pk, first_event(other), by=author, version=1)


def test_a_time_beyond_a_film_that_got_shorter_is_refused_with_the_reason(
    claim: Claim, author: User, video: Video
):
    moment = claim.occurrences.get()
    event = first_event(moment)
    occurrences.edit(moment, by=author, version=1, end_ms=84_000)
    Video.objects.filter(pk=video.pk).update(duration_ms=300_000)
    with pytest.raises(ValidationError, match="The film ends at 5:00"):
        restoring.restore("occurrence", moment.pk, event, by=author, version=2)
    moment.refresh_from_db()
    assert (moment.end_ms, moment.version) == (84_000, 2)


def rewritten(row: Evidence | Comment | Speaker, by: User, **changes: Any) -> None:
    """Change a row as an edit does."""
    with revisions.recorded(by=by):
        type(row)._base_manager.filter(pk=row.pk).update(version=row.version + 1, **changes)


def test_evidence_comments_speakers_and_notes_come_back_too(
    claim: Claim, author: User, stranger: User, video: Video
):
    card = make_evidence(claim=claim, author=stranger, title="The first title")
    key = card.url_key
    rewritten(card, stranger, title="Another title", url="https://example.org/b", url_key="other")
    comment = make_comment(claim=claim, author=stranger, body="The first words.")
    rewritten(comment, stranger, body="Other words.")
    speaker = Speaker.objects.create(name="Ann Field", author=author)
    rewritten(speaker, stranger, name="Anne Field")
    note = notes.edit(video, by=author, version=0, text="The first note.")
    notes.edit(video, by=stranger, version=1, text="Another note.")
    for row, field, text in (
        (card, "title", "The first title"),
        (comment, "body", "The first words."),
        (speaker, "name", "Ann Field"),
        (note, "text", "The first note."),
    ):
        thing = str(row._meta.model_name)
        restoring.restore(thing, row.pk, first_event(row), by=stranger, version=2)
        row.refresh_from_db()
        assert (getattr(row, field), row.version) == (text, 3), thing
    assert card.url_key == key


def test_an_address_that_stands_on_another_card_now_is_refused(
    claim: Claim, author: User, stranger: User
):
    card = make_evidence(claim=claim, author=author, url="https://example.org/a")
    rewritten(card, author, url="https://example.org/b", url_key="other")
    make_evidence(claim=claim, author=stranger, url="https://example.org/a")
    with pytest.raises(ValidationError, match="same address"):
        restoring.restore("evidence", card.pk, first_event(card), by=author, version=2)


def test_only_who_may_edit_may_restore(claim: Claim, author: User, stranger: User, moderator: User):
    event = first_event(claim)
    claims.edit(claim, by=author, version=1, kind=Kind.LAW)
    for who in (stranger, moderator):
        with pytest.raises(PermissionDenied):
            restoring.restore("claim", claim.pk, event, by=who, version=2)
    moment = claim.occurrences.get()
    began = first_event(moment)
    occurrences.edit(moment, by=author, version=1, quote="other words")
    # Where something is said is everyone's to set right.
    restoring.restore("occurrence", moment.pk, began, by=stranger, version=2)


@pytest.mark.parametrize("state", [State.HIDDEN, State.LOCKED, State.WITHDRAWN])
def test_nothing_earlier_comes_back_while_a_claim_is_closed(
    claim: Claim, author: User, state: State
):
    event = first_event(claim)
    claims.edit(claim, by=author, version=1, kind=Kind.LAW)
    Claim.objects.update(state=state)
    with pytest.raises(PermissionDenied):
        restoring.restore("claim", claim.pk, event, by=author, version=2)


# --- The withdrawn --------------------------------------------------------------------


def test_an_author_brings_back_what_they_withdrew(claim: Claim, author: User):
    claims.withdraw(claim, by=author)
    row = restoring.bring_back(claim, by=author)
    assert (row.state, row.version) == (State.VISIBLE, 3)
    moment = claim.occurrences.get()
    occurrences.withdraw(moment, by=author)
    assert restoring.bring_back(moment, by=author).state == State.VISIBLE


def test_an_old_comment_cannot_be_restored_to_other_words_any_more(
    claim: Claim, stranger: User, settings: Any
):
    comment = make_comment(claim=claim, author=stranger, body="The first words.")
    first = first_event(comment)
    rewritten(comment, stranger, body="Other words.")
    settings.COMMENT_EDIT_MINUTES = 0
    with pytest.raises(PermissionDenied, match="can be changed for"):
        restoring.restore("comment", comment.pk, first, by=stranger, version=2)


def test_evidence_and_comments_that_come_back_count_again(claim: Claim, author: User):
    card = make_evidence(claim=claim, author=author, state=State.WITHDRAWN)
    comment = make_comment(claim=claim, author=author, state=State.WITHDRAWN)
    restoring.bring_back(card, by=author)
    restoring.bring_back(comment, by=author)
    claim.refresh_from_db()
    assert (claim.standing.evidence_count, claim.standing.comment_count) == (1, 1)


def test_nobody_else_brings_it_back(claim: Claim, author: User, stranger: User, moderator: User):
    claims.withdraw(claim, by=author)
    for who in (stranger, moderator):
        with pytest.raises(PermissionDenied):
            restoring.bring_back(claim, by=who)


@pytest.mark.parametrize("state", [State.VISIBLE, State.HIDDEN, State.LOCKED])
def test_only_the_withdrawn_is_brought_back(claim: Claim, author: User, state: State):
    Claim.objects.update(state=state)
    with pytest.raises(PermissionDenied):
        restoring.bring_back(claim, by=author)


def test_a_card_stays_away_where_another_of_its_address_stands(
    claim: Claim, author: User, stranger: User
):
    card = make_evidence(
        claim=claim, author=author, url="https://example.org/a", state=State.WITHDRAWN
    )
    make_evidence(claim=claim, author=stranger, url="https://example.org/a")
    with pytest.raises(ValidationError, match="same address"):
        restoring.bring_back(card, by=author)
    card.refresh_from_db()
    assert card.state == State.WITHDRAWN


@pytest.mark.parametrize("state", [State.HIDDEN, State.LOCKED, State.WITHDRAWN])
def test_nothing_comes_back_to_a_claim_that_takes_nothing_new(
    claim: Claim, author: User, stranger: User, state: State
):
    comment = make_comment(claim=claim, author=stranger, state=State.WITHDRAWN)
    Claim.objects.update(state=state)
    with pytest.raises(PermissionDenied):
        restoring.bring_back(comment, by=stranger)


def test_what_was_withdrawn_and_brought_back_is_told_to_all_again(claim: Claim, author: User):
    claims.withdraw(claim, by=author)
    assert "turned north" not in repr(revisions.entries_of_claim(claim, reader=AnonymousUser()))
    restoring.bring_back(claim, by=author)
    assert "turned north" in repr(revisions.entries_of_claim(claim, reader=AnonymousUser()))


def test_a_rated_card_goes_back_to_no_other_source_or_stance(
    claim: Claim, stranger: User, reader: User
):
    card = evidence.bring(
        claim, by=stranger, url="https://archive.example/a", title="Ice on the river",
        kind="primary", stance="supports",
    )  # fmt: skip
    begun = first_event(card)
    evidence.edit(card, by=stranger, version=1, url="https://archive.example/b", stance="refutes")
    middle = revisions.of(card, reader=stranger)[0].event
    evidence.edit(card, by=stranger, version=2, title="Ice on the upper river")
    ratings.rate(card, by=reader, rating="yes")
    with pytest.raises(ValidationError) as refusal:
        restoring.restore("evidence", card.pk, begun, by=stranger, version=3)
    assert set(refusal.value.message_dict) == {"url", "stance"}
    restoring.restore("evidence", card.pk, middle, by=stranger, version=3)
    card.refresh_from_db()
    assert (card.title, card.url) == ("Ice on the river", "https://archive.example/b")
