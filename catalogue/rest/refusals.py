"""What the REST interface refuses, beside what DRF has a name for."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from rest_framework.exceptions import APIException

# Names out of a request are repeated to their sender, but not at any length.
SHOWN_CHARACTERS = 60


class BadParameters(APIException):
    """Parameters of the query string that are unknown, repeated or wrong.

    `parameters` holds the reasons by parameter: (message, code).
    """

    status_code = 400
    default_detail = "The query string is not valid."
    default_code = "invalid_parameters"

    def __init__(self, parameters: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        super().__init__()
        self.parameters = parameters


class TooLarge(APIException):
    """A body larger than anything this address has a use for."""

    status_code = 413
    default_detail = "The body is too large."
    default_code = "too_large"


class Conflict(APIException):
    """The request contradicts the present state of the row."""

    status_code = 409
    default_detail = "The request contradicts the present state."
    default_code = "conflict"


class Gone(APIException):
    """Something was at this address and has been taken back."""

    status_code = 410
    default_detail = "It has been withdrawn."
    default_code = "gone"


class PreconditionFailed(APIException):
    """The `If-Match` of a request names a version that is not the present one."""

    status_code = 412
    default_detail = "It was edited in the meantime."
    default_code = "precondition_failed"

    def __init__(self, detail: str | None = None, *, version: int | None = None) -> None:
        super().__init__(detail)
        self.version = version


class RecordRefused(APIException):
    """A record that was read and refused: which of its fields, on which line, and why.

    `is_text` tells that the body itself was the record; else `place` is where in it it stood.
    """

    status_code = 400
    default_code = "record"

    def __init__(
        self, reason: str, *, field: str, line: int | None, is_text: bool, place: str = "record"
    ) -> None:
        super().__init__(reason)
        self.place = place
        self.field = field
        self.line = line
        self.is_text = is_text


def bad_parameters(error: ValidationError) -> BadParameters:
    """Return what a search that was given parameters complains of, as BadParameters."""
    return BadParameters(
        {
            name: [(message, one.code or "invalid") for one in errors for message in one.messages]
            for name, errors in error.error_dict.items()
        }
    )


def shown(text: str) -> str:
    """Return a name out of a request, short enough to repeat."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
