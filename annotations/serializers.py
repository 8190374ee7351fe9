"""The shapes of claims over REST: bodies are checked by them, answers described by them.

How long a text may be and where a span may lie is the operations' to say; the lengths here
are what they ask for, written into the schema.
"""

from typing import Any

from rest_framework import serializers

from annotations.claims import TAGS_MAX
from annotations.models import (
    QUOTE_MAX,
    STATEMENT_MAX,
    STATEMENT_MIN,
    AnchorHealth,
    Kind,
    VerdictState,
)
from annotations.revisions import TOLD
from catalogue.rest.parameters import BIGINT_MAX
from catalogue.rest.strict import Body, Choice, Integer, Text
from catalogue.serializers import AnyValue
from catalogue.tags import NAME_MAX

SPEAKER_MAX = 200
LANGUAGE_MAX = 35
# More than the operations take, so that it is they who say how many are too many.
TAGS_READ_MAX = 1000
WHO = "Which of several speakers of one name."


# --- Going out ------------------------------------------------------------------------


class TagInBrief(serializers.Serializer[Any]):
    """A tag as a claim carries it."""

    slug = serializers.CharField()
    name = serializers.CharField()


class VideoInBrief(serializers.Serializer[Any]):
    """A video as an occurrence names it."""

    key = serializers.CharField()
    title = serializers.CharField()
    url = serializers.URLField()


class AnchorState(serializers.Serializer[Any]):
    """How well an occurrence still stands where it was pinned."""

    health = serializers.ChoiceField(AnchorHealth.choices)
    score = serializers.FloatField(
        allow_null=True,
        help_text="How like the quote the words found are, 1 for the same; null: not by its words.",
    )
    checked_at = serializers.DateTimeField(allow_null=True)


class Occurrence(serializers.Serializer[Any]):
    """A claim made in one video. Times are milliseconds from its start."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField(help_text="The moment on the watch page.")
    claim = serializers.IntegerField()
    claim_url = serializers.URLField()
    video = VideoInBrief()
    start_ms = serializers.IntegerField()
    end_ms = serializers.IntegerField()
    quote = serializers.CharField(allow_null=True)
    speaker = serializers.CharField(allow_null=True)
    speaker_role = serializers.CharField(allow_null=True)
    speaker_id = serializers.IntegerField(allow_null=True, help_text="Whose name it is.")
    speaker_url = serializers.URLField(allow_null=True)
    video_duration_ms = serializers.IntegerField(
        allow_null=True, help_text="Length of the video as seen when it was marked."
    )
    anchor = AnchorState()
    author = serializers.CharField(help_text="User name.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)


class VerdictInBrief(serializers.Serializer[Any]):
    """What is stated of a claim, as the claim carries it."""

    state = serializers.ChoiceField(VerdictState.choices)
    since = serializers.DateTimeField(allow_null=True)
    vote_count = serializers.IntegerField()


class Claim(serializers.Serializer[Any]):
    """One checkable statement, with where it is made."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField(help_text="Its page on this site.")
    statement = serializers.CharField()
    language = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    is_judged = serializers.BooleanField(
        help_text="Predictions, personal experience and what cannot be checked are filed only."
    )
    not_checkable_why = serializers.CharField(allow_null=True)
    verdict = VerdictInBrief(help_text="What is stated of it.")
    tags = TagInBrief(many=True)
    author = serializers.CharField(help_text="User name.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    evidence_count = serializers.IntegerField()
    evidence_url = serializers.URLField(help_text="Its evidence.")
    occurrences = Occurrence(many=True)


class Revision(serializers.Serializer[Any]):
    """One field before and after one edit."""

    number = serializers.IntegerField()
    of = serializers.ChoiceField(sorted(TOLD), help_text="What was edited.")
    id = serializers.IntegerField(help_text="Which of them.")
    revision = serializers.IntegerField(help_text="What restoring it names.")
    is_told = serializers.BooleanField(
        help_text="False where the thing is hidden or withdrawn now, and not the asker's."
    )
    field = serializers.CharField(allow_null=True)
    old = AnyValue()
    new = AnyValue()
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_null=True, help_text="User name; null: the system.")
    why = serializers.CharField(allow_null=True)


class Revisions(serializers.Serializer[Any]):
    """All revisions of a claim and of what belongs to it."""

    results = Revision(many=True)


# --- Coming in ------------------------------------------------------------------------


class SpanBody(Body):
    """Where in a video, in whose words."""

    start_ms = Integer()
    end_ms = Integer()
    quote = Text(required=False, schema_max=QUOTE_MAX)
    speaker = Text(required=False, schema_max=SPEAKER_MAX)
    speaker_role = Text(required=False, schema_max=SPEAKER_MAX)


class FirstOccurrenceBody(SpanBody):
    """The occurrence that a claim starts with."""

    video = Text(help_text="Key of the video, as youtube:swje6NSdkfk.")


class OccurrenceBody(FirstOccurrenceBody):
    """Another occurrence of a claim."""

    claim = Integer(min_value=1, help_text="Number of the claim.")
    speaker_id = Integer(required=False, min_value=1, max_value=BIGINT_MAX, help_text=WHO)


class OccurrenceEditBody(SpanBody):
    """What of an occurrence can be changed; what is not given stays."""

    version = Integer(min_value=1, help_text="The version this edit starts from.")
    speaker_id = Integer(required=False, min_value=1, max_value=BIGINT_MAX, help_text=WHO)


class StatementBody(Body):
    """What a claim says of itself."""

    statement = Text(
        schema_min=STATEMENT_MIN, schema_max=STATEMENT_MAX, help_text="One checkable proposition."
    )
    language = Text(
        required=False, allow_blank=False, schema_max=LANGUAGE_MAX, help_text="As en or pt-BR."
    )
    kind = Choice(Kind.choices, required=False)
    not_checkable_why = Text(
        required=False, schema_max=200, help_text="Empty if it can be checked."
    )
    tags = serializers.ListField(
        child=Text(schema_min=1, schema_max=NAME_MAX),
        required=False,
        max_length=TAGS_READ_MAX,
        help_text=f"Names, {TAGS_MAX} at most. Those that are new are made.",
    )


class ClaimBody(StatementBody):
    """A new claim, and where it is made."""

    occurrence = FirstOccurrenceBody()


class ClaimEditBody(StatementBody):
    """What of a claim can be changed; what is not given stays, and `tags` replace all."""

    version = Integer(min_value=1, help_text="The version this edit starts from.")
