"""Whatever order records come in, cut into whatever runs: the catalogue ends alike."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue import channels, ingest
from catalogue.models import Channel, CountSample, Outcome, Video, VideoCounts, VideoTag
from catalogue.records import Counts, VideoRecord
from catalogue.records.placeholders import find_placeholder
from tests.makers import RECORDED, make_record

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
DATES = [None, RECORDED, RECORDED + DAY, RECORDED + 2 * DAY]
NOON = datetime(2021, 7, 30, 12, tzinfo=UTC)
FIRST_ID, OTHER_ID = "UCaaaaaaaaaaaaaaaaaaaaaa", "UCbbbbbbbbbbbbbbbbbbbbbb"

# Each example is a handful of imports into PostgreSQL, and is rolled back by itself.
bounded = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def _stored(values: dict[str, Any]) -> VideoRecord:
    """Return a record whose file is named by what it says: no two records share a file."""
    channel, channel_id = values.pop("of")
    record = make_record(**values, channel=channel, channel_id=channel_id, source="")
    name = hashlib.sha256(repr(record).encode()).hexdigest()[:12]
    return make_record(
        **values, channel=channel, channel_id=channel_id, source=f"records/{name}.md"
    )


numbers = st.sampled_from([None, 1, 2])
records = st.fixed_dictionaries(
    {
        "platform_id": st.sampled_from(["aaaaaaaaaaa", "bbbbbbbbbbb"]),
        "title": st.sampled_from(["", "A", "B", "C", "[Private video]", "[Deleted video]"]),
        "description": st.sampled_from(["", "One.", "Two."]),
        "of": st.sampled_from(
            [
                ("", ""), ("Plain", ""), ("Tern", FIRST_ID), ("Terns", FIRST_ID),
                ("Heron", OTHER_ID), ("Tern", OTHER_ID),
            ]
        ),
        "category": st.sampled_from(["", "News", "History"]),
        "language": st.sampled_from(["", "en", "fr"]),
        "url": st.sampled_from(["", "https://example.org/a", "https://example.org/b"]),
        "tags": st.lists(st.sampled_from(["Rivers", "Dams", "Salt"]), unique=True).map(tuple),
        "published": st.sampled_from(
            [None, date(2021, 7, 30), date(2021, 7, 31), NOON, NOON + DAY, NOON + DAY / 4]
        ),
        "duration_ms": st.sampled_from([None, 1000, 2000]),
        "recorded_at": st.sampled_from(DATES),
        "counts": st.builds(Counts, numbers, numbers, numbers, st.none()),
    }
).map(_stored)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[VideoRecord]:
    return draw(st.lists(records, min_size=2, max_size=7))


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
    told = ("updated_at", "created_at", "id", "search", "channel_id")
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


def run(items: Iterable[VideoRecord]) -> list[str]:
    """Bring records in, and return what became of each."""
    done = ingest.run(iter(items), source="tests", by=None)
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
@given(data=st.data(), history=histories())
def test_order_and_cuts_never_change_the_final_state(
    data: st.DataObject, history: list[VideoRecord]
):
    other = data.draw(st.permutations(history))
    places = st.sets(st.integers(1, 7), max_size=4)
    first = end_of(*cut(in_order(history), data.draw(places)))
    assert end_of(*cut(in_order(other), data.draw(places))) == first


@bounded
@given(history=histories())
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
@given(history=histories(), places=st.sets(st.integers(1, 7), max_size=4))
def test_undo_in_reverse_order_leads_back_through_every_state(
    history: list[VideoRecord], places: set[int]
):
    with transaction.atomic():
        states, done = [state()], []
        for items in cut(in_order(history), places):
            done.append(ingest.run(iter(items), source="tests", by=None))
            sweep()
            states.append(state())
        for one in reversed(done):
            assert state() == states.pop()
            ingest.undo(one, by=None)
            sweep()
        assert state() == states.pop()
        transaction.set_rollback(True)
