"""A member's API tokens. Signing up, in and out are allauth's pages."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts import tokens as token_operations
from accounts.forms import TokenForm
from accounts.models import ApiToken
from accounts.requests import MemberRequest


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
