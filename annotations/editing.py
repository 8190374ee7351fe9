"""One edit of a claim and of where its author marked it: several forms, saved as one."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from annotations import claims, occurrences, speakers
from annotations.forms import MomentEditForm, StatementEditForm, VersionedForm
from annotations.models import Claim, Occurrence, Stated
from annotations.permissions import Action, may
from annotations.revisions import StaleVersion, recorded
from catalogue.templatetags.films import listed


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
        pairs = [(name, now[name], typed[name]) for name in now if name in typed]
        pairs = [pair for pair in pairs if pair[0] != "version"]
        return [
            ("tag", listed(old), listed(new)) if name == "tags" else (name, old, new)
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
                # All at once: who is named is held until the end.
                speakers.find_or_create_all(self._new_names(), by=self.by)
                for row, form in self.moments:
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

    def _new_names(self) -> list[str]:
        """Return the names of speakers that were typed and stand there not yet."""
        typed = ((row, form.cleaned_data.get("speaker", "")) for row, form in self.moments)
        return [name for row, name in typed if name != row.speaker]
