"""What the bench of the ingest promises, in small."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_it_tells_what_was_asked_for_of_files_and_of_lines():
    # As bench/ingest runs it, but for the making of a virtual environment. The bench itself
    # ends with an error if a record is rejected, or if the floor loads other rows than the path.
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bench.ingest", "--json", "--size=60", "--lines=90"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["records"] == 60
    assert found["lines"] == 90
    for name in (
        "records_per_s", "parse_ratio_to_python_frontmatter", "path_ratio_to_floor",
        "again_ratio_to_first", "peak_mb",
    ):  # fmt: skip
        assert found[name] > 0
