"""What the interface answers goes in again, and says the same."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.dateparse import parse_datetime
from hypothesis import HealthCheck, given, settings

from accounts.models import Scope, User
from catalogue import ingest, tags
from catalogue.ingest import uploads
from catalogue.models import (
    Channel,
    CountSample,
    ImportRun,
    Tag,
    Transcript,
    Video,
    VideoCounts,
    VideoTag,
)
from catalogue.records import Counts, VideoRecord, parse, write_json_line
from tests.makers import RECORDED, make_record, make_video
from tests.records.test_round_trip import video_records
from tests.rest import Caller, hold_against_schema, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()
WEBVTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\nThe river ran north\n"
# What the site itself adds, and what follows from when it was stored.
OF_THE_SITE = {"outcome", "import_url", "created_at", "updated_at", "channel"}


@pytest.fixture
def member(author: User) -> Caller:
    """Return a caller who may write."""
    return Caller(make_token(author))


def forget() -> None:
    """Empty the catalogue, as if the answer were brought to another one."""
    for model in (VideoTag, CountSample, Video, Channel, Tag):
        model.objects.all().delete()


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer says of the film."""
    channel = answer["channel"] and {**answer["channel"], "id": 0, "url": ""}
    return {
        **{name: value for name, value in answer.items() if name not in OF_THE_SITE},
        "channel": channel,
    }


def read_back(answer: dict[str, Any]) -> VideoRecord:
    return parse("answer", json.dumps(answer).encode())


def as_stored(record: VideoRecord) -> VideoRecord:
    """Return a record with what the catalogue itself decides taken off."""
    return replace(record, raw=b"", source="", line=None)


# --- There and back -------------------------------------------------------------------


def test_an_answer_posted_again_changes_nothing(member: Caller):
    record = make_record(
        platform_id="swje6NSdkfk", channel_id="UCabc", language="en",
        image_url="https://films.example/a.jpg", counts=Counts(views=1, comments=0),
    )  # fmt: skip
    ingest.run([record], source="t", by=None)
    answer = nobody.get("videos/youtube:swje6NSdkfk/").json()
    again = member.post("videos/", answer)
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    whole = json.dumps(answer).encode()
    for media_type in ("text/plain", "text/markdown"):
        again = member.post("videos/", whole, Content_Type=media_type)
        assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")


def test_counts_of_a_later_look_keep_their_date_and_give_it_to_the_record(member: Caller):
    ingest.run([make_record(platform_id="swje6NSdkfk")], source="t", by=None)
    looked_at = RECORDED + timedelta(days=30)
    VideoCounts.objects.update(views=200_000, observed_at=looked_at)
    answer = nobody.get("videos/youtube:swje6NSdkfk/").json()
    after = member.post("videos/", answer).json()
    assert parse_datetime(after["recorded_at"]) == looked_at
    assert told(after) | {"recorded_at": None} == told(answer) | {"recorded_at": None}
    forget()
    elsewhere = member.post("videos/", answer).json()
    assert elsewhere["counts"] == answer["counts"]


def test_an_answer_makes_the_same_film_elsewhere(member: Caller, author: User):
    record = make_record(platform_id="swje6NSdkfk", channel_id="UCabc", language="pt-BR")
    ingest.run([record], source="t", by=None)
    tags.add_to_video(Video.objects.get(), "Of a member", by=author)
    answer = nobody.get("videos/youtube:swje6NSdkfk/").json()
    forget()
    response = member.post("videos/", answer)
    assert response.status_code == 201
    expected = told(answer)
    expected["tags"] = [tag for tag in answer["tags"] if tag["source"] == "record"]
    assert told(response.json()) == expected
    assert response.json()["channel"]["platform_id"] == "UCabc"
    assert CountSample.objects.get().observed_at == RECORDED


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(record=video_records)
def test_what_a_record_holds_comes_back_from_the_interface(record: VideoRecord, db: None):
    forget()
    if record.recorded_at and record.recorded_at >= RECORDED:
        # Of the future is what came in today.
        record = replace(record, recorded_at=RECORDED)
    ingest.run([replace(record, source="t", raw=b"x")], source="t", by=None)
    key = Video.objects.get().key
    first = nobody.get(f"videos/{_quoted(key)}/").json()
    back = read_back(first)
    # What the catalogue cannot hold, or makes itself, is not the answer's to give back.
    assert as_stored(back) == replace(
        record,
        raw=b"",
        title="" if record.title == record.platform_id else record.title,
        tags=tuple(tag["name"] for tag in first["tags"]),
        channel_id=record.channel_id if record.channel else "",
        url="" if record.platform == "youtube" else record.url,
    )
    forget()
    ingest.run([back], source="t", by=None)
    second = nobody.get(f"videos/{_quoted(key)}/").json()
    assert told(second) == told(first)
    assert as_stored(read_back(second)) == as_stored(back)


