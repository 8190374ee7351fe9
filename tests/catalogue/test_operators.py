"""The operators' page about the refresh: who gets in, what it says, and what can be done there."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from catalogue.models import CountSample, GatewayState
from catalogue.platforms import Failure, FailureKind
from catalogue.refreshing import standing
from catalogue.refreshing.asking import ways
from tests.looks import look
from tests.makers import make_user, make_video
from tests.pages import check

pytestmark = pytest.mark.django_db

PAGE = "/admin/refresh/"
CLOSE = "/admin/refresh/ytdlp/ask-again/"
LOAD = "/admin/refresh/load/"
ALL = (PAGE, CLOSE, LOAD)


@pytest.fixture
def operator() -> User:
    return make_user("operator", is_staff=True, is_superuser=True)


def open_breaker() -> GatewayState:
    """Let yt-dlp refuse for an hour."""
    GatewayState.objects.create(
        name="ytdlp", open_until=timezone.now() + timedelta(hours=1), failures=5,
        last_failure="misconfigured: the key is wrong", failed_at=timezone.now(),
    )  # fmt: skip
    return GatewayState.objects.get()


def allow(user: User, *codenames: str) -> None:
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))


def read(client: Client, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("path", ALL)
def test_who_is_no_operator_does_not_get_in(
    client: Client, reader: User, moderator: User, path: str
):
    assert client.get(path).status_code == 302
    client.force_login(reader)
    allow(reader, "view_gatewaystate", "change_gatewaystate")
    assert client.get(path).status_code == 302
    client.force_login(moderator)
    assert client.get(path).status_code == 403


def test_staff_with_the_right_to_read_reads_and_does_nothing(client: Client, moderator: User):
    open_breaker()
    allow(moderator, "view_gatewaystate")
    client.force_login(moderator)
    page = read(client)
    assert "open: nobody asks for" in page
    assert "again now" not in page
    assert "Find the load" not in page
    for path in (CLOSE, LOAD):
        assert client.get(path).status_code == 403
        assert client.post(path).status_code == 403
    assert GatewayState.objects.get().open_until is not None


def test_staff_with_the_right_to_act_acts(client: Client, moderator: User):
    open_breaker()
    allow(moderator, "view_gatewaystate", "change_gatewaystate")
    client.force_login(moderator)
    assert client.post(CLOSE).status_code == 302
    assert GatewayState.objects.get().open_until is None


def test_index_leads_there_whom_it_concerns(client: Client, operator: User, moderator: User):
    client.force_login(operator)
    assert f'href="{PAGE}"' in read(client, "/admin/")
    client.force_login(moderator)
    assert f'href="{PAGE}"' not in read(client, "/admin/")


def test_page_tells_queues_budgets_breakers_failures_and_samples(
    client: Client, operator: User, settings: Settings
):
    settings.REFRESH_ENABLED = True
    settings.YTDLP_CALLS_PER_MINUTE = 60
    now = timezone.now()
    make_video(refresh_at=now - timedelta(days=2))
    look(make_video(refresh_at=now), Failure(FailureKind.PRIVATE, "not for all"))
    CountSample.objects.create(video=make_video(), observed_at=now + timedelta(days=200))
    open_breaker()
    client.force_login(operator)
    page = read(client)
    check(page)
    for words in (
        "1 of 2 videos", "2 d ago", "0 of 60 units", "misconfigured, 0 s ago", "the key is wrong",
        "private", "Partitions until", f"{now:%Y-%m}", "Look into this",
    ):  # fmt: skip
        assert words in page
    assert "SIDENOTE_REFRESH is off" not in page


@pytest.mark.parametrize("language", ["fr", "es", "ar"])
def test_page_speaks_the_language_of_its_reader(client: Client, operator: User, language: str):
    open_breaker()
    client.force_login(operator)
    client.cookies["django_language"] = operator.language = language
    operator.save(update_fields=["language"])
    page = read(client)
    check(page)
    main = page[page.index('id="content-main"') :]
    for words in ("Breaker", "nobody asks", "Due now", "calls", "ago, ", "units", "Samples"):
        assert words not in main
    assert '<span lang="en" dir="ltr">the key is wrong</span>' in main
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in page


def test_page_says_that_workers_ask_nobody(client: Client, operator: User, settings: Settings):
    settings.REFRESH_ENABLED = False
    client.force_login(operator)
    assert "SIDENOTE_REFRESH is off" in read(client)
    assert "No video fails." in read(client)


def test_closing_a_breaker_is_confirmed_and_logged_and_lets_workers_ask(
    client: Client, operator: User
):
    open_breaker()
    (way,) = ways()
    assert standing.reserve(way.name, 1, budget=way.budget, now=timezone.now()).units == 0
    client.force_login(operator)
    assert f'href="{CLOSE}"' in read(client)
    assert "Ask again now" in read(client, CLOSE)
    assert GatewayState.objects.get().open_until is not None
    answer = client.post(CLOSE, follow=True)
    assert "Workers ask ytdlp again" in answer.content.decode()
    row = GatewayState.objects.get()
    assert (row.open_until, row.probe_until, row.failures) == (None, None, 0)
    assert standing.reserve(way.name, 1, budget=way.budget, now=timezone.now()).units == 1
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (operator, "ytdlp")
    assert entry.get_change_message() == "Closed the breaker."


def test_breaker_that_is_closed_is_left_alone(client: Client, operator: User):
    GatewayState.objects.create(name="ytdlp", failures=3)
    client.force_login(operator)
    assert "again now" not in read(client)
    assert "closed already" in client.post(CLOSE, follow=True).content.decode()
    assert GatewayState.objects.get().failures == 3
    assert not LogEntry.objects.exists()


def test_nobody_is_asked_again_who_is_not_asked(client: Client, operator: User):
    client.force_login(operator)
    assert client.get("/admin/refresh/another/ask-again/").status_code == 404
    assert client.post("/admin/refresh/another/ask-again/").status_code == 404


def test_load_is_found_when_an_operator_wants_it(client: Client, operator: User):
    make_video(refresh_at=timezone.now())
    client.force_login(operator)
    assert "never found" in read(client)
    assert "Reads all videos" in read(client, LOAD)
    assert not GatewayState.objects.exists()
    answer = client.post(LOAD, follow=True)
    assert "The intervals of ytdlp are stretched 1.00 times." in answer.content.decode()
    assert GatewayState.objects.get().load_at is not None
    assert LogEntry.objects.get().get_change_message().startswith("Found the load")


@pytest.mark.parametrize("path", [CLOSE, LOAD])
def test_no_other_site_can_act_through_an_operator(operator: User, path: str):
    open_breaker()
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    assert client.post(path).status_code == 403
    row = GatewayState.objects.get()
    assert row.open_until is not None
    assert row.load_at is None
