"""The kinds of problems that the REST interface tells of.

`type` of a problem is an address that tells what its kind means.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

BASE = "/api/v1/problems/"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its name in the address, its status, what it means."""

    name: str
    status: int
    title: Any
    meaning: Any

    @property
    def type(self) -> str:
        """The address that stands in the `type` of a problem."""
        return f"{BASE}{self.name}/"


KINDS = (
    Kind(
        "validation",
        400,
        gettext_lazy("What was sent is not valid"),
        gettext_lazy(
            "The request was understood, but values in it are missing, unknown or wrong. "
            "`errors` names each: by `pointer` (a JSON pointer) and `field` in the body, "
            "by `parameter` in the query string."
        ),
    ),
    Kind(
        "malformed",
        400,
        gettext_lazy("The request cannot be read"),
        gettext_lazy("The body is not what its media type says it is; `detail` names the place."),
    ),
    Kind(
        "unauthenticated",
        401,
        gettext_lazy("Who are you?"),
        gettext_lazy(
            "The request needs a member's token, or the token it came with is wrong, revoked or "
            "expired. Send `Authorization: Token …`; members make tokens at /accounts/tokens/."
        ),
    ),
    Kind(
        "forbidden",
        403,
        gettext_lazy("Not yours to do"),
        gettext_lazy("The member, or the scope of the member's token, may not do this."),
    ),
    Kind(
        "not-found",
        404,
        gettext_lazy("Nothing is here"),
        gettext_lazy("There is nothing at this address."),
    ),
    Kind(
        "method-not-allowed",
        405,
        gettext_lazy("Not done here"),
        gettext_lazy("The address exists, but not for this method; `Allow` names those it takes."),
    ),
    Kind(
        "not-acceptable",
        406,
        gettext_lazy("Not offered in this form"),
        gettext_lazy("The interface speaks JSON, and `Accept` rules it out."),
    ),
    Kind(
        "conflict",
        409,
        gettext_lazy("The present state is another"),
        gettext_lazy(
            "The request contradicts what is stored now. If somebody edited the row since, "
            "`version` is the present one: read it again, look, and send the change anew."
        ),
    ),
    Kind(
        "gone",
        410,
        gettext_lazy("It was taken back"),
        gettext_lazy("Its author withdrew it. The address is not used again."),
    ),
    Kind(
        "precondition-failed",
        412,
        gettext_lazy("It is not as you saw it"),
        gettext_lazy("`If-Match` names another version than the present one."),
    ),
    Kind(
        "too-large",
        413,
        gettext_lazy("Too much at once"),
        gettext_lazy("The body is larger than this address takes."),
    ),
    Kind(
        "unsupported-media-type",
        415,
        gettext_lazy("Not understood in this form"),
        gettext_lazy("The `Content-Type` of the body is none that this address reads."),
    ),
    Kind(
        "too-many-requests",
        429,
        gettext_lazy("Too often"),
        gettext_lazy("Wait for as many seconds as `Retry-After` says."),
    ),
    Kind(
        "fault",
        500,
        gettext_lazy("A fault of ours"),
        gettext_lazy("The fault is in the log. The same request may work later."),
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
# Two kinds share 400: the one that names fields is chosen on purpose, never by number.
BY_STATUS = {kind.status: kind for kind in KINDS if kind.name != "validation"}


def describe(kind: Kind) -> dict[str, Any]:
    """Return what a kind of problem means, as its address answers."""
    return {
        "type": kind.type,
        "title": str(kind.title),
        "status": kind.status,
        "description": str(kind.meaning),
    }


def find_kind(name: str) -> Kind | None:
    """Return the kind of this name, if there is one."""
    return BY_NAME.get(name)
