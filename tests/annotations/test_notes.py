"""Notes on films: one text that members write together."""

from functools import partial

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from annotations import notes, revisions
from annotations.models import NOTE_MAX, Note, State
from catalogue.models import Video
from tests.makers import make_user, make_video
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db


def test_every_member_adds_to_the_one_note(video: Video, author: User, stranger: User):
    begun = notes.edit(video, by=author, version=0, text=" A re-cut of 2019.\r\n")
    assert (begun.text, begun.version, begun.author) == ("A re-cut of 2019.", 1, author)
    added = notes.edit(video, by=stranger, version=1, text="A re-cut of 2019, shorter by a scene.")
    assert (added.pk, added.version, added.author) == (begun.pk, 2, author)
    assert [one.by for one in revisions.of(added)] == [stranger, author]


def test_a_note_that_was_written_meanwhile_is_not_overwritten(
    video: Video, author: User, stranger: User
):
    notes.edit(video, by=author, version=None, text="The author's words.")
    for version in (0, None, 7):
        with pytest.raises(revisions.StaleVersion) as stale:
            notes.edit(video, by=stranger, version=version, text="The stranger's words.")
        assert isinstance(stale.value.row, Note)
    assert Note.objects.get().text == "The author's words."


def test_nothing_changed_is_no_version(video: Video, author: User):
    note = notes.edit(video, by=author, version=0, text="Words.")
    assert notes.edit(video, by=author, version=1, text="Words. ").version == 1
    assert len(revisions.of(note)) == 1


def test_a_note_begins_with_words_and_may_be_emptied(video: Video, author: User):
    with pytest.raises(ValidationError):
        notes.edit(video, by=author, version=0, text="  ")
    assert not Note.objects.exists()
    notes.edit(video, by=author, version=0, text="Words.")
    assert notes.edit(video, by=author, version=1, text="").text == ""


@pytest.mark.parametrize("text", ["x" * (NOTE_MAX + 1), "a \0 null", "left \u202e over"])
def test_what_cannot_be_read_is_refused(video: Video, author: User, text: str):
    with pytest.raises(ValidationError):
        notes.edit(video, by=author, version=0, text=text)


@pytest.mark.parametrize("state", [State.HIDDEN, State.LOCKED])
def test_a_note_that_a_moderator_closed_is_edited_by_nobody(
    video: Video, author: User, stranger: User, state: State
):
    notes.edit(video, by=author, version=0, text="Words.")
    Note.objects.update(state=state)
    for who in (author, stranger):
        with pytest.raises(PermissionDenied):
            notes.edit(video, by=who, version=1, text="Others.")
        assert not notes.seen(video, who).may_edit


def test_a_hidden_note_is_seen_by_its_author_and_moderators(
    video: Video, author: User, stranger: User, moderator: User
):
    notes.edit(video, by=author, version=0, text="Words.")
    Note.objects.update(state=State.HIDDEN)
    assert notes.seen(video, author).text == notes.seen(video, moderator).text == "Words."
    for who in (stranger, AnonymousUser()):
        seen = notes.seen(video, who)
        assert (seen.note, seen.text, seen.is_hidden) == (None, "", True)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_begin_a_note_at_once_one_does_and_the_others_are_told():
    video, author = make_video(), make_user("author")
    results = outcomes_of_race(
        *(partial(notes.edit, video, by=author, version=0, text=f"Words {n}.") for n in range(6))
    )
    assert sum(isinstance(one, Note) for one in results) == 1
    assert sum(isinstance(one, revisions.StaleVersion) for one in results) == 5
    assert Note.objects.get().version == 1
