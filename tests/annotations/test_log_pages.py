"""Histories, recent changes, restoring and notes, as pages, by role."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from annotations import claims, notes, occurrences, revisions
from annotations.models import Claim, Comment, Evidence, LastLook, Note, Speaker, State
from catalogue import tags as catalogue_tags
from catalogue.models import Video, VideoTag
from tests.makers import make_claim, make_comment, make_evidence
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(author: User, video: Video) -> Claim:
    return claims.create(
        by=author,
        video=video,
        statement="The river was turned north.",
        start_ms=72_000,
        end_ms=84_000,
        tags=["Rivers"],
    )


def posted(client: Client, url: str, **fields: Any) -> str:
    """Post a form and return the page that it leads to."""
    response = client.post(url, fields, follow=True)
    assert response.status_code == 200, response
    text = response.content.decode()
    check(text)
    return text


# --- Histories ------------------------------------------------------------------------


def test_the_words_that_changed_are_told_without_colour(client: Client, claim: Claim, author: User):
    claims.edit(claim, by=author, version=1, statement="The river was turned south.")
    text = read(client, f"/claims/{claim.pk}/history/")
    assert '<del><span class="vh">[removed: </span>north<' in text
    assert '<ins><span class="vh">[added: </span>south<' in text
    assert "Bring this version back" not in text


def test_its_author_brings_an_earlier_version_back(client: Client, claim: Claim, author: User):
    event = revisions.of(claim)[0].event
    claims.edit(claim, by=author, version=1, statement="The river was turned south.")
    client.force_login(author)
    page = read(client, f"/claims/{claim.pk}/history/")
    assert f'name="event" value="{event}"' in page
    text = posted(client, f"/claims/{claim.pk}/restore/", event=event, version=2)
    assert "Brought back, as a new version." in text
    assert "An earlier version, brought back" in text
    claim.refresh_from_db()
    assert claim.statement == "The river was turned north."


def test_what_changed_since_the_page_was_read_is_told(client: Client, claim: Claim, author: User):
    event = revisions.of(claim)[0].event
    claims.edit(claim, by=author, version=1, statement="The river was turned south.")
    client.force_login(author)
    text = posted(client, f"/claims/{claim.pk}/restore/", event=event, version=1)
    assert "changed in the meantime" in text


def test_why_a_version_cannot_come_back_is_said(
    client: Client, claim: Claim, author: User, video: Video
):
    moment = claim.occurrences.get()
    event = revisions.of(moment)[0].event
    occurrences.edit(moment, by=author, version=1, start_ms=0, end_ms=10_000)
    Video.objects.filter(pk=video.pk).update(duration_ms=30_000)
    client.force_login(author)
    text = posted(client, f"/occurrences/{moment.pk}/restore/", event=event, version=2)
    assert "It stays as it is: The film ends at 0:30." in text


@pytest.mark.parametrize("who", ["visitor", "stranger", "moderator"])
def test_nobody_else_restores_a_claim(
    client: Client, claim: Claim, author: User, stranger: User, moderator: User, who: str
):
    event = revisions.of(claim)[0].event
    claims.edit(claim, by=author, version=1, statement="The river was turned south.")
    if who != "visitor":
        client.force_login({"stranger": stranger, "moderator": moderator}[who])
    response = client.post(f"/claims/{claim.pk}/restore/", {"event": event, "version": 2})
    assert response.status_code == (302 if who == "visitor" else 403)
    claim.refresh_from_db()
    assert claim.statement == "The river was turned south."


@pytest.mark.parametrize(
    "fields", [{}, {"event": "x", "version": 1}, {"event": 10**30, "version": 1}]
)
def test_a_restore_of_nothing_is_not_found(
    client: Client, claim: Claim, author: User, fields: dict[str, Any]
):
    client.force_login(author)
    assert client.post(f"/claims/{claim.pk}/restore/", fields).status_code == 404
    assert client.post("/claims/999999/restore/", fields).status_code == 404
    assert client.get(f"/claims/{claim.pk}/restore/").status_code == 405


def test_a_withdrawn_claim_is_shown_again_by_its_author_only(
    client: Client, claim: Claim, author: User, stranger: User, moderator: User
):
    claims.withdraw(claim, by=author)
    for who in (stranger, moderator):
        client.force_login(who)
        assert "Show it again" not in read(client, claim.get_absolute_url(), status=410)
        assert client.post(f"/claims/{claim.pk}/bring-back/").status_code == 403
    client.force_login(author)
    assert "Show it again" in read(client, claim.get_absolute_url(), status=410)
    text = posted(client, f"/claims/{claim.pk}/bring-back/")
    assert "everyone can read it again" in text
    client.logout()
    assert "turned north" in read(client, claim.get_absolute_url())


def test_a_withdrawn_moment_is_shown_again_from_the_history(
    client: Client, claim: Claim, author: User, stranger: User
):
    moment = claim.occurrences.get()
    occurrences.edit(moment, by=author, version=1, quote="a slip of the tongue")
    occurrences.withdraw(moment, by=author)
    url = f"/claims/{claim.pk}/history/"
    assert "slip of the tongue" not in read(client, url)
    client.force_login(stranger)
    assert "slip of the tongue" not in read(client, url)
    client.force_login(author)
    text = read(client, url)
    assert "slip of the tongue" in text
    assert f'action="/occurrences/{moment.pk}/bring-back/"' in text
    posted(client, f"/occurrences/{moment.pk}/bring-back/")
    moment.refresh_from_db()
    assert moment.state == State.VISIBLE


def test_a_card_of_the_same_address_is_the_reason_why_one_stays_away(
    client: Client, claim: Claim, author: User, stranger: User
):
    card = make_evidence(
        claim=claim, author=author, url="https://example.org/a", state=State.WITHDRAWN
    )
    make_evidence(claim=claim, author=stranger, url="https://example.org/a")
    client.force_login(author)
    text = posted(client, f"/evidence/{card.pk}/bring-back/")
    assert "It stays withdrawn: A card with the same address stands on this claim now." in text


def things_of(claim: Claim, author: User) -> list[tuple[str, Evidence | Comment | Speaker]]:
    return [
        ("evidence", make_evidence(claim=claim, author=author, title="What it said")),
        ("comments", make_comment(claim=claim, author=author, body="What it said")),
        ("speakers", Speaker.objects.create(name="What it said", author=author)),
    ]


def test_every_thing_has_a_history_of_its_own(client: Client, claim: Claim, author: User):
    for things, row in things_of(claim, author):
        assert "What it said" in read(client, f"/{things}/{row.pk}/history/")
        assert client.get(f"/{things}/999999/history/").status_code == 404


def test_the_history_of_what_is_hidden_is_read_by_author_and_moderators(
    client: Client, claim: Claim, author: User, stranger: User, moderator: User
):
    for things, row in things_of(claim, author):
        type(row)._base_manager.update(state=State.HIDDEN)
        url = f"/{things}/{row.pk}/history/"
        for who, status in ((None, 410), (stranger, 410), (author, 200), (moderator, 200)):
            client.logout()
            if who:
                client.force_login(who)
            assert ("What it said" in read(client, url, status=status)) == (status == 200)


def test_any_member_puts_a_tag_on_a_film_again_that_was_taken_off(
    client: Client, video: Video, stranger: User, reader: User
):
    placed = catalogue_tags.add_to_video(video, "Dams", by=stranger)
    catalogue_tags.remove_from_video(video, placed.tag, by=stranger)
    history = f"{video.get_absolute_url()}history/"
    assert "Put the tag on again" not in read(client, history)
    client.force_login(reader)
    page = read(client, history)
    event = revisions.of_film(video)[0].event
    assert f'name="event" value="{event}"' in page
    text = posted(client, f"{history}tag/", event=event)
    assert "The film carries the tag again." in text
    assert "An earlier version, brought back" in text
    assert "Put the tag on again" not in text
    assert VideoTag.objects.get(video=video, tag=placed.tag).added_by == reader
    posted(client, f"{history}tag/", event=event)
    assert VideoTag.objects.filter(video=video).count() == 1
    assert client.post(f"{history}tag/", {"event": "none"}).status_code == 404


def test_a_tag_that_is_gone_does_not_come_back(client: Client, video: Video, stranger: User):
    placed = catalogue_tags.add_to_video(video, "Dams", by=stranger)
    added = revisions.of_film(video)[0].event
    catalogue_tags.remove_from_video(video, placed.tag, by=stranger)
    client.force_login(stranger)
    history = f"{video.get_absolute_url()}history/"
    refused = posted(client, f"{history}tag/", event=added)
    assert "No tag was taken off there" in refused, "that entry put it on"
    catalogue_tags.withdraw(placed.tag, by=stranger)
    assert "Put the tag on again" not in read(client, history)
    gone = posted(client, f"{history}tag/", event=revisions.of_film(video)[0].event)
    assert "there is no such tag any more" in gone
    assert not VideoTag.objects.filter(video=video).exists()


def test_a_films_history_tells_of_its_note_and_of_members_tags(
    client: Client, video: Video, author: User, stranger: User
):
    notes.edit(video, by=author, version=0, text="A re-cut of 2019.")
    notes.edit(video, by=stranger, version=1, text="A re-cut of 2020.")
    placed = catalogue_tags.add_to_video(video, "Dams", by=stranger)
    catalogue_tags.remove_from_video(video, placed.tag, by=stranger)
    text = read(client, f"/videos/{video.platform}/{video.platform_id}/history/")
    assert '<ins><span class="vh">[added: </span>Dams<' in text
    assert '<del><span class="vh">[removed: </span>Dams<' in text
    assert "2019" in text
    Note.objects.update(state=State.HIDDEN)
    text = read(client, f"/videos/{video.platform}/{video.platform_id}/history/")
    assert "2019" not in text
    assert "hidden or withdrawn now" in text


# --- Recent changes -------------------------------------------------------------------


def test_what_was_saved_together_is_told_together(client: Client, claim: Claim):
    text = read(client, "/changes/")
    assert text.count('class="saved-h"') == 1
    assert text.count('class="part"') == 3


def test_recent_changes_are_narrowed_to_a_film_a_person_a_thing(
    client: Client, claim: Claim, author: User, stranger: User, video: Video
):
    with revisions.recorded(by=stranger):
        make_claim(author=stranger, statement="Something else entirely.")
    assert "Something else" in read(client, "/changes/")
    assert "Something else" not in read(client, "/changes/", video=video.key)
    assert "Something else" not in read(client, "/changes/", person="author")
    assert "Something else" in read(client, "/changes/", person="Stranger", thing="claim")
    assert "Nobody has changed" in read(client, "/changes/", thing="note")
    for wrong in ("video=youtube:none", "video=%00", "person=nobody", "thing=user"):
        assert client.get(f"/changes/?{wrong}").status_code in (404, 200), wrong
    assert client.get("/changes/?person=nobody").status_code == 404
    assert client.get("/changes/?cursor=x").status_code == 400


def test_recent_changes_hide_what_is_hidden(
    client: Client, claim: Claim, author: User, moderator: User
):
    Claim.objects.update(state=State.HIDDEN)
    for url in ("/changes/", "/changes/feed/"):
        assert "turned north" not in client.get(url).content.decode()
    client.force_login(moderator)
    assert "turned north" in read(client, "/changes/")
    # A feed is read by whoever has its address.
    assert "turned north" not in client.get("/changes/feed/").content.decode()


def test_a_line_divides_what_is_new_since_one_looked(client: Client, claim: Claim, author: User):
    client.force_login(author)
    text = read(client, "/changes/")
    assert "I have seen these" in text
    assert 'id="seen"' not in text
    at = text.partition('name="at" value="')[2].partition('"')[0]
    text = posted(client, "/changes/seen/", at=at)
    assert "I have seen these" not in text
    claims.edit(claim, by=author, version=1, statement="The river was turned south.")
    text = read(client, "/changes/")
    assert text.index("south") < text.index('id="seen"') < text.index("Rivers")
    look = LastLook.objects.get(member=author)
    posted(client, "/changes/seen/", at="2001-01-01T00:00:00+00:00")
    assert LastLook.objects.get(member=author).at == look.at
    posted(client, "/changes/seen/", at="2999-01-01T00:00:00+00:00")
    assert LastLook.objects.get(member=author).at <= timezone.now()
    for wrong in ("", "x", "2001-01-01T00:00:00", "2001-13-01T00:00:00+00:00"):
        assert client.post("/changes/seen/", {"at": wrong}).status_code == 404
    client.logout()
    assert client.post("/changes/seen/", {"at": at}).status_code == 302


def test_the_feed_tells_of_the_newest(client: Client, claim: Claim, author: User, video: Video):
    response = client.get("/changes/feed/", {"video": video.key})
    assert response["Content-Type"].startswith("application/atom+xml")
    text = response.content.decode()
    assert "author: " in text
    assert "The river was turned north." in text


def test_pages_of_the_log_cost_the_same_however_long_it_is(
    client: Client, claim: Claim, author: User, video: Video
):
    notes.edit(video, by=author, version=0, text="A note.")
    claims.edit(claim, by=author, version=1, statement="It ran south.", tags=["Dams"])
    catalogue_tags.add_to_video(video, "Sand", by=author)
    notes.edit(video, by=author, version=1, text="Another note.")
    urls = ("/changes/", f"/claims/{claim.pk}/history/", f"{video.get_absolute_url()}history/")
    before = [queries(client, url) for url in urls]
    for number in range(2, 12):
        claims.edit(claim, by=author, version=number, statement=f"The river ran {number}.")
        notes.edit(video, by=author, version=number, text=f"Note {number}.")
        catalogue_tags.add_to_video(video, f"Tag {number}", by=author)
    assert [queries(client, url) for url in urls] == before


# --- Notes ----------------------------------------------------------------------------


def test_a_member_adds_a_note_beside_the_description(client: Client, video: Video, author: User):
    url = f"{video.get_absolute_url()}note/"
    assert client.get(url).status_code == 302
    assert 'id="note"' not in read(client, video.get_absolute_url())
    client.force_login(author)
    assert "Add a note" in read(client, video.get_absolute_url())
    assert 'name="version" value="0"' in read(client, url)
    text = posted(client, url, version=0, text="Cut at 1:12, see https://example.org/cut")
    assert 'data-seek="72"' in text
    assert 'href="https://example.org/cut"' in text
    assert "Edit the note" in text
    client.logout()
    text = read(client, video.get_absolute_url())
    assert "Cut at" in text
    assert "Edit the note" not in text


def test_a_stale_note_shows_both_texts_and_keeps_what_was_typed(
    client: Client, video: Video, author: User, stranger: User
):
    notes.edit(video, by=stranger, version=0, text="The film was cut in 2019.")
    client.force_login(author)
    url = f"{video.get_absolute_url()}note/"
    text = posted(client, url, version=0, text="The film was cut in 2020.")
    assert "changed while you were editing" in text
    assert "[removed: </span>2019" in text
    assert "[added: </span>2020" in text
    assert "The film was cut in 2020.</textarea>" in text
    assert 'name="version" value="1"' in text
    assert Note.objects.get().text == "The film was cut in 2019."
    posted(client, url, version=1, text="The film was cut in 2019 and 2020.")
    assert Note.objects.get().version == 2


def test_a_hidden_note_is_shown_to_its_author_with_the_reason(
    client: Client, video: Video, author: User, stranger: User
):
    notes.edit(video, by=author, version=0, text="Words of mine.")
    Note.objects.update(state=State.HIDDEN, state_reason="It names a child.")
    for who in (None, stranger):
        if who:
            client.force_login(who)
        text = read(client, video.get_absolute_url())
        assert "Words of mine." not in text
        assert "It names a child." not in text
    assert client.get(f"{video.get_absolute_url()}note/").status_code == 403
    client.force_login(author)
    text = read(client, video.get_absolute_url())
    assert "Words of mine." in text
    assert "It names a child." in text


def test_a_note_too_long_is_refused_beside_its_field(client: Client, video: Video, author: User):
    client.force_login(author)
    text = posted(client, f"{video.get_absolute_url()}note/", version=0, text="x" * 2001)
    assert "A note has 2000 characters at most." in text
