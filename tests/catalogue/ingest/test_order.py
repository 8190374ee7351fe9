"""Whatever order records come in, cut into whatever runs: the catalogue ends alike."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue import channels, ingest
from catalogue.models import Channel, CountSample, Outcome, Video, VideoCounts, VideoTag
from catalogue.records import Counts, VideoRecord, write_json_line
from catalogue.records.deferred import Unparsed
from catalogue.records.placeholders import find_placeholder
from tests.makers import RECORDED, make_record

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOON = datetime(2021, 7, 30, 12, tzinfo=UTC)
FIRST_ID, OTHER_ID = "UCaaaaaaaaaaaaaaaaaaaaaa", "UCbbbbbbbbbbbbbbbbbbbbbb"

# Each example is a handful of imports into PostgreSQL, and is rolled back by itself.
bounded = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


# A title that says nothing, days and moments of one day and of others, ids with several names
# and names without an id that no channel with one has.
CHOICES: dict[str, list[Any]] = {
    "platform_id": ["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "bbbbbbbbbbb"],
    "title": ["", "A", "B", "C", "D", "[Private video]", "[Deleted video]"],
    "description": ["", "One.", "Two."],
    "category": ["", "News", "History"],
    "language": ["", "en", "fr"],
    "url": ["", "https://example.org/a", "https://example.org/b"],
    "tags": [(), ("Rivers",), ("Rivers", "Dams"), ("Dams", "Rivers"), ("Salt",)],
    "published": [
        None, date(2021, 7, 30), date(2021, 7, 31), NOON, NOON + DAY, NOON + DAY / 4,
    ],
    "duration_ms": [None, 1000, 2000],
    "replays": [(), (), (1000, 500), (0, 1000), (0, 1000, 20)],
    "recorded_at": [None, *(RECORDED + day * DAY for day in range(4))],
}  # fmt: skip
CHANNELS = [
    ("", ""), ("Plain", ""), ("Tern", FIRST_ID), ("Terns", FIRST_ID), ("Heron", OTHER_ID),
    ("Tern", OTHER_ID),
]  # fmt: skip


def record_of(seed: int) -> VideoRecord:
    """Return the record of this number. Its file has the number for a name: none corrects another.

    Hypothesis likes values that are alike; what breaks an order is several that differ.
    """
    chance = random.Random(seed)
    values = {name: chance.choice(choices) for name, choices in CHOICES.items()}
    if values["duration_ms"] is None:
        values["replays"] = ()
    channel, channel_id = chance.choice(CHANNELS)
    counts = Counts(*(chance.choice([None, 1, 2]) for _ in range(3)))
    return make_record(
        **values, channel=channel, channel_id=channel_id, counts=counts, source=f"{seed}.md"
    )


histories = st.lists(st.integers(0, 2**32), min_size=3, max_size=9, unique=True).map(
    lambda seeds: [record_of(seed) for seed in seeds]
)


def in_order(items: Sequence[VideoRecord]) -> list[VideoRecord]:
    """Let a title that says nothing wait for its film: before, it would be rejected."""
    known: set[str] = set()
    waiting: list[VideoRecord] = []
    found: list[VideoRecord] = []
    for item in items:
        if find_placeholder(item.title) and item.platform_id not in known:
            waiting.append(item)
            continue
        found.append(item)
        known.add(item.platform_id)
        found += [one for one in waiting if one.platform_id in known]
        waiting = [one for one in waiting if one.platform_id not in known]
    return found


def cut(items: Sequence[VideoRecord], places: Iterable[int]) -> list[Sequence[VideoRecord]]:
    """Cut records into runs after these numbers of them."""
    ends = sorted({place for place in places if 0 < place < len(items)})
    return [items[start:end] for start, end in zip([0, *ends], [*ends, len(items)], strict=True)]


def state() -> dict[str, Any]:
    """Return what the catalogue says, but for numbers of rows and when they were written."""
    # A digest is for speed only; what it may not say the tests see when records come again.
    told = ("updated_at", "created_at", "id", "search", "channel_id", "raw_hash")
    names = [f.attname for f in Video._meta.concrete_fields if f.attname not in told]
    counts = ("views", "likes", "dislikes", "comments", "observed_at")
    return {
        "videos": list(
            Video.objects.order_by("platform_id").values(
                *names, "channel__name", "channel__platform_id"
            )
        ),
        "tags": sorted(
            VideoTag.objects.values_list("video__platform_id", "tag__slug", "source", "position")
        ),
        "counts": list(
            VideoCounts.objects.order_by("video__platform_id").values(
                "video__platform_id", *counts, "earlier"
            )
        ),
        "samples": list(
            CountSample.objects.order_by("video__platform_id", "observed_at").values_list(
                "video__platform_id", *counts
            )
        ),
        # One that is known by its name only may have been passed through.
        "channels": list(
            Channel.objects.exclude(platform_id=None)
            .order_by("platform_id")
            .values("platform_id", "name", "named_at")
        ),
    }


def as_given(items: Iterable[VideoRecord]) -> Iterator[VideoRecord | Unparsed]:
    """Yield records, every second of all there may be as a file that nobody has parsed yet."""
    for item in items:
        is_file = int(item.source.removesuffix(".md")) % 2
        yield Unparsed(item.source, write_json_line(item).encode()) if is_file else item


def run(items: Iterable[VideoRecord]) -> list[str]:
    """Bring records in, and return what became of each."""
    done = ingest.run(as_given(items), source="tests", by=None)
    return list(done.rows.order_by("number").values_list("outcome", flat=True))


def sweep() -> None:
    channels.renew_keywords(now=timezone.now() + DAY, limit=1000)


def end_of(*batches: Sequence[VideoRecord]) -> dict[str, Any]:
    """Return what the catalogue says after these runs, which are taken back."""
    with transaction.atomic():
        for batch in batches:
            run(batch)
        sweep()
        found = state()
        transaction.set_rollback(True)
    return found


@bounded
@given(data=st.data(), history=histories)
def test_order_and_cuts_never_change_the_final_state(
    data: st.DataObject, history: list[VideoRecord]
):
    other = data.draw(st.permutations(history))
    places = st.sets(st.integers(1, 8), max_size=4)
    first = end_of(*cut(in_order(history), data.draw(places)))
    assert end_of(*cut(in_order(other), data.draw(places))) == first


@bounded
@given(history=histories)
def test_same_run_again_changes_nothing(history: list[VideoRecord]):
    items = in_order(history)
    with transaction.atomic():
        run(items)
        sweep()
        before = state(), list(Video.objects.order_by("pk").values())
        assert set(run(items)) <= {Outcome.UNCHANGED}
        assert (state(), list(Video.objects.order_by("pk").values())) == before
        transaction.set_rollback(True)


@bounded
@given(history=histories, places=st.sets(st.integers(1, 8), max_size=4))
def test_undo_in_reverse_order_leads_back_through_every_state(
    history: list[VideoRecord], places: set[int]
):
    with transaction.atomic():
        states, done = [state()], []
        for items in cut(in_order(history), places):
            done.append(ingest.run(as_given(items), source="tests", by=None))
            sweep()
            states.append(state())
        last = states[-1]
        for one in reversed(done):
            assert state() == states.pop()
            ingest.undo(one, by=None)
            sweep()
        assert state() == states.pop()
        # Nothing is taken for known that was taken back.
        run(in_order(history))
        sweep()
        assert state() == last
        transaction.set_rollback(True)
