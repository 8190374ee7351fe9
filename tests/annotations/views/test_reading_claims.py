"""The pages of claims, by role: the list, a claim, its history."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from annotations import claims
from annotations.models import State
from catalogue.models import Video
from tests.makers import make_claim, make_occurrence, make_video
from tests.pages import queries, read

pytestmark = pytest.mark.django_db

STATEMENT = "The river was turned north within a single winter."


def test_claims_are_listed_searched_and_filtered(client: Client, author: User) -> None:
    make_claim(
        author=author, statement="Otters hold hands asleep.", kind="quantity", tags=["Otters"]
    )
    make_claim(author=author, statement="The dam cost nine lives.", kind="cause")
    make_claim(author=author, statement="Withdrawn words here.", state="withdrawn")
    everything = read(client, "/claims/")
    assert "Otters hold" in everything
    assert "The dam" in everything
    assert "Withdrawn words" not in everything
    asked: list[dict[str, Any]] = [
        {"q": "hands"}, {"kind": "quantity"}, {"tag": "otters"}, {"q": "tters"},
    ]  # fmt: skip
    for query in asked:
        text = read(client, "/claims/", **query)
        assert "Otters hold" in text.replace("<mark>", "").replace("</mark>", "")
        assert "The dam" not in text
    assert "No claim matches" in read(client, "/claims/", q="zebra")
    assert "<code>kind</code>" in read(client, "/claims/", status=400, kind="lie")


def test_filters_without_a_field_are_kept_by_a_search_and_taken_off_singly(
    client: Client, author: User
) -> None:
    make_claim(author=author, statement="Les loutres se tiennent.", language="fr", tags=["Mer"])
    make_claim(author=author, statement="Otters hold hands asleep.", tags=["Mer"])
    text = read(client, "/claims/", language="fr", tag="mer", cursor="")
    assert "Les loutres" in text
    assert "Otters hold" not in text
    assert '<input type="hidden" form="filters" name="language" value="fr">' in text
    assert 'name="tag"\n              value="mer"' in text
    assert 'href="?tag=mer"' in text
    assert 'href="?language=fr"' in text


def test_the_list_of_claims_takes_the_same_queries_for_few_and_many(
    client: Client, author: User
) -> None:
    def add(number: int) -> None:
        for _ in range(number):
            make_claim(author=author, tags=["Dams"])

    add(3)
    few = queries(client, "/claims/")
    add(27)
    assert queries(client, "/claims/") == few


def test_a_claim_names_every_film_it_is_made_in(client: Client, author: User) -> None:
    claim = make_claim(author=author, speaker="Ann", speaker_role="Hydrologist")
    other = make_occurrence(claim=claim, video=make_video(title="Another film"), start_ms=500)
    text = read(client, claim.get_absolute_url())
    assert STATEMENT in text
    assert "The River That Was Moved" in text
    assert "Another film" in text
    assert f"?t=0.5#moment-{other.pk}" in text
    assert "Hydrologist" in text


def test_a_withdrawn_claim_is_gone_and_tells_strangers_nothing_of_it(
    client: Client, author: User, stranger: User, moderator: User
) -> None:
    claim = make_claim(author=author, state=State.WITHDRAWN)
    for user, sees_log in ((None, False), (stranger, False), (author, True), (moderator, True)):
        client.logout()
        if user:
            client.force_login(user)
        text = read(client, claim.get_absolute_url(), status=410)
        assert STATEMENT not in text
        assert ("You withdrew this claim" in text) is (user == author)
        history = f"{claim.get_absolute_url()}history/"
        assert (history in text) is sees_log
        assert (STATEMENT in read(client, history, status=200 if sees_log else 410)) is sees_log


def test_the_history_tells_old_and_new_and_who(client: Client, author: User, video: Video) -> None:
    claim = claims.create(
        by=author, statement=STATEMENT, video=video, start_ms=0, end_ms=9_000, tags=["Dams"]
    )
    claims.edit(claim, by=author, version=1, statement="The river was moved in one winter.")
    text = read(client, f"{claim.get_absolute_url()}history/")
    assert "[removed: </span>turned north within a single" in text
    assert "[added: </span>moved in one" in text
    assert text.count(f"<bdi>{author.username}</bdi>") == 2
    assert "Dams" in text
    assert "0:09" in text
