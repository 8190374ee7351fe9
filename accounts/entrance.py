"""Forms at the door: allauth's own, with our labels and no placeholder that repeats them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account.forms import (
    AddEmailForm,
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignupForm,
)
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

_ADDRESS = {"email": _("E-mail address")}
_NEW_PASSWORD = {"password1": _("New password"), "password2": _("New password, once more")}
_CODE = {"code": _("Code")}


class _Labelled(forms.Form):
    """Names the fields that it knows."""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = {}
    notes: ClassVar["Mapping[str, str | StrPromise]"] = {}

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.notes.get(name, field.help_text)
            field.widget.attrs.pop("placeholder", None)


class SignInForm(_Labelled, LoginForm):  # type: ignore[misc]
    """Who is it?"""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = {
        "login": _("Username or e-mail address"),
        "password": _("Password"),
        "remember": _("Stay signed in here"),
    }
    # The page says where to go without it.
    notes: ClassVar["Mapping[str, str | StrPromise]"] = {"password": ""}

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        # What password managers fill in for either.
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}


class SignUpForm(_Labelled, SignupForm):  # type: ignore[misc]
    """A new member."""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = {
        **_ADDRESS,
        "username": _("Username"),
        "password1": _("Password"),
    }
    notes: ClassVar["Mapping[str, str | StrPromise]"] = {
        "email": _("Shown to nobody."),
        "username": _("Stands beside all that you write, and cannot be changed later."),
    }


class AddAddressForm(_Labelled, AddEmailForm):  # type: ignore[misc]
    """One more address."""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = _ADDRESS


class NewPasswordForm(_Labelled, ChangePasswordForm):  # type: ignore[misc]
    """Another password in place of the one that is known."""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = {
        "oldpassword": _("Your password"),
        **_NEW_PASSWORD,
    }
    notes: ClassVar["Mapping[str, str | StrPromise]"] = {"oldpassword": ""}


class FirstPasswordForm(_Labelled, SetPasswordForm):  # type: ignore[misc]
    """A password for who came without one."""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = _NEW_PASSWORD


class ForgottenForm(_Labelled, ResetPasswordForm):  # type: ignore[misc]
    """Where the letter goes."""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = _ADDRESS


class FromLetterForm(_Labelled, ResetPasswordKeyForm):  # type: ignore[misc]
    """A password from the letter's link."""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = _NEW_PASSWORD


class AgainForm(_Labelled, ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before something that matters."""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = {"password": _("Your password")}
    notes: ClassVar["Mapping[str, str | StrPromise]"] = {"password": ""}


class CodeForm(_Labelled, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = _CODE


class CodeAgainForm(_Labelled, ReauthenticateByCodeForm):  # type: ignore[misc]
    """The second step once more."""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = _CODE


class FirstCodeForm(_Labelled, ActivateTOTPForm):  # type: ignore[misc]
    """The first code, which shows that the app has the secret."""

    labels: ClassVar["Mapping[str, str | StrPromise]"] = {"code": _("The code that the app shows")}
