"""Rows that give every page something to show: long words, every state, and nothing at all.

`set_up` loads the sample catalogue, adds what it is too well-behaved to have, and returns what
`places` puts into addresses. `script/screenshots` fills a site of its own by `main`.
"""

import json
import time
from dataclasses import asdict, dataclass
from io import StringIO
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.models import User
from annotations import (
    anchor_checks,
    claims,
    disclosures,
    discussion,
    evidence,
    merges,
    moderation,
    notes,
)
from annotations.models import Claim, Disclosure, State
from catalogue import copies, ingest, phrases, watches
from catalogue.models import CountSample, SavedSearch, Subscription, Video
from catalogue.records import RecordError
from catalogue.records.record import Counts
from tests.e2e.places import GUEST, MEMBER, MODERATOR, NEWCOMER, OPERATOR, SECURED
from tests.makers import (
    PUBLISHED,
    make_claim,
    make_comment,
    make_evidence,
    make_record,
    make_speaker,
    make_transcript,
    make_user,
    make_video,
)

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
ARABIC = "طريق الملح إلى البيت"
CHROMIUM = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
QUOTE = "and by the spring the river ran north"


@dataclass(frozen=True)
class Stage:
    """What addresses name in braces, and a session's key by name of who is signed in."""

    names: dict[str, Any]
    sessions: dict[str, str]


class Cast:
    """The people, each made once."""

    def __init__(self) -> None:
        self.member = make_user(MEMBER)
        self.other = make_user("other-elm")
        self.moderator = make_user(MODERATOR, is_moderator=True)
        self.newcomer = make_user(NEWCOMER)
        self.operator = make_user(OPERATOR, is_staff=True, is_superuser=True)
        self.secured = make_user(SECURED)
        self.guest = User.objects.create_user(username=GUEST, email=f"{GUEST}@example.org")

    def signed_in(self) -> dict[str, User]:
        """Return by name everyone who looks at pages."""
        names = (MEMBER, MODERATOR, NEWCOMER, OPERATOR, GUEST, SECURED)
        return {user.username: user for user in User.objects.filter(username__in=names)}


def set_up() -> Stage:
    """Store everything, and tell where it is."""
    call_command("load_samples", stdout=StringIO())
    cast = Cast()
    film = rich_film(cast)
    names = {
        "tag": film.tags.earliest("pk").slug,
        "channel": film.channel_id,
        "disclosure": channel_note(cast, film).pk,
        **films(cast, film),
        **judged_claims(cast, film),
        **closed_claims(cast),
        **merging(cast),
        **moved(cast),
        **brought_in(cast),
        **looked_out_for(cast),
        **letters(cast),
    }
    totp.TOTP.activate(cast.secured, totp.generate_totp_secret())
    RecoveryCodes.activate(cast.secured)
    return Stage(names, {name: session_of(user) for name, user in cast.signed_in().items()})


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    # What is asked for again after a while stays fresh for as long as anyone looks.
    session = client.session
    said = {"method": "password", "at": time.time() + 86_400, "reauthenticated": True}
    session["account_authentication_methods"] = [said]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    # Where signing in by a form would have written it down.
    UserSession.objects.create(
        user=user, session_key=session.session_key, ip="127.0.0.1", user_agent=CHROMIUM
    )
    return client.cookies["sessionid"].value


def rich_film(cast: Cast) -> Video:
    """Store a film with something long in every part of its page, and many claims."""
    film = make_video(
        platform_id="aaaaaaaaaaa",
        title=f"{LONG} {ARABIC} & <b>more</b>",
        description=f"0:11 first\n1:00 second\nhttps://example.org/{'a' * 120}\n{LONG * 3}",
        tags=["Water", LONG, "طريق"],
        counts=Counts(views=1_234_567_890, likes=0),
    )
    for year, views in ((2021, 12), (2022, 90)):
        moment = PUBLISHED.replace(year=year)
        CountSample.objects.create(video=film, observed_at=moment, views=views)
    make_transcript(film, (0, LONG), (10, ARABIC), (20, QUOTE), (30, "and nobody had asked."))
    make_transcript(film, (0, ARABIC), language="ar")
    for number in range(12):
        make_claim(
            author=cast.other,
            video=film,
            statement=f"{number}. {LONG} {LONG}",
            start_ms=number * 1000,
            end_ms=number * 1000 + 500,
            speaker=LONG,
            tags=["Water"],
        )
    # Written twice, so that its log has something to restore.
    first = notes.edit(film, by=cast.other, version=None, text=f"Cut again in 1971. {LONG}")
    notes.edit(film, by=cast.member, version=first.version, text="Cut again in 1972, in Bonn.")
    return film


