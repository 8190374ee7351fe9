"""Write the count history of the sample catalogue's fictional films to counts.csv.

Every film with known views gets 12 to 60 samples, a week, two weeks or thirty days apart, the
last of them before its record was written. Each film's samples depend on its id and its record
alone, so that adding a film leaves the others as they are. Only the standard library is needed.

    python sample/make_history.py
"""

import csv
import json
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

SAMPLE = Path(__file__).resolve().parent
HEADER = ("video", "observed_at", "views", "likes", "dislikes", "comments")

# In December 2021 the big platform stopped showing dislikes; the sample's films follow suit.
DISLIKES_HIDDEN = datetime(2021, 12, 13, tzinfo=UTC)
LONGEST, SHORTEST = 60, 12


@dataclass(frozen=True, slots=True)
class Film:
    """What a record says that a history must end in."""

    video: str
    published: datetime
    recorded: datetime
    views: int
    likes: int | None
    dislikes: int | None


def read_film(path: Path) -> Film | None:
    """Read a record of ours, one JSON value a line; None if it has no history to make."""
    values: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        if line == "---":
            break
        key, _, value = line.partition(": ")
        values[key] = json.loads(value)
    if values["platform"] != "sample" or not values["viewcount"]:
        return None
    return Film(
        video=f"sample:{values['vid_id']}",
        published=datetime.fromisoformat(values["vid_date"]).astimezone(UTC),
        recorded=datetime.fromisoformat(values["date"]).astimezone(UTC),
        views=int(values["viewcount"]),
        likes=int(values["likeCount"]) if values["likeCount"] else None,
        dislikes=int(values["dislikeCount"]) if values["dislikeCount"] else None,
    )


def times(film: Film, rng: random.Random) -> list[datetime]:
    """Choose when the film was looked at: evenly, as a sweep does, a few minutes late at times."""
    step = timedelta(days=rng.choice((7, 7, 14, 30)))
    fit = (film.recorded - film.published) // step - 1
    while fit < SHORTEST:
        step /= 2
        fit = (film.recorded - film.published) // step - 1
    count = min(fit, rng.randint(26, LONGEST))
    return [
        film.recorded - step * back + timedelta(seconds=rng.randrange(1200))
        for back in range(count, 0, -1)
    ]


def audience(film: Film, rng: random.Random, moments: list[datetime]) -> list[float]:
    """Give the share of the final views that each moment had: a rush, a slow rest, some surges."""
    age = (film.recorded - film.published).total_seconds()
    rush, weight = rng.uniform(0.05, 0.3), rng.uniform(0.35, 0.7)
    window = (film.recorded - moments[0]).total_seconds() / age
    surges = [
        (rng.uniform(1 - window, 1), rng.uniform(0.008, 0.03) * window, rng.uniform(0.02, 0.12))
        for _ in range(rng.randrange(3))
    ]

    def reached(at: float) -> float:
        base = weight * (1 - math.exp(-at / rush)) + (1 - weight) * at
        return base + sum(
            size / (1 + math.exp(-(at - centre) / width)) for centre, width, size in surges
        )

    total = reached(1.0)
    smooth = [
        reached((moment - film.published).total_seconds() / age) / total for moment in moments
    ]
    return uneven(smooth, rng)


def uneven(shares: list[float], rng: random.Random) -> list[float]:
    """Let some weeks be good and some bad, without changing where it began or will end."""
    steps = [after - before for before, after in pairwise([*shares, 1.0])]
    weeks = [step * rng.lognormvariate(0, 0.6) for step in steps]
    scale = sum(steps) / sum(weeks)
    return [shares[0] + scale * sum(weeks[:done]) for done in range(len(shares))]


def history(film: Film) -> Iterator[tuple[str, str, int, int | str, int | str, int]]:
    """Yield the film's rows, oldest first. No count ever falls or passes its record's."""
    rng = random.Random(film.video)  # noqa: S311  the same history every time
    moments = times(film, rng)
    talk, gain = rng.uniform(0.001, 0.004), rng.uniform(0.9, 1.0)
    disliked = rng.uniform(0.01, 0.04)
    for moment, share in zip(moments, audience(film, rng, moments), strict=True):
        views = int(film.views * share)
        likes = None if film.likes is None else int(film.likes * share**gain)
        dislikes: int | None = None
        if moment < DISLIKES_HIDDEN:
            if film.dislikes is not None:
                dislikes = int(film.dislikes * share)
            elif likes is not None:
                dislikes = int(likes * disliked)
        yield (
            film.video,
            moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            views,
            "" if likes is None else likes,
            "" if dislikes is None else dislikes,
            int(views * talk),
        )


def main() -> None:
    """Write counts.csv beside the records."""
    films = [read_film(path) for path in sorted((SAMPLE / "records").glob("*.md"))]
    rows = [row for film in films if film for row in history(film)]
    with (SAMPLE / "counts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)
    sys.stdout.write(f"{len(rows)} samples of {len({row[0] for row in rows})} films\n")


if __name__ == "__main__":
    main()
