"""What both servers stand on: the wheels that carry them, and what goes wrong with them."""

import importlib.util
from pathlib import Path

# What the servers see of our environment. A server must not inherit a locale: the
# cluster's own is fixed at initdb, and is the same on every system.
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}
# sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included.
LONGEST_SOCKET = 100


class EmbeddedServerError(RuntimeError):
    """A server could not be started; the message says why and what to do."""


def find_package(name: str) -> Path:
    """Return a wheel's folder without importing it: no warnings, no side effects.

    Raises EmbeddedServerError.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            f"The package {name} is not installed. Install requirements.txt, or set "
            "DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.submodule_search_locations[0])


def read_tail(log: Path, start: int = 0) -> str:
    """Return the last lines of a server's log, from a byte on."""
    try:
        with log.open("rb") as file:
            file.seek(start)
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-12:])
