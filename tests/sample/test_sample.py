"""The sample catalogue is whole: what it says of its films holds. No database is needed."""

import csv
import json
import struct
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from catalogue.records import VideoRecord, parse
from catalogue.records.cues import Cue
from catalogue.records.subtitles import parse_subtitles

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample"
RECORDS = sorted((SAMPLE / "records").glob("*.md"))
TRANSCRIPTS = sorted((SAMPLE / "transcripts").glob("*.vtt"))
CLIP = "sample:tern-island-in-ninety-seconds"
SEED = "youtube:swje6NSdkfk"
KINDS = {
    "quantity", "cause", "law", "quotation", "footage", "omission", "other",
    "prediction", "experience",
}  # fmt: skip
LONGEST_SPAN_MS = 10 * 60 * 1000


@cache
def films() -> dict[str, VideoRecord]:
    records = [parse(path.name, path.read_bytes()) for path in RECORDS]
    return {f"{record.platform}:{record.platform_id}": record for record in records}


@cache
def transcripts() -> dict[tuple[str, str], tuple[Cue, ...]]:
    found = {}
    for path in TRANSCRIPTS:
        video_id, language = path.name.removesuffix(".vtt").rsplit(".", 1)
        found[f"sample:{video_id}", language] = parse_subtitles(path.name, path.read_bytes()).cues
    return found


def load(name: str) -> Any:
    return json.loads((SAMPLE / name).read_text(encoding="utf-8"))


