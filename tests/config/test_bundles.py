"""Bundles of style sheets: whole, in order, fresh, and collected like any other file."""

import gzip
import os
import re
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from pytest_django.fixtures import Settings

from config import bundles

BASE = Path(settings.BASE_DIR)
SHEETS = BASE / "static" / "css"


@pytest.fixture
def places(settings: Settings, tmp_path: Path) -> Path:
    """Give the bundles a data folder of their own."""
    settings.DATA_DIR = tmp_path
    return tmp_path


def found(path: str) -> Path:
    place = finders.find(path)
    assert isinstance(place, str)
    return Path(place)


@pytest.mark.parametrize("name", bundles.BUNDLES)
def test_a_bundle_holds_its_sheets_in_order(places: Path, name: str):
    place = found(f"bundles/{name}.css")
    text = place.read_text(encoding="utf-8")
    sheets = [(SHEETS / f"{sheet}.css").read_text("utf-8") for sheet in bundles.BUNDLES[name]]
    assert text == "\n".join(sheets)
    assert gzip.decompress(Path(f"{place}.gz").read_bytes()).decode() == text


def test_the_order_of_the_layers_comes_first_on_every_page():
    text = bundles.text_of("site")
    assert re.search(r"@layer [^;{]*[;{]", text).group() == (  # type: ignore[union-attr]
        "@layer reset, tokens, base, parts, pages, overrides;"
    )
    base = (BASE / "templates" / "base.html").read_text(encoding="utf-8")
    assert re.findall(r'"([^"]+\.css)"', base) == ["bundles/site.css"]


def test_a_bundle_is_written_anew_only_when_a_source_is_newer(places: Path):
    first = found("bundles/site.css")
    first.write_text("stale", encoding="utf-8")
    assert found("bundles/site.css").read_text(encoding="utf-8") == "stale"
    os.utime(first, (time.time() - 10**9,) * 2)
    assert found("bundles/site.css").read_text(encoding="utf-8") == bundles.text_of("site")
    assert {path.name for path in first.parent.iterdir()} == {"site.css", "site.css.gz"}


@pytest.mark.parametrize("path", ["bundles/none.css", "bundles/../site.css", "bundles/"])
def test_nothing_else_is_found_there(places: Path, path: str):
    assert bundles.Finder().find(path) == []


def test_collecting_takes_bundles_and_hashes_what_modules_load(settings: Settings, tmp_path: Path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "config.staticfiles.Storage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    (bundle,) = (tmp_path / "bundles").glob("site.????????????.css")
    fonts = re.findall(r'url\("\.\./fonts/([^"]+)"\)', bundle.read_text(encoding="utf-8"))
    assert len(fonts) == 2
    assert all((tmp_path / "fonts" / font).exists() for font in fonts)
    (module,) = (tmp_path / "js").glob("watch.????????????.js")
    loaded = re.findall(r'import\("\./([^"]+)"\)', module.read_text(encoding="utf-8"))
    assert loaded
    assert all(re.search(r"\.[0-9a-f]{12}\.js$", name) for name in loaded)
    assert all((tmp_path / "js" / name).exists() for name in loaded)
