"""Forms of the discussion. What may be said is decided by the operations."""

from django import forms
from django.utils.translation import gettext_lazy as _


class BodyForm(forms.Form):
    """What is said."""

    body = forms.CharField(
        label=_("Comment"),
        help_text=_(
            "Plain text. 12:34 becomes a link to the film, @name tells a member; sources belong "
            "into the evidence."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )


class CommentForm(BodyForm):
    """A new comment, in answer to `parent` if given."""

    parent = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=2**63 - 1
    )


class CommentEditForm(BodyForm):
    """One's own comment, while it can be changed; `version` is where the edit starts from."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
