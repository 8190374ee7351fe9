import re
import subprocess
import sys
from pathlib import Path

import pytest

from catalogue.platforms import youtube_api
from tests.config.running import BASE, clean_environ

PRODUCTION = {
    "SIDENOTE_ENV": "production",
    "SIDENOTE_SECRET_KEY": "a-long-random-text-of-more-than-fifty-letters-0123456789",
    "SIDENOTE_HOSTS": "sidenote.example.org, www.example.org",
    "DATABASE_URL": "postgres://sidenote:secret@db.example.org/sidenote",
    "REDIS_URL": "redis://queue.example.org:6379/0",
}
# Read by the scripts and the containers, not by the settings.
READ_ELSEWHERE = {
    "HOST",
    "PORT",
    "PYTHON",
    "SIDENOTE_CHROMIUM",
    "SIDENOTE_DATA_DIR",
    "SIDENOTE_DB_PASSWORD",
    "SIDENOTE_PORT",
    "SIDENOTE_TEST_DATA_DIR",
    "SIDENOTE_WEB_THREADS",
    "SIDENOTE_WEB_WORKERS",
    "SIDENOTE_WORKER_PROCESSES",
}


def read_settings(expression: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Evaluate an expression on fresh settings, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", f"from config import settings as s; {expression}"],
        cwd=BASE,
        env=clean_environ(**environ),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"SIDENOTE_ENV"}))
def test_production_does_not_start_without(name: str):
    done = read_settings("", **{**PRODUCTION, name: ""})
    assert done.returncode == 1
    assert f"{name} must be set in production." in done.stderr


def test_production_takes_its_secrets_from_the_environment():
    done = read_settings(
        "print(s.ALLOWED_HOSTS, s.DATABASES['default']['HOST'], s.CELERY_BROKER_URL, s.DEBUG)",
        **PRODUCTION,
    )
    assert done.stdout == (
        "['sidenote.example.org', 'www.example.org'] db.example.org "
        "redis://queue.example.org:6379/0 False\n"
    )


def test_production_refuses_debugging():
    done = read_settings("", **PRODUCTION, SIDENOTE_DEBUG="1")
    assert "SIDENOTE_DEBUG must be off in production." in done.stderr


def test_key_of_youtube_goes_nowhere_in_clear():
    done = read_settings("", **PRODUCTION, SIDENOTE_YOUTUBE_API_URL="http://www.googleapis.com/")
    assert "SIDENOTE_YOUTUBE_API_URL must begin with https://" in done.stderr


def test_key_of_youtube_that_cannot_be_one_is_refused_and_not_shown():
    done = read_settings("", SIDENOTE_YOUTUBE_API_KEY="two words")
    assert "SIDENOTE_YOUTUBE_API_KEY is no line" in done.stderr
    assert "two words" not in done.stderr


def test_youtube_is_asked_at_its_own_address():
    """The settings are the only place that names it besides the gateway."""
    assert read_settings("print(s.YOUTUBE_API_URL)").stdout.strip() == youtube_api.DEFAULT_URL


def test_unknown_environment_is_refused_with_the_known_ones():
    done = read_settings("", SIDENOTE_ENV="staging")
    assert "must be development, test or production" in done.stderr


def test_development_needs_nothing_and_keeps_its_own_secret(tmp_path: Path):
    folder = str(tmp_path / "data")
    empty = {"DATABASE_URL": "", "REDIS_URL": "", "SIDENOTE_SECRET_KEY": "", "EMAIL_URL": ""}
    shown = "print(s.SECRET_KEY, s.DATABASES['default']['ENGINE'], s.CELERY_BROKER_URL)"
    first = read_settings(shown, SIDENOTE_DATA_DIR=folder, **empty)
    assert read_settings(shown, SIDENOTE_DATA_DIR=folder).stdout == first.stdout
    secret, engine, broker = first.stdout.split()
    assert len(secret) > 50
    assert engine == "django.db.backends.postgresql"
    assert broker == f"redis+socket://{folder}/valkey/v.sock"
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o077 == 0


def test_servers_of_ones_own_are_used(tmp_path: Path):
    done = read_settings(
        "print(s.DATABASES['default']['NAME'], s.CACHES['default']['LOCATION'])",
        SIDENOTE_DATA_DIR=str(tmp_path),
        DATABASE_URL="postgres://me:pass@localhost:5433/mine",
        REDIS_URL="redis://localhost:6380/3",
    )
    assert done.stdout == "mine redis://localhost:6380/3\n"


def test_configuration_page_names_every_variable_and_no_other():
    source = (BASE / "config" / "settings.py").read_text()
    read = set(re.findall(r'(?:env\.\w+|_required)\(\s*"([A-Z_]+)"', source))
    page = (BASE / "docs" / "configuration.md").read_text()
    assert set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE)) == read | READ_ELSEWHERE


def test_behind_a_proxy_limits_go_by_the_address_that_it_names():
    asked = "print(getattr(s, 'ALLAUTH_TRUSTED_PROXY_COUNT', 0))"
    assert read_settings(asked, **PRODUCTION).stdout == "0\n"
    assert read_settings(asked, **PRODUCTION, SIDENOTE_BEHIND_PROXY="true").stdout == "1\n"
