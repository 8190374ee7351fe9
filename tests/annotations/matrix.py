"""All ways, and the stage they are tried on: one thing in a state, and people in every role."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from annotations.models import (
    AnchorHealth,
    AnchorProposal,
    Disclosure,
    EvidenceSuggestion,
    HelpfulnessRating,
    Merge,
    MergeState,
    Note,
    Rating,
    State,
    Stated,
    Thing,
    Verdict,
    VerdictVote,
)
from annotations.moderation import ACTIONS
from annotations.permissions import Role
from tests.annotations import ways as way
from tests.annotations.ways import SAID, THINGS, A, Actor, T, Way
from tests.makers import (
    make_channel,
    make_claim,
    make_comment,
    make_evidence,
    make_occurrence,
    make_speaker,
    make_user,
    make_video,
)
from tests.rest import Caller, make_token

# What is merged: the other things are moved along.
MERGEABLE = (Thing.CLAIM, Thing.SPEAKER)

_page, _rest, _press, _send, _change = way.page, way.rest, way.press, way.send, way.change
_CLAIM_PAGE = "/claims/{row.claim_id}/"
_CLAIM_LOG = "/claims/{row.claim_id}/history/"
_FILM = "/videos/{row.video.platform}/{row.video.platform_id}/"

WAYS: list[Way] = [
    Way(T.CLAIM, A.READ, "page", _page("/claims/{row.pk}/")),
    Way(T.CLAIM, A.READ, "rest", _rest("claims/{row.pk}/")),
    Way(T.CLAIM, A.READ, "rest of its verdict", _rest("claims/{row.pk}/verdict/")),
    Way(T.CLAIM, A.READ, "rest of its verdicts", _rest("claims/{row.pk}/verdicts/")),
    Way(T.CLAIM, A.READ_LOG, "page", _page("/claims/{row.pk}/history/")),
    Way(T.CLAIM, A.EDIT, "page", way.edit_claim),
    Way(T.CLAIM, A.EDIT, "rest", _change("claims/{row.pk}/", language="fr")),
    Way(T.CLAIM, A.WITHDRAW, "page", _press("/claims/{row.pk}/withdraw/")),
    Way(T.CLAIM, A.ADD, "page of a comment", way.say),
    Way(T.CLAIM, A.ADD, "rest of a comment", way.say_rest),
    Way(T.CLAIM, A.ADD, "page of a moment", way.mark),
    Way(T.CLAIM, A.ADD, "rest of a moment", way.mark_rest),
    Way(T.CLAIM, A.ADD, "page of a card", way.bring),
    Way(T.CLAIM, A.ADD, "rest of a card", way.bring_rest),
    Way(T.CLAIM, A.ADD, "page of a suggestion", way.dismiss),
    Way(T.CLAIM, A.RATE, "page", _press("/claims/{row.pk}/vote/", verdict="accurate")),
    Way(T.CLAIM, A.RATE, "page of taking back", _press("/claims/{row.pk}/vote/take-back/")),
    Way(T.CLAIM, A.RATE, "rest", _send("put", "claims/{row.pk}/vote/", verdict="accurate")),
    Way(T.CLAIM, A.RATE, "rest of taking back", _send("delete", "claims/{row.pk}/vote/")),
    # A moment is withdrawn over REST alone: by pages one withdraws the claim.
    Way(T.OCCURRENCE, A.READ, "page", _page(_CLAIM_PAGE), SAID[T.OCCURRENCE][1]),
    Way(T.OCCURRENCE, A.READ, "rest", _rest("occurrences/{row.pk}/")),
    Way(T.OCCURRENCE, A.READ_LOG, "page", _page(_CLAIM_LOG), SAID[T.OCCURRENCE][1]),
    Way(T.OCCURRENCE, A.EDIT, "rest", _change("occurrences/{row.pk}/", quote="it ran north")),
    Way(T.OCCURRENCE, A.EDIT, "page of who speaks", way.say_who),
    Way(T.OCCURRENCE, A.EDIT, "page of where", way.anchor(
        "place", start_ms="0:10", end_ms="0:20", quote="")),
    *(Way(T.OCCURRENCE, A.EDIT, f"page of where, {one}", way.anchor(one))
      for one in ("accept", "refuse")),
    *(Way(T.OCCURRENCE, A.EDIT, f"rest of where, {one}", way.anchor_rest(one))
      for one in ("accept", "refuse")),
    Way(T.EVIDENCE, A.READ, "page", _page(_CLAIM_PAGE), SAID[T.EVIDENCE][1]),
    Way(T.EVIDENCE, A.READ, "rest", _rest("evidence/{row.pk}/")),
    Way(T.EVIDENCE, A.READ, "rest of its link", _rest("evidence/{row.pk}/checks/")),
    Way(T.EVIDENCE, A.READ_LOG, "page of its claim's", _page(_CLAIM_LOG), SAID[T.EVIDENCE][1]),
    Way(T.EVIDENCE, A.EDIT, "page", way.edit_card),
    Way(T.EVIDENCE, A.EDIT, "rest", _change("evidence/{row.pk}/", why="It says so.")),
    Way(T.EVIDENCE, A.WITHDRAW, "page", _press("/evidence/{row.pk}/withdraw/")),
    Way(T.EVIDENCE, A.RATE, "page", _press("/evidence/{row.pk}/rating/", rating="yes")),
    Way(T.EVIDENCE, A.RATE, "page of taking back", _press("/evidence/{row.pk}/rating/take-back/")),
    Way(T.EVIDENCE, A.RATE, "rest", _send("put", "evidence/{row.pk}/rating/", rating="yes")),
    Way(T.EVIDENCE, A.RATE, "rest of taking back", _send("delete", "evidence/{row.pk}/rating/")),
    Way(T.COMMENT, A.READ, "page", _page("/comments/{row.pk}/")),
    Way(T.COMMENT, A.READ, "page of its claim", _page(_CLAIM_PAGE), SAID[T.COMMENT][1]),
    Way(T.COMMENT, A.READ, "rest", _rest("comments/{row.pk}/")),
    Way(T.COMMENT, A.READ_LOG, "page of its claim's", _page(_CLAIM_LOG), SAID[T.COMMENT][1]),
    Way(T.COMMENT, A.EDIT, "page", _press("/comments/{row.pk}/edit/", body="In May.")),
    Way(T.COMMENT, A.EDIT, "rest", _change("comments/{row.pk}/", body="In May.")),
    Way(T.COMMENT, A.WITHDRAW, "page", _press("/comments/{row.pk}/withdraw/")),
    Way(T.COMMENT, A.ADD, "page", way.say),
    Way(T.COMMENT, A.ADD, "rest", way.say_rest),
    Way(T.SPEAKER, A.READ, "page", _page("/speakers/{row.pk}/")),
    Way(T.SPEAKER, A.READ, "rest", _rest("speakers/{row.pk}/")),
    Way(T.SPEAKER, A.EDIT, "page", _press("/speakers/{row.pk}/edit/", name="Ada B.")),
    Way(T.SPEAKER, A.EDIT, "rest", _change("speakers/{row.pk}/", name="Ada B.")),
    Way(T.NOTE, A.READ, "page", _page(_FILM), SAID[T.NOTE][1]),
    Way(T.NOTE, A.READ, "rest", _rest("videos/{row.video.key}/note/"), SAID[T.NOTE][1]),
    Way(T.NOTE, A.READ_LOG, "page", _page(f"{_FILM}history/"), SAID[T.NOTE][1]),
    Way(T.NOTE, A.READ_LOG, "rest", _rest("videos/{row.video.key}/revisions/"), SAID[T.NOTE][1]),
    Way(T.NOTE, A.EDIT, "page", way.write_note),
    Way(T.NOTE, A.EDIT, "rest", way.write_note_rest),
    Way(T.DISCLOSURE, A.READ, "page", _page("/channels/{row.channel.pk}/{row.channel.slug}/"),
        SAID[T.DISCLOSURE][1]),
    Way(T.DISCLOSURE, A.READ, "rest", _rest("disclosures/{row.pk}/")),
    Way(T.DISCLOSURE, A.EDIT, "page", _press(
        "/disclosures/{row.pk}/edit/", kind="funding", text="The state pays for it.",
        source_url="https://register.example/8")),
    Way(T.DISCLOSURE, A.EDIT, "rest", _change("disclosures/{row.pk}/", text="The state owns it.")),
    Way(T.DISCLOSURE, A.WITHDRAW, "page", _press("/disclosures/{row.pk}/withdraw/")),
    *(Way(thing, A.WITHDRAW, "rest", _send("delete", f"{THINGS[thing]}/{{row.pk}}/"))
      for thing in (T.CLAIM, T.OCCURRENCE, T.EVIDENCE, T.COMMENT, T.DISCLOSURE)),
    *(Way(thing, A.READ_LOG, "rest", _rest(f"{THINGS[thing]}/{{row.pk}}/revisions/"))
      for thing in THINGS if thing is not T.NOTE),
    *(Way(thing, A.READ_LOG, "page", _page(f"/{THINGS[thing]}/{{row.pk}}/history/"))
      for thing in (T.EVIDENCE, T.COMMENT, T.SPEAKER, T.DISCLOSURE)),
    *(Way(thing, A.BRING_BACK, "page", _press(f"/{THINGS[thing]}/{{row.pk}}/bring-back/"))
      for thing in THINGS),
    *(Way(thing, A.BRING_BACK, "rest", _send("post", f"{THINGS[thing]}/{{row.pk}}/bring-back/"))
      for thing in THINGS if thing not in (T.SPEAKER, T.NOTE)),
    *(
        one
        for thing in MERGEABLE
        for one in (
            Way(thing, A.PROPOSE_MERGE, "page", way.propose),
            Way(thing, A.PROPOSE_MERGE, "rest", way.propose_rest),
            Way(thing, A.PROPOSE_MERGE, "page of the other", way.propose_into),
            Way(thing, A.PROPOSE_MERGE, "rest of the other", way.propose_into_rest),
            Way(thing, A.MERGE, "page", way.accept),
            Way(thing, A.MERGE, "rest", way.accept_rest),
            Way(thing, A.UNDO_MERGE, "page", way.undo),
            Way(thing, A.UNDO_MERGE, "rest", way.undo_rest),
        )
    ),
    *(
        one
        for thing in THINGS
        for one in (
            Way(thing, A.EDIT, "page of its log", way.restore),
            Way(thing, A.EDIT, "rest of its log", way.restore_rest),
            Way(thing, A.READ_LOG, "page of its record", way.record),
            Way(thing, A.FLAG, "page", way.flag),
            Way(thing, A.FLAG, "rest", way.flag_rest),
            *(Way(thing, ACTIONS[deed], "page", way.decide(deed)) for deed in ACTIONS),
            *(Way(thing, ACTIONS[deed], "rest", way.decide_rest(deed)) for deed in ACTIONS),
        )
    ),
]  # fmt: skip


# --- The thing ------------------------------------------------------------------------


def make(thing: Thing, author: User, state: State) -> Any:
    """Store a thing in a state, with an earlier version; its claim is another's, and visible."""
    row = _MAKERS[thing](author)
    field, text = SAID[thing]
    fields: dict[str, Any] = {field: text, "version": 2}
    # Two writes, so that the log tells an earlier version.
    type(row)._default_manager.filter(pk=row.pk).update(**fields)
    if thing in MERGEABLE:
        _make_merge(thing, row, MergeState.PROPOSED)
    if state == State.MERGED:
        fields["merged_into_id"] = _make_merge(thing, row, MergeState.DONE).target_id
    for name, value in {**fields, "state": state}.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *(["merged_into"] if state == State.MERGED else [])])
    return row


