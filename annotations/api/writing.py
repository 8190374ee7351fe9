"""What writing claims, moments and cards has in common: the video, the version, the answer."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from annotations import permissions
from annotations.models import READABLE, Claim, Speaker, State, Stated
from annotations.notes import Seen
from annotations.permissions import Action
from annotations.revisions import StaleVersion
from catalogue.models import Video
from catalogue.rest.answers import etag_of, find_video, member_of, version_asked
from catalogue.rest.refusals import Gone, PreconditionFailed
from catalogue.rest.strict import Body, checked

Row = TypeVar("Row", bound=Model)


def video_named(key: str, path: tuple[str, ...]) -> Video:
    """Return the video that a body names; raises ValidationError at `path`."""
    video = find_video(key)
    if video is not None:
        return video
    message = _("There is no video %(key)s here; a key is platform:id.") % {"key": key[:250]}
    wrong: Any = [ErrorDetail(message, code="does_not_exist")]
    for name in reversed(path):
        wrong = {name: wrong}
    raise ValidationError(wrong)


def row_numbered(rows: QuerySet[Row], number: int, field: str, missing: str) -> Row:
    """Return the row that a body names; raises ValidationError at the field."""
    row = rows.filter(pk=number).first()
    if row is None:
        raise ValidationError({field: [ErrorDetail(missing, code="does_not_exist")]})
    return row


def claim_numbered(pk: int) -> Claim:
    """Return the claim that a body names; raises ValidationError."""
    missing = _("There is no such claim, or it was withdrawn.")
    return row_numbered(Claim.objects.visible(), pk, "claim", missing)


def speaker_numbered(pk: int) -> Speaker:
    """Return the speaker that a body names, also one who was merged; raises ValidationError."""
    rows = Speaker.objects.filter(state__in=(*READABLE, State.MERGED))
    return row_numbered(rows, pk, "speaker_id", _("There is no such speaker."))


def require_readable(user: User | AnonymousUser, *rows: Stated, withdrawn: str) -> None:
    """Raise Gone for the first of the rows that a user may not read, with what became of it."""
    for row in rows:
        if not permissions.may(user, Action.READ, row):
            is_hidden = row.state == State.HIDDEN
            raise Gone(_("A moderator has hidden it.") if is_hidden else withdrawn)


def version_of(request: Request, row: Stated | Seen, changes: dict[str, Any]) -> int:
    """Take the version an edit starts from out of its changes, or out of `If-Match`.

    Raises ValidationError if there is none or there are two, PreconditionFailed.
    """
    in_body: int | None = changes.pop("version", None)
    in_header = version_asked(request, current=row.version)
    if in_body is None and in_header is None:
        message = _("Name the version this edit starts from, here or by If-Match.")
        raise ValidationError({"version": [ErrorDetail(message, code="required")]})
    if in_body is not None and in_header is not None and in_body != in_header:
        message = _("If-Match names another version.")
        raise ValidationError({"version": [ErrorDetail(message, code="contradiction")]})
    version = in_header if in_body is None else in_body
    assert version is not None  # noqa: S101
    return version


def stale(request: Request, error: StaleVersion) -> Exception:
    """Return the refusal that fits how the version was named."""
    if "If-Match" not in request.headers:
        return error
    return PreconditionFailed(str(error), version=error.row.version)


def edited(
    request: Request,
    row: Stated,
    body: type[Body],
    edit: Callable[..., object],
    *,
    under: Stated | None = None,
) -> None:
    """Edit a row as the request says, by the operation that does it.

    Raises PermissionDenied, ValidationError, and what says that it is stale. `under` is the claim
    that the row stands under.
    """
    by = member_of(request)
    permissions.require(by, Action.EDIT, row, under=under)
    changes = checked(body, request.data, partial=True)
    version = version_of(request, row, changes)
    try:
        edit(row, by=by, version=version, **changes)
    except StaleVersion as error:
        raise stale(request, error) from None


def withdrawn(
    request: Request,
    row: Stated,
    withdraw: Callable[..., object],
    *,
    under: Stated | None = None,
) -> Response:
    """Withdraw a row, by the operation that does it, and return the answer; raises as `edited`."""
    by = member_of(request)
    permissions.require(by, Action.WITHDRAW, row, under=under)
    version_asked(request, current=row.version)
    withdraw(row, by=by)
    return Response(status=204)


def written(body: dict[str, Any], version: int, status: int) -> Response:
    """Return the answer to a write: the row as it is stored now, its ETag, where it is."""
    headers = {"ETag": etag_of(body, version=version)}
    if status == 201:
        headers["Location"] = body["url"]
    return Response(body, status=status, headers=headers)
