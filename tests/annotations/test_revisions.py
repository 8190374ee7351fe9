"""The log: complete, attributed, and closed to changes."""

import pytest
from django.apps import apps
from django.db import InternalError, transaction

from accounts.models import User
from annotations import claims, occurrences, revisions
from annotations.models import Claim, Kind
from catalogue.models import Video

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
    with django_assert_num_queries(4):
        revisions.of_claim(claim)
    for version in range(1, 20):
        claims.edit(claim, by=author, version=version, statement=f"The river ran north {version}.")
    with django_assert_num_queries(4):
        assert len(revisions.of_claim(claim)) > 20