def _make_claim(author: User) -> Stated:
    """Store a claim on which everyone voted, with an address that somebody named."""
    row = make_claim(author=author)
    somebody = make_user("somebody")
    make_claim(author=somebody, statement=way.OTHER)
    for member in User.objects.exclude(pk=somebody.pk):
        VerdictVote.objects.create(
            claim=row, member=member, claim_version=1, cast_at=timezone.now(),
            verdict=Verdict.INACCURATE,
        )  # fmt: skip
    said = make_comment(claim=row, author=somebody)
    url = "https://ice.example/1962"
    EvidenceSuggestion.objects.create(claim=row, comment=said, url=url, url_key=url)
    return row


def _make_occurrence(author: User) -> Stated:
    """Store a moment that may have moved, and whose speaker has the name of another."""
    somebody = make_user("somebody")
    first, _second = (make_speaker(author=somebody, role=role) for role in ("one", "other"))
    row = make_occurrence(
        claim=make_claim(author=somebody), author=author, speaker=first.name, spoken_by=first
    )
    AnchorProposal.objects.create(
        occurrence=row, start_ms=1_000, end_ms=2_000, health=AnchorHealth.MOVED
    )
    return row


def _make_evidence(author: User) -> Stated:
    """Store a card that everyone rated."""
    row = make_evidence(claim=make_claim(author=make_user("somebody")), author=author)
    for member in User.objects.exclude(username="somebody"):
        HelpfulnessRating.objects.create(
            evidence=row, member=member, rating=Rating.NO, cast_at=timezone.now()
        )
    return row


