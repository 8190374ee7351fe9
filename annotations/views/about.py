"""Pages that explain the site."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from annotations import bridging, consensus
from annotations.consensus import RULES, chance
from annotations.models import Helpfulness, VerdictState
from annotations.templatetags.verdicts import LOOKS
from annotations.verdict_words import percent

# Of how many people how many agree.
EXAMPLES = ((3, 3), (4, 5), (5, 5), (5, 6), (7, 10), (8, 10), (13, 20), (46, 80))
# Every parameter of the rules; a test holds that none is left out.
PARAMETERS: dict[str, str | Promise] = {
    "version": gettext_lazy("Version of the rules"),
    "ratings_min": gettext_lazy("Ratings before evidence is judged"),
    "side_min": gettext_lazy("Raters on a side before it has a say"),
    "helpful_at": gettext_lazy("A side finds evidence helpful at"),
    "reject_at": gettext_lazy("A side rejects evidence at"),
    "opponents_min": gettext_lazy("Votes on the other side that end the say of one viewpoint"),
    "votes_min": gettext_lazy("Votes before a claim is judged, or shares are shown"),
    "evidence_min": gettext_lazy("Pieces of evidence that count"),
    "state_at": gettext_lazy("A verdict is earned at"),
    "keep_at": gettext_lazy("A verdict is dropped below"),
    "hold": gettext_lazy("How long a verdict has to last before it is stated"),
    "hold_votes": gettext_lazy("Further voters before it is stated"),
}


@require_safe
def method(request: HttpRequest) -> HttpResponse:
    """Explain when a verdict is stated, with the parameters in force. No query."""
    context = {
        "rules": RULES,
        "bridging": bridging.PARAMETERS,
        "hours": RULES.hold / timedelta(hours=1),
        "states": _states(),
        "helpfulness": _helpfulness(),
        "examples": [
            (agree, of, chance(agree, of), chance(agree, of) >= RULES.state_at)
            for agree, of in EXAMPLES
        ],
        "parameters": [
            (PARAMETERS[one.name], one.name, _value(getattr(consensus.RULES, one.name)))
            for one in fields(consensus.Rules)
        ],
    }
    return render(request, "annotations/method.html", context)


def _states() -> list[tuple[str, str, str]]:
    words = {
        VerdictState.ACCURATE: _("Most voted “Accurate” or “Mostly accurate”."),
        VerdictState.NEEDS_CONTEXT: _("Most voted “Needs context”."),
        VerdictState.INACCURATE: _("Most voted “Misleading” or “Inaccurate”."),
        VerdictState.NEEDS_RATINGS: _("None of the three has been earned, or not for long enough."),
    }
    return [(str(state.label), LOOKS[state.value], told) for state, told in words.items()]


def _helpfulness() -> list[tuple[str, str, str]]:
    found = percent(RULES.helpful_at)
    words = {
        Helpfulness.HELPFUL: _(
            "On each side it is at least %(share)s likely that most find it helpful."
        ),
        Helpfulness.ONE_VIEWPOINT: _(
            "That holds on one side, and the other has too few raters to have a say."
        ),
        Helpfulness.CONTESTED: _("One side finds it helpful, and the other rejects it."),
        Helpfulness.NOT_HELPFUL: _("Both sides reject it."),
        Helpfulness.NEEDS_RATINGS: _("Everything else."),
    }
    return [
        (str(state.label), LOOKS[state.value], told % {"share": found})
        for state, told in words.items()
    ]


def _value(value: Any) -> str:
    if isinstance(value, timedelta):
        hours = round(value / timedelta(hours=1))
        return ngettext("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours}
    return percent(value) if isinstance(value, float) else str(value)
