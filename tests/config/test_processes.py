import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import processes
from config.processes import Supervisor
from tests.config.running import BASE, Running, clean_environ, processes_naming, wait_until

# Says that it is there, then stays.
STAY = "import signal; print('here', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); " + STAY
SITE = f"""
import os
from pathlib import Path
from config.processes import Supervisor
with Supervisor(folder=Path("/"), environ=os.environ) as supervisor:
    supervisor.hold_signals()
    supervisor.start("one", ["python", "-c", {STAY!r}])
    supervisor.start("two", ["python", "-c", {STAY!r}])
    raise SystemExit(supervisor.watch(lambda: True, lambda: None))
"""


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with Supervisor(folder=BASE, environ=os.environ) as supervisor:
        supervisor.hold_signals()
        yield supervisor


def python(code: str) -> list[str]:
    return ["python", "-c", code]


def ask_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_lines_of_a_process_bear_its_name(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
):
    code = "import sys; print('one\\n\\ntwo'); sys.stderr.write('last, without an end')"
    assert supervisor.run("web", python(code)) == 0
    assert set(capsys.readouterr().out.splitlines()) == {
        "web    | one",
        "web    | two",
        "web    | last, without an end",
    }


def test_bytes_that_are_no_text_are_shown(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
):
    supervisor.run("web", python("import os; os.write(1, b'caf\\xe9 \\xc3\\xa9\\n')"))
    assert capsys.readouterr().out == "web    | caf\ufffd é\n"


def test_line_without_end_is_cut(supervisor: Supervisor, capsys: pytest.CaptureFixture[str]):
    supervisor.run("web", python("print('x' * 1_000_000)"))
    shown = capsys.readouterr().out
    assert shown.count("x") == 1_000_000
    assert max(map(len, shown.splitlines())) < 300_000


@pytest.mark.parametrize(
    ("code", "expected"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)]
)
def test_step_hands_on_its_exit_code(supervisor: Supervisor, code: str, expected: int):
    assert supervisor.run("setup", python(code)) == expected


def test_signal_before_hold_interrupts():
    with (
        pytest.raises(KeyboardInterrupt),
        Supervisor(folder=BASE, environ=os.environ),
    ):
        ask_to_stop()


def test_signal_ends_a_step_at_once(supervisor: Supervisor):
    before = supervisor.is_asked
    ask_to_stop()
    assert supervisor.run("setup", python(STAY)) == 0
    assert not before
    assert supervisor.is_asked


def test_child_that_ends_by_itself_ends_all_with_its_code(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
):
    supervisor.start("web", python(STAY))
    supervisor.start("worker", python("raise SystemExit(4)"))
    assert supervisor.watch(lambda: False, lambda: None) == 4
    supervisor.stop()
    assert "worker ended by itself (exit code 4); everything stops." in capsys.readouterr().out


def test_child_that_ends_in_peace_is_a_failure_too(supervisor: Supervisor):
    supervisor.start("beat", python("pass"))
    assert supervisor.watch(lambda: False, lambda: None) == 1


def test_readiness_is_told_once_and_a_signal_ends_the_watch(supervisor: Supervisor):
    told: list[str] = []

    def on_ready() -> None:
        told.append("ready")
        ask_to_stop()

    supervisor.start("web", python(STAY))
    assert supervisor.watch(lambda: True, on_ready) == 0
    assert told == ["ready"]


def test_child_that_ends_later_starts_again_after_longer_and_longer_pauses(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(processes, "SECONDS_BETWEEN_ROUNDS", 0.01)
    shown = ""

    def tend() -> None:
        nonlocal shown
        shown += capsys.readouterr().out
        if shown.count("worker | here") == 4:
            ask_to_stop()

    supervisor.start("web", python(STAY))
    supervisor.start("worker", python("print('here')"))
    assert supervisor.watch(lambda: True, lambda: None, tend) == 0
    assert shown.count("worker ended by itself (exit code 0); it starts again in") >= 3
    assert "web" not in {line.split()[0] for line in shown.splitlines() if "ended" in line}


def test_pause_doubles_up_to_the_longest_and_begins_anew_after_a_long_run(supervisor: Supervisor):
    child = supervisor._start("worker", python("pass"))
    while child in supervisor._children:
        supervisor._turn(None)
    child.pause = 32.0
    assert supervisor._pause_of(child) == 32.0
    child.started -= processes.LONGEST_PAUSE
    assert supervisor._pause_of(child) == processes.FIRST_PAUSE


def test_child_that_does_not_end_is_killed(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        processes, "STOPPING_STEPS", ((signal.SIGTERM, 0.1), (signal.SIGKILL, 60.0))
    )
    child = supervisor._start("web", python(STUBBORN))
    while "here" not in capsys.readouterr().out:
        supervisor._turn(None)
    supervisor.stop()
    assert child.process.returncode == -signal.SIGKILL
    assert "web does not end; it gets SIGKILL." in capsys.readouterr().out


def test_second_signal_hurries(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        processes, "STOPPING_STEPS", ((signal.SIGTERM, 600.0), (signal.SIGKILL, 600.0))
    )
    stubborn = (
        "import os, signal; from pathlib import Path; "
        "signal.signal(15, lambda *_: os.kill(os.getppid(), 15)); print('here', flush=True); "
        "[signal.pause() for _ in range(9)]"
    )
    child = supervisor._start("web", python(stubborn))
    while "here" not in capsys.readouterr().out:
        supervisor._turn(None)
    ask_to_stop()
    supervisor.stop()
    assert child.process.returncode == -signal.SIGKILL


def test_what_a_child_started_ends_with_it(supervisor: Supervisor, tmp_path: Path):
    code = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', "
        f"'import signal; signal.pause()', {str(tmp_path)!r}])"
    )
    assert supervisor.run("web", python(code)) == 0
    wait_until(lambda: not processes_naming(f"{tmp_path}"))


def test_children_die_with_a_killed_supervisor(tmp_path: Path):
    site = Running(
        sys.executable,
        "-c",
        SITE,
        environ=clean_environ(PYTHONPATH=str(BASE), MARK=str(tmp_path)),
    )
    site.wait_for("one    | here")
    site.wait_for("two    | here")
    site.end(signal.SIGKILL)
    wait_until(lambda: not processes_naming(str(tmp_path)))


def test_reader_that_goes_away_ends_nothing(tmp_path: Path):
    code = "for i in range(9): print(i, flush=True)"
    script = (
        "import os\nfrom pathlib import Path\nfrom config.processes import Supervisor\n"
        "with Supervisor(folder=Path('/'), environ=os.environ) as supervisor:\n"
        f"    supervisor.run('a', ['python', '-c', {code!r}])\n"
        f"    Path({str(tmp_path / 'done')!r}).touch()\n"
    )
    read, write = os.pipe()
    os.close(read)
    environ = clean_environ(PYTHONPATH=str(BASE))
    done = subprocess.run([sys.executable, "-c", script], stdout=write, env=environ, check=False)
    os.close(write)
    assert done.returncode == 0
    assert (tmp_path / "done").exists()


def test_supervisor_gives_the_signals_back():
    before = [signal.getsignal(number) for number in processes.STOPPING_SIGNALS]
    with Supervisor(folder=BASE, environ=os.environ):
        pass
    assert [signal.getsignal(number) for number in processes.STOPPING_SIGNALS] == before
