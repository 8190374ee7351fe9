"""The curve of replays over REST."""

import json

import pytest
from pytest_django import DjangoAssertNumQueries

from catalogue import ingest
from catalogue.models import Video
from catalogue.records import parse
from tests.makers import make_record
from tests.rest import Caller

pytestmark = pytest.mark.django_db
nobody = Caller()


@pytest.fixture
def key() -> str:
    record = make_record(replays=(0, 1000, 20))
    ingest.run([record], source="tests", by=None)
    return f"{record.platform}:{record.platform_id}"


def test_a_film_tells_its_curve_of_what_length_it_is_and_when_that_was_told(key: str):
    told = nobody.get(f"videos/{key}/").json()
    assert (told["replays"], told["replays_ms"]) == ([0, 1000, 20], 586_000)
    assert told["replays_recorded_at"] == "2022-02-01T10:20:51Z"


def test_what_one_sidenote_answers_another_takes_in(key: str):
    answer = nobody.get(f"videos/{key}/").json()
    Video.objects.all().delete()
    ingest.run([parse("answer", json.dumps(answer).encode())], source="t", by=None)
    again = nobody.get(f"videos/{key}/").json()
    for name in ("replays", "replays_ms", "replays_recorded_at"):
        assert again[name] == answer[name]


def test_a_curve_costs_no_query_more(key: str, django_assert_num_queries: DjangoAssertNumQueries):
    nobody.get(f"videos/{key}/")
    with django_assert_num_queries(1):
        nobody.get(f"videos/{key}/")
    with django_assert_num_queries(1):
        nobody.get("videos/")
