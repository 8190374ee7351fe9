"""A speaker whom a moderator has hidden is named at no moment, and no edit brings the name back."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from annotations import occurrences, presenters
from annotations.models import Occurrence, Speaker, State
from tests.makers import make_claim, make_speaker
from tests.pages import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def moment(author: User, stranger: User) -> Occurrence:
    """Return a moment of somebody hidden, in a claim of the author."""
    row = make_claim(author=author).occurrences.get()
    named = occurrences.edit(
        row, by=author, version=1, speaker="Ada Brook", speaker_role="the mayor"
    )
    Speaker.objects.update(author=stranger, state=State.HIDDEN)
    return Occurrence.objects.get(pk=named.pk)


def told(moment: Occurrence) -> tuple[str | None, str | None]:
    row = Occurrence.objects.for_page().get(pk=moment.pk)
    body = presenters.occurrence(row, "")
    return body["speaker"], body["speaker_role"]


def test_their_moments_name_nobody(moment: Occurrence):
    assert told(moment) == (None, None)
    Speaker.objects.update(state=State.VISIBLE)
    assert told(moment) == ("Ada Brook", "the mayor")


def test_who_edits_the_claim_sees_no_name_and_loses_none(
    client: Client, moment: Occurrence, author: User
):
    client.force_login(author)
    page = f"{moment.claim.get_absolute_url()}edit/"
    text = read(client, page)
    assert "Ada Brook" not in text
    assert f'name="at{moment.pk}-quote"' in text
    assert f'name="at{moment.pk}-speaker"' not in text
    typed = {
        "claim-version": 1,
        "claim-statement": moment.claim.statement,
        "claim-kind": "other",
        "claim-language": "en",
        f"at{moment.pk}-version": moment.version,
        f"at{moment.pk}-start_ms": "0:02",
        f"at{moment.pk}-end_ms": "0:04",
        f"at{moment.pk}-speaker": "",
    }
    assert client.post(page, typed).status_code == 302
    moment.refresh_from_db()
    assert (moment.start_ms, moment.speaker) == (2_000, "Ada Brook")


def test_nobody_is_asked_whose_words_they_are(client: Client, moment: Occurrence, reader: User):
    client.force_login(reader)
    answer = client.get(f"/occurrences/{moment.pk}/speaker/")
    assert answer.status_code == 403
    assert "Ada Brook" not in answer.content.decode()


def test_a_moment_given_to_another_takes_no_word_of_them_along(moment: Occurrence, reader: User):
    other = make_speaker("Bo Reed", author=reader)
    occurrences.edit(moment, by=reader, version=moment.version, spoken_by=other)
    assert told(moment) == ("Bo Reed", None)


def test_the_name_typed_again_is_that_of_who_is_hidden(moment: Occurrence, author: User):
    again = make_claim(author=author).occurrences.get()
    occurrences.edit(again, by=author, version=1, speaker="ada brook")
    assert told(again) == (None, None)
    assert Speaker.objects.count() == 1


def test_a_name_that_cannot_be_stored_makes_no_speaker(author: User):
    row = make_claim(author=author).occurrences.get()
    with pytest.raises(ValidationError) as refused:
        occurrences.edit(row, by=author, version=1, speaker="a" * 201)
    assert set(refused.value.error_dict) == {"speaker"}
    assert not Speaker.objects.exists()
