"""The pages of the discussion: say, answer, change, withdraw; who named me."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from annotations import discussion, permissions, things
from annotations.comment_forms import CommentEditForm, CommentForm
from annotations.models import Claim, Comment, EvidenceSuggestion, Mention
from annotations.permissions import Action
from annotations.revisions import StaleVersion
from annotations.views.moderation import gone
from catalogue import paging

MENTIONS_PER_PAGE = 30
NEWEST = paging.Ordering("newest", F("id"), paging.read_number)


@login_required
def comment_new(request: MemberRequest, number: int) -> HttpResponse:
    """Say something about a claim, or answer `?answer=`; the claim's page has the same form."""
    claim = get_object_or_404(Claim.objects.select_related("author"), pk=number)
    if not permissions.may(request.user, Action.READ, claim):
        return gone(request, claim)
    permissions.require(request.user, Action.ADD, claim)
    parent = _answered(claim, request.POST.get("parent") or request.GET.get("answer", ""))
    form = CommentForm(request.POST or None, initial={"parent": parent.pk if parent else None})
    if request.method == "POST" and form.is_valid():
        try:
            said = discussion.say(
                claim, by=request.user, body=form.cleaned_data["body"], parent=parent
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Your comment is there now."))
            return redirect(said)
    shown = parent if parent and things.is_shown_to(request.user, parent) else None
    context = {"claim": claim, "form": form, "answered": shown}
    return render(request, "annotations/comment_form.html", context)


@require_safe
def comment(request: HttpRequest, number: int) -> HttpResponse:
    """Lead to a comment where it stands; the address stays though it may be gone."""
    row = _get_comment(number)
    if not things.is_shown_to(request.user, row):
        return gone(request, row)
    return redirect(row)


@login_required
def comment_edit(request: MemberRequest, number: int) -> HttpResponse:
    """Change one's own comment while that is possible. A stale edit shows both texts."""
    row = _get_comment(number)
    if not things.is_shown_to(request.user, row):
        return gone(request, row)
    permissions.require(request.user, Action.EDIT, row, under=row.claim)
    initial = {"version": row.version, "body": row.body}
    form = CommentEditForm(request.POST or None, initial=initial)
    stale: Comment | None = None
    if request.method == "POST" and form.is_valid():
        try:
            discussion.edit(row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except StaleVersion:
            stale = row
            form.data = {**form.data.dict(), "version": str(row.version)}  # type: ignore[attr-defined]
        else:
            messages.success(request, _("Saved."))
            return redirect(row)
    context = {"comment": row, "claim": row.claim, "form": form, "stale": stale}
    return render(request, "annotations/comment_edit.html", context)


@login_required
def comment_withdraw(request: MemberRequest, number: int) -> HttpResponse:
    """Ask, then withdraw one's own comment."""
    row = _get_comment(number)
    if not things.is_shown_to(request.user, row):
        return gone(request, row)
    permissions.require(request.user, Action.WITHDRAW, row, under=row.claim)
    if request.method != "POST":
        return render(request, "annotations/comment_withdraw.html", {"comment": row})
    discussion.withdraw(row, by=request.user)
    messages.success(request, _("Withdrawn. Nobody else reads the comment any more."))
    return redirect(f"{row.claim.get_absolute_url()}#discussion")


@require_POST
@login_required
def suggestion_dismiss(request: MemberRequest, number: int) -> HttpResponse:
    """Say that an address in a comment is no evidence."""
    row = get_object_or_404(EvidenceSuggestion.objects.select_related("comment__claim"), pk=number)
    if not things.is_shown_to(request.user, row.comment):
        return gone(request, row.comment)
    discussion.dismiss(row, by=request.user)
    return redirect(row.comment)


@login_required
@require_safe
def mentions(request: MemberRequest) -> HttpResponse:
    """List where the member was named, newest first."""
    rows = Mention.objects.visible().filter(member=request.user).for_page()
    try:
        page = paging.page(
            rows, NEWEST, cursor=request.GET.get("cursor", ""), size=MENTIONS_PER_PAGE
        )
    except ValidationError as error:
        wrong = {"wrong": error.message_dict, "path": request.path}
        return render(request, "catalogue/bad_query.html", wrong, status=HTTPStatus.BAD_REQUEST)
    newest = max((one.pk for one in page.items if one.seen_at is None), default=None)
    return render(request, "annotations/mentions.html", {"page": page, "newest": newest})


@require_POST
@login_required
def mentions_seen(request: MemberRequest) -> HttpResponse:
    """Mark mentions as seen, up to the newest that the page showed."""
    until = request.POST.get("until", "")
    if until.isascii() and until.isdigit() and len(until) < 19:
        discussion.mark_seen(by=request.user, until=int(until))
    return redirect("annotations:mentions")


def _get_comment(number: int) -> Comment:
    rows = Comment.objects.select_related("author", "claim__author")
    return get_object_or_404(rows, pk=number)


def _answered(claim: Claim, typed: str) -> Comment | None:
    """Return the comment of a claim that a form answers, as typed; None for none."""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        return None
    rows = Comment.objects.filter(claim=claim).select_related("author", "claim")
    return rows.filter(pk=int(typed)).first()
