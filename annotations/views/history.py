"""The history of each thing, and bringing back what stood there before."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from annotations import log_page, permissions, restoring, revisions
from annotations.models import Claim, Note, Stated, Thing
from annotations.permissions import Action
from catalogue.addresses import address
from catalogue.models import Video


@require_safe
def of_thing(request: HttpRequest, number: int, thing: Thing) -> HttpResponse:
    """Show who changed what of one thing, and when."""
    row = _get_row(thing, number)
    claim = getattr(row, "claim", None)
    if not all(permissions.may(request.user, Action.READ_LOG, one) for one in (row, claim) if one):
        return render(request, "annotations/history_gone.html", status=HTTPStatus.GONE)
    entries = revisions.of(row, reader=request.user)
    context = {
        "eyebrow": thing.numbered(row.pk),
        # A speaker's page is of another part of the site, and may not be there.
        "page": claim.get_absolute_url() if claim else "",
        "is_open": row.is_readable,
        "state": row.get_state_display(),
        "withdraw_url": "",
        "edits": log_page.saved_together(entries, request.user),
    }
    return render(request, "annotations/history.html", context)


@require_safe
def of_film(request: HttpRequest, platform: str, platform_id: str) -> HttpResponse:
    """Show who changed a film's note, and who tagged it."""
    video = get_object_or_404(Video.objects.identified(platform, platform_id))
    entries = revisions.of_film(video, reader=request.user)
    carried = frozenset(video.tags.values_list("name", flat=True))
    context = {
        "eyebrow": video.title,
        "page": video.get_absolute_url(),
        "is_open": True,
        "state": "",
        "withdraw_url": "",
        "edits": log_page.saved_together(entries, request.user, carried=carried),
    }
    return render(request, "annotations/history.html", context)


@login_required
@require_POST
def restore(request: MemberRequest, number: int, thing: Thing) -> HttpResponse:
    """Bring an earlier version back, as a new one."""
    row = _get_row(thing, number)
    try:
        event, version = int(request.POST["event"]), int(request.POST["version"])
        restoring.restore(thing, number, event, by=request.user, version=version)
    except (KeyError, ValueError, OverflowError, restoring.NoSuchVersion) as error:
        raise Http404 from error
    except revisions.StaleVersion:
        messages.error(request, _("It was changed in the meantime: look at the newest first."))
    except ValidationError as error:
        messages.error(request, _("It stays as it is: %(why)s") % {"why": " ".join(error.messages)})
    else:
        messages.success(request, _("Brought back, as a new version."))
    return redirect(_history_of(row))


@login_required
@require_POST
def bring_back(request: MemberRequest, number: int, thing: Thing) -> HttpResponse:
    """Show again what one withdrew."""
    row = _get_row(thing, number)
    try:
        restoring.bring_back(row, by=request.user)
    except ValidationError as error:
        messages.error(
            request, _("It stays withdrawn: %(why)s") % {"why": " ".join(error.messages)}
        )
        return redirect(_history_of(row))
    messages.success(request, _("It is back, and everyone can read it again."))
    claim = row if isinstance(row, Claim) else getattr(row, "claim", None)
    return redirect(claim or _history_of(row))


@login_required
@require_POST
def bring_tag_back(request: MemberRequest, platform: str, platform_id: str) -> HttpResponse:
    """Put a tag on a film again that was taken off."""
    video = get_object_or_404(Video.objects.identified(platform, platform_id))
    try:
        restoring.bring_tag_back(video, int(request.POST["event"]), by=request.user)
    except (KeyError, ValueError, OverflowError) as error:
        raise Http404 from error
    except restoring.NoSuchVersion as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The film carries the tag again."))
    return redirect("annotations:film-history", platform, platform_id)


def _get_row(thing: Thing, number: int) -> Stated:
    try:
        return restoring.find(thing, number)
    except ObjectDoesNotExist as error:
        raise Http404 from error


def _history_of(row: Stated) -> str:
    """Return where the log of a row is read: a moment's on its claim's, a note's on its film's."""
    thing = permissions.thing_of(row)
    if isinstance(row, Note):
        return address("annotations:film-history", row.video.platform, row.video.platform_id)
    if thing is Thing.OCCURRENCE:
        return address("annotations:claim-history", getattr(row, "claim_id"))  # noqa: B009
    return address(f"annotations:{thing}-history", row.pk)
