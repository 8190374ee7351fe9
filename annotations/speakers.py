"""Speakers: who says what is claimed, one page for each."""

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Upper

from accounts.models import User
from annotations import revisions
from annotations.models import READABLE, Speaker, State


def find_or_create(name: str, *, by: User) -> Speaker | None:
    """Return the speaker of a name, made if there is none; None for an empty name.

    Letter case does not matter. A name that was merged stands for whom it was merged into;
    of several of one name the first is meant, until somebody says otherwise.
    """
    wanted = " ".join(name.split())
    if not wanted:
        return None
    with transaction.atomic(), revisions.recorded(by=by), connection.cursor() as cursor:
        # Two who write one new name at the same time mean one person.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(upper(%s), 1))", [wanted])
        found = (
            Speaker.objects.filter(state__in=(*READABLE, State.MERGED))
            .alias(upper=Upper("name"))
            .filter(upper=Upper(Value(wanted)))
            .select_related("merged_into")
            .order_by("pk")
            .first()
        )
        if found is None:
            return Speaker.objects.create(name=wanted, author=by)
    while found.merged_into is not None:
        found = found.merged_into
    return found
