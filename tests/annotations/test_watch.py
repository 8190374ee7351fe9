"""What the watch page shows of claims: states to choose from, anchors, chapters, density."""

import re

import pytest
from django.test import Client

from accounts.models import User
from annotations import watch
from annotations.models import Kind, Occurrence, VerdictState
from annotations.timeline import Timeline, arrange, density
from catalogue.chapters import Chapter
from catalogue.models import Video
from tests.makers import make_claim, make_occurrence
from tests.pages import queries, read

LENGTH = 600_000


@pytest.fixture
def claims(video: Video, author: User) -> list[Occurrence]:
    """Return four moments: of an accurate claim, of one that is filed, of an open one twice."""
    accurate = make_claim(author=author, video=video, start_ms=1000, end_ms=2000)
    accurate.standing.state = VerdictState.ACCURATE
    accurate.standing.save(update_fields=["state"])
    make_claim(author=author, video=video, start_ms=3000, end_ms=4000, kind=Kind.PREDICTION)
    again = make_claim(author=author, video=video, start_ms=5000, end_ms=6000)
    make_occurrence(claim=again, video=video, start_ms=7000, end_ms=8000)
    return list(Occurrence.objects.for_watch(video))


def test_chips_count_moments_by_state_in_the_order_of_the_scale(claims: list[Occurrence]):
    assert watch.chips_of(claims, "filed") == [
        ("accurate", 1, False),
        ("needs_ratings", 2, False),
        ("filed", 1, True),
    ]


@pytest.mark.parametrize(("asked", "shown"), [("", 4), ("accurate", 1), ("needs_ratings", 2)])
def test_a_state_hides_other_claims_in_list_and_line(
    client: Client, video: Video, claims: list[Occurrence], asked: str, shown: int
):
    page = read(client, video.get_absolute_url(), state=asked)
    listed = re.findall(r'<li\s+class="claim"[^>]*>', page)
    assert len(listed) == 4
    assert sum("hidden" not in one for one in listed) == shown
    assert 'aria-current="true">All' in page or asked


@pytest.mark.parametrize("asked", ["inaccurate", "wrong", "\0", "accurate'--", "a" * 3000])
def test_a_state_that_no_claim_is_in_shows_all(
    client: Client, video: Video, claims: list[Occurrence], asked: str
):
    page = read(client, video.get_absolute_url(), state=asked)
    assert not re.search(r'<li\s+class="claim"[^>]*\shidden', page)


def test_a_claim_made_twice_has_one_anchor(
    client: Client, video: Video, claims: list[Occurrence], author: User
):
    anchors = [row.anchor for row in watch.claims_in(video, author)]
    numbers = [row.claim_id for row in claims]
    assert anchors == [f"claim-{numbers[0]}", f"claim-{numbers[1]}", f"claim-{numbers[2]}", ""]
    # Checked as well: no page has one id twice.
    read(client, video.get_absolute_url())


def test_claims_cost_no_queries_of_their_own(
    client: Client, video: Video, author: User, claims: list[Occurrence]
):
    before = queries(client, video.get_absolute_url())
    for number in range(5):
        make_claim(author=author, video=video, start_ms=number * 9000, end_ms=number * 9000 + 10)
    assert queries(client, video.get_absolute_url()) == before


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_coordinates_are_numbers_in_every_language(
    client: Client, video: Video, claims: list[Occurrence], language: str
):
    Video.objects.update(description="0:00 Morning\n0:37 Noon\n1:51 Night")
    client.cookies["language"] = language
    page = read(client, video.get_absolute_url())
    drawn = re.findall(r'\s(?:x|y|width|height|d|viewBox)="([^"]+)"', page)
    assert any("." in one for one in drawn)
    assert [one for one in drawn if not re.fullmatch(r"[\x00-\x7f]+", one)] == []
    assert [one for one in drawn if re.fullmatch(r"\d+,\d+%?", one)] == []
    assert "Noon" in page


def test_chapters_cut_the_line() -> None:
    chapters = [Chapter(0, 150_000, "A"), Chapter(150_000, LENGTH, "B")]
    line: Timeline[str] = arrange([], LENGTH, chapters)
    assert [(part.x, part.width, part.title) for part in line.parts] == [
        (0, 25, "A"),
        (25, 75, "B"),
    ]
    assert [(part.x, part.width) for part in arrange([], LENGTH).parts] == [(0, 100)]


def test_density_is_highest_where_claims_are() -> None:
    starts = [100_000, 101_000, 102_000, 500_000]
    points = [tuple(map(float, pair.split())) for pair in density(starts, LENGTH).split("L")]
    top = min(points, key=lambda point: point[1])
    assert 140 < top[0] < 190
    line = arrange([(start, "") for start in starts], LENGTH)
    assert line.heat.startswith("M0 ")
    assert line.heat.endswith("Z")
    assert line.heat_line == f"M{density(starts, LENGTH)}"


@pytest.mark.parametrize("starts", [[], [0], [0, LENGTH]])
def test_few_claims_have_no_density(starts: list[int]) -> None:
    assert density(starts, LENGTH) == ""


def test_density_holds_at_the_end_and_beyond() -> None:
    assert density([0, LENGTH, LENGTH * 2], LENGTH)
