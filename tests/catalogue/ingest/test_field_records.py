"""Records from the field through the whole ingest, where the shared data lies beside the project.

Nothing is skipped: without that folder there are no files, and so no cases.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from catalogue import ingest
from catalogue.models import ImportRow, ImportRun, Outcome, Video

pytestmark = pytest.mark.django_db

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
RECORDS = sorted((DATA / "records").glob("*.md"))
ODD = sorted(path for path in (DATA / "frontmatter_odd").glob("*") if path.is_file())


def run(paths: list[Path]) -> ImportRun:
    return ingest.run(ingest.read(paths), source="the field", by=None)


def test_all_records_go_in_and_are_unchanged_the_second_time():
    first = run(RECORDS)
    assert (first.created, first.rejected) == (len(RECORDS), 0)
    assert run(RECORDS).unchanged == len(RECORDS)


def test_seed_is_stored_with_its_values():
    run(RECORDS)
    found = list(Video.objects.identified("youtube", "swje6NSdkfk"))
    assert len(found) == len([path for path in RECORDS if path.stem == "swje6NSdkfk"])
    for video in found:
        check_seed(video)


def check_seed(video: Video) -> None:
    assert video.title == "Keeping Score: How Bad is China's Social Credit System? | InfoBites"
    assert video.channel is not None
    assert (video.channel.name, video.category) == ("RT Documentary", "Film-Animation")
    assert [placed.tag.name for placed in video.video_tags.select_related("tag")] == [
        "RT Documentary", "Documentary Channel", "Documentary film",
    ]  # fmt: skip
    assert video.published_at == datetime(2021, 7, 30, 14, 0, 24, tzinfo=UTC)
    assert video.recorded_at == datetime(2022, 2, 1, 10, 20, 51, tzinfo=UTC)
    assert video.duration_ms == 586_000
    counts = video.counts
    assert (counts.views, counts.likes, counts.dislikes, counts.comments) == (
        154_080, 3_003, None, None,
    )  # fmt: skip
    assert counts.refresh_at is not None


def test_odd_files_are_stored_or_rejected_with_a_reason_and_nothing_is_half_filled():
    done = run(ODD)
    rows = ImportRow.objects.filter(run=done)
    assert rows.count() == len(ODD)
    for row in rows.filter(outcome=Outcome.REJECTED):
        assert row.reason, row.source
        assert not row.reason.startswith("the database"), (row.source, row.reason)
        assert row.raw is not None
    for row in rows.exclude(outcome=Outcome.REJECTED):
        assert row.video is not None
        assert row.video.title, row.source
        assert row.video.platform_id, row.source
        assert row.video.counts is not None
    again = run(ODD)
    assert (again.created, again.updated, again.rejected) == (0, 0, done.rejected)


# --- yt-dlp's files and YouTube's answers ---------------------------------------------

INFOS = sorted((DATA / "infojson").glob("*.json"))
ANSWERS = sorted((DATA / "youtube_api" / "videos_list").glob("*.json"))
REFUSALS = sorted((DATA / "youtube_api" / "errors").glob("*.json"))


def one(platform: str, platform_id: str) -> Iterator[Video]:
    """Yield the film, if the data is there at all."""
    if DATA.is_dir():
        yield Video.objects.for_page().get(platform=platform, platform_id=platform_id)


@pytest.mark.parametrize("paths", [INFOS, ANSWERS, [*ANSWERS, *INFOS]])
def test_every_file_goes_in_and_is_unchanged_the_second_time(paths: list[Path]):
    assert run(paths).rejected == 0
    again = run(paths)
    assert (again.created, again.updated, again.rejected) == (0, 0, 0)


def test_films_are_the_same_in_whatever_order_files_come():
    states = []
    for paths in (INFOS, INFOS[::-1]):
        run([path for path in paths if path.name.startswith("dQw4w9WgXcQ")])
        for video in one("youtube", "dQw4w9WgXcQ"):
            counts = video.counts
            states.append((
                video.title, video.published_at, video.recorded_at, video.language,
                counts.views, counts.likes, counts.dislikes, counts.comments, counts.observed_at,
                [tag.name for tag in video.tags.all()],
            ))  # fmt: skip
        Video.objects.all().delete()
    assert states[:1] == states[1:]


def test_file_of_yt_dlp_is_stored_with_its_values():
    run(INFOS)
    for video in one("youtube", "dQw4w9WgXcQ"):
        assert video.title == "Rick Astley - Never Gonna Give You Up (Official Music Video)"
        assert video.channel is not None
        assert (video.channel.name, video.channel.platform_id) == (
            "Rick Astley", "UCuAXFkgsw1L7xaCfnd5JJOw",
        )  # fmt: skip
        assert (video.category, video.language) == ("Music", "en")
        assert video.published_at == datetime(2009, 10, 25, tzinfo=UTC)
        assert video.published_precision == "day"
        assert video.recorded_at == datetime(2023, 12, 14, 22, 0, 35, tzinfo=UTC)
        assert video.duration_ms == 212_000
        # Likes and dislikes are known from 2021 only.
        assert (video.counts.views, video.counts.likes, video.counts.dislikes) == (
            1_480_379_258, 11_756_010, 318_477,
        )  # fmt: skip
        assert video.counts.comments == 2_200_000
        tags = [placed.tag.name for placed in video.video_tags.select_related("tag")]
        # Of 27, two are another spelling of one before them.
        assert (len(tags), tags[0]) == (25, "rick astley")
    for clip in one("twitchclips", "42850523"):
        assert clip.published_at == datetime(2016, 6, 12, 21, 36, 33, tzinfo=UTC)
        assert (clip.published_precision, clip.duration_ms) == ("second", 32_000)
        assert clip.url == "https://clips.twitch.tv/FaintLightGullWholeWheat"


def test_answers_of_the_api_are_stored_with_their_values():
    run(ANSWERS)
    for video in one("youtube", "D-lhorsDlUQ"):
        assert video.title == "What are Actions on Google (Assistant on Air)"
        assert (video.category, video.language) == ("Science & Technology", "en")
        assert video.published_at == datetime(2019, 3, 21, 20, 37, 49, tzinfo=UTC)
        assert video.channel is not None
        assert video.channel.platform_id == "UC_x5XG1OV2P6uZZ5FSM9Ttw"
    for video in one("youtube", "9bZkp7q19f0"):
        # Only its numbers were asked for.
        assert (video.title, video.duration_ms) == ("9bZkp7q19f0", 253_000)
        assert (video.counts.views, video.counts.dislikes) == (3_507_573_655, 2_311_006)
        assert video.counts.refresh_at is not None


def test_refusals_of_the_api_are_rejected_with_its_reason():
    done = run(REFUSALS)
    assert done.rejected == len(REFUSALS)
    for row in ImportRow.objects.filter(run=done):
        assert "refusal of YouTube's API" in row.reason
        assert "no reason" not in row.reason
