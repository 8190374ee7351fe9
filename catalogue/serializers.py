"""The shapes of the catalogue over REST: bodies are checked by them, answers described by them.

Answers are written by `catalogue.presenters`; a test holds every answer against these.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from catalogue.models import (
    Availability,
    ChangeField,
    FetchKind,
    Interval,
    Outcome,
    RunState,
    Start,
    Subject,
    TagSource,
    TranscriptKind,
    UndoOutcome,
)
from catalogue.records.record import MAX_RECORD_BYTES
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES
from catalogue.records.targets import MAX_TARGET_LENGTH
from catalogue.rest.strict import Body, Choice, Flag, Integer, NumberChoice, Text
from catalogue.subscriptions import LENGTH_MAX_MS, WORDS_MAX
from catalogue.tags import NAME_MAX

DESCRIPTION_MAX = 500
# What is rejected is answered by a problem.
STORED_OUTCOMES = [(o.value, o.label) for o in Outcome if o != Outcome.REJECTED]


# --- Going out ------------------------------------------------------------------------


class TagOnVideo(serializers.Serializer[Any]):
    """A tag as one video carries it."""

    slug = serializers.CharField()
    name = serializers.CharField()
    source = serializers.ChoiceField(TagSource.choices)  # type: ignore[assignment]


class ChannelInBrief(serializers.Serializer[Any]):
    """A channel as others refer to it."""

    id = serializers.IntegerField()
    platform_id = serializers.CharField(
        allow_null=True, help_text="Its id on the platform, where that is known."
    )
    name = serializers.CharField()
    url = serializers.URLField()


class Counts(serializers.Serializer[Any]):
    """Audience counts as last observed. Unknown is null, never 0."""

    views = serializers.IntegerField(allow_null=True)
    likes = serializers.IntegerField(allow_null=True)
    dislikes = serializers.IntegerField(allow_null=True)
    comments = serializers.IntegerField(allow_null=True)
    observed_at = serializers.DateTimeField(allow_null=True)


class VideoInList(serializers.Serializer[Any]):
    """A video as lists show it: all but the description."""

    key = serializers.CharField(help_text="platform:platform_id, the identity; never changes.")
    platform = serializers.CharField()
    platform_id = serializers.CharField()
    url = serializers.URLField(help_text="This video in this interface.")
    page = serializers.URLField(help_text="Its page on this site.")
    source_url = serializers.CharField(allow_null=True, help_text="Its page on its platform.")
    title = serializers.CharField()
    channel = ChannelInBrief(allow_null=True)
    category = serializers.CharField(allow_null=True)
    language = serializers.CharField(allow_null=True)
    tags = TagOnVideo(many=True)
    published_at = serializers.DateTimeField(
        allow_null=True, help_text="Null also when only the day is known."
    )
    published_on = serializers.DateField(allow_null=True, help_text="The day, in UTC.")
    duration_ms = serializers.IntegerField(allow_null=True)
    duration = serializers.CharField(allow_null=True, help_text="ISO 8601, as in PT9M46S.")
    image_url = serializers.CharField(allow_null=True, help_text="As the record says it.")
    poster_url = serializers.URLField(
        allow_null=True, help_text="The picture on this site, WebP; null until it is fetched."
    )
    media_url = serializers.CharField(allow_null=True)
    availability = serializers.ChoiceField(Availability.choices)
    is_sample = serializers.BooleanField(help_text="A fictional film shipped with Sidenote.")
    copies_url = serializers.URLField(help_text="Other places where it can be seen.")
    counts = Counts()
    recorded_at = serializers.DateTimeField(
        allow_null=True, help_text="When the record was written."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class Video(VideoInList):
    """A video with its description, as plain text."""

    description = serializers.CharField()
    replays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=1000),
        allow_null=True,
        help_text="How often each of equal stretches is played again, in thousandths of the most "
        "replayed one.",
    )
    replays_ms = serializers.IntegerField(
        allow_null=True, help_text="How long the film was when that was told."
    )
    replays_recorded_at = serializers.DateTimeField(
        allow_null=True, help_text="When the record was written that tells it."
    )


class IngestedVideo(Video):
    """A video after a record of it came in."""

    outcome = serializers.ChoiceField(STORED_OUTCOMES)
    import_url = serializers.URLField(help_text="The entry in the ledger of imports.")


@extend_schema_field({})
class AnyValue(serializers.JSONField):
    """Whatever JSON value a field had."""


class Change(serializers.Serializer[Any]):
    """An observed change of a video."""

    field = serializers.ChoiceField(ChangeField.choices)
    old = AnyValue()
    new = AnyValue()
    observed_at = serializers.DateTimeField()


class ChangeOfVideo(Change):
    """An observed change, and of which video."""

    video = serializers.CharField(help_text="Its key.")
    video_url = serializers.URLField()
    page = serializers.URLField()
    title = serializers.CharField(help_text="Of the video, today.")


class Transcript(serializers.Serializer[Any]):
    """That there is timed text of a video in one language."""

    language = serializers.CharField()
    kind = serializers.ChoiceField(TranscriptKind.choices)
    url = serializers.URLField()
    created_at = serializers.DateTimeField()


class Transcripts(serializers.Serializer[Any]):
    """All transcripts of a video; too few for pages."""

    results = Transcript(many=True)


class Cue(serializers.Serializer[Any]):
    """One line of a transcript; milliseconds from the start of the film."""

    start_ms = serializers.IntegerField()
    end_ms = serializers.IntegerField()
    text = serializers.CharField()


class TranscriptText(Transcript):
    """The timed text itself."""

    cues = Cue(many=True)


class LeftOut(serializers.Serializer[Any]):
    """A part of a subtitle file that could not be used."""

    line = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()


class StoredTranscript(Transcript):
    """A transcript after its text came in."""

    outcome = serializers.ChoiceField(STORED_OUTCOMES)
    cue_count = serializers.IntegerField()
    left_out = LeftOut(many=True)


class FoundCue(Cue):
    """A line of a film in which something was found."""

    video = serializers.CharField(help_text="The key of the video.")
    video_url = serializers.URLField()
    title = serializers.CharField(help_text="Of the video.")
    page = serializers.URLField(help_text="The watch page at this moment.")
    language = serializers.CharField()
    kind = serializers.ChoiceField(TranscriptKind.choices)
    found = serializers.ListField(
        child=serializers.CharField(), help_text="The words of `text` that were found."
    )


class FoundCues(serializers.Serializer[Any]):
    """The best lines found, those of one video together; there are no further pages."""

    results = FoundCue(many=True)


class Channel(serializers.Serializer[Any]):
    """Who publishes videos."""

    id = serializers.IntegerField()
    platform = serializers.CharField()
    platform_id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    url = serializers.URLField()
    page = serializers.URLField()
    videos_url = serializers.URLField()
    created_at = serializers.DateTimeField()


class Tag(serializers.Serializer[Any]):
    """A subject word. The slug is its identity."""

    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    url = serializers.URLField()
    page = serializers.URLField()
    videos_url = serializers.URLField()
    created_by = serializers.CharField(allow_null=True, help_text="User name; null: a record.")
    created_at = serializers.DateTimeField()


class Fetch(serializers.Serializer[Any]):
    """How the fetching of an address stands."""

    kind = serializers.ChoiceField(FetchKind.choices)
    url = serializers.CharField(help_text="The address, without what was hung onto it.")
    title = serializers.CharField(allow_null=True, help_text="Of the list, if it is one.")
    label = serializers.CharField(help_text="The state in a word, for people.")  # type: ignore[assignment]
    status = serializers.CharField(
        allow_null=True, help_text="What is being done or came of it, in words, for people."
    )
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="When it is asked next; null: it is over."
    )
    failures = serializers.IntegerField(help_text="Questions in a row that were not answered.")
    pages_found = serializers.IntegerField(help_text="Films of the list to ask for details.")
    pages_asked = serializers.IntegerField(help_text="Those that were asked.")


class ImportRun(serializers.Serializer[Any]):
    """One ingest. Of a path only its last part is shown; staff see all of it."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    rows_url = serializers.URLField()
    source = serializers.CharField()  # type: ignore[assignment]
    by = serializers.CharField(allow_null=True, help_text="User name; null: a command.")
    state = serializers.ChoiceField(RunState.choices)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    undone_at = serializers.DateTimeField(allow_null=True, help_text="When it was taken back.")
    undone_by = serializers.CharField(allow_null=True, help_text="User name; null: a command.")
    fetch = Fetch(allow_null=True, help_text="Null unless it fetches an address.")


