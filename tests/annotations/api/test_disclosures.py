"""Notes on who stands behind a channel, over REST."""

import pytest

from tests.makers import make_channel
from tests.rest import Caller

pytestmark = pytest.mark.django_db
SOURCE = "https://register.example/tern-harrow"


def test_notes_are_written_and_read_over_rest(member: Caller, other: Caller):
    channel = make_channel("Tern & Harrow")
    body = {"channel": channel.pk, "kind": "funding", "text": "The lottery pays.",
            "source_url": SOURCE}  # fmt: skip
    made = member.post("disclosures/", body)
    assert made.status_code == 201
    number = made.json()["id"]
    listed = other.get(f"disclosures/?channel={channel.pk}&kind=funding").json()["results"]
    assert [one["id"] for one in listed] == [number]
    assert other.get("disclosures/?kind=ownership").json()["results"] == []
    changed = member.patch(f"disclosures/{number}/", {"version": 1, "text": "The state pays."})
    assert changed.json()["version"] == 2
    assert member.patch(f"disclosures/{number}/", {"version": 1, "text": "No."}).status_code == 409
    assert member.post("disclosures/", {**body, "channel": 10**9}).status_code == 400
    assert member.delete(f"disclosures/{number}/").status_code == 204
    assert other.get(f"disclosures/{number}/").status_code == 410
