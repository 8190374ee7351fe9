"""What a gateway says after a look at one video: what it saw, or why it saw nothing."""

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from catalogue.records.record import Counts


@dataclass(frozen=True, slots=True)
class Observation:
    """One video as seen on its platform at one time, and so available then.

    What the platform did not tell is None (counts: None each), never empty and never 0.
    """

    observed_at: datetime
    counts: Counts = field(default_factory=Counts)
    title: str | None = None
    description: str | None = None
    duration_ms: int | None = None


class FailureKind(enum.StrEnum):
    """Why nothing was seen."""

    GONE = "gone"
    PRIVATE = "private"
    GEO_BLOCKED = "geo_blocked"
    AGE_RESTRICTED = "age_restricted"
    RATE_LIMITED = "rate_limited"
    TEMPORARY = "temporary"
    MALFORMED = "malformed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Failure:
    """A look that was not answered; `retry_after` is the platform's own wish, if it said one."""

    kind: FailureKind
    reason: str
    retry_after: timedelta | None = None
