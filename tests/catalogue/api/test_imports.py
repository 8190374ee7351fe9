"""The ledger of imports over REST."""

import pytest

from accounts.models import User
from catalogue import ingest
from catalogue.models import ImportRun
from catalogue.records import RecordError, VideoRecord
from tests.makers import make_record
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
    }
    assert nobody.get("imports/").json()["results"] == [told]


def test_a_row_tells_what_became_of_its_record(run: ImportRun):
    good, bad = nobody.get(f"imports/{run.pk}/rows/").json()["results"]
    assert good == {
        "number": good["number"],
        "source": "good.md",
        "line": 1,
        "outcome": "created",
        "field": None,
        "reason": None,
        "video": "youtube:good",
        "video_url": "http://testserver/api/v1/videos/youtube:good/",
    }
    assert bad == {
        "number": good["number"] + 1,
        "source": "bad.md",
        "line": 9,
        "outcome": "rejected",
        "field": "duration",
        "reason": "not a length",
        "video": None,
        "video_url": None,
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
