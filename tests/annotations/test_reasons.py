"""Reasons that the site itself gives are kept in English and told to each in their language."""

import pytest
from django.utils import translation
from django.utils.translation import trans_real

from accounts.models import User
from annotations import anchors, reasons, revisions
from annotations.models import AnchorHealth, AnchorProposal
from tests.makers import make_claim


@pytest.fixture
def shouting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Translate into capitals."""
    monkeypatch.setattr(
        translation._trans,  # type: ignore[attr-defined]
        "gettext",
        lambda text: trans_real.gettext(text).replace("film", "FILM").replace("quote", "QUOTE"),
        raising=False,
    )


@pytest.mark.usefixtures("shouting")
def test_the_sites_reasons_are_translated_and_peoples_are_not():
    assert reasons.told(reasons.FOUND_BY_QUOTE) == "Found again by its QUOTE"
    assert reasons.told(reasons.FILM_MOVED % {"offset": "-1:02.5"}) == "The FILM moved by -1:02.5"
    assert reasons.told("The film moved by itself") == "The film moved by itself"
    assert reasons.told("The quote is longer") == "The quote is longer"


@pytest.mark.django_db
@pytest.mark.usefixtures("shouting")
def test_the_log_keeps_no_translation(author: User):
    moment = make_claim(author=author).occurrences.get()
    proposal = AnchorProposal.objects.create(
        occurrence=moment, start_ms=1_000, end_ms=2_000, health=AnchorHealth.MOVED
    )
    anchors.accept(proposal, by=author)
    assert revisions.of_claim(moment.claim)[0].why == "Found again by its quote"
