"""What somebody writes outlives a closed tab: it is offered to them alone, till it is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts.models import User
from annotations import disclosures, live, merges, notes
from annotations.models import Claim, Note
from catalogue.models import Video
from tests.e2e.conftest import Visit
from tests.makers import (
    make_claim,
    make_comment,
    make_evidence,
    make_speaker,
    make_user,
    make_video,
)

Visiting = Callable[..., Visit]
WORDS = "The gauge at the weir says so, from March on."


@dataclass(frozen=True)
class Written:
    """A form: where it is, the area that one writes in, and what else it wants."""

    path: str
    area: str
    button: str
    more: dict[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    words: str = WORDS


def forms_of(video: Video, mara: User, other: User) -> dict[str, Written]:
    """Return every form in which members write, by name."""
    film = video.get_absolute_url()
    claim = make_claim(author=mara, video=video, speaker="Ada Brook")
    theirs = make_claim(author=other, statement="The dam was closed in March of that year.")
    speaker = make_speaker("Ada Brook the Elder", author=mara)
    page = f"/claims/{claim.pk}/"
    channel = video.channel
    assert channel is not None
    note = disclosures.create(
        channel,
        by=mara,
        kind="ownership",
        text="A trust owns it.",
        source_url="https://register.example/trust",
    )
    merge = merges.propose(theirs, claim, by=other, why="")
    address = {"source_url": "https://register.example/owner"}
    return {
        "claim": Written(
            f"{film}claims/new/?t=12", "statement", "Mark the claim", {"end_ms": "0:15"}
        ),
        "claim, edited": Written(f"{page}edit/", "statement", "Save"),
        "another film": Written(
            f"{page}occurrences/new/", "quote", "Mark it there",
            {"film": make_video().key, "start_ms": "2:00", "end_ms": "2:05"},
        ),
        "whose words": Written(
            f"/occurrences/{claim.occurrences.get().pk}/speaker/", "role", "Save",
            choices=("who=new",), words="keeper of the weir",
        ),
        "evidence": Written(
            f"{page}evidence/new/", "title", "Add the evidence",
            {"url": "https://rivers.example/report", "kind": "official"}, ("stance=refutes",),
        ),
        "evidence, edited": Written(
            f"/evidence/{make_evidence(claim=claim, author=mara).pk}/edit/", "title", "Save"
        ),
        "comment": Written(page, "body", "Say it"),
        "answer": Written(
            f"{page}?answer={make_comment(claim=claim, author=other).pk}", "body", "Answer"
        ),
        "comment, edited": Written(
            f"/comments/{make_comment(claim=claim, author=mara).pk}/edit/", "body", "Save"
        ),
        "note": Written(f"{film}note/", "text", "Save"),
        "speaker": Written(
            f"/speakers/{speaker.pk}/edit/", "role", "Save", words="keeper of the weir"
        ),
        "disclosure": Written(f"/channels/{channel.pk}/notes/new/", "text", "Save", address),
        "disclosure, edited": Written(f"/disclosures/{note.pk}/edit/", "text", "Save"),
        "flag": Written(
            f"/flags/new/?thing=claim&id={theirs.pk}", "remark", "Flag it", {}, ("kind=spam",)
        ),
        "merge": Written(
            f"{page}merge/", "why", "Propose it",
            {"target": str(make_claim(author=other, statement="It was closed in April.").pk)},
        ),
        "merge of speakers": Written(
            f"/speakers/{speaker.pk}/merge/", "why", "Propose it",
            {"target": str(make_speaker("Ada B. Brook", author=other).pk)},
        ),
        "merge, decided": Written(f"/merges/{merge.pk}/", "reason", "They are not the same"),
        "decision": Written(
            f"/moderation/claim/{theirs.pk}/", "reason", "Decide", {}, ("deed=hide",)
        ),
    }  # fmt: skip


NAMES = (
    "claim", "claim, edited", "another film", "whose words", "evidence", "evidence, edited",
    "comment", "answer", "comment, edited", "note", "speaker", "disclosure", "disclosure, edited",
    "flag", "merge", "merge of speakers", "merge, decided", "decision",
)  # fmt: skip


class Device:
    """A browser that several people use, one after the other."""

    def __init__(self, visit: Visiting) -> None:
        self.window = visit()
        self.context: BrowserContext = self.window.page.context

    def sign_in(self, member: User) -> None:
        client = Client()
        client.force_login(member)
        session = client.cookies["sessionid"].value
        cookie: Any = {"name": "sessionid", "value": session, "url": self.window.site}
        self.context.add_cookies([cookie])

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.goto(self.window.site + path)
        # What is kept is looked for when the page's scripts have run.
        page.wait_for_load_state("networkidle")
        return page


def form_of(page: Page, form: Written) -> Locator:
    return page.locator("form").filter(
        has=page.get_by_role("button", name=form.button, exact=True)
    ).last  # fmt: skip


def field_of(page: Page, form: Written) -> Locator:
    return form_of(page, form).locator(f'[name$="{form.area}"]').first


def close(page: Page) -> None:
    """Close a tab as somebody does: at once after the last key."""
    page.close(run_before_unload=True)
    if not page.is_closed():
        page.wait_for_event("close")


@pytest.fixture
def mara(transactional_db: None) -> User:
    return make_user("mara", is_moderator=True)


@pytest.fixture
def noor(transactional_db: None) -> User:
    return make_user("noor", is_moderator=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_is_offered_again_to_its_writer_alone_until_it_is_sent(
    visit: Visiting, video: Video, mara: User, noor: User, name: str
):
    forms = forms_of(video, mara, noor)
    assert tuple(forms) == NAMES
    form, device = forms[name], Device(visit)
    device.sign_in(mara)
    page = device.open(form.path)
    before = field_of(page, form).input_value()
    field_of(page, form).press_sequentially(form.words)
    typed = field_of(page, form).input_value()
    close(page)

    # Whoever comes next on this device is offered nothing.
    device.sign_in(noor)
    page = device.open(form.path)
    expect(page.locator(".draft:visible")).to_have_count(0)
    page.close()

    device.sign_in(mara)
    page = device.open(form.path)
    offer = form_of(page, form).locator(".draft")
    expect(offer).to_be_visible()
    assert field_of(page, form).input_value() == before, "nothing is put back unasked"
    offer.get_by_role("button", name="Throw it away").click()
    expect(offer).to_be_hidden()
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(offer).to_be_hidden()
    field_of(page, form).press_sequentially(form.words)
    close(page)

    page = device.open(form.path)
    offer = form_of(page, form).locator(".draft")
    offer.get_by_role("button", name="Bring it back").click()
    expect(field_of(page, form)).to_have_value(typed)
    for label, value in form.more.items():
        part = form_of(page, form).locator(f'[name$="{label}"]').first
        if part.evaluate("one => one.tagName") == "SELECT":
            part.select_option(value)
        else:
            part.fill(value)
    for choice in form.choices:
        label, _equals, value = choice.partition("=")
        form_of(page, form).locator(f'[name="{label}"][value="{value}"]').check()
    form_of(page, form).get_by_role("button", name=form.button, exact=True).click()
    expect(page.locator(".message-success")).to_be_visible()
    page.wait_for_function(
        "() => !Object.keys(localStorage).some(each => each.startsWith('draft'))"
    )


def test_a_draft_of_an_edit_keeps_what_it_started_from(
    visit: Visiting, video: Video, mara: User, noor: User
):
    notes.edit(video, by=noor, version=None, text="The film was cut in May.")
    device = Device(visit)
    device.sign_in(mara)
    form = Written(f"{video.get_absolute_url()}note/", "text", "Save")
    page = device.open(form.path)
    field_of(page, form).fill("The film was cut in June.")
    close(page)
    row = Note.objects.get()
    notes.edit(video, by=noor, version=row.version, text="The film was cut in May, in Graz.")
    page = device.open(form.path)
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text("changed while you were editing")
    row.refresh_from_db()
    assert row.text == "The film was cut in May, in Graz."


def test_a_comment_is_kept_after_the_page_was_renewed(
    visit: Visiting, video: Video, mara: User, noor: User
):
    claim: Claim = make_claim(author=noor, video=video)
    device = Device(visit)
    device.sign_in(mara)
    form = Written(claim.get_absolute_url(), "body", "Say it")
    page = device.open(form.path)
    make_comment(claim=claim)
    live.announce(claim.pk)
    page.get_by_role("button", name="Something new on 1 claim").click()
    expect(page.get_by_role("region", name="Discussion")).to_contain_text("dam was closed")
    field_of(page, form).press_sequentially(WORDS)
    close(page)
    page = device.open(form.path)
    expect(form_of(page, form).locator(".draft")).to_be_visible()
