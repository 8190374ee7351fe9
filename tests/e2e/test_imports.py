"""The ledger in a real Chromium: upload a record, see what became of it, take it back."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import FilePayload, expect

from catalogue import ingest
from catalogue.ingest import batches
from catalogue.models import Video
from catalogue.records import VideoRecord
from tests.e2e.conftest import Visit
from tests.e2e.test_main_path import SEED, sign_in
from tests.e2e.test_pages import spilling
from tests.makers import make_claim, make_record, make_user

WEBVTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\nThey say a third of them\n"
Visiting = Callable[..., Visit]
WINDOWS: list[dict[str, Any]] = [
    {},
    {"scripts": False},
    {"width": 390, "height": 844, "scheme": "dark"},
]


@pytest.mark.parametrize("window", WINDOWS, ids=["desktop", "without JavaScript", "phone, dark"])
def test_a_member_uploads_a_record_sees_the_run_and_takes_it_back(
    visit: Visiting, window: dict[str, Any]
):
    make_user("mara")
    member = visit(**window)
    page = member.open("/imports/")
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("Login").fill("mara")
    page.get_by_label("Password", exact=True).fill("a long enough pass phrase")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Imports")
    files: list[FilePayload] = [
        {"name": SEED.name, "mimeType": "text/markdown", "buffer": SEED.read_bytes()},
        {"name": "bad.md", "mimeType": "text/markdown", "buffer": b"no record"},
        {"name": f"{SEED.stem}.en.vtt", "mimeType": "text/vtt", "buffer": WEBVTT},
    ]
    page.get_by_label("Record files").set_input_files(files)
    page.get_by_label("Only tell what would happen").check()
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("main")).to_contain_text("Nothing was changed")
    expect(page.get_by_role("main")).to_contain_text("Keeping Score")
    assert not Video.objects.exists()

    page.get_by_role("link", name="Back to the upload").click()
    page.get_by_label("Record files").set_input_files(files)
    page.get_by_role("button", name="Upload").click()
    entries = page.get_by_role("main").get_by_role("listitem")
    expect(entries.filter(has_text="Keeping Score").first).to_contain_text("Created")
    expect(entries.filter(has_text="bad.md")).to_contain_text("Rejected")
    assert spilling(member) == []
    said = entries.filter(has_text="English transcript")
    expect(said).to_contain_text("Created")
    said.get_by_role("link").click()
    expect(page.get_by_role("region", name="Transcript")).to_contain_text("a third of them")
    page.go_back()
    with page.expect_download() as download:
        page.get_by_role("link", name="Rejected as CSV").click()
    assert "bad.md" in download.value.path().read_text()

    page.get_by_role("link", name="Take it back").click()
    assert spilling(member) == []
    page.get_by_role("button", name="Only tell what would happen").click()
    expect(page.get_by_role("status", name="What would happen")).to_contain_text("Removed")
    assert Video.objects.exists()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("region", name="Taken back")).to_contain_text("mara")
    expect(page.get_by_role("main")).to_contain_text("no longer in the catalogue")
    assert not Video.objects.exists()
    member.open("/imports/")
    expect(page.get_by_role("main")).to_contain_text("Taken back")
    assert spilling(member) == []


def test_the_page_of_a_run_at_work_follows_it_to_its_end(
    visit: Visiting, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(batches, "SIZE", 2)
    go_on, end = threading.Event(), threading.Event()

    def slow() -> Iterator[VideoRecord]:
        yield from (make_record() for _ in range(3))
        assert go_on.wait(timeout=60)
        yield from (make_record() for _ in range(4))
        assert end.wait(timeout=60)

    def work() -> None:
        try:
            ingest.run(slow(), source="slow", by=None, progress=lambda _done: begun.set())
        finally:
            connections.close_all()

    begun = threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert begun.wait(timeout=60)
        page = visit().open("/imports/")
        page.get_by_role("link", name="slow").click()
        created = page.get_by_role("definition").first
        expect(created).to_have_text("2")
        expect(page.get_by_role("main")).to_contain_text("Still running")
        go_on.set()
        expect(created).to_have_text("6")
        end.set()
        expect(page.get_by_role("main")).to_contain_text("Finished")
        expect(created).to_have_text("7")
    finally:
        go_on.set()
        end.set()
        thread.join(timeout=60)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390, 320])
def test_no_page_of_the_ledger_spills(visit: Visiting, width: int, scheme: str):
    mara = make_user("mara")
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
    run = ingest.run(
        [make_record(title=long, source=f"{long}.md"), make_record()], source=long, by=mara
    )
    make_claim(author=mara, video=Video.objects.earliest("pk"))
    ingest.undo(run, by=mara)
    window = visit(width=width, scheme=scheme)
    sign_in(window.open("/"), "mara")
    for path in ("", f"{run.pk}/", f"{run.pk}/undo/"):
        window.open(f"/imports/{path}")
        assert spilling(window) == [], path
