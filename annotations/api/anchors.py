"""Where occurrences may be now, over REST: the proposals, deciding on them, shifting a video."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from annotations import anchor_serializers, anchors
from annotations.models import AnchorHealth, AnchorProposal, Occurrence, ProposalState
from catalogue import paging
from catalogue.models import Video
from catalogue.rest import parameters
from catalogue.rest.answers import (
    KEY,
    PAGING,
    Endpoint,
    documented,
    get_row,
    get_video,
    listing,
    member_of,
    single,
    site_of,
)
from catalogue.rest.parameters import Parameter, choice
from catalogue.rest.refusals import Conflict
from catalogue.rest.strict import checked

ANCHORS = "Anchors"

NEWEST = paging.Ordering("newest", F("created_at"), paging.read_moment)
ANCHOR_FILTERS = (
    Parameter("video", "Key of a video, as `youtube:swje6NSdkfk`."),
    choice("health", "What was found.", AnchorHealth.values),
    choice("state", "What became of it; `open` if not given.", ProposalState.values),
)
SHIFT_EXAMPLE = OpenApiExample(
    "A new opening of 31 seconds",
    request_only=True,
    value={"offset_ms": 31000, "from_ms": 0, "why": "A new opening", "dry_run": True},
)


class Anchors(Endpoint):
    """Occurrences that were not found where they were."""

    known = (*ANCHOR_FILTERS, *PAGING)

    @documented(
        "anchors_list",
        "List where occurrences may be now, the newest first",
        under=ANCHORS,
        description="Those that wait for a person, unless another `state` is asked for.",
        answer=anchor_serializers.Proposal,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of proposals. One query."""
        values = parameters.read(request, self.known)
        state = values.get("state", ProposalState.OPEN)
        rows = AnchorProposal.objects.visible().for_page().filter(state=state)
        if "health" in values:
            rows = rows.filter(health=values["health"])
        if "video" in values:
            made_there = Occurrence.objects.made_in(values["video"])
            rows = rows.filter(occurrence__in=made_there.values("pk"))
        return listing(request, rows, NEWEST, anchor_serializers.proposal, values)


class AnchorDetail(Endpoint):
    """One proposal."""

    @documented(
        "anchors_read",
        "Read where an occurrence may be now",
        under=ANCHORS,
        answer=anchor_serializers.Proposal,
        problems=(404,),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a proposal. One query."""
        parameters.read(request, ())
        return single(request, anchor_serializers.proposal(_get_proposal(pk), site_of(request)))


class AnchorAccept(Endpoint):
    """Moving an occurrence to the proposed place."""

    @documented(
        "anchors_accept",
        "Move an occurrence to the proposed place",
        under=ANCHORS,
        description=(
            "Any member may; the move is an edit of the occurrence, in its log. 409 if somebody "
            "decided already, if the occurrence was edited since, or if no place is proposed: "
            "then edit the occurrence."
        ),
        answer=anchor_serializers.Proposal,
        writes=True,
        problems=(404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Accept it, and return it."""
        return _decided(request, pk, lambda row, by: anchors.accept(row, by=by))


class AnchorRefuse(Endpoint):
    """Keeping an occurrence where it is."""

    @documented(
        "anchors_refuse",
        "Keep an occurrence where it is",
        under=ANCHORS,
        description="Any member may. It is asked again only after another change.",
        answer=anchor_serializers.Proposal,
        writes=True,
        problems=(404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Refuse it, and return it."""
        return _decided(request, pk, lambda row, by: anchors.refuse(row, by=by))


class VideoShift(Endpoint):
    """Moving all occurrences of a video."""

    @documented(
        "videos_shift",
        "Move all occurrences of a video, as after a new cut",
        under=ANCHORS,
        description=(
            "All from `from_ms` on move by `offset_ms`, each by an edit in its log. What would "
            "fall outside of the video, or is locked, is told and stays. Ask with `dry_run` "
            "first, and send its `fingerprint` as `expected`, so that two of you do not shift "
            "twice. Shifting back undoes it."
        ),
        body=anchor_serializers.ShiftBody,
        answer=anchor_serializers.ShiftResult,
        takes=(KEY,),
        writes=True,
        problems=(404, 409),
        examples=(SHIFT_EXAMPLE,),
    )
    def post(self, request: Request, key: str) -> Response:
        """Shift, or tell what it would do."""
        values = checked(anchor_serializers.ShiftBody, request.data)
        is_dry_run = values.pop("dry_run", False)
        video = get_video(key, Video.objects.only("platform", "platform_id", "duration_ms"))
        try:
            done = anchors.shift(video, by=member_of(request), is_dry_run=is_dry_run, **values)
        except anchors.FilmChanged as error:
            raise Conflict(str(error)) from None
        body = anchor_serializers.shift(done, site_of(request), is_dry_run=is_dry_run)
        return Response(body)


def _get_proposal(pk: int) -> AnchorProposal:
    rows = AnchorProposal.objects.visible().for_page().filter(pk=pk)
    return get_row(rows, _("There is no such proposal."))


def _decided(
    request: Request, pk: int, decide: Callable[[AnchorProposal, User], Occurrence]
) -> Response:
    """Decide on a proposal, and answer with it as it is stored now."""
    row = _get_proposal(pk)
    try:
        decide(row, member_of(request))
    except anchors.Decided as error:
        raise Conflict(str(error)) from None
    except ValidationError as error:
        raise Conflict(" ".join(error.messages)) from None
    return Response(anchor_serializers.proposal(_get_proposal(pk), site_of(request)))
