"""Real processes of a test: wait for what they do, and end them by their own number."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable

# Longer than anything takes on a busy machine; nothing waits this long unless it is broken.
PATIENCE_S = 90.0


def wait_until(is_so: Callable[[], bool]) -> None:
    """Look again and again until something is so; fails when patience ends."""
    end = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        pause.wait(0.05)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children as kill -9 does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
