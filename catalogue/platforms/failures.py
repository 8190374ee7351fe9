"""What the ways to say no mean: statuses, words of sites, and wishes to be asked later. Pure."""

import email.utils
import re
from datetime import UTC, datetime, timedelta

from catalogue.platforms.observation import FailureKind

# Waiting longer than this is our own decision, not a site's.
MAX_RETRY_AFTER = timedelta(days=1)

_BY_STATUS = {
    401: FailureKind.PRIVATE,
    404: FailureKind.GONE,
    410: FailureKind.GONE,
    429: FailureKind.RATE_LIMITED,
    451: FailureKind.GEO_BLOCKED,
}
# Sites say it in words, YouTube most of all. The first that fits: a page that limits us also
# says that the video is unavailable, and one whose channel is gone that it was removed.
_BY_WORDS = {
    FailureKind.RATE_LIMITED: "too many requests|rate.?limit|not a bot|try again later",
    FailureKind.AGE_RESTRICTED: "confirm your age|age.?restricted|inappropriate for some",
    FailureKind.GEO_BLOCKED: "in your (country|location|region)|geo.?restrict",
    FailureKind.PRIVATE: "private video|video is private|members.only",
    FailureKind.TERMINATED_CHANNEL: "(account|channel) .*terminated|closed (their|the) .*account",
    FailureKind.GONE: "has been removed|been deleted|no longer available|not available anymore"
    "|does not exist|video (is )?unavailable",
}
_NOISE = re.compile(r"\x1b\[[0-9;]*m|^ERROR: |;? please report this issue on .*", re.DOTALL)


def kind_of_status(status: int) -> FailureKind:
    """Return what the status of an answer means for the one page that was asked."""
    return _BY_STATUS.get(status, FailureKind.TEMPORARY)


def kind_of_words(reason: str) -> FailureKind | None:
    """Return what a site's own words mean, None if they are not known."""
    return next(
        (kind for kind, words in _BY_WORDS.items() if re.search(words, reason, re.IGNORECASE)), None
    )


def shorten(reason: str) -> str:
    """Return a reason as one line that a row can hold, without what its writer adds to all."""
    return " ".join(_NOISE.sub("", reason).split())[:250]


def parse_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Return how long the header Retry-After, in seconds or with a date, asks us to wait.

    A day at most, 0 for a date that has passed, None if it says nothing that can be read.
    """
    text = (value or "").strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return min(timedelta(seconds=int(text)), MAX_RETRY_AFTER)
    try:
        date = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # HTTP's dates are in GMT; one that ends in -0000 comes without a zone.
    wait = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), MAX_RETRY_AFTER)
