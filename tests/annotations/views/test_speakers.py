"""The pages of speakers."""

import pytest
from django.test import Client

from accounts.models import User
from annotations.models import Claim, Speaker, State
from tests.makers import make_claim, make_occurrence, make_speaker
from tests.pages import queries, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(author: User) -> Speaker:
    """Return an engineer who says one thing."""
    speaker = make_speaker("Ada Brook", author=author, role="Engineer", wikidata_id="Q42")
    make_occurrence(
        claim=make_claim(author=author),
        speaker="A. Brook",
        spoken_by=speaker,
        quote="it ran north by the spring",
    )
    return speaker


def test_a_page_tells_who_somebody_is_and_what_they_claim(client: Client, ada: Speaker):
    text = read(client, ada.get_absolute_url())
    for part in (
        "Ada Brook",
        "Engineer",
        "https://www.wikidata.org/wiki/Q42",
        "The river was turned north within a single winter.",
        "it ran north by the spring",
        "A. Brook",
        "1:12",
    ):
        assert part in text
    assert ada.get_absolute_url() in read(client, Claim.objects.get().get_absolute_url())


def test_what_is_hidden_is_not_said_there(client: Client, ada: Speaker):
    Claim.objects.update(state=State.HIDDEN)
    assert "turned north" not in read(client, ada.get_absolute_url())
    assert "0 claims" in read(client, "/speakers/")
    Speaker.objects.update(state=State.HIDDEN)
    assert "Ada Brook" not in read(client, ada.get_absolute_url(), status=410)
    assert "Ada Brook" not in read(client, "/speakers/")


def test_many_claims_take_as_many_queries_as_one(client: Client, author: User, ada: Speaker):
    before = queries(client, ada.get_absolute_url())
    for _number in range(12):
        make_occurrence(claim=make_claim(author=author), speaker="Ada Brook", spoken_by=ada)
    assert queries(client, ada.get_absolute_url()) == before


def test_the_list_has_those_with_most_claims_first(client: Client, author: User, ada: Speaker):
    make_speaker("Zed", author=author)
    busy = make_speaker("Busy", author=author)
    for _number in range(2):
        make_occurrence(claim=make_claim(author=author), speaker="Busy", spoken_by=busy)
    text = read(client, "/speakers/")
    places = [text.index(f">{name}<") for name in ("Busy", "Ada Brook", "Zed")]
    assert places == sorted(places)
    found = read(client, "/speakers/", q="brook")
    assert "Ada Brook" in found
    assert "Busy" not in found
    assert "No speaker" in read(client, "/speakers/", q="nobody")
    for query in ({"q": "x" * 200}, {"cursor": "nonsense"}):
        assert client.get("/speakers/", query).status_code == 400


def test_every_member_sets_a_speaker_right(client: Client, ada: Speaker, reader: User):
    address = f"{ada.get_absolute_url()}edit/"
    assert client.get(address).status_code == 302
    client.force_login(reader)
    read(client, address)
    typed = {"version": 1, "name": "Ada  Brook", "role": "Hydrologist", "wikidata_id": "Q43"}
    assert client.post(address, typed)["Location"] == ada.get_absolute_url()
    ada.refresh_from_db()
    assert (ada.name, ada.role, ada.wikidata_id, ada.version) == (
        "Ada Brook",
        "Hydrologist",
        "Q43",
        2,
    )


def test_a_stale_edit_shows_both(client: Client, ada: Speaker, reader: User):
    client.force_login(reader)
    address = f"{ada.get_absolute_url()}edit/"
    first = {"version": 1, "name": "Ada Brook", "role": "Hydrologist", "wikidata_id": ""}
    client.post(address, first)
    text = client.post(address, first | {"role": "Mayor"}).content.decode()
    assert "changed while you were editing" in text
    assert "Hydrologist" in text
    assert 'value="Mayor"' in text
    assert 'name="version" value="2"' in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"wikidata_id": "42"}, "is written like Q42"),
        ({"wikidata_id": "Q7"}, "has this id already"),
        ({"name": " "}, "required"),
        ({"role": "x" * 201}, "at most 200"),
    ],
)
def test_what_cannot_be_stored_is_told_beside_the_field(
    client: Client, ada: Speaker, reader: User, author: User, changes: dict[str, str], said: str
):
    make_speaker("Other", author=author, wikidata_id="Q7")
    client.force_login(reader)
    typed = {"version": 1, "name": "Ada", "role": "", "wikidata_id": ""} | changes
    answer = client.post(f"{ada.get_absolute_url()}edit/", typed)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    ada.refresh_from_db()
    assert ada.version == 1
