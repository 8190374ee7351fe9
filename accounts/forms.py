"""Forms of a member's own pages."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Scope

LIFETIMES = (
    (7, _("7 days")),
    (30, _("30 days")),
    (90, _("90 days")),
    (365, _("One year")),
)


class TokenForm(forms.Form):
    """A new API token: a name to know it by, what it may do, and for how long."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What it is for: “notebook”, “import script”")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        initial=[Scope.READ.value],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label=_("It ends after"), choices=LIFETIMES, coerce=int, initial=90
    )

    def clean_scopes(self) -> list[Scope]:
        """Return the scopes as such, each once."""
        return [scope for scope in Scope if scope.value in self.cleaned_data["scopes"]]

    @property
    def lifetime(self) -> timedelta:
        """How long the token will work."""
        return timedelta(days=self.cleaned_data["days"])
