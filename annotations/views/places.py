"""Where a claim is made: other films, claims that are the same, and whose words they are."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from annotations import occurrences, permissions, speakers
from annotations.forms import OccurrenceForm
from annotations.models import Occurrence
from annotations.permissions import Action
from annotations.revisions import StaleVersion
from annotations.similar import similar_to
from annotations.speaker_forms import WhoForm
from annotations.views.claims import shown_or_gone
from catalogue.models import Video


@login_required
@require_safe
def similar(request: HttpRequest) -> HttpResponse:
    """Show the claims that are like what somebody is writing: a part of the form."""
    statement, language, speaker = (
        request.GET.get(name, "") for name in ("statement", "language", "speaker")
    )
    found = similar_to(statement, language=language, speaker=speaker)
    return render(request, "annotations/_similar.html", {"similar": found})


@login_required
def occurrence_new(request: MemberRequest, number: int) -> HttpResponse:
    """Mark another film in which a claim is made."""
    claim, gone = shown_or_gone(request, number)
    if gone is not None:
        return gone
    permissions.require(request.user, Action.ADD, claim)
    form = OccurrenceForm(request.POST or None, site=request.get_host())
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            occurrences.add(claim, by=request.user, video=values.pop("film"), **values)
        except ValidationError as error:
            form.add_error(None, error)
        except Video.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, _("Marked there too. Thank you."))
            return redirect(claim)
    return render(request, "annotations/occurrence_form.html", {"claim": claim, "form": form})


@login_required
def occurrence_speaker(request: MemberRequest, number: int) -> HttpResponse:
    """Say whose words these are, where several people have one name."""
    rows = Occurrence.objects.visible().for_page().select_related("claim")
    row = get_object_or_404(rows, pk=number)
    permissions.require(request.user, Action.EDIT, row, under=row.claim)
    if not row.is_named:
        raise PermissionDenied(_("A moderator has hidden who speaks here."))
    form = WhoForm(row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            speaker = form.speaker(by=request.user)
            version = form.cleaned_data["version"]
            occurrences.edit(row, by=request.user, version=version, spoken_by=speaker)
        except ValidationError as error:
            form.add_error(None, error)
        except StaleVersion as error:
            form.start_from(error.row.version)
        else:
            messages.success(request, _("Saved."))
            return redirect(speakers.end_of(speaker))
    context = {"occurrence": row, "form": form}
    return render(request, "annotations/occurrence_speaker.html", context)
