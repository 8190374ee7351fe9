"""Tags over REST: the words themselves, and putting them on films."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import paging, presenters, serializers, tags
from catalogue.models import Tag, Video
from catalogue.rest import parameters
from catalogue.rest.answers import (
    KEY,
    PAGING,
    SLUG,
    Endpoint,
    created,
    documented,
    get_video,
    listing,
    member_of,
    single,
    site_of,
)
from catalogue.rest.parameters import Parameter
from catalogue.rest.refusals import Conflict
from catalogue.rest.strict import checked

TAGS = "Tags"


class Tags(Endpoint):
    """The subject words."""

    known = (
        Parameter("q", "A part of the name."),
        Parameter("prefix", "What the name begins with, as while one types it."),
        *PAGING,
    )

    @documented(
        "tags_list",
        "List tags by name",
        under=TAGS,
        answer=serializers.Tag,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of tags. One query."""
        values = parameters.read(request, self.known)
        rows = Tag.objects.select_related("created_by")
        if "q" in values:
            rows = rows.filter(name__icontains=values["q"])
        if "prefix" in values:
            rows = rows.filter(name__istartswith=values["prefix"])
        return listing(request, rows, paging.BY_NAME, presenters.tag, values)

    @documented(
        "tags_create",
        "Make a tag",
        under=TAGS,
        body=serializers.TagBody,
        answer=serializers.Tag,
        status=201,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Make a tag; one of the same slug is a validation problem."""
        values = checked(serializers.TagBody, request.data)
        try:
            tags.clean_name(values["name"])
        except ValidationError as error:
            raise ValidationError({"name": error}) from None
        row = tags.create(by=member_of(request), **values)
        return created(presenters.tag(row, site_of(request)))


class TagDetail(Endpoint):
    """One subject word."""

    @documented(
        "tags_read",
        "Read a tag",
        under=TAGS,
        answer=serializers.Tag,
        takes=(SLUG,),
        problems=(404,),
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return a tag. One query."""
        parameters.read(request, ())
        return single(request, presenters.tag(_get_tag(slug), site_of(request)))

    @documented(
        "tags_edit",
        "Change what a tag says of itself",
        under=TAGS,
        description="Only who made it, and staff. The name is the identity and stays.",
        body=serializers.TagEditBody,
        answer=serializers.Tag,
        takes=(SLUG,),
        writes=True,
        problems=(404,),
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change a tag's description."""
        values = checked(serializers.TagEditBody, request.data)
        row = tags.edit(_get_tag(slug), by=member_of(request), **values)
        return Response(presenters.tag(row, site_of(request)))

    @documented(
        "tags_withdraw",
        "Take back a tag that nothing carries",
        under=TAGS,
        description="Only who made it, and staff. 409 while a video or a claim carries it.",
        takes=(SLUG,),
        status=204,
        writes=True,
        problems=(404, 409),
    )
    def delete(self, request: Request, slug: str) -> Response:
        """Withdraw a tag."""
        try:
            tags.withdraw(_get_tag(slug), by=member_of(request))
        except tags.TagInUse as error:
            raise Conflict(str(error)) from None
        return Response(status=204)


def _get_tag(slug: str) -> Tag:
    row = None
    if "\0" not in slug:
        row = Tag.objects.select_related("created_by").filter(slug=slug).first()
    if row is None:
        raise Http404(_("There is no such tag."))
    return row


class VideoTags(Endpoint):
    """The tags of a film, for members."""

    @documented(
        "videos_tags_create",
        "Put a tag on a video, by name",
        under=TAGS,
        description="The tag is made if it is new. One that is there already is left as it is.",
        body=serializers.TagNameBody,
        answer=serializers.Tag,
        status=201,
        takes=(KEY,),
        writes=True,
        problems=(404,),
    )
    def post(self, request: Request, key: str) -> Response:
        """Tag a video."""
        values = checked(serializers.TagNameBody, request.data)
        video = get_video(key, Video.objects.only("pk"))
        try:
            placed = tags.add_to_video(video, values["name"], by=member_of(request))
        except ValidationError as error:
            raise ValidationError({"name": error}) from None
        return created(presenters.tag(placed.tag, site_of(request)))


class VideoTag(Endpoint):
    """One tag on one film."""

    @documented(
        "videos_tags_put",
        "Put a tag on a video, by slug",
        under=TAGS,
        takes=(KEY, SLUG),
        status=204,
        writes=True,
        problems=(404,),
    )
    def put(self, request: Request, key: str, slug: str) -> Response:
        """Tag a video with a tag that exists. Idempotent."""
        video = get_video(key, Video.objects.only("pk"))
        tags.add_to_video(video, _get_tag(slug).name, by=member_of(request))
        return Response(status=204)

    @documented(
        "videos_tags_delete",
        "Take a tag off a video",
        under=TAGS,
        description="One's own only; the record's tags stay. Idempotent.",
        takes=(KEY, SLUG),
        status=204,
        writes=True,
        problems=(404,),
    )
    def delete(self, request: Request, key: str, slug: str) -> Response:
        """Take a tag off."""
        video = get_video(key, Video.objects.only("pk"))
        tags.remove_from_video(video, _get_tag(slug), by=member_of(request))
        return Response(status=204)
