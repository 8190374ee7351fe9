"""What writes into the log needs: who does it, why, and from which version."""

from contextlib import AbstractContextManager
from typing import Any

import pghistory
from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import User
from annotations.models import Stated


class StaleVersion(Exception):
    """Somebody edited the row since the version this edit started from; nothing was written.

    `row` is the row as it is now.
    """

    def __init__(self, row: Stated) -> None:
        super().__init__(_("It was edited by somebody else in the meantime."))
        self.row = row


def recorded(
    *, by: User, why: str = "", restored: int | None = None
) -> AbstractContextManager[Any]:
    """Name the person (and the reason) for all log entries written inside the block.

    `restored` is the event that an edit brings back.
    """
    # An operation inside an operation keeps the reason of the outer one.
    told: dict[str, Any] = {"why": why} if why else {}
    if restored is not None:
        told["restored"] = restored
    context: AbstractContextManager[Any] = pghistory.context(user=by.pk, **told)
    return context


def end_person() -> None:
    """Let what the rest of this transaction writes be the system's.

    Who `recorded` named is remembered by the database until the transaction ends, not the
    block. Whoever writes on their own after an operation, in one transaction with it, says so.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', '', true),"
            " set_config('pghistory.context_metadata', '', true)"
        )
