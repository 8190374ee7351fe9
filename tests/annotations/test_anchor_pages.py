"""The pages that ask where claims are now: by role, by state, in a constant number of queries."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from annotations import anchor_checks, claims
from annotations.models import AnchorProposal, Occurrence, ProposalState, State
from tests.makers import make_claim, make_transcript, make_video
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db
QUOTE = "and by the spring the river ran north"
QUEUE = "/anchors/"


def moved_claim(author: User, **fields: Any) -> AnchorProposal:
    """Return the proposal for a quote that was at 1:12 and is said at 1:43 now."""
    claim = make_claim(author=author, quote=QUOTE, end_ms=82_000, **fields)
    row = claim.occurrences.get()
    make_transcript(row.video, (93, "it was a cold year"), (103, QUOTE), (113, "so they said"))
    look()
    return row.proposals.get(state=ProposalState.OPEN)


def look() -> None:
    anchor_checks.check_due(now=timezone.now())


@pytest.fixture
def reading(client: Client, reader: User) -> Client:
    """Return the browser of a member who has written nothing."""
    client.force_login(reader)
    return client


def page_of(row: Occurrence) -> str:
    return f"{row.video.get_absolute_url()}anchors/"


# --- The queue ------------------------------------------------------------------------


def test_the_queue_is_for_members(client: Client):
    assert client.get(QUEUE).status_code == 302


def test_the_queue_shows_both_places_with_the_words_there(reading: Client, author: User):
    proposal = moved_claim(author)
    text = read(reading, QUEUE)
    for part in (
        proposal.occurrence.claim.statement,
        "no longer found at 1:12, but elsewhere",
        "1:12 – 1:22",
        "1:43 – 1:53",
        "it was a cold year",
        f"<b>{QUOTE}</b>",
        "Move it to 1:43",
        "It is right at 1:12",
    ):
        assert part in text


def test_an_empty_queue_says_so(reading: Client):
    assert "Every quote is where it was" in read(reading, QUEUE)


def test_the_queue_takes_the_same_queries_for_any_number(reading: Client, author: User):
    moved_claim(author)
    few = queries(reading, QUEUE)
    for _ in range(5):
        moved_claim(author)
    assert queries(reading, QUEUE) == few


def test_the_queue_goes_on_over_pages(reading: Client, author: User):
    film = make_video()
    make_transcript(film, (103, QUOTE))
    for number in range(21):
        make_claim(author=author, video=film, quote=QUOTE, start_ms=number, end_ms=50_000)
    look()
    text = read(reading, QUEUE)
    assert text.count('id="anchor-') == 20
    assert 'rel="next"' in text
    assert reading.get(QUEUE, {"cursor": "nonsense"}).status_code == 400


@pytest.mark.parametrize("state", [State.HIDDEN, State.WITHDRAWN])
def test_what_is_hidden_is_in_no_queue(reading: Client, author: User, state: State):
    proposal = moved_claim(author)
    proposal.occurrence.claim.state = state
    proposal.occurrence.claim.save(update_fields=["state"])
    assert proposal.occurrence.claim.statement not in read(reading, QUEUE)
    assert proposal.occurrence.claim.statement not in read(reading, page_of(proposal.occurrence))
    for deed in ("accept", "refuse", "place"):
        assert reading.post(f"/anchors/{proposal.pk}/{deed}/").status_code == 404


# --- Deciding -------------------------------------------------------------------------


def test_a_member_accepts(reading: Client, author: User):
    proposal = moved_claim(author)
    response = reading.post(f"/anchors/{proposal.pk}/accept/", follow=True)
    assert response.redirect_chain == [(QUEUE, 302)]
    assert "Moved. Thank you." in response.content.decode()
    assert Occurrence.objects.get().start_ms == 103_000


def test_a_member_refuses_and_is_led_back_to_the_film(reading: Client, author: User):
    proposal = moved_claim(author)
    response = reading.post(f"/anchors/{proposal.pk}/refuse/", {"film": "1"})
    assert response.headers["Location"] == page_of(proposal.occurrence)
    assert Occurrence.objects.get().start_ms == 72_000


def test_who_comes_second_is_told_so(reading: Client, author: User):
    proposal = moved_claim(author)
    reading.post(f"/anchors/{proposal.pk}/accept/")
    response = reading.post(f"/anchors/{proposal.pk}/refuse/", follow=True)
    assert "Somebody has decided that already." in response.content.decode()


@pytest.mark.parametrize("deed", ["accept", "refuse"])
def test_deciding_takes_a_post_and_a_member(client: Client, reader: User, author: User, deed: str):
    proposal = moved_claim(author)
    address = f"/anchors/{proposal.pk}/{deed}/"
    assert client.post(address).status_code == 302
    client.force_login(reader)
    assert client.get(address).status_code == 405
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.OPEN


def test_a_member_sets_the_place_by_hand(reading: Client, author: User):
    proposal = moved_claim(author)
    address = f"/anchors/{proposal.pk}/place/"
    assert 'value="1:43"' in read(reading, address)
    refused = reading.post(address, {"start_ms": "2:00", "end_ms": "1:00", "quote": QUOTE})
    check(refused.content.decode())
    assert "The end comes after the start." in refused.content.decode()
    done = reading.post(address, {"start_ms": "2:00", "end_ms": "2:05.5", "quote": QUOTE})
    assert done.status_code == 302
    row = Occurrence.objects.get()
    assert (row.start_ms, row.end_ms) == (120_000, 125_500)


# --- The notice -----------------------------------------------------------------------


def test_a_lost_quote_is_told_on_the_film_and_on_the_claim(client: Client, author: User):
    claim = make_claim(author=author, quote=QUOTE)
    video = claim.occurrences.get().video
    make_transcript(video, (72, "a wholly different film about bees"))
    said = "The quote is no longer found at 1:12."
    assert said not in read(client, claim.get_absolute_url())
    look()
    assert said in read(client, claim.get_absolute_url())
    assert said in read(client, video.get_absolute_url())


def test_a_sound_quote_is_not_talked_about(client: Client, author: User):
    claim = make_claim(author=author, quote=QUOTE)
    make_transcript(claim.occurrences.get().video, (72, QUOTE))
    look()
    assert "anchor-note" not in read(client, claim.get_absolute_url())


# --- A whole film ---------------------------------------------------------------------


def test_a_shift_is_shown_before_it_is_done(reading: Client, author: User):
    proposal = moved_claim(author)
    address = page_of(proposal.occurrence)
    typed = {"offset_ms": "0:31", "from_ms": "0:00", "why": "A new opening"}
    shown = reading.post(address, typed)
    check(shown.content.decode())
    assert shown.status_code == 200
    assert "1:12 → 1:43" in shown.content.decode()
    assert Occurrence.objects.get().start_ms == 72_000
    done = reading.post(
        address, typed | {"expected": shown.context["plan"].fingerprint}, follow=True
    )
    assert "1 claim was moved." in done.content.decode()
    assert Occurrence.objects.get().start_ms == 103_000
    again = reading.post(address, typed | {"expected": shown.context["plan"].fingerprint})
    assert "were changed since this was shown" in again.content.decode()
    assert Occurrence.objects.get().start_ms == 103_000


def test_quotes_that_agree_propose_the_shift(reading: Client, author: User):
    film = make_video()
    lines = ["the digging had gone on all winter", QUOTE]
    for number, line in enumerate(lines):
        start = 60_000 * number
        make_claim(author=author, video=film, start_ms=start, end_ms=start + 10_000, quote=line)
    make_transcript(film, (31, lines[0]), (91, lines[1]))
    look()
    for address in (QUEUE, f"{film.get_absolute_url()}anchors/"):
        assert "2 of 2 quotes are found 31 s later." in read(reading, address)
    assert 'value="+0:31"' in read(reading, f"{film.get_absolute_url()}anchors/")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"offset_ms": "soon"}, "Write a shift as"),
        ({"offset_ms": ""}, "This field is required."),
        ({"offset_ms": "0"}, "A shift is not nothing"),
        ({"from_ms": "x"}, "Write a time as"),
        ({"why": "w" * 201}, "at most 200 characters"),
    ],
)
def test_a_shift_that_cannot_be_read_is_refused(
    reading: Client, author: User, typed: dict[str, str], said: str
):
    proposal = moved_claim(author)
    given = {"offset_ms": "0:31", "from_ms": "0:00", "why": ""} | typed
    response = reading.post(page_of(proposal.occurrence), given)
    check(response.content.decode())
    assert said in response.content.decode()


def test_the_page_of_a_film_is_for_members(client: Client):
    assert client.get(f"{make_video().get_absolute_url()}anchors/").status_code == 302


def test_the_page_of_a_film_takes_the_same_queries_for_any_number(reading: Client, author: User):
    proposal = moved_claim(author)
    video = proposal.occurrence.video
    few = queries(reading, page_of(proposal.occurrence))
    for _ in range(5):
        make_claim(author=author, video=video, quote=QUOTE, end_ms=82_000)
    look()
    assert queries(reading, page_of(proposal.occurrence)) == few


def test_a_withdrawn_claim_is_not_moved(reading: Client, author: User):
    proposal = moved_claim(author)
    claims.withdraw(proposal.occurrence.claim, by=author)
    shown = reading.post(page_of(proposal.occurrence), {"offset_ms": "31", "from_ms": "0"})
    assert "0 claims would move" in shown.content.decode()
