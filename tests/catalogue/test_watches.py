"""Watches: making, changing and deleting them, and what is new of what they found."""

from functools import partial
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from catalogue import phrases, transcripts, watches
from catalogue.models import PhraseMatch, PhraseWatch, WatchPlace
from catalogue.records.cues import Cue as RecordCue
from tests.makers import make_user, make_video
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db


def confirm(member: User) -> None:
    EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)


def bring(*titles: str) -> None:
    """Bring films in, and sweep."""
    for title in titles:
        make_video(title=title)
    phrases.find_fresh(now=timezone.now())


def wrong(call: Any, **fields: Any) -> dict[str, str | None]:
    """Return the code of each field that is refused."""
    with pytest.raises(ValidationError) as told:
        call(**fields)
    return {name: errors[0].code for name, errors in told.value.error_dict.items()}


# --- Making -----------------------------------------------------------------------------


def test_a_watch_keeps_its_phrase_in_one_spelling(author: User):
    row = watches.create(by=author, phrase=" “Social\n  Credit” ", language="EN-gb")
    row.refresh_from_db()
    assert (row.phrase, row.language, row.place, row.by_mail, row.is_active) == (
        "Social Credit", "en-GB", "both", False, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"phrase": ""}, {"phrase": "blank"}),
        ({"phrase": "a"}, {"phrase": "min_length"}),
        ({"phrase": "“”"}, {"phrase": "blank"}),
        ({"phrase": "-- !"}, {"phrase": "min_length"}),
        ({"phrase": "x" * 201}, {"phrase": "max_length"}),
        ({"phrase": "a\0b"}, {"phrase": "unreadable"}),
        ({"phrase": "a\ud800b"}, {"phrase": "unreadable"}),
        ({"phrase": "to be or not to be", "place": "titles"}, {"phrase": "common"}),
        ({"place": "everywhere"}, {"place": "invalid_choice"}),
        ({"language": "English"}, {"language": "language"}),
        ({"by_mail": True}, {"by_mail": "unverified"}),
        (
            {"phrase": "", "language": "?", "by_mail": True},
            {"phrase": "blank", "language": "language", "by_mail": "unverified"},
        ),
    ],
)
def test_what_is_wrong_is_told_at_once_by_field(
    author: User, fields: dict[str, Any], codes: dict[str, str]
):
    given = {"phrase": "social credit", **fields}
    assert wrong(watches.create, by=author, **given) == codes
    assert not PhraseWatch.objects.exists()


@pytest.mark.parametrize("phrase", ["ﷺ" * 200, "北京", "C++", "a1", "İİ", "🎬 film", "%s_'\\"])
def test_any_readable_phrase_can_be_watched_for(author: User, phrase: str):
    row = watches.create(by=author, phrase=phrase)
    bring("Something else", phrase[:100])
    assert row.matches.count() <= 1


def test_the_same_is_watched_for_once(author: User, reader: User):
    watches.create(by=author, phrase="social credit")
    assert wrong(watches.create, by=author, phrase='"Social  Credit"') == {"phrase": "exists"}
    watches.create(by=author, phrase="social credit", place=WatchPlace.TITLES)
    watches.create(by=author, phrase="social credit", language="en")
    watches.create(by=reader, phrase="social credit")


def test_a_member_watches_for_a_hundred_phrases(author: User):
    for number in range(watches.PER_MEMBER_MAX):
        watches.create(by=author, phrase=f"phrase {number}")
    assert wrong(watches.create, by=author, phrase="one more") == {"phrase": "too_many"}


@pytest.mark.django_db(transaction=True)
def test_of_many_who_make_the_same_watch_at_once_one_is_made():
    member = make_user("member")
    make = partial(watches.create, by=member, phrase="social credit")
    outcomes = outcomes_of_race(*[make] * 4)
    assert sorted(type(one).__name__ for one in outcomes) == [
        "PhraseWatch", *["ValidationError"] * 3,
    ]  # fmt: skip


# --- What matches already -----------------------------------------------------------------


