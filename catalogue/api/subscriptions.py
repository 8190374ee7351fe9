"""What a member follows, over REST: one's own only."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from catalogue import paging, presenters, serializers
from catalogue import subscriptions as operations
from catalogue.models import Interval, Start, Subscription
from catalogue.records.targets import Target, TargetError, parse_target
from catalogue.rest import parameters
from catalogue.rest.answers import (
    PAGING,
    Endpoint,
    created,
    documented,
    get_row,
    listing,
    member_of,
    single,
    site_of,
)
from catalogue.rest.strict import checked

SUBSCRIPTIONS = "Subscriptions"
LATEST = paging.Ordering("latest", F("id"), paging.read_number)


class Subscriptions(Endpoint):
    """What the asker follows."""

    @documented(
        "subscriptions_list",
        "List one's own subscriptions, newest first",
        under=SUBSCRIPTIONS,
        answer=serializers.Subscription,
        is_list=True,
        takes=PAGING,
        is_private=True,
    )
    def get(self, request: Request) -> Response:
        """Return one page of the asker's subscriptions. Two queries, and those of the token."""
        values = parameters.read(request, PAGING)
        rows = Subscription.objects.of(member_of(request)).for_list()
        return listing(request, rows, LATEST, presenters.subscription, values)

    @documented(
        "subscriptions_create",
        "Follow a channel, a list or a feed",
        under=SUBSCRIPTIONS,
        description=(
            "Its new films come in by themselves from now on, each look that finds some as an "
            "import of yours. What the filters leave out is counted."
        ),
        body=serializers.SubscriptionBody,
        answer=serializers.Subscription,
        status=201,
        writes=True,
        examples=[
            OpenApiExample(
                "The long films of a channel",
                value={"url": "@QuietRivers", "interval_hours": 24, "shortest_ms": 1_200_000},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Follow something."""
        member = member_of(request)
        given = checked(serializers.SubscriptionBody, request.data)
        filters = operations.Filters(
            words=given.get("words", ""),
            words_not=given.get("words_not", ""),
            shortest_ms=given.get("shortest_ms"),
            longest_ms=given.get("longest_ms"),
        )
        row = operations.create(
            _target_of(given["url"]),
            by=member,
            interval=given.get("interval_hours", Interval.DAILY),
            start=given.get("start", Start.NEW),
            filters=filters,
        )
        return created(_body(request, member, row.pk))


class SubscriptionDetail(Endpoint):
    """One subscription."""

    @documented(
        "subscriptions_read",
        "Read a subscription of one's own",
        under=SUBSCRIPTIONS,
        answer=serializers.Subscription,
        problems=(404,),
        is_private=True,
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a subscription. Two queries, and those of the token."""
        parameters.read(request, ())
        return single(request, _body(request, member_of(request), pk))

    @documented(
        "subscriptions_edit",
        "Pause a subscription, or go on with it",
        under=SUBSCRIPTIONS,
        body=serializers.SubscriptionEditBody,
        answer=serializers.Subscription,
        writes=True,
        problems=(404,),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Pause it, or go on with it."""
        member = member_of(request)
        given = checked(serializers.SubscriptionEditBody, request.data)
        row = _get(member, pk)
        operations.set_active(row, by=member, is_active=given["is_active"])
        return Response(_body(request, member, pk))

    @documented(
        "subscriptions_delete",
        "Stop following",
        under=SUBSCRIPTIONS,
        description="What came in stays.",
        status=204,
        writes=True,
        problems=(404,),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Stop following."""
        member = member_of(request)
        operations.delete(_get(member, pk), by=member)
        return Response(status=204)


class SubscriptionLook(Endpoint):
    """Looking at once."""

    @documented(
        "subscriptions_look",
        "Look for new films now",
        under=SUBSCRIPTIONS,
        description="The look comes with the next sweep; one that was paused goes on.",
        answer=serializers.Subscription,
        status=202,
        writes=True,
        problems=(404,),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Have it looked at."""
        member = member_of(request)
        operations.look_now(_get(member, pk), by=member)
        return Response(_body(request, member, pk), status=202)


def _target_of(text: str) -> Target:
    try:
        return parse_target(text)
    except TargetError as error:
        raise ValidationError({"url": ValidationError(error.reason, code="address")}) from None


def _get(member: User, pk: int) -> Subscription:
    rows = Subscription.objects.of(member).for_list().filter(pk=pk)
    return get_row(rows, _("You follow nothing of this number."))


def _body(request: Request, member: User, pk: int) -> dict[str, Any]:
    return presenters.subscription(_get(member, pk), site_of(request))
