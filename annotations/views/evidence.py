"""The pages of evidence: bring, edit, withdraw. Cards are read on their claim's page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.requests import MemberRequest
from annotations import evidence, permissions
from annotations.evidence_forms import EvidenceEditForm, EvidenceForm
from annotations.models import Claim, Evidence
from annotations.permissions import Action
from annotations.revisions import StaleVersion


@login_required
def evidence_new(request: MemberRequest, number: int) -> HttpResponse:
    """Bring a source to a claim, with `?url=` its address if given."""
    claim = get_object_or_404(Claim.objects.defer("search"), pk=number)
    if not permissions.may(request.user, Action.READ, claim) or claim.merged_into_id:
        # The claim's own page says why.
        return redirect(claim)
    permissions.require(request.user, Action.ADD, claim)
    there = None
    if request.method != "POST":
        form = EvidenceForm.starting_with(request.GET.get("url", "")[:2000])
    else:
        form = EvidenceForm(request.POST)
        if form.is_valid():
            try:
                card = evidence.bring(claim, by=request.user, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
                there = evidence.find_there(error)
            else:
                messages.success(request, _("Added. Thank you."))
                return redirect(card)
    context = {"claim": claim, "form": form, "there": there}
    return render(request, "annotations/evidence_form.html", context)


@login_required
def evidence_edit(request: MemberRequest, number: int) -> HttpResponse:
    """Edit a card that one brought. A stale edit shows both texts."""
    card = _get_card(request, number)
    permissions.require(request.user, Action.EDIT, card, under=card.claim)
    context: dict[str, Any] = {"claim": card.claim, "card": card, "there": None, "now": None}
    if request.method != "POST":
        form = EvidenceEditForm(initial=EvidenceEditForm.initial_of(card))
    else:
        form = EvidenceEditForm(request.POST)
        if form.is_valid():
            try:
                card = evidence.edit(card, by=request.user, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
                context["there"] = evidence.find_there(error)
            except StaleVersion as error:
                context |= {"now": error.row, "differences": form.differences(error.row)}
                form.start_from(error.row.version)
            else:
                messages.success(request, _("Saved."))
                return redirect(card)
    return render(request, "annotations/evidence_edit.html", {**context, "form": form})


@login_required
def evidence_withdraw(request: MemberRequest, number: int) -> HttpResponse:
    """Ask, then withdraw a card that one brought."""
    card = _get_card(request, number)
    permissions.require(request.user, Action.WITHDRAW, card, under=card.claim)
    if request.method != "POST":
        context = {"claim": card.claim, "card": card}
        return render(request, "annotations/evidence_withdraw.html", context)
    evidence.withdraw(card, by=request.user)
    messages.success(request, _("Withdrawn. Nobody sees this source any more."))
    return redirect(card.claim)


def _get_card(request: HttpRequest, number: int) -> Evidence:
    """Return a card that its reader may read, on a claim that they may read; raises Http404."""
    rows = Evidence.objects.for_page().select_related("claim").defer("claim__search")
    card = get_object_or_404(rows, pk=number)
    if permissions.may(request.user, Action.READ, card, under=card.claim):
        return card
    raise Http404
