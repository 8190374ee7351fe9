"""What happened since a page was made, for browsers that cannot hear it at once."""

import re

import redis
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotations import live
from annotations.live import Topic
from annotations.models import Claim
from catalogue.models import Video

_ID = re.compile(r"[0-9]{1,15}(-[0-9]{1,10})?", re.ASCII)


@require_safe
@never_cache
def of_video(request: HttpRequest, platform: str, platform_id: str) -> JsonResponse:
    """Tell the claims of a film that something happened to since `?since=`."""
    videos = Video.objects.identified(platform, platform_id).only("pk")
    return _news(request, Topic("video", get_object_or_404(videos).pk))


@require_safe
@never_cache
def of_claim(request: HttpRequest, number: int) -> JsonResponse:
    """Tell whether something happened to a claim since `?since=`."""
    return _news(request, Topic("claim", get_object_or_404(Claim.objects.only("pk"), pk=number).pk))


def _news(request: HttpRequest, topic: Topic) -> JsonResponse:
    since = request.GET.get("since", "")
    if not _ID.fullmatch(since):
        return JsonResponse({"error": _("`since` is the id that was told last.")}, status=400)
    try:
        news = live.since(topic, since)
    except redis.RedisError:
        # Nothing is known now; the next question may be answered.
        return JsonResponse({"last": since, "claims": []})
    return JsonResponse({"last": news.last, "claims": news.claims})
