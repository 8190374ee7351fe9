"""Forms of a member's own pages."""

from collections.abc import Callable
from datetime import timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import preferences
from accounts.models import Scope, User

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


class SettingsForm(forms.ModelForm[User]):
    """Some of a member's settings; which are good is the operation's to say (`settings`)."""

    def _post_clean(self) -> None:
        """Leave the member as they are: a form that is refused must not show on its page."""

    def tell(self, error: ValidationError) -> None:
        """Put what the operation refused beside its field."""
        for name, errors in error.error_dict.items():
            self.add_error(name, errors)


class ProfileForm(SettingsForm):
    """Who a member is to others."""

    class Meta:
        model = User
        fields = ("display_name", "about", "shows_presence")
        widgets = {"about": forms.Textarea({"rows": 4, "dir": "auto"})}


def _languages() -> list[tuple[str, Any]]:
    return [("", _("As your browser asks")), *settings.LANGUAGES]


def _zones() -> list[tuple[str, Any]]:
    """Return the time zones by their part of the world."""
    names = sorted(preferences.zones() - {"UTC"})
    parts = groupby(names, key=lambda name: name.partition("/")[0])
    return [
        ("UTC", "UTC"),
        *(
            (part, [(name, name.partition("/")[2].replace("_", " ")) for name in places])
            for part, places in parts
        ),
    ]


class DisplayForm(SettingsForm):
    """How pages come to a member."""

    language = forms.ChoiceField(label=_("Language"), choices=_languages, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_zones,
        help_text=_("Times on pages are told in it, and say so."),
    )

    class Meta:
        model = User
        fields = ("language", "time_zone", "theme")
        widgets = {"theme": forms.RadioSelect}


class LeavingForm(forms.Form):
    """What is asked before an account goes for good."""

    password = forms.CharField(
        label=_("Your password"),
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        strip=False,
    )
    withdraws = forms.TypedChoiceField(
        label=_("What you wrote"),
        choices=(
            ("no", _("stays, under a name that says nothing of you")),
            ("yes", _("is withdrawn as well, where nobody closed it")),
        ),
        coerce=lambda value: value == "yes",
        initial="no",
        widget=forms.RadioSelect,
    )
    is_sure = forms.BooleanField(label=_("I know that nobody can bring my account back"))

    def __init__(
        self, *arguments: Any, is_password: Callable[[str], bool] | None, **keywords: Any
    ) -> None:
        super().__init__(*arguments, **keywords)
        self._is_password = is_password
        if is_password is None:
            # Who came by another site's account has none.
            del self.fields["password"]

    def clean_password(self) -> str:
        """Refuse another's hand at an open page."""
        password: str = self.cleaned_data["password"]
        if self._is_password is None or not self._is_password(password):
            raise ValidationError(_("That is not your password."))
        return password
