"""What lists cost: as many queries for thirty rows as for three."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from annotations.models import AnchorProposal
from catalogue import ingest
from catalogue.models import Change, Copy, CountSample, Cue, Tag, Transcript
from tests.makers import (
    make_channel,
    make_claim,
    make_evidence,
    make_occurrence,
    make_record,
    make_tag,
    make_video,
)
from tests.rest import Caller

pytestmark = pytest.mark.django_db
nobody = Caller()
WIDE = '"catalogue_video"."description"'
START = datetime(2022, 1, 1, tzinfo=UTC)


@pytest.fixture
def fill(author: User) -> Callable[[int], None]:
    """Return what puts rows of every kind in: each call that many more."""
    film = make_video(platform_id="film")
    transcript = Transcript.objects.create(video=film, language="en", kind="manual")
    made = 0

    def make(count: int) -> None:
        nonlocal made
        for number in range(made, made + count):
            channel = make_channel(f"Channel {number}")
            video = make_video(channel=channel, tags=["Water", f"Tag {number}"])
            make_tag(f"Word {number}", created_by=author)
            claim = make_claim(author=author, video=film, tags=["Water", f"Claimed {number}"])
            occurrence = make_occurrence(claim=claim, video=video)
            AnchorProposal.objects.create(occurrence=occurrence, health="lost")
            make_evidence(claim=claim)
            at = START + timedelta(days=number)
            CountSample.objects.create(video=film, observed_at=at, views=number)
            Change.objects.create(video=film, field="title", old="a", new="b", observed_at=at)
            Cue.objects.create(
                transcript=transcript,
                start_ms=number * 1000,
                end_ms=number * 1000 + 900,
                text="said",
            )
            said = Transcript.objects.create(video=video, language="en", kind="manual")
            Cue.objects.create(transcript=said, start_ms=0, end_ms=900, text="said")
            Transcript.objects.create(video=film, language=f"x-{number}", kind="manual")
            Copy.objects.create(
                video=film,
                platform=video.platform,
                platform_id=video.platform_id,
                mark=f"{number:064}",
                added_by=author,
            )
            ingest.run([], source="empty", by=author)
        ingest.run([make_record() for _number in range(count)], source="full", by=author)
        made += count

    return make


def cost_of(path: str) -> int:
    """Return how many queries a caller without a token causes."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = nobody.get(path)
        # A file is written as it is read.
        content = response.getvalue()
    assert response.status_code == 200, content
    return len(queries)


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("videos/?page_size=100", 1),
        ("videos/?page_size=100&sort=views", 1),
        ("videos/?page_size=100&q=river", 1),
        ("videos/?page_size=100&tag=water", 1),
        ("videos/youtube:film/counts/?page_size=100", 2),
        ("videos/youtube:film/counts/?page_size=100&resolution=day", 2),
        ("videos/youtube:film/counts/?format=csv&resolution=day", 2),
        ("videos/youtube:film/changes/?page_size=100", 2),
        ("changes/?page_size=100", 1),
        ("videos/youtube:film/transcripts/", 2),
        ("videos/youtube:film/transcripts/en/", 3),
        ("videos/youtube:film/copies/", 3),
        ("cues/?page_size=100&q=said", 1),
        ("cues/?page_size=100&q=said&video=youtube:film", 2),
        ("channels/?page_size=100", 1),
        ("tags/?page_size=100", 1),
        ("claims/?page_size=100", 3),
        ("claims/?page_size=100&video=youtube:film&q=river", 3),
        ("occurrences/?page_size=100", 1),
        ("occurrences/?page_size=100&video=youtube:film", 1),
        ("evidence/?page_size=100", 1),
        ("evidence/?page_size=100&q=ice&author=author", 1),
        ("anchors/?page_size=100", 1),
        ("imports/?page_size=100", 1),
    ],
)
def test_a_list_costs_the_same_whatever_its_length(
    path: str, queries: int, fill: Callable[[int], None]
):
    fill(3)
    assert cost_of(path) == queries
    few = len(nobody.get(path).getvalue())
    fill(27)
    assert cost_of(path) == queries
    assert len(nobody.get(path).getvalue()) > 2 * few


def test_the_ledger_of_a_long_import_costs_what_a_short_one_does(author: User):
    short = ingest.run([make_record() for _n in range(3)], source="short", by=author)
    long = ingest.run([make_record() for _n in range(30)], source="long", by=author)
    assert cost_of(f"imports/{short.pk}/rows/?page_size=100") == 2
    assert cost_of(f"imports/{long.pk}/rows/?page_size=100") == 2


def test_a_page_in_the_middle_costs_what_the_first_one_does(fill: Callable[[int], None]):
    fill(10)
    first = nobody.get("videos/?page_size=3").json()
    assert cost_of(first["next"]) == cost_of("videos/?page_size=3")


def test_single_rows_cost_the_same_whatever_hangs_on_them(
    author: User, fill: Callable[[int], None]
):
    claim = make_claim(author=author, tags=["Water"])
    fill(3)
    assert cost_of("videos/youtube:film/") == 1
    assert cost_of(f"claims/{claim.pk}/") == 3
    log = cost_of(f"claims/{claim.pk}/revisions/")
    for number in range(10):
        make_occurrence(claim=claim, start_ms=number * 1000, end_ms=number * 1000 + 500)
        Tag.objects.create(slug=f"more-{number}", name=f"More {number}")
    assert cost_of(f"claims/{claim.pk}/") == 3
    assert cost_of(f"claims/{claim.pk}/revisions/") == log


def test_a_video_list_reads_no_description(fill: Callable[[int], None]):
    fill(3)
    with CaptureQueriesContext(connection) as one:
        nobody.get("videos/youtube:film/")
    assert [query for query in one if WIDE in query["sql"]]
    with CaptureQueriesContext(connection) as queries:
        nobody.get("videos/")
        nobody.get("claims/")
        nobody.get("occurrences/")
    assert not [query for query in queries if WIDE in query["sql"]]
