"""Proposing, deciding and reading merges."""

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from annotations import merge_page, merges, permissions
from annotations.merge_forms import MergeForm, ReasonForm
from annotations.models import Claim, Merge, Speaker
from annotations.permissions import Action
from annotations.similar import similar_to
from annotations.views.claims import shown_or_gone
from annotations.views.speakers import speaker_or_gone
from catalogue import paging

MERGES_PER_PAGE = 30


@require_safe
def merge_list(request: HttpRequest) -> HttpResponse:
    """List what is proposed, open first, then what was decided."""
    try:
        page = paging.page(
            merge_page.rows(),
            merge_page.OPEN_FIRST,
            cursor=request.GET.get("cursor", ""),
            size=MERGES_PER_PAGE,
        )
    except ValidationError as error:
        wrong = {"wrong": error.message_dict, "path": request.path}
        return render(request, "catalogue/bad_query.html", wrong, status=400)
    told = merge_page.told(page.items)
    return render(request, "annotations/merges.html", {"page": page, "told": told})


@require_safe
def merge(request: HttpRequest, number: int) -> HttpResponse:
    """Show one merge; moderators decide here."""
    return _show(request, get_object_or_404(merge_page.rows(), pk=number), ReasonForm())


@login_required
@require_POST
def accept(request: MemberRequest, number: int) -> HttpResponse:
    """Merge what is proposed."""
    return _decide(request, number, merges.accept, _("Merged."))


@login_required
@require_POST
def refuse(request: MemberRequest, number: int) -> HttpResponse:
    """Decide that the two are not the same."""
    return _decide(request, number, merges.refuse, _("Not merged."))


@login_required
@require_POST
def undo(request: MemberRequest, number: int) -> HttpResponse:
    """Take a merge back."""
    return _decide(request, number, merges.undo, _("The merge is undone."))


@login_required
@require_POST
def withdraw(request: MemberRequest, number: int) -> HttpResponse:
    """Take back what one proposed."""
    try:
        merges.withdraw(get_object_or_404(Merge, pk=number), by=request.user)
    except merges.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your proposal is taken back."))
    return redirect("annotations:merge", number)


def _decide(
    request: MemberRequest, number: int, decide: Callable[..., Merge], said: str
) -> HttpResponse:
    if not permissions.may_moderate(request.user):
        raise PermissionDenied(_("Only a moderator can do that."))
    row = get_object_or_404(merge_page.rows(), pk=number)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            decide(row, by=request.user, reason=form.cleaned_data["reason"])
        except (merges.NotPossible, ValidationError) as error:
            form.add_error(None, _in_words(error))
        else:
            messages.success(request, said)
            return redirect("annotations:merge", number)
    return _show(request, get_object_or_404(merge_page.rows(), pk=number), form)


def _show(request: HttpRequest, row: Merge, form: ReasonForm) -> HttpResponse:
    (told,) = merge_page.told([row])
    context = {
        "one": told,
        "form": form,
        "may_decide": permissions.may_moderate(request.user),
        "may_withdraw": permissions.may_withdraw_merge(request.user, row),
    }
    return render(request, "annotations/merge.html", context)


@login_required
def claim_merge(request: MemberRequest, number: int) -> HttpResponse:
    """Propose that a claim is the same as another."""
    row, gone = shown_or_gone(request, number)
    return gone if gone is not None else _propose(request, row)


@login_required
def speaker_merge(request: MemberRequest, number: int) -> HttpResponse:
    """Propose that a speaker is the same as another."""
    row, gone = speaker_or_gone(request, number)
    return gone if gone is not None else _propose(request, row)


def _propose(request: MemberRequest, source: Claim | Speaker) -> HttpResponse:
    permissions.require(request.user, Action.PROPOSE_MERGE, source)
    may_merge = permissions.may(request.user, Action.MERGE, source)
    alike = _alike(source)
    form = MergeForm(source, request.POST or None, may_merge=may_merge, has_choice=bool(alike))
    if request.method == "POST" and form.is_valid():
        try:
            row = _store(request, source, form)
        except (merges.NotPossible, ValidationError) as error:
            form.add_error(None, _in_words(error))
        else:
            messages.success(request, _("Proposed. A moderator decides."))
            return redirect("annotations:merge", row.pk)
    context = {
        "source": source,
        "form": form,
        "alike": alike,
        "is_claim": isinstance(source, Claim),
    }
    return render(request, "annotations/merge_form.html", context)


def _store(request: MemberRequest, source: Claim | Speaker, form: MergeForm) -> Merge:
    target, why = form.cleaned_data["target"], form.cleaned_data["why"]
    if form.cleaned_data.get("at_once"):
        return merges.merge_at_once(source, target, by=request.user, reason=why)
    return merges.propose(source, target, by=request.user, why=why)


def _alike(source: Claim | Speaker) -> Sequence[Claim | Speaker]:
    """Return what may well be the same, to choose from."""
    if isinstance(source, Claim):
        found = similar_to(source.statement, language=source.language, but_not=source.pk)
        return [one.claim for one in found]
    return merge_page.speakers_like(source)


def _in_words(error: Exception) -> list[str]:
    return error.messages if isinstance(error, ValidationError) else [str(error)]
