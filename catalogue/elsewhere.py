"""Pages of the other places of a film: adding one, correcting it, withdrawing it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from catalogue import copies
from catalogue.forms import CopyEditForm, CopyForm
from catalogue.models import Copy, Video


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def copy_new(request: MemberRequest, platform: str, platform_id: str) -> HttpResponse:
    """Say where else a film can be seen."""
    video = get_object_or_404(Video.objects.for_page().identified(platform, platform_id))
    form = CopyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            copies.add(video, by=request.user, site=request.get_host(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except Video.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, _("Added. Thank you."))
            return redirect(f"{video.get_absolute_url()}#places")
    return render(request, "catalogue/copy_form.html", {"video": video, "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def copy_edit(request: MemberRequest, number: int) -> HttpResponse:
    """Correct the shift or the note of a place."""
    row = _get_own(request, number)
    form = CopyEditForm(
        request.POST if request.method == "POST" else None,
        initial={"offset_ms": row.offset_ms, "note": row.note},
    )
    if form.is_bound and form.is_valid():
        try:
            copies.edit(row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except Copy.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{row.video.get_absolute_url()}#places")
    context = {
        "place": copies.place_of(row),
        "video": row.video,
        "form": form,
        "edits": copies.edits_of(row),
    }
    return render(request, "catalogue/copy_edit.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def copy_withdraw(request: MemberRequest, number: int) -> HttpResponse:
    """Ask, then take a place out of the list."""
    row = _get_own(request, number)
    if request.method == "POST":
        copies.withdraw(row, by=request.user)
        messages.success(request, _("Withdrawn. It is no longer in the list."))
        return redirect(f"{row.video.get_absolute_url()}#places")
    context = {"place": copies.place_of(row), "video": row.video}
    return render(request, "catalogue/copy_withdraw.html", context)


def _get_own(request: MemberRequest, number: int) -> Copy:
    """Return a copy that stands. Raises Http404, or PermissionDenied if it is somebody else's."""
    row = get_object_or_404(Copy.objects.standing().select_related("video"), pk=number)
    if not copies.may_change(row, request.user):
        raise PermissionDenied
    return row