def channel_note(cast: Cast, film: Video) -> Disclosure:
    """Store who pays for a channel, written twice."""
    assert film.channel is not None
    row = disclosures.create(
        film.channel, by=cast.member, kind="funding", text=f"Paid for by the dam: {LONG}",
        source_url="https://rivers.example/accounts",
    )  # fmt: skip
    return disclosures.edit(row, by=cast.member, version=1, text=f"Paid by the dam: {LONG}")


def films(cast: Cast, rich: Video) -> dict[str, Any]:
    """Store films that are lost, copied, or have nothing to show."""
    lost = make_video(platform_id="bbbbbbbbbbb", title=f"Lost: {LONG}", availability="gone")
    make_claim(author=cast.other, video=lost)
    make_video(platform_id="ccccccccccc", title="Lost for good", availability="gone")
    place = copies.add(lost, by=cast.member, address="https://example.org/a/copy", note=LONG)
    copies.edit(place, by=cast.member, offset_ms=12_000)
    make_video(
        platform="vimeo", platform_id="1", title="Bare", description="", category="",
        channel=None, published_at=None, duration_ms=None,
    )  # fmt: skip
    return {"copy": place.pk}


def judged_claims(cast: Cast, film: Video) -> dict[str, Any]:
    """Store a claim that was edited, with evidence of every stance, talk and an open flag."""
    claim = claims.create(
        by=cast.member, statement=f"The river was turned north in a single winter. {LONG}",
        video=film, start_ms=20_000, end_ms=28_000, quote=QUOTE, speaker=f"Ada {LONG}",
        speaker_role=LONG, tags=["Rivers", LONG[:60]],
    )  # fmt: skip
    claims.edit(
        claim, by=cast.member, version=1, statement="The river was turned north in one winter."
    )
    cards = [
        evidence.bring(
            claim, by=by, url=f"https://archive.example/{stance}/{'x' * 90}", stance=stance,
            title=f"Ice on the upper river: {LONG}", kind=kind, publisher=LONG, quote=QUOTE,
            locator=f"p. 12, {LONG}", why="It counts the days of ice.", published_on="1962-03",
        )
        for stance, kind, by in (
            ("supports", "primary", cast.member), ("refutes", "official", cast.other),
            ("qualifies", "news", cast.other), ("context", "social", cast.member),
        )
    ]  # fmt: skip
    evidence.edit(cards[0], by=cast.member, version=1, title="Ice on the upper river, 1962")
    said = discussion.say(
        claim, by=cast.member, body=f"At 0:21 they say when. {LONG}\nhttps://ice.example/1962"
    )
    discussion.say(claim, by=cast.other, body=f"@{MEMBER} It was March. {ARABIC}", parent=said)
    discussion.edit(said, by=cast.member, version=1, body=f"{said.body} And why?")
    withdrawn = make_comment(claim=claim, author=cast.other)
    discussion.withdraw(withdrawn, by=cast.other)
    others = make_claim(author=cast.other, statement="Nobody lived in the valley by then.")
    make_evidence(claim=others, author=cast.other, title="Letters from the valley")
    for row in (others, cards[1]):
        moderation.flag(row, by=cast.newcomer, kind="other", remark=f"Look at this. {LONG}")
    moment = claim.occurrences.get()
    return {
        "claim": claim.pk, "others": others.pk, "card": cards[0].pk, "comment": said.pk,
        "moment": moment.pk, "speaker": moment.spoken_by_id,
        "bare": make_claim(author=cast.other, statement="Nothing is said of this yet.").pk,
    }  # fmt: skip


