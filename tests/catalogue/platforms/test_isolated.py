"""yt-dlp in a process that can be killed: the real one, against a real server on loopback."""

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from multiprocessing.queues import Queue
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from catalogue.platforms import Failure, FailureKind, Observation, ytdlp
from catalogue.platforms.gateways import Asked, Gateway
from catalogue.platforms.isolated import IsolatedYtdlp, _Child, environ_of
from catalogue.records.record import Counts
from tests import platform_server
from tests.config.running import BASE, PATIENCE, clean_environ, wait_until
from tests.platform_server import Page, Site, gzipped, send

NEEDS_PROC = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc")
LD_JSON = b'<script type="application/ld+json">'
TITLE = b"<!doctype html><title>A site</title>"
# Half a gigabyte of empty lists, in twenty megabytes that are sent as twenty kilobytes.
GREEDY = TITLE + LD_JSON + b"[" + b"[]," * 6_000_000 + b"[]]</script>"
# yt-dlp's expression for JSON-LD runs to the end of the page from each of these: for hours.
ENDLESS = TITLE + (LD_JSON + b"{") * 100_000


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with platform_server.running() as site:
        site.add("/film")
        yield site


@pytest.fixture
def gateway() -> Iterator[IsolatedYtdlp]:
    with closing(IsolatedYtdlp(timeout_s=10, allow_private=True)) as gateway:
        yield gateway


def bounded(**keywords: Any) -> closing[IsolatedYtdlp]:
    return closing(IsolatedYtdlp(timeout_s=10, allow_private=True, **keywords))


def asked(*urls: str) -> list[Asked]:
    return [Asked(number, "web", f"film-{number}", url) for number, url in enumerate(urls)]


def ask(gateway: Gateway, url: str) -> Observation | Failure:
    [(_, found)] = gateway.fetch(asked(url))
    return found


def failure_of(gateway: Gateway, url: str) -> Failure:
    found = ask(gateway, url)
    assert isinstance(found, Failure), found
    return found


def assert_works(gateway: Gateway, site: Site) -> None:
    assert isinstance(ask(gateway, f"{site.url}/film"), Observation)


