"""Evidence over REST: what goes out, what comes in, and how a card is written.

How long a text may be is the operations' to say; the lengths here are what they ask for,
written into the schema. The presenters make no queries; `base` is the site's own address,
without a slash.
"""

from typing import Any

from rest_framework import serializers

from annotations import evidence
from annotations.models import (
    QUOTE_MAX,
    URL_MAX,
    Evidence,
    LinkCheck,
    LinkState,
    SourceKind,
    Stance,
)
from annotations.models.evidence import EVIDENCE_WHY_MAX, LOCATOR_MAX, NAME_MAX, TITLE_MAX
from catalogue.addresses import address
from catalogue.rest.strict import Body, Choice, Integer, Text

# --- Going out ------------------------------------------------------------------------


class LinkInBrief(serializers.Serializer[Any]):
    """How the address of a source is doing."""

    state = serializers.ChoiceField(
        LinkState.choices,
        help_text="dead: it said so on two days; unsure: it does not answer us, whatever that is.",
    )
    http_status = serializers.IntegerField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    since = serializers.DateTimeField(allow_null=True, help_text="When it came into this state.")
    checks_url = serializers.URLField(help_text="The history of its states.")


class Card(serializers.Serializer[Any]):
    """A source with a stance on a claim."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField(help_text="The card on its claim's page.")
    claim = serializers.IntegerField()
    claim_url = serializers.URLField()
    stance = serializers.ChoiceField(Stance.choices)
    kind = serializers.ChoiceField(SourceKind.choices)
    source_url = serializers.CharField(help_text="Address of the source.")
    doi = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    publisher = serializers.CharField(allow_null=True)
    creator = serializers.CharField(allow_null=True, help_text="Author of the source.")
    published_on = serializers.CharField(
        allow_null=True, help_text="A year, a month or a day: 2021, 2021-07 or 2021-07-30."
    )
    accessed_on = serializers.DateField(help_text="When it was seen to say this.")
    archive_url = serializers.CharField(allow_null=True, help_text="The copy that was named.")
    archived = serializers.CharField(
        help_text="Where a copy is: the one that was named, else the Wayback Machine's of that day."
    )
    quote = serializers.CharField(allow_null=True)
    locator = serializers.CharField(allow_null=True)
    why = serializers.CharField(allow_null=True)
    link = LinkInBrief()
    author = serializers.CharField(help_text="User name of who brought it.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)


class Check(serializers.Serializer[Any]):
    """A change of what an address answers."""

    at = serializers.DateTimeField()
    state = serializers.ChoiceField(LinkState.choices)
    http_status = serializers.IntegerField(allow_null=True)
    detail = serializers.CharField(allow_null=True)


def card(row: Evidence, base: str) -> dict[str, Any]:
    """Return a card. Needs `Evidence.objects.for_page()`."""
    here = base + address("api:evidence-card", row.pk)
    return {
        "id": row.pk,
        "url": here,
        "page": f"{base}{row.get_absolute_url()}",
        "claim": row.claim_id,
        "claim_url": base + address("api:claim", row.claim_id),
        "stance": row.stance,
        "kind": row.kind,
        "source_url": row.url,
        "doi": row.doi or None,
        "title": row.title,
        "publisher": row.publisher or None,
        "creator": row.creator or None,
        "published_on": row.published_on or None,
        "accessed_on": row.accessed_on,
        "archive_url": row.archive_url or None,
        "archived": evidence.archived_address(row),
        "quote": row.quote or None,
        "locator": row.locator or None,
        "why": row.why or None,
        "link": {
            "state": row.link.state,
            "http_status": row.link.http_status,
            "checked_at": row.link.checked_at,
            "since": row.link.since,
            "checks_url": f"{here}checks/",
        },
        "author": row.author.username,
        "version": row.version,
        "created_at": row.created_at,
        "edited_at": row.edited_at,
    }


def check(row: LinkCheck) -> dict[str, Any]:
    """Return one change of a link's state."""
    return {
        "at": row.at,
        "state": row.state,
        "http_status": row.http_status,
        "detail": row.detail or None,
    }


# --- Coming in ------------------------------------------------------------------------


class EvidenceFieldsBody(Body):
    """What a card says."""

    source_url = Text(
        schema_max=URL_MAX,
        help_text="Web address, or a DOI. Of an archived copy its page is taken.",
    )
    title = Text(schema_min=1, schema_max=TITLE_MAX)
    stance = Choice(Stance.choices)
    kind = Choice(SourceKind.choices)
    publisher = Text(required=False, schema_max=NAME_MAX)
    creator = Text(required=False, schema_max=NAME_MAX, help_text="Author of the source.")
    published_on = Text(
        required=False,
        schema_max=10,
        help_text="A year, a month or a day: 2021, 2021-07 or 2021-07-30.",
    )
    accessed_on = serializers.DateField(
        required=False, help_text="When it was seen to say this; today if not given."
    )
    archive_url = Text(required=False, schema_max=URL_MAX)
    quote = Text(required=False, schema_max=QUOTE_MAX, help_text="Word for word.")
    locator = Text(required=False, schema_max=LOCATOR_MAX, help_text="Where in the source.")
    why = Text(required=False, schema_max=EVIDENCE_WHY_MAX)


class EvidenceBody(EvidenceFieldsBody):
    """A new card."""

    claim = Integer(min_value=1, help_text="Number of the claim.")


class EvidenceEditBody(EvidenceFieldsBody):
    """What of a card can be changed; what is not given stays."""

    version = Integer(min_value=1, help_text="The version this edit starts from.")
