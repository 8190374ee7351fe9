"""Verdicts over REST: what is stated and was, voting on claims, rating evidence."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import as_of, permissions, ratings
from annotations import verdict_serializers as serializers
from annotations.api.claims import get_claim
from annotations.models import Evidence
from annotations.permissions import Action
from catalogue.rest import parameters
from catalogue.rest.answers import Endpoint, documented, get_row, member_of, single, site_of
from catalogue.rest.parameters import Parameter
from catalogue.rest.refusals import Gone
from catalogue.rest.strict import checked

VERDICTS = "Verdicts"
VOTE_EXAMPLE = OpenApiExample(
    "A vote", request_only=True, value={"verdict": "needs_context", "version": 1}
)
RATING_EXAMPLE = OpenApiExample("A rating", request_only=True, value={"rating": "somewhat"})


def _moment(text: str) -> Any:
    return as_of.read_moment(text, now=timezone.now())


class ClaimVerdict(Endpoint):
    """What is stated of one claim."""

    known = (
        Parameter(
            "at",
            "A day (its end, in UTC) or a moment with its zone: the verdict as of then.",
            _moment,
        ),
    )

    @documented(
        "claims_verdict_read",
        "Read what is stated of a claim, or was",
        under=VERDICTS,
        description=(
            "With what it rests on and what is missing. Bars are null to members who may vote and "
            "have not yet, so that each judges alone. With `at`, as of a moment of the past."
        ),
        answer=serializers.ClaimVerdict,
        takes=known,
        problems=(404, 410),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return the verdict. At most five queries, ten with `at`."""
        at = parameters.read(request, self.known).get("at")
        row = get_claim(pk, request.user)
        shown, is_judged = None, row.is_judged
        if at is None:
            shown = ratings.shown(row, request.user, now=timezone.now())
        elif (past := as_of.find_past(row, at, request.user)) and past.is_readable:
            shown, is_judged = past.verdict, past.is_judged
        if shown is None:
            raise Http404(_("There was no such claim to read then."))
        return single(
            request,
            serializers.verdict(row, shown, site_of(request), at=at, is_judged=is_judged),
        )


class ClaimVerdicts(Endpoint):
    """What was stated of one claim, and when."""

    @documented(
        "claims_verdicts_list",
        "List the changes of what was stated of a claim, newest first",
        under=VERDICTS,
        answer=serializers.ClaimVerdictChanges,
        problems=(404, 410),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return every change. At most five queries."""
        parameters.read(request, ())
        row = get_claim(pk, request.user)
        own = ratings.find_vote(row, request.user)
        sees = ratings.may_see_votes(request.user, row, has_voted=own is not None)
        changes = row.verdict_changes.order_by("-pk")
        return Response({"results": [serializers.change(one, sees_votes=sees) for one in changes]})


class ClaimVote(Endpoint):
    """One's own vote on one claim."""

    @documented(
        "claims_vote_put",
        "Vote on a claim, or change your vote",
        under=VERDICTS,
        description="One vote a person. The same vote again changes nothing.",
        body=serializers.VoteBody,
        answer=serializers.Vote,
        writes=True,
        problems=(404, 410),
        examples=(VOTE_EXAMPLE,),
    )
    def put(self, request: Request, pk: int) -> Response:
        """Vote. Idempotent."""
        row = get_claim(pk, request.user)
        permissions.require(member_of(request), Action.RATE, row)
        values = checked(serializers.VoteBody, request.data)
        vote = ratings.cast_vote(row, by=member_of(request), **values)
        return Response(serializers.vote(vote))

    @documented(
        "claims_vote_delete",
        "Take your vote back",
        under=VERDICTS,
        description="Without a vote nothing changes. The log keeps what it was.",
        status=204,
        writes=True,
        problems=(404, 410),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Take one's vote back. Idempotent."""
        row = get_claim(pk, request.user)
        ratings.take_back_vote(row, by=member_of(request))
        return Response(status=204)


class EvidenceRating(Endpoint):
    """One's own rating of one evidence item."""

    @documented(
        "evidence_rating_put",
        "Rate an evidence item, or change your rating",
        under=VERDICTS,
        description="One rating a person. The same rating again changes nothing.",
        body=serializers.RatingBody,
        answer=serializers.EvidenceRating,
        writes=True,
        problems=(404, 410),
        examples=(RATING_EXAMPLE,),
    )
    def put(self, request: Request, pk: int) -> Response:
        """Rate. Idempotent."""
        card = _get_card(request, pk)
        permissions.require(member_of(request), Action.RATE, card, under=card.claim)
        values = checked(serializers.RatingBody, request.data)
        rating = ratings.rate(card, by=member_of(request), **values)
        return Response(serializers.rating(rating))

    @documented(
        "evidence_rating_delete",
        "Take your rating back",
        under=VERDICTS,
        description="Without a rating nothing changes. The log keeps what it was.",
        status=204,
        writes=True,
        problems=(404, 410),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Take one's rating back. Idempotent."""
        ratings.take_back_rating(_get_card(request, pk), by=member_of(request))
        return Response(status=204)


def _get_card(request: Request, pk: int) -> Evidence:
    """Return an evidence item; raises Http404, or Gone for one that this member may not read."""
    rows = Evidence.objects.select_related("claim").filter(pk=pk)
    card = get_row(rows, _("There is no such evidence."))
    for row in (card.claim, card):
        if not permissions.may(request.user, Action.READ, row):
            raise Gone(_("This evidence is no longer shown."))
    return card