def runs(pid: int) -> bool:
    """Tell whether a process is there. One that ended and was not fetched yet is not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        # It went just now, or there is no /proc to tell.
        return not Path("/proc/self/status").exists()


# --- Looks ----------------------------------------------------------------------------


def test_look_tells_what_a_look_in_our_own_process_tells(gateway: IsolatedYtdlp, site: Site):
    site.add("/otters", Page(title="Otters — “at home”", dislikes=0, comments=None))
    found = ask(gateway, f"{site.url}/otters")
    here = ytdlp.fetch(f"{site.url}/otters", allow_private=True)
    assert isinstance(found, Observation)
    assert isinstance(here, Observation)
    assert found.counts == here.counts == Counts(views=154_080, likes=3_003, dislikes=0)
    assert (found.title, found.description, found.duration_ms) == (
        here.title, here.description, here.duration_ms,
    )  # fmt: skip


def test_each_video_has_one_answer_in_its_order(gateway: IsolatedYtdlp, site: Site):
    site.add("/first", Page(title="First"))
    site.add("/third", Page(title="Third"))
    videos = asked(f"{site.url}/first", "ytsearch:rivers", f"{site.url}/third", f"{site.url}/none")
    answers = list(gateway.fetch(videos))
    assert [video for video, _ in answers] == videos
    told = [found.title if isinstance(found, Observation) else found.kind for _, found in answers]
    assert told == ["First", FailureKind.REFUSED, "Third", FailureKind.GONE]


def test_process_is_used_again(gateway: IsolatedYtdlp, site: Site):
    assert gateway.pid is None
    assert_works(gateway, site)
    pid = gateway.pid
    assert_works(gateway, site)
    assert gateway.pid == pid is not None


def test_process_is_renewed_after_some_looks(site: Site):
    with bounded(calls_per_process=2) as gateway:
        pids = []
        for _ in range(4):
            list_of_one = gateway.fetch(asked(f"{site.url}/film"))
            next(list_of_one)
            pids.append(gateway.pid)
        # Nothing waits between two times.
        assert [pid is None for pid in pids] == [False, True, False, True]
        assert pids[0] != pids[2]


def test_what_cannot_be_asked_starts_no_process(gateway: IsolatedYtdlp):
    for url in ("file:///etc/hostname", "", "http://[::1", "http://a.example/" + "x" * 2_000):
        assert not gateway.can_ask(asked(url)[0])
        assert failure_of(gateway, url).kind == FailureKind.REFUSED
    assert gateway.pid is None


def test_address_inside_is_refused(site: Site):
    with closing(IsolatedYtdlp(timeout_s=10)) as gateway:
        site.asked.clear()
        assert failure_of(gateway, f"{site.url}/film").kind == FailureKind.REFUSED
        assert site.asked == []


def test_site_that_wants_rest_is_not_asked_on(gateway: IsolatedYtdlp, site: Site):
    limited = site.answer("/limited", lambda h: send(h, b"no", status=429, Retry_After="90"))
    elsewhere = site.url.replace("127.0.0.1", "localhost") + "/film"
    site.asked.clear()
    found = [one for _, one in gateway.fetch(asked(limited, f"{site.url}/film", elsewhere))]
    assert found[0] == found[1]
    assert isinstance(found[0], Failure)
    assert (found[0].kind, found[0].is_about_video) == (FailureKind.RATE_LIMITED, False)
    assert isinstance(found[2], Observation)
    assert site.asked == ["/limited", "/film"]


def test_page_that_breaks_an_extractor_is_malformed(gateway: IsolatedYtdlp, site: Site):
    said = json.dumps({**Page().json_ld(site.url), "hasPart": [5]}).encode()
    broken = TITLE + LD_JSON + said + b"</script>"
    found = failure_of(gateway, site.answer("/broken", lambda handler: send(handler, broken)))
    assert (found.kind, found.is_about_video) == (FailureKind.MALFORMED, True)
    assert "AttributeError" in found.reason
    assert gateway.pid is not None


# --- Pages that hang, eat and kill ----------------------------------------------------


def test_page_that_hangs_ends_by_itself(site: Site):
    given_up = threading.Event()

    def hang(_handler: BaseHTTPRequestHandler) -> None:
        given_up.wait(60)

    hanging = site.answer("/hanging", hang)
    with closing(IsolatedYtdlp(timeout_s=0.3, allow_private=True)) as gateway:
        found = failure_of(gateway, hanging)
        given_up.set()
        assert (found.kind, found.is_about_video) == (FailureKind.TEMPORARY, True)
        assert gateway.pid is not None


def test_page_that_trickles_for_ever_ends_at_the_deadline(site: Site):
    given_up = threading.Event()

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not given_up.wait(0.02):
            handler.wfile.write(b"<p>")

    with closing(IsolatedYtdlp(timeout_s=0.3, allow_private=True)) as gateway:
        found = failure_of(gateway, site.answer("/trickle", trickle))
        given_up.set()
        assert found.kind == FailureKind.TEMPORARY
        assert gateway.pid is not None


def test_page_that_keeps_it_busy_is_killed(site: Site):
    with bounded(call_s=PATIENCE) as gateway:
        assert_works(gateway, site)
        pid = gateway.pid
        assert pid is not None
        gateway._call_s = 1
        found = failure_of(gateway, site.answer("/endless", gzipped(ENDLESS)))
        gateway._call_s = PATIENCE
        assert (found.kind, found.is_about_video) == (FailureKind.TEMPORARY, True)
        assert "too long" in found.reason
        assert not runs(pid)
        assert_works(gateway, site)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS bounds no address space")
def test_page_that_eats_memory_is_stopped(site: Site):
    with bounded(call_s=PATIENCE, memory_bytes=250 * 2**20) as gateway:
        assert_works(gateway, site)
        pid = gateway.pid
        assert pid is not None
        found = failure_of(gateway, site.answer("/greedy", gzipped(GREEDY)))
        assert (found.kind, found.is_about_video) == (FailureKind.TEMPORARY, True)
        assert "too much memory" in found.reason
        assert not runs(pid)
        assert_works(gateway, site)


def test_process_that_grew_is_not_kept(site: Site):
    """It answers, and then it ends. The kernel counts from the peak of its parent: a small one."""
    site.answer("/large", gzipped(TITLE + LD_JSON + b"[" + b"[]," * 1_600_000 + b"[]]</script>"))
    program = """
