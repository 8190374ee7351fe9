"""One edit of a claim and of where its author marked it: several forms, saved as one."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from annotations import claims, occurrences
from annotations.forms import MomentEditForm, StatementEditForm
from annotations.models import Claim, Occurrence, Stated
from annotations.permissions import Action, may
from annotations.revisions import Revision, StaleVersion, recorded

LABELS = {
    "statement": _("Statement"),
    "language": _("Language"),
    "kind": _("Kind"),
    "state": _("State"),
    "tag": _("Tag"),
    "start_ms": _("Start"),
    "end_ms": _("End"),
    "quote": _("Quote"),
    "speaker": _("Speaker"),
    "speaker_role": _("Speaker’s role"),
}


def edits_in(revisions: Iterable[Revision]) -> list[list[Revision]]:
    """Put revisions (newest first) that were saved together into one edit, fields in order.

    That a row begins visible is left out: it goes without saying.
    """
    told = (one for one in revisions if not (one.field == "state" and one.old is None))
    edits = groupby(told, key=lambda one: one.context or one.at)
    return [list(edit)[::-1] for _context, edit in edits]


class Edit:
    """The forms of one edit. `stale` is the row that somebody edited meanwhile, if any."""

    def __init__(self, claim: Claim, *, by: User, data: Mapping[str, Any] | None) -> None:
        self.claim = claim
        self.by = by
        self.stale: Stated | None = None
        self.statement = StatementEditForm(data, initial=StatementEditForm.initial_of(claim))
        self.moments = [
            (
                row,
                MomentEditForm(data, prefix=f"at{row.pk}", initial=MomentEditForm.initial_of(row)),
            )
            for row in claim.occurrences.all()
            if may(by, Action.EDIT, row)
        ]

    @property
    def parts(self) -> list[forms.Form]:
        """All forms of the edit."""
        return [self.statement, *(form for _row, form in self.moments)]

    @property
    def stale_claim(self) -> Claim | None:
        """The claim as it is now, if it was the one edited meanwhile."""
        return self.stale if isinstance(self.stale, Claim) else None

    @property
    def stale_occurrence(self) -> Occurrence | None:
        """The occurrence as it is now, if it was the one edited meanwhile."""
        return self.stale if isinstance(self.stale, Occurrence) else None

    def save(self) -> bool:
        """Store everything or nothing; False if something was refused or is stale.

        After a stale one the forms keep what was typed and start from the present version,
        so that the next save is a decision made with both texts in view.
        """
        # Every form is checked, so that every error is shown at once.
        if not min([form.is_valid() for form in self.parts]):
            return False
        form: forms.Form = self.statement
        try:
            with transaction.atomic(), recorded(by=self.by):
                claims.edit(self.claim, by=self.by, **self.statement.cleaned_data)
                for row, form in self.moments:
                    occurrences.edit(row, by=self.by, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
            return False
        except StaleVersion as error:
            self.stale = error.row
            self._start_from(form, error.row.version)
            return False
        return True

    @staticmethod
    def _start_from(form: forms.Form, version: int) -> None:
        typed = dict(form.data.items())
        typed[form.add_prefix("version")] = str(version)
        form.data = typed
