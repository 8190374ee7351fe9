"""Databases of the tests: how they are made, and cleared after a test that commits.

They are copies of one that has all migrations, which take longer than a copy. It stays in the
tests' own server for the next run, and is made anew when a migration changed. On a server that
somebody else named nothing is left behind: there each run migrates.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from config import embedded

BASE = Path(__file__).resolve().parent.parent
PREFIX = "migrated_"


def name_for(base: Path) -> str:
    """Return the name of the database that has the migrations of a checkout, and its packages'."""
    digest = hashlib.sha256()
    for file in (
        base / "requirements.txt",
        base / "config" / "settings.py",
        *sorted(base.glob("*/migrations/*.py")),
    ):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return f"{PREFIX}{digest.hexdigest()[:16]}"


def find_all() -> list[str]:
    """Return the names of those there are."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[ExitStack | None]:
    """Have the database copied, or give the lock of whoever is the first and has to make it."""
    if not embedded.needs(os.environ)[0]:
        yield None
        return
    with ExitStack() as held:
        lock = held.enter_context((Path(settings.DATA_DIR) / "migrated.lock").open("a"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        with django_db_blocker.unblock():
            is_there = name_for(BASE) in find_all()
        if is_there:
            connection.settings_dict["TEST"]["TEMPLATE"] = name_for(BASE)
            held.close()
        yield None if is_there else held


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,
    django_db_modify_db_settings: ExitStack | None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """Keep a copy of the first database, as its migrations left it."""
    if django_db_modify_db_settings is None:
        return
    with django_db_modify_db_settings, django_db_blocker.unblock():
        made = connection.settings_dict["NAME"]
        if not made.startswith(TEST_DATABASE_PREFIX):
            return  # No test wants one.
        connection.close()  # What is copied may have nobody inside.
        old = find_all()
        with connection._nodb_cursor() as cursor:
            for name in old:
                cursor.execute(f'DROP DATABASE "{name}"')
            cursor.execute(f'CREATE DATABASE "{name_for(BASE)}" TEMPLATE "{made}"')


# What Django fills again after a flush; it stays as the migrations left it.
_KEPT = frozenset({"django_content_type", "auth_permission"})
# Locked as TRUNCATE locks, so that nobody writes on behind it; without triggers, which guard logs.
_CLEAR = """
SET LOCAL session_replication_role = replica;
LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;
DO $$
DECLARE one text; is_filled boolean;
BEGIN
    FOREACH one IN ARRAY ARRAY[{names}] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one) INTO is_filled;
        IF is_filled THEN EXECUTE format('DELETE FROM %I', one); END IF;
    END LOOP;
END $$
"""


@cache
def _clearing() -> str:
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = sorted(set(found) - _KEPT)
    return _CLEAR.format(
        tables=", ".join(f'"{name}"' for name in tables),
        names=", ".join(f"'{name}'" for name in tables),
    )


def clear() -> None:
    """Take all rows out of the database, those of migrations too.

    Most tables are empty, and to truncate them all takes fifteen times as long.
    """
    if not embedded.needs(os.environ)[0]:
        call_command("flush", verbosity=0, interactive=False)  # The other way needs a superuser.
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_clearing())


@pytest.fixture(scope="session", autouse=True)
def _cleared_quickly() -> Iterator[None]:
    """Clear the database in our own way after each test that commits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: clear())
        yield
