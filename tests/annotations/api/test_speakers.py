"""Speakers over REST."""

import pytest

from accounts.models import User
from annotations import merges
from annotations.models import Claim, Speaker, State
from catalogue.models import Video
from tests.annotations.api.bodies import an_occurrence, numbers, wrong_fields
from tests.makers import make_claim, make_occurrence, make_speaker
from tests.rest import Caller

pytestmark = pytest.mark.django_db
nobody = Caller()


@pytest.fixture
def ada(author: User) -> Speaker:
    """Return a speaker who says one thing."""
    speaker = make_speaker("Ada Brook", author=author, role="Engineer", wikidata_id="Q42")
    make_occurrence(claim=make_claim(author=author), speaker="A. Brook", spoken_by=speaker)
    return speaker


def test_a_speaker_is_read_with_how_many_claims_are_theirs(ada: Speaker):
    told = nobody.get(f"speakers/{ada.pk}/")
    assert told["ETag"].startswith('"1-')
    assert (told.json()["name"], told.json()["claim_count"]) == ("Ada Brook", 1)
    assert told.json()["wikidata_url"] == "https://www.wikidata.org/wiki/Q42"
    (moment,) = nobody.get("occurrences/", {"speaker": ada.pk}).json()["results"]
    assert (moment["speaker"], moment["speaker_id"]) == ("A. Brook", ada.pk)
    assert moment["speaker_url"] == told.json()["url"]


def test_speakers_are_listed_by_their_claims_and_found_by_name(author: User, ada: Speaker):
    silent = make_speaker("Zed", author=author)
    assert numbers(nobody.get("speakers/")) == [ada.pk, silent.pk]
    assert numbers(nobody.get("speakers/", {"q": "brOOk"})) == [ada.pk]
    first = nobody.get("speakers/", {"page_size": 1}).json()
    assert numbers(nobody.get(first["next"])) == [silent.pk]
    Speaker.objects.filter(pk=ada.pk).update(state=State.HIDDEN)
    assert numbers(nobody.get("speakers/")) == [silent.pk]
    assert nobody.get(f"speakers/{ada.pk}/").status_code == 410
    assert nobody.get("speakers/999999/").status_code == 404
    (moment,) = nobody.get("occurrences/", {"speaker": ada.pk}).json()["results"]
    assert moment["speaker_id"] is None


def test_every_member_edits_from_the_version_they_saw(other: Caller, ada: Speaker):
    url = f"speakers/{ada.pk}/"
    assert nobody.patch(url, {"version": 1, "role": "Mayor"}).status_code == 401
    edited = other.patch(url, {"version": 1, "role": "Mayor"})
    assert (edited.json()["role"], edited.json()["version"]) == ("Mayor", 2)
    assert edited.json()["name"] == "Ada Brook"
    assert other.patch(url, {"version": 1, "role": "Smith"}).status_code == 409
    assert other.patch(url, {"role": "Smith"}, If_Match='"1-x"').status_code == 412
    assert other.patch(url, {"role": "Smith"}, If_Match=edited["ETag"]).status_code == 200
    assert wrong_fields(other.patch(url, {"version": 3, "wikidata_id": "42"})) == ["wikidata_id"]
    Speaker.objects.update(state=State.LOCKED)
    assert other.patch(url, {"version": 3, "role": "x"}).status_code == 403


def test_two_of_one_name_are_told_apart_by_number(
    other: Caller, ada: Speaker, video: Video, author: User
):
    assert wrong_fields(other.post("speakers/", {"name": "ada brook"})) == ["role"]
    made = other.post("speakers/", {"name": "Ada Brook", "role": "Mayor"})
    assert made.status_code == 201
    second = made.json()["id"]
    claim = Claim.objects.get()
    body = an_occurrence(claim, video) | {"speaker": "Ada Brook"}
    first = other.post("occurrences/", body).json()
    assert first["speaker_id"] == ada.pk
    moved = other.patch(f"occurrences/{first['id']}/", {"version": 1, "speaker_id": second})
    assert (moved.json()["speaker_id"], moved.json()["speaker"]) == (second, "Ada Brook")
    named = other.post("occurrences/", body | {"start_ms": 3, "speaker": "", "speaker_id": second})
    assert (named.json()["speaker_id"], named.json()["speaker"]) == (second, "Ada Brook")
    assert wrong_fields(other.post("occurrences/", body | {"speaker_id": 10**12})) == ["speaker_id"]
    assert wrong_fields(other.post("occurrences/", body)) == ["start_ms"]


def test_who_was_merged_leads_on(ada: Speaker, author: User, moderator: User, other: Caller):
    whole = make_speaker("Ada M. Brook", author=author)
    merges.merge_at_once(ada, whole, by=moderator, reason="The same.")
    led = nobody.get(f"speakers/{ada.pk}/")
    assert (led.status_code, led.json()["id"]) == (308, whole.pk)
    assert other.patch(f"speakers/{ada.pk}/", {"version": 2, "role": "x"}).status_code == 403
    moment = Claim.objects.get().occurrences.get(spoken_by=whole)
    # A number that somebody still has in mind stands for whom it leads to.
    told = other.patch(f"occurrences/{moment.pk}/", {"version": 1, "speaker_id": ada.pk})
    assert told.json()["speaker_id"] == whole.pk
