"""What `script/server` and `script/manage` run once everything is installed.

`python -P -m config.launch server` and `python -P -m config.launch manage ARGUMENT...`
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Self

from config import embedded, probe, processes

BASE = Path(__file__).resolve().parent.parent

# Commands that need neither the database nor the queue.
COMMANDS_WITHOUT_SERVERS = {
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "version",
}
ASKS_FOR_HELP = {"-h", "--help", "--version"}
# On a developer's machine, root in a container of theirs as often as not, the tasks may do
# what the developer may. Celery's five lines against it would alarm whoever starts the site;
# in production the worker is nobody's superuser, and would still be warned of.
ROOT_IS_FINE = "ignore:You're running the worker with superuser privileges"


class LaunchError(RuntimeError):
    """Why nothing was started, for the person at the terminal."""


# --- The site -------------------------------------------------------------------------


def server() -> int:
    """Run the whole site until a signal ends it; return the exit code."""
    host, port = os.environ.get("HOST") or "127.0.0.1", _number("PORT", 8000, most=65_535)
    folder = embedded.data_dir(BASE)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    with (
        processes.Supervisor(folder=BASE, environ=_environ() | _live_port(host)) as supervisor,
        _only_one(folder, address),
    ):
        _check_port(host, port)
        postgres, valkey = embedded.needs(os.environ)
        if ours := [
            name for name, is_ours in (("database", postgres), ("queue", valkey)) if is_ours
        ]:
            processes.say(f"Starting the {' and the '.join(ours)} in {folder}")
        try:
            with embedded.servers(folder, postgres=postgres, valkey=valkey):
                supervisor.hold_signals()
                try:
                    return _run_site(supervisor, folder, host, port, address)
                finally:
                    processes.say("Stopping.")
                    supervisor.stop()
        except KeyboardInterrupt:
            return 0


def _run_site(
    supervisor: processes.Supervisor, folder: Path, host: str, port: int, address: str
) -> int:
    """Bring the tables up to date, then run web, worker and beat."""
    for command in (processes.migrate(), processes.load_samples()):
        code = supervisor.run("setup", command)
        if supervisor.is_asked:
            return 0
        if code:
            processes.say(f"`{' '.join(command)}` failed, see the lines above.")
            return code
    supervisor.start(
        "web",
        processes.web(
            host=host,
            port=port,
            workers=_number("SIDENOTE_WEB_WORKERS", 1),
            threads=_number("SIDENOTE_WEB_THREADS", 4),
        ),
    )
    supervisor.start(
        "live", processes.live(host=host, port=supervisor.environ["SIDENOTE_LIVE_PORT"])
    )
    python, *words = processes.worker(processes=_number("SIDENOTE_WORKER_PROCESSES", 2))
    supervisor.start("worker", [python, "-W", ROOT_IS_FINE, *words])
    supervisor.start("beat", processes.beat())
    # A server on every address is reached on this machine's own.
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared
    return supervisor.watch(
        is_ready=lambda: probe.is_well(near, port),
        on_ready=lambda: processes.say(f"Sidenote is ready at {address} (Ctrl-C stops it)"),
        tend=lambda: _tend(folder),
    )


def _tend(folder: Path) -> None:
    """Bring back our own servers that are gone, as a service manager does with others."""
    postgres, valkey = embedded.needs(os.environ)
    try:
        for name in embedded.revive(folder, postgres=postgres, valkey=valkey):
            processes.say(f"The {name} was gone; it runs again.")
    except embedded.EmbeddedServerError as error:
        processes.say(str(error))


@contextmanager
def _only_one(folder: Path, address: str) -> Iterator[None]:
    """Hold the data folder's place for one site. Raises LaunchError."""
    try:
        embedded.make_folder(folder)
        lock = (folder / "server.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise LaunchError(
            f"Cannot write in {folder}: {error.strerror}. Set SIDENOTE_DATA_DIR to a folder of "
            "your own."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LaunchError(
                f"Sidenote already runs with the data in {folder}: {lock.read().strip()}. Stop "
                "that one first, or start this one with its own SIDENOTE_DATA_DIR and PORT."
            ) from None
        lock.truncate(0)
        lock.write(f"{address}, process {os.getpid()}\n")
        lock.flush()
        yield


def _check_port(host: str, port: int) -> None:
    """Raise LaunchError unless the web process will be able to listen."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise LaunchError(f"HOST={host} is no address of this machine: {error.strerror}.") from None
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
            # Only this finds a listener that shares its port with others.
            trial.listen(1)
        except OSError as error:
            raise LaunchError(
                f"Cannot listen on port {port} of {host}: {error.strerror}. Choose another one, "
                f"for example PORT={port + 1 if port < 65_535 else 8000} script/server"
            ) from None


def _number(name: str, default: int, *, most: int = 1000) -> int:
    """Return a whole number from the environment. Raises LaunchError."""
    written = os.environ.get(name) or str(default)
    if not written.isascii() or not written.isdigit() or not 1 <= int(written) <= most:
        raise LaunchError(f"{name}={written} is no whole number from 1 to {most}.")
    return int(written)


def _environ() -> dict[str, str]:
    """Return the environment of our processes: psql and pg_dump that fit, and find our server."""
    environ = dict(os.environ)
    if embedded.needs(environ)[0]:
        environ["PATH"] = f"{embedded.programs()}:{environ.get('PATH', os.defpath)}"
        # Django's dbshell hands on no host that stands in a connection's options.
        environ["PGHOST"] = str(embedded.data_dir(BASE).resolve() / "run")
    return environ


def _live_port(host: str) -> dict[str, str]:
    """Return the port of the live service for all processes: the one that is set, or a free one."""
    if os.environ.get("SIDENOTE_LIVE_PORT"):
        return {}
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe_:
        try:
            probe_.bind((host, 0))
        except OSError:  # Said in words when the web's port is looked at.
            return {"SIDENOTE_LIVE_PORT": "0"}
        return {"SIDENOTE_LIVE_PORT": str(probe_.getsockname()[1])}


# --- One command ----------------------------------------------------------------------


def manage(arguments: Sequence[str]) -> int:
    """Run manage.py with the servers up; return its exit code."""
    postgres, valkey = embedded.needs(os.environ)
    is_help = not arguments or bool(ASKS_FOR_HELP.intersection(arguments))
    if is_help or arguments[0] in COMMANDS_WITHOUT_SERVERS:
        postgres = valkey = False
    with _Signals() as signals:
        try:
            with embedded.servers(embedded.data_dir(BASE), postgres=postgres, valkey=valkey):
                child = signals.start([sys.executable, str(BASE / "manage.py"), *arguments])
                return processes.exit_code(child.wait())
        except KeyboardInterrupt:
            return 128 + signals.last


class _Signals:
    """Passes signals on to one child that shares our terminal; before it, they interrupt."""

    def __init__(self) -> None:
        self.last = 0
        self._raises = True
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._before = {
            number: signal.signal(number, self._on_signal)
            for number in processes.STOPPING_SIGNALS
            if signal.getsignal(number) != signal.SIG_IGN
        }
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start the child; from now on it decides what a signal means."""
        self._raises = False
        self._child = subprocess.Popen(
            command,
            env=_environ(),
            preexec_fn=processes.die_with_parent(),  # noqa: PLW1509 - there are no threads
        )
        if self.last:  # It came while the child did.
            self._child.send_signal(self.last)
        return self._child

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.last = number
        if self._raises:
            self._raises = False
            raise KeyboardInterrupt
        # A terminal sends its Ctrl-C to the child as well.
        if self._child and not (number == signal.SIGINT and _is_foreground()):
            self._child.send_signal(number)


def _is_foreground() -> bool:
    """Tell whether a terminal's Ctrl-C reaches this process."""
    try:
        with Path("/dev/tty").open("rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


def main(arguments: Sequence[str]) -> int:
    """Run `server` or `manage ARGUMENT...`; say in one line why it cannot."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if arguments[:1] == ["server"] and len(arguments) == 1:
            return server()
        if arguments[:1] == ["manage"]:
            return manage(arguments[1:])
    except (LaunchError, embedded.EmbeddedServerError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write("Usage: script/server, or script/manage ARGUMENT...\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
