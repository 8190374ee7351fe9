"""Files of yt-dlp and answers of YouTube's API that lie beside the project, when they do.

None of them belongs to the project, so the folder may be missing; then only the last test
is left.
"""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from catalogue import records
from catalogue.records import Counts, RecordError, VideoRecord
from tests.records.test_round_trip import without_origin

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
INFOS = sorted((SHARED / "infojson").glob("*.json"))
ANSWERS = sorted((SHARED / "youtube_api" / "videos_list").glob("*.json"))
ERRORS = sorted((SHARED / "youtube_api" / "errors").glob("*.json"))

# records · of the first: published · milliseconds · counts · tags
FACTS: dict[str, tuple[int, datetime | date | None, int | None, Counts, int]] = {
    "6iRV8liah8A.info.json": (1, date(2015, 1, 5), 10_000, Counts(3_417, 4, 0), 13),
    "6iRV8liah8A.no_date.info.json": (1, None, 10_000, Counts(3_417, 4, 0), 13),
    "6xKWiCMKKJg.info.json": (1, date(2014, 1, 4), 60_000, Counts(6_157_467), 10),
    "KdsN9YhkDrY.info.json": (1, date(2016, 6, 25), 8_000, Counts(141_017, 807, 9), 14),
    "bwRHIkYqYJo.info.json": (1, date(2021, 7, 20), 582_000, Counts(9_973, 333, None, 44), 17),
    "channel_PinchflatTestChannel.info.json": (0, None, None, Counts(), 0),
    "dQw4w9WgXcQ.2021.info.json": (
        1, date(2009, 10, 24), 212_000, Counts(1_046_140_382, 11_756_010, 318_477), 23,
    ),
    "dQw4w9WgXcQ.2023.info.json": (
        1, date(2009, 10, 25), 212_000, Counts(1_480_379_258, None, None, 2_200_000), 27,
    ),
    "playlist_empty.info.json": (0, None, None, Counts(), 0),
    "twitch_42850523.info.json": (
        1, datetime(2016, 6, 12, 21, 36, 33, tzinfo=UTC), 32_000, Counts(), 0,
    ),
    "fullscreen_yt_01_50items.json": (
        50, datetime(2020, 2, 5, 2, 41, 44, tzinfo=UTC), None, Counts(), 7,
    ),
    "fullscreen_yt_02_1items.json": (
        1, None, 253_000, Counts(3_507_573_655, 17_078_355, 2_311_006, 4_998_214), 0,
    ),
    "fullscreen_yt_04_13items.json": (13, None, 56_000, Counts(), 0),
    "fullscreen_yt_08_50items.json": (
        50, datetime(2019, 12, 5, 18, 0, 14, tzinfo=UTC), None, Counts(), 39,
    ),
    "fullscreen_yt_13_0items.json": (0, None, None, Counts(), 0),
    "hiruni_video_info.json": (
        1, datetime(2023, 6, 7, 14, 0, 12, tzinfo=UTC), None, Counts(), 21,
    ),
    "mopidy_partial_01.json": (3, None, 196_000, Counts(), 0),
    "pyyoutube_videos_info_multi.json": (
        2, datetime(2019, 3, 21, 20, 37, 49, tzinfo=UTC), None, Counts(), 20,
    ),
    "smapp_video_metadata.json": (
        1, datetime(2018, 3, 14, 20, 53, 14, tzinfo=UTC), None, Counts(10, 0, 0), 0,
    ),
}  # fmt: skip


def read(path: Path) -> list[VideoRecord]:
    found = []
    for item in records.parse_all(path.name, path.read_bytes()):
        assert isinstance(item, VideoRecord), item
        found.append(item)
    return found


if INFOS:

    @pytest.mark.parametrize("path", [*INFOS, *ANSWERS], ids=lambda path: path.name)
    def test_real_file_says_exactly_what_it_says(path: Path):
        found = read(path)
        number, *facts = FACTS[path.name]

        assert len(found) == number
        for record in found[:1]:
            assert [
                record.published, record.duration_ms, record.counts, len(record.tags),
            ] == facts  # fmt: skip

    @pytest.mark.parametrize("path", [*INFOS, *ANSWERS], ids=lambda path: path.name)
    def test_real_records_read_back_the_same_after_writing(path: Path):
        found = read(path)
        table = records.write_csv_header() + "".join(map(records.write_csv_row, found))
        lines = "".join(map(records.write_json_line, found))

        for written in (table, lines) if found else ():
            back = records.parse_all("copy", written.encode())
            assert [without_origin(item) for item in back if isinstance(item, VideoRecord)] == [
                without_origin(record) for record in found
            ]

    @pytest.mark.parametrize("path", ERRORS, ids=lambda path: path.name)
    def test_real_refusal_is_told_in_its_own_words(path: Path):
        with pytest.raises(RecordError, match="refusal of YouTube's API") as caught:
            records.parse(path.name, path.read_bytes())

        expected = path.name.split("_")[1] if path.name[0] == "4" else "error message"
        assert expected in caught.value.reason


def test_folder_is_whole_or_missing():
    assert {path.name for path in [*INFOS, *ANSWERS]} in (set(FACTS), set())
