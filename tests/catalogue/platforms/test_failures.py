"""What failures mean: for a video, for a gateway, and for the time of the next look."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.ingest import fetches
from catalogue.platforms import Failure, FailureKind
from catalogue.platforms.failures import MAX_RETRY_AFTER, parse_retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("90", timedelta(seconds=90)),
        (" 0 ", timedelta()),
        ("999999999", MAX_RETRY_AFTER),
        ("Sun, 01 Mar 2026 12:30:00 GMT", timedelta(minutes=30)),
        ("Sun, 01 Mar 2026 12:30:00 -0000", timedelta(minutes=30)),
        ("Sun, 01 Mar 2026 13:30:00 +0100", timedelta(minutes=30)),
        ("Sun, 01 Mar 2026 11:00:00 GMT", timedelta()),
        ("Tue, 01 Mar 2036 12:00:00 GMT", MAX_RETRY_AFTER),
        ("Sun, 31 Feb 2026 12:00:00 GMT", None),
        ("soon", None), ("-3", None), ("٣", None), ("1.5", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_wish_to_be_asked_later_is_read(value: str | None, wait: timedelta | None):
    assert parse_retry_after(value, now=NOW) == wait


@given(st.text() | st.from_regex(r"\w{3}, \d+ (Jan|Feb) \d+ \d+:\d+:\d+ (GMT|[+-]\d+)"))
def test_no_wish_is_longer_than_a_day_or_breaks_anything(value: str):
    wait = parse_retry_after(value, now=NOW)
    assert wait is None or timedelta() <= wait <= MAX_RETRY_AFTER


@pytest.mark.parametrize(
    ("kind", "is_about_video"),
    [
        (FailureKind.GONE, True), (FailureKind.MISSING, True), (FailureKind.TEMPORARY, True),
        (FailureKind.MALFORMED, True), (FailureKind.REFUSED, True),
        (FailureKind.RATE_LIMITED, False), (FailureKind.QUOTA_EXHAUSTED, False),
        (FailureKind.MISCONFIGURED, False),
    ],
)  # fmt: skip
def test_failure_tells_whether_it_is_about_the_video(kind: FailureKind, is_about_video: bool):
    assert Failure(kind, "").is_about_video is is_about_video
    assert kind.stops_gateway is not is_about_video
    assert not Failure(kind, "", is_of_call=True).is_about_video


def test_failure_that_is_no_loss_says_nothing_of_whether_the_video_is_there():
    assert {kind for kind in FailureKind if kind.is_loss} == {
        FailureKind.GONE, FailureKind.PRIVATE, FailureKind.TERMINATED_CHANNEL,
        FailureKind.MISSING,
    }  # fmt: skip


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_can_be_told_to_a_person(kind: FailureKind):
    words = fetches.in_words(Failure(kind, "HTTP Error 418"), "https://www.youtube.com/watch?v=x")
    assert words.endswith(".")
    assert "%" not in words