def test_what_is_there_already_is_counted_by_film(author: User, django_assert_max_num_queries):
    one, two = make_video(title="Wells"), make_video(title="Well, well")
    make_video(title="A film", description="about wells", language="en")
    cues = [RecordCue(0, 900, "the wells"), RecordCue(1000, 1900, "deep wells")]
    for video in (one, make_video(title="A talk")):
        transcripts.store(video, language="en", cues=cues)
    two.language = "fr"
    two.save(update_fields=["language"])
    with django_assert_max_num_queries(3):
        assert watches.count_present("wells", "both") == watches.Present(3, is_more=False)
    assert watches.count_present("wells", "titles").count == 2
    assert watches.count_present("wells", "titles", "en").count == 1
    assert watches.count_present("wells", "transcripts").count == 2
    assert watches.count_present("dry wells", "transcripts").count == 0
    make_video(title="北京的冬天")
    assert watches.count_present("北京", "both").count == 1


# --- Changing -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_another_phrase_counts_from_now_on_and_what_was_found_stays():
    member = make_user("member")
    row = watches.create(by=member, phrase="wells")
    bring("Wells", "Rivers of before")
    watches.edit(row, by=member, phrase="rivers")
    bring("Rivers of after", "More wells")
    assert sorted(row.matches.values_list("video__title", flat=True)) == [
        "Rivers of after", "Wells",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_what_came_in_during_a_pause_is_not_told():
    member = make_user("member")
    row = watches.create(by=member, phrase="wells")
    watches.edit(row, by=member, is_active=False)
    make_video(title="Wells of the pause")
    watches.edit(row, by=member, is_active=True)
    bring("Wells of after")
    assert [match.video.title for match in row.matches.all()] == ["Wells of after"]


@pytest.mark.django_db(transaction=True)
def test_an_edit_that_asks_for_the_same_loses_nothing_that_waits():
    member = make_user("member")
    row = watches.create(by=member, phrase="wells")
    make_video(title="Wells")
    watches.edit(row, by=member, phrase=" wells", place="both", language="", is_active=True)
    bring()
    assert row.matches.count() == 1


def test_only_the_owner_changes_and_deletes_a_watch(author: User, stranger: User):
    row = watches.create(by=author, phrase="wells")
    with pytest.raises(PhraseWatch.DoesNotExist):
        watches.edit(row, by=stranger, is_active=False)
    watches.remove(row, by=stranger)
    assert PhraseWatch.objects.get().is_active
    with pytest.raises(TypeError):
        watches.edit(row, by=author, owner=stranger)
    assert wrong(watches.edit, watch=row, by=author, phrase="x") == {"phrase": "min_length"}
    bring("Wells")
    for _again in range(2):
        watches.remove(row, by=author)
    assert not PhraseMatch.objects.exists()


def test_an_edit_does_not_make_two_alike(author: User):
    watches.create(by=author, phrase="wells")
    row = watches.create(by=author, phrase="rivers")
    assert wrong(watches.edit, watch=row, by=author, phrase="Wells") == {"phrase": "exists"}


# --- What is new --------------------------------------------------------------------------


def test_what_was_found_is_new_until_it_is_seen(author: User, stranger: User):
    row = watches.create(by=author, phrase="wells")
    bring("Wells one", "Wells two")
    assert watches.count_unseen(author) == 2
    assert watches.mark_seen(row, by=stranger) == 0
    first = row.matches.earliest("pk")
    assert watches.mark_seen(row, by=author, until=first.pk) == 1
    assert watches.count_unseen(author) == 1
    assert watches.mark_seen(row, by=author) == 1
    assert watches.mark_seen(row, by=author) == 0
    assert watches.count_unseen(author) == 0


def test_the_number_that_is_new_costs_one_query_and_ends_at_a_hundred(
    author: User, django_assert_num_queries
):
    for phrase in ("wells", "deep"):
        watches.create(by=author, phrase=phrase)
    bring(*(f"Deep wells {number}" for number in range(60)))
    with django_assert_num_queries(1):
        assert watches.count_unseen(author) == 100


def test_without_mail_and_in_a_pause_no_letter_is_due(author: User):
    confirm(author)
    row = watches.create(by=author, phrase="wells", by_mail=True)
    bring("Wells one")
    due = row.matches.filter(mail_due_at__isnull=False)
    assert due.count() == 1
    watches.edit(row, by=author, by_mail=False)
    assert due.count() == 0
    watches.edit(row, by=author, by_mail=True)
    bring("Wells two")
    assert due.count() == 1
    watches.edit(row, by=author, is_active=False)
    assert due.count() == 0
