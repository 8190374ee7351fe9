"""Posters as files: from our own origin, for ever, without a query."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from catalogue import poster_files

# A name is made of what is in the file, so it never shows anything else.
_FOR_EVER = "public, max-age=31536000, immutable"


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
