"""The pages of what a member follows."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from catalogue import subscriptions
from catalogue.models import ImportRun, Subscription
from catalogue.records.targets import parse_target
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db
URL = "/subscriptions/"
GIVEN = {"url": "@QuietRivers", "interval": "24", "start": "new"}


@pytest.fixture(autouse=True)
def is_fetching(settings: Settings) -> None:
    settings.FETCH_ENABLED = True


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def member(author: User) -> Client:
    return signed_in(author)


@pytest.fixture
def row(author: User) -> Subscription:
    return subscriptions.create(parse_target("@QuietRivers"), by=author)


def send(client: Client, **given: str) -> str:
    response = client.post(URL, GIVEN | given, follow=True)
    assert response.status_code == 200
    page = response.content.decode()
    check(page)
    return page


def test_a_visitor_is_asked_to_sign_in(client: Client, row: Subscription):
    for path in (URL, f"{URL}{row.pk}/delete/"):
        assert client.get(path).headers["Location"].startswith("/accounts/login/")
    for act in ("pause", "resume", "look", "delete"):
        response = client.post(f"{URL}{row.pk}/{act}/")
        assert response.headers["Location"].startswith("/accounts/login/")
    assert Subscription.objects.get().is_active


def test_it_is_found_from_the_ledger_and_the_account(member: Client):
    assert read(member, "/imports/").count(f'href="{URL}"') == 2
    assert "You follow nothing yet" in read(member, URL)


def test_following_a_channel_with_filters(member: Client, author: User):
    text = send(
        member, url="https://www.youtube.com/@QuietRivers?si=x", interval="6", start="newest",
        words="otter, heron", words_not="<b>", shortest="10", longest="90",
    )  # fmt: skip
    for part in ("You follow it now", "Every six hours", "Not looked at yet", "otter, heron",
                 "&lt;b&gt;", "of 10 min or more", "of 90 min or less"):  # fmt: skip
        assert part in text
    row = Subscription.objects.get()
    assert (row.by, row.start, row.shortest_ms, row.longest_ms) == (
        author, "newest", 600_000, 5_400_000,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"url": ""}, "This field is required"),
        ({"url": "rivers"}, "no address"),
        ({"url": "swje6NSdkfk"}, "This is one film"),
        ({"interval": "2"}, "valid choice"),
        ({"interval": "x"}, "valid choice"),
        ({"start": "all"}, "valid choice"),
        ({"words": ","}, "There is no word in it"),
        ({"shortest": "-1"}, "greater than or equal to 0"),
        ({"shortest": "1e3"}, "whole number"),
        ({"shortest": "9999999999"}, "No film is as long"),
        ({"shortest": "20", "longest": "10"}, "longest is shorter"),
    ],
)
def test_a_refused_form_comes_back_with_the_reason(
    member: Client, given: dict[str, str], reason: str
):
    assert reason in send(member, **given)
    assert not Subscription.objects.exists()


def test_following_twice_is_refused(member: Client, row: Subscription):
    assert "You follow this already" in send(member)


def test_pausing_looking_and_going_on(member: Client, row: Subscription):
    member.post(f"{URL}{row.pk}/pause/")
    text = read(member, URL)
    assert "Paused" in text
    assert "Resume<" in text
    Subscription.objects.update(due_at=timezone.now() + timedelta(days=1))
    response = member.post(f"{URL}{row.pk}/look/")
    assert response.headers["Location"] == f"{URL}#s{row.pk}"
    row.refresh_from_db()
    assert row.is_active
    assert row.due_at <= timezone.now()
    member.post(f"{URL}{row.pk}/pause/")
    member.post(f"{URL}{row.pk}/resume/")
    row.refresh_from_db()
    assert row.is_active


def test_deleting_asks_first(member: Client, row: Subscription):
    assert "Stop following this?" in read(member, f"{URL}{row.pk}/delete/")
    assert Subscription.objects.exists()
    member.post(f"{URL}{row.pk}/delete/")
    assert "You no longer follow" in read(member, URL)
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("act", ["pause", "resume", "look", "delete"])
def test_others_do_not_find_it(act: str, row: Subscription, moderator: User):
    stranger = signed_in(moderator)
    assert stranger.post(f"{URL}{row.pk}/{act}/").status_code == 404
    assert "QuietRivers<" not in read(stranger, URL)
    assert Subscription.objects.get().is_active


def test_the_page_tells_what_went_wrong_and_what_came(
    member: Client, author: User, row: Subscription
):
    run = ImportRun.objects.create(source=row.url, by=author, subscription=row)
    Subscription.objects.update(
        is_active=False, failures=3, last_failure="YouTube says that it is gone.",
        title="Quiet <Rivers>", looked_at=timezone.now(), last_result="2 new, 1 passed by.",
        brought_in=2, passed_by=1,
    )  # fmt: skip
    text = read(member, URL)
    for part in ("Quiet &lt;Rivers&gt;", "YouTube says that it is gone. It is paused",
                 "2 new, 1 passed by.", f"/imports/{run.pk}/", "Paused"):  # fmt: skip
        assert part in text
    assert "by a subscription" in read(member, f"/imports/{run.pk}/")
    author.language = "fr"
    author.save(update_fields=["language"])
    text = read(member, URL)
    for part in ("<bdi>YouTube</bdi> indique que ce contenu n’existe plus.",
                 "2 nouveautés, 1 hors filtre."):  # fmt: skip
        assert part in text


def test_the_list_costs_the_same_whatever_its_length(member: Client, author: User):
    def add(number: int) -> None:
        row = subscriptions.create(parse_target(f"@channel{number}"), by=author)
        for _run in range(5):
            ImportRun.objects.create(source=row.url, by=author, subscription=row)

    add(1)
    costs = queries(member, URL)
    for number in range(2, 20):
        add(number)
    assert queries(member, URL) == costs


def test_where_fetching_is_off_the_page_says_so(member: Client, settings: Settings):
    settings.FETCH_ENABLED = False
    assert "Fetching is switched off" in read(member, URL)