class Subscription(serializers.Serializer[Any]):
    """A channel, list or feed that a member follows."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField(help_text="Its place on this site.")
    source_url = serializers.CharField(help_text="What is followed.")
    kind = serializers.ChoiceField(FetchKind.choices)
    title = serializers.CharField(allow_null=True, help_text="Known from the first look on.")
    interval_hours = serializers.ChoiceField(Interval.choices)
    start = serializers.ChoiceField(Start.choices)
    words = serializers.CharField(allow_null=True)
    words_not = serializers.CharField(allow_null=True)
    shortest_ms = serializers.IntegerField(allow_null=True)
    longest_ms = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField(help_text="False: paused.")
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="When it is looked at next, if it is active.")
    looked_at = serializers.DateTimeField(allow_null=True)
    result = serializers.CharField(allow_null=True, help_text="Of the last look, in words.")
    failures = serializers.IntegerField(help_text="Looks in a row that were not answered.")
    failure = serializers.CharField(allow_null=True, help_text="Why, in words.")
    brought_in = serializers.IntegerField(help_text="Films that were sent for.")
    passed_by = serializers.IntegerField(help_text="Films that the filters left out.")
    imports = serializers.ListField(
        child=serializers.URLField(), help_text="Its latest imports, newest first."
    )


class ImportRow(serializers.Serializer[Any]):
    """What became of one record of an ingest."""

    number = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]
    line = serializers.IntegerField(allow_null=True)
    subject = serializers.ChoiceField(Subject.choices)
    outcome = serializers.ChoiceField(Outcome.choices)
    field = serializers.CharField(allow_null=True, help_text="The field that was refused.")
    reason = serializers.CharField(
        allow_null=True, help_text="Why it was refused, or which parts of it."
    )
    video = serializers.CharField(allow_null=True, help_text="The key of the video.")
    video_url = serializers.URLField(allow_null=True)
    page = serializers.URLField(
        allow_null=True, help_text="The watch page; of a transcript, its place there."
    )
    transcript = Transcript(allow_null=True, help_text="Which it was, of subtitles.")
    undone = serializers.ChoiceField(
        UndoOutcome.choices, allow_null=True, help_text="What taking the import back did to it."
    )
    undo_reason = serializers.CharField(allow_null=True, help_text="What was spared, and why.")


class Rehearsal(serializers.Serializer[Any]):
    """What an upload would come to. Videos that it would make have no address yet."""

    dry_run = serializers.BooleanField(help_text="Nothing was changed.")
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    rows = ImportRow(many=True, help_text="The first hundred.")


class KeptRow(serializers.Serializer[Any]):
    """A record of which something was spared."""

    number = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]
    undone = serializers.ChoiceField(UndoOutcome.choices)
    undo_reason = serializers.CharField()


class Undone(serializers.Serializer[Any]):
    """What taking an import back came to, in records."""

    dry_run = serializers.BooleanField(help_text="Nothing was changed.")
    removed = serializers.IntegerField(help_text="Their videos are gone.")
    restored = serializers.IntegerField(help_text="Their videos are as before.")
    partly = serializers.IntegerField(help_text="Something was edited or observed since.")
    spared = serializers.IntegerField(help_text="Nothing of it was taken back.")
    kept = KeptRow(many=True, help_text="The first of those that were spared, with reasons.")

    def get_fields(self) -> dict[str, Any]:
        """Add the one field whose name is a word of Python."""
        return {"import": ImportRun(), **super().get_fields()}


# --- Coming in ------------------------------------------------------------------------


class RecordBody(Body):
    """A record, as it stands in its file."""

    record = Text(
        allow_blank=False,
        trim_whitespace=False,
        schema_max=MAX_RECORD_BYTES,
        help_text=_(
            "Front matter between two lines of ---, then the description; or the text of one "
            "record in any other format."
        ),
    )


class JsonRecord(serializers.Serializer[Any]):
    """A record in JSON: ours, as here, or that of yt-dlp, of YouTube's API, of this interface."""

    platform = serializers.CharField()
    platform_id = serializers.CharField()
    title = serializers.CharField(required=False)


