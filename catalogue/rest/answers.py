"""Answers of the REST interface: lists by page, single rows with an ETag, and their papers."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView

from accounts.models import User
from catalogue import paging
from catalogue.models import Video
from catalogue.rest import parameters
from catalogue.rest.parameters import Parameter, anything, number, query_string
from catalogue.rest.refusals import PreconditionFailed, bad_parameters
from catalogue.rest.shapes import Problem, page_of

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")

PAGING = (
    Parameter("cursor", "Where the page starts: taken from `next` or `previous`.", anything),
    number("page_size", f"Rows a page; {paging.SIZE} if not given.", maximum=paging.SIZE_MAX),
)


class Endpoint(APIView):
    """A view that takes no parameter but those its method reads."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a query string where no method reads one: whoever sends it means something."""
        super().initial(request, *args, **kwargs)
        if request.method not in SAFE_METHODS:
            parameters.read(request, ())


def site_of(request: Request) -> str:
    """Return the site's own address, without a slash at the end."""
    return f"{request.scheme}://{request.get_host()}"


def member_of(request: Request) -> User:
    """Return who is asking; the permission of every view that writes has let only members in."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def listing(
    request: Request,
    rows: QuerySet[Row],
    ordering: paging.Ordering,
    present: Callable[[Row, str], dict[str, Any]],
    values: dict[str, Any],
) -> Response:
    """Answer with one page of a list. `values` are the request's checked parameters.

    `present` is given a row and the site's address. As many queries as `rows` takes, whatever
    its length. Raises BadParameters for a cursor that is none.
    """
    try:
        page = paging.page(
            rows,
            ordering,
            cursor=values.get("cursor", ""),
            size=values.get("page_size", paging.SIZE),
        )
    except ValidationError as error:
        raise bad_parameters(error) from None
    site = site_of(request)
    return paged(request, page, lambda row: present(row, site))


def paged(
    request: Request, page: paging.Page[Item], present: Callable[[Item], dict[str, Any]]
) -> Response:
    """Answer with a page that was found already."""
    return Response(
        {
            "results": [present(row) for row in page.items],
            "next": _page_address(request, page.next_cursor),
            "previous": _page_address(request, page.previous_cursor),
        }
    )


def _page_address(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = query_string(request).copy()
    query["cursor"] = cursor
    return f"{site_of(request)}{request.path}?{query.urlencode()}"


def created(body: dict[str, Any]) -> Response:
    """Answer with what was made, and where it is."""
    return Response(body, status=201, headers={"Location": body["url"]})


def single(request: Request, body: dict[str, Any], *, version: int | None = None) -> HttpResponse:
    """Answer with one row, its ETag, or 304 if the asker has just this.

    The ETag names the row's version, if rows of its kind have one, and a digest of all that is
    shown: what stands around a row changes without it.
    """
    etag = etag_of(body, version=version)
    known = parse_etags(request.headers.get("If-None-Match", ""))
    headers = {"ETag": etag}
    if "*" in known or etag.removeprefix("W/") in {one.removeprefix("W/") for one in known}:
        unchanged = HttpResponse(status=304, headers=headers)
        # Caches take over what a 304 says of the answer they hold: that it is HTML, else.
        del unchanged.headers["Content-Type"]
        return unchanged
    return Response(body, headers=headers)


def etag_of(body: dict[str, Any], *, version: int | None = None) -> str:
    """Return the ETag of an answer: `"3-5f0c…"` with a version, else a weak one."""
    text = json.dumps(body, cls=JSONEncoder, sort_keys=True).encode()
    digest = hashlib.blake2b(text, digest_size=8).hexdigest()
    return f'W/"{digest}"' if version is None else f'"{version}-{digest}"'


def version_asked(request: Request, *, current: int) -> int | None:
    """Return the version that `If-Match` names, None without the header.

    Of an ETag only its version counts: an occurrence somebody added meanwhile does not stand
    in the way of an edit of the statement. Raises PreconditionFailed if none of the ETags
    named is of the present version.
    """
    header = request.headers.get("If-Match")
    if header is None:
        return None
    # A compressing proxy (or our own middleware) makes ETags weak on their way out.
    known = {tag.removeprefix("W/").strip('"').partition("-")[0] for tag in parse_etags(header)}
    if "*" in known or str(current) in known:
        return current
    raise PreconditionFailed(_("It was edited in the meantime."), version=current)


def get_row(rows: QuerySet[Row], missing: str) -> Row:
    """Return the first of `rows`; raises Http404, which says what is missing."""
    row = rows.first()
    if row is None:
        raise Http404(missing)
    return row


def find_video(key: str) -> Video | None:
    """Return the video of a key such as `youtube:swje6NSdkfk`, if there is one."""
    platform, colon, platform_id = key.partition(":")
    if not colon or "\0" in key:
        return None
    return Video.objects.identified(platform, platform_id).first()


def get_video(key: str, rows: QuerySet[Video]) -> Video:
    """Return the video of a key out of `rows`; raises Http404."""
    platform, colon, platform_id = key.partition(":")
    if not colon:
        raise Http404(_("A video's key is platform:id, as in youtube:swje6NSdkfk."))
    if "\0" not in key:
        for video in rows.filter(platform=platform, platform_id=platform_id):
            return video
    raise Http404(_("There is no such video."))


# --- Papers ---------------------------------------------------------------------------

KEY = OpenApiParameter(
    "key",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The video's identity: platform:platform_id, percent-encoded as needed.",
    examples=[OpenApiExample("A video of YouTube", value="youtube:swje6NSdkfk")],
)
SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="Of the tag.")
IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag of the row as you saw it; the request fails with 412 if it was edited.",
)
_ANSWERS = {
    400: "What was sent is not valid",
    401: "The request needs a valid token",
    403: "Not yours to do",
    404: "Nothing is here",
    409: "The present state is another",
    410: "It was withdrawn",
    412: "It is not as you saw it",
    413: "Too large",
    415: "Not understood in this form",
}
_WRITING = (401, 403)
_WITH_BODY = (413, 415)


def documented(
    operation: str,
    summary: str,
    *,
    under: str,
    description: str = "",
    answer: Any = None,
    status: int = 200,
    also: Mapping[Any, Any] | None = None,
    body: Any = None,
    takes: Sequence[Parameter | OpenApiParameter] = (),
    problems: Sequence[int] = (),
    is_list: bool = False,
    writes: bool = False,
    is_private: bool = False,
    examples: Sequence[OpenApiExample] = (),
) -> Callable[[Any], Any]:
    """Return a decorator that describes one method of a view in the schema.

    `answer` is a serializer class (of one row, if `is_list`), None for an empty answer;
    `also` are further answers by status, or by status and media type. What is private is
    read by its owner only.
    """
    shown = [one.documented() if isinstance(one, Parameter) else one for one in takes]
    shape = page_of(answer) if is_list else answer
    responses: dict[Any, Any] = (
        {(status, "application/json"): shape}
        if shape
        else {status: OpenApiResponse(description="Done")}
    )
    responses.update(also or {})
    codes = {400, *problems, *(_WRITING if writes else ()), *(_WITH_BODY if body else ())}
    codes |= {401} if is_private else set()
    for code in sorted(codes):
        responses[code, "application/problem+json"] = OpenApiResponse(
            Problem, description=_ANSWERS[code]
        )
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=description or f"{summary}.",
        tags=[under],
        request=body,
        responses=responses,
        parameters=shown,
        examples=list(examples),
        # Reading needs nobody's name, but for what is somebody's own.
        auth=None if writes or is_private else [],
    )
