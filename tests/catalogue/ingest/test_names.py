"""Names made before their batch, where several processes store."""

import threading

import pytest
from django.db import connection, transaction

from catalogue import ingest
from catalogue.ingest import batches, names, staging
from catalogue.models import Channel, ImportRun, Tag, Video
from catalogue.records import VideoRecord
from tests.makers import make_record
from tests.racing import race

TERN = "UCaaaaaaaaaaaaaaaaaaaaaa"


def batch_of(*records: VideoRecord) -> batches.Batch:
    return [staging.admit(number, record) for number, record in enumerate(records, start=1)]


def film(number: int, **values: object) -> VideoRecord:
    return make_record(platform_id=f"film-{number:06}", title=f"Film {number}", **values)


@pytest.mark.django_db
def test_names_of_new_films_are_made_once(django_assert_num_queries):
    batch = batch_of(
        film(1, channel="Plain", tags=("Rivers", "Dams")),
        film(2, channel="Tern", channel_id=TERN, tags=("rivers",)),
    )
    names.make(1, batch)
    assert set(Channel.objects.values_list("name", "platform_id")) == {
        ("Plain", None), ("Tern", TERN),
    }  # fmt: skip
    assert set(Tag.objects.values_list("name", flat=True)) == {"Rivers", "Dams"}
    assert not Video.objects.exists()
    with django_assert_num_queries(0):
        names.make(1, batch)
    before = list(Channel.objects.order_by("pk").values()), list(Tag.objects.values())
    names.make(2, batch)
    assert (list(Channel.objects.order_by("pk").values()), list(Tag.objects.values())) == before


@pytest.mark.django_db
def test_what_known_films_name_is_left_to_their_batch():
    ingest.run([film(1, recorded_at=None, channel="Old", tags=("Old",))], source="x", by=None)
    names.make(1, batch_of(film(1, recorded_at=None, channel="New", tags=("New",))))
    assert [channel.name for channel in Channel.objects.all()] == ["Old"]
    assert [tag.name for tag in Tag.objects.all()] == ["Old"]


@pytest.mark.django_db
def test_title_that_says_nothing_makes_no_names():
    names.make(1, batch_of(make_record(title="[Private video]", channel="A", tags=("B",))))
    assert not Channel.objects.exists()
    assert not Tag.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_batches_of_the_same_names_do_not_wait_for_each_other():
    """The first batch stays open until the second, of the same new names, is stored."""
    run = ImportRun.objects.create(source="test")
    first = batch_of(film(1, channel="Plain", tags=("Rivers",)))
    second = batch_of(film(2, channel="Plain", tags=("Rivers",)))
    names.make(run.pk, first)
    stored = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            batches.store(run, first)
            assert stored.wait(timeout=30), "the second batch waits for the first"

    def pass_by() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '20s'")
        names.make(run.pk + 1, second)
        # The run's own row is what both would write last.
        other = ImportRun.objects.create(source="other")
        batches.store(other, second)
        stored.set()

    race(hold, pass_by)
    assert Video.objects.filter(channel__name="Plain", tags__name="Rivers").count() == 2
