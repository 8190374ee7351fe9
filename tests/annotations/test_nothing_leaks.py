"""What is hidden or withdrawn is served to no stranger, at any address of the site.

All addresses are asked, as the site itself lists them: none can be forgotten. Every row has
one number, so that each address leads to what it can lead to.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from accounts.models import User
from annotations import claims, discussion, evidence, merges, moderation, occurrences, restoring
from annotations.models import (
    AnchorHealth,
    AnchorProposal,
    Claim,
    ClaimStanding,
    ClaimTag,
    Disclosure,
    EvidenceSuggestion,
    Mention,
    Merge,
    Note,
    Speaker,
    Thing,
)
from catalogue.models import Video
from tests.makers import (
    make_channel,
    make_claim,
    make_comment,
    make_evidence,
    make_occurrence,
    make_speaker,
    make_tag,
    make_transcript,
    make_video,
)

pytestmark = pytest.mark.django_db

NUMBER = 70_001
LONG_AGO = datetime(2022, 3, 1, tzinfo=UTC)
# Searched for, and so in the page that answers; the secret beside it is not.
SEARCHED = "quillwort"
SECRETS = {thing: f"zephyranth{thing}" for thing in Thing}
LEAVES = (Thing.OCCURRENCE, Thing.EVIDENCE, Thing.COMMENT)
# Not of this site's making, or streams.
NOT_ASKED = ("admin/", "accounts/", "metrics", "static/")
_PART = re.compile(r"<(?:\w+:)?(\w+)>")


def says(thing: Thing) -> str:
    return f"The {SEARCHED} grows where the river was, says {SECRETS[thing]}."


@pytest.fixture
def film(author: User, stranger: User) -> Video:
    """Return a film with one thing of every sort, each of which says its secret."""
    film = make_video(platform_id="film7000001", tags=["Rivers"])
    make_transcript(film, "And by the spring the river ran north.")
    claim = Claim.objects.create(pk=NUMBER, author=author, statement=says(Thing.CLAIM))
    ClaimStanding.objects.create(claim=claim)
    ClaimTag.objects.create(claim=claim, tag=make_tag("Ferns"), added_by=author)
    speaker = make_speaker("Ada Brook", pk=NUMBER, author=author, role=says(Thing.SPEAKER))
    moment = make_occurrence(
        pk=NUMBER, claim=claim, video=film, quote=says(Thing.OCCURRENCE),
        speaker="Ada Brook", spoken_by=speaker,
    )  # fmt: skip
    AnchorProposal.objects.create(
        pk=NUMBER, occurrence=moment, start_ms=1, end_ms=2, health=AnchorHealth.MOVED
    )
    make_evidence(claim=claim, pk=NUMBER, why=says(Thing.EVIDENCE))
    said = make_comment(claim=claim, pk=NUMBER, body=says(Thing.COMMENT))
    Mention.objects.create(comment=said, member=stranger)
    url = f"https://ice.example/{SECRETS[Thing.COMMENT]}"
    EvidenceSuggestion.objects.create(pk=NUMBER, claim=claim, comment=said, url=url, url_key=url)
    Note.objects.create(pk=NUMBER, video=film, author=author, text=says(Thing.NOTE))
    Disclosure.objects.create(
        pk=NUMBER, channel=make_channel(), author=author, kind="other",
        text=says(Thing.DISCLOSURE), source_url="https://register.example/7",
    )  # fmt: skip
    other = make_claim(author=author, video=film, statement="The quillwort grew there before.")
    Merge.objects.create(
        pk=NUMBER, thing=Thing.CLAIM, source_id=claim.pk, target_id=other.pk, proposed_by=stranger
    )
    namesake = make_speaker("Ada Brook", author=author, role="another")
    Merge.objects.create(
        thing=Thing.SPEAKER, source_id=speaker.pk, target_id=namesake.pk, proposed_by=stranger
    )
    _age()
    return film


def _age() -> None:
    """Let all that was logged have happened long ago."""
    with pgtrigger.ignore():
        for model in apps.get_app_config("annotations").get_models():
            if model.__name__.endswith("Event"):
                model._default_manager.update(pgh_created_at=LONG_AGO)


# --- Addresses ------------------------------------------------------------------------


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one, route)
        else:
            yield route


def addresses(film: Video) -> list[str]:
    """Return every address of the site that may tell of the film and its things."""
    words = {
        "number": NUMBER, "pk": NUMBER, "key": film.key, "platform": film.platform,
        "platform_id": film.platform_id, "language": "en", "slug": "ferns", "name": "gone",
        "token": "none", "content_hash": "0" * 32, "width": 480,
    }  # fmt: skip
    found = [
        "/" + _filled(route, {**words, "thing": thing})
        for route in routes(get_resolver())
        if not route.startswith(NOT_ASKED) and "^" not in route and "(?" not in route
        for thing in (Thing if "thing>" in route else (Thing.CLAIM,))
    ]
    return sorted({*found, *_asked_for(film)})


def _filled(route: str, words: dict[str, Any]) -> str:
    return _PART.sub(lambda part: str(words[part[1]]), route)


def _asked_for(film: Video) -> Iterator[str]:
    """Give addresses that are asked for something."""
    for base in ("/", "/api/v1/"):
        for query in (f"q={SEARCHED}", "author=author", "tag=ferns", f"video={film.key}"):
            yield f"{base}claims/?{query}"
        words = f"The {SEARCHED} grows where the river was"
        yield f"{base}claims/similar/?statement={words}"
        yield f"{base}speakers/?q=Ada"
    for thing in (*Thing, "claimtag"):
        yield f"/changes/?thing={thing}"
        yield f"/changes/feed/?thing={thing}"
        yield f"/api/v1/revisions/?thing={thing}&id={NUMBER}"
        if thing in Thing:
            yield f"/api/v1/decisions/?thing={thing}"
            yield f"/flags/new/?thing={thing}&id={NUMBER}"
    for query in (f"video={film.key}", "person=author"):
        yield f"/changes/?{query}"
        yield f"/changes/feed/?{query}"
        yield f"/api/v1/revisions/?{query}"
    for at in ("2022-03-02", timezone.now().date().isoformat()):
        yield f"/claims/{NUMBER}/?at={at}"
        yield f"/api/v1/claims/{NUMBER}/verdict/?at={at}"
    yield f"/claims/{NUMBER}/?answer={NUMBER}"
    yield f"/claims/{NUMBER}/comments/new/?answer={NUMBER}"
    yield f"{film.get_absolute_url()}?find={SEARCHED}"
    yield f"/?q={SEARCHED}"
    if film.channel:
        yield film.channel.get_absolute_url()
    yield "/people/author/"
    yield "/api/v1/disclosures/?author=author"
    yield f"/api/v1/evidence/?q={SEARCHED}"
    yield f"/api/v1/evidence/?claim={NUMBER}"
    yield f"/api/v1/comments/?claim={NUMBER}"
    yield f"/api/v1/occurrences/?claim={NUMBER}"
    yield f"/api/v1/occurrences/?speaker={NUMBER}"
    yield f"/api/v1/occurrences/?video={film.key}"
    yield f"/api/v1/anchors/?video={film.key}"


def served(film: Video, reader: Client) -> dict[Thing, list[str]]:
    """Return by thing where its secret is served to somebody."""
    found: dict[Thing, list[str]] = {thing: [] for thing in Thing}
    for address, said in answers(film, reader):
        for thing, secret in SECRETS.items():
            if secret.encode() in said:
                found[thing].append(address)
    return found


def answers(film: Video, reader: Client) -> Iterator[tuple[str, bytes]]:
    """Ask every address, and give what it answers, with its headers."""
    for address in addresses(film):
        answer: Any = reader.get(address)
        assert answer.status_code < 500, address
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield address, body + str(answer.headers).encode()


@pytest.fixture(params=["a visitor", "a member"])
def reader(request: pytest.FixtureRequest, client: Client, stranger: User) -> Client:
    """Return somebody who wrote nothing of it."""
    if request.param == "a member":
        client.force_login(stranger)
    return client


# --- What strangers are served --------------------------------------------------------


def test_what_is_visible_is_served_where_one_looks_for_it(film: Video, reader: Client):
    found = served(film, reader)
    assert {thing: len(places) > 3 for thing, places in found.items()} == dict.fromkeys(Thing, True)
    assert f"/claims/{NUMBER}/" in found[Thing.CLAIM]
    assert f"/claims/{NUMBER}/history/" in found[Thing.EVIDENCE]
    assert film.get_absolute_url() in found[Thing.NOTE]


def test_what_is_hidden_is_served_nowhere(film: Video, reader: Client, moderator: User):
    for thing in (*LEAVES, Thing.NOTE, Thing.SPEAKER, Thing.DISCLOSURE):
        hide(thing, moderator)
    found = served(film, reader)
    assert found.pop(Thing.CLAIM), "the claim is still read"
    assert {thing: places for thing, places in found.items() if places} == {}


def test_what_is_withdrawn_is_served_nowhere(film: Video, reader: Client, author: User):
    claim = Claim.objects.get(pk=NUMBER)
    occurrences.withdraw(claim.occurrences.get(), by=author)
    evidence.withdraw(claim.evidence.get(), by=author)
    discussion.withdraw(claim.comments.get(), by=author)
    found = served(film, reader)
    assert found[Thing.CLAIM], "the claim is still read"
    assert {thing: found[thing] for thing in LEAVES if found[thing]} == {}


@pytest.mark.parametrize("deed", ["hidden", "withdrawn"])
def test_nothing_of_a_claim_that_is_gone_is_served(
    film: Video, reader: Client, author: User, moderator: User, deed: str
):
    if deed == "hidden":
        hide(Thing.CLAIM, moderator)
    else:
        claims.withdraw(Claim.objects.get(pk=NUMBER), by=author)
    found = served(film, reader)
    assert {thing: found[thing] for thing in (Thing.CLAIM, *LEAVES) if found[thing]} == {}


@pytest.mark.parametrize("deed", ["hidden", "withdrawn"])
def test_nothing_of_a_claim_that_is_gone_after_it_was_merged_is_served(
    film: Video, reader: Client, author: User, moderator: User, deed: str
):
    # A card and a moment of the same stand at the other: those of this one stay behind.
    claim, other = Claim.objects.get(pk=NUMBER), Claim.objects.exclude(pk=NUMBER).get()
    make_evidence(claim=other, url=claim.evidence.get().url, url_key=claim.evidence.get().url_key)
    moment = claim.occurrences.get()
    other.occurrences.update(start_ms=moment.start_ms, end_ms=moment.end_ms)
    merges.accept(Merge.objects.get(pk=NUMBER), by=moderator, reason="The same.")
    assert f"/claims/{NUMBER}/history/" in served(film, reader)[Thing.CLAIM]
    if deed == "hidden":
        hide(Thing.CLAIM, moderator)
    else:
        claims.withdraw(Claim.objects.get(pk=NUMBER), by=author)
    found = served(film, reader)
    gone = (Thing.CLAIM, Thing.OCCURRENCE, Thing.EVIDENCE)
    assert {thing: found[thing] for thing in gone if found[thing]} == {}
    assert found[Thing.COMMENT], "it moved to the other claim"
    answer: Any = reader.get(f"/claims/{NUMBER}/")
    assert (answer.status_code, answer["Location"]) == (301, f"/claims/{other.pk}/?from={NUMBER}")


def test_the_name_of_a_hidden_speaker_is_served_nowhere(
    film: Video, reader: Client, author: User, moderator: User
):
    """As it was written at a moment, in what was written there before, and written again."""
    speaker, secret = Speaker.objects.get(pk=NUMBER), "Wilhelmina Zephyr"
    Speaker.objects.filter(pk=NUMBER).update(name=secret)
    moment = Claim.objects.get(pk=NUMBER).occurrences.get()
    renamed = occurrences.edit(
        moment, by=author, version=1, speaker=secret, speaker_role="Zephyr’s aunt"
    )
    assert renamed.spoken_by == speaker
    assert len(told(film, reader, "Zephyr")) > 8
    hide(Thing.SPEAKER, moderator)
    assert told(film, reader, "Zephyr") == []
    event = renamed.events.latest("pgh_id")  # type: ignore[attr-defined]
    other = occurrences.edit(renamed, by=author, version=2, speaker="Ada Brook")
    assert told(film, reader, "Zephyr") == []
    restoring.restore("occurrence", moment.pk, event.pgh_id, by=author, version=other.version)
    assert told(film, reader, "Zephyr") == []


def told(film: Video, reader: Client, words: str) -> list[str]:
    """Return where words are served to somebody."""
    return [address for address, said in answers(film, reader) if words.encode() in said]


def hide(thing: Thing, moderator: User) -> None:
    row = apps.get_model("annotations", thing)._default_manager.get(pk=NUMBER)
    moderation.decide(row, by=moderator, deed="hide", reason="For a reason.")
