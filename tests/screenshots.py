"""Takes a picture of every page: `script/screenshots [NAME...]`, into `.data/screenshots/`.

Runs the site with the sample catalogue on a port of its own, signs a member and a moderator
up, and opens each page at 1440 and 390 px, light and dark. What a page complains about on the
console is told, and makes the exit code 1. Names (of the list below) choose some pages only.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    StorageState,
    sync_playwright,
)

from tests.e2e.chromium import find_chromium

BASE = Path(__file__).resolve().parent.parent
WIDTHS = {1440: 900, 390: 844}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PASSWORD = "a long river, quietly moved"

# Some names cannot be taken.
NAMES = {"member": "mira-lund", "moderator": "warden-oak"}
# By name: who looks, and at what. `{claim}` is the claim with the most evidence.
PAGES: dict[str, tuple[str, str]] = {
    "catalogue": ("visitor", "/"),
    "search": ("visitor", "/?q=water"),
    "nothing-found": ("visitor", "/?q=xyzzy"),
    "watch": ("visitor", "/videos/sample/the-vanishing-aquifer/"),
    "watch-plays": ("member", "/videos/sample/tern-island-in-ninety-seconds/?t=12"),
    "watch-youtube": ("visitor", "/videos/youtube/swje6NSdkfk/"),
    "mark": ("member", "/videos/sample/tern-island-in-ninety-seconds/claims/new/?t=12"),
    "claims": ("visitor", "/claims/"),
    "claim": ("visitor", "{claim}"),
    "claim-member": ("member", "{claim}"),
    "claim-moderator": ("moderator", "{claim}"),
    "claim-history": ("visitor", "{claim}history/"),
    "evidence-new": ("member", "{claim}evidence/new/"),
    "speakers": ("visitor", "/speakers/"),
    "merges": ("moderator", "/merges/"),
    "changes": ("member", "/changes/"),
    "anchors": ("member", "/anchors/"),
    "moderation": ("moderator", "/moderation/"),
    "moderation-log": ("visitor", "/moderation/log/"),
    "method": ("visitor", "/about/method/"),
    "tag": ("visitor", "/tags/water/"),
    "imports": ("member", "/imports/"),
    "tokens": ("member", "/accounts/tokens/"),
    "sign-up": ("visitor", "/accounts/signup/"),
    "not-found": ("visitor", "/nowhere/"),
}


def main(names: list[str]) -> int:
    """Take the pictures; return 1 if a page complained."""
    if unknown := set(names) - PAGES.keys():
        print(f"No such page: {', '.join(sorted(unknown))}. There are {', '.join(PAGES)}.")
        return 2
    place = Path(os.environ.get("SIDENOTE_DATA_DIR") or BASE / ".data").resolve()
    pictures = place / "screenshots"
    pictures.mkdir(parents=True, exist_ok=True)
    with running(place / "screenshots-site") as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        complaints = list(take(browser, site, pictures, names or list(PAGES)))
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


def take(browser: Browser, site: str, pictures: Path, names: list[str]) -> Iterator[str]:
    """Take the pictures, and give what the pages complained about."""
    states: dict[str, StorageState | None] = {"visitor": None}
    for who in ("member", "moderator"):
        states[who] = sign_up(browser, site, NAMES[who])
    claim = claim_with_most(browser, site)
    for theme in THEMES:
        for width, height in WIDTHS.items():
            for who, state in states.items():
                context = browser.new_context(
                    storage_state=state,
                    viewport={"width": width, "height": height},
                    color_scheme=theme,
                    reduced_motion="reduce",
                )
                for name in names:
                    looks, path = PAGES[name]
                    if looks == who:
                        picture = pictures / f"{name}-{width}-{theme}.png"
                        yield from shoot(context, site + path.format(claim=claim), picture)
                context.close()


def shoot(context: BrowserContext, url: str, picture: Path) -> Iterator[str]:
    """Take one picture, and give what the page complained about."""
    page = context.new_page()
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
    answer = page.goto(url)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=picture, full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        told.append(f"is {wide} px too wide")
    if answer is not None and answer.status >= 500:
        told.append(f"answered {answer.status}")
    is_meant = answer is not None and answer.status == 404 and "nowhere" in url
    page.close()
    yield from (f"{picture.name}: {one}" for one in told if not is_meant)


def sign_up(browser: Browser, site: str, name: str) -> StorageState:
    """Sign somebody up, or in if they are there already; return the browser's state."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/accounts/signup/")
    page.fill("[name=email]", f"{name}@example.org")
    page.fill("[name=username]", name)
    page.fill("[name=password1]", PASSWORD)
    if page.locator("[name=password2]").count():
        page.fill("[name=password2]", PASSWORD)
    page.click("main [type=submit]")
    if "/signup/" in page.url:
        page.goto(f"{site}/accounts/login/")
        page.fill("[name=login]", name)
        page.fill("[name=password]", PASSWORD)
        page.click("main [type=submit]")
    if name == NAMES["moderator"]:
        make_moderator(name)
    state = context.storage_state()
    context.close()
    return state


def make_moderator(name: str) -> None:
    """Give a member a moderator's rights, as an operator does."""
    code = (
        "from accounts.models import User; "
        f"User.objects.filter(username={name!r}).update(is_moderator=True)"
    )
    place = Path(os.environ.get("SIDENOTE_DATA_DIR") or BASE / ".data").resolve()
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=BASE,
        env=os.environ | {"SIDENOTE_DATA_DIR": str(place / "screenshots-site")},
        check=True,
    )


def claim_with_most(browser: Browser, site: str) -> str:
    """Return the address of the claim with the most to see."""
    page: Page = browser.new_page()
    page.goto(f"{site}/claims/?q=water+table+forty+metres")
    link = page.locator("main .claim h3 a").first.get_attribute("href") or ""
    page.close()
    assert re.fullmatch(r"/claims/\d+/", link), link
    return link


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
