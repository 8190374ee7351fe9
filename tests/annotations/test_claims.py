"""Marking, editing and withdrawing claims."""

from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from annotations import claims, occurrences, revisions
from annotations.models import Claim, Kind, Occurrence, State
from catalogue.models import Tag, Video
from tests.makers import make_claim, make_user, make_video
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db
STATEMENT = "The river was turned north within a single winter."


def mark(video: Video, by: User, **fields: Any) -> Claim:
    given: dict[str, Any] = {"statement": STATEMENT, "start_ms": 72_000, "end_ms": 84_000} | fields
    return claims.create(by=by, video=video, **given)


def test_a_claim_is_marked_with_its_moment_tags_and_author(video: Video, author: User):
    claim = mark(
        video,
        author,
        statement="  The river was turned north\n within a single winter. ",
        kind=Kind.CAUSE,
        quote=" it ran north ",
        speaker="Ada Brook",
        speaker_role="engineer",
        tags=["Rivers", "Cold War"],
    )
    claim = Claim.objects.for_page().get(pk=claim.pk)
    assert (claim.statement, claim.kind, claim.author) == (STATEMENT, Kind.CAUSE, author)
    assert [tag.name for tag in claim.tags.all()] == ["Rivers", "Cold War"]
    (occurrence,) = claim.occurrences.all()
    assert (occurrence.start_ms, occurrence.end_ms, occurrence.quote) == (
        72_000,
        84_000,
        "it ran north",
    )
    assert occurrence.video_duration_ms == 586_000


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"statement": "Too short"}, {"statement"}),
        ({"statement": " " * 50}, {"statement"}),
        ({"statement": "x" * 281}, {"statement"}),
        ({"statement": "With a NUL \0 in the middle"}, {"statement"}),
        ({"kind": "rumour"}, {"kind"}),
        ({"language": "x" * 36}, {"language"}),
        ({"language": ""}, {"language"}),
        ({"language": "en_US!"}, {"language"}),
        ({"quote": "half a character: \ud800"}, {"quote"}),
        ({"speaker": "a\x1bb"}, {"speaker"}),
        ({"start_ms": 84_000}, {"end_ms"}),
        ({"start_ms": -1}, {"start_ms"}),
        ({"end_ms": 2**40}, {"end_ms"}),
        ({"end_ms": 586_001}, {"end_ms"}),
        ({"start_ms": 586_000, "end_ms": 586_001}, {"start_ms"}),
        ({"quote": "q" * 501}, {"quote"}),
        ({"speaker": "s" * 201}, {"speaker"}),
        ({"tags": [""]}, {"tags"}),
        ({"tags": [f"tag {n}" for n in range(21)]}, {"tags"}),
        (
            {"statement": "short", "end_ms": 1, "tags": ["\0"], "quote": "q" * 501},
            {"statement", "end_ms", "tags", "quote"},
        ),
    ],
)
def test_all_that_is_wrong_is_told_at_once_and_nothing_is_stored(
    video: Video, author: User, fields: dict[str, Any], wrong: set[str]
):
    with pytest.raises(ValidationError) as refusal:
        mark(video, author, **fields)
    assert set(refusal.value.message_dict) == wrong
    assert not Claim.objects.exists()
    assert not Occurrence.objects.exists()
    assert not Tag.objects.exists()


def test_a_claim_takes_ten_minutes_at_most(author: User):
    film = make_video(duration_ms=5_400_000)
    assert mark(film, author, start_ms=0, end_ms=600_000)
    with pytest.raises(ValidationError) as refusal:
        mark(film, author, start_ms=0, end_ms=600_001)
    assert set(refusal.value.message_dict) == {"end_ms"}


def test_a_film_of_unknown_length_takes_any_time(author: User):
    claim = mark(make_video(duration_ms=None), author, start_ms=9_000_000, end_ms=9_001_000)
    assert claim.occurrences.get().video_duration_ms is None


def test_an_edit_changes_what_is_given_and_counts_the_version_up(author: User):
    claim = make_claim(author=author, tags=["Rivers", "Ice"])
    edited = claims.edit(
        claim,
        by=author,
        version=1,
        statement="The river  ran north by the spring.",
        tags=["Ice", "Dams"],
    )
    assert (edited.statement, edited.version) == ("The river ran north by the spring.", 2)
    assert edited.edited_at
    assert {tag.name for tag in edited.tags.all()} == {"Ice", "Dams"}


def test_an_edit_that_changes_nothing_writes_nothing(author: User):
    claim = make_claim(author=author, tags=["Rivers"])
    log = revisions.of_claim(claim)
    same = claims.edit(claim, by=author, version=1, statement=claim.statement, tags=["rivers"])
    assert (same.version, same.edited_at) == (1, None)
    assert revisions.of_claim(claim) == log


def test_a_stale_edit_is_refused_and_told_what_stands_there_now(author: User):
    claim = make_claim(author=author)
    claims.edit(claim, by=author, version=1, kind=Kind.CAUSE)
    with pytest.raises(revisions.StaleVersion) as stale:
        claims.edit(claim, by=author, version=1, statement="Something else altogether.")
    assert isinstance(stale.value.row, Claim)
    assert stale.value.row.kind == Kind.CAUSE
    assert Claim.objects.get().version == 2


def test_a_bad_edit_stores_nothing(author: User):
    claim = make_claim(author=author, tags=["Rivers"])
    with pytest.raises(ValidationError) as refusal:
        claims.edit(claim, by=author, version=1, statement="short", kind="rumour", tags=["\0"])
    assert set(refusal.value.message_dict) == {"statement", "kind", "tags"}
    claim.refresh_from_db()
    assert (claim.version, claim.tags.get().name) == (1, "Rivers")


