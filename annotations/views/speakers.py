"""The pages of speakers: list, read, edit."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from annotations import merge_page, permissions, speakers
from annotations.models import Occurrence, Speaker
from annotations.permissions import Action
from annotations.revisions import StaleVersion
from annotations.search import SORTS
from annotations.speaker_forms import SpeakerForm
from annotations.views.claims import leading_to
from catalogue import paging
from catalogue.forms import NameForm

NAMES_PER_PAGE = 60
MOMENTS_PER_PAGE = 30


@require_safe
def speaker_list(request: HttpRequest) -> HttpResponse:
    """List speakers, those with most claims first. One query."""
    form = NameForm(request.GET)
    if not form.is_valid():
        return _bad_query(request, ValidationError(form.errors.as_data()))
    q, rows = form.cleaned_data["q"], speakers.counted(Speaker.objects.visible())
    try:
        page = paging.page(
            rows.filter(name__icontains=q) if q else rows,
            speakers.MOST_CLAIMS,
            cursor=request.GET.get("cursor", ""),
            size=NAMES_PER_PAGE,
        )
    except ValidationError as error:
        return _bad_query(request, error)
    return render(request, "annotations/speakers.html", {"q": q, "page": page})


@require_safe
def speaker(request: HttpRequest, number: int) -> HttpResponse:
    """Show who somebody is, and what they claim in which films, newest first."""
    row, gone = speaker_or_gone(request, number)
    if gone is not None:
        return gone
    said = Occurrence.objects.visible().filter(spoken_by=row).for_page()
    try:
        page = paging.page(
            said.select_related("claim__standing"),
            SORTS["newest"],
            cursor=request.GET.get("cursor", ""),
            size=MOMENTS_PER_PAGE,
        )
    except ValidationError as error:
        return _bad_query(request, error)
    context = {
        "speaker": row,
        "page": page,
        "merges": merge_page.told_of(row),
        "merged_from": merge_page.was_merged_from(row, request.GET.get("from", "")),
        "may_edit": permissions.may(request.user, Action.EDIT, row),
        "may_propose_merge": permissions.may(request.user, Action.PROPOSE_MERGE, row),
    }
    return render(request, "annotations/speaker.html", context)


@login_required
def speaker_edit(request: MemberRequest, number: int) -> HttpResponse:
    """Set right what is known of a speaker. A stale edit shows both."""
    row, gone = speaker_or_gone(request, number)
    if gone is not None:
        return gone
    permissions.require(request.user, Action.EDIT, row)
    form = SpeakerForm(request.POST or None, initial=SpeakerForm.initial_of(row))
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            speakers.edit(row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except StaleVersion as error:
            stale = error.row
            form.start_from(error.row.version)
        else:
            messages.success(request, _("Saved."))
            return redirect(row)
    context = {"speaker": row, "form": form, "stale": stale}
    return render(request, "annotations/speaker_edit.html", context)


def speaker_or_gone(request: HttpRequest, number: int) -> tuple[Speaker, HttpResponse | None]:
    """Return a speaker and None; or the answer for one who is merged or hidden."""
    row = get_object_or_404(speakers.counted(Speaker.objects.all()), pk=number)
    if row.merged_into_id is not None:
        return row, leading_to(row, speakers.end_of(row))
    if permissions.may(request.user, Action.READ, row):
        return row, None
    return row, render(request, "annotations/speaker_gone.html", status=HTTPStatus.GONE)


def _bad_query(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = {"wrong": error.message_dict, "path": request.path}
    return render(request, "catalogue/bad_query.html", wrong, status=HTTPStatus.BAD_REQUEST)
