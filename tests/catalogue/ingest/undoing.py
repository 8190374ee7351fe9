"""Runs that are taken back in tests, and what is left then."""

from typing import Any

from django.utils import timezone

from catalogue import ingest
from catalogue.ingest import undo as undo_run
from catalogue.models import (
    Change,
    Channel,
    CountSample,
    ImportRun,
    Tag,
    Video,
    VideoCounts,
    VideoTag,
)
from catalogue.platforms import Observation
from catalogue.records import Counts
from tests import looks

OUTCOMES = ("removed", "restored", "partly", "spared")


def told(undone: ingest.Undone) -> tuple[int, ...]:
    return tuple(getattr(undone, name) for name in OUTCOMES)


def undo(row: ImportRun) -> tuple[int, ...]:
    """Take a run back as the operator; return how many rows were removed, restored…"""
    return told(undo_run(row, by=None))


def state() -> dict[str, list[dict[str, Any]]]:
    """Return everything the catalogue holds, to the last column but when it was last written.

    When a sweep is due is no part of it either: a channel that got its name back has to be swept.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for model in (Video, VideoCounts, CountSample, Change, VideoTag, Channel, Tag):
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if field.attname not in {"updated_at", "search", "keywords_due_at"}
        ]
        found = model._base_manager.values(*names)
        rows[model.__name__] = sorted(found, key=lambda row: tuple(map(str, row.values())))
    return rows


def look(video: Video, **seen: Any) -> None:
    """Store a look at a video's platform, now."""
    VideoCounts.objects.filter(video=video).update(refresh_at=timezone.now())
    counts = seen.pop("counts", Counts())
    seen = {"title": None, "description": None, "duration_ms": None} | seen
    looks.look(video, Observation(observed_at=timezone.now(), counts=counts, **seen))


def reason_of(row: ImportRun) -> str:
    """Return the one reason that a run's rows give."""
    (reason,) = set(row.rows.exclude(undo_reason="").values_list("undo_reason", flat=True))
    return reason
