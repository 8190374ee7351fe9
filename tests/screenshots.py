"""Takes a picture of every page: `script/screenshots [NAME...]`, into `.data/screenshots/`.

Runs the site on a port of its own, with the sample catalogue and what `tests.e2e.stage` adds to
it, and opens every place of `tests.e2e.places` at 1440 and 390 px, light and dark, and the main
ones in Arabic. What a page complains about on the console is told, and makes the exit code 1.
Names choose some pages only; `watch*` chooses all that begin so.
"""

import fnmatch
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.e2e.chromium import find_chromium
from tests.e2e.places import PLACES, Place

BASE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Look:
    """How pages are looked at; its words end the names of pictures."""

    width: int
    theme: Literal["light", "dark"]
    language: str = "en"

    @property
    def name(self) -> str:
        language = "" if self.language == "en" else f"-{self.language}"
        return f"{self.width}-{self.theme}{language}"


LOOKS = tuple(Look(width, theme) for theme in ("light", "dark") for width in (1440, 390))
IN_ARABIC = (Look(1440, "light", "ar"), Look(390, "dark", "ar"))


def main(patterns: list[str]) -> int:
    """Take the pictures; return 1 if a page complained."""
    places = [
        place
        for place in PLACES
        if not patterns or any(fnmatch.fnmatch(place.name, one) for one in patterns)
    ]
    if not places:
        print(f"No such page. There are {', '.join(place.name for place in PLACES)}.")
        return 2
    data = Path(os.environ.get("SIDENOTE_DATA_DIR") or BASE / ".data").resolve()
    pictures, folder = data / "screenshots", data / "screenshots-site"
    pictures.mkdir(parents=True, exist_ok=True)
    # The stage is set once; what an earlier run left would be in its way.
    shutil.rmtree(folder, ignore_errors=True)
    with running(folder) as site, sync_playwright() as playwright:
        stage = set_up(folder)
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        complaints = [
            told
            for look in (*LOOKS, *IN_ARABIC)
            for told in take(browser, site, stage, pictures, look, places)
        ]
        browser.close()
    for complaint in complaints:
        print(complaint)
    print(f"The pictures are in {pictures}.")
    return 1 if complaints else 0


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run the site with the sample catalogue; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = os.environ | {
        "SIDENOTE_DATA_DIR": str(folder), "PORT": str(port),
        "SIDENOTE_REFRESH": "off", "SIDENOTE_FETCH": "off",
    }  # fmt: skip
    command = [sys.executable, "-P", "-m", "config.launch", "server"]
    environ["PYTHONPATH"] = str(BASE)
    log = folder.with_suffix(".log")
    with log.open("wb") as output:
        site = subprocess.Popen(command, env=environ, stdout=output, stderr=output)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 180
        while not answers(f"{address}/readyz"):
            if site.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"The site did not start; {log} says why.")
            time.sleep(0.2)
        yield address
    finally:
        site.send_signal(signal.SIGINT)
        site.wait(timeout=60)


def answers(url: str) -> bool:
    """Tell whether an address answers well."""
    try:
        with urllib.request.urlopen(url, timeout=10):
            return True
    except (urllib.error.URLError, OSError):
        return False


def set_up(folder: Path) -> dict[str, Any]:
    """Fill the site's database; return what addresses need, and the sessions."""
    code = "from tests.e2e import stage; stage.main()"
    told = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=BASE,
        env=os.environ | {"SIDENOTE_DATA_DIR": str(folder)},
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def take(
    browser: Browser,
    site: str,
    stage: dict[str, Any],
    pictures: Path,
    look: Look,
    places: list[Place],
) -> Iterator[str]:
    """Take the pictures of one look, and give what the pages complained about."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 900 if look.width > 1000 else 844},
        color_scheme=look.theme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    for place in places:
        if look.language == "en" or place.is_main:
            cookies = {"language": look.language}
            if place.by:
                cookies["sessionid"] = stage["sessions"][place.by]
            context.clear_cookies()
            for name, value in cookies.items():
                context.add_cookies([{"name": name, "value": value, "url": site}])
            picture = pictures / f"{place.name}-{look.name}.png"
            yield from shoot(context, site + place.at(stage["names"]), place, picture)
    context.close()


def shoot(context: BrowserContext, url: str, place: Place, picture: Path) -> Iterator[str]:
    """Take one picture, and give what the page complained about."""
    page = context.new_page()
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
    answer = page.goto(url)
    if place.then:
        place.then(page)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=picture, full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        told.append(f"is {wide} px too wide")
    if answer is not None and answer.status != place.status:
        told.append(f"answered {answer.status}")
    page.close()
    # Chromium tells of the status itself.
    yield from (f"{picture.name}: {one}" for one in told if f"{place.status} (" not in one)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
