"""Forms that bring and edit evidence. What may be stored is decided by the operations."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from annotations.evidence import EDITABLE
from annotations.models import QUOTE_MAX, Evidence, SourceKind, Stance, Stated


class EvidenceForm(forms.Form):
    """A source, and what it does to the claim."""

    url = forms.CharField(
        label=_("Address of the source"),
        help_text=_("The page itself, or a DOI. Of an archived copy its page is taken."),
        widget=forms.TextInput(attrs={"inputmode": "url", "dir": "ltr", "autocomplete": "off"}),
    )
    title = forms.CharField(
        label=_("Title"),
        help_text=_("As the source calls itself."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    stance = forms.ChoiceField(
        label=_("What it does to the claim"), choices=Stance.choices, widget=forms.RadioSelect
    )
    kind = forms.ChoiceField(
        label=_("Kind of source"), choices=[("", _("Choose one")), *SourceKind.choices]
    )
    quote = forms.CharField(
        label=_("Quote"),
        required=False,
        help_text=format_lazy(
            ngettext_lazy(
                "The passage that matters, word for word, up to {max} character.",
                "The passage that matters, word for word, up to {max} characters.",
                QUOTE_MAX,
            ),
            max=QUOTE_MAX,
        ),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    locator = forms.CharField(
        label=_("Where in the source"),
        required=False,
        help_text=_("Page 14, table 2, 31:05 …"),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    why = forms.CharField(
        label=_("Why it matters"),
        required=False,
        help_text=_("In your own words, up to 500 characters."),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    creator = forms.CharField(
        label=_("Author"), required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    publisher = forms.CharField(
        label=_("Publisher"), required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    published_on = forms.CharField(
        label=_("Published on"),
        required=False,
        help_text=_("2021, 2021-07 or 2021-07-30"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr"}),
    )
    accessed_on = forms.DateField(
        label=_("Read on"),
        help_text=_("When you saw it say this."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    archive_url = forms.CharField(
        label=_("Archived copy"),
        required=False,
        help_text=_("An address that will still show it when the page is gone."),
        widget=forms.TextInput(attrs={"inputmode": "url", "dir": "ltr", "autocomplete": "off"}),
    )

    @classmethod
    def starting_with(cls, url: str) -> "EvidenceForm":
        """Return an empty form, but for an address that somebody followed here."""
        return cls(initial={"url": url, "accessed_on": timezone.now().date()})


class EvidenceEditForm(EvidenceForm):
    """One's own card. `version` is the one that the edit started from."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    @classmethod
    def initial_of(cls, card: Evidence) -> dict[str, Any]:
        """Return a card as the form shows it."""
        return {"version": card.version, **{name: getattr(card, name) for name in EDITABLE}}

    def differences(self, row: Stated) -> list[tuple[str, Any, Any]]:
        """Return (label, as it stands, as typed) of the fields that say something else."""
        told = []
        for name in EDITABLE:
            present, typed = getattr(row, name), self.cleaned_data[name]
            if present != typed:
                words = dict(getattr(self.fields[name], "choices", ()))
                told.append(
                    (
                        str(self.fields[name].label),
                        words.get(present, present),
                        words.get(typed, typed),
                    )
                )
        return told

    def start_from(self, version: int) -> None:
        """Keep what was typed, and let the next save be an edit of this version."""
        typed = dict(self.data.items())
        typed[self.add_prefix("version")] = str(version)
        self.data = typed
