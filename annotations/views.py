"""The watch page, and the pages of claims: list, read, mark, edit, withdraw, log."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from annotations import claims, editing, permissions, revisions, search
from annotations import reach as reaching
from annotations import watch as watching
from annotations.forms import ClaimForm
from annotations.models import STATEMENT_MAX, Claim, Kind, Occurrence
from annotations.permissions import Action
from annotations.player import Viewing, page_of, viewing_of
from catalogue import paging
from catalogue.forms import CopyForm
from catalogue.models import Video
from catalogue.timecodes import TimecodeError, parse_timecode

CLAIMS_PER_PAGE = 30
# Filters that are followed to, from a tag or a script, and then kept until taken off.
CARRIED = ("tag", "language", "author", "video")


# --- Watching -------------------------------------------------------------------------


@require_safe
def watch(request: HttpRequest, platform: str, platform_id: str) -> HttpResponseBase:
    """Show a film with the claims made in it. `?t=` (seconds or 12:34) is where it starts."""
    video = get_object_or_404(Video.objects.for_page().identified(platform, platform_id))
    start_ms = _moment(request, video)
    rows = watching.claims_in(video, request.user)
    occurrences = [row for row, _is_own in rows]
    changes = watching.changes_of(video)
    viewing = viewing_of(video, start_ms, request.GET.get("copy", ""))
    context = {
        "video": video,
        "counts": watching.find_counts(video),
        "start_ms": start_ms,
        "viewing": viewing,
        "player": viewing.player,
        "page_url": page_of(video),
        "copy_form": CopyForm(auto_id="copy-%s"),
        "tags": watching.tags_of(video, request.user),
        "claims": rows,
        "timeline": watching.timeline_of(video, occurrences),
        "length_ms": watching.length_of(video, occurrences),
        "script": watching.script_of(
            video,
            request.GET.get("transcript", ""),
            occurrences,
            request.GET.get("find", ""),
        ),
        "reach": reaching.reach_of(video, request.GET, changes=changes, claims=occurrences),
        "changes": changes,
        "description": watching.description_of(video),
    }
    return _render_film(request, "annotations/watch.html", viewing, context)


@require_safe
def reach(request: HttpRequest, platform: str, platform_id: str) -> HttpResponse:
    """Show the chart of a film alone, in another range: what the watch page puts in its place."""
    video = get_object_or_404(
        Video.objects.identified(platform, platform_id).only("platform", "platform_id")
    )
    context = {
        "video": video,
        "reach": reaching.reach_of(
            video,
            request.GET,
            changes=watching.changes_of(video),
            claims=[row for row, _is_own in watching.claims_in(video, request.user)],
        ),
    }
    return render(request, "annotations/_reach_body.html", context)


def _render_film(
    request: HttpRequest, template: str, viewing: Viewing, context: dict[str, Any]
) -> HttpResponseBase:
    """Render a page with a player. A file on another site is let in by this page alone."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        return render(request, template, context)

    origin = viewing.player.origin
    return csp_update({"media-src": [origin]})(answer)(request) if origin else answer(request)


def _moment(request: HttpRequest, video: Video) -> int | None:
    """Return the moment an address asks for, in milliseconds; None if it asks for none."""
    try:
        start_ms = parse_timecode(request.GET.get("t", ""))
    except TimecodeError:
        return None
    return start_ms if video.duration_ms is None else min(start_ms, video.duration_ms)


# --- Reading --------------------------------------------------------------------------


@require_safe
def claim_list(request: HttpRequest) -> HttpResponse:
    """List claims, newest first: search, filter, page."""
    try:
        query = search.parse_query(request.GET)
        page = paging.page(
            search.claims(query).for_page(),
            search.SORTS["newest"],
            cursor=request.GET.get("cursor", ""),
            size=CLAIMS_PER_PAGE,
        )
    except ValidationError as error:
        wrong = {"wrong": error.message_dict, "path": request.path}
        return render(request, "catalogue/bad_query.html", wrong, status=HTTPStatus.BAD_REQUEST)
    context = {
        "query": query,
        "page": page,
        "kinds": Kind.choices,
        "carried": list(_carried(request.GET)),
    }
    return render(request, "annotations/claims.html", context)


def _carried(params: QueryDict) -> Iterator[tuple[str, str, str]]:
    """Give (name, value, address without it) of the filters that have no field on the page."""
    for name in CARRIED:
        for value in dict.fromkeys(filter(str.strip, params.getlist(name))):
            rest = params.copy()
            rest.pop("cursor", None)
            rest.setlist(name, [other for other in params.getlist(name) if other != value])
            yield name, value, f"?{rest.urlencode()}"


@require_safe
def claim(request: HttpRequest, number: int) -> HttpResponse:
    """Show a claim and every film it is made in."""
    row = get_object_or_404(Claim.objects.for_page(), pk=number)
    if not permissions.may(request.user, Action.READ, row):
        return _gone(request, row)
    may_edit = permissions.may(request.user, Action.EDIT, row)
    return render(request, "annotations/claim.html", {"claim": row, "may_edit": may_edit})


@require_safe
def claim_history(request: HttpRequest, number: int) -> HttpResponse:
    """Show who changed what of a claim, and when."""
    row = get_object_or_404(Claim, pk=number)
    if not permissions.may(request.user, Action.READ_LOG, row):
        return _gone(request, row)
    made = Occurrence.objects.filter(claim=row).select_related("video")
    context = {
        "claim": row,
        "edits": editing.edits_in(revisions.of_claim(row)),
        "labels": editing.LABELS,
        "films": {occurrence.pk: occurrence.video for occurrence in made},
    }
    return render(request, "annotations/claim_history.html", context)


def _gone(request: HttpRequest, row: Claim) -> HttpResponse:
    """Tell that a claim was withdrawn, and nothing of what it said."""
    context = {
        "number": row.pk,
        "is_author": row.author_id == request.user.pk,
        "may_read_log": permissions.may(request.user, Action.READ_LOG, row),
    }
    return render(request, "annotations/claim_gone.html", context, status=HTTPStatus.GONE)


# --- Writing --------------------------------------------------------------------------


@login_required
def claim_new(request: MemberRequest, platform: str, platform_id: str) -> HttpResponseBase:
    """Mark a claim in a film, at `?t=` if given."""
    video = get_object_or_404(Video.objects.for_page().identified(platform, platform_id))
    start_ms = _moment(request, video)
    if request.method != "POST":
        form = ClaimForm.starting_at(video, start_ms)
    else:
        form = ClaimForm(request.POST)
        if form.is_valid():
            try:
                marked = claims.create(by=request.user, video=video, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            except Video.DoesNotExist as error:
                raise Http404 from error
            else:
                messages.success(request, _("Marked. Thank you."))
                return redirect(marked.occurrences.get())
    viewing = viewing_of(video, start_ms, request.GET.get("copy", ""))
    context = {
        "form": form,
        "video": video,
        "start_ms": start_ms,
        "viewing": viewing,
        "player": viewing.player,
        "statement_max": STATEMENT_MAX,
    }
    return _render_film(request, "annotations/claim_form.html", viewing, context)


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
    context = {"claim": row, "edit": edit, "statement_max": STATEMENT_MAX}
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
