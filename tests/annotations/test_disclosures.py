"""Who owns and funds channels, as members find out."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from accounts.models import User
from annotations import disclosures, moderation, restoring, revisions
from annotations.models import Disclosure, State
from catalogue.models import Channel
from tests.makers import make_channel, make_video
from tests.pages import queries, read

pytestmark = pytest.mark.django_db
SOURCE = "https://register.example/tern-harrow"


@pytest.fixture
def channel(db: None) -> Channel:
    channel = make_channel("Tern & Harrow")
    make_video(channel=channel)
    return channel


@pytest.fixture
def row(channel: Channel, author: User) -> Disclosure:
    return disclosures.create(
        channel, by=author, kind="ownership", text="A trust owns it.", source_url=SOURCE
    )


# --- Operations -----------------------------------------------------------------------


def test_a_note_is_kept_in_one_spelling_with_its_source(channel: Channel, author: User):
    row = disclosures.create(
        channel, by=author, kind="funding", text="  The lottery\n pays. ",
        source_url="Register.Example/a?b",
    )  # fmt: skip
    assert (row.text, row.source_url) == ("The lottery pays.", "https://register.example/a?b")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", ""),
        ("text", "x" * 501),
        ("text", "\0"),
        ("kind", "rumour"),
        ("source_url", ""),
        ("source_url", "javascript:alert(1)"),
        ("source_url", "ftp://register.example/"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(channel: Channel, author: User, field: str, value: str):
    good = {"kind": "other", "text": "A trust owns it.", "source_url": SOURCE}
    with pytest.raises(ValidationError) as refused:
        disclosures.create(channel, by=author, **{**good, field: value})
    assert list(refused.value.error_dict) == [field]
    assert not Disclosure.objects.exists()


def test_the_same_is_noted_once(channel: Channel, row: Disclosure, stranger: User):
    with pytest.raises(ValidationError):
        disclosures.create(
            channel, by=stranger, kind="ownership", text="A trust owns it.", source_url=SOURCE
        )


def test_another_sets_it_right_and_an_earlier_version_comes_back(row: Disclosure, stranger: User):
    edited = disclosures.edit(row, by=stranger, version=1, text="A trust owned it.")
    assert edited.version == 2
    with pytest.raises(revisions.StaleVersion):
        disclosures.edit(row, by=stranger, version=1, text="A company owns it.")
    first = revisions.of(row, reader=stranger)[-1]
    back = restoring.restore("disclosure", row.pk, first.event, by=stranger, version=2)
    assert (back.text, back.version) == ("A trust owns it.", 3)  # type: ignore[attr-defined]


def test_only_who_wrote_it_takes_it_back_and_shows_it_again(
    channel: Channel, row: Disclosure, author: User, stranger: User
):
    with pytest.raises(PermissionDenied):
        disclosures.withdraw(row, by=stranger)
    disclosures.withdraw(row, by=author)
    disclosures.withdraw(row, by=author)
    assert disclosures.shown(channel, author) == []
    with pytest.raises(PermissionDenied):
        restoring.bring_back(row, by=stranger)
    restoring.bring_back(row, by=author)
    assert disclosures.shown(channel, stranger) == [row]


def test_a_closed_account_notes_nothing(channel: Channel, author: User):
    author.is_active = False
    with pytest.raises(PermissionDenied):
        disclosures.create(channel, by=author, kind="other", text="A trust.", source_url=SOURCE)


# --- Pages ----------------------------------------------------------------------------


def test_the_channels_page_shows_notes_with_their_source(client: Client, row: Disclosure):
    text = read(client, row.channel.get_absolute_url())
    for part in ("Ownership", "A trust owns it.", f'href="{SOURCE}"', "register.example", "author"):
        assert part in text
    assert "/edit/" not in text


def test_what_a_moderator_hid_only_its_author_reads(
    client: Client, row: Disclosure, author: User, moderator: User
):
    moderation.decide(row, by=moderator, deed="hide", reason="No source says so.")
    url = row.channel.get_absolute_url()
    assert "A trust owns it." not in read(client, url)
    assert client.get(f"/disclosures/{row.pk}/").status_code == 410
    client.force_login(author)
    text = read(client, url)
    assert "A trust owns it." in text
    assert "No source says so." in text


def test_a_member_notes_sets_right_and_takes_back(client: Client, channel: Channel, author: User):
    url = f"/channels/{channel.pk}/notes/new/"
    assert client.get(url).status_code == 302
    client.force_login(author)
    read(client, url)
    typed = {"kind": "funding", "text": "The lottery pays.", "source_url": "not a source"}
    answer = client.post(url, typed)
    assert "The lottery pays." in answer.content.decode()
    assert not Disclosure.objects.exists()
    typed["source_url"] = SOURCE
    assert client.post(url, typed).status_code == 302
    row = Disclosure.objects.get()
    edit = f"/disclosures/{row.pk}/edit/"
    read(client, edit)
    assert client.post(edit, {**typed, "text": "The state pays.", "version": 1}).status_code == 302
    stale = client.post(edit, {**typed, "text": "Nobody pays.", "version": 1}).content.decode()
    assert "It was changed while you were editing" in stale
    assert "The state pays." in stale
    read(client, f"/disclosures/{row.pk}/history/")
    read(client, f"/disclosures/{row.pk}/withdraw/")
    client.post(f"/disclosures/{row.pk}/withdraw/")
    row.refresh_from_db()
    assert (row.text, row.state) == ("The state pays.", State.WITHDRAWN)


def test_a_channels_page_takes_the_same_queries_for_few_and_many_notes(
    client: Client, row: Disclosure, author: User
):
    url = row.channel.get_absolute_url()
    few = queries(client, url)
    for number in range(5):
        disclosures.create(
            row.channel, by=author, kind="other", text=f"Fact {number}.", source_url=SOURCE
        )
    assert queries(client, url) == few


def test_a_channel_says_what_its_films_come_to(client: Client, channel: Channel):
    make_video(channel=channel, published_at=None)
    text = " ".join(read(client, channel.get_absolute_url()).split())
    assert "<dt>Films</dt><dd> 2 </dd>" in text or "<dt>Films</dt><dd>2" in text
    assert "2021" in text
