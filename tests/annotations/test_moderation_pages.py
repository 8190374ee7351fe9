"""Flags, the queue, decisions and the public log, as people see them."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from annotations import claims, discussion, moderation
from annotations.models import Claim, Decision, Deed, Flag, FlagKind, Note, State, Stated
from annotations.permissions import thing_of
from tests.makers import (
    make_claim,
    make_comment,
    make_evidence,
    make_occurrence,
    make_user,
    make_video,
)
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db
SECRET = "what nobody may read"


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def record_of(row: Stated) -> str:
    return f"/moderation/{thing_of(row)}/{row.pk}/"


# --- Flags ----------------------------------------------------------------------------


def test_members_flag_what_is_others(claim: Claim, author: User, stranger: User):
    comment = make_comment(claim=claim, body="Buy this.")
    address = f"/flags/new/?thing=comment&id={comment.pk}"
    page = claim.get_absolute_url()
    shown = address.replace("&", "&amp;")
    assert shown not in read(Client(), page)
    assert shown not in read(signed_in(author), page)
    client = signed_in(stranger)
    text = read(client, page)
    assert shown in text
    assert f"thing=claim&amp;id={claim.pk}" in text
    assert f"thing=occurrence&amp;id={claim.occurrences.get().pk}" in text
    assert "Buy this." in read(client, address)
    refused = client.post(address, {"kind": "other", "remark": " "})
    check(refused.content.decode())
    assert "Say what is wrong with it." in refused.content.decode()
    assert client.post(address, {"kind": "spam", "remark": "An advert."}).status_code == 302
    text = client.post(address, {"kind": "spam"}, follow=True).content.decode()
    assert "You have flagged it already." in text
    assert Flag.objects.count() == 1


@pytest.mark.parametrize(
    "query", ["", "?thing=claim", "?thing=claim&id=999999", "?thing=rumour&id=1",
              "?thing=claim&id=x", "?thing=claim&id=99999999999999999999"],
)  # fmt: skip
def test_what_is_not_there_is_not_flagged(stranger: User, query: str):
    assert signed_in(stranger).get(f"/flags/new/{query}").status_code == 404


def test_visitors_sign_in_before_they_flag(claim: Claim):
    answer = Client().get(f"/flags/new/?thing=claim&id={claim.pk}")
    assert answer.headers["Location"].startswith("/accounts/login/")


# --- The queue ------------------------------------------------------------------------


def test_the_queue_is_for_moderators(claim: Claim, stranger: User, author: User):
    assert Client().get("/moderation/").status_code == 302
    assert signed_in(stranger).get("/moderation/").status_code == 403
    judge = make_user("judge", is_moderator=True)
    assert "Nothing waits" in read(signed_in(judge), "/moderation/")
    assert 'href="/moderation/"' in read(signed_in(judge), "/claims/")
    assert 'href="/moderation/"' not in read(signed_in(stranger), "/claims/")


def test_what_waits_longest_is_first_and_a_decision_ends_it(
    claim: Claim, author: User, stranger: User, reader: User, moderator: User
):
    card, comment = make_evidence(claim=claim, title="A card"), make_comment(claim=claim)
    moderation.flag(card, by=stranger, kind=FlagKind.FALSE_SOURCE, remark="It says no such thing")
    moderation.flag(comment, by=stranger, kind=FlagKind.ABUSE)
    moderation.flag(card, by=reader, kind=FlagKind.SPAM)
    client = signed_in(moderator)
    text = read(client, "/moderation/")
    assert text.index("It says no such thing") < text.index("Spam") < text.index(comment.body)
    assert "2 things" in text
    decided = client.post(
        f"{record_of(card)}decide/", {"version": 1, "deed": "hide", "reason": "No such thing."}
    )
    assert decided.headers["Location"] == "/moderation/"
    text = read(client, "/moderation/")
    assert "A card" not in text
    assert comment.body in text


def test_a_refused_decision_shows_the_thing_and_why(claim: Claim, author: User, moderator: User):
    client = signed_in(moderator)
    address = f"{record_of(claim)}decide/"
    for typed, said in (
        ({"version": 1, "deed": "hide", "reason": " "}, 'aria-invalid="true"'),
        ({"version": 1, "deed": "unlock", "reason": "x"}, 'class="errors"'),
        ({"version": 1, "deed": "hide", "reason": "x" * 501}, 'aria-invalid="true"'),
    ):
        answer = client.post(address, typed)
        assert answer.status_code == 200
        text = answer.content.decode()
        check(text)
        assert said in text
    claims.edit(claim, by=author, version=1, statement="The river ran north in spring.")
    text = client.post(address, {"version": 1, "deed": "hide", "reason": "No."}).content.decode()
    assert "It was changed since you looked" in text
    assert 'name="version" value="2"' in text
    assert not Decision.objects.exists()
    assert client.get(address).status_code == 405


def test_another_decides_about_what_is_ones_own(claim: Claim, author: User, stranger: User):
    author.is_moderator = True
    author.save(update_fields=["is_moderator"])
    moderation.flag(claim, by=stranger, kind=FlagKind.SPAM)
    client = signed_in(author)
    assert "another moderator decides" in read(client, "/moderation/")
    typed = {"version": 1, "deed": "leave", "reason": "Mine."}
    assert client.post(f"{record_of(claim)}decide/", typed).status_code == 403
    assert signed_in(stranger).post(f"{record_of(claim)}decide/", typed).status_code == 403


def test_a_long_queue_costs_what_a_short_one_does(
    claim: Claim, stranger: User, reader: User, moderator: User
):
    def flag_some() -> None:
        rows: tuple[Stated, ...] = (
            make_claim(author=reader),
            make_comment(claim=claim),
            make_evidence(claim=claim),
            make_occurrence(claim=claim),
            Note.objects.create(video=make_video(), author=reader, text="A note."),
        )
        for row in rows:
            moderation.flag(row, by=stranger, kind=FlagKind.SPAM)

    flag_some()
    client = signed_in(moderator)
    few = queries(client, "/moderation/")
    for _ in range(6):
        flag_some()
    assert queries(client, "/moderation/") == few
    assert "The first 25 of 35 things" in read(client, "/moderation/")


# --- What is hidden -------------------------------------------------------------------


def hidden_things(claim: Claim, stranger: User) -> list[Any]:
    return [
        make_claim(author=stranger, statement=f"{SECRET} is stated"),
        make_occurrence(claim=claim, author=stranger, quote=SECRET, speaker=SECRET),
        make_evidence(claim=claim, author=stranger, title=SECRET, why=SECRET),
        make_comment(claim=claim, author=stranger, body=SECRET),
        Note.objects.create(video=make_video(), author=stranger, text=SECRET),
    ]


@pytest.mark.parametrize("deed", [Deed.HIDE, "withdraw"])
def test_what_is_gone_is_told_and_not_shown(
    claim: Claim, stranger: User, reader: User, moderator: User, deed: str
):
    for row in hidden_things(claim, stranger):
        if deed == Deed.HIDE:
            moderation.decide(row, by=moderator, deed=deed, reason="Too rude.")
        else:
            type(row).objects.filter(pk=row.pk).update(state=State.WITHDRAWN)
        for client in (Client(), signed_in(reader)):
            text = read(client, record_of(row), status=410)
            assert SECRET not in text
            assert ("Too rude." in text) == (deed == Deed.HIDE), "decisions are public"
        for user in (stranger, moderator):
            assert SECRET in read(signed_in(user), record_of(row))
        flagging = f"/flags/new/?thing={thing_of(row)}&id={row.pk}"
        assert signed_in(reader).get(flagging).status_code == 410
    places = ("/claims/", claim.get_absolute_url(), "/moderation/log/", "/claims/?q=nobody+may")
    for place in places:
        for client in (Client(), signed_in(reader)):
            response = client.get(place)
            assert SECRET not in response.content.decode(), place


def test_the_author_sees_why_on_the_claims_page(
    claim: Claim, stranger: User, moderator: User, author: User
):
    rows = hidden_things(claim, stranger)
    for row in rows:
        moderation.decide(row, by=moderator, deed=Deed.HIDE, reason="Too rude.")
    page = claim.get_absolute_url()
    for user in (stranger, moderator):
        text = read(signed_in(user), page)
        # The moment, the card and the comment.
        assert text.count("Too rude.") == 3
        assert SECRET in text
    assert "Too rude." not in read(signed_in(author), page)
    own = rows[0].get_absolute_url()
    text = read(signed_in(stranger), own)
    assert SECRET in text
    assert "Too rude." in text
    assert "Sign in" not in text
    assert SECRET not in read(signed_in(author), own, status=410)


def test_a_comment_on_a_hidden_claim_is_gone_with_it(
    claim: Claim, stranger: User, reader: User, moderator: User
):
    comment = discussion.say(claim, by=stranger, body=SECRET)
    moderation.decide(claim, by=moderator, deed=Deed.HIDE, reason="No claim.")
    for address in (f"/comments/{comment.pk}/", record_of(comment)):
        assert SECRET not in read(signed_in(reader), address, status=410)
    moderation.decide(claim, by=moderator, deed=Deed.SHOW, reason="It is one.")
    assert SECRET in read(signed_in(reader), record_of(comment))


# --- The log --------------------------------------------------------------------------


def test_the_log_tells_what_why_who_and_when_and_no_flagger(
    claim: Claim, stranger: User, moderator: User
):
    moderation.flag(claim, by=stranger, kind=FlagKind.SPAM, remark="Rubbish.")
    moderation.decide(claim, by=moderator, deed=Deed.HIDE, reason="An advert.")
    text = read(Client(), "/moderation/log/")
    assert f"Claim {claim.pk}" in text
    for part in ("Hidden", "An advert.", "moderator"):
        assert part in text
    for part in ("stranger", "Rubbish.", claim.statement):
        assert part not in text


def test_the_log_is_read_page_by_page_at_one_price(claim: Claim, moderator: User):
    assert "Nothing has been decided yet" in read(Client(), "/moderation/log/")
    for number in range(60):
        moderation.decide(claim, by=moderator, deed=Deed.LEAVE, reason=f"Reason no {number}.")
    assert queries(Client(), "/moderation/log/") == 1
    text = read(Client(), "/moderation/log/")
    assert "Reason no 59." in text
    assert "Reason no 9." not in text
    cursor = text.partition('rel="next" href="?cursor=')[2].partition('"')[0]
    assert "Reason no 9." in read(Client(), f"/moderation/log/?cursor={cursor}")
    assert Client().get("/moderation/log/?cursor=x").status_code == 400


def test_a_record_of_nothing_is_not_found():
    for address in ("/moderation/claim/999999/", "/moderation/rumour/1/"):
        assert Client().get(address).status_code == 404
