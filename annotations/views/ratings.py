"""Voting on claims and rating evidence: what the forms on a claim's page send."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.requests import MemberRequest
from annotations import claim_page, permissions, ratings
from annotations.listening import this_moment
from annotations.models import Claim, Evidence
from annotations.permissions import Action
from annotations.verdict_forms import RatingForm, VoteForm
from annotations.views.claims import render_claim


@login_required
def vote(request: MemberRequest, number: int) -> HttpResponseBase:
    """Vote on a claim, or change one's vote."""
    since = this_moment()
    row = get_object_or_404(Claim.objects.for_page(), pk=number)
    # Who had to sign in first comes by a link, and votes on the page.
    if request.method != "POST":
        return redirect(_verdict_of(row))
    permissions.require(request.user, Action.RATE, row)
    form = VoteForm(request.POST, auto_id="vote-%s")
    if not form.is_valid():
        context = claim_page.context_of(row, request.user) | {"vote_form": form}
        return render_claim(request, row, context, since=since)
    ratings.cast_vote(row, by=request.user, **form.cleaned_data)
    messages.success(request, _("Your vote counts. You can change it at any time."))
    return redirect(_verdict_of(row))


@login_required
def vote_back(request: MemberRequest, number: int) -> HttpResponse:
    """Take one's vote back."""
    row = get_object_or_404(Claim, pk=number)
    if request.method == "POST":
        ratings.take_back_vote(row, by=request.user)
        messages.success(request, _("Your vote is taken back."))
    return redirect(_verdict_of(row))


@login_required
def rate(request: MemberRequest, number: int) -> HttpResponse:
    """Rate an evidence item, or change one's rating. What no button sends does nothing."""
    card = get_object_or_404(Evidence, pk=number)
    form = RatingForm(request.POST)
    if request.method == "POST" and form.is_valid():
        ratings.rate(card, by=request.user, **form.cleaned_data)
        messages.success(request, _("Your rating counts. You can change it at any time."))
    return redirect(card)


@login_required
def rating_back(request: MemberRequest, number: int) -> HttpResponse:
    """Take one's rating back."""
    card = get_object_or_404(Evidence, pk=number)
    if request.method == "POST":
        ratings.take_back_rating(card, by=request.user)
        messages.success(request, _("Your rating is taken back."))
    return redirect(card)


def _verdict_of(claim: Claim) -> str:
    return f"{claim.get_absolute_url()}#h-verdict"
