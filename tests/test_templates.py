"""Every template: it parses, and breaks no rule of the house; error pages need nothing."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, server_error

from annotations.templatetags.verdicts import LOOKS
from tests.pages import check

ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_parses_and_has_nothing_inline(name: str) -> None:
    get_template(name)
    source = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", source)
    assert len(source.splitlines()) <= 60
    # Django has filters of this name too, and what is loaded last is used.
    if "language_name" in source:
        assert not re.search(r"{% load [^%]*\bfilms\b[^%]*\bi18n\b", source)


@pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "500.html"])
def test_error_pages_need_no_context(name: str) -> None:
    check(render_to_string(name))


def test_a_broken_request_and_a_broken_site_answer_in_our_own_look() -> None:
    request = RequestFactory().get("/")
    for response, status in (
        (bad_request(request, Exception()), 400),
        (server_error(request), 500),
    ):
        assert response.status_code == status
        assert 'class="brand"' in response.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_says_what_to_do() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/accounts/login/", {"login": "x"})
    assert response.status_code == 403
    assert "This form is out of date" in response.content.decode()


def test_what_stylesheets_and_scripts_name_is_there() -> None:
    static = Path(settings.BASE_DIR) / "static"
    for sheet in (static / "css").glob("*.css"):
        for target in re.findall(r'url\("([^"]+)"\)', sheet.read_text(encoding="utf-8")):
            assert (sheet.parent / target).exists(), target
    for module in (static / "js").glob("*.js"):
        for target in re.findall(r"from '([^']+)'|import '([^']+)'", module.read_text("utf-8")):
            assert (module.parent / "".join(target)).exists(), target


def test_every_symbol_that_is_used_is_in_the_sprite() -> None:
    sprite = (ROOT / "_sprite.html").read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    used = set()
    for name in TEMPLATES:
        source = (ROOT / name).read_text(encoding="utf-8")
        used |= set(re.findall(r'<use[^>]* href="#((?:i|m)-[a-z]+)"', source))
    # What shows a verdict is named by its look.
    used |= {f"m-{look}" for look in LOOKS.values()} | {"m-filed"}
    assert used == known
