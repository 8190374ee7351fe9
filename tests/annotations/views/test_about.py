"""The page that explains the rules, with the parameters in force."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

from django.test import Client

from annotations import consensus
from annotations.consensus import (
    Rating,
    Standing,
    Tally,
    Verdict,
    VerdictState,
    judge,
    next_standing,
    tally_of,
    weigh,
)
from annotations.views.about import PARAMETERS
from tests.pages import queries, read

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_page_tells_every_parameter_in_force_without_a_query(client: Client, db: None):
    text = read(client, "/about/method/")
    for field in fields(consensus.Rules):
        assert field.name in PARAMETERS
        assert f"<code>{field.name}</code>" in text
    assert "24 hours" in text
    assert "at least 90\u00a0% likely" in text
    assert queries(client, "/about/method/") == 0


def test_every_page_leads_to_it(client: Client, db: None):
    assert 'href="/about/method/"' in read(client, "/claims/")


def test_the_example_on_the_page_is_what_the_rules_do():
    diary = judge(weigh({(Rating.YES, Verdict.INACCURATE): 4, (Rating.YES, Verdict.MISLEADING): 1}))

    def tally(accurate: int, inaccurate: int, misleading: int) -> Tally:
        votes = {
            Verdict.ACCURATE: accurate,
            Verdict.INACCURATE: inaccurate,
            Verdict.MISLEADING: misleading,
        }
        return tally_of(votes, [diary])

    tuesday = next_standing(Standing(), tally(0, 4, 1), NOON)
    assert tuesday.held is not None
    wednesday = next_standing(tuesday, tally(1, 5, 1), NOON + 30 * HOUR)
    assert wednesday.state is VerdictState.INACCURATE
    assert tally(3, 5, 1).chance(VerdictState.INACCURATE) >= consensus.RULES.keep_at
    friday = next_standing(wednesday, tally(3, 5, 1), NOON + 70 * HOUR)
    assert friday.state is VerdictState.NEEDS_RATINGS
