"""Forms about speakers. What may be stored is decided by the operations."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from annotations import speakers
from annotations.forms import VersionedForm
from annotations.models import Occurrence, Speaker

NEW = "new"


class SpeakerForm(VersionedForm):
    """What is known of a speaker."""

    name = forms.CharField(
        label=gettext_lazy("Name"), widget=forms.TextInput(attrs={"dir": "auto"})
    )
    role = forms.CharField(
        label=gettext_lazy("Role"),
        required=False,
        help_text=gettext_lazy("What they mostly are: narrator, witness, hydrologist …"),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    wikidata_id = forms.CharField(
        label=gettext_lazy("Wikidata id"),
        required=False,
        help_text=gettext_lazy("As Q42: tells people of one name apart."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )

    @classmethod
    def initial_of(cls, row: Speaker) -> dict[str, Any]:
        """Return a speaker as the form shows them."""
        return {name: getattr(row, name) for name in ("version", *speakers.EDITABLE)}


class WhoForm(VersionedForm):
    """Which of several people of one name speaks in an occurrence, or somebody else of it."""

    who = forms.ChoiceField(label=gettext_lazy("Who is it?"), widget=forms.RadioSelect)
    role = forms.CharField(
        label=gettext_lazy("Role of somebody else"),
        required=False,
        help_text=gettext_lazy("What tells them apart: hydrologist, mayor of the town …"),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def __init__(self, occurrence: Occurrence, data: Any = None) -> None:
        present = occurrence.spoken_by_id
        super().__init__(data, initial={"version": occurrence.version, "who": present})
        self.occurrence = occurrence
        self.known = {row.pk: row for row in _possible(occurrence)}
        field = self.fields["who"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        somebody = _("Somebody else called %(name)s") % {"name": occurrence.speaker}
        told = [(str(row.pk), _told(row)) for row in self.known.values()]
        field.choices = [*told, *([(NEW, somebody)] if occurrence.speaker else [])]

    def speaker(self, *, by: User) -> Speaker:
        """Return who was chosen, made if need be. Raises ValidationError."""
        who = self.cleaned_data["who"]
        if who != NEW:
            return self.known[int(who)]
        name, role = self.occurrence.speaker, self.cleaned_data["role"]
        return speakers.create(by=by, name=name, role=role)


def _possible(occurrence: Occurrence) -> list[Speaker]:
    """Return the speakers of the name as written, and whose words they are said to be."""
    rows = list(speakers.named(occurrence.speaker).filter(merged_into=None))
    present = occurrence.spoken_by
    if present is not None and present.is_readable and present not in rows:
        rows.insert(0, present)
    return rows


def _told(row: Speaker) -> str:
    return " · ".join(filter(None, [row.name, row.role, row.wikidata_id, f"#{row.pk}"]))
