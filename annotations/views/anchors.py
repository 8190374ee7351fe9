"""The pages that ask where claims are now, in films that changed."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import MemberRequest
from annotations import anchor_page, anchors, permissions
from annotations.anchor_forms import PlaceForm, ShiftForm
from annotations.models import AnchorProposal
from annotations.permissions import Action
from catalogue.models import Video


@login_required
@require_safe
def queue(request: MemberRequest) -> HttpResponse:
    """List the proposals that wait, film by film."""
    try:
        page = anchor_page.queue(request.GET.get("cursor", ""))
    except ValidationError as error:
        wrong = {"wrong": error.message_dict, "path": request.path}
        return render(request, "catalogue/bad_query.html", wrong, status=HTTPStatus.BAD_REQUEST)
    items = anchor_page.items_of(page.items)
    films = anchor_page.by_film(items)
    return render(request, "annotations/anchors.html", {"page": page, "films": films})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def film(request: MemberRequest, platform: str, platform_id: str) -> HttpResponse:
    """Show the proposals of a film, and shift all its claims: shown first, then done."""
    video = get_object_or_404(Video.objects.for_page().identified(platform, platform_id))
    shift = anchors.proposed_shifts([video.pk]).get(video.pk)
    form = ShiftForm(
        request.POST if request.method == "POST" else None, initial=ShiftForm.initial_of(shift)
    )
    plan: anchors.Shifted | None = None
    if form.is_bound and form.is_valid():
        try:
            plan = anchors.shift(
                video,
                by=request.user,
                is_dry_run=not form.cleaned_data["expected"],
                **form.cleaned_data,
            )
        except ValidationError as error:
            form.add_error(None, error)
        except anchors.FilmChanged as error:
            form.add_error(None, str(error))
        else:
            if form.cleaned_data["expected"]:
                _tell(request, plan)
                return redirect("annotations:film-anchors", platform, platform_id)
    context: dict[str, Any] = {
        "video": video,
        "shift": shift,
        "form": form,
        "plan": plan,
        "items": anchor_page.items_of(anchor_page.waiting_in(video)),
    }
    return render(request, "annotations/film_anchors.html", context)


def _tell(request: HttpRequest, done: anchors.Shifted) -> None:
    count = len(done.moved)
    told = ngettext("%(count)d claim was moved.", "%(count)d claims were moved.", count)
    messages.success(request, told % {"count": count})
    if left := len(done.left):
        told = ngettext(
            "%(count)d was left where it is.", "%(count)d were left where they are.", left
        )
        messages.warning(request, told % {"count": left})


@login_required
@require_POST
def accept(request: MemberRequest, number: int) -> HttpResponse:
    """Move an occurrence to the proposed place."""
    row = _get_proposal(number)
    try:
        anchors.accept(row, by=request.user)
    except anchors.Decided as error:
        messages.warning(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Moved. Thank you."))
    return _back(request, row)


@login_required
@require_POST
def refuse(request: MemberRequest, number: int) -> HttpResponse:
    """Keep an occurrence where it is."""
    row = _get_proposal(number)
    try:
        anchors.refuse(row, by=request.user)
    except anchors.Decided as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Kept where it is. Thank you."))
    return _back(request, row)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: MemberRequest, number: int) -> HttpResponse:
    """Set by hand where an occurrence is."""
    row = _get_proposal(number)
    permissions.require(request.user, Action.EDIT, row.occurrence, under=row.occurrence.claim)
    form = PlaceForm(
        request.POST if request.method == "POST" else None, initial=PlaceForm.initial_of(row)
    )
    if form.is_bound and form.is_valid():
        try:
            anchors.place(row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except anchors.Decided as error:
            messages.warning(request, str(error))
            return _back(request, row)
        else:
            messages.success(request, _("Moved. Thank you."))
            return _back(request, row)
    (item,) = anchor_page.items_of([row])
    return render(request, "annotations/anchor_place.html", {"item": item, "form": form})


def _get_proposal(number: int) -> AnchorProposal:
    """Return a proposal that everyone may see, also one that was decided meanwhile."""
    return get_object_or_404(AnchorProposal.objects.visible().for_page(), pk=number)


def _back(request: MemberRequest, row: AnchorProposal) -> HttpResponse:
    """Lead to where the decision was made: the film's own page, or the queue."""
    if "film" in request.POST or "film" in request.GET:
        video = row.occurrence.video
        return redirect("annotations:film-anchors", video.platform, video.platform_id)
    return redirect("annotations:anchors")
