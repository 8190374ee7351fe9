"""The site as it is really served, and a real Chromium that watches for what goes wrong."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)
from pytest_django.plugin import DjangoDbBlocker

from config import processes
from tests import databases
from tests.e2e import inspection, stage
from tests.e2e.chromium import find_chromium
from tests.e2e.places import Place

BASE = Path(__file__).resolve().parent.parent.parent
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Playwright keeps an event loop in this thread, which Django would take for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@dataclass
class Visit:
    """A browser window's page, and everything about it that must stay empty."""

    page: Page
    site: str
    live: str
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note console errors, exceptions, refused content and requests that leave the site."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if urlsplit(request.url).scheme in {"http", "https"} and not request.url.startswith(
            (self.site, self.live)
        ):
            self.outside.append(request.url)

    def open(self, path: str) -> Page:
        """Go to an address of the site."""
        self.page.goto(self.site + path)
        return self.page


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a Chromium that runs for the whole session."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), headless=True, args=ARGUMENTS
        )
        yield chromium
        chromium.close()


def database_url() -> str:
    """Return the address of the database of this test run."""
    wanted = connection.get_connection_params()
    who = quote(str(wanted.get("user") or ""), safe="")
    if wanted.get("password"):
        who += f":{quote(str(wanted['password']), safe='')}"
    host = str(wanted.get("host") or "localhost")
    if host.startswith("/"):
        return f"postgres://{who}@/{wanted['dbname']}?host={quote(host)}"
    return f"postgres://{who}@{host}:{wanted.get('port') or 5432}/{wanted['dbname']}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def served(name: str, command: list[str], port: int, **environ: str) -> Iterator[str]:
    """Run a server of the product on the tests' database; give its address."""
    log = Path(settings.DATA_DIR) / f"e2e-{name}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, *command[1:]],
            cwd=BASE,
            env={
                **os.environ,
                "DATABASE_URL": database_url(),
                "PGAPPNAME": f"e2e-{name}",
                **environ,
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/healthz", server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)
        _wait_for_sessions(f"e2e-{name}")


def _wait_for_sessions(application: str) -> None:
    """Wait until the database has noticed that a server is gone: a query may outlive who asked."""
    with closing(psycopg2.connect(database_url())) as other, other.cursor() as cursor:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT FROM pg_stat_activity WHERE application_name = %s", (application,)
            )
            other.rollback()
            if not cursor.rowcount:
                return
            time.sleep(0.05)


@pytest.fixture(scope="session")
def live(django_db_setup: None) -> Iterator[str]:
    """Run the product's own live service; return its address."""
    port = free_port()
    with served("live", processes.live(host="127.0.0.1", port=port), port) as address:
        yield address


@pytest.fixture(scope="session")
def site(django_db_setup: None, live: str) -> Iterator[str]:
    """Serve the tests' database with the product's own web server; return its address."""
    port = free_port()
    command = processes.web(host="127.0.0.1", port=port, workers=1, threads=4)
    with served("web", command, port, SIDENOTE_LIVE_PORT=live.rpartition(":")[2]) as address:
        yield address


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"The web server ended with {server.returncode}.")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:  # Refused, or too slow on a busy machine.
            time.sleep(0.05)
    pytest.fail("The web server did not answer within a minute.")


@pytest.fixture
def visit(
    browser: Browser, site: str, live: str, transactional_db: None
) -> Iterator[Callable[..., Visit]]:
    """Open browser windows; at the end, nothing may have gone wrong in any of them."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def open_window(
        *,
        width: int = 1440,
        height: int = 900,
        scheme: str = "light",
        scripts: bool = True,
        language: str = "en-US",
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
            locale=language,
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        window = Visit(context.new_page(), site, live)
        window.watch()
        visits.append(window)
        return window

    yield open_window
    for context in contexts:
        context.close()
    assert [complaint for window in visits for complaint in window.complaints] == []
    assert [url for window in visits for url in window.outside] == []


@dataclass
class Tour:
    """A window that is led through places, as whoever looks at each."""

    visit: Visit
    stage: stage.Stage
    language: str = "en"
    document: Response | None = None
    answer: str = ""

    def __post_init__(self) -> None:
        self.visit.page.on("response", self._on_response)

    def _on_response(self, answer: Response) -> None:
        is_page = answer.request.is_navigation_request() and answer.frame.parent_frame is None
        if is_page and not 300 <= answer.status < 400:
            self.document = answer

    def html(self) -> str:
        """Return the page as the server sent it, not what scripts made of it."""
        assert self.document is not None
        return self.document.text()

    def go(self, place: Place) -> Page:
        """Open a place and do what is done there; its complaints alone are kept."""
        context, page = self.visit.page.context, self.visit.page
        context.clear_cookies()
        cookies = {"language": self.language}
        if place.by:
            cookies["sessionid"] = self.stage.sessions[place.by]
        for name, value in cookies.items():
            context.add_cookies([{"name": name, "value": value, "url": self.visit.site}])
        self.visit.complaints.clear()
        answer = page.goto(self.visit.site + place.at(self.stage.names))
        assert answer is not None
        self.answer = f"{answer.status} {page.url}"
        if place.then:
            place.then(page)
        return page

    def wrong(
        self, places: Iterable[Place], check: Callable[[Page, Place], list[str]]
    ) -> list[str]:
        """Return what is wrong with each place, what the browser complained of included."""
        found = []
        for place in places:
            told = check(self.go(place), place)
            # Nor does it lead to where one signs in.
            path = self.answer.partition(self.visit.site)[2]
            is_led_away = re.match("/accounts/(login|reauth)", path) and path not in place.path
            if is_led_away or not self.answer.startswith(str(place.status)):
                told.append(f"answers {self.answer}")
            # Chromium tells of the status itself.
            told += [one for one in self.visit.complaints if f"{place.status} (" not in one]
            told += [f"asks {url}" for url in self.visit.outside]
            self.visit.outside.clear()
            found += [f"{place.name}: {one}" for one in told]
        return found


@dataclass
class Staged:
    """The site with something on every page, and a browser to look at it."""

    browser: Browser
    site: str
    live: str
    stage: stage.Stage

    @contextmanager
    def window(
        self, *, width: int, scheme: str = "light", language: str = "en", **more: Any
    ) -> Iterator[Tour]:
        """Open a window in which places are visited."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            **{"reduced_motion": "reduce", **more},
        )
        context.set_default_timeout(10_000)
        context.add_init_script(inspection.WATCHER)
        context.add_init_script(inspection.bring_axe())
        visit = Visit(context.new_page(), self.site, self.live)
        visit.watch()
        yield Tour(visit, self.stage, language)
        context.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests on the stage come last: clearing it takes away what migrations stored."""
    items.sort(key=lambda item: "staged" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def staged(
    browser: Browser, site: str, live: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[Staged]:
    """Set the stage once for all tests that only look: they come last. Clear it afterwards."""
    with django_db_blocker.unblock():
        yield Staged(browser, site, live, stage.set_up())
        databases.clear()
        # Beside Playwright's loop this can be another connection than that of other tests.
        connection.close()
