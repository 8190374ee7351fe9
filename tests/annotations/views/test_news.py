"""What is told to those who ask what happened since."""

import time

import pytest
from django.test import Client

from accounts.models import User
from annotations import live
from catalogue.models import Video
from tests.makers import make_claim

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_asks_is_told_of_claims_since_then(client: Client, author: User, video: Video):
    claim = make_claim(author=author, video=video)
    film = f"{video.get_absolute_url()}news/"
    page = f"/claims/{claim.pk}/news/"
    begun = str(int(time.time() * 1000))
    assert client.get(film, {"since": begun}).json() == {"last": begun, "claims": []}
    live.announce(claim.pk)
    for address in (film, page):
        first = client.get(address, {"since": begun}).json()
        assert first["claims"] == [claim.pk]
        assert client.get(address, {"since": first["last"]}).json()["claims"] == []


def test_who_asks_without_a_beginning_is_refused(client: Client, video: Video):
    assert client.get(f"{video.get_absolute_url()}news/").status_code == 400
    assert client.get(f"{video.get_absolute_url()}news/", {"since": "now"}).status_code == 400
    assert client.get("/claims/999999/news/", {"since": "0"}).status_code == 404
