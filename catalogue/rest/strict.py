"""Strict bodies: what is not documented is refused by name.

A misspelt field that is ignored, or a number read out of a text, stores what nobody meant.
Everything wrong in one body is told at once.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from catalogue.rest.refusals import shown

INT_MAX = 2**31 - 1


class Body(serializers.Serializer[Any]):
    """The fields of a body; any other field is refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the checked values, or raise ValidationError with all that is wrong."""
        wrong: dict[str, Any] = {}
        value = None
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            wrong.update(error.detail)
        if isinstance(data, Mapping):
            known = ", ".join(self.fields)
            for name in sorted(data.keys() - self.fields.keys()):
                message = _("Unknown field. Known here: %s.") % known
                wrong[shown(name)] = [ErrorDetail(message, code="unknown_field")]
        if wrong:
            raise ValidationError(wrong)
        return value


class Text(serializers.CharField):
    """A JSON string; numbers are not read as text. Its rules are the operation's.

    `schema_min` and `schema_max` document the length that the operation asks for.
    """

    def __init__(
        self, *, schema_min: int | None = None, schema_max: int | None = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("allow_blank", True)
        super().__init__(**kwargs)
        if schema_min is not None or schema_max is not None:
            lengths = {"minLength": schema_min, "maxLength": schema_max}
            schema = {key: value for key, value in lengths.items() if value is not None}
            set_override(self, "field", {"type": "string", **schema})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the text. The type is looked at before anything is made of the value."""
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)


class Integer(serializers.IntegerField):
    """A JSON integer within what the database holds; no text, no 1.0, no true."""

    default_error_messages = {
        "invalid": "Not an integer.",
        "max_value": "At most {max_value}.",
        "min_value": "At least {min_value}.",
    }

    def __init__(self, *, min_value: int = 0, max_value: int = INT_MAX, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        """Return the number as it is."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(data)


class Flag(serializers.BooleanField):
    """A JSON true or false; no text, no number."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the value. The type is looked at before anything is made of it."""
        if data is not serializers.empty and not isinstance(data, bool):
            raise ValidationError(_("Not true or false."), code="invalid")
        return super().run_validation(data)


class Choice(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the word, or refuse it and name the others."""
        if not isinstance(data, str) or data not in self.choices:
            message = _("Not one of: %s.") % ", ".join(map(str, self.choices))
            raise ValidationError(message, code="invalid_choice")
        return data


class NumberChoice(serializers.ChoiceField):
    """One of a few whole numbers; no text, no 1.0, no true."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the number, or refuse it and name the others."""
        if isinstance(data, bool) or not isinstance(data, int) or data not in self.choices:
            message = _("Not one of: %s.") % ", ".join(map(str, self.choices))
            raise ValidationError(message, code="invalid_choice")
        return data


def checked(body: type[Body], data: Any, *, partial: bool = False) -> dict[str, Any]:
    """Return the checked values of a body; raises ValidationError."""
    serializer = body(data=data, partial=partial)
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values
