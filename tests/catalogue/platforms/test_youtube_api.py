"""The gateway to YouTube's API, over real HTTP, against a server on loopback that plays it."""

import gzip
import json
import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from catalogue.platforms import Failure, FailureKind, Observation, youtube_api
from catalogue.platforms.gateways import Asked
from catalogue.platforms.youtube_api import YouTubeApi, until_renewal
from catalogue.records.record import Counts
from tests import youtube_api_server as server
from tests.catalogue.platforms.asking import (
    HERONS,
    OTTERS,
    RIVER,
    ask,
    failure_of,
    gateway_to,
    numbered,
    seen,
)
from tests.platform_server import redirect_to
from tests.youtube_api_server import FakeVideo, YouTube

MIDNIGHT_THERE = datetime(2026, 1, 2, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def running() -> Iterator[YouTube]:
    with server.running() as youtube:
        yield youtube


@pytest.fixture
def youtube(running: YouTube) -> YouTube:
    running.forget()
    return running


# --- What is told ---------------------------------------------------------------------


def test_video_tells_all_that_is_known(youtube: YouTube):
    youtube.add(RIVER)
    before = datetime.now(UTC)
    found = seen(gateway_to(youtube))
    assert before <= found.observed_at <= datetime.now(UTC)
    assert found.counts == Counts(views=154_080, likes=3_003, dislikes=None, comments=12)
    assert found.title == "The River That Was Moved"
    assert found.description == "How a river came to flow the other way."
    assert found.duration_ms == 586_000


def test_counts_that_change_are_seen(youtube: YouTube):
    video, gateway = youtube.add(RIVER), gateway_to(youtube)
    assert seen(gateway).counts.views == 154_080
    video.views = 154_081
    assert seen(gateway).counts.views == 154_081


def test_hidden_counts_are_unknown_and_never_nought(youtube: YouTube):
    youtube.add(RIVER, FakeVideo(views=0, likes=None, comments=None))
    assert seen(gateway_to(youtube)).counts == Counts(views=0)


def test_video_of_which_nothing_is_told_is_there(youtube: YouTube):
    youtube.add(RIVER)
    youtube.behave(server.bare)
    found = seen(gateway_to(youtube))
    assert (found.counts, found.title, found.description) == (Counts(), None, None)


def test_stream_that_runs_has_no_length(youtube: YouTube):
    youtube.add(RIVER, FakeVideo(duration="P0D"))
    assert seen(gateway_to(youtube)).duration_ms is None


@pytest.mark.parametrize(
    "video",
    [
        FakeVideo(status={"privacyStatus": "unlisted"}),
        FakeVideo(details={"contentRating": {"ytRating": "ytAgeRestricted"}}),
        FakeVideo(details={"regionRestriction": {"blocked": ["DE"]}}),
        FakeVideo(details={"regionRestriction": {"allowed": ["DE"]}}),
        FakeVideo(details={"regionRestriction": {}}),
    ],
)
def test_video_that_some_can_see_is_seen(youtube: YouTube, video: FakeVideo):
    youtube.add(RIVER, video)
    assert seen(gateway_to(youtube)).counts.views == 154_080


@pytest.mark.parametrize(
    ("video", "kind"),
    [
        (FakeVideo(status={"privacyStatus": "private"}), FailureKind.PRIVATE),
        (FakeVideo(status={"uploadStatus": "deleted"}), FailureKind.GONE),
        (FakeVideo(status={"uploadStatus": "rejected", "rejectionReason": "copyright"}),
         FailureKind.GONE),
        (FakeVideo(status={"uploadStatus": "rejected",
                           "rejectionReason": "uploaderAccountSuspended"}),
         FailureKind.TERMINATED_CHANNEL),
        (FakeVideo(details={"regionRestriction": {"allowed": []}}), FailureKind.GEO_BLOCKED),
    ],
)  # fmt: skip
def test_video_that_nobody_can_see_is_a_failure(
    youtube: YouTube, video: FakeVideo, kind: FailureKind
):
    youtube.add(RIVER, video)
    found = failure_of(gateway_to(youtube))
    assert (found.kind, found.is_about_video) == (kind, True)


# --- Batches and ids ------------------------------------------------------------------


def test_fifty_videos_are_one_call(youtube: YouTube):
    ids = numbered(50)
    for platform_id in ids:
        youtube.add(platform_id, FakeVideo(title=platform_id))
    found = ask(gateway_to(youtube), *ids)
    assert [one.title for one in found if isinstance(one, Observation)] == ids
    assert [call.ids for call in youtube.calls] == [tuple(ids)]


def test_more_videos_are_cut_into_calls(youtube: YouTube):
    youtube.find = lambda platform_id: FakeVideo(title=platform_id)
    found = ask(gateway_to(youtube), *numbered(101))
    assert [one.title for one in found if isinstance(one, Observation)] == numbered(101)
    assert [len(call.ids) for call in youtube.calls] == [50, 50, 1]


def test_no_videos_are_no_call(youtube: YouTube):
    assert ask(gateway_to(youtube)) == []
    assert youtube.call_count == 0


def test_video_that_is_left_out_is_missing(youtube: YouTube):
    youtube.add(RIVER)
    river, otters = ask(gateway_to(youtube), RIVER, OTTERS)
    assert isinstance(river, Observation)
    assert isinstance(otters, Failure)
    assert (otters.kind, otters.kind.is_loss, otters.is_about_video) == (
        FailureKind.MISSING, True, True,
    )  # fmt: skip


def test_partial_answer_leaves_the_rest_missing(youtube: YouTube):
    for platform_id in (RIVER, OTTERS, HERONS):
        youtube.add(platform_id)
    youtube.behave(server.partial(2))
    kinds = [type(found) for found in ask(gateway_to(youtube), RIVER, OTTERS, HERONS)]
    assert kinds == [Observation, Observation, Failure]


def test_answers_about_others_are_passed_over(youtube: YouTube):
    youtube.add(RIVER, FakeVideo(views=5))
    youtube.behave(server.lying(HERONS, "not-asked-1"))
    river, otters = ask(gateway_to(youtube), RIVER, OTTERS)
    assert isinstance(river, Observation)
    assert (river.title, river.counts.views) == ("The River That Was Moved", 5)
    assert isinstance(otters, Failure)
    assert otters.kind == FailureKind.MISSING


def test_video_asked_twice_is_sent_once_and_answered_twice(youtube: YouTube):
    youtube.add(RIVER)
    first, second = ask(gateway_to(youtube), RIVER, RIVER)
    assert first == second
    assert youtube.id_count == 1


def test_video_of_another_platform_is_refused_without_a_call(youtube: YouTube):
    gateway = gateway_to(youtube)
    videos = [
        Asked(1, "vimeo", RIVER, "https://vimeo.com/1"),
        Asked(2, "youtube", "one,two", "https://www.youtube.com/watch?v=one,two"),
    ]
    assert [gateway.can_ask(video) for video in videos] == [False, False]
    found = dict(gateway.fetch(videos))
    assert {one.kind for one in found.values() if isinstance(one, Failure)} == {FailureKind.REFUSED}
    assert list(found) == videos
    assert youtube.call_count == 0


def test_item_that_cannot_be_read_spoils_no_other(youtube: YouTube):
    youtube.add(RIVER, FakeVideo(duration="for ever"))
    youtube.add(OTTERS)
    river, otters = ask(gateway_to(youtube), RIVER, OTTERS)
    assert isinstance(river, Failure)
    assert (river.kind, river.is_about_video) == (FailureKind.MALFORMED, True)
    assert "contentDetails.duration" in river.reason
    assert isinstance(otters, Observation)


# --- Refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "keyInvalid", FailureKind.MISCONFIGURED),
        (400, "keyExpired", FailureKind.MISCONFIGURED),
        (400, "invalidParameter", FailureKind.MALFORMED),
        (401, "authError", FailureKind.MISCONFIGURED),
        (403, "forbidden", FailureKind.MISCONFIGURED),
        (403, "accessNotConfigured", FailureKind.MISCONFIGURED),
        (403, "quotaExceeded", FailureKind.QUOTA_EXHAUSTED),
        (403, "dailyLimitExceeded", FailureKind.QUOTA_EXHAUSTED),
        (403, "rateLimitExceeded", FailureKind.RATE_LIMITED),
        (403, "userRateLimitExceeded", FailureKind.RATE_LIMITED),
        (403, "SERVICE_UNAVAILABLE", FailureKind.TEMPORARY),
        (404, "videoNotFound", FailureKind.MALFORMED),
        (408, "timeout", FailureKind.TEMPORARY),
        (429, "whatever", FailureKind.RATE_LIMITED),
        (429, "quotaExceeded", FailureKind.QUOTA_EXHAUSTED),
        (500, "backendError", FailureKind.TEMPORARY),
        (503, "", FailureKind.TEMPORARY),
        (200, "quotaExceeded", FailureKind.QUOTA_EXHAUSTED),
        (200, "whatever", FailureKind.MALFORMED),
    ],
)
def test_refusal_tells_its_kind_for_all_that_were_asked(
    youtube: YouTube, status: int, reason: str, kind: FailureKind
):
    youtube.behave(server.refused(status, reason))
    for found in ask(gateway_to(youtube), RIVER, OTTERS):
        assert isinstance(found, Failure)
        assert (found.kind, found.is_of_call, found.is_about_video) == (kind, True, False)
        assert reason in found.reason


