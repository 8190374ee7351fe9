"""The watch page, and marking a claim beside the film."""

from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from annotations import picking
from annotations import reach as reaching
from annotations import watch as watching
from annotations.forms import ClaimForm
from annotations.listening import listening_of, origin_of, this_moment
from annotations.live import Topic
from annotations.marking import Marking
from annotations.models import STATEMENT_MAX
from annotations.player import Viewing, page_of, viewing_of
from catalogue.addresses import address
from catalogue.forms import CopyForm
from catalogue.models import Video
from catalogue.timecodes import TimecodeError, parse_timecode


@require_safe
def watch(request: HttpRequest, platform: str, platform_id: str) -> HttpResponseBase:
    """Show a film with the claims made in it. `?t=` (seconds or 12:34) is where it starts."""
    since = this_moment()
    video = get_object_or_404(Video.objects.for_page().identified(platform, platform_id))
    start_ms = _moment(request, video)
    rows = watching.claims_in(video, request.user)
    occurrences = [row.occurrence for row in rows]
    chips = watching.chips_of(occurrences, request.GET.get("state", ""))
    chapters = watching.chapters_of(video)
    changes = watching.changes_of(video)
    viewing = viewing_of(video, start_ms, request.GET.get("copy", ""))
    length_ms = watching.length_of(video, occurrences)
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
        "chips": chips,
        # The state whose claims alone are shown; empty for all.
        "state_shown": next((chip.state for chip in chips if chip.is_chosen), ""),
        "chapters": chapters,
        "timeline": watching.timeline_of(video, occurrences, chapters),
        "length_ms": length_ms,
        "replays": watching.replays_of(video, length_ms),
        "script": watching.script_of(
            video,
            request.GET.get("transcript", ""),
            occurrences,
            request.GET.get("find", ""),
            request.GET.get("pick", ""),
        ),
        "reach": reaching.reach_of(video, request.GET, changes=changes, claims=occurrences),
        "changes": changes,
        "description": watching.description_of(video),
        "note": watching.note_of(video, request.user),
        "listening": listening_of(
            request,
            Topic("video", video.pk),
            since=since,
            asks=address("annotations:video-news", platform, platform_id),
            asks_here=address("annotations:video-here", platform, platform_id),
        ),
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
            claims=[row.occurrence for row in watching.claims_in(video, request.user)],
        ),
    }
    return render(request, "annotations/_reach_body.html", context)


def _render_film(
    request: HttpRequest, template: str, viewing: Viewing, context: dict[str, Any]
) -> HttpResponseBase:
    """Render a page with a player. A file on another site is let in by this page alone.

    So is the live service, where it has an origin of its own.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        return render(request, template, context)

    let_in = {"media-src": viewing.player.origin, "connect-src": origin_of(request)}
    policy = {name: [origin] for name, origin in let_in.items() if origin}
    return csp_update(policy)(answer)(request)


def _moment(request: HttpRequest, video: Video) -> int | None:
    """Return the moment an address asks for, in milliseconds; None if it asks for none."""
    try:
        start_ms = parse_timecode(request.GET.get("t", ""))
    except TimecodeError:
        return None
    return start_ms if video.duration_ms is None else min(start_ms, video.duration_ms)


@login_required
def claim_new(request: MemberRequest, platform: str, platform_id: str) -> HttpResponseBase:
    """Mark a claim in a film, at `?t=` if given, or of words picked from its transcript."""
    video = get_object_or_404(Video.objects.for_page().identified(platform, platform_id))
    picked = picking.find_picked(video, request.GET)
    start_ms = picked.start_ms if picked else _moment(request, video)
    if request.method != "POST":
        form, marking = ClaimForm.starting_at(video, start_ms, picked), None
    else:
        form = ClaimForm(request.POST)
        marking = Marking(form, video, by=request.user)
        if form.is_valid() and (moment := marking.save()):
            messages.success(request, marking.said)
            return redirect(moment)
    viewing = viewing_of(video, start_ms, request.GET.get("copy", ""))
    context = {
        "form": form,
        "similar": marking.similar if marking else [],
        "video": video,
        "picked": picked,
        "start_ms": start_ms,
        "viewing": viewing,
        "player": viewing.player,
        "statement_max": STATEMENT_MAX,
    }
    return _render_film(request, "annotations/claim_form.html", viewing, context)
