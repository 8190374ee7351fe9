"""Is it alive, can it serve?"""

import pytest
from django.core.cache.backends.redis import RedisCache
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError

pytestmark = pytest.mark.django_db


def test_the_process_answers_without_asking_anything(client: Client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


def test_all_in_order_is_ready(client: Client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "broker": "ok"}


def test_a_missing_migration_is_not_ready(client: Client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'annotations'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "pending"


def test_a_broker_that_is_away_is_not_ready(client: Client, monkeypatch):
    def away(*arguments: object, **keywords: object) -> None:
        raise RedisConnectionError("away")

    monkeypatch.setattr(RedisCache, "get", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["broker"]) == (503, "unreachable")


def test_a_database_that_is_away_is_not_ready(client: Client, monkeypatch):
    def away() -> None:
        raise OperationalError("away")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "unreachable"