def _quoted(key: str) -> str:
    return key.replace("é", "%C3%A9")


def test_a_page_of_the_list_goes_in_as_a_file(member: Caller):
    ingest.run([make_record(tags=(f"tag {n}",)) for n in range(3)], source="t", by=None)
    page = nobody.get("videos/")
    answers = page.json()["results"]
    forget()
    run = send(member, ("page.json", page.content)).json()
    assert (run["created"], run["rejected"]) == (3, 0)
    for answer in answers:
        stored = nobody.get(f"videos/{answer['key']}/").json()
        assert {name: told(stored)[name] for name in told(answer)} == told(answer)


@pytest.mark.parametrize(
    ("record", "key"),
    [
        ({"id": "swje6NSdkfk", "title": "A", "extractor_key": "Youtube"}, "youtube:swje6NSdkfk"),
        (json.loads(write_json_line(make_record(platform_id="a" * 11))), "youtube:aaaaaaaaaaa"),
    ],
)
def test_json_of_other_formats_is_a_record_too(member: Caller, record: object, key: str):
    response = member.post("videos/", record)
    assert (response.status_code, response.json()["key"]) == (201, key)


def test_a_bad_answer_is_told_by_its_own_field(member: Caller):
    answer = nobody.get(f"videos/{make_video().key}/").json()
    response = member.post("videos/", answer | {"counts": {"views": "many"}})
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert (error["pointer"], error["field"]) == ("", "counts.views")


def test_several_records_and_archives_are_told_where_to_go(member: Caller):
    make_video()
    make_video()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.md", b"")
    for body, media_type, reason in (
        (nobody.get("videos/").content, "application/json", "several records"),
        (nobody.get("videos/").content, "text/plain", "several records"),
        (packed.getvalue(), "text/plain", "this is an archive"),
    ):
        response = member.post("videos/", body, Content_Type=media_type)
        assert response.status_code == 400
        assert reason in response.json()["errors"][0]["detail"]
        assert "/api/v1/imports/" in response.json()["errors"][0]["detail"]
    response = member.post("videos/", packed.getvalue(), Content_Type="application/zip")
    assert response.status_code == 415
    assert "/api/v1/imports/" in response.json()["detail"]
    response = member.post("videos/", WEBVTT, Content_Type="text/plain")
    assert response.json()["errors"][0]["detail"].startswith("these are subtitles")


# --- Files ----------------------------------------------------------------------------


def send(caller: Caller, *files: tuple[str, bytes], **fields: str) -> Any:
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    body = encode_multipart(BOUNDARY, {"records": sent, **fields})
    return caller.post("imports/", body, Content_Type=MULTIPART_CONTENT)


RECORD = b'---\ntitle: "A film"\nvid_id: "swje6NSdkfk"\n---\nText.\n'


