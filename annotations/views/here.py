"""Who else is on a page, as this reader may see it: a piece that the page puts in."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotations import permissions, presence
from annotations.live import Topic
from annotations.models import Claim
from annotations.permissions import Action
from catalogue.models import Video


@require_safe
@never_cache
def of_video(request: HttpRequest, platform: str, platform_id: str) -> HttpResponse:
    """Name who is on the same film."""
    videos = Video.objects.identified(platform, platform_id).only("pk")
    return _here(request, Topic("video", get_object_or_404(videos).pk))


@require_safe
@never_cache
def of_claim(request: HttpRequest, number: int) -> HttpResponse:
    """Name who is on the same claim, to those who may read it."""
    claim = get_object_or_404(Claim, pk=number)
    if not permissions.may(request.user, Action.READ, claim):
        raise Http404
    return _here(request, Topic("claim", claim.pk))


def _here(request: HttpRequest, topic: Topic) -> HttpResponse:
    here = presence.find_here(topic)
    named = presence.named_in(here, request.user)
    context = {
        "named": named,
        # Who asks is here too, and is not told of themselves.
        "others": max(0, here.count - len(named) - 1),
        "ticket": presence.ticket_for(request.user, topic),
    }
    return render(request, "annotations/_here.html", context)
