"""Channels over REST."""

import pytest
from django.db import connection

from catalogue.models import Channel
from tests.makers import make_channel, make_video
from tests.rest import Caller

pytestmark = pytest.mark.django_db
nobody = Caller()


def test_a_channel_tells_who_it_is_and_where_its_videos_are():
    row = make_channel("Quiet Rivers", platform="youtube", platform_id="UC1")
    make_video(platform_id="one", channel=row)
    told = nobody.get(f"channels/{row.pk}/").json()
    assert told == {
        "id": row.pk,
        "platform": "youtube",
        "platform_id": "UC1",
        "name": "Quiet Rivers",
        "url": f"http://testserver/api/v1/channels/{row.pk}/",
        "page": f"http://testserver/channels/{row.pk}/quiet-rivers/",
        "videos_url": f"http://testserver/api/v1/videos/?channel={row.pk}",
        "created_at": told["created_at"],
    }
    videos = nobody.get(told["videos_url"]).json()["results"]
    assert [video["key"] for video in videos] == ["youtube:one"]


def test_channels_come_by_name_and_can_be_narrowed():
    for name, platform in (("zoo", "vimeo"), ("Apes", "youtube"), ("Zebras", "youtube")):
        make_channel(name, platform=platform)

    def names(query: str) -> list[str]:
        return [row["name"] for row in nobody.get(f"channels/{query}").json()["results"]]

    assert names("") == ["Apes", "Zebras", "zoo"]
    assert names("?q=z") == ["Zebras", "zoo"]
    assert names("?platform=vimeo") == ["zoo"]
    assert nobody.get("channels/?name=zoo").status_code == 400


def test_parts_of_names_are_looked_up_in_an_index():
    Channel.objects.bulk_create(
        Channel(platform="youtube", name=f"Channel {number} of the river") for number in range(1000)
    )
    with connection.cursor() as cursor:
        # A table this small is scanned whole; what matters is what spares a large one that.
        cursor.execute("SET LOCAL enable_seqscan = off")
        # What came in just now waits outside the index's tree, as after any large import.
        cursor.execute("SELECT gin_clean_pending_list('channel_name_trigram')")
        cursor.execute("ANALYZE catalogue_channel")
    plan = Channel.objects.filter(name__icontains="drought").explain()
    assert "channel_name_trigram" in plan, plan


@pytest.mark.parametrize("number", ["0", "999999", "9" * 40])
def test_a_channel_that_is_not_here_is_not_found(number: str):
    assert nobody.get(f"channels/{number}/").status_code == 404


def test_a_number_no_computer_reads_is_no_address():
    assert nobody.get(f"channels/{'9' * 5000}/").status_code == 404
