"""Posters as files: from our own origin, for ever, without a query."""

import re
from collections.abc import Callable
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from catalogue import poster_files

# A name is made of what is in the file, so it never shows anything else.
_FOR_EVER = "public, max-age=31536000, immutable"
# The address of `poster`, as catalogue/urls.py has it.
_ADDRESS = re.compile(r"/posters/([0-9a-f]{32})-([1-9][0-9]{0,4})\.webp")


def at_once(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Return a middleware that serves posters before anything asks who is looking.

    Thirty pictures of a list cost no session, no member and no gzip, and caches may share them.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        found = _ADDRESS.fullmatch(request.path_info)
        if found is None:
            return get_response(request)
        try:
            return poster(request, found[1], int(found[2]))
        except Http404:
            # The page that says so is made like any other.
            return get_response(request)

    return middleware


@require_safe
def poster(request: HttpRequest, content_hash: str, width: int) -> HttpResponseBase:
    """Serve one picture."""
    etag = f'"{content_hash}-{width}"'
    headers = {"Cache-Control": _FOR_EVER, "ETag": etag}
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    try:
        body = poster_files.path_of(content_hash, width).read_bytes()
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(body, content_type="image/webp", headers=headers)
