"""Every way to do something to a thing of the community: by which face, with what is sent.

To add one when a page or an address is made: a function of an `Actor` and the row that does it
and returns the answer, and a line in WAYS. A page is asked by `actor.page`, REST by
`actor.rest`. What is sent is good, so that only rights can be in its way, and changes something.
`shows` is for a page that shows more than the thing: what of the thing it shows to who may read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.test import Client

from annotations import permissions
from annotations.models import (
    AnchorProposal,
    Claim,
    Deed,
    EvidenceSuggestion,
    Merge,
    MergeState,
    Speaker,
    Thing,
)
from annotations.permissions import Action
from tests.makers import make_video
from tests.rest import Caller


@dataclass(frozen=True)
class Actor:
    """Somebody in a role, who asks pages and the REST interface."""

    page: Client
    rest: Caller


Do = Callable[[Actor, Any], Any]


@dataclass(frozen=True)
class Way:
    """How an action is done to a thing by one of the faces."""

    thing: Thing
    action: Action
    name: str
    do: Do
    shows: str = ""

    @property
    def is_reading(self) -> bool:
        return self.action in (Action.READ, Action.READ_LOG)

    def __str__(self) -> str:
        return f"{self.thing} {self.action} by {self.name}"


T, A = Thing, Action
# What things are called in addresses.
THINGS = {
    T.CLAIM: "claims",
    T.OCCURRENCE: "occurrences",
    T.EVIDENCE: "evidence",
    T.COMMENT: "comments",
    T.SPEAKER: "speakers",
    T.NOTE: "notes",
    T.DISCLOSURE: "disclosures",
}
# What things say, as `staged` makes them.
SAID = {
    T.CLAIM: ("statement", "The lake above the dam froze over in March."),
    T.OCCURRENCE: ("quote", "ice as thick as a man is tall"),
    T.EVIDENCE: ("why", "It counts the days of ice at the gauge."),
    T.COMMENT: ("body", "Was that above or below the dam?"),
    T.SPEAKER: ("role", "keeper of the gauge"),
    T.NOTE: ("text", "Cut again in 1971, without the ice."),
    T.DISCLOSURE: ("text", "The waterworks own it."),
}
# What a claim that may be the same says, and the role of a speaker who may be.
OTHER = "It froze over in another winter."


# --- Pages and addresses, sent something or nothing ------------------------------------


def page(path: str) -> Do:
    """Return the way of reading a page; `path` names fields of the row."""
    return lambda by, row: by.page.get(path.format(row=row))


def rest(path: str) -> Do:
    """Return the way of reading an address."""
    return lambda by, row: by.rest.get(path.format(row=row))


def press(path: str, **typed: Any) -> Do:
    """Return the way of sending a form; of `version` the row's is sent."""
    return lambda by, row: by.page.post(path.format(row=row), {**typed, "version": row.version})


def send(method: str, path: str, **body: Any) -> Do:
    """Return the way of sending JSON, or nothing."""
    return lambda by, row: getattr(by.rest, method)(path.format(row=row), *([body] if body else []))


def change(path: str, **body: Any) -> Do:
    """Return the way of an edit over REST."""
    return lambda by, row: by.rest.patch(path.format(row=row), {**body, "version": row.version})


# --- Claims ---------------------------------------------------------------------------


def edit_claim(by: Actor, row: Any) -> Any:
    typed: dict[str, Any] = {
        "claim-version": row.version,
        "claim-statement": "The river ran north by the spring.",
        "claim-kind": row.kind,
        "claim-language": row.language,
        "claim-tags": "",
    }
    for one in row.occurrences.all():
        typed |= {
            f"at{one.pk}-version": one.version,
            f"at{one.pk}-start_ms": "1:12",
            f"at{one.pk}-end_ms": "1:24",
        }
    return by.page.post(f"/claims/{row.pk}/edit/", typed)


def say(by: Actor, row: Any) -> Any:
    claim, parent = (row.claim, row.pk) if hasattr(row, "claim") else (row, "")
    typed = {"body": "Which winter?", "parent": parent}
    return by.page.post(f"/claims/{claim.pk}/comments/new/", typed)


def say_rest(by: Actor, row: Any) -> Any:
    claim, parent = (row.claim, row.pk) if hasattr(row, "claim") else (row, None)
    answers = {"answers_to": parent} if parent else {}
    return by.rest.post("comments/", {"claim": claim.pk, "body": "Which winter?", **answers})


def dismiss(by: Actor, row: Any) -> Any:
    suggestion = EvidenceSuggestion.objects.get(claim=row)
    return by.page.post(f"/suggestions/{suggestion.pk}/dismiss/")


def mark(by: Actor, row: Any) -> Any:
    typed = {"film": make_video().key, "start_ms": "0:10", "end_ms": "0:20"}
    return by.page.post(f"/claims/{row.pk}/occurrences/new/", typed)


def mark_rest(by: Actor, row: Any) -> Any:
    place = {"video": make_video().key, "start_ms": 1_000, "end_ms": 2_000}
    return by.rest.post("occurrences/", {"claim": row.pk, **place})


SOURCE = {
    "title": "Daily ice reports",
    "stance": "supports",
    "kind": "primary",
    "accessed_on": "2022-02-01",
}


def bring(by: Actor, row: Any) -> Any:
    typed = {**SOURCE, "url": "https://ice.example/1961"}
    return by.page.post(f"/claims/{row.pk}/evidence/new/", typed)


