"""The ledger in a real Chromium: upload a record, see what became of it, take it back."""

import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import FilePayload, Page, expect
from pytest_django.fixtures import Settings

from catalogue import ingest, tasks
from catalogue.ingest import batches
from catalogue.models import Cue, ImportRun, Video
from catalogue.records import VideoRecord
from tests import platform_server
from tests.e2e.conftest import Visit
from tests.e2e.inspection import spilling
from tests.e2e.test_main_path import SEED, sign_in
from tests.makers import make_claim, make_record, make_user
from tests.platform_server import Page as Film
from tests.platform_server import feed, film, item, subtitles

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
    page.get_by_label("Username or e-mail address").fill("mara")
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
    assert spilling(member.page) == []
    said = entries.filter(has_text="English transcript")
    expect(said).to_contain_text("Created")
    said.get_by_role("link").click()
    expect(page.get_by_role("region", name="Transcript")).to_contain_text("a third of them")
    page.go_back()
    with page.expect_download() as download:
        page.get_by_role("link", name="Rejected as CSV").click()
    assert "bad.md" in download.value.path().read_text()

    page.get_by_role("link", name="Take it back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Take this import back?")
    assert spilling(member.page) == []
    page.get_by_role("button", name="Only tell what would happen").click()
    expect(page.get_by_role("status", name="What would happen")).to_contain_text("Removed")
    assert Video.objects.exists()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("region", name="Taken back")).to_contain_text("mara")
    expect(page.get_by_role("main")).to_contain_text("no longer in the catalogue")
    assert not Video.objects.exists()
    member.open("/imports/")
    expect(page.get_by_role("main")).to_contain_text("Taken back")
    assert spilling(member.page) == []


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


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_pasted_address_is_watched_to_its_end(
    visit: Visiting, settings: Settings, *, scripts: bool
):
    settings.FETCH_ENABLED = settings.FETCH_PRIVATE_ADDRESSES = True
    make_user("mara")
    with platform_server.running() as site:
        subtitles(site, "/en.vtt", "A river was moved.")
        for number in range(6):
            film(site, f"/film{number}", Film(title=f"Otters {number}"), en="/en.vtt")
        items = [item(f"{site.url}/film{number}") for number in range(6)]
        address = feed(site, "/list", *items, title="All about otters")
        member = visit(width=390, height=844, scripts=scripts)
        page = member.open("/")
        sign_in(page, "mara")
        member.open("/imports/")
        page.get_by_label("Addresses").fill("rivers")
        page.get_by_role("button", name="Fetch").click()
        expect(page.get_by_role("main")).to_contain_text("is no address")
        page.get_by_label("Addresses").fill(f"{address}?utm_source=a")
        site.answers["/list?utm_source=a"] = site.answers["/list"]
        page.get_by_role("button", name="Fetch").click()

        def follow(words: str) -> None:
            if not scripts:
                page.get_by_role("link", name="Reload").click()
            expect(page.get_by_role("main")).to_contain_text(words)
            assert spilling(member.page) == []

        expect(page.get_by_role("main")).to_contain_text("It waits for its turn.")
        assert tasks.fetch_due() == 1
        follow("0 of 6 films asked for details")
        expect(page.get_by_role("heading", name="All about otters")).to_be_visible()
        assert tasks.fetch_due() == 1
        follow("5 of 6 films asked for details")
        assert tasks.fetch_due() == 1
        follow("Finished")
    page.get_by_role("link", name="Otters 5").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Otters 5")
    expect(page.get_by_role("main")).to_contain_text("A river was moved.")


