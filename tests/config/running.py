"""Starts real processes of ours, apart from the servers of the test run itself."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent
# Far above what any step takes, so that only a hang ends here.
PATIENCE = 120.0


def clean_environ(**extra: str) -> dict[str, str]:
    """Return our environment as a newcomer's shell has it, and `extra`."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SIDENOTE_", "PYTEST_", "DJANGO_"))
        and name not in {"DATABASE_URL", "REDIS_URL", "HOST", "PORT", "PYTHONPATH"}
    } | extra


@contextmanager
def short_folder() -> Iterator[Path]:
    """Give a folder with a path short enough for sockets, that any user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="sn-", dir="/tmp")).resolve()
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(is_true: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


def processes_naming(text: str) -> list[str]:
    """Return the command lines of running processes with a text in command or environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            environ = (process / "environ").read_bytes()
        except OSError:
            continue
        if int(process.name) != os.getpid() and text.encode() in command + environ:
            found.append(os.fsdecode(command.replace(b"\0", b" ")))
    return found


class Running:
    """A process whose lines are collected while it runs."""

    def __init__(self, *command: str | Path, environ: dict[str, str], cwd: Path = BASE) -> None:
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._has_ended = False
        self.process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def wait_for(self, text: str) -> str:
        """Return the first line with a text, waiting for it."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._has_ended or any(text in line for line in self.lines), PATIENCE
            )
            found = [line for line in self.lines if text in line]
            assert found, "\n".join(["it was not said:", text, *self.lines])
            return found[0]

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal, wait for the end, return the exit code. Harmless after the end."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end, return the exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()
        return code
