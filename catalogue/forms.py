"""Forms of the catalogue."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogue import tags


class TagForm(forms.Form):
    """One tag for a film."""

    name = forms.CharField(label=_("Tag"), max_length=tags.NAME_MAX)

    def clean_name(self) -> str:
        """Return the name in its one spelling."""
        return tags.clean_name(self.cleaned_data["name"])


class NameForm(forms.Form):
    """A list of names, narrowed to those that hold a text."""

    q = forms.CharField(label=_("Name"), max_length=100, required=False)
