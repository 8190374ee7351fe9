"""The log and notes as the REST interface writes them. No queries of their own."""

from typing import Any

from annotations.models import Stated
from annotations.notes import Seen
from annotations.permissions import thing_of
from annotations.revisions import Entry
from catalogue.addresses import address
from catalogue.models import Video


def entry(row: Entry) -> dict[str, Any]:
    """Return one thing saved once, as much as its reader may know."""
    return {
        "revision": row.event,
        "of": row.table,
        "id": row.row_id,
        "claim": row.claim.pk if row.claim else None,
        "video": row.video.key if row.video else None,
        "at": row.at,
        "by": row.by.username if row.by else None,
        "why": row.why or None,
        "restored": row.restored,
        "saved_with": row.context,
        "is_told": row.is_told,
        "changes": [
            {"field": change.field, "old": change.old, "new": change.new} for change in row.changes
        ],
    }


def restored(row: Stated) -> dict[str, Any]:
    """Return how something stands after it was brought back."""
    return {"of": str(thing_of(row)), "id": row.pk, "version": row.version, "state": row.state}


def note(seen: Seen, video: Video, base: str) -> dict[str, Any]:
    """Return a film's note; what nobody wrote yet is empty."""
    return {
        "video": video.key,
        "url": base + address("api:video-note", video.key),
        "page": f"{base}{video.get_absolute_url()}#note",
        "text": seen.text,
        "version": seen.version,
        "edited_at": (seen.note.edited_at or seen.note.created_at) if seen.note else None,
    }
