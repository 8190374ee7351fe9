"""What no request may carry, taken out before anything reads it.

Each of these would come up as a fault of ours somewhere deep in Django, on every page.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import parse_header_parameters

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def legible(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Return a middleware that lets through only what the database can be asked for.

    A path with a NUL leads nowhere (404). A cookie with one is none of ours and is dropped.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path:
            raise Http404
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return get_response(request)

    return middleware


def in_utf8(application: Application) -> Application:
    """Return a WSGI application whose requests are UTF-8, whatever charset they claim.

    Django takes any codec that Python has for the query string, also those that make no
    text, and fails while it makes the request, before any middleware.
    """

    def outer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = without_charset(environ.get("CONTENT_TYPE", ""))
        return application(environ, start_response)

    return outer


def without_charset(content_type: str) -> str:
    """Return a Content-Type with all its parameters but the charset; empty if it is none."""
    if "charset" not in content_type.lower() and "*" not in content_type:
        return content_type
    try:
        kind, parameters = parse_header_parameters(content_type)
    except ValueError:
        return ""
    kept = (f'; {name}="{value}"' for name, value in parameters.items() if name != "charset")
    return kind + "".join(kept)
