"""Claims as the REST interface writes them. No queries of their own.

`base` is the site's own address, without a slash.
"""

from typing import Any

from annotations.models import Claim, ClaimStanding, Occurrence
from annotations.revisions import Revision
from catalogue.addresses import address
from catalogue.presenters import video_url


def claim(row: Claim, base: str) -> dict[str, Any]:
    """Return a claim with its tags and visible occurrences. Needs `Claim.objects.for_page()`."""
    return {
        "id": row.pk,
        "url": base + address("api:claim", row.pk),
        "page": f"{base}{row.get_absolute_url()}",
        "statement": row.statement,
        "language": row.language,
        "kind": row.kind,
        "is_judged": row.is_judged,
        "not_checkable_why": row.not_checkable_why or None,
        "verdict": verdict_in_brief(row),
        "tags": [{"slug": tag.slug, "name": tag.name} for tag in row.tags.all()],
        "author": row.author.username,
        "version": row.version,
        "created_at": row.created_at,
        "edited_at": row.edited_at,
        "evidence_count": row.standing.evidence_count,
        "evidence_url": f"{base}{address('api:evidence')}?claim={row.pk}",
        "occurrences": [occurrence(one, base) for one in row.occurrences.all()],
    }


def verdict_in_brief(row: Claim) -> dict[str, Any]:
    """Return what is stated of a claim. Needs its standing loaded."""
    standing = getattr(row, "standing", None) or ClaimStanding()
    return {
        "state": standing.state,
        "since": standing.since,
        "vote_count": standing.vote_count,
    }


def occurrence(row: Occurrence, base: str) -> dict[str, Any]:
    """Return an occurrence. Needs `Occurrence.objects.for_page()`."""
    video = row.video
    who = row.spoken_by if row.spoken_by and row.spoken_by.is_readable else None
    return {
        "id": row.pk,
        "url": base + address("api:occurrence", row.pk),
        "page": f"{base}{row.get_absolute_url()}",
        "claim": row.claim_id,
        "claim_url": base + address("api:claim", row.claim_id),
        "video": {"key": video.key, "title": video.title, "url": video_url(video, base)},
        "start_ms": row.start_ms,
        "end_ms": row.end_ms,
        "quote": row.quote or None,
        "speaker": row.speaker_told or None,
        "speaker_role": row.role_told or None,
        "speaker_id": who.pk if who else None,
        "speaker_url": base + address("api:speaker", who.pk) if who else None,
        "video_duration_ms": row.video_duration_ms,
        "anchor": {
            "health": row.anchor_health,
            "score": row.anchor_score,
            "checked_at": row.anchor_checked_at,
        },
        "author": row.author.username,
        "version": row.version,
        "created_at": row.created_at,
        "edited_at": row.edited_at,
    }


def revision(row: Revision) -> dict[str, Any]:
    """Return one field of one edit, old and new."""
    return {
        "number": row.number,
        "of": row.table,
        "id": row.row_id,
        "revision": row.event,
        "is_told": row.is_told,
        "field": row.field or None,
        "old": row.old,
        "new": row.new,
        "at": row.at,
        "by": row.by.username if row.by else None,
        "why": row.why or None,
    }
