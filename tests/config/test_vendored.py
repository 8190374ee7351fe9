"""What others made and we serve or test with is the very file that was looked at."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# Here lie files of others only; what is added has to be named in the manifest.
FOLDERS = ("static/fonts", "static/vendor", "tests/vendor")


def packages() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((ROOT / "vendored.json").read_text("utf-8"))
    return found


def pinned() -> dict[str, str]:
    return {path: digest for package in packages() for path, digest in package["files"].items()}


def test_every_file_of_others_is_as_it_was_pinned():
    found = {path: hashlib.sha256((ROOT / path).read_bytes()).hexdigest() for path in pinned()}
    assert found == pinned()


def test_no_file_of_others_is_there_unnamed():
    there = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert there - pinned().keys() == set()


def test_every_package_says_its_version_its_licence_and_why_it_is_here():
    for package in packages():
        assert all(package[name] for name in ("name", "version", "licence", "why")), package
    licences = [path for path in pinned() if path.rpartition("/")[2] in {"LICENSE", "OFL.txt"}]
    folders = {path.rpartition("/")[0] for path in pinned()}
    assert {path.rpartition("/")[0] for path in licences} == folders
