"""The shapes of counts over time, for the schema."""

from typing import Any

from rest_framework import serializers


class CountSample(serializers.Serializer[Any]):
    """The counts of a video as observed at one time."""

    observed_at = serializers.DateTimeField()
    views = serializers.IntegerField(allow_null=True)
    likes = serializers.IntegerField(allow_null=True)
    dislikes = serializers.IntegerField(allow_null=True)
    comments = serializers.IntegerField(allow_null=True)


class CountSpread(serializers.Serializer[Any]):
    """How one number went within a bucket, of the observations that knew it."""

    first = serializers.IntegerField()
    last = serializers.IntegerField()
    min = serializers.IntegerField()
    max = serializers.IntegerField()


class CountBucket(serializers.Serializer[Any]):
    """The counts of a video within an hour, a day or a week (from Monday) of UTC."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField(help_text="Of the bucket; not in it.")
    samples = serializers.IntegerField(min_value=1, help_text="How many observations.")
    first_at = serializers.DateTimeField(help_text="The first observation.")
    last_at = serializers.DateTimeField(help_text="The last observation.")
    views = CountSpread(allow_null=True)
    likes = CountSpread(allow_null=True)
    dislikes = CountSpread(allow_null=True)
    comments = CountSpread(allow_null=True)
