"""`manage.py ingest`: what a person sees at the terminal."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from catalogue.management.commands.ingest import SHOWN_REJECTS, printable
from catalogue.models import Change, Channel, ImportRun, RunState, Tag, Transcript, Video
from tests import platform_server
from tests.platform_server import Page, Site, feed, item, send

pytestmark = pytest.mark.django_db

RECORD = """---
title: "A film"
vid_id: "{}"
channel: "A channel"
tags: ["One"]
date: "2022-02-01T13:20:51+03:00"
viewcount: "12"
---
Text.
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "records"
    top.mkdir()
    for number in range(3):
        (top / f"{number}.md").write_text(RECORD.format(f"film-{number:06d}"))
    return top


def ingest(*arguments: object) -> str:
    out = io.StringIO()
    call_command("ingest", *map(str, arguments), stdout=out)
    return out.getvalue()


def table(output: str) -> dict[str, str]:
    lines = [line.split() for line in output.splitlines()]
    return {line[0]: line[1] for line in lines if len(line) == 2}


def test_table_says_what_became_of_the_records(folder: Path):
    output = ingest(folder)
    assert table(output) == {
        "created": "3", "updated": "0", "unchanged": "0", "rejected": "0", "total": "3",
    }  # fmt: skip
    assert f"Run #{ImportRun.objects.get().pk} took " in output
    assert Video.objects.count() == 3


def test_same_files_again_are_unchanged(folder: Path):
    ingest(folder)
    assert table(ingest(folder))["unchanged"] == "3"
    assert table(ingest(*sorted(folder.iterdir())))["unchanged"] == "3"


def test_rejected_record_is_listed_and_an_error(folder: Path):
    (folder / "bad.md").write_text("---\ntitle: No id\n---\n")
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 of 4 records were rejected"):
        call_command("ingest", str(folder), stdout=out)
    (line,) = (line for line in out.getvalue().splitlines() if line.startswith("records/bad.md"))
    assert "vid_id" in line
    assert table(out.getvalue())["created"] == "3"


def test_rejects_can_be_allowed(folder: Path):
    (folder / "bad.md").write_text("no record")
    assert table(ingest(folder, "--allow-rejects"))["rejected"] == "1"


def test_long_list_of_rejects_is_cut(tmp_path: Path):
    for number in range(SHOWN_REJECTS + 3):
        (tmp_path / f"{number}.md").write_text("no record")
    output = ingest(tmp_path, "--allow-rejects")
    assert output.count(".md:") == SHOWN_REJECTS
    assert f"and 3 more, see run #{ImportRun.objects.get().pk}" in output


def test_dry_run_tells_the_same_and_writes_nothing(folder: Path):
    (folder / "bad.md").write_text("no record")
    output = ingest(folder, "--dry-run", "--allow-rejects")
    assert (table(output)["created"], table(output)["rejected"]) == ("3", "1")
    assert "nothing was changed" in output
    assert "records/bad.md" in output
    for model in (Video, ImportRun, Channel, Tag, Change):
        assert not model.objects.exists()


def test_dry_run_tells_the_same_of_subtitles(folder: Path):
    webvtt = "WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n"
    (folder / "0.en.vtt").write_text(webvtt)
    (folder / "1.fr.vtt").write_text(webvtt + "\n00:03.000 --> 00:0x.000\nlost\n")
    (folder / "nobodys.en.vtt").write_text(webvtt)
    with zipfile.ZipFile(folder / "z.zip", "w") as archive:
        archive.writestr("a.md", RECORD.format("film-zipped"))
        archive.writestr("a.de.vtt", webvtt)
    dry = ingest(folder, "--dry-run", "--allow-rejects")
    assert not Transcript.objects.exists()
    real = ingest(folder, "--allow-rejects")
    assert table(dry) == table(real)
    assert (table(real)["created"], table(real)["rejected"]) == ("7", "1")
    for line in ("records/1.fr.vtt:6: left out: line 6", "nobodys.en.vtt: no record lies beside"):
        assert line in dry
        assert line in real


def test_quiet_prints_rejects_only(folder: Path):
    assert ingest(folder, "--quiet") == ""
    (folder / "bad.md").write_text("no record")
    assert ingest(folder, "--quiet", "--allow-rejects").startswith("records/bad.md")


