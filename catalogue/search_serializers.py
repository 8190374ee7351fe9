"""The shapes of saved searches over REST, and how one is written in them."""

from typing import Any

from rest_framework import serializers

from catalogue import models
from catalogue.addresses import address
from catalogue.models import QUERY_MAX, SEARCH_NAME_MAX
from catalogue.rest.strict import Body, Text


class SavedSearch(serializers.Serializer[Any]):
    """A search that you keep under a name."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField(help_text="The list of what it finds, on this site.")
    results_url = serializers.URLField(help_text="What it finds, in this interface.")
    name = serializers.CharField()
    query = serializers.CharField(help_text="Filters and order, as in `videos/?…`.")
    created_at = serializers.DateTimeField()


class NameBody(Body):
    """Another name for a saved search."""

    name = Text(schema_min=1, schema_max=SEARCH_NAME_MAX)


class SearchBody(NameBody):
    """A search to keep."""

    query = Text(schema_min=1, schema_max=QUERY_MAX, help_text="As in `videos/?…`.")


def present(row: models.SavedSearch, base: str) -> dict[str, Any]:
    """Return a saved search. `base` is the site's own address."""
    return {
        "id": row.pk,
        "url": base + address("api:search", row.pk),
        "page": f"{base}{row.get_absolute_url()}",
        "results_url": f"{base}{address('api:videos')}?{row.query}",
        "name": row.name,
        "query": row.query,
        "created_at": row.created_at,
    }
