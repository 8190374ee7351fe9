"""Forms that say where occurrences are now. What may be stored is decided by the operations."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from annotations.anchors import WHY_MAX
from annotations.forms import MomentForm, TimecodeField
from annotations.models import AnchorProposal
from annotations.shifts import Shift
from catalogue import timecode_words
from catalogue.timecodes import TimecodeError, format_offset, parse_offset


class OffsetField(forms.CharField):
    """How much later, with a minus earlier: `31` or `-0:12.5` to people, milliseconds to us."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=20, **options)

    def clean(self, value: Any) -> Any:
        """Return milliseconds."""
        text = super().clean(value)
        try:
            return parse_offset(text)
        except TimecodeError as error:
            raise ValidationError(timecode_words.in_words(error), code="timecode") from error

    def prepare_value(self, value: Any) -> Any:
        """Return milliseconds as people write them; what a person typed stays as it is."""
        return format_offset(value) if isinstance(value, int) else value


class PlaceForm(MomentForm):
    """Where a claim is made, found by hand: the times and the words."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["speaker"], self.fields["speaker_role"]

    @classmethod
    def initial_of(cls, proposal: AnchorProposal) -> dict[str, Any]:
        """Return the proposed place, or the one there is, as the form shows it."""
        row = proposal.occurrence
        has_place = proposal.start_ms is not None
        return {
            "start_ms": proposal.start_ms if has_place else row.start_ms,
            "end_ms": proposal.end_ms if has_place else row.end_ms,
            "quote": row.quote,
        }


class ShiftForm(forms.Form):
    """Moves all claims of a film from a moment on."""

    offset_ms = OffsetField(
        label=_("Later by"), help_text=_("0:31, 12.5 (seconds); with a minus for earlier")
    )
    from_ms = TimecodeField(
        label=_("From"), help_text=_("Claims that start before this stay where they are.")
    )
    why = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=WHY_MAX,
        help_text=_("For the log: what happened to the film."),
    )
    expected = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    @classmethod
    def initial_of(cls, shift: Shift | None) -> dict[str, Any]:
        """Return the form's first values: the shift that quotes propose, if they do."""
        if shift is None:
            return {"from_ms": 0}
        return {"offset_ms": shift.offset_ms, "from_ms": shift.from_ms}
