"""Every migration can be taken back, and made again."""

import subprocess
import sys
import urllib.parse
from pathlib import Path

import psycopg2
from django.db import connection

from tests import databases
from tests.config.running import BASE, clean_environ

THERE_AND_BACK = """
import django
django.setup()
from django.core.management import call_command
for command in (["migrate"], ["migrate", "annotations", "zero"], ["migrate", "catalogue", "zero"],
                ["migrate", "accounts", "zero"], ["migrate"]):
    call_command(*command, verbosity=0)
call_command("migrate", check_unapplied=True)
"""


def test_all_our_migrations_can_be_undone_and_done_again(db: None, tmp_path: Path):
    known = connection.get_connection_params()
    arguments = {
        name: known[name] for name in ("user", "password", "host", "port") if known.get(name)
    }
    server = psycopg2.connect(**arguments, dbname="postgres")
    server.autocommit = True
    name = f"{connection.settings_dict['NAME']}_there_and_back"
    with server.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        # What all migrations made once already need not be made once more to be undone.
        copied = databases.name_for(BASE)
        template = f'TEMPLATE "{copied}"' if copied in databases.find_all() else ""
        cursor.execute(f'CREATE DATABASE "{name}" {template}')
    try:
        query = urllib.parse.urlencode(arguments)
        done = subprocess.run(
            [sys.executable, "-c", THERE_AND_BACK],
            cwd=BASE,
            env=clean_environ(
                DJANGO_SETTINGS_MODULE="config.settings",
                DATABASE_URL=f"postgres:///{name}?{query}",
                REDIS_URL="redis://localhost",
                SIDENOTE_DATA_DIR=str(tmp_path),
            ),
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        with server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')
        server.close()
    assert done.returncode == 0, done.stderr
