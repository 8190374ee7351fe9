"""Whatever YouTube's API answers, each video that was asked about has one answer."""

import json
import string
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.platforms import Failure, Observation
from catalogue.records.record import Counts
from tests import youtube_api_server as server
from tests.catalogue.platforms.asking import HERONS, OTTERS, RIVER, ask, gateway_to
from tests.youtube_api_server import YouTube


@pytest.fixture(scope="module")
def running() -> Iterator[YouTube]:
    with server.running() as youtube:
        yield youtube


_words = st.text(alphabet=string.printable + "\0\ud800é\U0001f3a5", max_size=20)
_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | _words
    | st.sampled_from(["public", "private", "rejected", "9" * 30, "PT1M", "P0D", "quotaExceeded"])
)  # fmt: skip
_anything: st.SearchStrategy[Any] = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_words, inner, max_size=4),
    max_leaves=12,
)


def _either(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return objects with these members or without, and now and then anything else."""
    return st.fixed_dictionaries({}, optional=parts) | _anything


_items = _either(
    id=st.sampled_from([RIVER, OTTERS, HERONS]) | _anything,
    kind=st.just("youtube#video") | _anything,
    snippet=_either(title=_anything, description=_anything, tags=_anything, resourceId=_anything),
    contentDetails=_either(
        duration=_anything, regionRestriction=_either(allowed=_anything), videoId=_anything
    ),
    statistics=_either(viewCount=_anything, likeCount=_anything, commentCount=_anything),
    status=_either(privacyStatus=_anything, uploadStatus=_anything, rejectionReason=_anything),
)
_errors = _either(
    code=_anything,
    message=_anything,
    status=_anything,
    errors=st.lists(_either(reason=_anything), max_size=3) | _anything,
    details=st.lists(_either(reason=_anything), max_size=3) | _anything,
)
_answers = st.fixed_dictionaries(
    {"kind": st.just("youtube#videoListResponse"), "items": st.lists(_items, max_size=4)}
)
_documents = _answers | _either(error=_errors, kind=_anything, items=_anything)


@settings(max_examples=300)
@given(
    body=_documents.map(lambda document: json.dumps(document).encode()) | st.binary(max_size=50),
    status=st.sampled_from([200, 200, 200, 204, 301, 400, 403, 404, 429, 500]),
    wish=st.text(alphabet=string.ascii_letters + string.digits + " ,:+-", max_size=30),
)
def test_whatever_is_answered_each_video_has_one_answer(
    running: YouTube, body: bytes, status: int, wish: str
):
    running.behave(server.said(body, status=status, Retry_After=wish))
    found: Sequence[Observation | Failure] = ask(gateway_to(running), RIVER, OTTERS)
    assert len(found) == 2
    for one in found:
        if isinstance(one, Failure):
            assert one.reason
            assert len(one.reason) <= 250
            assert one.reason.isprintable()
        else:
            assert one.title is None or one.title.strip()
            _check_counts(one.counts)


def _check_counts(counts: Counts) -> None:
    for count in (counts.views, counts.likes, counts.comments):
        assert count is None or (type(count) is int and 0 <= count < 2**63)
