"""What the tests of claims and occurrences send, and how they read the answers."""

from typing import Any

from annotations.models import Claim
from catalogue.models import Video


def a_claim(film: Video, **place: Any) -> dict[str, Any]:
    """Return the body of a claim at 1:12 of a film."""
    return {
        "statement": "The river was turned north within a single winter.",
        "occurrence": {"video": film.key, "start_ms": 72_000, "end_ms": 84_000, **place},
    }


def an_occurrence(claim: Claim, video: Video) -> dict[str, Any]:
    """Return the body of another occurrence of a claim."""
    return {"claim": claim.pk, "video": video.key, "start_ms": 1_000, "end_ms": 2_000}


def wrong_fields(response: Any) -> list[str]:
    """Return the fields that a validation problem names."""
    assert response.status_code == 400, response.content
    return [error["field"] for error in response.json()["errors"]]


def numbers(response: Any) -> list[int]:
    """Return the ids in a list."""
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]