def test_progress_is_shown_on_a_terminal_only(folder: Path):
    terminal, log = Terminal(), io.StringIO()
    call_command("ingest", str(folder), stdout=io.StringIO(), stderr=terminal)
    call_command("ingest", str(folder), stdout=io.StringIO(), stderr=log)
    assert "3 records" in terminal.getvalue()
    assert log.getvalue() == ""


def test_missing_path_is_a_rejected_record(tmp_path: Path):
    with pytest.raises(CommandError, match="1 of 1 records were rejected"):
        ingest(tmp_path / "nothing")


def test_format_can_be_named(folder: Path):
    assert table(ingest(folder, "--format", "front-matter"))["created"] == "3"
    with pytest.raises(CommandError, match="invalid choice"):
        ingest(folder, "--format", "crystals")


def test_names_of_files_cannot_speak_to_the_terminal():
    assert printable("a\x1b[2Jb\nc.md") == "a\ufffd[2Jb\ufffdc.md"


class Interrupted(Terminal):
    """A terminal at which somebody presses Ctrl-C as soon as the number of records shows."""

    def write(self, text: str) -> int:
        if "3 records" in text:
            raise KeyboardInterrupt
        return super().write(text)


def test_ctrl_c_is_told_in_one_line_and_ends_the_run(folder: Path):
    with pytest.raises(CommandError) as told:
        call_command("ingest", folder, stderr=Interrupted(), stdout=io.StringIO())
    assert told.value.returncode == 130
    assert str(told.value) == (
        "Interrupted. What is done stays; the same command again does the rest."
    )
    assert ImportRun.objects.get().state == RunState.FAILED
    assert Video.objects.count() == 3


def test_ctrl_c_in_a_dry_run_leaves_nothing(folder: Path):
    with pytest.raises(CommandError, match=r"Interrupted\. Nothing was changed"):
        call_command("ingest", folder, "--dry-run", stderr=Interrupted(), stdout=io.StringIO())
    assert not ImportRun.objects.exists()


# --- Addresses ------------------------------------------------------------------------


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    settings.FETCH_PRIVATE_ADDRESSES = True
    with platform_server.running() as site:
        yield site


def test_addresses_are_fetched_here_and_now(site: Site, settings: Settings):
    settings.FETCH_ENABLED = False
    for number in range(7):
        site.add(f"/film{number}", Page(title=f"Film {number}"))
    items = [item(f"{site.url}/film{number}") for number in range(6)]
    output = ingest("--url", feed(site, "/list", *items), "--url", f"{site.url}/film6")
    assert output.count("Run #") == 2
    assert "created              6" in output
    assert Video.objects.count() == 7
    assert table(ingest("--url", f"{site.url}/film6"))["unchanged"] == "1"


def test_files_and_addresses_go_together(site: Site, folder: Path):
    site.add("/film")
    output = ingest(folder, "--url", f"{site.url}/film")
    assert Video.objects.count() == 4
    assert output.count("total") == 2


def test_an_address_that_gives_nothing_is_an_error_with_the_reason(site: Site):
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 of 1 records were rejected"):
        call_command("ingest", "--url", f"{site.url}/missing", stdout=out)
    assert "says that it is gone" in out.getvalue()
    address = site.answer("/busy", lambda handler: send(handler, b"", status=429))
    with pytest.raises(CommandError, match="Not all could be fetched"):
        call_command("ingest", "--url", address, "--quiet", stdout=out)
    assert "asked us to wait" in out.getvalue()


def test_a_text_that_is_no_address_is_an_error_before_anything_is_done(folder: Path):
    with pytest.raises(CommandError, match="no address"):
        ingest(folder, "--url", "rivers")
    with pytest.raises(CommandError, match="Name files or folders"):
        ingest()
    assert not ImportRun.objects.exists()


def test_a_dry_run_of_an_address_writes_nothing(site: Site):
    site.add("/film")
    output = ingest("--url", f"{site.url}/film", "--dry-run")
    assert table(output)["created"] == "1"
    assert "nothing was changed" in output
    assert not Video.objects.exists()
    assert not ImportRun.objects.exists()