assert look("/film")[0].title
assert gateway.pid
print(look("/large")[0].kind, gateway.pid)
"""
    with parent(site, program) as process:
        assert process.stdout is not None
        assert process.stdout.read() == "malformed None\n"


def test_process_killed_in_the_middle_is_temporary_and_the_next_look_works(
    gateway: IsolatedYtdlp, site: Site
):
    def kill(_handler: BaseHTTPRequestHandler) -> None:
        assert gateway.pid is not None
        os.kill(gateway.pid, signal.SIGKILL)

    found = failure_of(gateway, site.answer("/kill", kill))
    assert (found.kind, found.is_about_video) == (FailureKind.TEMPORARY, True)
    assert "SIGKILL" in found.reason
    assert_works(gateway, site)


def test_process_killed_between_two_looks_is_not_noticed(gateway: IsolatedYtdlp, site: Site):
    assert_works(gateway, site)
    pid = gateway.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not runs(pid))
    assert_works(gateway, site)
    assert gateway.pid != pid


def test_look_that_is_interrupted_leaves_no_answer_for_the_next(gateway: IsolatedYtdlp, site: Site):
    """Celery's time limit raises wherever we are."""

    class TimeIsUpError(Exception):
        pass

    def raise_it(_number: int, _frame: FrameType | None) -> None:
        raise TimeIsUpError

    before = signal.signal(signal.SIGUSR1, raise_it)

    def interrupt(handler: BaseHTTPRequestHandler) -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
        send(handler, platform_server.page_of(Page(title="Too late"), site.url))

    late = site.answer("/late", interrupt)
    try:
        with pytest.raises(TimeIsUpError):
            ask(gateway, late)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert gateway.pid is None
    found = ask(gateway, f"{site.url}/film")
    assert isinstance(found, Observation)
    assert found.title == "The River That Was Moved"


