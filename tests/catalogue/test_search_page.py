"""What the page of films shows beside the films."""

import pytest
from django.test import Client

from accounts.models import User
from catalogue import search_page
from catalogue.models import Availability
from tests.makers import make_channel, make_claim, make_transcript, make_video
from tests.pages import queries, read

pytestmark = pytest.mark.django_db


def test_a_script_is_served_the_list_alone(client: Client):
    make_video(title="The Moved River")
    whole = client.get("/", {"q": "river"})
    part = client.get("/", {"q": "river"}, headers={"X-Part": "list"})
    text = part.content.decode()
    assert "<html" not in text
    assert 'type="search"' not in text
    assert "The Moved <mark>River</mark>" in text
    assert "1 film<" in text
    assert text.strip() in whole.content.decode()
    assert "X-Part" in whole.headers["Vary"]
    assert "X-Part" in part.headers["Vary"]


def test_what_is_found_is_marked_and_never_markup(client: Client, author: User):
    film = make_video(
        title="<i>Wells</i>", description="<script>alert(1)</script> Deep <b>wells</b> run dry."
    )
    make_claim(author=author, video=film, statement="The <b>wells</b> were dry in May.")
    make_transcript(film, "They dug <u>wells</u> here.")
    text = read(client, "/", q="well")
    assert "&lt;i&gt;<mark>Wells</mark>&lt;/i&gt;" in text
    assert "&lt;b&gt;<mark>wells</mark>&lt;/b&gt;" in text
    assert text.count("<mark>") == 4
    assert "alert(1)</script>" not in text
    for heading in ("In claims", "In transcripts"):
        assert heading in text


def test_claims_are_looked_for_within_the_filters_in_force(client: Client, author: User):
    dry = make_video(title="Deserts", category="Nature", description="Sand.")
    make_claim(author=author, video=dry, statement="The wells were dry in May.")
    assert "The <mark>wells</mark>" in read(client, "/", q="well", category="Nature")
    assert "were dry in May" not in read(client, "/", q="well", category="History")


def test_every_filter_in_force_is_a_chip_in_words(client: Client):
    film = make_video(availability=Availability.GONE, language="fr")
    assert film.channel
    text = " ".join(
        read(
            client, "/", q="river", channel=film.channel.pk, language="fr", length="under-10",
            year=2021, availability="gone", claims="any", duration_min=60,
            published_after="2020-01-01",
        ).split()
    )  # fmt: skip
    for label in (
        "“river”", "Quiet Rivers", "French", "Under 10 min", "2021", "Gone", "of any state",
        "At least 60 s", "From 2020-01-01 on",
    ):  # fmt: skip
        assert f"<bdi>{label}</bdi> <span aria-hidden" in text


def test_a_layout_is_kept_by_a_cookie_and_leaves_filters_alone(client: Client):
    make_video()
    assert "as-list" not in read(client, "/")
    text = read(client, "/", view="list", language="")
    assert "as-list" in text
    assert 'href="?language=&amp;view=grid"' in text or "view=grid" in text
    assert "as-list" in read(client, "/")
    cookie = client.cookies["view"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "as-list" not in read(client, "/", view="grid")
    assert "as-list" not in read(client, "/", view="<b>")


def test_what_is_called_much_like_it_is_offered_when_nothing_is_found(client: Client):
    make_video(title="The Vanishing Aquifer", channel=make_channel("Tern & Harrow"))
    make_video(title="Otters", description="Small.", channel=make_channel("Kerbside"))
    text = read(client, "/", q="aquifr")
    assert "Did you mean one of these?" in text
    assert "The Vanishing Aquifer" in text
    assert "Otters" not in text
    near = search_page.near_misses("harow")
    assert [one.name for one in near.channels] == ["Tern & Harrow"]
    assert search_page.near_misses("zq") == search_page.NearMisses([], [])


def test_an_empty_list_says_what_to_take_back_and_where_films_come_from(client: Client):
    make_video()
    text = read(client, "/", q="xyzzy", year=1999)
    assert "Taking a filter away widens the list:" in text
    assert 'href="/imports/"' in text
    assert 'href="/subscriptions/"' in text


def test_a_search_takes_the_same_queries_for_few_and_many(client: Client, author: User):
    def add(number: int) -> None:
        for _ in range(number):
            film = make_video(title="The Moved River", tags=["Rivers", "Law"])
            make_claim(author=author, video=film, tags=["Law"])
            make_transcript(film, "The river was moved.")

    add(2)
    few = queries(client, "/?q=river&claims=any")
    add(8)
    assert queries(client, "/?q=river&claims=any") == few
    assert few <= 20
