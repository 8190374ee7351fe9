"""How often the rules of consensus err between two camps: `bench/consensus --json`.

A world has 10, 20, 40, 80 or 160 people. Each belongs to the larger camp by a chance of 0.6,
else to the smaller one. It has 40 items: a claim each, with its evidence. Everyone votes on
every claim and rates all its evidence in the same moment; these moments are spread evenly
over 30 days, in an order of its own for each item. After each, and where a hold runs out
between two, the very functions of annotations/consensus.py say what is stated, from the first
vote to the last. All 40 items of a world are of one kind:

- one_sided: the camps disagree. Nine of ten in the larger camp vote accurate, nine of ten in
  the smaller one inaccurate. The one evidence item is one camp's (the camps take turns): its
  people find it helpful (yes 0.8, somewhat 0.1, no 0.1), the others do not (0.1, 0.1, 0.8).
- sound: the same votes, but evidence that both camps find helpful (0.8, 0.1, 0.1).
- share_0_6: everyone votes for the true bin by a chance that is 0.6 in all: 0.7 in the larger
  camp and 0.45 in the smaller. All others vote for the opposite bin, the worst they can do.
  One evidence item is Helpful from the beginning, so that votes alone decide.
- share_0_8: likewise, by 0.9 and 0.65.
- dead_tie: everyone votes accurate by a chance of 0.6 in the larger camp and 0.35 in the
  smaller, 0.5 in all, and else inaccurate. Each camp has brought an evidence item of its own,
  of the kind of one_sided, which has to become Helpful by people's ratings.
- agreed_tie: the same votes, but one evidence item is Helpful from the beginning: nobody is in
  between and evidence never stands in the way, so this is the worst tie there can be.
- tie_between: likewise a tie of 0.4 to 0.4 (0.5 and 0.25 in the camps); a fifth vote needs
  context.

A rate is a share of items, the mean over the five sizes; `…_worst` is that of the worst size,
and `by_raters` has all of them. `stated` and `helpful` are as of the last vote (and the end of
a hold begun by then); `ever` is at any moment on the way; `unheld` is what the last tally
would state without the hold. `any_of_40` is the share of worlds with at least one such item.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import TypeVar

from annotations import consensus
from annotations.consensus import (
    RULES,
    Helpfulness,
    Rating,
    Rules,
    Standing,
    Tally,
    Verdict,
    VerdictState,
)

Answer = TypeVar("Answer")

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SIZES = (10, 20, 40, 80, 160)
ITEMS = 40
LARGER = 0.6
# Yes and somewhat; the rest says no.
LIKED, DISLIKED = (0.8, 0.1), (0.1, 0.1)
OPEN = VerdictState.NEEDS_RATINGS
TRUE, WRONG = VerdictState.ACCURATE, VerdictState.INACCURATE

# What people of the larger and of the smaller camp say: two chances each.
Camps = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of item.

    `votes`: the chances of voting accurate and needs context, by camp; the rest votes
    inaccurate. `evidence`: the chances of yes and somewhat, by camp, for each evidence item.
    Without any, one is Helpful from the beginning. Camps change places where `turns`.
    """

    votes: Camps
    evidence: tuple[Camps, ...] = ()
    turns: bool = False


_DIVIDED: Camps = ((0.9, 0.0), (0.1, 0.0))
_TIED: Camps = ((0.6, 0.0), (0.35, 0.0))
KINDS = {
    "one_sided": Kind(_DIVIDED, ((LIKED, DISLIKED),), turns=True),
    "sound": Kind(_DIVIDED, ((LIKED, LIKED),)),
    "share_0_6": Kind(((0.7, 0.0), (0.45, 0.0))),
    "share_0_8": Kind(((0.9, 0.0), (0.65, 0.0))),
    "agreed_tie": Kind(_TIED),
    "tie_between": Kind(((0.5, 0.2), (0.25, 0.2))),
    "dead_tie": Kind(_TIED, ((LIKED, DISLIKED), (DISLIKED, LIKED))),
}


@dataclass(slots=True)
class Outcome:
    """What became of one item: in the end, at any time, and without the hold."""

    stated: VerdictState = OPEN
    ever: set[VerdictState] = field(default_factory=set)
    unheld: VerdictState = OPEN
    helpful: bool = False
    ever_helpful: bool = False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--worlds", type=int, default=50, help="of each kind and size")
    parser.add_argument("--days", type=float, default=30, help="over which people come")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state-at", type=float, default=RULES.state_at, help="other rules")
    parser.add_argument("--keep-at", type=float, default=RULES.keep_at, help="other rules")
    parser.add_argument("--hold-votes", type=int, default=RULES.hold_votes, help="other rules")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    rules = replace(
        RULES,
        state_at=options.state_at,
        keep_at=options.keep_at,
        hold_votes=options.hold_votes,
    )
    found = measure(options.worlds, days=options.days, seed=options.seed, rules=rules)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:44}{value if not isinstance(value, dict) else json.dumps(value):>8}")


