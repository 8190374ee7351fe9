"""The ledger of imports over REST."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from accounts.models import Scope, User
from catalogue import ingest, tasks
from catalogue.ingest import fetches
from catalogue.models import ImportRun, RunState, Video
from catalogue.records import RecordError, VideoRecord
from catalogue.records.targets import parse_target
from tests import platform_server
from tests.makers import RECORDED, make_claim, make_record, make_video
from tests.platform_server import Page, Site, send
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()
FOLDER = "/home/operator/records"


@pytest.fixture
def run(author: User) -> ImportRun:
    """Return an ingest of one good and one bad record."""
    items: list[VideoRecord | RecordError] = [
        make_record(platform_id="good", source=f"{FOLDER}/good.md"),
        RecordError(f"{FOLDER}/bad.md", "not a length", line=9, field="duration", raw=b"secret"),
    ]
    return ingest.run(items, source=FOLDER, by=author)


def test_everyone_reads_what_came_in_without_the_operators_folders(run: ImportRun):
    told = nobody.get(f"imports/{run.pk}/").json()
    assert told == {
        "id": run.pk,
        "url": f"http://testserver/api/v1/imports/{run.pk}/",
        "rows_url": f"http://testserver/api/v1/imports/{run.pk}/rows/",
        "source": "records",
        "by": "author",
        "state": "finished",
        "started_at": told["started_at"],
        "finished_at": told["finished_at"],
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
        "undone_at": None,
        "undone_by": None,
        "fetch": None,
    }
    assert nobody.get("imports/").json()["results"] == [told]


def test_a_row_tells_what_became_of_its_record(run: ImportRun):
    good, bad = nobody.get(f"imports/{run.pk}/rows/").json()["results"]
    assert good == {
        "number": good["number"],
        "source": "good.md",
        "line": 1,
        "subject": "video",
        "outcome": "created",
        "field": None,
        "reason": None,
        "video": "youtube:good",
        "video_url": "http://testserver/api/v1/videos/youtube:good/",
        "page": "http://testserver/videos/youtube/good/",
        "transcript": None,
        "undone": None,
        "undo_reason": None,
    }
    assert bad == {
        "number": good["number"] + 1,
        "source": "bad.md",
        "line": 9,
        "subject": "video",
        "outcome": "rejected",
        "field": "duration",
        "reason": "not a length",
        "video": None,
        "video_url": None,
        "page": None,
        "transcript": None,
        "undone": None,
        "undo_reason": None,
    }


def test_rows_can_be_narrowed_to_one_outcome(run: ImportRun):
    rows = nobody.get(f"imports/{run.pk}/rows/?outcome=rejected").json()["results"]
    assert [row["source"] for row in rows] == ["bad.md"]
    assert nobody.get(f"imports/{run.pk}/rows/?outcome=lost").status_code == 400


def test_staff_see_whole_paths(run: ImportRun, moderator: User):
    staff = Caller(make_token(moderator))
    assert staff.get(f"imports/{run.pk}/").json()["source"] == FOLDER
    rows = staff.get(f"imports/{run.pk}/rows/").json()["results"]
    assert [row["source"] for row in rows] == [f"{FOLDER}/good.md", f"{FOLDER}/bad.md"]


def test_nobody_gets_the_bytes(run: ImportRun, moderator: User):
    answer = Caller(make_token(moderator)).get(f"imports/{run.pk}/rows/")
    assert b"secret" not in answer.content


def test_imports_come_newest_first_and_by_page():
    numbers = [ingest.run([], source=f"run {n}", by=None).pk for n in range(3)]
    first = nobody.get("imports/?page_size=2").json()
    second = nobody.get(first["next"]).json()
    told = first["results"] + second["results"]
    assert [run["id"] for run in told] == numbers[::-1]
    assert {run["by"] for run in told} == {None}


def test_an_import_that_is_not_here_is_not_found():
    assert nobody.get("imports/999999/").status_code == 404
    assert nobody.get("imports/999999/rows/").status_code == 404


# --- Taking back ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [("author", 200), ("moderator", 200), ("stranger", 403), (None, 401)],
)
@pytest.mark.parametrize("body", [None, {"dry_run": True}, {"dry_run": False}])
def test_only_who_made_an_import_and_staff_take_it_back(
    who: str | None,
    status: int,
    body: dict[str, bool] | None,
    run: ImportRun,
    request: pytest.FixtureRequest,
):
    caller = Caller(make_token(request.getfixturevalue(who))) if who else nobody
    assert caller.post(f"imports/{run.pk}/undo/", body).status_code == status
    is_gone = status == 200 and body != {"dry_run": True}
    assert Video.objects.exists() != is_gone


def test_a_token_that_may_only_read_takes_nothing_back(author: User, run: ImportRun):
    caller = Caller(make_token(author, Scope.READ))
    assert caller.post(f"imports/{run.pk}/undo/").status_code == 403
    assert Video.objects.exists()


def test_the_answer_says_what_went_and_what_was_spared(author: User):
    old = make_record(title="One")
    ingest.run([old], source="t", by=author)
    newer = make_record(
        platform_id=old.platform_id, title="Two", recorded_at=RECORDED + timedelta(days=1)
    )
    spared = make_record(source=f"{FOLDER}/claimed.md")
    run = ingest.run([newer, spared, make_record()], source=FOLDER, by=author)
    make_claim(author=author, video=Video.objects.get(platform_id=spared.platform_id))
    caller = Caller(make_token(author))
    would = caller.post(f"imports/{run.pk}/undo/", {"dry_run": True}).json()
    told = caller.post(f"imports/{run.pk}/undo/").json()
    assert (told["removed"], told["restored"], told["partly"], told["spared"]) == (1, 1, 0, 1)
    assert told["kept"] == [
        {
            "number": 2,
            "source": "claimed.md",
            "undone": "spared",
            "undo_reason": "it has occurrences",
        }
    ]
    assert told["import"]["undone_by"] == "author"
    assert would["import"]["undone_at"] is None
    assert would | {"import": None, "dry_run": False} == told | {"import": None}
    assert told["import"] == nobody.get(f"imports/{run.pk}/").json()
    rows = nobody.get(f"imports/{run.pk}/rows/?undone=restored").json()["results"]
    assert [row["outcome"] for row in rows] == ["updated"]


def test_an_undo_is_read_strictly(author: User, run: ImportRun):
    caller = Caller(make_token(author))
    wrong: list[object] = [
        {"dry_run": "true"}, {"dry_run": 1}, {"dry_run": None}, {"dryrun": True}, [],
    ]  # fmt: skip
    for body in wrong:
        assert caller.post(f"imports/{run.pk}/undo/", body).status_code == 400
    assert caller.post(f"imports/{run.pk}/undo/?dry_run=1").status_code == 400
    assert caller.post("imports/999999/undo/").status_code == 404
    assert caller.get(f"imports/{run.pk}/undo/").status_code == 405
    assert Video.objects.exists()


def test_an_import_at_work_is_a_conflict(author: User, run: ImportRun):
    # The run's lock falls with its transaction, and the test is one.
    ImportRun.objects.update(state=RunState.RUNNING)
    assert nobody.get(f"imports/{run.pk}/").json()["state"] == "running"
    assert Caller(make_token(author)).post(f"imports/{run.pk}/undo/").status_code == 409


def test_what_others_brought_stays(author: User, run: ImportRun):
    other = make_video()
    Caller(make_token(author)).post(f"imports/{run.pk}/undo/")
    assert Video.objects.get() == other


# --- Addresses ------------------------------------------------------------------------

WATCH = "https://www.youtube.com/watch?v=swje6NSdkfk"


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    settings.FETCH_ENABLED = settings.FETCH_PRIVATE_ADDRESSES = True
    with platform_server.running() as site:
        yield site


def test_an_address_is_taken_and_asked_later(author: User, site: Site):
    site.add("/film", Page(title="Otters"))
    caller = Caller(make_token(author))
    response = caller.post("imports/", {"url": f"{site.url}/film?utm_source=x"})
    told = response.json()
    assert (response.status_code, response.headers["Location"]) == (202, told["url"])
    assert (told["state"], told["by"], told["source"]) == ("waiting", "author", f"{site.url}/film")
    assert told["fetch"] == {
        "kind": "page",
        "url": f"{site.url}/film",
        "title": None,
        "label": "Waiting",
        "status": "It waits for its turn.",
        "due_at": told["fetch"]["due_at"],
        "failures": 0,
        "pages_found": 0,
        "pages_asked": 0,
    }
    tasks.fetch_due()
    told = nobody.get(response.headers["Location"]).json()
    assert (told["state"], told["created"]) == ("finished", 1)
    assert (told["fetch"]["due_at"], told["fetch"]["status"]) == (None, None)
    assert Video.objects.get().title == "Otters"


def test_a_failed_fetch_says_why(author: User, site: Site):
    address = site.answer("/gone", lambda handler: send(handler, b"no", status=410))
    told = Caller(make_token(author)).post("imports/", {"url": address}).json()
    tasks.fetch_due()
    told = nobody.get(told["url"]).json()
    assert (told["state"], told["fetch"]["label"]) == ("failed", "Failed")
    assert "says that it is gone" in told["fetch"]["status"]


def test_no_private_address_is_asked(author: User, site: Site, settings: Settings):
    settings.FETCH_PRIVATE_ADDRESSES = False
    site.add("/film")
    for host in ("127.0.0.1", "localhost", "2130706433"):
        port = site.url.rpartition(":")[2]
        Caller(make_token(author)).post("imports/", {"url": f"http://{host}:{port}/film"})
    tasks.fetch_due()
    assert site.asked == []
    for told in nobody.get("imports/").json()["results"]:
        assert "is not a public address" in told["fetch"]["status"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.org/", "Only http and https"),
        ("https://me:secret@example.org/", "user name"),
        ("", "nothing in it"),
        ("https://youtu.be/short", "this has 5"),
        ("https://example.org/" + "a" * 2000, "too many"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(author: User, url: str, words: str):
    response = Caller(make_token(author)).post("imports/", {"url": url})
    assert response.status_code == 400
    (wrong,) = response.json()["errors"]
    assert (wrong["field"], wrong["code"]) == ("url", "address")
    assert words in wrong["detail"]
    assert not ImportRun.objects.exists()


def test_a_body_is_read_strictly(author: User):
    caller = Caller(make_token(author))
    wrong: list[object] = [{}, {"url": None}, {"url": 3}, {"url": [WATCH]},
                           {"url": WATCH, "to": 1}, [WATCH], None]  # fmt: skip
    for body in wrong:
        assert caller.post("imports/", body).status_code == 400
    assert caller.post("imports/?url=x", {"url": WATCH}).status_code == 400
    assert not ImportRun.objects.exists()


def test_who_may_not_write_fetches_nothing(author: User):
    assert nobody.post("imports/", {"url": WATCH}).status_code == 401
    reader = Caller(make_token(author, Scope.READ))
    assert reader.post("imports/", {"url": WATCH}).status_code == 403
    assert not ImportRun.objects.exists()


def test_too_many_that_wait_are_refused(author: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetches, "OPEN_MAX", 1)
    caller = Caller(make_token(author))
    assert caller.post("imports/", {"url": WATCH}).status_code == 202
    response = caller.post("imports/", {"url": WATCH})
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "too_many"


@pytest.mark.parametrize(
    ("who", "status"), [("author", 200), ("moderator", 200), ("stranger", 403), (None, 401)]
)
def test_only_who_asked_for_it_and_staff_cancel(
    who: str | None, status: int, author: User, request: pytest.FixtureRequest
):
    run = fetches.create(parse_target(WATCH), by=author)
    caller = Caller(make_token(request.getfixturevalue(who))) if who else nobody
    response = caller.post(f"imports/{run.pk}/cancel/")
    assert response.status_code == status
    told = nobody.get(f"imports/{run.pk}/").json()
    assert (told["fetch"]["label"] == "Cancelled") == (status == 200)
    if status == 200:
        assert response.json() == told == caller.post(f"imports/{run.pk}/cancel/").json()
        assert caller.post("imports/999999/cancel/").status_code == 404


def test_a_fetch_that_waits_is_not_taken_back(author: User):
    run = fetches.create(parse_target(WATCH), by=author)
    response = Caller(make_token(author)).post(f"imports/{run.pk}/undo/")
    assert response.status_code == 409
    assert "cancelled first" in response.json()["detail"]
