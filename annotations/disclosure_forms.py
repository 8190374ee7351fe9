"""The form about who stands behind a channel. What may be stored is decided by the operations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations import disclosures
from annotations.forms import VersionedForm
from annotations.models import DISCLOSURE_MAX, Backing, Disclosure


class DisclosureForm(forms.Form):
    """What is known of it, and from where."""

    kind = forms.ChoiceField(label=_("What it is about"), choices=Backing)
    text = forms.CharField(
        label=_("What is known"),
        help_text=_("One or two sentences, as the source says it."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "maxlength": DISCLOSURE_MAX}),
    )
    source_url = forms.CharField(
        label=_("Address of the source"),
        help_text=_("A register, a report, an imprint: where anybody can read it."),
        widget=forms.URLInput(attrs={"dir": "ltr", "inputmode": "url", "autocomplete": "off"}),
    )


class DisclosureEditForm(VersionedForm, DisclosureForm):
    """A note that is set right."""

    @classmethod
    def initial_of(cls, row: Disclosure) -> dict[str, Any]:
        """Return a note as the form shows it."""
        return {name: getattr(row, name) for name in ("version", *disclosures.EDITABLE)}
