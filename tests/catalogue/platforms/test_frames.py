"""What two processes of ours say to each other survives the way, and nothing else is believed."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.platforms import Failure, FailureKind, Observation, frames
from catalogue.records.fields import MAX_COUNT
from catalogue.records.record import Counts

AT = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)

_counts = st.none() | st.integers(0, MAX_COUNT)
_texts = st.none() | st.text()
_answers = st.builds(
    Observation,
    observed_at=st.datetimes(timezones=st.just(UTC)),
    counts=st.builds(Counts, views=_counts, likes=_counts, dislikes=_counts, comments=_counts),
    title=_texts,
    description=_texts,
    duration_ms=_counts,
) | st.builds(
    Failure,
    kind=st.sampled_from(FailureKind),
    reason=st.text(),
    retry_after=st.none() | st.integers(0, 86_400).map(lambda n: timedelta(seconds=n)),
)


@given(_answers, st.booleans())
def test_answer_survives_the_way(found: Observation | Failure, is_last: bool):
    frame = frames.pack(frames.write_answer(found, is_last=is_last))
    head, body = frame[: frames.LENGTH.size], frame[frames.LENGTH.size :]
    assert frames.length_of(head) == len(body)
    assert frames.read_answer(body) == (found, is_last)


def test_moment_is_the_same_in_another_zone():
    there = AT.astimezone(timezone(timedelta(hours=-5)))
    body = json.dumps(frames.write_answer(Observation(there), is_last=False)).encode()
    found, _ = frames.read_answer(body)
    assert isinstance(found, Observation)
    assert found.observed_at == AT


GOOD = frames.write_answer(Observation(AT, title="A film"), is_last=False)
BAD = frames.write_answer(Failure(FailureKind.GONE, "404"), is_last=False)


@pytest.mark.parametrize(
    "document",
    [
        None, [], {}, "ready", {"is_last": 0},
        {**GOOD, "is_last": None}, {**GOOD, "observed_at": "2026-03-01T12:00:00"},
        {**GOOD, "observed_at": "noon"}, {**GOOD, "observed_at": 5}, {**GOOD, "counts": [1]},
        {**GOOD, "counts": [1, 2, 3, -1]}, {**GOOD, "counts": [1, 2, 3, 2**63]},
        {**GOOD, "counts": [1, 2, 3, "4"]}, {**GOOD, "title": 5}, {**GOOD, "duration_ms": 1.5},
        {**BAD, "failure": "unheard of"}, {**BAD, "failure": []}, {**BAD, "reason": None},
        {**BAD, "retry_after": -1}, {**BAD, "retry_after": 1e300}, {**BAD, "retry_after": "3"},
        {**BAD, "retry_after": float("nan")},
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(document: object):
    with pytest.raises(ValueError, match=r"."):
        frames.read_answer(json.dumps(document).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes):
    with pytest.raises(ValueError, match=r"."):
        frames.read_answer(body)


def test_length_that_nobody_sends_is_refused():
    with pytest.raises(ValueError, match="a frame of"):
        frames.length_of(b"\xff\xff\xff\xff")
