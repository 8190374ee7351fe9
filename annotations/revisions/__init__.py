"""The log of what members write: who changed what, when and why; old and new.

Triggers in the database write it (pghistory), so no code path can forget to, and the
tables of the log refuse updates and deletes.
"""

from annotations.revisions.entries import Change, Entry
from annotations.revisions.reading import (
    Revision,
    entries_of_claim,
    find_statement,
    of,
    of_claim,
    of_film,
)
from annotations.revisions.recent import Asked, recent
from annotations.revisions.recording import StaleVersion, end_person, recorded
from annotations.revisions.tables import TABLES, TOLD, Logged, events_of

__all__ = [
    "TABLES", "TOLD", "Asked", "Change", "Entry", "Logged", "Revision", "StaleVersion",
    "end_person", "entries_of_claim", "events_of", "find_statement", "of", "of_claim", "of_film",
    "recent", "recorded",
]  # fmt: skip
