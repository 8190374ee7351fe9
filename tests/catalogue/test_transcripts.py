"""Transcripts are stored and replaced as a whole."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from catalogue import transcripts
from catalogue.models import Cue, Outcome, Transcript, Video
from catalogue.records import cues as records

pytestmark = pytest.mark.django_db

CUES = (records.Cue(0, 1500, "One"), records.Cue(1500, 3000, "Two\nlines"))


def test_transcript_is_stored_in_order(video: Video):
    stored = transcripts.store(video, language="en", cues=CUES).transcript
    assert list(stored.cues.values_list("start_ms", "end_ms", "text")) == [
        (0, 1500, "One"),
        (1500, 3000, "Two\nlines"),
    ]
    assert (stored.language, stored.kind) == ("en", "manual")


def test_storing_again_replaces_the_text(video: Video):
    first = transcripts.store(video, language="en", cues=CUES)
    again = transcripts.store(video, language="en", cues=[records.Cue(0, 10, "New")])
    assert first.transcript.pk == again.transcript.pk
    assert (first.outcome, again.outcome) == (Outcome.CREATED, Outcome.UPDATED)
    assert [cue.text for cue in Cue.objects.all()] == ["New"]


def test_languages_and_kinds_stand_beside_each_other(video: Video):
    transcripts.store(video, language="en", cues=CUES)
    transcripts.store(video, language="fr", cues=CUES)
    transcripts.store(video, language="en", kind="automatic", cues=CUES)
    assert Transcript.objects.filter(video=video).count() == 3


def test_broken_cues_leave_the_old_text(video: Video):
    transcripts.store(video, language="en", cues=CUES)
    with pytest.raises(Exception, match="cue_has_length"):
        transcripts.store(video, language="en", cues=[records.Cue(10, 10, "Nothing")])
    assert Cue.objects.count() == 2


def test_the_same_text_again_touches_nothing(video: Video):
    transcripts.store(video, language="en", cues=CUES)
    before = list(Cue.objects.values_list("pk"))
    assert transcripts.store(video, language="EN", cues=CUES).outcome == Outcome.UNCHANGED
    assert list(Cue.objects.values_list("pk")) == before


def test_language_is_stored_in_its_usual_case(video: Video):
    stored = transcripts.store(video, language="ZH_hans-cn", cues=CUES)
    assert stored.transcript.language == "zh-Hans-CN"


@pytest.mark.parametrize("language", ["", "English", "e", "en\0"])
def test_what_is_no_language_is_refused(video: Video, language: str):
    with pytest.raises(ValidationError) as refused:
        transcripts.store(video, language=language, cues=CUES)
    assert refused.value.error_dict.keys() == {"language"}
    assert not Transcript.objects.exists()


def test_nobody_replaces_the_transcript_of_somebody_else(
    video: Video, author: User, reader: User, moderator: User
):
    transcripts.store(video, language="en", cues=CUES, by=author)
    new = [records.Cue(0, 10, "New")]
    for stranger in (reader, None):
        with pytest.raises(PermissionDenied):
            transcripts.store(video, language="en", cues=new, by=stranger)
    assert Cue.objects.count() == 2
    assert transcripts.store(video, language="en", cues=new, by=author).outcome == "updated"
    assert transcripts.store(video, language="en", cues=CUES, by=moderator).outcome == "updated"
    assert Transcript.objects.get().added_by == author


def test_member_does_not_replace_what_was_imported(video: Video, author: User):
    transcripts.store(video, language="en", cues=CUES)
    with pytest.raises(PermissionDenied):
        transcripts.store(video, language="en", cues=CUES[:1], by=author)


def test_film_that_was_taken_back_meanwhile_gets_no_transcript(video: Video):
    Video.objects.filter(pk=video.pk).delete()
    with pytest.raises(Video.DoesNotExist):
        transcripts.store(video, language="en", cues=CUES)
    assert not Transcript.objects.exists()
