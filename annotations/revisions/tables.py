"""Which tables are logged, and which of their columns say something to a reader."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet

from annotations.models import (
    Claim,
    ClaimTag,
    Comment,
    Disclosure,
    Evidence,
    Note,
    Occurrence,
    Speaker,
    Stated,
)
from catalogue.models import VideoTag


@dataclass(frozen=True, slots=True)
class Logged:
    """One logged table. The columns not `told` are bookkeeping, or follow from others."""

    model: type[Model]
    told: tuple[str, ...]
    is_of_claim: bool = False
    is_of_film: bool = False

    @property
    def is_stated(self) -> bool:
        """Tell whether its rows have a state that may keep readers out."""
        return issubclass(self.model, Stated)


# In the order in which what was saved at the very same moment is told.
TABLES = {
    "claim": Logged(
        Claim,
        (
            "statement", "language", "kind", "not_checkable_why", "state", "merged_into",
        ),
    ),
    "occurrence": Logged(
        Occurrence,
        (
            "claim", "start_ms", "end_ms", "quote", "speaker", "speaker_role", "spoken_by",
            "state",
        ),
        is_of_claim=True,
        is_of_film=True,
    ),
    "claimtag": Logged(ClaimTag, ("claim", "tag"), is_of_claim=True),
    "evidence": Logged(
        Evidence,
        (
            "claim", "stance", "kind", "url", "title", "publisher", "creator", "published_on",
            "accessed_on", "archive_url", "quote", "locator", "why", "state",
        ),
        is_of_claim=True,
    ),
    "comment": Logged(Comment, ("claim", "body", "state"), is_of_claim=True),
    "speaker": Logged(Speaker, ("name", "role", "wikidata_id", "state", "merged_into")),
    "note": Logged(Note, ("text", "state"), is_of_film=True),
    "disclosure": Logged(Disclosure, ("kind", "text", "source_url", "state")),
    "videotag": Logged(VideoTag, ("tag",), is_of_film=True),
}  # fmt: skip
TOLD = {name: table.told for name, table in TABLES.items()}


def events_of(name: str) -> QuerySet[Any]:
    """Return the log of a table, each event with who did it and why."""
    meta = TABLES[name].model._meta  # noqa: SLF001 (how Django names a table)
    model: Any = apps.get_model(meta.app_label, f"{meta.object_name}Event")
    rows: QuerySet[Any] = model._default_manager.select_related("pgh_context")  # noqa: SLF001
    return rows
