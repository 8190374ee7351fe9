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
    """Why nothing was seen.

    MISSING is what an interface says that leaves out what it does not know, and not why: gone,
    private or blocked. MISCONFIGURED is our own fault: a key that is wrong, or may not ask.
    """

    GONE = "gone"
    PRIVATE = "private"
    TERMINATED_CHANNEL = "terminated_channel"
    MISSING = "missing"
    GEO_BLOCKED = "geo_blocked"
    AGE_RESTRICTED = "age_restricted"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXHAUSTED = "quota_exhausted"
    MISCONFIGURED = "misconfigured"
    TEMPORARY = "temporary"
    MALFORMED = "malformed"
    REFUSED = "refused"

    @property
    def is_loss(self) -> bool:
        """Tell whether it says that nobody can see the video any more.

        To be believed only when a look on another day, or by another gateway, says so too.
        """
        return self in _LOSSES

    @property
    def stops_gateway(self) -> bool:
        """Tell whether asking on by the same gateway is useless or unwelcome for now."""
        return self in _STOPS


_LOSSES = frozenset(
    [
        FailureKind.GONE, FailureKind.PRIVATE, FailureKind.TERMINATED_CHANNEL,
        FailureKind.MISSING,
    ]
)  # fmt: skip
_STOPS = frozenset(
    [FailureKind.RATE_LIMITED, FailureKind.QUOTA_EXHAUSTED, FailureKind.MISCONFIGURED]
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A look that was not answered.

    `retry_after` is how long the platform wishes, or is known, to be left alone.
    `is_of_call` tells that a call for several videos failed as a whole.
    """

    kind: FailureKind
    reason: str
    retry_after: timedelta | None = None
    is_of_call: bool = False

    @property
    def is_about_video(self) -> bool:
        """Tell whether it says anything about the video; else it counts against the gateway."""
        return not (self.is_of_call or self.kind.stops_gateway)
