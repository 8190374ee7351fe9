"""What is written down by triggers in the database, so that no code path can forget to."""

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
import pgtrigger
from django.db import models

ModelClass = TypeVar("ModelClass", bound=type[models.Model])


def logged(*, exclude: tuple[str, ...] = ()) -> Any:
    """Log every insert, update and delete of a model, by triggers, into a table of its own.

    Columns the database derives are left out: what they come from is in the log.
    """
    return pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(),
        exclude=list(exclude), append_only=True,
    )  # fmt: skip


def append_only() -> Callable[[ModelClass], ModelClass]:
    """Let a table's rows be written once: the database refuses to change or delete them."""
    return pgtrigger.register(
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
    )
