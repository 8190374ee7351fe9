"""What the bench of the refresh promises, in small."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_calls_are_full_and_statements_few_however_many_answers_there_are():
    # As bench/refresh runs it, but for the making of a virtual environment.
    done = subprocess.run(
        [
            sys.executable, "-P", "-m", "bench.refresh", "--json",
            "--size=1000", "--rounds=1", "--simulate=300",
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["calls_per_1000"] == 20
    assert found["queries_per_batch"] == found["queries_per_batch_of_50"]
    assert found["queries_per_1000"] < 40
    assert found["applied_per_s"] > 0
    assert found["floor_per_s"] > 0
    assert found["ratio_to_floor"] > 0
    assert 0 < found["error_ours"] < found["error_round_robin"]
    assert found["budget_overruns_ours"] == 0