@pytest.mark.parametrize("window", WINDOWS, ids=["desktop", "without JavaScript", "phone, dark"])
def test_a_member_follows_a_feed_and_its_new_film_comes_in(
    visit: Visiting, window: dict[str, Any], settings: Settings
):
    settings.FETCH_ENABLED = settings.FETCH_PRIVATE_ADDRESSES = True
    make_user("mara")
    member = visit(**window)
    page = member.open("/")
    sign_in(page, "mara")
    member.open("/imports/")
    page.get_by_role("link", name="Follow a channel").click()
    with platform_server.running() as site:
        address = feed(site, "/feed", title="A very long name of a feed about otters " * 3)
        page.get_by_label("Address").fill("swje6NSdkfk")
        page.get_by_role("button", name="Follow").click()
        expect(page.get_by_role("main")).to_contain_text("This is one film")
        page.get_by_label("Address").fill(address)
        page.get_by_label("Only titles with").fill("otter")
        page.get_by_role("button", name="Follow").click()
        expect(page.get_by_role("main")).to_contain_text("Not looked at yet")
        assert tasks.follow_due() == 1
        film(site, "/film", Film(title="Otters at last"))
        feed(site, "/feed", item(f"{site.url}/film", "Otters at last"), title="About otters")
        page.get_by_role("button", name="Look now").click()
        # A click does not wait for the page that it leads to.
        expect(page.get_by_text("It is looked at in a moment.")).to_be_visible()
        assert tasks.follow_due() == 1
        assert tasks.fetch_due() == 1
    member.open("/subscriptions/")
    expect(page.get_by_role("main")).to_contain_text("1 new.")
    assert spilling(member.page) == []
    run = ImportRun.objects.get()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("main")).to_contain_text("Paused")
    page.get_by_role("link", name=f"Import {run.pk}").click()
    page.get_by_role("link", name="Otters at last").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Otters at last")
    member.open("/subscriptions/")
    page.get_by_role("link", name="Delete").click()
    assert spilling(member.page) == []
    page.get_by_role("button", name="Stop following").click()
    expect(page.get_by_role("main")).to_contain_text("You follow nothing yet")


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
        assert spilling(window.page) == [], path


_DROP = """([kind, name, text]) => {
    const carried = new DataTransfer();
    if (kind === 'Files') carried.items.add(new File([text], name));
    else carried.setData(kind, text);
    return carried;
}"""


def test_what_is_dropped_or_pasted_anywhere_is_told_before_it_is_sent(visit: Visiting):
    make_user("mara")
    member = visit()
    page = member.open("/")
    sign_in(page, "mara")
    member.open("/imports/")
    chosen = page.get_by_role("list", name="Files to upload")
    status = page.get_by_role("status").filter(has_text="What you")

    def let_go(kind: str, name: str, text: str, *, event: str = "drop") -> None:
        carried = page.evaluate_handle(_DROP, [kind, name, text])
        key = "clipboardData" if event == "paste" else "dataTransfer"
        page.evaluate(
            """([event, key, carried]) => {
                const Kind = event === 'paste' ? ClipboardEvent : DragEvent;
                const told = new Kind(event, { bubbles: true, cancelable: true, [key]: carried });
                document.body.dispatchEvent(told);
            }""",
            [event, key, carried],
        )

    let_go("Files", SEED.name, SEED.read_text())
    expect(chosen.get_by_role("listitem")).to_have_text([re.compile(re.escape(SEED.name))])
    expect(status).to_have_text("What you brought is among the files.")
    let_go("Files", SEED.name, "x" * 10_000_001)
    expect(chosen).to_contain_text("Too large")
    expect(page.get_by_role("alert")).to_contain_text("more than one upload takes")
    page.get_by_role("button", name="Upload").click()
    assert not ImportRun.objects.exists()
    chosen.get_by_role("button", name="Leave out").last.click()
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(chosen.get_by_role("button")).to_be_focused()
    let_go("text/plain", "", "---\nno: record\n", event="paste")
    expect(chosen).to_contain_text("pasted-2.md")
    let_go("text/plain", "", "https://films.example/otters", event="paste")
    expect(page.get_by_label("Addresses")).to_have_value("https://films.example/otters")
    expect(page.get_by_label("Addresses")).to_be_focused()
    assert spilling(member.page) == []

    page.route("**/imports/", lambda route: route.abort())
    # The browser says so too, as it should.
    with page.expect_console_message(lambda said: said.text.endswith("net::ERR_FAILED")):
        page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("status").filter(has_text="broke off")).to_be_visible()
    assert member.complaints.pop().endswith("net::ERR_FAILED")
    page.unroute("**/imports/")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("upload:")
    expect(page.get_by_role("status")).to_contain_text("Done. This is what became of each record.")
    expect(page.get_by_role("main")).to_be_focused()
    entries = page.get_by_role("main").get_by_role("listitem")
    expect(entries.filter(has_text="Keeping Score")).to_contain_text("Created")
    expect(entries.filter(has_text="pasted-2.md")).to_contain_text("Rejected")
    assert page.url.endswith(f"/imports/{ImportRun.objects.get().pk}/")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Imports")


