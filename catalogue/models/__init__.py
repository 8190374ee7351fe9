"""The tables of the catalogue."""

from catalogue.models.copies import NOTE_MAX, OFFSET_MAX_MS, Copy
from catalogue.models.counts import (
    NEVER_PACED,
    UNGROWN,
    Change,
    ChangeField,
    CountSample,
    Site,
    VideoCounts,
)
from catalogue.models.fetches import Fetch, FetchKind, FetchPage
from catalogue.models.gateways import GatewayState, SampleThinning, Span
from catalogue.models.imports import (
    ImportRow,
    ImportRun,
    Outcome,
    RunState,
    Subject,
    UndoOutcome,
)
from catalogue.models.posters import Poster, PosterHost, PosterWalk, picture_of
from catalogue.models.searches import QUERY_MAX, SEARCH_NAME_MAX, SavedSearch
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
from catalogue.models.watches import (
    PHRASE_MAX,
    PHRASE_MIN,
    FreshText,
    PhraseMatch,
    PhraseWatch,
    WatchPlace,
)

__all__ = [
    "NEVER_PACED",
    "NOTE_MAX",
    "OFFSET_MAX_MS",
    "PHRASE_MAX",
    "PHRASE_MIN",
    "QUERY_MAX",
    "SEARCH_NAME_MAX",
    "UNGROWN",
    "Availability",
    "Change",
    "ChangeField",
    "Channel",
    "Copy",
    "CountSample",
    "Cue",
    "Fetch",
    "FetchKind",
    "FetchPage",
    "FreshText",
    "GatewayState",
    "ImportRow",
    "ImportRun",
    "Interval",
    "Outcome",
    "PhraseMatch",
    "PhraseWatch",
    "Poster",
    "PosterHost",
    "PosterWalk",
    "Precision",
    "RunState",
    "SampleThinning",
    "SavedSearch",
    "SeenUpload",
    "Site",
    "Span",
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
    "WatchPlace",
    "picture_of",
]
