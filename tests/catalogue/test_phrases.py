"""What the sweep finds of watched phrases, in which text, and what that costs."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from catalogue import ingest, phrases, transcripts, watches
from catalogue.models import FreshText, PhraseMatch, PhraseWatch, TranscriptKind, Video, WatchPlace
from catalogue.records.cues import Cue as RecordCue
from tests.makers import RECORDED, make_record, make_user, make_video
from tests.racing import race

pytestmark = pytest.mark.django_db


def say(video: Video, language: str, *lines: str, kind: str = TranscriptKind.MANUAL) -> None:
    """Store a transcript whose lines take a second each."""
    cues = [RecordCue(at * 1000, at * 1000 + 900, line) for at, line in enumerate(lines)]
    transcripts.store(video, language=language, cues=cues, kind=kind)


def watch(by: User, phrase: str, **fields: object) -> PhraseWatch:
    return watches.create(by=by, phrase=phrase, **fields)  # type: ignore[arg-type]


def sweep() -> int:
    """Sweep until nothing is left; return how many texts that were."""
    total = 0
    while count := phrases.find_fresh(now=timezone.now()):
        total += count
    return total


def found(row: PhraseWatch) -> list[tuple[str, int | None, str, int]]:
    """Return film, second, line and number of lines of what was found, in order."""
    sweep()
    return [
        (match.video.title, match.start_ms, match.line, match.count)
        for match in row.matches.select_related("video").order_by("pk")
    ]


# --- What matches -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "title", "matches"),
    [
        ("social credit", "China’s Social Credit System", True),
        ("social credit", "Social Credits, explained", True),
        ("rivers", "The River That Was Moved", True),
        ("social credit", "Credit for social work", False),
        ("social credit", "Social media and credit", False),
        ("art", "The Party", False),
        ("well-known fact", "A Well-Known Fact", True),
        ("社会信用", "中国的社会信用体系", True),
        ("社会 信用", "中国的社会信用体系", True),
        ("信用社会", "中国的社会信用体系", False),
        ("北京", "北京的冬天", True),
        ("الماء", "طريق الماء", True),
        ("река", "Река, которую повернули", True),
    ],
)
def test_a_title_matches_by_the_rules_of_search_with_its_words_side_by_side(
    author: User, phrase: str, title: str, matches: bool
):
    row = watch(author, phrase)
    make_video(title=title)
    assert found(row) == ([(title, None, title, 0)] if matches else [])


@pytest.mark.parametrize(
    ("language", "phrase", "line", "matches"),
    [
        ("en", "social credit", "what social credits are", True),
        ("en", "social credit", "credit is social", False),
        ("en", "to the river", "he went to the rivers", True),
        ("en-GB", "rivers", "a river", True),
        ("de", "grüner Apfel", "die grünen Äpfel", True),
        ("cs", "rivers", "a river", False),
        ("cs", "rivers", "two Rivers", True),
        ("zh", "社会信用", "中国的社会信用体系", True),
        ("zh", "社会信用", "信用 社会", False),
        ("zh", "社会信用", "社 会 信 用", True),
        ("ja", "iPhone 手機", "これはＩＰＨＯＮＥ手機です", True),
        ("th", "น้ำ", "แม่น้ำ", True),
    ],
)
def test_a_line_matches_by_the_rules_of_its_own_language(
    author: User, language: str, phrase: str, line: str, matches: bool
):
    row = watch(author, phrase, place=WatchPlace.TRANSCRIPTS)
    say(make_video(title="A film"), language, "Nothing", line)
    assert found(row) == ([("A film", 1000, line, 1)] if matches else [])


def test_the_first_line_and_the_number_of_lines_are_kept_once_a_film(author: User):
    row = watch(author, "the wells")
    video = make_video(title="The Wells of Law")
    say(video, "en", "Silence", "the wells", "more of the wells", "Silence")
    assert found(row) == [("The Wells of Law", 1000, "the wells", 2)]
    match = row.matches.get()
    assert (match.in_title, match.language, match.seen_at, match.mail_due_at) == (
        True, "en", None, None,
    )  # fmt: skip


def test_where_and_in_which_language_narrow_what_is_told(author: User):
    in_title = watch(author, "wells", place=WatchPlace.TITLES)
    said = watch(author, "wells", place=WatchPlace.TRANSCRIPTS)
    english = watch(author, "wells", language="en")
    french = watch(author, "wells", language="fr")
    make_video(title="Wells", language="en-GB")
    make_video(title="Wells of nobody knows which language", language="")
    say(make_video(title="Talk", language="fr"), "fr", "wells")
    titles = {"Wells", "Wells of nobody knows which language"}
    assert {film for film, *_rest in found(in_title)} == titles
    assert {film for film, *_rest in found(said)} == {"Talk"}
    assert {film for film, *_rest in found(english)} == titles
    assert {film for film, *_rest in found(french)} == {
        "Wells of nobody knows which language", "Talk",
    }  # fmt: skip


def test_where_a_person_wrote_a_transcript_the_machines_is_passed_over(author: User):
    row = watch(author, "wells")
    video = make_video(title="A film")
    say(video, "en", "whales", kind=TranscriptKind.MANUAL)
    say(video, "en", "wells", kind=TranscriptKind.AUTOMATIC)
    assert found(row) == []


def test_of_several_transcripts_that_of_the_film_s_own_language_is_kept(author: User):
    row = watch(author, "Orrin")
    video = make_video(title="A film", language="fr")
    say(video, "en", "Orrin")
    say(video, "fr", "silence", "silence", "Orrin")
    assert found(row) == [("A film", 2000, "Orrin", 1)]


# --- What counts as come in -------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_was_there_before_is_not_told_and_what_comes_after_is():
    member = make_user("member")
    before = make_video(title="Wells of before")
    row = watch(member, "wells")
    make_video(title="Wells of after")
    assert [film for film, *_rest in found(row)] == ["Wells of after"]
    say(before, "en", "now the wells are spoken of")
    assert [film for film, *_rest in found(row)] == ["Wells of after", "Wells of before"]


@pytest.mark.django_db(transaction=True)
def test_a_film_that_was_still_coming_in_when_the_watch_began_is_told():
    member = make_user("member")

    def begin() -> None:
        watch(member, "wells")

    with transaction.atomic():
        make_video(title="Wells of a long import")
        race(begin)
        row = PhraseWatch.objects.get()
        assert FreshText.objects.get().noted_at < row.since_at
    assert [film for film, *_rest in found(row)] == ["Wells of a long import"]


@pytest.mark.django_db(transaction=True)
def test_after_a_restore_transactions_are_numbered_anew_and_films_are_still_told():
    row = watch(make_user("member"), "wells")
    # A dump keeps the snapshot; the new database begins to count far below it.
    far = "900000000:900000000:"
    PhraseWatch.objects.update(since=far)
    make_video(title="Wells")
    assert [film for film, *_rest in found(row)] == ["Wells"]


def test_a_title_that_changes_is_told_once_it_has_the_phrase_and_not_if_it_had_it(author: User):
    record = make_record(title="A film", tags=())
    ingest.run([record], source="test", by=None)
    row = watch(author, "wells")
    assert found(row) == []
    day = timedelta(days=1)
    ingest.run([replace(record, title="Wells", recorded_at=RECORDED + day)], source="t", by=None)
    assert [film for film, *_rest in found(row)] == ["Wells"]
    later = watch(author, "wells", place=WatchPlace.TITLES)
    newest = replace(record, title="Wells, recut", recorded_at=RECORDED + 2 * day)
    ingest.run([newest], source="t", by=None)
    assert found(later) == []


def test_a_transcript_that_comes_later_adds_its_line_to_what_was_found_and_is_not_new_again(
    author: User,
):
    row = watch(author, "wells")
    video = make_video(title="Wells")
    assert found(row) == [("Wells", None, "Wells", 0)]
    watches.mark_seen(row, by=author)
    say(video, "en", "silence", "wells")
    assert found(row) == [("Wells", 1000, "wells", 1)]
    say(video, "en", "wells", "wells")
    assert found(row) == [("Wells", 0, "wells", 2)]
    assert watches.count_unseen(author) == 0


def test_a_replaced_transcript_is_searched_again(author: User):
    video = make_video(title="A film")
    say(video, "en", "whales")
    row = watch(author, "wells")
    assert found(row) == []
    say(video, "en", "wells")
    assert found(row) == [("A film", 0, "wells", 1)]


def test_nothing_is_found_for_who_paused_and_of_those_who_left(author: User, reader: User):
    paused = watch(author, "wells")
    watches.edit(paused, by=author, is_active=False)
    left = watch(reader, "wells")
    reader.is_active = False
    reader.save(update_fields=["is_active"])
    make_video(title="Wells")
    assert (found(paused), found(left)) == ([], [])


def test_films_and_transcripts_that_went_before_the_sweep_are_passed_over(author: User):
    row = watch(author, "wells")
    done = ingest.run([make_record(title="Wells")], source="test", by=None)
    say(make_video(title="A film"), "en", "wells")
    Video.objects.get(title="A film").transcripts.all().delete()
    ingest.undo(done, by=None)
    assert sweep() == 3
    assert found(row) == []


def test_a_match_does_not_keep_a_film_from_being_taken_back(author: User):
    row = watch(author, "wells")
    done = ingest.run([make_record(title="Wells")], source="test", by=None)
    assert len(found(row)) == 1
    assert ingest.undo(done, by=None).removed == 1
    assert not PhraseMatch.objects.exists()


# --- The queue ----------------------------------------------------------------------------


def test_every_way_in_is_noted_once(author: User):
    record = make_record(title="A film")
    ingest.run([record, make_record()], source="test", by=None)
    assert FreshText.objects.count() == 2
    ingest.run([record], source="test", by=None)
    later = RECORDED + timedelta(days=1)
    ingest.run([replace(record, category="Law", recorded_at=later)], source="test", by=None)
    assert FreshText.objects.count() == 2
    video = Video.objects.get(title="A film")
    say(video, "en", "one")
    say(video, "en", "one")
    assert FreshText.objects.count() == 3
    say(video, "en", "two")
    assert FreshText.objects.count() == 4


def test_without_a_watch_what_came_in_is_forgotten(author: User):
    make_video()
    make_video()
    assert sweep() == 2
    assert not FreshText.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_ends_half_way_leaves_everything_to_the_next():
    row = watch(make_user("member"), "wells")
    make_video(title="Wells")

    with transaction.atomic():
        assert phrases.find_fresh(now=timezone.now()) == 1
        assert PhraseMatch.objects.count() == 1
        transaction.set_rollback(True)
    assert (FreshText.objects.count(), PhraseMatch.objects.count()) == (1, 0)
    assert len(found(row)) == 1


@pytest.mark.django_db(transaction=True)
def test_many_sweeps_at_once_find_each_film_once():
    row = watch(make_user("member"), "wells")
    ingest.run([make_record(title=f"Wells {n}") for n in range(40)], source="test", by=None)
    race(*(partial(phrases.find_fresh, now=timezone.now(), limit=7) for _n in range(6)))
    assert len(found(row)) == 40


@pytest.mark.django_db(transaction=True)
def test_who_begins_to_watch_while_films_come_in_misses_none_and_is_told_none_twice():
    members = [make_user(f"member{n}") for n in range(3)]

    def bring(number: int) -> None:
        ingest.run(
            [make_record(title=f"Wells {number}-{n}") for n in range(5)], source="test", by=None
        )

    race(
        *(partial(bring, number) for number in range(3)),
        *(partial(watch, member, "wells") for member in members),
        *(partial(phrases.find_fresh, now=timezone.now()) for _n in range(2)),
    )
    sweep()
    for row in PhraseWatch.objects.all():
        unseen = RawSQL(
            "NOT txid_visible_in_snapshot(xmin::text::bigint, %s::txid_snapshot)",
            [row.since],
            output_field=BooleanField(),
        )
        after = Video.objects.filter(unseen).values_list("pk", flat=True)
        assert sorted(row.matches.values_list("video", flat=True)) == sorted(after)


def test_a_sweep_costs_the_same_for_few_and_many_watches_films_and_lines(author: User):
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert phrases.find_fresh(now=timezone.now())
        return len(captured)

    for number in range(3):
        watch(author, f"phrase {number}")
    say(make_video(title="phrase 1"), "en", "phrase 2")
    few = cost()
    for number in range(3, 60):
        watch(author, f"phrase {number}")
    for number in range(30):
        say(make_video(title=f"phrase {number}"), "en", *[f"phrase {number + 1}"] * 9)
    assert cost() == few
    assert PhraseMatch.objects.count() > 60


def test_a_phrase_of_common_words_only_says_nothing_to_english():
    assert not phrases.says_something("to be or not to be", is_title=True)
    assert phrases.says_something("to be or not to be", is_title=False)
    assert phrases.says_something("of rivers", is_title=True)
    assert phrases.says_something("社会", is_title=True)
