"""One edit of a claim and of where its author marked it: several forms, saved as one."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from annotations import claims, occurrences
from annotations.forms import MomentEditForm, StatementEditForm, VersionedForm
from annotations.models import Claim, Occurrence, Stated
from annotations.permissions import Action, may
from annotations.revisions import StaleVersion, recorded


class Edit:
    """The forms of one edit. `stale` is the row that somebody edited meanwhile, if any."""

    def __init__(self, claim: Claim, *, by: User, data: Mapping[str, Any] | None) -> None:
        self.claim = claim
        self.by = by
        self.stale: Stated | None = None
        self.stale_form: VersionedForm | None = None
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
    def contested(self) -> list[tuple[str, Any, Any]]:
        """The fields of the stale row: name, what stands there now, what was typed."""
        form = self.stale_form
        if isinstance(self.stale, Claim):
            now = StatementEditForm.initial_of(self.stale)
        elif isinstance(self.stale, Occurrence):
            now = MomentEditForm.initial_of(self.stale)
        else:
            return []
        typed = form.cleaned_data if form else {}
        pairs = [(name, now[name], typed[name]) for name in now if name != "version"]
        return [
            ("tag", ", ".join(old), ", ".join(new)) if name == "tags" else (name, old, new)
            for name, old, new in pairs
        ]

    def save(self) -> bool:
        """Store everything or nothing; False if something was refused or is stale.

        After a stale one the forms keep what was typed and start from the present version,
        so that the next save is a decision made with both texts in view.
        """
        # Every form is checked, so that every error is shown at once.
        if not min([form.is_valid() for form in self.parts]):
            return False
        form: VersionedForm = self.statement
        try:
            with transaction.atomic(), recorded(by=self.by):
                claims.edit(self.claim, by=self.by, **self.statement.cleaned_data)
                # In one order for all: who is named is held until the end.
                for row, form in sorted(self.moments, key=_name_typed):
                    occurrences.edit(row, by=self.by, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
            return False
        except StaleVersion as error:
            self.stale = error.row
            self.stale_form = form
            form.start_from(error.row.version)
            return False
        return True


def _name_typed(moment: tuple[Occurrence, VersionedForm]) -> str:
    """Return the speaker's name in a form that was filled in, as names are told apart."""
    return " ".join(moment[1].cleaned_data["speaker"].split()).upper()
