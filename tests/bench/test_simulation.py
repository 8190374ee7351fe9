"""The schedule beside others with the same budget, on a fake clock."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.films import Films
from bench.simulation import measure

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found() -> dict[str, float]:
    """5,000 films, and as many looks for each as one key gives a million."""
    return measure(5_000, days=20, units=50)


def test_the_budget_is_never_overrun(found: dict[str, float]):
    for name in ("ours", "round_robin", "by_age", "no_round"):
        assert found[f"budget_overruns_{name}"] == 0
        assert found[f"looks_per_day_max_{name}"] <= 2_500
    # It binds, and it is used.
    assert found["looks_per_day_mean_ours"] > 0.9 * 2_500


def test_every_film_is_looked_at_within_its_bound(found: dict[str, float]):
    assert found["longest_gap_days_ours"] <= found["bound_days"]


def test_counts_are_clearly_nearer_to_the_truth_than_in_a_round_robin(found: dict[str, float]):
    for key in ("error", "error_weighted", "error_live", "error_live_weighted"):
        assert 0 < found[f"{key}_ours"] < 0.7 * found[f"{key}_round_robin"]


def test_the_bound_holds_when_the_budget_is_hardly_enough():
    # To meet 5,000 films in 30 days takes 167 looks a day; there are 200.
    found = measure(5_000, days=70, units=4)
    assert found["budget_overruns_ours"] == 0
    assert found["looks_per_day_max_ours"] <= 200
    assert 20 < found["longest_gap_days_ours"] <= found["bound_days"]


def test_views_of_made_films_never_fall():
    films = Films(2_000, days=30, seed=3, burst_share=0.5)
    everyone = np.arange(films.count)
    before = films.views(everyone, np.maximum(films.published, -100.0))
    assert before.min() >= 0
    for at in np.arange(0, 30, 0.1):
        after = films.views(everyone, np.full(films.count, at))
        is_out = films.published <= at
        assert (after[is_out] >= before[is_out] * (1 - 1e-12)).all()
        before = after


def test_it_prints_one_json_object():
    done = subprocess.run(
        [sys.executable, "bench/simulation.py", "--json", "--videos=200", "--days=3", "--units=2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["videos"] == 200
    assert found["error_ours"] > 0
    assert found["error_round_robin"] > 0
