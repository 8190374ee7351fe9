"""Forms by which members judge."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.models import Claim, Rating, Verdict, VerdictVote


class VoteForm(forms.Form):
    """One's verdict on a claim, and which of its wordings one read."""

    verdict = forms.ChoiceField(
        label=_("Your verdict"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the verdicts.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    @classmethod
    def starting_from(cls, claim: Claim, own: VerdictVote | None) -> "VoteForm":
        """Return the form with one's vote, if there is one."""
        return cls(
            initial={"version": claim.version, "verdict": own.verdict if own else None},
            auto_id="vote-%s",
        )


class RatingForm(forms.Form):
    """How helpful one finds an evidence item."""

    rating = forms.ChoiceField(choices=Rating.choices)