# As https://cloud.google.com/apis/design/errors describes them; the API has both forms.
NEW_KEY_ERROR = {
    "error": {
        "code": 400,
        "message": "API key not valid.",
        "errors": [{"message": "API key not valid.", "domain": "global", "reason": "badRequest"}],
        "status": "INVALID_ARGUMENT",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                     "reason": "API_KEY_INVALID"}],
    }
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (400, NEW_KEY_ERROR, FailureKind.MISCONFIGURED),
        (503, {"error": {"status": "UNAVAILABLE"}}, FailureKind.TEMPORARY),
        (400, {"error": {"status": "RESOURCE_EXHAUSTED"}}, FailureKind.RATE_LIMITED),
        (403, {"error": "error message"}, FailureKind.MISCONFIGURED),
        (200, {"error": "error message"}, FailureKind.MALFORMED),
        (502, [], FailureKind.TEMPORARY),
        (418, None, FailureKind.MALFORMED),
    ],
)
def test_other_forms_of_refusal_are_understood(
    youtube: YouTube, status: int, document: object, kind: FailureKind
):
    youtube.behave(server.told(document, status=status))
    found = failure_of(gateway_to(youtube))
    assert (found.kind, found.is_of_call) == (kind, True)


def test_what_the_api_says_is_told_without_markup(youtube: YouTube):
    youtube.behave(server.quota_exhausted)
    reason = failure_of(gateway_to(youtube)).reason
    assert reason == "HTTP 403: quotaExceeded: 403: You have exceeded your quota."


