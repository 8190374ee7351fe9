"""The archive of a member's own data: whole, theirs alone, and without anybody's secrets."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.db.models import ForeignKey
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import tokens
from accounts.models import User
from annotations import belongings, claims, ratings
from catalogue import ingest
from catalogue.models import Transcript
from tests.makers import (
    PASSWORD,
    make_claim,
    make_comment,
    make_evidence,
    make_record,
    make_transcript,
    make_video,
)

pytestmark = pytest.mark.django_db

ARCHIVE = "/accounts/settings/data/archive.zip"
# What is stored of members and is not theirs to take: whose rights, and operators' own log.
OTHERS = {
    ("accounts.User_groups", "user"), ("accounts.User_user_permissions", "user"),
    ("admin.LogEntry", "user"), ("pghistory.MiddlewareEvents", "user"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_wait() -> None:
    cache.clear()


def unpacked(pieces: Any) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as packed:
        assert packed.testzip() is None
        return {
            name: json.loads(packed.read(name)) if name.endswith(".json") else packed.read(name)
            for name in packed.namelist()
        }


def download(client: Client) -> list[bytes]:
    response: Any = client.get(ARCHIVE)
    return list(response.streaming_content)


def signed_in(name: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_a_member_takes_along_what_they_gave_and_nothing_of_others(author: User, stranger: User):
    video = make_video()
    claim = make_claim(author=author, video=video, statement="Rivers run north in winter.")
    other = make_claim(author=stranger, statement="A stranger said this of salt.")
    make_evidence(claim=other, author=author, title="My source")
    make_evidence(claim=claim, author=stranger, title="Their source")
    make_comment(claim=claim, author=author, body="Mine: سلام")
    ratings.cast_vote(other, by=author, verdict="accurate")
    ratings.cast_vote(claim, by=stranger, verdict="inaccurate")
    tokens.create(by=author, name="notebook")
    ingest.run([make_record(platform_id="film0000001")], source="up.md", by=author)
    files = unpacked(download(signed_in("author")))
    assert files["account.json"][0]["username"] == "author"
    assert [row["statement"] for row in files["claims.json"]] == ["Rivers run north in winter."]
    assert [row["title"] for row in files["evidence.json"]] == ["My source"]
    assert [row["body"] for row in files["comments.json"]] == ["Mine: سلام"]
    assert [row["verdict"] for row in files["votes.json"]] == ["accurate"]
    assert [row["name"] for row in files["tokens.json"]] == ["notebook"]
    assert [row["source"] for row in files["imports.json"]] == ["up.md"]
    assert len(files["import-rows.json"]) == 1
    assert "film0000001" in files["import-rows.json"][0]["raw"]
    assert files["flags.json"] == []
    text = json.dumps({name: rows for name, rows in files.items() if name.endswith(".json")})
    assert "A stranger said" not in text
    assert "Their source" not in text
    assert "stranger@" not in text


def test_the_readme_names_every_file(author: User):
    files = unpacked(belongings.archive(author))
    readme = files.pop("README.txt").decode()
    assert "author" in readme
    for name in files:
        assert f"\n{name}: " in readme


def test_the_log_holds_what_a_member_wrote_before(author: User):
    claim = make_claim(author=author, statement="Rivers run north in winter.")
    claims.edit(claim, by=author, version=claim.version, statement="Rivers run south in winter.")
    rows = unpacked(belongings.archive(author))["log/claim.json"]
    assert "Rivers run south in winter." in [row["statement"] for row in rows]


def test_no_secret_is_in_it(author: User):
    _row, text = tokens.create(by=author, name="notebook")
    packed = json.dumps(unpacked(belongings.archive(author)), default=str)
    assert text not in packed
    assert author.password not in packed
    assert "digest" not in packed


def test_everything_that_names_a_member_is_in_it():
    """A new table with a member in it needs a part, or a reason in OTHERS."""
    named = {
        (model._meta.label, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is User
        if model._meta.managed and not str(model._meta.object_name).endswith("Event")
    }
    covered = set()
    for part in belongings.parts_of(User(pk=1)):
        sql = str(part.rows.query)
        covered |= {
            (label, name)
            for label, name in named
            if apps.get_model(label) is part.rows.model
            and apps.get_model(label)._meta.get_field(name).column in sql.partition("WHERE")[2]
        }
    assert named - covered - OTHERS == set()


def test_it_is_read_in_pieces_with_as_many_queries_for_many_rows(author: User):
    video = make_video()
    with CaptureQueriesContext(connection) as few:
        b"".join(belongings.archive(author))
    for _ in range(20):
        make_claim(author=author, video=video)
    transcript = make_transcript(video, "One line.", "Another one.")
    Transcript.objects.filter(pk=transcript.pk).update(added_by=author)
    with CaptureQueriesContext(connection) as many:
        b"".join(belongings.archive(author))
    assert len(many) == len(few)


def test_a_visitor_gets_none_and_a_member_only_after_their_password(client: Client, author: User):
    assert client.get(ARCHIVE).headers["Location"].startswith("/accounts/login/")
    client.force_login(author)
    assert client.get(ARCHIVE).headers["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": "wrong"})
    assert client.get(ARCHIVE).status_code == 302
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    response = client.get(ARCHIVE)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/zip"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.getvalue()


def test_it_is_packed_once_in_a_while(author: User):
    client = signed_in("author")
    download(client)
    response = client.get(ARCHIVE, follow=True)
    assert "One archive was packed just now." in response.content.decode()