def _make_comment(author: User) -> Stated:
    return make_comment(claim=make_claim(author=make_user("somebody")), author=author)


def _make_speaker(author: User) -> Stated:
    make_speaker(author=make_user("somebody"), role=way.OTHER)
    return make_speaker(author=author)


def _make_note(author: User) -> Stated:
    return Note.objects.create(video=make_video(), text="Unfinished", author=author)


def _make_disclosure(author: User) -> Stated:
    return Disclosure.objects.create(
        channel=make_channel(), kind="ownership", text="Unfinished", author=author,
        source_url="https://register.example/7",
    )  # fmt: skip


_MAKERS: dict[Thing, Callable[[User], Stated]] = {
    Thing.CLAIM: _make_claim,
    Thing.OCCURRENCE: _make_occurrence,
    Thing.EVIDENCE: _make_evidence,
    Thing.COMMENT: _make_comment,
    Thing.SPEAKER: _make_speaker,
    Thing.NOTE: _make_note,
    Thing.DISCLOSURE: _make_disclosure,
}


def _make_merge(thing: Thing, row: Stated, state: MergeState) -> Merge:
    somebody = User.objects.get(username="somebody")
    other = (make_claim if thing is Thing.CLAIM else make_speaker)(author=somebody)
    return Merge.objects.create(
        thing=thing, source_id=row.pk, target_id=other.pk, proposed_by=somebody, state=state
    )


