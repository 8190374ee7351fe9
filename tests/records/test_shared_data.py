"""The parser on real files that lie beside the project, when they do.

None of them belongs to the project, so the folder may be missing; then only the last test
is left.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalogue import records
from catalogue.records import Counts, RecordError, VideoRecord

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

# views, likes, dislikes · milliseconds · published · recorded · channel
FACTS: dict[str, tuple[Counts, int, str, str, str]] = {
    "1ae64CdwLHE": (
        Counts(32_417, 457, 6), 5_256_000, "2019-05-18T15:07:10", "2021-09-23T16:54:31", "IppSec",
    ),
    "2Dwnv3vdZl8": (
        Counts(1_651, 42), 2_555_000, "2019-12-09T08:45:00", "2022-01-23T04:01:11", "KanDDDinsky",
    ),
    "3eROsG_WNpE": (
        Counts(6_009, 517), 1_223_000, "2022-03-20T18:03:51", "2022-03-21T10:34:49", "IppSec",
    ),
    "7aDOtKN2cJs": (
        Counts(3_699, 209), 965_000, "2021-06-30T07:00:06", "2022-02-19T10:38:55", "DigitalSreeni",
    ),
    "UpQtiLG0Aqo": (
        Counts(496, 13), 529_000, "2022-01-31T04:45:01", "2022-04-26T08:15:29", "Aryan Irani",
    ),
    "ZNXDbzaAM-I": (
        Counts(4_403, 208, 0), 462_000, "2020-09-02T17:38:52", "2021-10-19T21:16:42",
        "Practical Networking",
    ),
    "fpR1sGfnphw": (
        Counts(2_626, 42), 790_000, "2018-06-19T01:23:06", "2022-02-04T04:15:48",
        "Malik McPherson",
    ),
    "swje6NSdkfk": (
        Counts(154_080, 3_003), 586_000, "2021-07-30T14:00:24", "2022-02-01T10:20:51",
        "RT Documentary",
    ),
}  # fmt: skip

NO_ID = "there is no video id"
NO_FRONT_MATTER = "there is no front matter"

# Why a file is refused; all others are records of videos.
REFUSED = {
    "codingtrain_Guides__content-contribution-guide.md": NO_ID,
    "dnf_badyaml_david-mccarter.md": "not valid YAML",
    "dnf_badyaml_geoffrey-huntley.md": "not valid YAML",
    "dnf_badyaml_pedro.md": "not valid YAML",
    "dnf_bom_akkanet-bootcamp.md": NO_ID,
    "dnf_crlf_eric-schneider.md": NO_ID,
    "dnf_datestr_dc-user-group.md": NO_ID,
    "dnf_mixedeol_project-committee.md": "there is no video id (vid_id) and no title",
    "dnf_nonutf8_gabriel-emmanuel.md": "byte 415 (0xa0) is not UTF-8",
    "graymatter_complex.md": NO_ID,
    "graymatter_lang-javascript-fn.md": "not a list of keys",
    "graymatter_lang-json.md": NO_ID,
    "graymatter_sections-excerpt.md": NO_ID,
    "jekyll_2008-12-13-include.markdown": NO_ID,
    "jekyll_2009-01-27-empty-categories.markdown": NO_ID,
    "jekyll_2009-05-24-yaml-linebreak.markdown": NO_ID,
    "jekyll_2009-06-22-no-yaml.markdown": NO_FRONT_MATTER,
    "jekyll_2010-01-09-timezone-override.markdown": NO_ID,
    "jekyll_2011-04-12-md-extension.md": NO_ID,
    "jekyll_2014-03-03-yaml-with-dots.md": NO_ID,
    "jekyll_UTF8CRLFandBOM.md": NO_ID,
    "jekyll_date_without_time.md": NO_ID,
    "jekyll_unnamed.md": "the front matter is empty",
    "jxson_complex-yaml.md": "nothing in a record is executed",
    "jxson_dots-ending.md": NO_ID,
    "jxson_no-front-matter.md": NO_FRONT_MATTER,
    "jxson_wrapped-text.md": NO_ID,
    "pyfm_examples_content_pandoc.txt": NO_ID,
    "pyfm_examples_content_sorted.txt": NO_ID,
    "pyfm_tests_empty_no-frontmatter.txt": NO_FRONT_MATTER,
    "pyfm_tests_toml_hello-toml.md": "TOML",
    "pyfm_tests_yaml_extra-dash.txt": "4 dashes",
    "pyfm_tests_yaml_hello-markdown.md": NO_ID,
    "pyfm_tests_yaml_network-diagrams.md": NO_ID,
}


def files(folder: str) -> dict[str, Path]:
    return {path.name: path for path in sorted((SHARED / folder).glob("*"))}


RECORDS, ODD = files("records"), files("frontmatter_odd")


def parse(path: Path) -> VideoRecord:
    return records.parse(path.name, path.read_bytes())


if RECORDS:

    @pytest.mark.parametrize("name", RECORDS)
    def test_real_record_says_exactly_what_its_file_says(name: str):
        record = parse(RECORDS[name])
        counts, duration_ms, published, recorded, channel = FACTS[record.platform_id]

        assert name == f"{record.platform_id}.md"
        assert record.platform == "youtube"
        assert record.counts == counts
        assert record.duration_ms == duration_ms
        assert record.published == datetime.fromisoformat(published).replace(tzinfo=UTC)
        assert record.recorded_at == datetime.fromisoformat(recorded).replace(tzinfo=UTC)
        assert record.channel == channel
        assert len(record.tags) in (2, 3)
        assert record.image_url == f"https://i.ytimg.com/vi/{record.platform_id}/hqdefault.jpg"

    @pytest.mark.parametrize("name", RECORDS)
    def test_real_description_keeps_no_markup(name: str):
        description = parse(RECORDS[name]).description

        assert description
        assert not [mark for mark in ("<", "{%", "&quot;", "&amp;", "\r") if mark in description]

    @pytest.mark.parametrize("name", sorted(RECORDS.keys() | ODD.keys() - REFUSED.keys()))
    def test_real_record_reads_back_the_same_after_writing(name: str):
        written = records.format_front_matter(parse((RECORDS | ODD)[name]))

        assert records.format_front_matter(records.parse("copy", written.encode())) == written


if ODD:

    @pytest.mark.parametrize("name", sorted(REFUSED))
    def test_odd_file_that_is_no_record_is_refused_in_words(name: str):
        with pytest.raises(RecordError) as caught:
            parse(ODD[name])

        assert REFUSED[name] in caught.value.reason
        assert len(caught.value.reason.split()) >= 3

    @pytest.mark.parametrize("name", sorted(ODD.keys() - REFUSED.keys()))
    def test_odd_file_that_is_a_record_is_read_whole(name: str):
        record = parse(ODD[name])

        assert record.title
        assert record.platform == "youtube"
        assert record.recorded_at is not None
        assert record.description


def test_folder_is_whole_or_missing():
    assert set(RECORDS) in ({f"{platform_id}.md" for platform_id in FACTS}, set())
    assert set(REFUSED) <= set(ODD) or not ODD
