"""`manage.py undo`: what a person sees at the terminal."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from catalogue import ingest
from catalogue.ingest import undo as operation
from catalogue.models import ImportRun, RunState, Video
from tests.makers import make_claim, make_record

pytestmark = pytest.mark.django_db


def undo(*arguments: object) -> str:
    out = io.StringIO()
    call_command("undo", *map(str, arguments), stdout=out)
    return out.getvalue()


def table(output: str) -> dict[str, str]:
    lines = [line.split() for line in output.splitlines()]
    return {line[0]: line[1] for line in lines if len(line) == 2}


@pytest.fixture
def run(author: User) -> ImportRun:
    """Return an ingest of two films, one of which has a claim now."""
    done = ingest.run([make_record(source="a\x1b.md"), make_record()], source="t", by=None)
    make_claim(author=author, video=Video.objects.earliest("pk"))
    return done


def test_table_says_what_became_of_the_rows_and_reasons_come_first(run: ImportRun):
    output = undo(run.pk)
    assert output.startswith("a\ufffd.md: spared: it has occurrences\n")
    assert table(output) == {"removed": "1", "restored": "0", "partly": "0", "spared": "1"}
    assert Video.objects.count() == 1


def test_a_dry_run_changes_nothing(run: ImportRun):
    output = undo(run.pk, "--dry-run")
    assert "nothing was changed" in output
    assert table(output)["removed"] == "1"
    assert Video.objects.count() == 2


def test_reasons_that_are_not_printed_are_counted(run: ImportRun, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(operation.__globals__, "KEPT_SHOWN", 0)
    assert undo(run.pk).startswith("and 1 more\n")


def test_a_run_that_is_not_there_or_at_work_is_an_error(run: ImportRun):
    with pytest.raises(CommandError, match="no run #0"):
        undo(0)
    ImportRun.objects.update(state=RunState.RUNNING)
    with pytest.raises(CommandError, match="still running"):
        undo(run.pk)
