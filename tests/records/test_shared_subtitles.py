"""The parser on real subtitle files that lie beside the project, when they do."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from catalogue.records import RecordError
from catalogue.records.subtitles import Subtitles, parse_subtitles

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "subtitles"
FILES = {path.name: path for path in sorted(FOLDER.rglob("*")) if path.is_file()}

# How many cues, and which lines are told to be broken.
CUES: dict[str, tuple[int, tuple[int, ...]]] = {
    "3b1b_chinese.srt": (138, ()),
    "3b1b_english.srt": (18, ()),
    "3b1b_hebrew.srt": (143, (238, 438, 570)),
    "3b1b_russian.srt": (212, ()),
    "auto_ethansk.en.vtt": (65, ()),
    "auto_florian.fr.vtt": (1973, ()),
    "auto_webvttpy_youtube_dl.vtt": (3, ()),
    "jlm_1.en-US.vtt": (28, ()),
    "jlm_1.zh.vtt": (13, ()),
    "jlm_2.es.vtt": (25, ()),
    "webvttpy_captions_with_bom.vtt": (4, ()),
    "webvttpy_cue_tags.vtt": (3, ()),
    "webvttpy_invalid.vtt": (7, ()),
    "webvttpy_invalid_timeframe.vtt": (6, (6,)),
    "webvttpy_metadata_headers.vtt": (2, ()),
    "webvttpy_missing_caption_text.srt": (4, (6,)),
    "webvttpy_missing_timeframe.srt": (4, (5,)),
    "webvttpy_netflix_chicas_del_cable.vtt": (865, ()),
    "webvttpy_one_caption.srt": (1, ()),
    "webvttpy_sample.srt": (5, ()),
    "webvttpy_styles.vtt": (1, ()),
    "wpt_arrows.vtt": (6, (3, 6, 9, 12, 15, 21, 23, 25, 27)),
    "wpt_header-space.vtt": (1, ()),
    "wpt_header-timings.vtt": (1, ()),
    "wpt_newlines.vtt": (4, ()),
    "wpt_regions-id.vtt": (4, ()),
    "wpt_regions-old.vtt": (2, ()),
    "wpt_regions-scroll.vtt": (6, ()),
    "wpt_settings-align.vtt": (13, ()),
    "wpt_settings-multiple.vtt": (2, ()),
    "wpt_settings-region.vtt": (9, ()),
    "wpt_settings-vertical.vtt": (8, ()),
    "wpt_stylesheets.vtt": (2, (14,)),
    "wpt_timings-too-long.vtt": (2, tuple(range(6, 45, 3))),
    "wpt_whitespace-chars.vtt": (3, (16,)),
}
REFUSED = {
    "webvttpy_invalid_format2.srt": "neither WebVTT",
    "webvttpy_invalid_format4.srt": "the cue has no text",
    "wpt_signature-no-newline.vtt": "there is no cue in this file",
    "wpt_signature-space.vtt": "there is no cue in this file",
    "wpt_signature-tab.vtt": "there is no cue in this file",
    "wpt_timings-eof.vtt": "is not a time range",
    "wpt_timings-negative.vtt": "does not end after it starts",
}
AUTOMATIC = sorted(name for name in FILES if name.startswith("auto_"))
_CUE = re.compile(r"^(\S+) --> (\S+)[^\n]*\n(.*?)(?:\n\n|\n?\Z)", re.DOTALL | re.MULTILINE)


def parse(name: str) -> Subtitles:
    return parse_subtitles(name, FILES[name].read_bytes())


def words_said(name: str) -> list[str]:
    """Return the words of a file's captions by another way: those of the lowest lines."""
    said: list[str] = []
    for start, end, body in _CUE.findall(FILES[name].read_text(encoding="utf-8")):
        if start[:-3] == end[:-3] and int(end[-3:]) - int(start[-3:]) == 10:
            continue
        lines = [re.sub(r"<[^>]*>", "", line).strip() for line in body.split("\n")]
        said.extend(lines[-1].split())
    return said


if FILES:

    @pytest.mark.parametrize("name", sorted(CUES.keys() & FILES.keys()))
    def test_real_file_gives_its_cues_and_tells_what_is_broken(name: str):
        found = parse(name)
        count, broken = CUES[name]

        assert len(found.cues) == count
        assert tuple(problem.line for problem in found.problems) == broken
        assert all(cue.start_ms < cue.end_ms and cue.text for cue in found.cues)
        assert not [cue for cue in found.cues if "<c" in cue.text or "-->" in cue.text]

    @pytest.mark.parametrize("name", sorted(REFUSED))
    def test_real_file_without_a_cue_is_refused_in_words(name: str):
        with pytest.raises(RecordError) as caught:
            parse(name)

        assert REFUSED[name] in caught.value.reason

    @pytest.mark.parametrize("name", AUTOMATIC)
    def test_rolling_captions_hold_each_line_once(name: str):
        found = parse(name)

        assert found.is_rolling
        assert all(before.end_ms <= after.start_ms for before, after in pairwise(found.cues))
        assert all(before.text != after.text for before, after in pairwise(found.cues))

    @pytest.mark.parametrize("name", ["auto_ethansk.en.vtt", "auto_florian.fr.vtt"])
    def test_rolling_captions_hold_the_words_that_were_said_and_no_others(name: str):
        found = " ".join(cue.text for cue in parse(name).cues).split()
        said = " ".join(words_said(name)).replace("[Music] [Music] [Music]", "[Music]")

        assert found == said.split()

    @pytest.mark.parametrize("name", sorted(set(FILES) - set(AUTOMATIC) - set(REFUSED)))
    def test_what_people_wrote_is_never_taken_for_rolling_captions(name: str):
        assert not parse(name).is_rolling


def test_folder_of_subtitles_is_whole_or_missing():
    assert not FILES or CUES.keys() | REFUSED.keys() <= FILES.keys()
