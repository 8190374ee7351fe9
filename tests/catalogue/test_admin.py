"""The operators' pages open, and change nothing that ingest or workers own."""

import pytest
from django.contrib.admin import site
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalogue import copies, ingest, subscriptions, transcripts
from catalogue.ingest import fetches
from catalogue.models import Change, GatewayState, Tag, Video, VideoCounts
from catalogue.records import RecordError
from catalogue.records.cues import Cue
from catalogue.records.targets import parse_target
from tests.makers import RECORDED, make_record, make_user

pytestmark = pytest.mark.django_db

MODELS = [model for model in site._registry if model._meta.app_label == "catalogue"]


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(make_user("operator", is_staff=True, is_superuser=True))
    return client


@pytest.fixture(autouse=True)
def rows() -> None:
    ingest.run([make_record(), RecordError("a.md", "no record")], source="tests", by=None)
    video = Video.objects.get()
    Change.objects.create(video=video, field="title", old="a", new="b", observed_at=RECORDED)
    transcripts.store(video, language="en", cues=[Cue(0, 1, "One")])
    copies.add(video, by=make_user("who-added"), address="https://example.org/film")
    channel = parse_target("@QuietRivers")
    fetches.create(channel, by=None)
    subscriptions.create(channel, by=make_user("mara"))
    GatewayState.objects.create(name="ytdlp")


def address(model: type[Model], page: str, *arguments: object) -> str:
    return reverse(f"admin:catalogue_{model._meta.model_name}_{page}", args=arguments)


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_rows_open(operator: Client, model: type[Model]):
    assert operator.get(address(model, "changelist"), {"q": "a"}).status_code == 200
    assert operator.get(address(model, "changelist")).status_code == 200
    row = model._default_manager.order_by("pk").first()
    assert row is not None
    assert operator.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", [Video, VideoCounts, GatewayState])
def test_what_workers_own_cannot_be_changed(operator: Client, model: type[Model]):
    row = model._default_manager.get()
    assert operator.post(address(model, "change", row.pk), {}).status_code == 403
    assert operator.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert operator.get(address(model, "add")).status_code == 403


def test_description_of_a_tag_can_be_written(operator: Client):
    tag = Tag.objects.order_by("pk").first()
    assert tag is not None
    operator.post(address(Tag, "change", tag.pk), {"description": "All about it.", "name": "x"})
    name = tag.name
    tag.refresh_from_db()
    assert (tag.description, tag.name) == ("All about it.", name)


def test_a_tag_that_films_carry_is_not_deleted_by_accident(operator: Client):
    tag = Tag.objects.earliest("pk")
    operator.post(address(Tag, "delete", tag.pk), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [tag.pk], "post": "yes"}
    operator.post(address(Tag, "changelist"), chosen)
    assert Tag.objects.contains(tag)


def test_operators_sign_in_where_guesses_are_counted(client: Client):
    response = client.get("/admin/login/?next=/admin/catalogue/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=")


def test_members_do_not_get_in(client: Client, author: User):
    client.force_login(author)
    assert client.get(address(Video, "changelist")).status_code == 302
