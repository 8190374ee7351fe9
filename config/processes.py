"""The processes of a Sidenote: how each is called, and a supervisor that runs them together.

The argument lists here are the only ones. `script/server` runs them on one machine and
docker-compose.yml runs the same in containers; a test compares the two, word by word.
"""

import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

PR_SET_PDEATHSIG = 1
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# What a child gets when its time to end runs out: (signal, seconds until the next). On
# SIGQUIT a Celery worker hands its unfinished tasks back to the queue.
STOPPING_STEPS = ((signal.SIGTERM, 20.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
PREFIX_WIDTH = 6
LONGEST_LINE = 65_536
SECONDS_BETWEEN_PROBES = 0.2
# A process that ended by itself starts again after so long, twice that the next time, up to
# the longest; one that ran for that long was well.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
# How often those are looked after that are no children of ours.
SECONDS_BETWEEN_ROUNDS = 3.0

ACCESS_LOG = '%(addr)s "%(method)s %(path)s" %(status)d %(dt_ms).0f ms'


# --- How each process is called -------------------------------------------------------


def migrate() -> list[str]:
    """Bring the tables up to date; runs once before the others."""
    return ["python", "manage.py", "migrate", "--no-input"]


def load_samples() -> list[str]:
    """Load the sample catalogue, unless it is there."""
    return ["python", "manage.py", "load_samples"]


def web(*, host: str, port: int | str, workers: int | str, threads: int | str) -> list[str]:
    """Serve pages, API and static files.

    Every thread may hold one database connection, so `workers` x `threads` bounds them.
    """
    return [
        "python", "-m", "granian",
        "--interface", "wsgi",
        "--host", host,
        "--port", str(port),
        "--workers", str(workers),
        "--blocking-threads", str(threads),
        "--workers-kill-timeout", "15",
        "--no-ws",
        "--access-log",
        "--access-log-fmt", ACCESS_LOG,
        "config.wsgi:application",
    ]  # fmt: skip


def live(*, host: str, port: int | str) -> list[str]:
    """Tell browsers at once what happens, by server-sent events; one process is enough."""
    return [
        "python", "-m", "granian",
        "--interface", "asginl",
        "--host", host,
        "--port", str(port),
        "--workers", "1",
        "--workers-kill-timeout", "5",
        # So many requests at once: more than are let in, so that one too many is refused. Without
        # it as many as the backlog takes, and further ones hang.
        "--backpressure", "100000",
        "--no-ws",
        "config.asgi:application",
    ]  # fmt: skip


def worker(*, processes: int | str) -> list[str]:
    """Carry out the queue's tasks."""
    return [
        "python", "-m", "celery", "--quiet", "-A", "config", "worker",
        "--pool", "prefork",
        "--concurrency", str(processes),
        "--loglevel", "INFO",
        "--without-gossip",
        "--without-mingle",
    ]  # fmt: skip


def beat() -> list[str]:
    """Put the regular tasks into the queue; there must be only one."""
    return [
        "python", "-m", "celery", "-A", "config", "beat",
        "--loglevel", "INFO",
        "--pidfile=",
    ]  # fmt: skip


# --- The supervisor -------------------------------------------------------------------


@dataclass(eq=False)
class Child:
    """A running process, and the piece of a line that it has written so far."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    pause: float
    started: float = field(default_factory=time.monotonic)
    partial: bytearray = field(default_factory=bytearray)


class Supervisor:
    """Runs processes side by side, shows their lines, and ends them together.

    One thread: children die with the thread that started them (Linux), and forking is
    safe. Used as a context manager, it takes over SIGINT, SIGTERM and SIGHUP. Until
    `hold_signals` one of them raises KeyboardInterrupt; after it, it only sets `is_asked`.
    """

    def __init__(self, *, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.environ = {**environ, "PYTHONUNBUFFERED": "1"}
        self.is_asked = False
        self._asked_again = False
        self._raises = True
        self._children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._on_exit = ExitStack()

    def __enter__(self) -> Self:
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)
            self._on_exit.callback(end.close)
        self._on_exit.callback(self._selector.close)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._on_exit.callback(
            signal.set_wakeup_fd,
            signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False),
        )
        # The end of a child wakes the loop too.
        self._take_over(signal.SIGCHLD, lambda _number, _frame: None)
        for number in STOPPING_SIGNALS:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # Started by nohup.
            self._take_over(number, self._on_signal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._raises = False
        self.stop()
        self._on_exit.close()

    def _take_over(
        self, number: signal.Signals, handler: Callable[[int, FrameType | None], None]
    ) -> None:
        self._on_exit.callback(signal.signal, number, signal.signal(number, handler))

    def hold_signals(self) -> None:
        """From now on a signal asks, and raises nothing."""
        self._raises = False

    def run(self, name: str, command: Sequence[str]) -> int:
        """Run one process to its end; return its exit code, or 0 if we are asked to stop."""
        child = self._start(name, command)
        while child in self._children and not self.is_asked:
            self._turn(None)
        return 0 if self.is_asked else exit_code(child.process.returncode)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start one process and go on."""
        self._start(name, command)

    def watch(
        self,
        is_ready: Callable[[], bool],
        on_ready: Callable[[], None],
        tend: Callable[[], None] = lambda: None,
    ) -> int:
        """Run until we are asked to stop (0), or a child ends before all is ready (its code).

        Later, one that ends by itself is started again: what it died of may be over. `tend`
        is called every few seconds from then on.
        """
        watched = list(self._children)
        while not self.is_asked:
            for child in watched:
                if child not in self._children:
                    code = child.process.returncode
                    say(f"{child.name} ended by itself ({describe(code)}); everything stops.")
                    return exit_code(code) or 1
            if is_ready():
                on_ready()
                self._keep(watched, tend)
            else:
                self._turn(SECONDS_BETWEEN_PROBES)
        return 0

    def _keep(self, watched: list[Child], tend: Callable[[], None]) -> None:
        """Start again what ends by itself, until we are asked to stop."""
        waiting: list[tuple[float, Child]] = []
        round_at = time.monotonic() + SECONDS_BETWEEN_ROUNDS
        while not self.is_asked:
            for child in watched:
                if child not in self._children and all(child is not one for _, one in waiting):
                    waiting.append((time.monotonic() + self._pause_of(child), child))
            for at, child in list(waiting):
                if at <= time.monotonic():
                    waiting.remove((at, child))
                    watched[watched.index(child)] = again = self._start(child.name, child.command)
                    again.pause = min(2 * child.pause, LONGEST_PAUSE)
            if round_at <= time.monotonic():
                tend()
                round_at = time.monotonic() + SECONDS_BETWEEN_ROUNDS
            next_at = min([round_at, *(at for at, _child in waiting)])
            self._turn(max(0.0, next_at - time.monotonic()))

    def _pause_of(self, child: Child) -> float:
        """Say that a child ended; return in how many seconds it starts again."""
        if time.monotonic() - child.started >= LONGEST_PAUSE:
            child.pause = FIRST_PAUSE
        ended = describe(child.process.returncode)
        say(f"{child.name} ended by itself ({ended}); it starts again in {child.pause:.0f} s.")
        return child.pause

    def stop(self) -> None:
        """End every child: politely, then less so; a second signal hurries each step."""
        for number, seconds in STOPPING_STEPS:
            if not self._children:
                return
            self._asked_again = False
            for child in self._children:
                if number != signal.SIGTERM:
                    say(f"{child.name} does not end; it gets {number.name}.")
                child.process.send_signal(number)
            end = time.monotonic() + seconds
            while self._children and not self._asked_again and time.monotonic() < end:
                self._turn(end - time.monotonic())

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_again = self.is_asked
        self.is_asked = True
        if self._raises:
            self._raises = False
            raise KeyboardInterrupt

    def _start(self, name: str, command: Sequence[str]) -> Child:
        program = sys.executable if command[0] == "python" else command[0]
        process = subprocess.Popen(
            [program, *command[1:]],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A terminal's Ctrl-C reaches only us; each child then gets exactly one signal.
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - there are no threads
        )
        assert process.stdout is not None  # noqa: S101 - asked for above
        os.set_blocking(process.stdout.fileno(), False)
        child = Child(name, command, process, process.stdout, FIRST_PAUSE)
        self._selector.register(child.output, selectors.EVENT_READ, child)
        self._children.append(child)
        return child

    def _turn(self, seconds: float | None) -> None:
        """Wait for output, a signal, the end of a child or the time; deal with it."""
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, Child):
                self._read(key.data)
            else:
                self._wake_read.recv(4096)
        for child in list(self._children):
            if child.process.poll() is not None:
                self._children.remove(child)
                self._bury(child)

    def _read(self, child: Child) -> bool:
        """Show what a child wrote; tell whether there may be more."""
        try:
            written = os.read(child.output.fileno(), LONGEST_LINE)
        except BlockingIOError:
            return False
        child.partial += written
        *lines, rest = child.partial.split(b"\n")
        if not written or len(rest) > LONGEST_LINE:
            lines, rest = [*lines, rest], bytearray()
        child.partial = bytearray(rest)
        for line in lines:
            if line:
                show(child.name, line.decode(errors="replace"))
        if not written:
            self._selector.unregister(child.output)
            child.output.close()
        return bool(written)

    def _bury(self, child: Child) -> None:
        """End what an ended child left behind, and show its last lines."""
        # Usually nothing is left, which macOS reports as a refusal.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        while not child.output.closed and self._read(child):
            pass
        if not child.output.closed:
            self._selector.unregister(child.output)
            child.output.close()


def die_with_parent() -> Callable[[], None] | None:
    """Return what a child does before its program starts, so that it cannot outlive us.

    Linux only: the kernel sends SIGTERM when the parent is gone, even by kill -9.
    """
    if sys.platform != "linux":
        return None
    parent = os.getpid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # It went in between.
            os._exit(1)

    return before_exec


def show(name: str, line: str) -> None:
    """Print one line of a process."""
    say(f"{name:<{PREFIX_WIDTH}} | {line}")


def say(line: str) -> None:
    """Print one line. A reader that went away, as in `| head`, does not hurt."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Later lines, and Python's own flush at exit, go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def exit_code(code: int) -> int:
    """Return a child's end as a shell tells it: 128 + signal if a signal ended it."""
    return code if code >= 0 else 128 - code


def describe(code: int) -> str:
    """Return a child's end in words."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
