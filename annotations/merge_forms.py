"""Forms that propose and decide merges. What may be merged is decided by the operations."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from annotations import merges
from annotations.models import REASON_MAX, Thing
from annotations.permissions import thing_of

_PAGES = {
    Thing.CLAIM: re.compile(r"/claims/([1-9][0-9]{0,17})(?:/|$|[?#])"),
    Thing.SPEAKER: re.compile(r"/speakers/([1-9][0-9]{0,17})(?:/|$|[?#])"),
}
_NUMBER = re.compile(r"#?([1-9][0-9]{0,17})")


class MergeForm(forms.Form):
    """Which claim (or speaker) is the same as this one. Moderators may merge at once."""

    # One of those that are offered; else what is typed.
    chosen = forms.RegexField(r"^[1-9][0-9]{0,17}\Z", required=False)
    target = forms.CharField(
        label=_("The same as"),
        max_length=2000,
        help_text=_("Its number, or the address of its page."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    why = forms.CharField(
        label=_("Why they are the same"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    at_once = forms.BooleanField(label=_("Merge them at once"), required=False)

    def __init__(
        self, source: merges.Mergeable, data: Any, *, may_merge: bool, has_choice: bool
    ) -> None:
        super().__init__(data)
        self.thing = thing_of(source)
        if has_choice:
            self.fields["target"].label = _("Or another one")
            self.fields["target"].required = False
        if not may_merge:
            del self.fields["at_once"]

    def clean_target(self) -> merges.Mergeable:
        """Return the claim or speaker that is named, as everyone may read it."""
        text = self.cleaned_data["target"].strip() or self.cleaned_data.get("chosen", "")
        found = _NUMBER.fullmatch(text) or _PAGES[self.thing].search(text)
        row = merges.find_by_number(self.thing, int(found[1])) if found else None
        if row is None:
            raise ValidationError(_("There is nothing of this number or address."))
        return row

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where the merge is a decision as well."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("at_once") and not values.get("why"):
            self.add_error("why", ValidationError(_("Say why."), code="required"))
        return values


class ReasonForm(forms.Form):
    """Why a moderator decides so; everyone reads it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        help_text=_("Everyone can read it."),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
