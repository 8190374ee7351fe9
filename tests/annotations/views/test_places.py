"""Marking what was claimed before, in another film too, and by whom."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from annotations import occurrences
from annotations.models import Claim, Occurrence, Speaker, State
from catalogue.models import Video
from catalogue.records.record import Counts
from tests.makers import make_claim, make_occurrence, make_speaker, make_video
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db

STATEMENT = "The river was turned north within a single winter."


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "statement": "The river was turned north in one single winter",
        "start_ms": "1:12",
        "end_ms": "84.5",
        "quote": "",
        "speaker": "Ann",
        "speaker_role": "",
        "kind": "cause",
        "language": "en",
        "tags": "",
        **changes,
    }


@pytest.fixture
def known(author: User) -> Claim:
    """Return a claim that is there already."""
    return make_claim(author=author, statement=STATEMENT)


@pytest.fixture
def member(client: Client, reader: User) -> Client:
    """Return the browser of another member."""
    client.force_login(reader)
    return client


def test_who_writes_what_was_claimed_before_is_asked_once(
    member: Client, known: Claim, video: Video
):
    address = f"{video.get_absolute_url()}claims/new/"
    asked = member.post(address, typed())
    assert asked.status_code == 200
    text = asked.content.decode()
    check(text)
    assert "Is it one of these?" in text
    assert STATEMENT in text
    assert "in one single winter" in text
    assert Claim.objects.count() == 1
    assert member.post(address, typed(same_as="new")).status_code == 302
    assert Claim.objects.count() == 2


def test_choosing_a_claim_marks_it_here_too(member: Client, known: Claim, video: Video):
    answer = member.post(
        f"{video.get_absolute_url()}claims/new/", typed(same_as=str(known.pk), quote="ran north")
    )
    moment = known.occurrences.get(video=video)
    assert answer["Location"] == moment.get_absolute_url()
    assert (moment.quote, moment.start_ms, moment.speaker) == ("ran north", 72_000, "Ann")
    assert Claim.objects.count() == 1


def test_a_chosen_claim_that_is_gone_by_then_is_told(member: Client, known: Claim, video: Video):
    Claim.objects.filter(pk=known.pk).update(state=State.HIDDEN)
    address = f"{video.get_absolute_url()}claims/new/"
    answer = member.post(address, typed(same_as=str(known.pk)))
    assert "no longer there" in answer.content.decode()
    assert 'name="same_as"' not in answer.content.decode()
    assert STATEMENT not in answer.content.decode()
    assert STATEMENT not in member.post(address, typed()).content.decode()


def test_a_choice_outlives_another_mistake(member: Client, known: Claim, video: Video):
    address = f"{video.get_absolute_url()}claims/new/"
    text = member.post(address, typed(same_as=str(known.pk), end_ms="0:01")).content.decode()
    check(text)
    assert f'<input type="hidden" name="same_as" value="{known.pk}">' in text
    assert f"claim {known.pk}</a>" in text
    assert (
        'type="hidden" name="same_as"'
        not in member.post(address, typed(same_as="rubbish")).content.decode()
    )


def test_nothing_is_asked_where_nothing_is_alike(member: Client, known: Claim, video: Video):
    answer = member.post(
        f"{video.get_absolute_url()}claims/new/",
        typed(statement="Whales sleep with one half of their brain."),
    )
    assert answer.status_code == 302


def test_similar_claims_come_as_a_part_of_the_form_to_members_only(
    client: Client, reader: User, known: Claim
):
    query = {"statement": "river turned north in a winter", "language": "en", "speaker": ""}
    assert client.get("/claims/similar/", query).status_code == 302
    client.force_login(reader)
    text = client.get("/claims/similar/", query).content.decode()
    assert f'name="same_as" value="{known.pk}"' in text
    assert "<html" not in text
    assert client.get("/claims/similar/").content.strip() == b""


# --- Where it is made -----------------------------------------------------------------


def test_films_stand_by_reach_and_the_unknown_last(client: Client, author: User):
    few, unknown, many = (
        make_video(title=title, counts=counts)
        for title, counts in (
            ("Seen by few", Counts(views=1_200)),
            ("Nobody knows", None),
            ("Seen by many", Counts(views=3_400_000)),
        )
    )
    claim = make_claim(author=author, video=few)
    for film in (unknown, many, many):
        make_occurrence(claim=claim, video=film, start_ms=1_000 * film.pk % 60_000)
    text = read(client, claim.get_absolute_url())
    places = [text.index(title) for title in ("Seen by many", "Seen by few", "Nobody knows")]
    assert places == sorted(places)
    assert "3,400,000" in text
    assert "views unknown" in text
    assert text.count("Seen by many") == 1


def test_a_claim_in_a_hundred_films_takes_as_many_queries(client: Client, author: User):
    claim = make_claim(author=author, speaker="Ann")
    before = queries(client, claim.get_absolute_url())
    for number in range(99):
        make_occurrence(
            claim=claim, spoken_by=make_speaker(f"Speaker {number}", author=author), speaker="Ann"
        )
    assert queries(client, claim.get_absolute_url()) == before
    assert read(client, claim.get_absolute_url()).count("view") >= 100


@pytest.mark.parametrize(
    "address", ["https://example.org{page}", "http://testserver{page}?t=3", "{key}", "nonsense"]
)
def test_a_claim_is_marked_in_another_film_by_its_address(
    member: Client, known: Claim, address: str
):
    film = make_video(platform_id="swje6NSdkfk")
    text = address.format(page=film.get_absolute_url(), key=film.key)
    read(member, f"{known.get_absolute_url()}occurrences/new/")
    answer = member.post(
        f"{known.get_absolute_url()}occurrences/new/",
        {"film": text, "start_ms": "0:10", "end_ms": "0:20", "quote": "north"},
    )
    is_found = "testserver" in text or text == film.key
    assert answer.status_code == (302 if is_found else 200)
    assert known.occurrences.filter(video=film).exists() == is_found


def test_a_moment_is_marked_once(member: Client, known: Claim):
    (there,) = known.occurrences.all()
    answer = member.post(
        f"{known.get_absolute_url()}occurrences/new/",
        {"film": there.video.key, "start_ms": "1:12", "end_ms": "1:24"},
    )
    assert "marked at this moment" in answer.content.decode()
    assert known.occurrences.count() == 1


def test_nobody_adds_to_what_is_locked_or_hidden(member: Client, known: Claim):
    for state, status in ((State.LOCKED, 403), (State.HIDDEN, 410)):
        Claim.objects.filter(pk=known.pk).update(state=state)
        assert member.get(f"{known.get_absolute_url()}occurrences/new/").status_code == status


# --- Whose words ----------------------------------------------------------------------


@pytest.fixture
def moment(author: User, known: Claim) -> Occurrence:
    """Return what Ann says."""
    return make_occurrence(claim=known, speaker="Ann", spoken_by=make_speaker("Ann", author=author))


def test_words_are_given_to_another_of_the_name(member: Client, moment: Occurrence, author: User):
    other = make_speaker("ANN", author=author, role="Mayor")
    address = f"/occurrences/{moment.pk}/speaker/"
    assert "ANN · Mayor" in read(member, address)
    assert member.post(address, {"version": 1, "who": other.pk}).status_code == 302
    moment.refresh_from_db()
    assert (moment.spoken_by, moment.speaker, moment.version) == (other, "Ann", 2)


def test_somebody_else_of_the_name_is_made_and_told_apart(member: Client, moment: Occurrence):
    address = f"/occurrences/{moment.pk}/speaker/"
    text = member.post(address, {"version": 1, "who": "new"}).content.decode()
    assert "say by a role who this is" in text
    assert member.post(address, {"version": 1, "who": "new", "role": "Mayor"}).status_code == 302
    moment.refresh_from_db()
    assert moment.spoken_by == Speaker.objects.get(name="Ann", role="Mayor")


def test_a_stale_choice_is_shown_again_and_then_holds(
    member: Client, moment: Occurrence, author: User
):
    other = make_speaker("Ann", author=author, role="Mayor")
    occurrences.edit(moment, by=author, version=1, quote="north")
    address = f"/occurrences/{moment.pk}/speaker/"
    text = member.post(address, {"version": 1, "who": other.pk}).content.decode()
    assert 'name="version" value="2"' in text
    moment.refresh_from_db()
    assert moment.spoken_by != other
