"""Addresses that are fetched in tests, and what became of them."""

import time
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from catalogue import tasks
from catalogue.ingest import fetches
from catalogue.models import Fetch, ImportRun, RunState
from catalogue.records.targets import parse_target
from tests.platform_server import Page, Site, feed, item
from tests.racing import PATIENCE_S

MINUTE = timedelta(minutes=1)
YOUTUBE_ID = "swje6NSdkfk"


def wanted(url: str, *, by: User | None = None) -> ImportRun:
    return fetches.create(parse_target(url), by=by)


def sweep(times: int = 1) -> int:
    return sum(tasks.fetch_due() for _ in range(times))


def fetched(url: str, *, by: User | None = None) -> ImportRun:
    """Fetch an address to its end, whenever its steps are due."""
    run = wanted(url, by=by)
    while Fetch.objects.filter(pk=run.pk, due_at__isnull=False).update(due_at=timezone.now()):
        assert sweep() == 1
    return read(run)


def work_to_the_end() -> None:
    """Sweep as long as anything is fetched, but not for ever."""
    end = time.monotonic() + PATIENCE_S
    while ImportRun.objects.filter(state__in=("waiting", "running")).exists():
        assert time.monotonic() < end, "it does not end"
        tasks.fetch_due()


def read(run: ImportRun) -> ImportRun:
    return ImportRun.objects.for_ledger().get(pk=run.pk)


def says(run: ImportRun) -> str:
    fetch = Fetch.objects.get(pk=run.pk)
    return fetch.told(RunState(read(run).state))


def rows_of(run: ImportRun) -> list[tuple[str, str, str]]:
    rows = run.rows.order_by("number")
    return [(row.subject, row.outcome, row.reason) for row in rows]


def counts_of(run: ImportRun) -> tuple[int, int, int, int]:
    run = read(run)
    return run.created, run.updated, run.unchanged, run.rejected


def youtube_list(site: Site) -> str:
    return feed(
        site, "/list", item(f"https://www.youtube.com/watch?v={YOUTUBE_ID}", "Keeping Score")
    )


def films(site: Site, count: int) -> str:
    """Serve a list of films with pages of their own."""
    for number in range(count):
        site.add(f"/film{number}", Page(title=f"Film {number}"))
    items = [item(f"{site.url}/film{number}") for number in range(count)]
    return feed(site, "/many", *items, title="Many films")