@pytest.mark.parametrize("way", [server.quota_exhausted, server.rate_limited("9"),
                                 server.unauthorised])  # fmt: skip
def test_failure_that_stops_the_gateway_is_not_met_twice(youtube: YouTube, way: server.Way):
    youtube.find = lambda _platform_id: FakeVideo()
    youtube.behave(server.as_it_should, way)
    found = ask(gateway_to(youtube), *numbered(200))
    assert [isinstance(one, Observation) for one in found] == [True] * 50 + [False] * 150
    assert all(one.kind.stops_gateway for one in found[50:] if isinstance(one, Failure))
    assert youtube.call_count == 2


def test_call_that_breaks_off_spoils_no_other_call(youtube: YouTube):
    youtube.find = lambda _platform_id: FakeVideo()
    youtube.behave(server.dying, server.as_it_should)
    found = ask(gateway_to(youtube), *numbered(100))
    assert [isinstance(one, Observation) for one in found] == [False] * 50 + [True] * 50


def test_quota_that_runs_out_is_met_in_the_middle(youtube: YouTube):
    youtube.find = lambda _platform_id: FakeVideo()
    youtube.units_left = 1
    gateway = gateway_to(youtube)
    assert isinstance(ask(gateway, *numbered(50))[0], Observation)
    found = failure_of(gateway)
    assert found.kind == FailureKind.QUOTA_EXHAUSTED
    assert (youtube.call_count, youtube.overrun_count) == (2, 1)
    # The day of YouTube may have 25 hours.
    assert timedelta() < (found.retry_after or timedelta()) <= timedelta(hours=25)


@pytest.mark.parametrize(
    ("at", "wait"),
    [
        (MIDNIGHT_THERE - timedelta(minutes=90), timedelta(minutes=90)),
        (MIDNIGHT_THERE, timedelta(days=1)),
        # The nights on which the clocks there are set.
        (datetime(2026, 3, 8, 9, tzinfo=UTC), timedelta(hours=22)),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), timedelta(hours=24.5)),
    ],
)
def test_quota_is_new_at_midnight_in_california(at: datetime, wait: timedelta):
    assert until_renewal(at) == wait


def test_wish_in_seconds_is_kept(youtube: YouTube):
    youtube.behave(server.rate_limited("90"))
    found = failure_of(gateway_to(youtube))
    assert (found.kind, found.retry_after) == (FailureKind.RATE_LIMITED, timedelta(seconds=90))


def test_wish_with_a_date_is_kept(youtube: YouTube):
    youtube.behave(
        server.rate_limited(format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True))
    )
    wish = failure_of(gateway_to(youtube)).retry_after
    assert wish is not None
    assert timedelta(minutes=115) < wish <= timedelta(hours=2)


# --- The key --------------------------------------------------------------------------


def test_wrong_key_is_our_own_fault(youtube: YouTube):
    found = failure_of(gateway_to(youtube, "a-wrong-key"))
    assert (found.kind, found.kind.stops_gateway) == (FailureKind.MISCONFIGURED, True)


