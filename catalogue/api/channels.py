"""Channels over REST."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import paging, presenters, serializers
from catalogue.models import Channel
from catalogue.rest import parameters
from catalogue.rest.answers import PAGING, Endpoint, documented, get_row, listing, single, site_of
from catalogue.rest.parameters import Parameter

CHANNELS = "Channels"


class Channels(Endpoint):
    """Who publishes the films."""

    known = (
        Parameter("q", "A part of the name."),
        Parameter("platform", "Platform, as `youtube`."),
        *PAGING,
    )

    @documented(
        "channels_list",
        "List channels by name",
        under=CHANNELS,
        answer=serializers.Channel,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of channels. One query."""
        values = parameters.read(request, self.known)
        rows = Channel.objects.all()
        if "q" in values:
            rows = rows.filter(name__icontains=values["q"])
        if "platform" in values:
            rows = rows.filter(platform=values["platform"])
        return listing(request, rows, paging.BY_NAME, presenters.channel, values)


class ChannelDetail(Endpoint):
    """One channel."""

    @documented(
        "channels_read",
        "Read a channel",
        under=CHANNELS,
        answer=serializers.Channel,
        problems=(404,),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a channel. One query."""
        parameters.read(request, ())
        row = get_row(Channel.objects.filter(pk=pk), _("There is no such channel."))
        return single(request, presenters.channel(row, site_of(request)))
