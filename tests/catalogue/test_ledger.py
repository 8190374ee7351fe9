"""The pages of the ledger: runs, their rows, bringing records in, taking a run back."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from catalogue import ingest, ledger
from catalogue.ingest import uploads
from catalogue.models import ImportRun, RunState, Transcript, Video
from catalogue.records import RecordError
from tests.makers import RECORDED, make_claim, make_record, make_video
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db
FOLDER = "/home/operator/records"
AUTHOR = '<a class="person" href="/people/author/"><bdi>author</bdi></a>'
RECORD = """---
title: "{}"
vid_id: "{}"
date: "2022-02-01T13:20:51+03:00"
---
Text.
"""


@pytest.fixture
def run(author: User) -> ImportRun:
    """Return an ingest of a good and a bad record, by the author."""
    return ingest.run(
        [
            make_record(platform_id="good", source=f"{FOLDER}/good.md"),
            RecordError(f"{FOLDER}/bad.md", "not a <length>", line=9, field="duration"),
        ],
        source=FOLDER,
        by=author,
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def record(name: str = "a.md", title: str = "Otters", number: int = 1) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, RECORD.format(title, f"upload{number:05}").encode())


def subtitles(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"WEBVTT\n\n00:01.000 --> 00:02.000\nThe river ran north\n")


# --- Reading --------------------------------------------------------------------------


def test_the_list_says_who_brought_what_and_what_became_of_it(client: Client, run: ImportRun):
    text = read(client, "/imports/")
    for part in (">records</bdi>", f"by <bdi>{AUTHOR}", "Finished", "<b>1</b> created",
                 "<b>1</b> rejected", f"/imports/{run.pk}/", "just now"):  # fmt: skip
        assert part in text
    assert FOLDER not in text
    assert "unchanged" not in text


def test_an_empty_ledger_says_so(client: Client):
    assert "Nothing came in yet" in read(client, "/imports/")


def test_every_page_leads_to_the_ledger(client: Client, author: User):
    make_video()  # A catalogue that is empty leads there once more.
    assert 'href="/imports/"' in read(client, "/")
    assert read(signed_in(author), "/").count('href="/imports/"') == 2


def test_a_run_shows_its_records_with_reasons_and_links(client: Client, run: ImportRun):
    text = read(client, f"/imports/{run.pk}/")
    for part in ("The River That Was Moved", "/videos/youtube/good/", "bad.md", "line 9",
                 "<code>duration</code>: not a &lt;length&gt;", "rejects.csv"):  # fmt: skip
        assert part in text
    assert FOLDER not in text
    assert "Take it back" not in text


def test_records_can_be_narrowed_to_one_outcome(client: Client, run: ImportRun):
    text = read(client, f"/imports/{run.pk}/", outcome="rejected")
    assert "bad.md" in text
    assert "good.md" not in text
    assert "No records here" in read(client, f"/imports/{run.pk}/", outcome="updated")
    for name in ("outcome", "undone", "cursor"):
        assert f"<code>{name}</code>" in read(
            client, f"/imports/{run.pk}/", status=400, **{name: "lost"}
        )


def test_staff_see_where_files_lie(run: ImportRun, moderator: User):
    staff = signed_in(moderator)
    assert f"{FOLDER}/bad.md" in read(staff, f"/imports/{run.pk}/")
    assert FOLDER in read(staff, "/imports/")


def test_there_is_no_page_of_a_run_that_was_none(client: Client, author: User):
    for path in ("/imports/9/", "/imports/9/rejects.csv", f"/imports/{10**30}/"):
        assert client.get(path).status_code == 404
    assert signed_in(author).get("/imports/9/undo/").status_code == 404


def test_lists_cost_the_same_whatever_their_length(client: Client, author: User):
    few = ingest.run([make_record() for _n in range(2)], source="few", by=author)
    list_cost, run_cost = queries(client, "/imports/"), queries(client, f"/imports/{few.pk}/")
    many = ingest.run([make_record() for _n in range(40)], source="many", by=author)
    for number in range(20):
        ingest.run([], source=f"run {number}", by=author)
    assert queries(client, "/imports/") == list_cost == 1
    assert queries(client, f"/imports/{many.pk}/") == run_cost == 2


def test_a_run_of_transcripts_costs_no_more(client: Client, author: User):
    def bring(count: int) -> str:
        films = [make_video() for _n in range(count)]
        files = [subtitles(f"{film.platform_id}.en.vtt") for film in films]
        return ingest.upload(files, by=author).run.get_absolute_url()

    few, many = bring(1), bring(12)
    assert queries(client, few) == queries(client, many) == 2
    rest = [f"/api/v1{url}rows/" for url in (few, many)]
    assert queries(client, rest[0]) == queries(client, rest[1]) == 2


def test_pages_of_records_lead_on(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ledger, "ROWS_PER_PAGE", 2)
    run = ingest.run([make_record(title=f"Film {n}") for n in range(5)], source="t", by=None)
    first = client.get(f"/imports/{run.pk}/?outcome=created")
    second = read(
        client, f"/imports/{run.pk}/", outcome="created", cursor=first.context["page"].next_cursor
    )
    assert "Film 2" in second
    assert "Film 1" not in second
    assert "outcome=created" in second


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_is_shown_as_interrupted(client: Client, run: ImportRun):
    ImportRun.objects.update(state=RunState.RUNNING, finished_at=None)
    assert "Interrupted" in read(client, "/imports/")
    text = read(client, f"/imports/{run.pk}/")
    assert "It was interrupted" in text
    assert "import.js" not in text


def test_a_run_at_work_can_be_reloaded_and_refreshes_itself(client: Client, run: ImportRun):
    # The run's lock falls with its transaction, and the test is one.
    ImportRun.objects.update(state=RunState.RUNNING, finished_at=None)
    text = read(client, f"/imports/{run.pk}/")
    assert "Still running" in text
    assert "import.js" in text
    assert f'data-import="/api/v1/imports/{run.pk}/"' in text


def test_a_transcript_is_shown_with_its_film_and_language(client: Client, author: User):
    film = make_video(title="Otters & more", platform_id="swje6NSdkfk")
    files = [subtitles("swje6NSdkfk.pt-BR.auto.vtt"), subtitles("nobodys.en.vtt")]
    run = ingest.upload(files, by=author).run
    text = read(client, f"/imports/{run.pk}/")
    page = f"{film.get_absolute_url()}?transcript=pt-BR.auto#transcript"
    for part in (f'<a href="{page}"><bdi>Otters &amp; more', "Brazilian Portuguese transcript",
                 "recognised by a machine", "nobodys.en.vtt"):  # fmt: skip
        assert part in text
    assert "The river ran north" in read(client, page.partition("#")[0])
    ingest.undo(run, by=author)
    assert "the transcript is no longer in the catalogue" in read(client, f"/imports/{run.pk}/")


def test_of_an_archive_the_members_path_is_told_and_of_the_operators_the_last_part(
    client: Client, moderator: User
):
    top = "/home/operator!/secret!"
    items = [
        RecordError(f"{top}/many.ZIP!a folder/b.md", "bad"),
        RecordError(f"{top}/c.md", "bad"),
        RecordError("many.tar.gz!x/../../y.vtt", "bad"),
    ]
    run = ingest.run(items, source=f"{top}/many.zip", by=None)
    text = read(client, f"/imports/{run.pk}/")
    assert "<bdi>many.ZIP!a folder/b.md</bdi>" in text
    assert "<bdi>c.md</bdi>" in text
    assert "<bdi>many.tar.gz!x/../../y.vtt</bdi>" in text
    assert "secret" not in text
    assert f"{top}/many.ZIP!a folder/b.md" in read(signed_in(moderator), f"/imports/{run.pk}/")


def test_a_dry_upload_shows_whose_subtitles_are(author: User):
    make_video(title="Otters", platform_id="swje6NSdkfk")
    files = [subtitles("swje6NSdkfk.en.vtt"), subtitles("nobodys.en.vtt")]
    response = signed_in(author).post("/imports/", {"records": files, "dry_run": "on"})
    text = response.content.decode()
    check(text)
    for part in ("Otters", "English transcript", "no record lies beside it"):
        assert part in text
    assert not Transcript.objects.exists()


# --- Rejects --------------------------------------------------------------------------


def rejects_of(client: Client, run: ImportRun) -> list[list[str]]:
    response = client.get(f"/imports/{run.pk}/rejects.csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response.headers["Content-Disposition"]
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text)))


def test_rejects_come_as_csv(client: Client, run: ImportRun, moderator: User):
    assert rejects_of(client, run) == [
        ["source", "line", "field", "reason"],
        ["bad.md", "9", "duration", "not a <length>"],
    ]
    assert rejects_of(signed_in(moderator), run)[1][0] == f"{FOLDER}/bad.md"


def test_reasons_are_told_in_the_readers_language_and_stay_english_for_programs(author: User):
    files = [SimpleUploadedFile("a.json", b'{"platform": }'), record(number=1), record("b.md", "")]
    member = signed_in(author)
    author.language = "ar"
    author.save(update_fields=["language"])
    run = uploads.upload(files, by=author).run
    text = read(member, f"/imports/{run.pk}/")
    assert "العنوان مفقود" in text
    # Python's own words about JSON.
    assert '<span lang="en" dir="ltr">Expecting value</span>' in text
    assert "رفع: <bdi>a.json, a.md, b.md</bdi>" in text
    reasons = [row[3] for row in rejects_of(member, run)[1:]]
    assert "there is no title" in reasons
    rows = member.get(f"/api/v1/imports/{run.pk}/rows/").json()["results"]
    assert {row["reason"] for row in rows if row["reason"]} == set(reasons)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝"])  # noqa: RUF001
def test_no_cell_is_a_formula(client: Client, start: str):
    bad = f'{start}HYPERLINK("http://example.org";"a")'
    run = ingest.run([RecordError(bad, bad, field=bad)], source="t", by=None)
    source, _line, field, reason = rejects_of(client, run)[1]
    for cell in (field, reason):
        assert cell == f"'{bad}"
    # Of a source only what follows the last slash is told.
    assert not source.lstrip().startswith(("=", "+", "-", "@"))


# --- Bringing in ----------------------------------------------------------------------


def test_a_member_uploads_several_files(author: User):
    member = signed_in(author)
    response = member.post(
        "/imports/",
        {"records": [record(), record("b.md", number=2), SimpleUploadedFile("c.md", b"none")]},
    )
    run = ImportRun.objects.get()
    assert response.headers["Location"] == f"/imports/{run.pk}/"
    assert (run.by, run.source) == (author, "upload: a.md, b.md, c.md")
    assert (run.created, run.rejected, run.state) == (2, 1, RunState.FINISHED)
    assert Video.objects.count() == 2
    assert "Done." in read(member, f"/imports/{run.pk}/")


def test_a_dry_upload_tells_and_changes_nothing(author: User):
    response = signed_in(author).post(
        "/imports/",
        {"records": [record(title="A <b> otter"), SimpleUploadedFile("c.md", b"")],
         "dry_run": "on"},
    )  # fmt: skip
    text = response.content.decode()
    check(text)
    assert response.status_code == 200
    for part in ("A &lt;b&gt; otter", "Created", "Rejected", "the file is empty"):
        assert part in text
    assert not ImportRun.objects.exists()
    assert not Video.objects.exists()


def test_archives_and_files_of_many_records_come_in_too(author: User):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/a.md", RECORD.format("Otters", "upload00001"))
        archive.writestr("in/b.md", RECORD.format("Herons", "upload00002"))
    files = [SimpleUploadedFile("many.zip", packed.getvalue()), record("c.md", number=3)]
    signed_in(author).post("/imports/", {"records": files})
    rows = ImportRun.objects.get().rows.values_list("source", "outcome")
    assert list(rows) == [
        ("many.zip!in/a.md", "created"), ("many.zip!in/b.md", "created"), ("c.md", "created"),
    ]  # fmt: skip


def test_an_upload_ends_where_one_request_has_done_enough(
    author: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(uploads, "RECORDS_MAX", 2)
    files = [record(f"{n}.md", number=n) for n in range(4)]
    signed_in(author).post("/imports/", {"records": files})
    run = ImportRun.objects.get()
    assert (run.created, run.rejected) == (2, 1)
    assert "one upload takes 2 records" in run.rows.get(outcome="rejected").reason


def test_a_visitor_is_asked_to_sign_in_and_uploads_nothing(client: Client):
    assert "Sign in</a> to bring some in" in read(client, "/imports/")
    response = client.post("/imports/", {"records": record()})
    assert response.headers["Location"].startswith("/accounts/login/")
    assert not ImportRun.objects.exists()


def test_an_upload_needs_the_forms_token(author: User):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(author)
    assert strict.post("/imports/", {"records": record()}).status_code == 403
    assert not ImportRun.objects.exists()


def test_an_upload_without_files_says_so(author: User):
    response = signed_in(author).post("/imports/", {})
    assert response.status_code == 200
    check(response.content.decode())
    assert "This field is required" in response.content.decode()


def test_an_upload_of_too_many_files_is_refused(author: User, monkeypatch: pytest.MonkeyPatch):
    files = [record(f"{n}.md", number=n) for n in range(uploads.FILES_MAX + 1)]
    response = signed_in(author).post("/imports/", {"records": files})
    assert response.status_code == 200
    assert "too many for one upload" in response.content.decode()
    assert not ImportRun.objects.exists()


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(author: User):
    response = signed_in(author).post(
        "/imports/", {"records": record()}, CONTENT_LENGTH=str(ledger.BODY_MAX + 1)
    )
    assert response.status_code == 413
    check(response.content.decode())
    assert 'href="/imports/">Back to the upload' in response.content.decode()


# --- Taking back ----------------------------------------------------------------------


def test_who_made_a_run_is_asked_and_takes_it_back(author: User, run: ImportRun):
    member = signed_in(author)
    assert f"/imports/{run.pk}/undo/" in read(member, f"/imports/{run.pk}/")
    assert "Take this import back?" in read(member, f"/imports/{run.pk}/undo/")
    assert member.post(f"/imports/{run.pk}/undo/").headers["Location"] == f"/imports/{run.pk}/"
    assert not Video.objects.exists()
    text = read(member, f"/imports/{run.pk}/")
    for part in ("Taken back", f"By <bdi>{AUTHOR}", "Removed", "youtube:good is no longer"):
        assert part in text
    assert "Try again" not in text
    assert "Taken back" in read(member, "/imports/")


def test_what_was_spared_is_said_and_can_be_picked_out(author: User):
    records = [make_record(title="Otters"), make_record(title="Herons")]
    run = ingest.run(records, source="t", by=author)
    make_claim(author=author, video=Video.objects.get(title="Otters"))
    member = signed_in(author)
    member.post(f"/imports/{run.pk}/undo/")
    text = read(member, f"/imports/{run.pk}/", undone="spared")
    assert "Try again what was spared" in text
    assert "it has occurrences" in text
    assert "no longer in the catalogue" not in text
    author.language = "es"
    author.save(update_fields=["language"])
    assert "tiene apariciones" in read(member, f"/imports/{run.pk}/", undone="spared")


def test_a_rehearsed_undo_tells_and_changes_nothing(author: User):
    older = make_record()
    ingest.run([older], source="t", by=author)
    newer = make_record(
        platform_id=older.platform_id, title="Two", recorded_at=RECORDED + timedelta(days=1)
    )
    claimed = make_record()
    run = ingest.run([newer, claimed], source="t", by=author)
    make_claim(author=author, video=Video.objects.latest("pk"))
    response = signed_in(author).post(f"/imports/{run.pk}/undo/", {"dry_run": "1"})
    text = response.content.decode()
    check(text)
    assert "What would happen" in text
    assert "it has occurrences" in text
    assert Video.objects.filter(title="Two").exists()
    assert not ImportRun.objects.exclude(undone_at=None).exists()


def test_a_run_at_work_is_not_taken_back(author: User, run: ImportRun):
    ImportRun.objects.update(state=RunState.RUNNING, finished_at=None)
    member = signed_in(author)
    member.post(f"/imports/{run.pk}/undo/")
    assert "still running" in read(member, f"/imports/{run.pk}/")
    assert Video.objects.exists()


@pytest.mark.parametrize(
    ("who", "is_allowed"),
    [("author", True), ("moderator", True), ("stranger", False), (None, False)],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_who_made_a_run_and_staff_reach_its_undo(
    method: str, who: str | None, is_allowed: bool, run: ImportRun, request: pytest.FixtureRequest
):
    client = signed_in(request.getfixturevalue(who)) if who else Client()
    response = getattr(client, method)(f"/imports/{run.pk}/undo/")
    if not is_allowed:
        assert response.status_code == 302
        assert "Take it back" not in read(client, f"/imports/{run.pk}/")
    elif method == "get":
        assert response.status_code == 200
    assert Video.objects.exists() != (is_allowed and method == "post")
