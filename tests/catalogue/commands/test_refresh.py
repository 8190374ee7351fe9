"""`manage.py refresh`."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from catalogue.models import GatewayState, VideoCounts
from tests import platform_server
from tests.makers import make_channel, make_video
from tests.platform_server import Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    settings.FETCH_PRIVATE_ADDRESSES = True
    settings.YTDLP_CALLS_PER_MINUTE = 100_000
    with platform_server.running() as site:
        site.add("/film")
        yield site


def refresh(*arguments: str) -> str:
    out = StringIO()
    call_command("refresh", *arguments, stdout=out)
    return out.getvalue()


def test_one_video_is_looked_at_before_it_is_due(site: Site):
    make_video(
        platform="example", platform_id="film", url=f"{site.url}/film",
        refresh_at=timezone.now() + timedelta(days=9),
    )  # fmt: skip
    assert refresh("--video", "example:film") == "1 asked, 1 answered.\n"
    assert VideoCounts.objects.get().views == 154_080


def test_all_that_are_due_are_looked_at(site: Site):
    past = timezone.now() - timedelta(days=1)
    for _ in range(7):
        make_video(platform="example", url=f"{site.url}/film", refresh_at=past)
    make_video(platform="example", url=f"{site.url}/nothing", refresh_at=past)
    assert refresh("--due").endswith("8 asked, 7 answered.\n")


def test_no_answer_is_an_error(site: Site):
    make_video(
        platform="example", platform_id="film", url=f"{site.url}/nothing",
        refresh_at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(CommandError, match="no answer"):
        refresh("--video", "example:film")


def test_unknown_video_is_said():
    with pytest.raises(CommandError, match="There is no video youtube:nothing"):
        refresh("--video", "youtube:nothing")


def test_video_that_nobody_can_ask_about_is_said():
    make_video(platform="sample", platform_id="film", refresh_at=None)
    with pytest.raises(CommandError, match="nobody can be asked"):
        refresh("--video", "sample:film")


def test_all_that_are_due_are_looked_at_at_the_pace_of_the_budget(site: Site, settings: Settings):
    settings.YTDLP_CALLS_PER_MINUTE = 240
    past = timezone.now() - timedelta(days=1)
    for _ in range(25):
        make_video(platform="example", url=f"{site.url}/film", refresh_at=past)
    assert refresh("--due").endswith("25 asked, 25 answered.\n")
    state = GatewayState.objects.get(name="ytdlp")
    assert (state.answers, state.calls) == (25, 25)
    settings.YTDLP_CALLS_PER_MINUTE = 0
    VideoCounts.objects.update(refresh_at=past)
    told = refresh("--due").splitlines()
    assert told == ["0 asked, 0 answered.", "25 are still due, and wait: --status tells for what."]


def test_all_films_of_a_channel_are_looked_at(site: Site):
    channel = make_channel(platform="example")
    later = timezone.now() + timedelta(days=9)
    for _ in range(7):
        make_video(platform="example", url=f"{site.url}/film", refresh_at=later, channel=channel)
    make_video(platform="example", url=f"{site.url}/film", refresh_at=later, channel=None)
    assert refresh("--channel", str(channel.pk)).endswith("7 asked, 7 answered.\n")
    assert VideoCounts.objects.filter(looked_at=None).count() == 1
    with pytest.raises(CommandError, match="no video of a channel 0"):
        refresh("--channel", "0")


def test_status_asks_nobody_and_tells_how_all_stands(settings: Settings):
    settings.REFRESH_ENABLED = False
    make_video(refresh_at=timezone.now() - timedelta(days=3))
    told = refresh("--status")
    assert "! SIDENOTE_REFRESH is off" in told
    assert "\nytdlp\n" in told
    assert re.search(r"^  Due now +1 of 1 video$", told, re.MULTILINE)
    assert re.search(r"^! Oldest due +3 d ago", told, re.MULTILINE)
    assert "Failing videos\n  none\n" in told
    assert VideoCounts.objects.get().looked_at is None


def test_status_is_told_to_programs_too():
    make_video(refresh_at=timezone.now() - timedelta(days=3))
    told = json.loads(refresh("--status", "--json"))
    (gateway,) = told["gateways"]
    assert (gateway["name"], gateway["due"], gateway["breaker"]) == ("ytdlp", 1, "closed")
    assert gateway["answered_at"] is None
    assert told["failing"]["gone"] == told["waiting"] == 0


def test_json_goes_with_status_only():
    with pytest.raises(CommandError, match="--json goes with --status"):
        refresh("--due", "--json")