def drop(page: Page, *paths: Path) -> None:
    """Let files and folders go over the page, as the desktop does: with real entries."""
    devtools = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send(
            "Input.dispatchDragEvent",
            {
                "type": kind,
                "x": 300,
                "y": 200,
                "data": {
                    "items": [],
                    "files": [str(path) for path in paths],
                    "dragOperationsMask": 1,
                },
            },
        )


def record(title: str, vid_id: str) -> str:
    return SEED.read_text().replace("Keeping Score", title).replace("swje6NSdkfk", vid_id)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two seasons whose files have the same names, an archive, and what is hidden."""
    top = tmp_path / "films"
    for season, words in (("one", "They say a third"), ("two", "They say a half")):
        place = top / season
        place.mkdir(parents=True)
        (place / "film.md").write_text(record(f"Season {season}", f"season-{season:_<4}"))
        (place / "film.en.vtt").write_text(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{words} of them\n")
    (top / ".git").mkdir()
    (top / ".git" / "config").write_text("no record")
    (top / "empty").mkdir()
    with zipfile.ZipFile(top / "more.zip", "w") as archive:
        archive.writestr("inside.md", record("Out of the archive", "in-the-zip1"))
    return top


def test_a_folder_several_files_and_an_archive_are_dropped(visit: Visiting, folder: Path):
    make_user("mara")
    member = visit()
    page = member.open("/")
    sign_in(page, "mara")
    member.open("/imports/")
    chosen = page.get_by_role("list", name="Files to upload").get_by_role("listitem")
    said = page.get_by_role("status").filter(has_text="brought")
    drop(page, folder / "empty")
    expect(said).to_have_text("There was no file in what you brought that could be read.")
    expect(chosen).to_have_count(0)

    drop(page, folder)
    expect(said).to_have_text("What you brought is among the files.")
    names = ["films-one-film.md", "films-one-film.en.vtt", "films-two-film.md"]
    for name in (*names, "films-two-film.en.vtt", "more.zip"):
        expect(chosen.filter(has_text=name)).to_have_count(1)
    expect(chosen).to_have_count(5)
    seed, other = folder.parent / SEED.name, folder.parent / "bad.md"
    seed.write_bytes(SEED.read_bytes())
    other.write_text("no record")
    drop(page, seed, other)
    expect(chosen).to_have_count(7)
    drop(page, seed)
    expect(chosen).to_have_count(7)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Done. This is what became of each record.")).to_be_visible()
    titles = Video.objects.values_list("title", flat=True)
    assert {title.partition(":")[0] for title in titles} == {
        "Season one",
        "Season two",
        "Out of the archive",
        "Keeping Score",
    }
    for season, words in (("one", "a third"), ("two", "a half")):
        cue = Cue.objects.get(transcript__video__title__startswith=f"Season {season}")
        assert words in cue.text, "each film has the subtitles of its own folder"


def test_a_folder_of_more_than_one_upload_takes_is_told_before_it_is_sent(
    visit: Visiting, tmp_path: Path
):
    # A browser reads a folder a hundred entries at a time.
    for number in range(120):
        (tmp_path / f"{number:03}.md").write_text("no record")
    make_user("mara")
    member = visit(width=390, height=844)
    page = member.open("/")
    sign_in(page, "mara")
    member.open("/imports/")
    drop(page, tmp_path)
    expect(page.get_by_role("alert")).to_contain_text("more than one upload takes")
    assert spilling(page) == []
    page.get_by_role("button", name="Upload").click()
    assert not ImportRun.objects.exists()
