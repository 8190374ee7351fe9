"""The pages of the ledger for pasted addresses: the form, how it goes, cancelling."""

from collections.abc import Iterator
from datetime import timedelta
from html import escape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from catalogue import tasks
from catalogue.ingest import fetches
from catalogue.models import Fetch, ImportRun, RunState, Video
from catalogue.records.targets import MAX_TARGETS, parse_target
from tests import platform_server
from tests.pages import check, queries, read
from tests.platform_server import Page, Site, feed, item, send

pytestmark = pytest.mark.django_db
ID = "swje6NSdkfk"
WATCH = f"https://www.youtube.com/watch?v={ID}"


@pytest.fixture(autouse=True)
def is_fetching(settings: Settings) -> None:
    settings.FETCH_ENABLED = True
    settings.FETCH_PRIVATE_ADDRESSES = True


@pytest.fixture
def site() -> Iterator[Site]:
    with platform_server.running() as site:
        yield site


@pytest.fixture
def member(author: User) -> Client:
    return signed_in(author)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def paste(client: Client, text: str) -> str:
    """Send the form, and return the page that it answers with, checked."""
    response = client.post("/imports/addresses/", {"addresses": text}, follow=True)
    assert response.status_code == 200
    page = response.content.decode()
    check(page)
    return page


# --- Pasting --------------------------------------------------------------------------


def test_a_pasted_address_waits_with_its_run_and_no_tracking(member: Client, author: User):
    response = member.post(
        "/imports/addresses/", {"addresses": f"https://youtu.be/{ID}?si=abc&t=42"}
    )
    run = ImportRun.objects.get()
    assert response.headers["Location"] == f"/imports/{run.pk}/"
    assert (run.source, run.by, run.state) == (WATCH, author, RunState.WAITING)
    text = read(member, f"/imports/{run.pk}/")
    for part in ("Waiting", "It waits for its turn.", WATCH, "Reload", "Cancel", "import.js"):
        assert part in text
    assert "si=abc" not in text
    assert WATCH in read(Client(), "/imports/")


def test_the_page_tells_how_it_goes_to_the_end(member: Client, site: Site):
    for number in range(6):
        site.add(f"/film{number}", Page(title=f"Film <{number}>"))
    items = [item(f"{site.url}/film{number}") for number in range(6)]
    paste(member, feed(site, "/list", *items, title="Many &lt;films&gt;"))
    run = ImportRun.objects.get()
    tasks.fetch_due()
    tasks.fetch_due()
    text = read(member, f"/imports/{run.pk}/")
    for part in ("5 of 6 films asked for details", "Many &lt;films&gt;", 'value="5"', "Cancel"):
        assert part in text
    tasks.fetch_due()
    text = read(member, f"/imports/{run.pk}/")
    assert "Finished" in text
    assert "Film &lt;5&gt;" in text
    for part in ("Cancel", "import.js", "Reload"):
        assert part not in text
    assert "Take it back" in text


def test_a_failure_is_told_in_words(member: Client, site: Site):
    page = paste(member, site.answer("/gone", lambda h: send(h, b"no", status=404)))
    assert "Waiting" in page
    tasks.fetch_due()
    text = read(member, f"/imports/{ImportRun.objects.get().pk}/")
    assert "Failed" in text
    assert "127.0.0.1 says that it is gone" in text
    assert "It was interrupted" not in text
    assert "Failed" in read(member, "/imports/")


def test_a_site_that_asks_to_wait_is_told_with_the_next_try(member: Client, site: Site):
    paste(member, site.answer("/busy", lambda h: send(h, b"", status=429, Retry_After="5400")))
    tasks.fetch_due()
    text = read(member, f"/imports/{ImportRun.objects.get().pk}/")
    assert "127.0.0.1 asked us to wait" in text
    assert "Next try in 1 hour." in text


def test_a_private_address_is_refused_with_the_reason(
    member: Client, site: Site, settings: Settings
):
    settings.FETCH_PRIVATE_ADDRESSES = False
    site.add("/film")
    paste(member, f"{site.url}/film")
    tasks.fetch_due()
    assert site.asked == []
    text = read(member, f"/imports/{ImportRun.objects.get().pk}/")
    assert "This address is not asked: what it leads to is not a public address." in text


