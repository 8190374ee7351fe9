"""Asks a web process how it is: `python -P config/probe.py /readyz`, the containers' check.

Only the standard library, and nothing of ours is imported: it runs every few seconds.
"""

import http.client
import os
import sys


def is_well(host: str, port: int, path: str = "/healthz") -> bool:
    """Tell whether the web process answers a path with 200 within two seconds."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": _known_host()})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _known_host() -> str:
    """Return a host name that the settings accept: the first of SIDENOTE_HOSTS."""
    first = os.environ.get("SIDENOTE_HOSTS", "").split(",")[0].strip().lstrip(".")
    return first if first not in {"", "*"} else "localhost"


if __name__ == "__main__":
    sys.exit(not is_well("127.0.0.1", int(os.environ.get("PORT", "8000")), *sys.argv[1:2]))
