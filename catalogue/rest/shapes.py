"""The shapes every endpoint shares: a page of a list, and a refusal."""

from functools import cache
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, inline_serializer
from rest_framework import serializers


@cache
def page_of(row: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """Return the shape of one page of a list."""
    return _page(f"{row.__name__}Page", row(many=True))


def page_of_either(
    name: str, *rows: type[serializers.Serializer[Any]]
) -> serializers.Serializer[Any]:
    """Return the shape of one page of a list whose rows are all of one of several shapes."""
    return _page(
        f"{name}Page",
        PolymorphicProxySerializer(
            component_name=name, serializers=list(rows), resource_type_field_name=None, many=True
        ),
    )


def _page(name: str, results: Any) -> serializers.Serializer[Any]:
    return inline_serializer(
        name=name,
        fields={
            "results": results,
            "next": serializers.URLField(
                allow_null=True, help_text="The address of the next page, null on the last."
            ),
            "previous": serializers.URLField(
                allow_null=True, help_text="The address of the page before, null on the first."
            ),
        },
    )


class Wrong(serializers.Serializer[Any]):
    """One thing wrong with a request."""

    detail = serializers.CharField()
    code = serializers.CharField()
    pointer = serializers.CharField(
        required=False, help_text="JSON pointer into the body; empty for the body as a whole."
    )
    field = serializers.CharField(required=False, help_text="The same place, with dots.")
    parameter = serializers.CharField(required=False, help_text="Of the query string.")
    line = serializers.IntegerField(required=False, help_text="Line of the record.")


class Problem(serializers.Serializer[Any]):
    """A refusal, after RFC 9457."""

    type = serializers.CharField(help_text="Address that tells what this kind means.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors = Wrong(many=True, required=False)  # type: ignore[assignment]
    version = serializers.IntegerField(required=False, help_text="The present version.")


class ProblemKind(serializers.Serializer[Any]):
    """What one kind of problem means."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    description = serializers.CharField()