def test_key_is_told_to_nobody(youtube: YouTube, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    gateway = gateway_to(youtube)
    youtube.behave(server.refused(403, "forbidden", f"The key {server.KEY} may not ask."))
    assert "The key … may not ask." in failure_of(gateway).reason
    youtube.behave(server.said(b"HTTP", Location=f"/?key={server.KEY}", status=302))
    assert server.KEY not in failure_of(gateway).reason
    assert server.KEY not in caplog.text + repr(gateway)
    assert all(server.KEY not in str(call) for call in youtube.calls)


@pytest.mark.parametrize("key", ["", "with\nnewline", "with space", "ключ", "x" * 201])
def test_what_can_be_no_key_is_refused_without_being_shown(key: str):
    with pytest.raises(ValueError, match="no line of letters") as caught:
        YouTubeApi(key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "allow_private"),
    [
        ("http://www.googleapis.com/youtube/v3", True), ("http://10.0.0.1/youtube/v3", True),
        ("http://127.0.0.1/youtube/v3", False), ("ftp://127.0.0.1/", True), ("", True),
        ("https:///youtube/v3", True), ("https://me:secret@www.googleapis.com/", True),
        ("https://www.googleapis.com:port/", True),
    ],
)  # fmt: skip
def test_key_is_sent_in_clear_to_this_machine_only(url: str, allow_private: bool):
    with pytest.raises(ValueError, match=r"over https only|Port could not"):
        YouTubeApi("key", url=url, allow_private=allow_private)


def test_real_address_needs_nothing_but_a_key():
    assert YouTubeApi("key").name == "youtube_api"


def test_redirect_is_not_followed(youtube: YouTube):
    youtube.behave(lambda handler, _youtube, _call: redirect_to(youtube.url)(handler))
    assert failure_of(gateway_to(youtube)).kind == FailureKind.MALFORMED
    assert youtube.call_count == 1


def test_address_inside_is_not_asked(youtube: YouTube, monkeypatch: pytest.MonkeyPatch):
    """The name of the API may come to mean an address of the inside."""
    gateway = gateway_to(youtube)
    monkeypatch.setattr(gateway, "_allow_private", False)
    found = failure_of(gateway)
    assert (found.kind, found.is_about_video) == (FailureKind.MISCONFIGURED, False)
    assert "127.0.0.1" not in found.reason
    assert youtube.call_count == 0


# --- Servers that misbehave -----------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (server.slow(30), FailureKind.TEMPORARY),
        (server.trickling, FailureKind.TEMPORARY),
        (server.dying, FailureKind.TEMPORARY),
        (server.broken_json, FailureKind.MALFORMED),
        (server.said(b""), FailureKind.MALFORMED),
        (server.said(b"<!doctype html>Sign in to this network"), FailureKind.MALFORMED),
        (server.said(b"no gzip", Content_Encoding="gzip"), FailureKind.MALFORMED),
        (server.said(b"[" * 100_000), FailureKind.MALFORMED),
        (server.told([]), FailureKind.MALFORMED),
        (server.told({}), FailureKind.MALFORMED),
        (server.told({"kind": "youtube#channelListResponse", "items": []}), FailureKind.MALFORMED),
        (server.told({"kind": "youtube#videoListResponse", "items": {}}), FailureKind.MALFORMED),
    ],
)
def test_answer_that_is_none_is_a_failure_of_the_call(
    youtube: YouTube, way: server.Way, kind: FailureKind
):
    youtube.add(RIVER)
    youtube.behave(way)
    gateway = gateway_to(youtube, timeout_s=0.3)
    found = failure_of(gateway)
    assert (found.kind, found.is_about_video) == (kind, False)
    assert isinstance(seen(gateway), Observation)


@pytest.mark.parametrize("is_packed", [False, True])
def test_answer_that_is_too_large_is_cut_off(youtube: YouTube, is_packed: bool):
    body = json.dumps({"kind": "x" * 2 * youtube_api.MAX_ANSWER_BYTES}).encode()
    way = server.said(gzip.compress(body), Content_Encoding="gzip") if is_packed else (
        server.said(body)
    )  # fmt: skip
    youtube.behave(way)
    found = failure_of(gateway_to(youtube))
    assert found.is_of_call
    assert "too large" in found.reason


def test_server_that_is_not_there_is_temporary():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/youtube/v3"
        found = failure_of(YouTubeApi("key", url=url, allow_private=True))
    assert (found.kind, found.is_about_video) == (FailureKind.TEMPORARY, False)


def test_proxy_of_the_environment_is_not_used(youtube: YouTube, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    youtube.add(RIVER)
    assert seen(gateway_to(youtube)).title
