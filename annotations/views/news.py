"""What happened since a page was made, and who is here, for pages that cannot hear it at once."""

import hashlib

import redis
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotations import live, permissions, presence
from annotations.live import Topic
from annotations.models import Claim
from annotations.permissions import Action
from catalogue.models import Video


@require_safe
@never_cache
def of_video(request: HttpRequest, platform: str, platform_id: str) -> HttpResponse:
    """Tell the claims of a film that something happened to since `?since=`."""
    videos = Video.objects.identified(platform, platform_id).only("pk")
    return _news(request, Topic("video", get_object_or_404(videos).pk))


@require_safe
@never_cache
def of_claim(request: HttpRequest, number: int) -> HttpResponse:
    """Tell whether something happened to a claim since `?since=`, to those who may read it."""
    claim = get_object_or_404(Claim, pk=number)
    if not permissions.may(request.user, Action.READ, claim):
        raise Http404
    return _news(request, Topic("claim", claim.pk))


def _news(request: HttpRequest, topic: Topic) -> HttpResponse:
    """Answer with what is new and with who is here; with 304 if that was told before."""
    since = live.read_id(request.GET.get("since", ""))
    if since is None:
        return JsonResponse({"error": _("`since` is the id that was told last.")}, status=400)
    try:
        news = live.since(topic, since)
        told = {"last": news.last, "claims": news.claims, "gap": news.is_gap}
        told |= _here(request, topic)
    except redis.RedisError:
        # Nothing is known now; the next question may be answered.
        told = {"last": since, "claims": [], "gap": False, "here": None, "stale": False}
    response = JsonResponse(told)
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:16]}"'
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


def _here(request: HttpRequest, topic: Topic) -> dict[str, object]:
    """Count a page that shows its ticket, and return how many are here.

    Both stand in headers, so that they are in no log of addresses.
    """
    window = request.headers.get("X-Window", "")
    ticket = presence.find_ticket(request.headers.get("X-Ticket", ""), topic)
    if ticket is None or not presence.is_window(window):
        return {"here": None, "stale": ticket is None}
    here = presence.note(window, ticket)
    if here is None:
        return {"here": None, "stale": True}
    return {"here": presence.told_to(here, ticket.member), "stale": False}
