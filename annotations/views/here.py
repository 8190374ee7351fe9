"""Who else is on a page, as this reader may see it: a piece that the page puts in."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from annotations import permissions, presence
from annotations.listening import ticket_of
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


@require_POST
@csrf_exempt
def leave(request: HttpRequest) -> HttpResponse:
    """Count a page no more that is left. It sends no headers then, and a ticket may have lapsed.

    Nothing is to be forged: only the page itself knows what it is called.
    """
    window = request.POST.get("window", "")
    ticket = presence.read_ticket(request.POST.get("ticket", ""))
    if ticket is None or not presence.is_window(window):
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    presence.leave(window, ticket)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _here(request: HttpRequest, topic: Topic) -> HttpResponse:
    here = presence.find_here(topic)
    named = presence.named_in(here, request.user)
    context = {
        "named": named,
        # Who asks is here too, and is not told of themselves.
        "others": max(0, here.count - len(named) - 1),
        "ticket": ticket_of(request, topic),
    }
    return render(request, "annotations/_here.html", context)
