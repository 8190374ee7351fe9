"""Who is named to those on the same page."""

import time
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from annotations import live, moderation, presence
from annotations.live import Topic
from catalogue.models import Video
from tests.makers import make_claim, make_user

pytestmark = pytest.mark.django_db(transaction=True)
Come = Callable[[User | None], None]


@pytest.fixture
def come(video: Video) -> Iterator[Come]:
    """Note a window on the film, as the live service does."""
    topic = Topic("video", video.pk)
    live.store().delete(presence.key_of(topic))

    def noted(member: User | None) -> None:
        ticket = presence.find_ticket(presence.ticket_for(member or AnonymousUser(), topic), topic)
        assert ticket is not None
        mark = presence.mark_of(f"{time.monotonic_ns():x}", "a", ticket)
        live.store().zadd(presence.key_of(topic), {mark: time.time() + 60})

    yield noted
    live.store().delete(presence.key_of(topic))


def here(client: Client, video: Video) -> str:
    response = client.get(f"{video.get_absolute_url()}here/")
    assert response.headers["Cache-Control"].startswith("max-age=0, no-cache")
    return response.content.decode()


def test_members_who_chose_so_are_named_with_a_link(
    client: Client, video: Video, author: User, come: Come
):
    named = make_user("noor", shows_presence=True)
    for one in (named, named, author, None, None):
        come(one)
    client.force_login(author)
    page = here(client, video)
    assert 'href="/people/noor/"' in page
    assert page.count("noor") == 2
    assert "author" not in page
    assert "and 2 others" in page, "two visitors; not the reader, not a second window"


def test_a_name_goes_with_the_choice_the_account_and_the_window(
    client: Client, video: Video, come: Come
):
    for name in ("mara", "noor", "sam"):
        come(make_user(name, shows_presence=True))
    assert here(client, video).count("<li>") == 3
    User.objects.filter(username="mara").update(shows_presence=False)
    User.objects.filter(username="noor").update(is_active=False)
    page = here(client, video)
    assert "sam" in page
    assert "mara" not in page
    assert "noor" not in page
    live.store().delete(presence.key_of(Topic("video", video.pk)))
    assert "<li>" not in here(client, video)


def test_of_many_some_are_named(client: Client, video: Video, come: Come):
    for number in range(12):
        come(make_user(f"member-{number:02}", shows_presence=True))
    page = here(client, video)
    assert page.count("/people/member-") == presence.NAMED_MAX
    assert "and 3 others" in page, "the reader is one of the twelve windows"


def test_naming_costs_the_same_for_one_and_for_many(
    client: Client, video: Video, come: Come, django_assert_num_queries: DjangoAssertNumQueries
):
    for number in range(10):
        come(make_user(f"member-{number}", shows_presence=True))
    with django_assert_num_queries(2):
        here(client, video)


def test_a_ticket_is_for_this_page_only_and_says_who_is_a_member(
    client: Client, video: Video, reader: User
):
    def shown() -> str:
        return here(client, video).split('data-ticket="')[1].split('"')[0]

    ticket = presence.find_ticket(shown(), Topic("video", video.pk))
    assert ticket is not None
    assert ticket.who == ""
    client.force_login(reader)
    ticket = presence.find_ticket(shown(), Topic("video", video.pk))
    assert ticket is not None
    assert ticket.member is None, "not chosen"
    assert str(reader.pk) != ticket.who
    assert presence.find_ticket(shown(), Topic("claim", video.pk)) is None


def test_who_may_not_read_a_claim_is_not_told_who_does(
    client: Client, video: Video, author: User, moderator: User
):
    claim = make_claim(author=author, video=video)
    assert client.get(f"/claims/{claim.pk}/here/").status_code == 200
    moderation.decide(claim, by=moderator, deed="hide", reason="Off topic.")
    assert client.get(f"/claims/{claim.pk}/here/").status_code == 404
    client.force_login(moderator)
    assert client.get(f"/claims/{claim.pk}/here/").status_code == 200
    assert client.get("/claims/999999/here/").status_code == 404