def closed_claims(cast: Cast) -> dict[str, Any]:
    """Store a claim in each state that closes it."""
    rows = {
        name: make_claim(author=author, statement=f"This one is {name}, {LONG}.")
        for name, author in (
            ("hidden", cast.member), ("locked", cast.other), ("withdrawn", cast.member),
        )
    }  # fmt: skip
    for name, deed in (("hidden", "hide"), ("locked", "lock")):
        moderation.decide(rows[name], by=cast.moderator, deed=deed, reason=f"For a test. {LONG}")
    claims.withdraw(rows["withdrawn"], by=cast.member)
    assert {row.state for row in Claim.objects.all()} >= {State.HIDDEN, State.LOCKED}
    return {name: row.pk for name, row in rows.items()}


def merging(cast: Cast) -> dict[str, Any]:
    """Store merges: one proposed, one done; of claims and of speakers."""
    first, second, third = (
        make_claim(author=cast.other, statement=f"The dam was closed in {month} 1961.")
        for month in ("March", "April", "May")
    )
    proposed = merges.propose(first, second, by=cast.member, why=f"The same, I think. {LONG}")
    merges.merge_at_once(third, second, by=cast.moderator, reason="It is the same.")
    one, other = (make_speaker(author=cast.member, role=role) for role in ("farmer", LONG))
    merges.propose(one, other, by=cast.member, why="One person")
    return {"merge": proposed.pk}


def moved(cast: Cast) -> dict[str, Any]:
    """Store a quote that is said elsewhere by now."""
    claim = make_claim(author=cast.other, quote=QUOTE, end_ms=82_000)
    moment = claim.occurrences.get()
    make_transcript(moment.video, (93, LONG), (103, QUOTE), (113, "so they said"))
    anchor_checks.check_due(now=timezone.now())
    proposal = moment.proposals.earliest("pk")
    return {"proposal": proposal.pk, "moved_film": moment.video.platform_id}


def brought_in(cast: Cast) -> dict[str, Any]:
    """Store imports: one with rejects, one taken back; and what is followed."""
    run = ingest.run(
        [
            make_record(platform_id="imported", title=LONG, source=f"/srv/{LONG}/good.md"),
            RecordError(f"{LONG}/bad.md", f"not a <length>: {LONG}", line=9, field="duration"),
        ],
        source=f"/srv/{LONG}",
        by=cast.member,
    )
    back = ingest.run([make_record(platform_id="regretted")], source="one.md", by=cast.member)
    ingest.undo(back, by=cast.member)
    followed = Subscription.objects.create(
        by=cast.member, url=f"https://example.org/feed/{'x' * 80}", kind="feed", title=LONG,
        due_at=timezone.now(), looked_at=timezone.now(), failures=2, words="river",
        last_failure=f"It did not answer. {LONG}",
    )  # fmt: skip
    return {"run": run.pk, "undone": back.pk, "subscription": followed.pk}


def looked_out_for(cast: Cast) -> dict[str, Any]:
    """Store a phrase that is watched for, and a film in which it was found."""
    watch = watches.create(by=cast.member, phrase="salt road")
    make_video(title=f"The Salt Road, {LONG}")
    phrases.find_fresh(now=timezone.now())
    kept = SavedSearch.objects.create(owner=cast.member, name=LONG, query="q=water&sort=views")
    return {"watch": watch.pk, "search": kept.pk}


def letters(cast: Cast) -> dict[str, Any]:
    """Make what letters link to, and a token."""
    tokens.create(by=cast.member, name=LONG[:60])
    address = EmailAddress.objects.create(
        user=cast.member, email=f"{LONG[:50]}@example.org", verified=False
    )
    reset = f"{user_pk_to_url_str(cast.other)}-{default_token_generator.make_token(cast.other)}"
    return {"confirmation": EmailConfirmationHMAC(address).key, "reset": reset}


def main() -> None:
    """Set up in the database of the environment, and write what addresses need."""
    print(json.dumps(asdict(set_up())))  # noqa: T201
