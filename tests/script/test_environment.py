"""How `.venv` is made and found again. Nothing is downloaded: the lists here are empty."""

import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from tests.config.running import BASE, Running

SCRIPT = BASE / "script" / "environment.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing to install, in a folder with a space."""
    folder = tmp_path / "side note"
    shutil.copytree(BASE / "script", folder / "script")
    (folder / "requirements.txt").touch()
    (folder / "requirements-dev.txt").touch()
    return folder


@pytest.fixture
def environment(checkout: Path) -> ModuleType:
    """The module as that checkout would run it."""
    spec = importlib.util.spec_from_file_location(
        "environment", checkout / "script" / "environment.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(checkout: Path, purpose: str = "product", **environ: str) -> str:
    """Prepare a checkout; return what was said."""
    done = subprocess.run(
        [sys.executable, checkout / "script" / "environment.py", purpose],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    return done.stderr


def test_environment_is_made_once_and_then_found(checkout: Path):
    assert "Making a virtual environment" in run(checkout)
    python = checkout / ".venv" / "bin" / "python"
    shown = subprocess.run(
        [python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == str(checkout / ".venv")
    assert run(checkout) == ""


def test_what_the_tests_need_covers_the_product(checkout: Path):
    assert "Installing" in run(checkout, "tests")
    assert run(checkout, "product") == ""


def test_changed_list_is_installed_into_the_same_environment(checkout: Path):
    run(checkout)
    kept = checkout / ".venv" / "kept"
    kept.touch()
    (checkout / "requirements.txt").write_text("# changed\n")
    said = run(checkout)
    assert "Installing" in said
    assert "Making" not in said
    assert kept.exists()


def test_environment_whose_installation_was_killed_is_made_anew(checkout: Path):
    run(checkout)
    (checkout / ".venv" / ".half-done").touch()
    (checkout / ".venv" / "lib" / "half-written").touch()
    assert "Making a virtual environment" in run(checkout)
    assert not (checkout / ".venv" / "lib" / "half-written").exists()


def test_environment_without_its_python_is_made_anew(checkout: Path):
    run(checkout)
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.10")
    assert "Making a virtual environment" in run(checkout)


def test_moved_checkout_makes_its_environment_anew(checkout: Path):
    run(checkout)
    moved = checkout.rename(checkout.parent / "moved")
    assert "Making a virtual environment" in run(moved)


def test_python_without_pip_gets_the_one_that_python_brings_along(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    without = tmp_path / "without"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", without], check=True)
    monkeypatch.setattr(environment.sys, "executable", str(without / "bin" / "python"))
    monkeypatch.setenv("PATH", str(without / "bin"))
    if find_spec("ensurepip") is None:
        # Debian's Python brings none along; what it says then is tested below.
        with pytest.raises(environment.InstallError):
            environment.prepare("product")
        return
    environment.prepare("product")
    assert environment.pip() == [str(environment.PYTHON), "-m", "pip"]
    assert environment.is_ready("product")


def test_machine_without_any_pip_is_told_the_way_out(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    without = tmp_path / "without"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", without], check=True)
    # As on Debian without its packages python3-pip and python3-venv.
    (tmp_path / "ensurepip.py").write_text("raise ImportError('no ensurepip')\n")
    monkeypatch.setattr(environment.sys, "executable", str(without / "bin" / "python"))
    monkeypatch.setenv("PATH", str(without / "bin"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(environment.InstallError, match="apt-get install python3-pip"):
        environment.prepare("product")


def test_failed_installation_is_told_with_what_pip_said(checkout: Path, environment: ModuleType):
    (checkout / "requirements.txt").write_text("./no-such-package --hash=sha256:00\n")
    with pytest.raises(environment.InstallError, match="no-such-package"):
        environment.prepare("product")
    assert not environment.is_ready("product")
    (checkout / "requirements.txt").write_text("")
    environment.prepare("product")
    assert environment.is_ready("product")


def test_two_first_starts_at_once_do_not_clash(checkout: Path):
    command = (sys.executable, checkout / "script" / "environment.py", "product")
    both = [Running(*command, environ=dict(os.environ)) for _ in range(2)]
    assert [start.wait() for start in both] == [0, 0]
    assert sum("Installing" in line for start in both for line in start.lines) == 1


@pytest.mark.parametrize("name", ["server", "manage", "test"])
def test_unfit_python_is_refused(name: str, checkout: Path):
    done = subprocess.run(
        [checkout / "script" / name],
        env={**os.environ, "PYTHON": "/bin/false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "PYTHON=/bin/false is no Python 3.11 or newer.\n"
    assert not (checkout / ".venv").exists()


def test_missing_python_is_told_with_the_way_out(checkout: Path, tmp_path: Path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "dirname"):
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    done = subprocess.run(
        [tools / "bash", checkout / "script" / "server"],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Sidenote needs Python 3.11 or newer" in done.stderr