# --- The people -----------------------------------------------------------------------

MODERATING = (Role.MODERATOR, Role.MODERATING_AUTHOR)


def make_people() -> dict[Role, User | None]:
    """Store people: who does something to a thing that `author` made."""
    author, stranger, judge = (make_user(name) for name in ("author", "stranger", "judge"))
    return {
        Role.VISITOR: None,
        Role.MEMBER: stranger,
        Role.AUTHOR: author,
        Role.MODERATOR: judge,
        Role.MODERATING_AUTHOR: author,
    }


def actors_of(people: dict[Role, User | None]) -> dict[Role, Actor]:
    """Sign everyone in, each once."""
    actors: dict[User | None, Actor] = {}
    for user in people.values():
        if user not in actors:
            client = Client(raise_request_exception=False)
            if user is not None:
                client.force_login(user)
            actors[user] = Actor(client, Caller(make_token(user) if user else ""))
    return {role: actors[user] for role, user in people.items()}


# --- What has changed -----------------------------------------------------------------


def everything() -> str:
    """Return a fingerprint of all that is stored of claims: nothing changes unseen."""
    tables = [model._meta.db_table for model in apps.get_app_config("annotations").get_models()]
    digests = " || ".join(
        f"(SELECT coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '-') FROM {table} t)"
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {digests}")
        return str(cursor.fetchone()[0])


@contextmanager
def writes_noted() -> Iterator[list[str]]:
    """Note what is written to tables of claims: without it there is nothing to compare."""
    noted: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "annotations_" in sql and not sql.startswith("SELECT"):
            noted.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield noted
