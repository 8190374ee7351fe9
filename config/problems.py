"""Refusals of the REST interface, as `application/problem+json` (RFC 9457).

Whatever goes wrong under /api/ answers in this one shape, also where Django itself would
answer with a page: unknown addresses, requests it refuses before a view is called, faults
of ours.
"""

import http
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from annotations.revisions import StaleVersion
from catalogue.models import Video
from catalogue.rest.refusals import BadParameters, PreconditionFailed, RecordRefused
from config.problem_kinds import BY_NAME, BY_STATUS, Kind

PREFIX = "/api/"
CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing wrong in a body (a path of names and indexes) or in the query string.

    `inner_field` and `line` are places inside a text that the body carries.
    """

    detail: str
    code: str
    path: tuple[str | int, ...] = ()
    parameter: str | None = None
    line: int | None = None
    inner_field: str = ""

    @property
    def name(self) -> str:
        """What to call it in a sentence: `occurrence.start_ms`, empty for the whole body."""
        steps = [str(step) for step in self.path]
        return self.parameter or ".".join([*steps, *filter(None, [self.inner_field])])

    def as_dict(self) -> dict[str, Any]:
        """Return it as it stands in `errors`."""
        told: dict[str, Any] = {"detail": self.detail, "code": self.code}
        if self.line is not None:
            told["line"] = self.line
        if self.parameter is not None:
            return {"parameter": self.parameter, **told}
        steps = [str(step) for step in self.path]
        escaped = (step.replace("~", "~0").replace("/", "~1") for step in steps)
        return {
            "pointer": "".join(f"/{step}" for step in escaped),
            "field": self.name,
            **told,
        }


def response(
    request: HttpRequest,
    kind: Kind,
    detail: str,
    *,
    errors: Iterable[Wrong] = (),
    headers: Mapping[str, str] | None = None,
    status: int | None = None,
    **members: Any,
) -> HttpResponse:
    """Return a problem about a request.

    Written with ASCII escapes: names out of a request are repeated in it, and a lone
    surrogate among them has no other spelling.
    """
    status = status or kind.status
    body: dict[str, Any] = {
        "type": kind.type,
        "title": str(kind.title),
        "status": status,
        "detail": detail,
        "instance": escape_uri_path(request.path),
        **members,
    }
    told = [wrong.as_dict() for wrong in errors]
    if told:
        body["errors"] = told
    return HttpResponse(
        json.dumps(body), status=status, content_type=CONTENT_TYPE, headers=dict(headers or {})
    )


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Turn what a view raised into a problem; None for a fault of ours, which Django logs."""
    request = context["request"]
    answer = _answer(request, exc)
    if answer is not None:
        set_rollback()
    return answer


def _answer(request: HttpRequest, exc: Exception) -> HttpResponse | None:
    if errors := _errors_of(exc):
        return _invalid(request, errors)
    detail = str(exc)
    members: dict[str, Any] = {}
    match exc:
        case exceptions.APIException():
            return _refusal(request, exc)
        case StaleVersion():
            name, members = "conflict", {"version": exc.row.version}
        case Http404() | Video.DoesNotExist():
            name, detail = "not-found", _reason(exc, _("Nothing is here."))
        case PermissionDenied():
            name, detail = "forbidden", _reason(exc, _("Not allowed."))
        case RequestDataTooBig():
            name = "too-large"
        case SuspiciousOperation():
            name = "malformed"
        case _:
            return None
    return response(request, BY_NAME[name], detail, **members)


def _errors_of(exc: Exception) -> list[Wrong]:
    """Return what is wrong with the values of a request, if that is what was raised."""
    match exc:
        case BadParameters():
            return [
                Wrong(detail, code, parameter=name)
                for name, reasons in exc.parameters.items()
                for detail, code in reasons
            ]
        case RecordRefused():
            path = () if exc.is_text else (exc.place,)
            return [Wrong(str(exc.detail), "record", path, line=exc.line, inner_field=exc.field)]
        case exceptions.ValidationError():
            return list(flatten(exc.detail))
        case ValidationError():
            return list(flatten(_details(exc)))
    return []