def test_only_its_author_edits_or_withdraws_a_claim(author: User, stranger: User, moderator: User):
    claim = make_claim(author=author)
    for member in (stranger, moderator):
        with pytest.raises(PermissionDenied):
            claims.edit(claim, by=member, version=1, kind=Kind.LAW)
        with pytest.raises(PermissionDenied):
            claims.withdraw(claim, by=member)
    assert Claim.objects.get().state == State.VISIBLE


def test_a_withdrawn_claim_is_gone_and_the_log_still_has_it(author: User, video: Video):
    claim = mark(video, author)
    claims.withdraw(claim, by=author)
    assert not Claim.objects.visible().exists()
    assert not Occurrence.objects.visible().exists()
    assert not Occurrence.objects.for_watch(video).exists()
    log = revisions.of_claim(Claim.objects.get(), reader=author)
    assert (log[0].field, log[0].old, log[0].new, log[0].by) == (
        "state",
        "visible",
        "withdrawn",
        author,
    )
    assert ("statement", None, STATEMENT) in [(r.field, r.old, r.new) for r in log]
    for again in (claims.withdraw, lambda row, by: claims.edit(row, by=by, version=2)):
        with pytest.raises(PermissionDenied):
            again(claim, by=author)


def test_no_claim_is_marked_in_a_film_that_was_taken_back_meanwhile(video: Video, author: User):
    seen_before = Video.objects.get(pk=video.pk)
    video.delete()
    with pytest.raises(Video.DoesNotExist, match="no longer in the catalogue"):
        mark(seen_before, author)
    assert not Claim.objects.exists()


def test_a_claim_is_made_in_several_films(author: User, stranger: User):
    claim = make_claim(author=author)
    other = make_video()
    added = occurrences.add(claim, by=stranger, video=other, start_ms=1000, end_ms=2000)
    assert claim.occurrences.count() == 2
    assert [o.claim for o in Occurrence.objects.for_watch(other)] == [claim]
    with pytest.raises(PermissionDenied):
        occurrences.withdraw(added, by=author)
    occurrences.withdraw(added, by=stranger)
    assert not Occurrence.objects.for_watch(other).exists()
    claims.withdraw(claim, by=author)
    with pytest.raises(PermissionDenied):
        occurrences.add(claim, by=stranger, video=other, start_ms=1000, end_ms=2000)


def test_an_occurrence_is_edited_and_keeps_the_length_seen_then(author: User, video: Video):
    occurrence = mark(video, author).occurrences.get()
    video.duration_ms = 500_000
    video.save(update_fields=["duration_ms"])
    quoted = occurrences.edit(occurrence, by=author, version=1, quote=" north ")
    assert (quoted.quote, quoted.video_duration_ms, quoted.version) == ("north", 586_000, 2)
    moved = occurrences.edit(quoted, by=author, version=2, start_ms=80_000)
    assert (moved.start_ms, moved.video_duration_ms) == (80_000, 500_000)
    with pytest.raises(ValidationError) as refusal:
        occurrences.edit(moved, by=author, version=3, end_ms=550_000)
    assert set(refusal.value.message_dict) == {"end_ms"}
    with pytest.raises(revisions.StaleVersion):
        occurrences.edit(moved, by=author, version=1, quote="x")


def test_claims_of_a_film_come_in_film_order_with_a_constant_number_of_queries(
    author: User, video: Video, django_assert_num_queries
):
    def read() -> list[tuple[int, str, list[str]]]:
        return [
            (o.start_ms, o.claim.author.username, [t.name for t in o.claim.tags.all()])
            for o in Occurrence.objects.for_watch(video)
        ]

    make_claim(author=author, video=video, start_ms=9000, end_ms=9500, tags=["B"])
    make_claim(author=author, video=video, start_ms=3000, end_ms=9500, tags=["A"])
    with django_assert_num_queries(2):
        assert [row[0] for row in read()] == [3000, 9000]
    for number in range(40):
        make_claim(author=author, video=video, tags=[f"tag {number}", "A"])
    with django_assert_num_queries(2):
        assert len(read()) == 42


# --- At once --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_nothing_is_added_to_a_claim_while_it_is_withdrawn():
    author, stranger = make_user("author"), make_user("stranger")
    for _ in range(5):
        claim = make_claim(author=author)
        film = make_video()
        results = outcomes_of_race(
            partial(claims.withdraw, claim, by=author),
            partial(occurrences.add, claim, by=stranger, video=film, start_ms=0, end_ms=1),
            partial(claims.edit, claim, by=author, version=1, kind=Kind.LAW),
        )
        assert all(
            isinstance(r, Claim | Occurrence | PermissionDenied | revisions.StaleVersion)
            for r in results
        ), results
        claim.refresh_from_db()
        assert claim.state == State.WITHDRAWN
        assert not Occurrence.objects.for_watch(film).exists()


def test_a_claim_that_cannot_be_checked_is_filed_until_it_can(author: User, video: Video):
    claim = claims.create(
        by=author, statement="Everybody loved that river.", video=video, start_ms=0, end_ms=1000,
        not_checkable_why=" a matter\n of taste ",
    )  # fmt: skip
    assert (claim.is_judged, claim.not_checkable_why) == (False, "a matter of taste")
    row = claims.edit(claim, by=author, version=1, not_checkable_why="")
    assert row.is_judged
    row.refresh_from_db()
    assert row.is_checkable