def measure(
    worlds: int, *, days: float = 30, seed: int = 1, rules: Rules = RULES
) -> dict[str, object]:
    """Return all figures from so many worlds of each kind and size."""
    begun = time.process_time()
    items = {
        (name, size): [
            live(
                kind,
                size,
                chance=random.Random(f"{seed} {name} {size} {n}"),
                days=days,
                rules=rules,
            )
            for n in range(worlds)
        ]
        for name, kind in KINDS.items()
        for size in SIZES
    }
    found: dict[str, object] = {}
    by_raters: dict[str, dict[str, float]] = {}
    for figure, (name, of) in _FIGURES.items():
        rates = {size: _rate(of, items[name, size]) for size in SIZES}
        found[figure] = _rounded(fmean(rates.values()))
        worst = min if figure.startswith(_GOOD) else max
        found[f"{figure}_worst"] = _rounded(worst(rates.values()))
        by_raters[figure] = {str(size): _rounded(rate) for size, rate in rates.items()}
    found["one_sided_any_of_40_rate"] = _rounded(
        fmean(
            any(outcome.helpful for outcome in world)
            for size in SIZES
            for world in items["one_sided", size]
        )
    )
    found["by_raters"] = by_raters
    found |= {"worlds": worlds, "items": ITEMS, "days": days, "rules_version": rules.version}
    found |= {"state_at": rules.state_at, "keep_at": rules.keep_at}
    found |= {"hold_votes": rules.hold_votes, "cpu_s": round(time.process_time() - begun, 1)}
    return found


_FIGURES: dict[str, tuple[str, Callable[[Outcome], bool]]] = {
    "one_sided_helpful_rate": ("one_sided", lambda item: item.helpful),
    "one_sided_ever_helpful_rate": ("one_sided", lambda item: item.ever_helpful),
    "sound_helpful_rate": ("sound", lambda item: item.helpful),
    "wrong_verdict_rate": ("share_0_6", lambda item: item.stated is WRONG),
    "wrong_verdict_ever_rate": ("share_0_6", lambda item: WRONG in item.ever),
    "right_verdict_rate": ("share_0_6", lambda item: item.stated is TRUE),
    "wrong_verdict_at_0_8_rate": ("share_0_8", lambda item: item.stated is WRONG),
    "right_verdict_at_0_8_rate": ("share_0_8", lambda item: item.stated is TRUE),
    "agreed_tie_stated_rate": ("agreed_tie", lambda item: item.stated is not OPEN),
    "agreed_tie_ever_stated_rate": ("agreed_tie", lambda item: bool(item.ever - {OPEN})),
    "agreed_tie_unheld_rate": ("agreed_tie", lambda item: item.unheld is not OPEN),
    "tie_between_stated_rate": ("tie_between", lambda item: item.stated is not OPEN),
    "tie_between_ever_stated_rate": ("tie_between", lambda item: bool(item.ever - {OPEN})),
    "dead_tie_stated_rate": ("dead_tie", lambda item: item.stated is not OPEN),
    "dead_tie_ever_stated_rate": ("dead_tie", lambda item: bool(item.ever - {OPEN})),
}

# What is better the more often it happens.
_GOOD = ("right", "sound")


def _rate(of: Callable[[Outcome], bool], worlds: Iterable[Iterable[Outcome]]) -> float:
    return fmean(of(outcome) for world in worlds for outcome in world)


def _rounded(rate: float) -> float:
    return round(rate, 4)


# --- A world --------------------------------------------------------------------------


def live(
    kind: Kind, size: int, *, chance: random.Random, days: float, rules: Rules = RULES
) -> list[Outcome]:
    """Return what becomes of the items of one world."""
    people = [chance.random() >= LARGER for _ in range(size)]  # True: of the smaller camp
    return [
        follow(
            kind,
            people,
            swapped=kind.turns and number % 2 == 1,
            chance=chance,
            days=days,
            rules=rules,
        )
        for number in range(ITEMS)
    ]


def follow(
    kind: Kind,
    people: list[bool],
    *,
    swapped: bool,
    chance: random.Random,
    days: float,
    rules: Rules,
) -> Outcome:
    """Return what becomes of one item on which all people speak once."""
    moments = sorted(_BEGIN + timedelta(days=chance.random() * days) for _ in people)
    votes: Counter[Verdict] = Counter()
    ratings: list[Counter[tuple[Rating, Verdict | None]]] = [Counter() for _ in kind.evidence]
    standing, tally, outcome = Standing(), Tally({}), Outcome()

    def look(now: datetime) -> None:
        nonlocal standing
        standing = consensus.next_standing(standing, tally, now, rules)
        outcome.ever.add(standing.state)

    for now, camp in zip(moments, chance.sample(people, len(people)), strict=True):
        due = standing.due_at(rules)
        if due and due < now:
            look(due)
        vote = _draw(kind.votes[camp], _VOTES, chance)
        votes[vote] += 1
        for counts, liked in zip(ratings, kind.evidence, strict=True):
            counts[_draw(liked[camp != swapped], _RATINGS, chance), vote] += 1
        judged = [consensus.judge(consensus.weigh(counts), rules) for counts in ratings]
        outcome.helpful = any(item.state is Helpfulness.HELPFUL for item in judged)
        outcome.ever_helpful |= outcome.helpful
        tally = consensus.tally_of(votes, judged) if judged else Tally(dict(votes), helpful=1)
        look(now)
    if due := standing.due_at(rules):
        look(max(due, moments[-1]))
    outcome.stated, outcome.unheld = standing.state, consensus.earned(tally, rules)
    return outcome


_VOTES = (Verdict.ACCURATE, Verdict.NEEDS_CONTEXT, Verdict.INACCURATE)
_RATINGS = (Rating.YES, Rating.SOMEWHAT, Rating.NO)


def _draw(
    chances: tuple[float, float], answers: tuple[Answer, Answer, Answer], chance: random.Random
) -> Answer:
    first, second = chances
    drawn = chance.random()
    return answers[0 if drawn < first else 1 if drawn < first + second else 2]


if __name__ == "__main__":
    main()
