"""A member's settings and API tokens. Signing in, passwords, sessions are allauth's pages."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts import preferences, settings
from accounts import tokens as token_operations
from accounts.forms import DisplayForm, ProfileForm, SettingsForm, TokenForm
from accounts.models import ApiToken
from accounts.requests import MemberRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    """Say who one is to others."""
    return _settings(request, ProfileForm, "profile")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def display(request: MemberRequest) -> HttpResponse:
    """Choose language, time zone and theme."""
    return _settings(request, DisplayForm, "display")


def _settings(request: MemberRequest, form_class: type[SettingsForm], page: str) -> HttpResponse:
    form = form_class(request.POST if request.method == "POST" else None, instance=request.user)
    if form.is_bound and form.is_valid():
        try:
            settings.change(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.tell(error)
        else:
            # In the language that was chosen just now.
            with preferences.chosen_by(request.user):
                messages.success(request, _("Your settings are stored."))
            return redirect(f"accounts:{page}")
    return render(request, f"accounts/{page}.html", {"form": form})


@login_required
@never_cache
@sensitive_variables("text")
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: MemberRequest) -> HttpResponse:
    """List one's tokens and make one. Its text is in this one answer and nowhere else."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    made, text = None, ""
    if form.is_bound and form.is_valid():
        made, text = token_operations.create(
            by=request.user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            lifetime=form.lifetime,
        )
        form = TokenForm()
    context = {
        "form": form,
        "made": made,
        "text": text,
        "tokens": ApiToken.objects.filter(user=request.user),
        "now": timezone.now(),
    }
    return render(request, "accounts/tokens.html", context)


@login_required
@require_POST
def token_revoke(request: MemberRequest, key: str) -> HttpResponse:
    """End one of one's own tokens."""
    token = get_object_or_404(ApiToken, user=request.user, token_key=key)
    token_operations.revoke(token)
    messages.success(request, _("The token “%(name)s” no longer works.") % {"name": token.name})
    return redirect("accounts:tokens")