def bring_rest(by: Actor, row: Any) -> Any:
    body = {**SOURCE, "source_url": "https://ice.example/1961", "claim": row.pk}
    return by.rest.post("evidence/", body)


def edit_card(by: Actor, row: Any) -> Any:
    typed = {**SOURCE, "url": row.url, "version": row.version}
    return by.page.post(f"/evidence/{row.pk}/edit/", typed)


# --- Where and by whom ----------------------------------------------------------------


def say_who(by: Actor, row: Any) -> Any:
    other = Speaker.objects.filter(name=row.speaker).exclude(pk=row.spoken_by_id).get()
    typed = {"version": row.version, "who": other.pk}
    return by.page.post(f"/occurrences/{row.pk}/speaker/", typed)


def anchor(way: str, **typed: str) -> Do:
    def do(by: Actor, row: Any) -> Any:
        proposal = AnchorProposal.objects.get(occurrence=row)
        return by.page.post(f"/anchors/{proposal.pk}/{way}/", typed)

    return do


def anchor_rest(way: str) -> Do:
    def do(by: Actor, row: Any) -> Any:
        proposal = AnchorProposal.objects.get(occurrence=row)
        return by.rest.post(f"anchors/{proposal.pk}/{way}/")

    return do


def write_note(by: Actor, row: Any) -> Any:
    typed = {"version": row.version, "text": "Shot in 1961."}
    return by.page.post(f"{row.video.get_absolute_url()}note/", typed)


def write_note_rest(by: Actor, row: Any) -> Any:
    body = {"version": row.version, "text": "Shot in 1961."}
    return by.rest.put(f"videos/{row.video.key}/note/", body)


# --- Moderation, the log, merges ------------------------------------------------------


def flag(by: Actor, row: Any) -> Any:
    thing = permissions.thing_of(row)
    return by.page.post(f"/flags/new/?thing={thing}&id={row.pk}", {"kind": "spam"})


def flag_rest(by: Actor, row: Any) -> Any:
    thing = permissions.thing_of(row).value
    return by.rest.post("flags/", {"thing": thing, "thing_id": row.pk, "kind": "spam"})


def decide(deed: Deed) -> Do:
    def do(by: Actor, row: Any) -> Any:
        typed = {"version": row.version, "deed": deed.value, "reason": "For a reason."}
        return by.page.post(f"/moderation/{permissions.thing_of(row)}/{row.pk}/decide/", typed)

    return do


def decide_rest(deed: Deed) -> Do:
    def do(by: Actor, row: Any) -> Any:
        thing = {"thing": permissions.thing_of(row).value, "thing_id": row.pk}
        body = {**thing, "deed": deed.value, "reason": "For a reason."}
        return by.rest.post("decisions/", body)

    return do


def _first_event(row: Any) -> int:
    number: int = row.events.order_by("pgh_id").values_list("pgh_id", flat=True)[0]
    return number


def restore(by: Actor, row: Any) -> Any:
    things = THINGS[permissions.thing_of(row)]
    typed = {"event": _first_event(row), "version": row.version}
    return by.page.post(f"/{things}/{row.pk}/restore/", typed)


def restore_rest(by: Actor, row: Any) -> Any:
    things = THINGS[permissions.thing_of(row)]
    body = {"revision": _first_event(row), "version": row.version}
    return by.rest.post(f"{things}/{row.pk}/restore/", body)


def _other(row: Any) -> Any:
    if isinstance(row, Claim):
        return Claim.objects.get(statement=OTHER)
    return Speaker.objects.get(role=OTHER)


def propose(by: Actor, row: Any, *, is_target: bool = False) -> Any:
    things = THINGS[permissions.thing_of(row)]
    source, target = (_other(row), row) if is_target else (row, _other(row))
    return by.page.post(f"/{things}/{source.pk}/merge/", {"target": target.pk, "why": "The same."})


def propose_rest(by: Actor, row: Any, *, is_target: bool = False) -> Any:
    source, target = (_other(row), row) if is_target else (row, _other(row))
    thing = permissions.thing_of(row).value
    return by.rest.post("merges/", {"thing": thing, "source": source.pk, "target": target.pk})


def accept(by: Actor, row: Any) -> Any:
    return by.page.post(f"/merges/{_proposed(row)}/accept/", {"reason": "The same."})


def accept_rest(by: Actor, row: Any) -> Any:
    return by.rest.post(f"merges/{_proposed(row)}/accept/", {"reason": "The same."})


def undo(by: Actor, row: Any) -> Any:
    return by.page.post(f"/merges/{_done(row)}/undo/", {"reason": "Not the same."})


def undo_rest(by: Actor, row: Any) -> Any:
    return by.rest.post(f"merges/{_done(row)}/undo/", {"reason": "Not the same."})


def _proposed(row: Any) -> int:
    return _merges(row).get(state=MergeState.PROPOSED).pk


def _done(row: Any) -> int:
    """Return the number of the merge that was done, of what was not merged the proposed one's."""
    return _merges(row).latest("pk").pk


def _merges(row: Any) -> QuerySet[Merge]:
    return Merge.objects.filter(thing=permissions.thing_of(row), source_id=row.pk)


def record(by: Actor, row: Any) -> Any:
    return by.page.get(f"/moderation/{permissions.thing_of(row)}/{row.pk}/")


def propose_into(by: Actor, row: Any) -> Any:
    return propose(by, row, is_target=True)


def propose_into_rest(by: Actor, row: Any) -> Any:
    return propose_rest(by, row, is_target=True)