RECORD_BODIES = PolymorphicProxySerializer(
    component_name="RecordInJson",
    serializers=[RecordBody, JsonRecord],
    resource_type_field_name=None,
)


class UploadBody(serializers.Serializer[Any]):
    """Files, as a form sends them."""

    records = serializers.ListField(
        child=serializers.FileField(),
        help_text=_(
            "Files of records, subtitles, and archives of them; the name tells whose subtitles are."
        ),
    )
    dry_run = serializers.BooleanField(
        required=False, help_text=_("Tell what would happen, and change nothing.")
    )


class AddressBody(Body):
    """An address to fetch."""

    url = Text(
        schema_min=1,
        schema_max=MAX_TARGET_LENGTH,
        help_text=_("Of a film, a list or a channel; also an id or a handle of YouTube's."),
    )


class SubscriptionBody(Body):
    """Something to follow."""

    url = Text(
        schema_min=1,
        schema_max=MAX_TARGET_LENGTH,
        help_text=_("Of a channel, a list or a feed; also an id or a handle of YouTube's."),
    )
    interval_hours = NumberChoice(Interval.choices, required=False, help_text=_("Left out: a day."))
    start = Choice(Start.choices, required=False, help_text=_("Left out: new films only."))
    words = Text(
        required=False, schema_max=WORDS_MAX,
        help_text=_("A title must have one of these, apart by commas."),
    )  # fmt: skip
    words_not = Text(
        required=False, schema_max=WORDS_MAX, help_text=_("A title must have none of these.")
    )
    shortest_ms = Integer(required=False, allow_null=True, max_value=LENGTH_MAX_MS)
    longest_ms = Integer(required=False, allow_null=True, max_value=LENGTH_MAX_MS)


class SubscriptionEditBody(Body):
    """What of a subscription can be changed."""

    is_active = Flag(help_text=_("False pauses it, true goes on."))


class UndoBody(Body):
    """How an import is taken back."""

    dry_run = Flag(required=False, help_text=_("Tell what would happen, and change nothing."))


class TranscriptBody(Body):
    """Subtitles, as they stand in their file."""

    text = Text(
        allow_blank=False,
        trim_whitespace=False,
        schema_max=MAX_SUBTITLES_BYTES,
        help_text=_("WebVTT or SRT."),
    )
    language = Text(required=False, help_text=_("BCP 47; left out, the one that the file names."))
    kind = Choice(TranscriptKind.choices, required=False)


class TagBody(Body):
    """A new tag."""

    name = Text(schema_min=1, schema_max=NAME_MAX)
    description = Text(required=False, max_length=DESCRIPTION_MAX)


class TagEditBody(Body):
    """What of a tag can be changed; the name is its identity and stays."""

    description = Text(max_length=DESCRIPTION_MAX)


class TagNameBody(Body):
    """A tag by its name; it is made if it is new."""

    name = Text(schema_min=1, schema_max=NAME_MAX)
