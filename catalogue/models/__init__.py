"""The tables of the catalogue."""

from catalogue.models.counts import Change, ChangeField, CountSample, VideoCounts
from catalogue.models.fetches import Fetch, FetchKind, FetchPage
from catalogue.models.imports import (
    ImportRow,
    ImportRun,
    Outcome,
    RunState,
    Subject,
    UndoOutcome,
)
from catalogue.models.subscriptions import Interval, SeenUpload, Start, Subscription
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
    "Availability",
    "Change",
    "ChangeField",
    "Channel",
    "CountSample",
    "Cue",
    "Fetch",
    "FetchKind",
    "FetchPage",
    "ImportRow",
    "ImportRun",
    "Interval",
    "Outcome",
    "Precision",
    "RunState",
    "SeenUpload",
    "Start",
    "Subject",
    "Subscription",
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