@cache
def counts() -> dict[str, list[dict[str, str]]]:
    rows: dict[str, list[dict[str, str]]] = {}
    with (SAMPLE / "counts.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["video"], []).append(row)
    return rows


def moments() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each claim with each film and time it was made in."""
    return [
        (claim, place) for claim in load("claims.json") for place in [claim, *claim.get("also", [])]
    ]


def as_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    assert moment.utcoffset() is not None
    return moment.astimezone(UTC)


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_every_record_parses_and_is_a_film_of_its_own() -> None:
    assert len(RECORDS) >= 40
    assert len(films()) == len(RECORDS)
    for key, record in films().items():
        assert record.title
        # The seed is real: the words about it are its publisher's, and stay with them.
        assert bool(record.description) == (key != SEED)
        assert record.channel
        assert record.category
        assert record.tags
        assert record.language


def test_all_films_but_the_seed_are_marked_as_sample() -> None:
    assert [key for key in films() if not key.startswith("sample:")] == [SEED]
    assert all(not record.image_url for key, record in films().items() if key != SEED)


def test_the_seed_keeps_its_facts() -> None:
    seed = films()[SEED]
    assert seed.title == "Keeping Score: How Bad is China's Social Credit System? | InfoBites"
    assert seed.channel == "RT Documentary"
    assert seed.tags == ("RT Documentary", "Documentary Channel", "Documentary film")
    assert seed.published == datetime(2021, 7, 30, 14, 0, 24, tzinfo=UTC)
    assert seed.recorded_at == datetime(2022, 2, 1, 10, 20, 51, tzinfo=UTC)
    assert seed.duration_ms == (9 * 60 + 46) * 1000
    assert (seed.counts.views, seed.counts.likes, seed.counts.dislikes) == (154_080, 3_003, None)


def test_the_catalogue_is_varied() -> None:
    records = films().values()
    assert {record.language for record in records} == {"en", "fr", "es", "ar"}
    languages = Counter(record.language for record in records)
    assert all(number >= 2 for number in languages.values())
    assert len({record.channel for record in records}) >= 12
    assert len({record.category for record in records}) >= 8
    assert any(record.duration_ms is None for record in records)
    assert any(record.counts.views is None for record in records)
    assert any(record.counts.likes is None for record in records)
    assert any(record.counts.dislikes is not None for record in records)
    assert any(len(record.title) > 200 for record in records)


def test_records_use_both_line_ends() -> None:
    endings = {b"\r\n" in path.read_bytes() for path in RECORDS}
    assert endings == {True, False}


def test_films_are_written_down_after_they_were_published() -> None:
    for record in films().values():
        assert isinstance(record.published, datetime)
        assert record.recorded_at is not None
        assert record.published < record.recorded_at


def test_one_film_plays_and_its_file_is_small() -> None:
    assert [key for key, record in films().items() if record.media_url] == [CLIP]
    file = ROOT / films()[CLIP].media_url.lstrip("/")
    assert file.stat().st_size < 400_000


def test_the_clip_lasts_as_long_as_its_record_says() -> None:
    content = (ROOT / films()[CLIP].media_url.lstrip("/")).read_bytes()
    assert content.startswith(b"\x1a\x45\xdf\xa3")
    # Matroska's Duration element: its id, a length of eight bytes, a double in milliseconds.
    at = content.index(b"\x44\x89\x88") + 3
    (duration_ms,) = struct.unpack(">d", content[at : at + 8])
    assert duration_ms == films()[CLIP].duration_ms


def test_cues_are_in_order_and_within_their_film() -> None:
    assert len(TRANSCRIPTS) >= 10
    assert {language for _, language in transcripts()} == {"en", "fr", "es", "ar"}
    assert not any(video == SEED for video, _ in transcripts())
    for (video, _), cues in transcripts().items():
        duration_ms = films()[video].duration_ms
        assert duration_ms is not None
        assert cues[-1].end_ms <= duration_ms
        assert all(before.end_ms <= after.start_ms for before, after in pairwise(cues))


def test_long_and_whole_transcripts_are_there() -> None:
    assert len(transcripts()["sample:the-vanishing-aquifer", "en"]) >= 60
    whole = transcripts()[CLIP, "en"]
    assert whole[0].start_ms <= 5_000
    assert whole[-1].end_ms >= 85_000
    assert len(transcripts()[CLIP, "fr"]) == len(whole)


def test_claims_are_short_statements_of_a_known_kind() -> None:
    claims = load("claims.json")
    assert len(claims) >= 90
    assert len({claim["statement"] for claim in claims}) == len(claims)
    for claim in claims:
        assert 10 <= len(claim["statement"]) <= 280
        assert claim["kind"] in KINDS
        assert claim["language"] in {"en", "fr", "es", "ar"}
        assert claim["tags"]


def test_claims_lie_within_their_film() -> None:
    for _, place in moments():
        duration_ms = films()[place["video"]].duration_ms
        assert duration_ms is not None
        assert 0 <= place["start_ms"] < place["end_ms"] <= duration_ms
        assert place["end_ms"] - place["start_ms"] <= LONGEST_SPAN_MS


def test_claims_quote_what_the_transcript_says_at_that_time() -> None:
    checked = 0
    for claim, place in moments():
        assert 0 < len(place["quote"]) <= 500
        assert place["speaker"]
        cues = transcripts().get((place["video"], claim["language"]), ())
        said = [
            cue.text
            for cue in cues
            if cue.start_ms < place["end_ms"] and place["start_ms"] < cue.end_ms
        ]
        if said:
            assert place["quote"] in one_line(" ".join(said))
            checked += 1
    assert checked >= 60


def test_some_claims_are_made_in_two_films() -> None:
    shared = [claim for claim in load("claims.json") if claim.get("also")]
    assert len(shared) == 2
    for claim in shared:
        assert all(place["video"] != claim["video"] for place in claim["also"])


def test_no_claim_is_made_about_the_real_film() -> None:
    assert not any(place["video"] == SEED for _, place in moments())


@pytest.mark.parametrize(("video", "number"), [("sample:the-vanishing-aquifer", 16), (CLIP, 6)])
def test_the_films_shown_first_have_enough_claims(video: str, number: int) -> None:
    assert sum(claim["video"] == video for claim in load("claims.json")) == number


def test_claims_are_marked_by_members_who_exist() -> None:
    members = load("members.json")
    names = {member["username"] for member in members}
    assert len(names) == len(members) == 26
    assert {claim["by"] for claim in load("claims.json")} <= names
    assert all(member["email"].endswith("@example.invalid") for member in members)


def test_opinions_are_about_claims_that_are_there_by_members_who_exist() -> None:
    names = {member["username"] for member in load("members.json")}
    by = {claim["statement"]: claim["by"] for claim in load("claims.json")}
    cards, votes, comments = (load(f"{name}.json") for name in ("evidence", "votes", "comments"))
    for row in (*cards, *votes, *comments):
        assert row["claim"] in by
    assert {row["by"] for row in (*cards, *comments)} <= names
    for row in votes:
        # Nobody votes on their own claim, and a day later some have to be left.
        assert row["late"] <= sum(row["votes"].values()) < len(names)
    hosts = {urlsplit(row["url"]).hostname for row in cards}
    assert all(host == "doi.org" or host.endswith(".example") for host in hosts)
    # A prefix of DOIs that is set aside for tests.
    assert all("/10.5555/" in row["url"] for row in cards if "doi.org" in row["url"])


def test_every_film_with_known_views_has_a_history() -> None:
    known = {
        key for key, record in films().items() if key != SEED and record.counts.views is not None
    }
    assert set(counts()) == known
    assert all(12 <= len(rows) <= 60 for rows in counts().values())


def test_histories_lie_between_publication_and_record() -> None:
    for video, rows in counts().items():
        record = films()[video]
        seen = [as_moment(row["observed_at"]) for row in rows]
        assert isinstance(record.published, datetime)
        assert record.recorded_at is not None
        assert record.published < seen[0]
        assert seen[-1] < record.recorded_at
        assert all(before < after for before, after in pairwise(seen))


@pytest.mark.parametrize("column", ["views", "likes", "dislikes", "comments"])
def test_counts_never_fall_or_pass_the_record(column: str) -> None:
    for video, rows in counts().items():
        numbers = [int(row[column]) for row in rows if row[column]]
        assert all(before <= after for before, after in pairwise(numbers))
        recorded = getattr(films()[video].counts, column)
        if numbers and recorded is not None:
            assert numbers[-1] <= recorded


def test_what_a_record_does_not_know_its_history_does_not_know() -> None:
    for video, rows in counts().items():
        if films()[video].counts.likes is None:
            assert not any(row["likes"] for row in rows)


def test_changes_end_in_what_the_record_says_now() -> None:
    changes = load("changes.json")
    assert 4 <= len(changes) <= 6
    for change in changes:
        record = films()[change["video"]]
        assert change["field"] in {"title", "description"}
        assert change["new"] == getattr(record, change["field"])
        assert change["old"] != change["new"]
        seen = as_moment(change["observed_at"])
        assert isinstance(record.published, datetime)
        assert record.recorded_at is not None
        assert record.published < seen < record.recorded_at
