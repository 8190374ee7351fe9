"""The log: complete, attributed, and closed to changes."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import InternalError, transaction
from django.utils import timezone

from accounts.models import User
from annotations import claims, notes, occurrences, revisions
from annotations.models import Claim, Kind, State
from catalogue import tags as catalogue_tags
from catalogue.models import Video
from tests.makers import make_claim, make_comment, make_evidence

pytestmark = pytest.mark.django_db


def told(claim: Claim) -> list[tuple[str, str, object, object]]:
    """Return the log, oldest first: table, field, old, new."""
    log = reversed(revisions.of_claim(claim))
    return [(entry.table, entry.field, entry.old, entry.new) for entry in log]


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


def test_every_change_is_told_with_old_and_new(claim: Claim, author: User):
    claims.edit(claim, by=author, version=1, kind=Kind.CAUSE, tags=["Dams"])
    occurrences.edit(claim.occurrences.get(), by=author, version=1, end_ms=90_000)
    log = told(claim)
    assert log[-4:] == [
        ("claimtag", "tag", "Rivers", None),
        ("claimtag", "tag", None, "Dams"),
        ("claim", "kind", "other", "cause"),
        ("occurrence", "end_ms", 84_000, 90_000),
    ]
    assert ("claim", "statement", None, "The river was turned north.") in log
    assert {entry.by for entry in revisions.of_claim(claim)} == {author}


def test_a_reason_is_kept(claim: Claim, author: User):
    with revisions.recorded(by=author, why="A slip of the pen."):
        claims.edit(claim, by=author, version=1, kind=Kind.LAW)
    assert revisions.of_claim(claim)[0].why == "A slip of the pen."


@pytest.mark.django_db(transaction=True)
def test_a_change_that_went_round_the_operations_is_logged_too(claim: Claim):
    Claim.objects.filter(pk=claim.pk).update(statement="Changed behind everyone's back.")
    entry = revisions.of_claim(claim)[0]
    assert (entry.field, entry.new, entry.by) == (
        "statement",
        "Changed behind everyone's back.",
        None,
    )


@pytest.mark.parametrize("name", ["ClaimEvent", "OccurrenceEvent", "ClaimTagEvent"])
def test_the_log_refuses_changes(claim: Claim, name: str):
    log = apps.get_model("annotations", name)._default_manager
    assert log.exists()
    with pytest.raises(InternalError, match="append_only"), transaction.atomic():
        log.update(pgh_label="forged")
    with pytest.raises(InternalError, match="append_only"), transaction.atomic():
        log.all().delete()


def test_reading_the_log_costs_the_same_however_long_it_is(
    claim: Claim, author: User, django_assert_num_queries
):
    with django_assert_num_queries(10):
        revisions.of_claim(claim)
    for version in range(1, 20):
        claims.edit(claim, by=author, version=version, statement=f"The river ran north {version}.")
    with django_assert_num_queries(10):
        assert len(revisions.of_claim(claim)) > 20


# --- What is hidden or withdrawn ------------------------------------------------------


def texts(entries: list[revisions.Entry]) -> str:
    """Return all values that entries tell."""
    return repr([(one.why, one.row, one.changes) for one in entries])


def test_the_text_of_a_withdrawn_moment_is_told_to_its_author_and_moderators_only(
    claim: Claim, author: User, stranger: User, moderator: User
):
    moment = claim.occurrences.get()
    occurrences.edit(moment, by=author, version=1, quote="a slip of the tongue")
    occurrences.withdraw(moment, by=author)
    for who in (AnonymousUser(), stranger):
        log = revisions.entries_of_claim(claim, reader=who)
        assert "slip of the tongue" not in texts(log)
        # That it happened, by whom and when, is no secret.
        assert [(one.by, one.is_told) for one in log[:2]] == [(author, False)] * 2
        assert "turned north" in texts(log)
    for who in (author, moderator):
        assert "slip of the tongue" in texts(revisions.entries_of_claim(claim, reader=who))


@pytest.mark.parametrize("state", [State.HIDDEN, State.WITHDRAWN])
def test_what_stands_under_a_claim_that_is_gone_is_not_told(
    claim: Claim, author: User, stranger: User, state: State
):
    comment = make_comment(claim=claim, author=stranger, body="A word of mine.")
    Claim.objects.filter(pk=claim.pk).update(state=state)
    comment.refresh_from_db()
    assert "A word of mine." not in texts(revisions.of(comment))
    page = revisions.recent(revisions.Asked(), reader=AnonymousUser())
    assert "A word of mine." not in texts(page.items)
    assert "turned north" not in texts(page.items)
    assert "Rivers" not in texts(page.items)


def test_the_reason_of_an_edit_is_hidden_with_it(claim: Claim, author: User):
    with revisions.recorded(by=author, why="Named a person who asked not to be."):
        claims.edit(claim, by=author, version=1, kind=Kind.LAW)
    claims.withdraw(claim, by=author)
    assert "Named a person" not in texts(revisions.entries_of_claim(claim))


# --- Merges ---------------------------------------------------------------------------


def test_a_merge_shows_as_the_claim_that_a_row_belongs_to(claim: Claim, author: User):
    other = make_claim(author=author, statement="The river ran the other way by spring.")
    moment = claim.occurrences.get()
    with revisions.recorded(by=author):
        type(moment).objects.filter(pk=moment.pk).update(claim=other)
        occurrences.edit(moment, by=author, version=1, quote="after the merge")
    told_there = revisions.entries_of_claim(other)
    (moved,) = [
        one for one in told_there if one.row_id == moment.pk and one.changes[0].field == "claim"
    ]
    assert moved.changes == (revisions.Change("claim", claim.pk, other.pk),)
    assert "after the merge" in texts(told_there)
    told_here = revisions.entries_of_claim(claim)
    assert "after the merge" not in repr([one.changes for one in told_here])
    assert revisions.Change("claim", claim.pk, other.pk) in [
        change for one in told_here for change in one.changes
    ]


# --- Recent changes -------------------------------------------------------------------


def test_the_newest_change_of_all_tables_comes_first(claim: Claim, author: User, stranger: User):
    claims.edit(claim, by=author, version=1, kind=Kind.LAW)
    card = make_evidence(claim=claim, author=stranger)
    catalogue_tags.add_to_video(claim.occurrences.get().video, "Dams", by=stranger)
    notes.edit(claim.occurrences.get().video, by=stranger, version=0, text="A re-cut of 2019.")
    page = revisions.recent(revisions.Asked(), reader=AnonymousUser())
    assert [one.table for one in page.items[:4]] == ["note", "videotag", "evidence", "claim"]
    assert page.items[2].row == card
    assert page.items[0].by == page.items[1].by == stranger
    assert page.items[3].changes == (revisions.Change("kind", "other", "law"),)


def test_pages_of_changes_neither_repeat_nor_leave_out(claim: Claim, author: User):
    for version in range(1, 12):
        claims.edit(claim, by=author, version=version, statement=f"The river ran north {version}.")
    everything = revisions.recent(revisions.Asked(), reader=author, size=100).items
    keys = [(one.table, one.event) for one in everything]
    cursor: str | None = ""
    found: list[tuple[str, int]] = []
    while cursor is not None:
        page = revisions.recent(revisions.Asked(), reader=author, cursor=cursor, size=3)
        found += [(one.table, one.event) for one in page.items]
        cursor, last = page.next_cursor, page
    assert found == keys
    assert last.previous_cursor
    back = revisions.recent(revisions.Asked(), reader=author, cursor=last.previous_cursor, size=3)
    before = len(keys) - len(last.items)
    assert [(one.table, one.event) for one in back.items] == keys[before - 3 : before]


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WyJyZWNlbnQiLDAsWzEsMiwzXSwwXQ"])
def test_a_cursor_of_another_list_is_refused(cursor: str):
    if not cursor:
        assert revisions.recent(revisions.Asked(), reader=AnonymousUser()).items == []
        return
    with pytest.raises(ValidationError):
        revisions.recent(revisions.Asked(), reader=AnonymousUser(), cursor=cursor)


def test_changes_of_one_film_one_person_one_thing_and_since(
    claim: Claim, author: User, stranger: User, video: Video
):
    other = make_claim(author=author, statement="Nothing to do with that film.")
    notes.edit(video, by=stranger, version=None, text="A re-cut of 2019.")
    with revisions.recorded(by=author):
        make_comment(claim=other, author=stranger)

    def found(**asked: Any) -> set[tuple[str, int]]:
        page = revisions.recent(revisions.Asked(**asked), reader=AnonymousUser(), size=100)
        return {(one.table, one.row_id) for one in page.items}

    of_film = found(video=video)
    assert {("claim", claim.pk), ("note", video.note.pk)} <= of_film
    assert ("claim", other.pk) not in of_film
    assert {table for table, _row in of_film} == {"claim", "occurrence", "claimtag", "note"}
    assert found(person=stranger) == {("note", video.note.pk)}
    assert found(table="claim", row_id=claim.pk) == {("claim", claim.pk)}
    assert found(table="comment") == {("comment", other.comments.get().pk)}
    assert found(since=timezone.now()) == set()


def test_recent_changes_cost_the_same_however_many_there_are(
    claim: Claim, author: User, stranger: User, django_assert_max_num_queries
):
    make_evidence(claim=claim, author=stranger)
    make_comment(claim=claim, author=stranger)
    video = claim.occurrences.get().video
    notes.edit(video, by=author, version=0, text="A note.")
    for number in range(30):
        catalogue_tags.add_to_video(video, f"Tag {number}", by=author)
        claims.edit(claim, by=author, version=number + 1, statement=f"It ran north {number}.")
        notes.edit(video, by=author, version=number + 1, text=f"A note {number}.")
    with django_assert_max_num_queries(12):
        assert len(revisions.recent(revisions.Asked(), reader=author, size=100).items) > 80