def _refusal(request: HttpRequest, exc: exceptions.APIException) -> HttpResponse | None:
    """Return DRF's own refusals, and those of ours that are made like them."""
    kind = BY_STATUS.get(exc.status_code)
    if kind is None:
        return None
    headers: dict[str, str] = {}
    # Set by the view that refused: WWW-Authenticate needs its authenticators.
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(wait)
    members: dict[str, Any] = {}
    if isinstance(exc, PreconditionFailed) and exc.version is not None:
        members["version"] = exc.version
    detail = exc.detail if isinstance(exc.detail, str) else str(exc.default_detail)
    return response(request, kind, str(detail), headers=headers, **members)


def _invalid(request: HttpRequest, found: list[Wrong]) -> HttpResponse:
    names = list(
        dict.fromkeys(wrong.parameter or ".".join(map(str, wrong.path)) for wrong in found)
    )
    named = ", ".join(name for name in names if name)
    if len(found) == 1:
        detail = found[0].detail
        if named:
            detail = _("%(what)s: %(why)s") % {"what": named, "why": detail}
    else:
        told = {"count": len(found), "names": named or _("see errors")}
        words = ngettext(
            "%(count)d value is wrong: %(names)s.",
            "%(count)d values are wrong: %(names)s.",
            len(found),
        )
        detail = words % told
    return response(request, BY_NAME["validation"], detail, errors=found)


def _reason(exc: Exception, otherwise: str) -> str:
    """Return what the code that raised has said, unless that is Django's talk of models."""
    text = str(exc)
    return otherwise if not text or "matches the given query" in text else text


def _details(error: ValidationError) -> Any:
    """Return Django's errors in the shape of DRF's."""
    if hasattr(error, "error_dict"):
        return {
            name: _details(ValidationError(errors)) for name, errors in error.error_dict.items()
        }
    return [
        exceptions.ErrorDetail(message, code=one.code or "invalid")
        for one in error.error_list
        for message in one.messages
    ]


def flatten(detail: Any, path: tuple[str | int, ...] = ()) -> Iterator[Wrong]:
    """Return every single error of a nested structure, with its path."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            is_whole = name in (NON_FIELD_ERRORS, api_settings.NON_FIELD_ERRORS_KEY)
            yield from flatten(inner, path if is_whole else (*path, name))
    elif isinstance(detail, list | tuple):
        for position, inner in enumerate(detail):
            # A list is either the reasons for one value, or one entry a list's item.
            is_item = isinstance(inner, Mapping | list | tuple)
            if inner:
                yield from flatten(inner, (*path, position) if is_item else path)
    else:
        code = getattr(detail, "code", None) or "invalid"
        yield Wrong(str(detail), str(code), path)


# --- What Django answers itself -------------------------------------------------------


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Answer for every address under /api/ that is none.

    An address that only lacks its last slash is pointed to the right one, and the method
    and the body are kept.
    """
    if not request.path.endswith("/"):
        try:
            match = resolve(f"{request.path_info}/")
        except Resolver404:
            pass
        else:
            if match.func is not not_found:
                query = request.META.get("QUERY_STRING", "")
                address = f"{escape_uri_path(request.path)}/" + (f"?{query}" if query else "")
                answer = HttpResponsePermanentRedirect(address)
                answer.status_code = http.HTTPStatus.PERMANENT_REDIRECT
                # It has no body, so it is of no type.
                del answer.headers["Content-Type"]
                return answer
    detail = _("There is no such address. /api/v1/ lists those there are.")
    return response(request, BY_NAME["not-found"], detail)


def handle_400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses before a view sees it."""
    if not request.path.startswith(PREFIX):
        return defaults.bad_request(request, exception)
    return response(request, BY_NAME["malformed"], _("The request was refused."))


def handle_403(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what the member may not do."""
    if not request.path.startswith(PREFIX):
        return defaults.permission_denied(request, exception)
    return response(request, BY_NAME["forbidden"], _reason(exception, _("Not allowed.")))


def handle_404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    if not request.path.startswith(PREFIX):
        return defaults.page_not_found(request, exception)
    return not_found(request)


def handle_500(request: HttpRequest) -> HttpResponse:
    """Answer after a fault of ours; Django has logged it with its traceback."""
    if not request.path.startswith(PREFIX):
        return defaults.server_error(request)
    detail = _("Something went wrong on our side. It has been logged.")
    return response(request, BY_NAME["fault"], detail)
