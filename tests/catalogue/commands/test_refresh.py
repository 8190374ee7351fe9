"""`manage.py refresh`."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from catalogue.models import VideoCounts
from tests import platform_server
from tests.makers import make_video
from tests.platform_server import Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    settings.FETCH_PRIVATE_ADDRESSES = True
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
    assert refresh("--video", "example:film") == f"{site.url}/film: answered\n"
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
