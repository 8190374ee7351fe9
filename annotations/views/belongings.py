"""A member's own data: taking it along, and leaving."""

from functools import partial

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import LeavingForm
from accounts.requests import MemberRequest
from annotations import belongings as operations
from annotations import leaving

# Packing is work: one archive a member in this time.
_WAIT_S = 30


@login_required
@require_safe
def belongings(request: MemberRequest) -> HttpResponse:
    """Offer the archive, and the way out."""
    return render(request, "annotations/belongings.html")


@login_required
@never_cache
@require_safe
@reauthentication_required  # type: ignore[untyped-decorator]
def archive(request: MemberRequest) -> HttpResponseBase:
    """Send all that the member gave, packed on the way."""
    if not cache.add(f"archive:{request.user.pk}", 1, _WAIT_S):
        messages.warning(request, _("One archive was packed just now. Try again in half a minute."))
        return redirect("annotations:belongings")
    name = f"sidenote-{request.user.username}-{timezone.now():%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        operations.archive(request.user),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@login_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: MemberRequest) -> HttpResponse:
    """Tell what happens, ask for the password, then delete the account."""
    member = request.user
    form = LeavingForm(
        request.POST if request.method == "POST" else None,
        is_password=partial(get_adapter(request).reauthenticate, member)
        if member.has_usable_password()
        else None,
    )
    if form.is_bound and form.is_valid():
        try:
            leaving.leave(member, withdraws=form.cleaned_data["withdraws"])
        except PermissionDenied as error:
            form.add_error(None, str(error))
        else:
            logout(request)
            messages.success(request, _("Your account is deleted."))
            return redirect("catalogue:index")
    context = {"form": form, "counts": leaving.counts(member)}
    return render(request, "annotations/leave.html", context)
