"""Pages of what a member follows: the list, following something, pausing, deleting."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.requests import MemberRequest
from catalogue import subscriptions as operations
from catalogue.forms import SubscriptionForm
from catalogue.models import Subscription


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def subscriptions(request: MemberRequest) -> HttpResponse:
    """List what a member follows; follow something."""
    if request.method != "POST":
        return _list(request, SubscriptionForm())
    form = SubscriptionForm(request.POST)
    if form.is_valid():
        clean = form.cleaned_data
        try:
            made = operations.create(
                clean["url"],
                by=request.user,
                interval=clean["interval"],
                start=clean["start"],
                filters=form.filters,
            )
        except ValidationError as error:
            form.tell(error)
        else:
            messages.success(request, _("You follow it now. The first look comes in a moment."))
            return redirect(made)
    return _list(request, form)


@login_required
@require_POST
def pause(request: MemberRequest, number: int) -> HttpResponse:
    """Leave a subscription alone until it is resumed."""
    row = _get(request.user, number)
    operations.set_active(row, by=request.user, is_active=False)
    return redirect(row)


@login_required
@require_POST
def resume(request: MemberRequest, number: int) -> HttpResponse:
    """Go on with a subscription."""
    row = _get(request.user, number)
    operations.set_active(row, by=request.user, is_active=True)
    return redirect(row)


@login_required
@require_POST
def look_now(request: MemberRequest, number: int) -> HttpResponse:
    """Look for new films with the next sweep."""
    row = _get(request.user, number)
    operations.look_now(row, by=request.user)
    messages.success(request, _("It is looked at in a moment."))
    return redirect(row)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: MemberRequest, number: int) -> HttpResponse:
    """Ask, then stop following."""
    row = _get(request.user, number)
    if request.method != "POST":
        return render(request, "catalogue/subscription_delete.html", {"row": row})
    operations.delete(row, by=request.user)
    messages.success(request, _("You no longer follow “%(name)s”.") % {"name": row.name})
    return redirect("catalogue:subscriptions")


def _list(request: MemberRequest, form: SubscriptionForm) -> HttpResponse:
    """Show all of a member's subscriptions: they are few. Two queries."""
    context = {
        "form": form,
        "rows": Subscription.objects.of(request.user).for_list(),
        "is_fetching": settings.FETCH_ENABLED,
    }
    return render(request, "catalogue/subscriptions.html", context)


def _get(user: User, number: int) -> Subscription:
    row = Subscription.objects.of(user).filter(pk=number).first()
    if row is None:
        raise Http404(_("You follow nothing of this number."))
    return row