def test_several_threads_take_turns(gateway: IsolatedYtdlp, site: Site):
    paths = [f"/turn-{number}" for number in range(6)]
    for path in paths:
        site.add(path, Page(title=path))
    # A process dies with the thread that started it (Linux).
    assert_works(gateway, site)
    told: dict[str, object] = {}

    def look(path: str) -> None:
        found = ask(gateway, site.url + path)
        told[path] = found.title if isinstance(found, Observation) else found

    threads = [threading.Thread(target=look, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {path: path for path in paths}


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
def test_process_that_does_not_start_is_no_fault_of_the_video(
    gateway: IsolatedYtdlp, site: Site, monkeypatch: pytest.MonkeyPatch, program: str
):
    monkeypatch.setattr(sys, "executable", program)
    found = failure_of(gateway, f"{site.url}/film")
    assert (found.kind, found.is_about_video) == (FailureKind.TEMPORARY, False)
    monkeypatch.undo()
    assert_works(gateway, site)


# --- What it has, and how it ends -----------------------------------------------------


def test_nothing_is_left_after_the_end(site: Site):
    gateway = IsolatedYtdlp(timeout_s=10, allow_private=True)
    gateway.close()
    assert_works(gateway, site)
    pid = gateway.pid
    assert pid is not None
    gateway.close()
    gateway.close()
    assert not runs(pid)
    assert_works(gateway, site)
    gateway.close()


def test_secrets_stay_with_us():
    given = {
        "DATABASE_URL": "postgres://me:secret@db/sidenote", "REDIS_URL": "redis://cache",
        "SIDENOTE_YOUTUBE_API_KEY": "secret", "PYTHONPATH": "/tmp", "PATH": "/usr/bin",
        "HOME": "/root", "http_proxy": "http://proxy", "TZ": "UTC",
    }  # fmt: skip
    assert environ_of(given) == {
        "TZ": "UTC", "PYTHONPATH": str(BASE), "PYTHONUTF8": "1", "PATH": "/dev/null",
    }  # fmt: skip


@NEEDS_PROC
def test_process_has_neither_our_environment_nor_our_sockets(
    gateway: IsolatedYtdlp, site: Site, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATABASE_URL", "postgres://me:secret@db/sidenote")
    with socket.create_server(("127.0.0.1", 0)) as ours:
        ours.set_inheritable(True)
        assert_works(gateway, site)
        process = Path(f"/proc/{gateway.pid}")
        assert b"secret" not in (process / "environ").read_bytes()
        places = [str(place.readlink()) for place in (process / "fd").iterdir()]
    assert not [place for place in places if place.startswith("socket:")]
    assert sum(place.startswith("pipe:") for place in places) >= 2


PARENT = """
import sys
from catalogue.platforms.gateways import Asked
from catalogue.platforms.isolated import IsolatedYtdlp
gateway = IsolatedYtdlp(
    timeout_s=10, allow_private=True, call_s=600, memory_bytes=300 * 2**20
)
def look(path):
    return [found for _, found in gateway.fetch([Asked(1, "web", "x", sys.argv[1] + path)])]
"""


def parent(site: Site, program: str) -> subprocess.Popen[str]:
    """Start a process that looks at pages."""
    return subprocess.Popen(
        [sys.executable, "-c", PARENT + program, site.url],
        cwd=BASE,
        env=clean_environ(),
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("path", ["/film", "/endless"])
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a look under way goes on to its end")
def test_process_ends_with_a_parent_that_is_killed(site: Site, path: str):
    """Idle or busy: nobody is left who could end it."""
    begun = threading.Event()

    def begin(handler: BaseHTTPRequestHandler) -> None:
        gzipped(ENDLESS)(handler)
        begun.set()

    site.answer("/endless", begin)
    program = 'look("/film"); print(gateway.pid, flush=True); look(sys.argv[2]); input()'
    with subprocess.Popen(
        [sys.executable, "-c", PARENT + program, site.url, path],
        cwd=BASE,
        env=clean_environ(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        if path == "/endless":
            assert begun.wait(60)
        assert runs(pid)
        process.kill()
    wait_until(lambda: not runs(pid))


def test_each_side_of_a_fork_has_a_process_of_its_own(site: Site):
    """Celery forks its workers; two of them must not read each other's answers."""
    released = threading.Event()
    slow = platform_server.page_of(Page(title="Slow"), site.url)

    def wait(handler: BaseHTTPRequestHandler) -> None:
        released.wait(60)
        send(handler, slow)

    def release(handler: BaseHTTPRequestHandler) -> None:
        released.set()
        send(handler, b"released")

    site.answer("/slow", wait)
    site.answer("/release", release)
    program = """
import os, signal, threading, time, urllib.request
before = look("/film") and gateway.pid
found = []
thread = threading.Thread(target=lambda: found.extend(look("/slow")))
thread.start()
while not gateway._lock.locked():
    time.sleep(0.01)
child = os.fork()
if child == 0:
    signal.alarm(60)
    assert look("/film")[0].title == "The River That Was Moved"
    assert gateway.pid not in (None, before)
    gateway.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
urllib.request.urlopen(sys.argv[1] + "/release").close()
thread.join()
assert (found[0].title, gateway.pid) == ("Slow", before), found
gateway.close()
print("well")
"""
    with parent(site, program) as process:
        assert process.stdout is not None
        assert process.stdout.read() == "well\n"
    assert process.returncode == 0


def look_from_a_daemon(url: str, told: "Queue[str]") -> None:
    with closing(IsolatedYtdlp(timeout_s=10, allow_private=True)) as gateway:
        found = ask(gateway, url)
        told.put(found.title or "" if isinstance(found, Observation) else found.reason)


def test_daemonic_process_may_look(site: Site):
    """A worker of Celery is one, and must not have children of multiprocessing."""
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    process = context.Process(
        target=look_from_a_daemon, args=(f"{site.url}/film", told), daemon=True
    )
    process.start()
    assert told.get(timeout=60) == "The River That Was Moved"
    process.join()
    assert process.exitcode == 0


def test_process_that_nobody_ends_ends_itself(gateway: IsolatedYtdlp, site: Site):
    """What the clock of its own is for: a parent that was stopped cannot kill."""
    child = _Child({**gateway._bounds, "call_s": 0.0})
    try:
        with pytest.raises(EOFError):
            child.ask(site.answer("/endless", gzipped(ENDLESS)), seconds=PATIENCE)
    finally:
        ended = child.end()
    assert ended in {"SIGALRM", "SIGXCPU"}
