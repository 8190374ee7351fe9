"""The pages on which members tell who stands behind a channel; its own page shows it."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from annotations import disclosures, log_page, permissions
from annotations.disclosure_forms import DisclosureEditForm, DisclosureForm
from annotations.models import Disclosure
from annotations.permissions import Action
from annotations.revisions import StaleVersion
from catalogue.models import Channel


@require_safe
def disclosure(request: HttpRequest, number: int) -> HttpResponse:
    """Lead to a note on its channel's page: an address that stays when the channel is renamed."""
    row = _get_disclosure(number)
    return redirect(row) if permissions.may(request.user, Action.READ, row) else _gone(request)


@login_required
def disclosure_new(request: MemberRequest, number: int) -> HttpResponse:
    """Write down who owns or funds a channel, with the source."""
    channel = get_object_or_404(Channel, pk=number)
    form = DisclosureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = disclosures.create(channel, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Noted. Thank you."))
            return redirect(row)
    context = {"channel": channel, "form": form, "row": None, "is_stale": False}
    return render(request, "annotations/disclosure_form.html", context)


@login_required
def disclosure_edit(request: MemberRequest, number: int) -> HttpResponse:
    """Set a note right. A stale edit shows both."""
    row = _get_disclosure(number)
    if not permissions.may(request.user, Action.READ, row):
        return _gone(request)
    permissions.require(request.user, Action.EDIT, row)
    form = DisclosureEditForm(request.POST or None, initial=DisclosureEditForm.initial_of(row))
    differences: list[log_page.Told] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            disclosures.edit(row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except StaleVersion as error:
            pairs = [
                (name, getattr(error.row, name), form.cleaned_data[name])
                for name in disclosures.EDITABLE
            ]
            differences = log_page.differences("disclosure", pairs)
            form.start_from(error.row.version)
        else:
            messages.success(request, _("Saved."))
            return redirect(row)
    context = {
        "channel": row.channel,
        "form": form,
        "row": row,
        "is_stale": differences is not None,
        "differences": differences or [],
    }
    return render(request, "annotations/disclosure_form.html", context)


@login_required
def disclosure_withdraw(request: MemberRequest, number: int) -> HttpResponse:
    """Ask, then take back what one wrote."""
    row = _get_disclosure(number)
    if not permissions.may(request.user, Action.READ, row):
        return _gone(request)
    permissions.require(request.user, Action.WITHDRAW, row)
    if request.method != "POST":
        return render(request, "annotations/disclosure_withdraw.html", {"row": row})
    disclosures.withdraw(row, by=request.user)
    messages.success(request, _("Withdrawn. Nobody else reads the note any more."))
    return redirect(row.channel)


def _get_disclosure(number: int) -> Disclosure:
    return get_object_or_404(Disclosure.objects.select_related("author", "channel"), pk=number)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "annotations/disclosure_gone.html", status=HTTPStatus.GONE)
