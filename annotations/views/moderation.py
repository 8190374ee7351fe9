"""The pages of moderation: flag, queue, decide; the public log, the record of one thing."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from annotations import flagged, moderation, permissions, things
from annotations.models import Decision, State, Stated, Thing
from annotations.moderation_forms import FlagForm
from annotations.permissions import Action, thing_of
from annotations.revisions import StaleVersion
from catalogue import paging

DECISIONS_PER_PAGE = 50
NEWEST = paging.Ordering("newest", F("at"), paging.read_moment)


@login_required
def flag_new(request: MemberRequest) -> HttpResponse:
    """Flag the thing that `?thing=` and `?id=` name."""
    row = _get_thing(request.GET.get("thing", ""), request.GET.get("id", ""))
    if not things.is_shown_to(request.user, row):
        return gone(request, row)
    permissions.require(request.user, Action.FLAG, row, under=things.claim_above(row))
    form = FlagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _flag, is_new = moderation.flag(row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            told = _("Thank you. A moderator will look at it.")
            messages.success(request, told if is_new else _("You have flagged it already."))
            return redirect(things.address_of(row))
    context = {
        "row": row,
        "thing": str(thing_of(row)),
        "words": flagged.words_of(row),
        "form": form,
    }
    return render(request, "annotations/flag_form.html", context)


@login_required
@require_safe
def queue(request: MemberRequest) -> HttpResponse:
    """Show moderators what is flagged, what waits longest first."""
    if not permissions.may_moderate(request.user):
        raise PermissionDenied(_("Only a moderator can do that."))
    return render(request, "annotations/queue.html", {"queue": flagged.queue(request.user)})


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Show everyone what was decided, newest first."""
    try:
        page = paging.page(
            Decision.objects.select_related("by"),
            NEWEST,
            cursor=request.GET.get("cursor", ""),
            size=DECISIONS_PER_PAGE,
        )
    except ValidationError as error:
        wrong = {"wrong": error.message_dict, "path": request.path}
        return render(request, "catalogue/bad_query.html", wrong, status=HTTPStatus.BAD_REQUEST)
    return render(request, "annotations/decisions.html", {"page": page})


@require_safe
def record(request: HttpRequest, thing: str, number: int) -> HttpResponse:
    """Show the state of one thing and what was decided about it."""
    row = _get_thing(thing, str(number))
    if not flagged.is_open_to(request.user, row):
        return gone(request, row)
    return _record(request, row, flagged.case_of(row, request.user))


@require_POST
@login_required
def decide(request: MemberRequest, thing: str, number: int) -> HttpResponse:
    """Decide about one thing; what is refused shows its record, with the reasons."""
    row = _get_thing(thing, str(number))
    if not permissions.may_moderate(request.user):
        raise PermissionDenied(_("Only a moderator can do that."))
    case = flagged.case_of(row, request.user, data=request.POST)
    if case.form is None:
        raise PermissionDenied(_("Another moderator decides about what is yours."))
    if case.form.is_valid():
        try:
            moderation.decide(row, by=request.user, **case.form.cleaned_data)
        except ValidationError as error:
            case.form.add_error(None, error)
        except StaleVersion:
            message = _("It was changed since you looked. Look again, then decide.")
            fresh = flagged.case_of(_get_thing(thing, str(number)), request.user)
            messages.warning(request, message)
            return _record(request, fresh.row, fresh)
        else:
            messages.success(request, _("Decided. It is in the public log."))
            return redirect("annotations:queue")
    return _record(request, row, case)


def gone(request: HttpRequest, row: Stated) -> HttpResponse:
    """Tell that a thing was withdrawn or hidden, and nothing of what it said."""
    above = things.claim_above(row)
    # What was taken away may be the claim that it stands under.
    lost = row if above is None or row.state not in ("visible", "locked") else above
    context = {
        "name": permissions.thing_of(row).numbered(row.pk),
        "is_hidden": lost.state == State.HIDDEN,
        "decisions": flagged.decisions_on(row),
    }
    return render(request, "annotations/thing_gone.html", context, status=HTTPStatus.GONE)


def _record(request: HttpRequest, row: Stated, case: flagged.Case) -> HttpResponse:
    context = {"case": case, "row": row, "decisions": flagged.decisions_on(row)}
    return render(request, "annotations/thing.html", context)


def _get_thing(thing: str, number: str) -> Stated:
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    row = things.find(thing, int(number)) if thing in Thing.values and is_number else None
    if row is None:
        raise Http404(_("There is nothing here."))
    return row
