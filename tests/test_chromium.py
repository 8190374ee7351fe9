"""How a browser is found and got, with stand-ins for the programs of the machine."""

import os
import sys
from pathlib import Path

import pytest

from tests.e2e import chromium

WORKS = "#!/bin/sh\necho Chromium 1\n"
BROKEN = "#!/bin/sh\necho Install it first >&2; exit 1\n"
# Leaves one package in the folder that `-o Dir::Cache::archives=` names.
APT_GET = """#!/bin/sh
for word; do
    case $word in Dir::Cache::archives=*) folder=${word#*=};; esac
done
case "$*" in *download-only*) touch "$folder/chromium.deb";; esac
"""
DPKG = """#!/bin/sh
mkdir -p "$3/usr/lib/chromium" "$3/usr/lib/here"
touch "$3/usr/lib/here/libnss3.so"
printf '#!/bin/sh\\necho "$LD_LIBRARY_PATH" "$FONTCONFIG_FILE"\\n' > "$3/usr/lib/chromium/chromium"
chmod +x "$3/usr/lib/chromium/chromium"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all programs of a machine that has no browser."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "mkdir", "touch", "chmod"):
        (programs / name).symlink_to(f"/bin/{name}")
    monkeypatch.delenv("SIDENOTE_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(programs))
    # The Python that would start Playwright: there is no browser, and no network.
    monkeypatch.setattr(sys, "executable", str(put(programs, "python", BROKEN)))
    monkeypatch.setattr(chromium, "FOLDER", tmp_path / "side note" / "chromium")
    monkeypatch.setattr(chromium, "MACOS", tmp_path / "none")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return programs


def put(programs: Path, name: str, text: str) -> Path:
    program = programs / name
    program.write_text(text)
    program.chmod(0o755)
    return program


def test_named_browser_is_used(machine: Path, monkeypatch: pytest.MonkeyPatch):
    named = put(machine, "mine", WORKS)
    monkeypatch.setenv("SIDENOTE_CHROMIUM", str(named))
    assert chromium.find_chromium() == named


def test_named_browser_that_does_not_start_is_refused(
    machine: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SIDENOTE_CHROMIUM", str(put(machine, "mine", BROKEN)))
    with pytest.raises(chromium.ChromiumError, match="does not start"):
        chromium.find_chromium()


def test_stand_in_that_only_asks_to_install_is_passed_over(machine: Path):
    put(machine, "chromium-browser", BROKEN)
    chrome = put(machine, "google-chrome", WORKS)
    assert chromium.find_chromium() == chrome


def test_plain_user_of_debian_gets_one_unpacked_and_finds_it_again(machine: Path):
    put(machine, "apt-get", APT_GET)
    put(machine, "dpkg", DPKG)
    said: list[str] = []
    found = chromium.find_chromium(said.append)
    assert found == chromium.FOLDER / "chromium"
    assert any("Unpacking chromium" in line for line in said)
    root = chromium.FOLDER / "root"
    assert chromium.run(str(found)) == f"{root}/usr/lib/here {root}/fonts.conf"
    (machine / "apt-get").unlink()
    assert chromium.find_chromium() == found


def test_driver_that_lacks_a_library_gets_it_before_the_browser_is_asked(
    machine: Path, monkeypatch: pytest.MonkeyPatch
):
    put(machine, "node", '#!/bin/sh\n[ -n "$LD_LIBRARY_PATH" ] && echo v1\n')
    monkeypatch.setattr(
        sys, "executable", str(put(machine, "python", f"#!/bin/sh\necho {machine}\n"))
    )
    monkeypatch.setenv("LD_LIBRARY_PATH", "")
    chrome = put(machine, "google-chrome", WORKS)
    with pytest.raises(chromium.ChromiumError, match="libatomic"):
        chromium.find_chromium()
    put(machine, "apt-get", APT_GET)
    put(machine, "dpkg", DPKG)
    assert chromium.find_chromium() == chrome
    assert os.environ["LD_LIBRARY_PATH"] == f"{chromium.FOLDER}/driver/usr/lib/here"


def test_machine_that_offers_none_is_told_how_to_get_one(machine: Path):
    with pytest.raises(chromium.ChromiumError, match="SIDENOTE_CHROMIUM=/path/to/chromium"):
        chromium.find_chromium()