def test_several_addresses_are_several_runs(member: Client):
    page = paste(member, f"{ID}\n@QuietRivers\n{WATCH}\nhttps://example.org/film")
    assert "3 addresses are fetched now" in page
    kinds = Fetch.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["video", "channel", "page"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Paste an address first"),
        ("   ", "Paste an address first"),
        ("ftp://example.org/film", "Only http and https are fetched"),
        ("https://me:secret@example.org/", "user name"),
        (f"{ID}\nrivers\nhttps://youtu.be/x", "Line 2: “rivers” is no address"),
        (f"{ID}\nrivers\nhttps://youtu.be/x", "Line 3: “x” is no id"),
        ("\n".join(f"https://example.org/{n}" for n in range(MAX_TARGETS + 1)), "too many at once"),
        ("<>", "There is no address in it"),
    ],
)
def test_a_text_that_names_nothing_is_refused_and_kept(member: Client, text: str, reason: str):
    page = paste(member, text)
    assert reason in page.replace("&#x27;", "'")
    if "secret" not in text and "\n" not in text:
        assert f"\n{escape(text)}</textarea>" in page
    assert not ImportRun.objects.exists()


def test_who_has_too_many_waiting_is_told(member: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetches, "OPEN_MAX", 2)
    assert "2 of your addresses are still waiting" in paste(member, "@a1\n@b1\n@c1")
    assert not ImportRun.objects.exists(), "all or none"


def test_a_visitor_is_asked_to_sign_in(client: Client):
    text = read(client, "/imports/")
    assert "Members paste the address of a film" in text
    assert "/imports/addresses/" not in text
    response = client.post("/imports/addresses/", {"addresses": ID})
    assert response.headers["Location"].startswith("/accounts/login/")
    assert not ImportRun.objects.exists()


def test_the_form_needs_its_token(author: User):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(author)
    assert strict.post("/imports/addresses/", {"addresses": ID}).status_code == 403


def test_the_address_of_the_form_leads_to_the_ledger(member: Client):
    assert member.get("/imports/addresses/").headers["Location"] == "/imports/"


def test_where_fetching_is_off_the_pages_say_so(member: Client, settings: Settings):
    settings.FETCH_ENABLED = False
    assert "Fetching is switched off" in read(member, "/imports/")
    assert "Fetching is switched off" in paste(member, ID)


# --- Cancelling -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "is_allowed"),
    [("author", True), ("moderator", True), ("stranger", False), (None, False)],
)
def test_only_who_asked_and_staff_cancel(
    who: str | None, is_allowed: bool, author: User, request: pytest.FixtureRequest
):
    run = fetches.create(parse_target(ID), by=author)
    client = signed_in(request.getfixturevalue(who)) if who else Client()
    assert ("Cancel</button>" in read(client, f"/imports/{run.pk}/")) == is_allowed
    assert client.get(f"/imports/{run.pk}/cancel/").status_code in {302, 405}
    assert client.post(f"/imports/{run.pk}/cancel/").status_code == 302
    text = read(client, f"/imports/{run.pk}/")
    assert (f"Cancelled by {who}." in text) == is_allowed


def test_a_run_that_fetches_nothing_has_nothing_to_cancel(member: Client, author: User):
    run = ImportRun.objects.create(source="a", by=author, state=RunState.FINISHED)
    assert "Cancel" not in read(member, f"/imports/{run.pk}/")
    member.post(f"/imports/{run.pk}/cancel/")
    run.refresh_from_db()
    assert run.state == RunState.FINISHED
    assert member.post("/imports/999999/cancel/").status_code == 404


# --- Cost -----------------------------------------------------------------------------


def test_fetches_cost_the_ledger_nothing(client: Client, author: User, site: Site):
    fetches.create(parse_target(ID), by=author)
    costs = queries(client, "/imports/")
    for number in range(20):
        fetches.create(parse_target(f"https://example.org/{number}"), by=author)
    assert queries(client, "/imports/") == costs == 1
    site.add("/film")
    run = fetches.create(parse_target(f"{site.url}/film"), by=author)
    Fetch.objects.exclude(pk=run.pk).update(due_at=timezone.now() + timedelta(days=1))
    assert queries(client, f"/imports/{run.pk}/") == 2
    tasks.fetch_due()
    assert Video.objects.exists()
    assert queries(client, f"/imports/{run.pk}/") == 2
