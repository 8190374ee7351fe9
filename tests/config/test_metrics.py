"""Metrics for Prometheus: who gets them, what they say, and what they need."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics
from pytest_django.fixtures import Settings
from redis.exceptions import ConnectionError as RedisConnectionError

from catalogue.models import GatewayState
from catalogue.platforms import Failure, FailureKind
from tests.looks import look
from tests.makers import make_video

pytestmark = pytest.mark.django_db

TOKEN = "a token of Prometheus"


@pytest.fixture(autouse=True)
def token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def ask(client: Client, authorization: str = f"Bearer {TOKEN}", **headers: str) -> Any:
    return client.get("/metrics", headers={"Authorization": authorization, **headers})


def values(client: Client) -> dict[tuple[str, str], float]:
    """Return each sample's value by its name and its only label's value."""
    answer = ask(client)
    assert answer.status_code == 200
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in parser.text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_without_a_token_of_the_site_there_is_nothing(client: Client, settings: Settings):
    settings.METRICS_TOKEN = ""
    assert ask(client).status_code == 404
    assert ask(client, "Bearer ").status_code == 404


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer another", TOKEN, f"Token {TOKEN}", "Bearer é"],
)
def test_a_wrong_token_is_refused(client: Client, authorization: str, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = ask(client, authorization)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert b"sidenote_" not in answer.content


def test_answer_is_never_kept_and_only_read(client: Client):
    assert "no-store" in ask(client)["Cache-Control"]
    assert "no-store" in ask(client, "Bearer wrong")["Cache-Control"]
    assert client.post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405


def test_figures_of_gateways_videos_and_samples_are_told(client: Client, settings: Settings):
    settings.YTDLP_CALLS_PER_MINUTE = 60
    now = timezone.now()
    make_video(refresh_at=now - timedelta(minutes=10))
    look(make_video(refresh_at=now), Failure(FailureKind.GONE, "removed"))
    GatewayState.objects.create(
        name="ytdlp", used=9, window_start=now - timedelta(days=1), calls=12, answers=10,
        failures=2, open_until=now + timedelta(hours=1), stretch=1.5, turn=2.0, load_at=now,
        answered_at=now,
    )  # fmt: skip
    told = values(client)

    def of_pages(name: str) -> float:
        return told[f"sidenote_refresh_{name}", "ytdlp"]

    assert (of_pages("queue_depth"), of_pages("videos")) == (1, 2)
    since = (timezone.now() - now).total_seconds()
    assert 600 <= of_pages("oldest_due_seconds") <= 600 + since
    # What was used in a window that is over is not used in this one.
    assert (of_pages("budget_units_used"), of_pages("budget_units_limit")) == (0, 60)
    assert (of_pages("breaker_open"), of_pages("consecutive_failures")) == (1, 2)
    assert (of_pages("calls_total"), of_pages("answers_total")) == (12, 10)
    assert (of_pages("stretch_ratio"), of_pages("turn_seconds")) == (1.5, 172_800)
    assert of_pages("last_answer_timestamp_seconds") == pytest.approx(now.timestamp())
    assert told["sidenote_refresh_failing_videos", "gone"] == 1
    assert told["sidenote_refresh_failing_videos", "private"] == 0
    assert told["sidenote_samples_waiting_rows", ""] == 0
    until = told["sidenote_samples_partitioned_until_timestamp_seconds", ""]
    assert until > now.timestamp()


def test_what_is_unknown_is_left_out(client: Client):
    told = values(client)
    for name in ("last_answer_timestamp_seconds", "load_timestamp_seconds", "turn_seconds"):
        assert (f"sidenote_refresh_{name}", "ytdlp") not in told
    assert told["sidenote_refresh_queue_depth", "ytdlp"] == 0
    assert told["sidenote_refresh_oldest_due_seconds", "ytdlp"] == 0


@pytest.mark.parametrize("is_on", [True, False])
def test_metrics_tell_whether_workers_ask_at_all(client: Client, settings: Settings, is_on: bool):
    settings.REFRESH_ENABLED = is_on
    assert values(client)["sidenote_refresh_enabled", ""] == is_on


def test_prometheus_of_today_gets_the_format_it_prefers(client: Client):
    answer = ask(client, Accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    # The strict reader refuses wrong suffixes, doubled families and a missing end.
    read: Any = openmetrics.text_string_to_metric_families
    families = {family.name: family for family in read(answer.content.decode())}
    assert families["sidenote_refresh_calls"].type == "counter"
    assert all(family.documentation for family in families.values())
    assert all(name.startswith("sidenote_") for name in families)


def test_metrics_need_no_redis(client: Client, settings: Settings):
    away = "redis://127.0.0.1:1/0"
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": away}
    }
    with pytest.raises(RedisConnectionError):
        cache.get("anything")
    assert ("sidenote_refresh_queue_depth", "ytdlp") in values(client)


@pytest.mark.parametrize(
    "table", ["catalogue_videocounts", "catalogue_gatewaystate", "catalogue_countsample_later"]
)
def test_database_that_does_not_tell_all_is_no_half_an_answer(client: Client, table: str):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO gone")
    answer = ask(client)
    assert answer.status_code == 503
    assert b"sidenote_" not in answer.content
    assert b"gone" not in answer.content
