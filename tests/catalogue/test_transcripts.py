"""Transcripts are stored and replaced as a whole."""

import pytest

from catalogue import transcripts
from catalogue.models import Cue, Transcript, Video
from catalogue.records import cues as records

pytestmark = pytest.mark.django_db

CUES = (records.Cue(0, 1500, "One"), records.Cue(1500, 3000, "Two\nlines"))


def test_transcript_is_stored_in_order(video: Video):
    stored = transcripts.store(video, language="en", cues=CUES)
    assert list(stored.cues.values_list("start_ms", "end_ms", "text")) == [
        (0, 1500, "One"),
        (1500, 3000, "Two\nlines"),
    ]
    assert (stored.language, stored.kind) == ("en", "manual")


def test_storing_again_replaces_the_text(video: Video):
    first = transcripts.store(video, language="en", cues=CUES)
    again = transcripts.store(video, language="en", cues=[records.Cue(0, 10, "New")])
    assert first.pk == again.pk
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
