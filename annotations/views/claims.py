"""The pages of claims: list, read, edit, withdraw, log."""

from http import HTTPStatus
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
)
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from annotations import (
    as_of,
    claim_facets,
    claim_page,
    claims,
    editing,
    log_page,
    merge_page,
    merges,
    permissions,
    revisions,
    search,
)
from annotations.listening import listening_of, this_moment
from annotations.live import Topic
from annotations.models import STATEMENT_MAX, Claim, Speaker, State, Thing
from annotations.permissions import Action
from catalogue import paging, search_page
from catalogue.addresses import address

CLAIMS_PER_PAGE = 30
SORTS = {"newest": pgettext_lazy("claims", "Newest"), "oldest": pgettext_lazy("claims", "Oldest")}


@require_safe
def claim_list(request: HttpRequest) -> HttpResponse:
    """List claims: search, filter, sort, page. A script asks for the list alone (`X-Part`)."""
    try:
        query = search.parse_query(request.GET)
        page = paging.page(
            search.claims(query).for_page(),
            search.SORTS[query.sort],
            cursor=request.GET.get("cursor", ""),
            size=CLAIMS_PER_PAGE,
        )
    except ValidationError as error:
        wrong = {"wrong": error.message_dict, "path": request.path}
        return render(request, "catalogue/bad_query.html", wrong, status=HTTPStatus.BAD_REQUEST)
    found = claim_facets.facets(query)
    context = {
        "query": query,
        "page": page,
        "highlights": search.highlights_of(page.items, query.q),
        "facets": found,
        "chips": list(search_page.chips(request.GET, found, search.FILTERS)),
        "carried": search_page.carried(request.GET, found, search.FILTERS),
        "sorts": [(name, label, name == query.sort) for name, label in SORTS.items()],
    }
    is_part = request.headers.get("X-Part") == "list"
    template = "_claims_results" if is_part else "claims"
    response = render(request, f"annotations/{template}.html", context)
    patch_vary_headers(response, ("X-Part",))
    return response


@require_safe
def claim(request: HttpRequest, number: int) -> HttpResponseBase:
    """Show a claim and every film it is made in. `?at=` (a day or a moment) shows it as it was."""
    since = this_moment()
    row, gone = shown_or_gone(request, number)
    if gone is not None:
        return gone
    if at := request.GET.get("at"):
        return _past(request, row, at)
    context = claim_page.context_of(row, request.user, answer=request.GET.get("answer", ""))
    context["merged_from"] = merge_page.was_merged_from(row, request.GET.get("from", ""))
    return render_claim(request, row, context, since=since)


def render_claim(
    request: HttpRequest, row: Claim, context: dict[str, Any], *, since: int
) -> HttpResponseBase:
    """Render a claim's page, which hears what happens to the claim from then on."""
    listening = listening_of(
        request,
        Topic("claim", row.pk),
        since=since,
        asks=address("annotations:claim-news", row.pk),
        asks_here=address("annotations:claim-here", row.pk),
    )

    def answer(request: HttpRequest) -> HttpResponse:
        return render(request, "annotations/claim.html", {**context, "listening": listening})

    let_in = {"connect-src": [listening.origin]} if listening.origin else {}
    return csp_update(let_in)(answer)(request)


def shown_or_gone(request: HttpRequest, number: int) -> tuple[Claim, HttpResponse | None]:
    """Return a claim and None; or the answer for one that is merged or that nobody may read."""
    row = get_object_or_404(Claim.objects.for_page(), pk=number)
    if row.merged_into_id is not None:
        return row, leading_to(row, merges.end_of(row))
    if not permissions.may(request.user, Action.READ, row):
        return row, _gone(request, row)
    return row, None


