"""Forms of flags and decisions. What may be done is decided by the operations."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from annotations.models import REASON_MAX, Deed, FlagKind

# What a moderator chooses; the deeds' own names tell what was done.
CHOICES = {
    Deed.HIDE: _("Hide it: nobody reads it but its author and moderators"),
    Deed.SHOW: _("Show it again"),
    Deed.LOCK: _("Lock it: everyone reads it, nobody changes it"),
    Deed.UNLOCK: _("Unlock it"),
    Deed.LEAVE: _("Leave it as it is"),
}


class FlagForm(forms.Form):
    """What is wrong with something."""

    kind = forms.ChoiceField(
        label=_("What is wrong with it"), choices=FlagKind.choices, widget=forms.RadioSelect
    )
    remark = forms.CharField(
        label=_("In your words"),
        required=False,
        help_text=format_lazy(
            ngettext_lazy(
                "Moderators read it, up to {max} character.",
                "Moderators read it, up to {max} characters.",
                REASON_MAX,
            ),
            max=REASON_MAX,
        ),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class DecisionForm(forms.Form):
    """What is to be done with one thing, which is as the moderator saw it: `version`."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    deed = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=format_lazy(
            ngettext_lazy(
                "Public, and told to its author, up to {max} character.",
                "Public, and told to its author, up to {max} characters.",
                REASON_MAX,
            ),
            max=REASON_MAX,
        ),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )

    def __init__(self, *args: Any, deeds: Iterable[Deed], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["deed"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = [(deed.value, CHOICES[deed]) for deed in deeds]
