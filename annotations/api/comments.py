"""The discussion over REST: reading, saying, changing and withdrawing comments."""

from functools import partial

from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from annotations import comment_serializers as serializers
from annotations import discussion, search, things
from annotations.api.writing import edited, row_numbered, withdrawn, written
from annotations.models import Claim, Comment, State
from catalogue import paging
from catalogue.rest import parameters
from catalogue.rest.answers import (
    IF_MATCH,
    PAGING,
    Endpoint,
    documented,
    get_row,
    listing,
    member_of,
    single,
    site_of,
)
from catalogue.rest.parameters import number
from catalogue.rest.refusals import Gone
from catalogue.rest.strict import checked

COMMENTS = "Discussion"
AS_SAID = paging.Ordering("said", F("created_at"), paging.read_moment, descending=False)


class Comments(Endpoint):
    """What is said about claims."""

    known = (number("claim", "Number of a claim."), *PAGING)

    @documented(
        "comments_list",
        "List comments",
        under=COMMENTS,
        description="Of one claim in the order they were said; else the newest first.",
        answer=serializers.Comment,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of comments. One query."""
        values = parameters.read(request, self.known)
        rows = Comment.objects.visible().for_page()
        if "claim" in values:
            rows = rows.filter(claim=values["claim"])
        ordering = AS_SAID if "claim" in values else search.SORTS["newest"]
        return listing(request, rows, ordering, serializers.comment, values)

    @documented(
        "comments_create",
        "Say something about a claim",
        under=COMMENTS,
        description=(
            "`@name` tells a member; a web address is offered as evidence on the claim's page."
        ),
        body=serializers.CommentBody,
        answer=serializers.Comment,
        status=201,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Say something, or answer what was said."""
        values = checked(serializers.CommentBody, request.data)
        missing = _("It is not there, or it was withdrawn.")
        claim = row_numbered(Claim.objects.visible(), values["claim"], "claim", missing)
        parent = None
        if "answers_to" in values:
            said = Comment.objects.visible().filter(claim=claim)
            parent = row_numbered(said, values["answers_to"], "answers_to", missing)
        row = discussion.say(claim, by=member_of(request), body=values["body"], parent=parent)
        return _comment_answer(request, row.pk, status=201)


class CommentDetail(Endpoint):
    """One comment."""

    @documented(
        "comments_read",
        "Read a comment",
        under=COMMENTS,
        answer=serializers.Comment,
        problems=(404, 410),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a comment. One query."""
        parameters.read(request, ())
        row = _get_comment(pk, request.user)
        body = serializers.comment(row, site_of(request))
        return single(request, body, version=row.version)

    @documented(
        "comments_edit",
        "Edit one's own comment",
        under=COMMENTS,
        description=(
            "For some minutes after it was said; afterwards it is refused (403). `version` as "
            "for claims."
        ),
        body=serializers.CommentEditBody,
        answer=serializers.Comment,
        takes=(IF_MATCH,),
        writes=True,
        problems=(404, 409, 410, 412),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Edit a comment."""
        row = _get_comment(pk, request.user)
        edit = partial(discussion.edit, body=row.body)
        edited(request, row, serializers.CommentEditBody, edit, under=row.claim)
        return _comment_answer(request, pk)

    @documented(
        "comments_withdraw",
        "Withdraw one's own comment",
        under=COMMENTS,
        description="Nobody reads it any more; answers to it stay.",
        takes=(IF_MATCH,),
        status=204,
        writes=True,
        problems=(404, 410, 412),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Withdraw a comment."""
        row = _get_comment(pk, request.user)
        return withdrawn(request, row, discussion.withdraw, under=row.claim)


def _get_comment(pk: int, user: User | AnonymousUser) -> Comment:
    """Return a comment; raises Http404, or Gone where this user may not read it."""
    rows = Comment.objects.for_page().select_related("claim")
    row = get_row(rows.filter(pk=pk), _("There is no such comment."))
    if not things.is_shown_to(user, row):
        raise Gone(
            _("A moderator has hidden it.")
            if State.HIDDEN in (row.state, row.claim.state)
            else _("It was withdrawn by its author.")
        )
    return row


def _comment_answer(request: Request, pk: int, *, status: int = 200) -> Response:
    row = Comment.objects.for_page().get(pk=pk)
    return written(serializers.comment(row, site_of(request)), row.version, status)