def test_records_and_subtitles_come_in_as_files(member: Caller, author: User):
    response = send(member, ("a.en.vtt", WEBVTT), ("a.md", RECORD), ("b.md", b"none"))
    run = ImportRun.objects.get()
    assert response.status_code == 201
    assert response.headers["Location"] == f"http://testserver/api/v1/imports/{run.pk}/"
    assert response.json() == nobody.get(f"imports/{run.pk}/").json()
    assert (run.by, run.created, run.rejected) == (author, 2, 1)
    *_others, row = nobody.get(f"imports/{run.pk}/rows/").json()["results"]
    page = "http://testserver/videos/youtube/swje6NSdkfk/?transcript=en#transcript"
    assert (row["subject"], row["video"], row["page"]) == (
        "transcript",
        "youtube:swje6NSdkfk",
        page,
    )
    transcript = row["transcript"]
    assert (transcript["language"], transcript["kind"]) == ("en", "manual")
    assert nobody.get(transcript["url"]).json()["cues"][0]["text"] == "The river ran north"


def test_a_rehearsal_tells_the_same_and_changes_nothing(member: Caller):
    files = [("a.en.vtt", WEBVTT), ("a.md", RECORD), ("b.en.vtt", WEBVTT)]
    dry = send(member, *files, dry_run="true")
    assert dry.status_code == 200
    assert not Video.objects.exists()
    assert not ImportRun.objects.exists()
    real = send(member, *files, dry_run="false").json()
    for name in ("created", "updated", "unchanged", "rejected"):
        assert dry.json()[name] == real[name]
    outcomes = [row["outcome"] for row in dry.json()["rows"]]
    assert outcomes == ["created", "created", "rejected"]
    assert Transcript.objects.count() == 1


def test_a_file_whose_name_is_not_utf8_is_refused_and_not_left_out(member: Caller):
    body = encode_multipart(
        BOUNDARY,
        {"records": [SimpleUploadedFile("dam.md", b"---"), SimpleUploadedFile("CAFE.md", b"---")]},
    )
    sent = body.replace(b"CAFE", b"caf\xe9")
    answer = member.post("imports/", sent, Content_Type=MULTIPART_CONTENT)
    assert answer.status_code == 400
    assert "not UTF-8" in answer.json()["detail"]
    assert "caf\ufffd.md" in answer.json()["detail"]
    assert not ImportRun.objects.exists()


def test_an_upload_is_read_strictly(member: Caller, monkeypatch: pytest.MonkeyPatch):
    one = ("a.md", RECORD)
    for fields, name in (({"dry_run": "yes"}, "dry_run"), ({"dryrun": "true"}, "dryrun")):
        response = send(member, one, **fields)
        assert response.status_code == 400
        assert [error["field"] for error in response.json()["errors"]] == [name]
    assert [error["field"] for error in send(member).json()["errors"]] == ["records"]
    assert send(member, *([one] * (uploads.FILES_MAX + 1))).status_code == 400
    assert member.post("imports/", RECORD, Content_Type="text/plain").status_code == 415
    # Of a request without a body the test client sets no type.
    pieces = member.client.generic(
        "POST",
        "/api/v1/imports/",
        CONTENT_TYPE=MULTIPART_CONTENT,
        headers={"Transfer-Encoding": "chunked"},
    )
    assert pieces.status_code == 400
    assert "Content-Length" in pieces.json()["detail"]
    assert (
        member.post("imports/?dry_run=true", b"", Content_Type=MULTIPART_CONTENT).status_code == 400
    )
    assert member.post("imports/", b"x", Content_Type=MULTIPART_CONTENT).status_code == 400
    assert member.post("imports/", b"x", Content_Type="multipart/form-data").status_code == 400
    assert not ImportRun.objects.exists()


def test_an_upload_that_is_too_large_is_not_read(member: Caller):
    body = b"x" * 10_100_001
    assert member.post("imports/", body, Content_Type=MULTIPART_CONTENT).status_code == 413


def test_who_may_bring_files_in(author: User):
    for caller, status in (
        (nobody, 401),
        (Caller(make_token(author, Scope.READ)), 403),
        (Caller(make_token(author)), 201),
    ):
        assert send(caller, ("a.md", RECORD)).status_code == status


def test_a_browser_that_is_signed_in_brings_files_in(author: User):
    caller = Caller()
    caller.client.force_login(author)
    response = send(caller, ("a.md", RECORD))
    assert response.status_code == 201
    hold_against_schema("POST", "/api/v1/imports/", response)
