"""Finds a Chromium for the tests of pages, and gets one if there is none.

`python -m tests.e2e.chromium` prints where it is. Nothing of ours is imported, and the
network is used only if no browser is on the machine.
"""

import fcntl
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / ".data" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
DRIVER = "import playwright, pathlib; print(pathlib.Path(playwright.__file__).parent / 'driver')"
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright as start\n"
    "with start() as playwright: print(playwright.chromium.executable_path)"
)
# A browser without any font draws boxes.
PACKAGES = ("chromium", "fonts-liberation")
# What Playwright's own Node.js needs and slim systems lack.
DRIVER_PACKAGES = ("libatomic1",)
APT = (
    "apt-get", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20",
    "-o", "Acquire::https::Timeout=20",
)  # fmt: skip
HINT = (
    "The tests in tests/e2e need a Chromium. Install one (Debian, Ubuntu: apt-get install "
    "chromium), or name one: SIDENOTE_CHROMIUM=/path/to/chromium script/test"
)
DRIVER_HINT = (
    "Playwright's own Node.js does not start here. It needs libatomic "
    "(Debian, Ubuntu: apt-get install libatomic1)."
)

Say = Callable[[str], object]


class ChromiumError(RuntimeError):
    """There is no browser and none could be had; the message says how to get one."""


def find_chromium(say: Say = lambda _line: None) -> Path:
    """Return a Chromium that starts.

    In this order: `SIDENOTE_CHROMIUM`; one in PATH; the one got before; Playwright's own;
    Debian's, installed by apt if we are root, else unpacked into `.data/chromium/`. `say`
    is told what takes long. Raises ChromiumError.
    """
    with locked(FOLDER):
        prepare_driver(say)
        if named := os.environ.get("SIDENOTE_CHROMIUM"):
            if not starts(named):
                raise ChromiumError(f"SIDENOTE_CHROMIUM={named} does not start.")
            return Path(named)
        if found := find_installed():
            return found
        for get in (find_playwrights, download_playwrights, install_debians, unpack_debians):
            if found := get(say):
                return found
    raise ChromiumError(HINT)


def prepare_driver(say: Say) -> None:
    """See to it that Playwright's driver starts, in this process and in its children.

    Raises ChromiumError.
    """
    place = run(sys.executable, "-c", DRIVER)
    if not place or run(f"{place}/node", "--version"):
        return
    libraries = FOLDER / "driver"
    if not libraries.exists() and not install(DRIVER_PACKAGES, say):
        unpack(DRIVER_PACKAGES, libraries, say)
    if libraries.exists():
        os.environ["LD_LIBRARY_PATH"] = library_path(libraries)
    if not run(f"{place}/node", "--version"):
        raise ChromiumError(DRIVER_HINT)


def find_installed() -> Path | None:
    """Return a browser that the machine has, or one that we unpacked before."""
    in_path = (shutil.which(name) for name in NAMES)
    for candidate in (*in_path, str(MACOS), str(FOLDER / "chromium")):
        if candidate and starts(candidate):
            return Path(candidate)
    return None


def find_playwrights(_say: Say) -> Path | None:
    """Return the browser that Playwright downloaded some day."""
    place = run(sys.executable, "-c", ASK_PLAYWRIGHT)
    return Path(place) if place and starts(place) else None


def download_playwrights(say: Say) -> Path | None:
    """Let Playwright download its browser."""
    say("No Chromium on this machine. Asking Playwright for one, about 180 MB.")
    # Without the smaller one that only Playwright's own default start would use.
    if run(sys.executable, "-m", "playwright", "install", "--no-shell", "chromium") is None:
        return None
    return find_playwrights(say)


def install_debians(say: Say) -> Path | None:
    """Install Debian's package, as root."""
    return find_installed() if install(PACKAGES, say) else None


def unpack_debians(say: Say) -> Path | None:
    """Unpack Debian's package, and all it needs that is not installed, into our own folder."""
    root = FOLDER / "root"
    unpack(PACKAGES, root, say)
    program = root / "usr" / "lib" / "chromium" / "chromium"
    if not program.exists():
        return None
    write_starter(FOLDER / "chromium", program, root)
    return find_installed()


def install(packages: Sequence[str], say: Say) -> bool:
    """Install Debian's packages, if we are root; tells whether that went well."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"Installing {' and '.join(packages)} by apt-get.")
    run(*APT, "update", timeout=600)
    command = (*APT, "install", "--yes", "--no-install-recommends", *packages)
    return run(*command, timeout=1800) is not None


def unpack(packages: Sequence[str], root: Path, say: Say) -> None:
    """Unpack Debian's packages, and all they need that is not installed, into a folder."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        return
    say(f"Unpacking {' and '.join(packages)} into {root}.")
    private = FOLDER / "apt"
    for folder in (private / "lists" / "partial", private / "archives" / "partial", root):
        folder.mkdir(parents=True, exist_ok=True)
    options = [
        word
        for option in (
            f"Dir::State::lists={private}/lists",
            f"Dir::Cache={private}",
            f"Dir::Cache::archives={private}/archives",
            f"Dir::Log={private}",
            "Debug::NoLocking=1",
            "APT::Sandbox::User=",
        )
        for word in ("-o", option)
    ]
    run(*APT, *options, "update", timeout=600)
    run(
        *APT, *options, "install", "--yes", "--no-install-recommends", "--download-only",
        *packages, timeout=1800,
    )  # fmt: skip
    for package in sorted((private / "archives").glob("*.deb")):
        run("dpkg", "--extract", str(package), str(root))
    shutil.rmtree(private)


def write_starter(starter: Path, program: Path, root: Path) -> None:
    """Write the script that starts an unpacked browser with its libraries and fonts."""
    fonts = root / "fonts.conf"
    fonts.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{root}/usr/share/fonts</dir><dir>/usr/share/fonts</dir>"
        f"<cachedir>{root}/font-cache</cachedir></fontconfig>\n"
    )
    starter.write_text(
        "#!/bin/sh\n"
        f"export LD_LIBRARY_PATH={shlex.quote(library_path(root))}\n"
        f"export FONTCONFIG_FILE={shlex.quote(str(fonts))}\n"
        f'exec {shlex.quote(str(program))} "$@"\n'
    )
    starter.chmod(0o755)


def library_path(root: Path) -> str:
    """Return the folders of an unpacked root that hold shared libraries."""
    return ":".join(sorted({str(file.parent) for file in root.rglob("lib*.so*")}))


def starts(program: str) -> bool:
    """Tell whether a browser runs here: some are links to one that is not installed."""
    return Path(program).is_file() and run(program, "--version", timeout=60) is not None


def run(*command: str, timeout: float = 900) -> str | None:
    """Return what a command printed, or None if it failed or took too long."""
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time get a browser."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Print where the browser is, getting one if need be."""
    try:
        found = find_chromium(lambda line: sys.stderr.write(f"{line}\n"))
    except ChromiumError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