def leading_to(row: Claim | Speaker, end: Claim | Speaker) -> HttpResponse:
    """Lead from what was merged to what it was merged into.

    Browsers would keep that for ever, and a merge can be undone: they are told to ask again.
    """
    address = f"{end.get_absolute_url()}?from={row.pk}"
    response = HttpResponsePermanentRedirect(address)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _past(request: HttpRequest, row: Claim, at: str) -> HttpResponse:
    """Show a claim as it was; 404 before there was one, 400 for what is no moment."""
    try:
        moment = as_of.parse_moment(at, now=timezone.now())
    except ValidationError as error:
        wrong = {"wrong": error.message_dict, "path": request.path}
        return render(request, "catalogue/bad_query.html", wrong, status=HTTPStatus.BAD_REQUEST)
    past = as_of.find_past(row, moment, request.user)
    context = {"claim": row, "at": moment, "past": past}
    status = HTTPStatus.NOT_FOUND if past is None else HTTPStatus.OK
    return render(request, "annotations/claim_past.html", context, status=status)


@require_safe
def claim_history(request: HttpRequest, number: int) -> HttpResponse:
    """Show who changed what of a claim, and when."""
    row = get_object_or_404(Claim, pk=number)
    if not permissions.may(request.user, Action.READ_LOG, row):
        return _gone(request, row)
    entries = revisions.entries_of_claim(row, reader=request.user)
    is_merged = row.state == State.MERGED
    may_withdraw = is_merged and permissions.may(request.user, Action.WITHDRAW, row)
    context = {
        "eyebrow": Thing.CLAIM.numbered(row.pk),
        "page": row.get_absolute_url(),
        "is_open": row.is_readable,
        "state": row.get_state_display(),
        # The page of what is merged leads on: its author withdraws it from here.
        "withdraw_url": address("annotations:claim-withdraw", row.pk) if may_withdraw else "",
        "edits": log_page.saved_together(entries, request.user),
    }
    return render(request, "annotations/history.html", context)


def _gone(request: HttpRequest, row: Claim) -> HttpResponse:
    """Tell that a claim was withdrawn or hidden, and nothing of what it said."""
    context = {
        "number": row.pk,
        "is_hidden": row.state == State.HIDDEN,
        "is_author": row.author_id == request.user.pk,
        "may_bring_back": permissions.may(request.user, Action.BRING_BACK, row),
        "may_read_log": permissions.may(request.user, Action.READ_LOG, row),
    }
    return render(request, "annotations/claim_gone.html", context, status=HTTPStatus.GONE)


@login_required
def claim_edit(request: MemberRequest, number: int) -> HttpResponse:
    """Edit one's own claim and where one marked it. A stale edit shows both texts."""
    row = get_object_or_404(Claim.objects.for_page(), pk=number)
    if not permissions.may(request.user, Action.READ, row):
        return _gone(request, row)
    permissions.require(request.user, Action.EDIT, row)
    edit = editing.Edit(row, by=request.user, data=request.POST or None)
    if request.method == "POST" and edit.save():
        messages.success(request, _("Saved."))
        return redirect(row)
    table = "claim" if isinstance(edit.stale, Claim) else "occurrence"
    context = {
        "claim": row,
        "edit": edit,
        "differences": log_page.differences(table, edit.contested),
        "statement_max": STATEMENT_MAX,
    }
    return render(request, "annotations/claim_edit.html", context)


@login_required
def claim_withdraw(request: MemberRequest, number: int) -> HttpResponse:
    """Ask, then withdraw one's own claim."""
    row = get_object_or_404(Claim.objects.for_page(), pk=number)
    if not permissions.may(request.user, Action.READ, row):
        return _gone(request, row)
    permissions.require(request.user, Action.WITHDRAW, row)
    if request.method != "POST":
        return render(request, "annotations/claim_withdraw.html", {"claim": row})
    claims.withdraw(row, by=request.user)
    messages.success(request, _("Withdrawn. Nobody else sees the claim any more."))
    films = [occurrence.video for occurrence in row.occurrences.all()]
    return redirect(films[0]) if films else redirect("annotations:claims")
