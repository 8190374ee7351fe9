"""Makes the virtual environment `.venv` and installs the pinned packages, once.

`python3 script/environment.py product` or `... tests`. Runs with the system's own Python,
so it uses only the standard library; and pip, with the user's own pip configuration.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# There while pip writes: whoever finds it knows that pip was killed.
HALF_DONE = VENV / ".half-done"
PURPOSES = {
    "product": ("requirements.txt",),
    "tests": ("requirements.txt", "requirements-dev.txt"),
}


class InstallError(RuntimeError):
    """Why the packages could not be installed, for the person at the terminal."""


def prepare(purpose: str) -> None:
    """Bring `.venv` up to date for a purpose; quick if it is. Raises InstallError."""
    if is_ready(purpose):
        return
    # Locks this very file, so that two first starts at once do not write over each other.
    with Path(__file__).open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another start, which installs the packages.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_ready(purpose):
            if not is_usable():
                make()
            install(purpose)


def is_ready(purpose: str) -> bool:
    """Tell whether all packages of a purpose are installed, by this very Python."""
    try:
        return not HALF_DONE.exists() and stamp(purpose).read_text() == fingerprint(purpose)
    except OSError:
        return False


def stamp(purpose: str) -> Path:
    """Return the file that remembers what was installed for a purpose."""
    return VENV / f".installed-for-{purpose}"


def fingerprint(purpose: str) -> str:
    """Return what an installation depends on: its place, its Python and the pinned packages.

    Raises OSError if the environment's Python is gone.
    """
    digest = hashlib.sha256()
    # The folder of the packages bears the version: it is empty after the system's Python
    # was replaced by a newer one.
    for fact in (VENV, PYTHON.resolve(strict=True)):
        digest.update(os.fsencode(fact) + b"\0")
    for name in PURPOSES[purpose]:
        digest.update((ROOT / name).read_bytes() + b"\0")
    return digest.hexdigest()


def is_usable() -> bool:
    """Tell whether there is an environment that can be installed into."""
    try:
        notes = (VENV / "pyvenv.cfg").read_text().splitlines()
        run(PYTHON, "-c", "")
    except (OSError, InstallError):
        return False
    # The programs of an environment that was moved still call the old place's Python.
    made_as = [line for line in notes if line.startswith("command = ")]
    return not HALF_DONE.exists() and all(line.endswith(f" {VENV}") for line in made_as)


def make() -> None:
    """Make the environment anew; without pip, which takes longer than all the rest."""
    say(f"Making a virtual environment in {VENV}")
    shutil.rmtree(VENV, ignore_errors=True)
    run(sys.executable, "-m", "venv", "--without-pip", VENV)


def install(purpose: str) -> None:
    """Install the pinned packages of a purpose, and remember it."""
    started = time.monotonic()
    say("Installing the packages; the first time this takes a minute or two.")
    HALF_DONE.touch()
    lists = [f"--requirement={ROOT / name}" for name in PURPOSES[purpose]]
    try:
        # The lists are complete, so nothing has to be resolved.
        run(*pip(), "install", "--quiet", "--no-input", "--no-deps", "--require-hashes", *lists)
    except InstallError:
        HALF_DONE.unlink()  # pip itself undoes what it could not finish.
        raise
    for covered, names in PURPOSES.items():
        if set(names) <= set(PURPOSES[purpose]):
            stamp(covered).write_text(fingerprint(covered))
    HALF_DONE.unlink()
    say(f"Installed in {time.monotonic() - started:.0f} s.")


def pip() -> list[str]:
    """Return the words that call pip for the environment. Raises InstallError."""
    inside = [str(PYTHON), "-m", "pip"]
    for words in (
        [sys.executable, "-m", "pip", "--python", str(PYTHON)],
        ["pip3", "--python", str(PYTHON)],
        inside,
    ):
        if runs(*words, "--version"):
            return words
    # Python brings one along, but on Debian, where it is a package of its own.
    if runs(PYTHON, "-m", "ensurepip"):
        return inside
    raise InstallError(
        "Sidenote needs pip 22.3 or newer to install its packages, and found none. On Debian and "
        "Ubuntu: apt-get install python3-pip"
    )


def runs(*command: str | Path) -> bool:
    """Tell whether a command runs and ends well."""
    try:
        run(*command)
    except InstallError:
        return False
    return True


def run(*command: str | Path) -> str:
    """Run a command and return what it printed; all of it is shown only if it fails.

    Raises InstallError.
    """
    environ = {
        **os.environ,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_USER": "0",  # Some set it for good, and an environment has no user's folder.
    }
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise InstallError(f"{words[0]} does not run: {error.strerror}") from error
    if done.returncode:
        raise InstallError(f"`{' '.join(words)}` failed:\n{done.stdout}")
    return done.stdout


def say(line: str) -> None:
    """Print one line of progress, away from what a command itself prints."""
    sys.stderr.write(f"{line}\n")


def main(purpose: str) -> int:
    """Prepare a purpose; return the exit code."""
    try:
        prepare(purpose)
    except (InstallError, OSError) as error:
        say(f"{error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
