"""How fast records are parsed, beside python-frontmatter: `python bench/parse.py --json`.

Rounds of both take turns over the same made-up records in memory, and what is compared is
the medians of CPU time: it moves less than the clock's when the machine is busy.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import frontmatter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.made import make_line, make_record
from catalogue import records

_ROUNDS = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000, help="how many records")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = measure(options.size, options.seed)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:40}{value:>12,}")


def measure(size: int, seed: int) -> dict[str, float]:
    """Return microseconds of CPU time per record, and how many times as fast we are."""
    files = [make_record(n, seed) for n in range(size)]
    lines = [make_line(n, seed) for n in range(size)]
    _parse_all(files)  # whatever is refused here is a fault
    ways: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
        "python_frontmatter": (_load, files),
        "parse": (_parse, files),
        "parse_and_read": (_parse_and_read, files),
        "parse_all": (_parse_each, files),
        "parse_all_of_a_line": (_parse_each, lines),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    share = max(1, size // _ROUNDS)
    for start in range(0, share * _ROUNDS, share):
        for name, (read, given) in ways.items():
            times[name].append(_time(read, given[start : start + share]))
    # Lines stand in one file, not in files of their own.
    times["parse_all_of_lines"] = [_time_lines(lines) for _ in range(3)]
    micro = {
        name: round(statistics.median(taken) * 1e6, 2) for name, taken in times.items() if taken
    }
    return {
        "records": size,
        **{f"{name}_us": value for name, value in micro.items()},
        "records_per_s": round(1e6 / micro["parse"]),
        "parse_ratio_to_python_frontmatter": _ratio(times, "parse"),
        # With the description made into plain text, which python-frontmatter does not do.
        "parse_and_read_ratio_to_python_frontmatter": _ratio(times, "parse_and_read"),
    }


def _ratio(times: dict[str, list[float]], name: str) -> float:
    pairs = zip(times["python_frontmatter"], times[name], strict=True)
    return round(statistics.median(theirs / ours for theirs, ours in pairs), 2)


def _load(content: bytes) -> object:
    return frontmatter.loads(content.decode())


def _parse(content: bytes) -> object:
    return records.parse("made", content)


def _parse_and_read(content: bytes) -> object:
    return records.parse("made", content).description


def _parse_each(content: bytes) -> object:
    return next(records.parse_all("made", content))


def _parse_all(contents: list[bytes]) -> None:
    for content in contents:
        for item in records.parse_all("made", content):
            if isinstance(item, records.RecordError):
                raise item


def _time(read: Callable[[bytes], object], given: list[bytes]) -> float:
    """Return seconds of CPU time per record."""
    begun = time.process_time()
    for content in given:
        read(content)
    return (time.process_time() - begun) / len(given)


def _time_lines(lines: list[bytes]) -> float:
    """Return seconds of CPU time per line of one file."""
    begun = time.process_time()
    _parse_all([b"".join(lines)])
    return (time.process_time() - begun) / len(lines)


if __name__ == "__main__":
    main()
