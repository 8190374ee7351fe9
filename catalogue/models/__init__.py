"""The tables of the catalogue."""

from catalogue.models.copies import NOTE_MAX, OFFSET_MAX_MS, Copy
from catalogue.models.counts import Change, ChangeField, CountSample, VideoCounts
from catalogue.models.imports import (
    ImportRow,
    ImportRun,
    Outcome,
    RunState,
    Subject,
    UndoOutcome,
)
from catalogue.models.transcripts import Cue, Transcript, TranscriptKind
from catalogue.models.videos import (
    Availability,
    Channel,
    Precision,
    Tag,
    TagSource,
    Video,
    VideoQuerySet,
    VideoTag,
)

__all__ = [
    "NOTE_MAX",
    "OFFSET_MAX_MS",
    "Availability",
    "Change",
    "ChangeField",
    "Channel",
    "Copy",
    "CountSample",
    "Cue",
    "ImportRow",
    "ImportRun",
    "Outcome",
    "Precision",
    "RunState",
    "Subject",
    "Tag",
    "TagSource",
    "Transcript",
    "TranscriptKind",
    "UndoOutcome",
    "Video",
    "VideoCounts",
    "VideoQuerySet",
    "VideoTag",
]
