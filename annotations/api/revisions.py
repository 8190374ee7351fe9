"""The log over REST: of all, of one thing; and bringing back what stood there before."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from annotations import log_presenters, log_serializers, permissions, restoring, revisions
from annotations.api.writing import stale, version_of
from annotations.models import Stated, Thing
from annotations.permissions import Action
from annotations.revisions import StaleVersion
from catalogue import paging
from catalogue.models import Video
from catalogue.rest import parameters
from catalogue.rest.answers import (
    IF_MATCH,
    KEY,
    PAGING,
    Endpoint,
    documented,
    find_video,
    get_video,
    member_of,
    paged,
)
from catalogue.rest.parameters import Parameter, choice, number, since
from catalogue.rest.refusals import BadParameters, Gone, bad_parameters
from catalogue.rest.strict import checked

LOG = "Revisions"
FILTERS = (
    choice("thing", "Of what.", revisions.TABLES),
    number("id", "Number of the thing; with `thing`."),
    Parameter("video", "Key of a video, as `youtube:swje6NSdkfk`."),
    Parameter("person", "User name of who did it."),
    since("since", "From this day or moment on."),
)


class Revisions(Endpoint):
    """What changed last, of everything."""

    known = (*FILTERS, *PAGING)

    @documented(
        "revisions_list",
        "List revisions, newest first",
        under=LOG,
        description=(
            "Of claims, their moments, tags, evidence and comments, of speakers, of notes on "
            "videos and of the tags that members put on videos. Of what is hidden or withdrawn "
            "now only who may read it learns more than that it was changed."
        ),
        answer=log_serializers.Entry,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page. At most 28 queries."""
        values = parameters.read(request, self.known)
        try:
            page = revisions.recent(
                _asked(values),
                reader=request.user,
                cursor=values.get("cursor", ""),
                size=values.get("page_size", paging.SIZE),
            )
        except DjangoValidationError as error:
            raise bad_parameters(error) from None
        return paged(request, page, log_presenters.entry)


def _asked(values: dict[str, Any]) -> revisions.Asked:
    """Return which changes are asked for; raises BadParameters for who or what there is not."""
    wrong: dict[str, list[tuple[str, str]]] = {}
    video = find_video(values["video"]) if "video" in values else None
    if "video" in values and video is None:
        wrong["video"] = [(_("There is no such video."), "does_not_exist")]
    person = None
    if "person" in values:
        person = User.objects.filter(username__iexact=values["person"]).first()
        if person is None:
            wrong["person"] = [(_("There is no such member."), "does_not_exist")]
    if "id" in values and "thing" not in values:
        wrong["id"] = [(_("Say of what, by thing."), "required")]
    if wrong:
        raise BadParameters(wrong)
    return revisions.Asked(
        table=values.get("thing", ""),
        row_id=values.get("id"),
        video=video,
        person=person,
        since=values.get("since"),
    )


class FilmRevisions(Endpoint):
    """The log of a film's note and of its members' tags."""

    @documented(
        "videos_revisions_list",
        "List what members changed of a video: its note and their tags",
        under=LOG,
        answer=log_serializers.Log,
        takes=(KEY,),
        problems=(404,),
    )
    def get(self, request: Request, key: str) -> Response:
        """Return every revision, newest first. Six queries at most."""
        parameters.read(request, ())
        video = get_video(key, Video.objects.only("pk"))
        log = revisions.of_film(video, reader=request.user)
        return Response({"results": [log_presenters.entry(one) for one in log]})


class FilmTagBringBack(Endpoint):
    """A tag that was taken off a film."""

    @documented(
        "videos_revisions_bring_back",
        "Put a tag on a video again that was taken off",
        under=LOG,
        description="`pk` is the `revision` of `videotag` that took it off. Idempotent.",
        takes=(KEY,),
        status=204,
        writes=True,
        problems=(404,),
    )
    def post(self, request: Request, key: str, pk: int) -> Response:
        """Bring a tag back."""
        video = get_video(key, Video.objects.only("pk"))
        try:
            restoring.bring_tag_back(video, pk, by=member_of(request))
        except restoring.NoSuchVersion as error:
            raise Http404(str(error)) from None
        return Response(status=204)


def log_of(thing: Thing, things: str) -> type[Endpoint]:
    """Return the view of the log of one thing, whose kind is called `things` in addresses."""

    class Log(Endpoint):
        """The log of one thing."""

        @documented(
            f"{things}_revisions_list",
            f"List the revisions of one of the {things}, newest first",
            under=LOG,
            description="Of what is hidden or withdrawn only its author and moderators.",
            answer=log_serializers.Log,
            problems=(404, 410),
        )
        def get(self, request: Request, pk: int) -> Response:
            """Return every revision. Eight queries at most."""
            parameters.read(request, ())
            row = _get_row(thing, pk)
            around = (row, getattr(row, "claim", None))
            may = (permissions.may(request.user, Action.READ_LOG, one) for one in around if one)
            if not all(may):
                raise Gone(_("It is hidden or withdrawn."))
            log = revisions.of(row, reader=request.user)
            return Response({"results": [log_presenters.entry(one) for one in log]})

    return Log


def restore_of(thing: Thing, things: str) -> type[Endpoint]:
    """Return the view that brings an earlier version of one thing back."""

    class Restore(Endpoint):
        """An earlier version of one thing."""

        @documented(
            f"{things}_restore",
            f"Bring an earlier version of one of the {things} back, as a new version",
            under=LOG,
            description=(
                "Who may edit it may do so, and what may not be stored today is refused as in "
                "an edit. Its state stays. `version` as for edits: in the body or by `If-Match`."
            ),
            body=log_serializers.RestoreBody,
            answer=log_serializers.Restored,
            takes=(IF_MATCH,),
            writes=True,
            problems=(404, 409, 412),
        )
        def post(self, request: Request, pk: int) -> Response:
            """Restore a revision."""
            row = _get_row(thing, pk)
            permissions.require(member_of(request), Action.EDIT, row)
            values = checked(log_serializers.RestoreBody, request.data)
            version = version_of(request, row, values)
            event, why = values["revision"], values.get("why", "")
            by = member_of(request)
            try:
                found = restoring.restore(thing, pk, event, by=by, version=version, why=why)
            except restoring.NoSuchVersion as error:
                wrong = [ErrorDetail(str(error), code="does_not_exist")]
                raise ValidationError({"revision": wrong}) from None
            except StaleVersion as error:
                raise stale(request, error) from None
            return Response(log_presenters.restored(found))

    return Restore


def bring_back_of(thing: Thing, things: str) -> type[Endpoint]:
    """Return the view that shows again what its author withdrew."""

    class BringBack(Endpoint):
        """Something that was withdrawn."""

        @documented(
            f"{things}_bring_back",
            f"Show one of the {things} again that one withdrew",
            under=LOG,
            description="Refused (400) where something else has taken its place.",
            answer=log_serializers.Restored,
            writes=True,
            problems=(404,),
        )
        def post(self, request: Request, pk: int) -> Response:
            """Bring it back."""
            row = restoring.bring_back(_get_row(thing, pk), by=member_of(request))
            return Response(log_presenters.restored(row))

    return BringBack


def _get_row(thing: Thing, pk: int) -> Stated:
    try:
        return restoring.find(thing, pk)
    except ObjectDoesNotExist:
        raise Http404(_("There is no such thing.")) from None
