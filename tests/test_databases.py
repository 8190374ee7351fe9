"""The tests' own database: a copy of one that has all migrations."""

import shutil
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from annotations import claims
from annotations.models import Claim
from annotations.revisions import events_of
from tests import databases
from tests.makers import make_claim


@pytest.mark.django_db
def test_a_copy_has_all_migrations():
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_another_migration_makes_another_database(tmp_path: Path):
    for name in ("requirements.txt", "config/settings.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(databases.BASE / name, tmp_path / name)
    for app in ("accounts", "catalogue", "annotations"):
        shutil.copytree(databases.BASE / app / "migrations", tmp_path / app / "migrations")
    assert databases.name_for(tmp_path) == databases.name_for(databases.BASE)
    with (tmp_path / "catalogue" / "migrations" / "0001_initial.py").open("a") as file:
        file.write("\n")
    assert databases.name_for(tmp_path) != databases.name_for(databases.BASE)


@pytest.mark.django_db
def test_nothing_is_left_of_a_test_that_commits_its_log_neither(author: User):
    claim = make_claim(author=author)
    claims.edit(claim, by=author, version=1, statement="The lake was drained at night.")
    assert events_of("claim").exists()
    databases.clear()
    assert not any(rows.exists() for rows in (User.objects, Claim.objects, events_of("claim")))
    # As a flush leaves it: what Django itself needs is there.
    assert ContentType.objects.exists()
    assert Permission.objects.exists()
