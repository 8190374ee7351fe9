"""Marking, editing and withdrawing claims on pages, by role."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from annotations import claims
from annotations.models import Claim, Occurrence, State
from catalogue.models import Video
from tests.makers import make_claim, make_video
from tests.pages import check, read

pytestmark = pytest.mark.django_db

STATEMENT = "The river was turned north within a single winter."


def typed(**changes: Any) -> dict[str, Any]:
    """Return what a person types into the form that marks a claim."""
    return {
        "statement": STATEMENT,
        "start_ms": "1:12",
        "end_ms": "84.5",
        "quote": "by spring it ran north",
        "speaker": "Ann",
        "speaker_role": "Hydrologist",
        "kind": "cause",
        "language": "en",
        "tags": "Rivers, Dams",
        **changes,
    }


def edited(claim: Claim, **changes: Any) -> dict[str, Any]:
    """Return what the form that edits a claim sends when only `changes` were typed."""
    occurrence = claim.occurrences.get()
    return {
        "claim-version": claim.version,
        "claim-statement": claim.statement,
        "claim-kind": claim.kind,
        "claim-language": claim.language,
        "claim-tags": "",
        f"at{occurrence.pk}-version": occurrence.version,
        f"at{occurrence.pk}-start_ms": "1:12",
        f"at{occurrence.pk}-end_ms": "1:24",
        f"at{occurrence.pk}-quote": occurrence.quote,
        f"at{occurrence.pk}-speaker": "",
        f"at{occurrence.pk}-speaker_role": "",
        **{name.replace("at-", f"at{occurrence.pk}-"): value for name, value in changes.items()},
    }


# --- Marking --------------------------------------------------------------------------


def test_a_visitor_signs_in_and_comes_back_to_the_form(client: Client, video: Video) -> None:
    url = f"{video.get_absolute_url()}claims/new/"
    response = client.get(url, {"t": "63.5"})
    assert response["Location"] == f"/accounts/login/?next={url}%3Ft%3D63.5"


def test_the_form_starts_at_the_moment_and_ends_within_the_film(
    client: Client, video: Video, author: User
) -> None:
    client.force_login(author)
    url = f"{video.get_absolute_url()}claims/new/"
    text = read(client, url, t="63.5")
    assert 'value="1:03.5"' in text
    assert 'value="1:13.5"' in text
    assert 'value="9:46"' in read(client, url, t="9:40")


def test_a_member_marks_a_claim(client: Client, video: Video, author: User) -> None:
    client.force_login(author)
    response = client.post(f"{video.get_absolute_url()}claims/new/", typed())
    occurrence = Occurrence.objects.get()
    assert response["Location"] == occurrence.get_absolute_url()
    assert (occurrence.start_ms, occurrence.end_ms, occurrence.speaker) == (72_000, 84_500, "Ann")
    assert occurrence.claim.author == author
    assert [tag.name for tag in occurrence.claim.tags.order_by("claim_tags__id")] == [
        "Rivers",
        "Dams",
    ]
    assert STATEMENT in read(client, video.get_absolute_url())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"statement": "Too short"}, "at least 10"),
        ({"statement": "x" * 281}, "at most 280"),
        ({"start_ms": "noon"}, "Write a time as 12:34"),
        ({"end_ms": "1:00"}, "The end comes after the start."),
        ({"end_ms": "9:47"}, "The film ends at 9:46."),
        ({"start_ms": "", "end_ms": ""}, "This field is required."),
        ({"tags": "x" * 101}, "A tag has 1 to 100"),
        ({"kind": "lie"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    client: Client, video: Video, author: User, changes: dict[str, str], reason: str
) -> None:
    client.force_login(author)
    sent = typed(**changes)
    response = client.post(f"{video.get_absolute_url()}claims/new/", sent)
    text = response.content.decode()
    check(text)
    assert response.status_code == 200
    assert reason in text
    for name, value in sent.items():
        assert name == "kind" or value in text
    assert not Claim.objects.exists()


def test_a_long_claim_over_ten_minutes_is_refused(client: Client, author: User) -> None:
    client.force_login(author)
    video = make_video(duration_ms=7_200_000)
    url = f"{video.get_absolute_url()}claims/new/"
    response = client.post(url, typed(start_ms="0", end_ms="1:02:03"))
    assert "A claim takes 10 minutes at most." in response.content.decode()


# --- Editing and withdrawing ----------------------------------------------------------


def test_the_author_edits_claim_and_moment_at_once(client: Client, author: User) -> None:
    claim = make_claim(author=author)
    client.force_login(author)
    url = f"{claim.get_absolute_url()}edit/"
    assert STATEMENT in read(client, url)
    changes = {"claim-statement": "The river was moved in one winter.", "at-start_ms": "1:10.5"}
    response = client.post(url, edited(claim, **changes))
    assert response["Location"] == claim.get_absolute_url()
    claim.refresh_from_db()
    assert claim.statement == "The river was moved in one winter."
    assert claim.occurrences.get().start_ms == 70_500


def test_when_one_part_is_refused_nothing_is_saved(client: Client, author: User) -> None:
    claim = make_claim(author=author)
    client.force_login(author)
    sent = edited(claim, **{"claim-statement": "Quite another statement.", "at-end_ms": "0:01"})
    response = client.post(f"{claim.get_absolute_url()}edit/", sent)
    assert response.status_code == 200
    text = response.content.decode()
    check(text)
    assert "The end comes after the start." in text
    assert "Quite another statement." in text
    claim.refresh_from_db()
    assert claim.statement == STATEMENT


def test_a_stale_edit_shows_both_texts_and_the_next_save_merges(
    client: Client, author: User
) -> None:
    claim = make_claim(author=author)
    client.force_login(author)
    url = f"{claim.get_absolute_url()}edit/"
    sent = edited(claim, **{"claim-statement": "What I typed meanwhile."})
    claims.edit(claim, by=author, version=1, statement="What was saved in another window.")
    response = client.post(url, sent)
    text = response.content.decode()
    check(text)
    assert response.status_code == 200
    assert "What was saved in another window." in text
    assert "What I typed meanwhile." in text
    assert 'name="claim-version" value="2"' in text
    client.post(url, {**sent, "claim-version": "2"})
    claim.refresh_from_db()
    assert (claim.statement, claim.version) == ("What I typed meanwhile.", 3)


def test_a_stale_moment_is_shown_too(client: Client, author: User) -> None:
    claim = make_claim(author=author)
    client.force_login(author)
    sent = edited(claim, **{"at-quote": "mine"})
    Occurrence.objects.update(version=2, quote="theirs")
    response = client.post(f"{claim.get_absolute_url()}edit/", sent)
    assert response.status_code == 200
    text = response.content.decode()
    check(text)
    assert "theirs" in text
    assert "mine" in text


def test_others_cannot_edit_or_withdraw(
    client: Client, author: User, stranger: User, moderator: User
) -> None:
    claim = make_claim(author=author)
    for user in (stranger, moderator):
        client.force_login(user)
        for action in ("edit", "withdraw"):
            url = f"{claim.get_absolute_url()}{action}/"
            assert "Only its author can do that." in read(client, url, status=403)
            assert client.post(url, edited(claim)).status_code == 403
    client.logout()
    for action in ("edit", "withdraw"):
        response = client.post(f"{claim.get_absolute_url()}{action}/")
        assert response["Location"].startswith("/accounts/login/")
    claim.refresh_from_db()
    assert (claim.state, claim.version) == (State.VISIBLE, 1)


def test_the_author_withdraws_after_being_asked(client: Client, author: User) -> None:
    claim = make_claim(author=author)
    video = claim.occurrences.get().video
    client.force_login(author)
    url = f"{claim.get_absolute_url()}withdraw/"
    assert STATEMENT in read(client, url)
    claim.refresh_from_db()
    assert claim.state == State.VISIBLE
    assert client.post(url)["Location"] == video.get_absolute_url()
    assert STATEMENT not in read(client, video.get_absolute_url())
    assert "You withdrew this claim" in read(client, url, status=410)


def test_what_was_never_there_is_not_found(client: Client, author: User) -> None:
    client.force_login(author)
    for tail in ("", "edit/", "withdraw/", "history/"):
        assert client.get(f"/claims/12345/{tail}").status_code == 404
