"""Films whose channel got another name: how they are found by it."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from catalogue import channels, ingest, tags, tasks
from catalogue.models import Channel, Video
from tests.makers import RECORDED, make_channel, make_record, make_video

pytestmark = pytest.mark.django_db

ID = "UCabcdefghijklmnopqrstuv"
DAY = timedelta(days=1)


def rename(channel: Channel, name: str) -> None:
    Channel.objects.filter(pk=channel.pk).update(name=name, keywords_due_at=timezone.now())


def renew(limit: int = 1000) -> int:
    return channels.renew_keywords(now=timezone.now(), limit=limit)


def found(words: str) -> int:
    return Video.objects.filter(search=words).count()


def test_films_are_found_by_the_new_name_and_no_more_by_the_old_one(author: User):
    channel = make_channel("Otters")
    video = make_video(channel=channel, tags=["Rivers", "Dams"])
    make_video(channel=make_channel("Herons"))
    tags.add_to_video(video, "Mine", by=author)
    rename(channel, "Badgers")
    assert renew() == 1
    assert (found("badgers"), found("otters"), found("herons")) == (1, 0, 1)
    assert Video.objects.get(pk=video.pk).keywords == "Badgers\nEducation\nRivers\nDams\nMine"
    assert not Channel.objects.exclude(keywords_due_at=None).exists()
    assert renew() == 0


def test_import_that_renames_a_channel_lets_the_sweep_find_it():
    ingest.run([make_record(channel="Otters", channel_id=ID)], source="tests", by=None)
    newer = make_record(channel="Badgers", channel_id=ID, recorded_at=RECORDED + DAY)
    ingest.run([newer], source="tests", by=None)
    assert renew() == 0, "batches at work may have read the old name"
    assert channels.renew_keywords(now=timezone.now() + DAY, limit=1000) == 1
    assert (found("badgers"), found("otters")) == (2, 0)


def test_large_channel_is_renewed_bit_by_bit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(channels, "BATCH_SIZE", 2)
    channel = make_channel("Otters")
    for _ in range(7):
        make_video(channel=channel)
    rename(channel, "Badgers")
    assert [renew(limit=3), renew(limit=3), renew(limit=3)] == [3, 3, 1]
    assert found("badgers") == 7
    assert Channel.objects.get().keywords_due_at is None


def test_channel_that_is_renamed_again_meanwhile_stays_due(monkeypatch: pytest.MonkeyPatch):
    channel = make_channel("Otters")
    make_video(channel=channel)
    rename(channel, "Badgers")
    again = partial(rename, channel, "Weasels")
    renew_all = channels._renew

    def renew_and_be_renamed(one: Channel, limit: int) -> tuple[int, bool]:
        told = renew_all(one, limit)
        again()
        return told

    with monkeypatch.context() as patch:
        patch.setattr(channels, "_renew", renew_and_be_renamed)
        renew(limit=1)
    assert Channel.objects.get().keywords_due_at is not None
    assert renew() == 1
    assert found("weasels") == 1


def test_number_of_queries_does_not_grow_with_the_films():
    def cost(count: int) -> int:
        channel = make_channel(f"Channel {count}")
        for _ in range(count):
            make_video(channel=channel)
        rename(channel, f"Badgers {count}")
        with CaptureQueriesContext(connection) as captured:
            assert renew() == count
        return len(captured)

    assert cost(2) == cost(20)


def test_task_of_beat_renews_what_is_due():
    channel = make_channel("Otters")
    make_video(channel=channel)
    rename(channel, "Badgers")
    assert tasks.renew_keywords() == 1
    assert found("badgers") == 1
