"""`manage.py load_samples`, on the samples that ship."""

import csv
import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from annotations import disclosures
from annotations.models import Claim, Occurrence
from catalogue.models import (
    Change,
    Channel,
    CountSample,
    Cue,
    ImportRun,
    Transcript,
    Video,
    VideoCounts,
)
from tests.makers import make_claim

pytestmark = pytest.mark.django_db

SAMPLE = Path(settings.BASE_DIR) / "sample"


def load(*arguments: str) -> str:
    out = StringIO()
    call_command("load_samples", *arguments, stdout=out)
    return out.getvalue()


def everything() -> dict[str, int]:
    models = (
        Video, Channel, Transcript, Cue, CountSample, Change, Claim, Occurrence, User, ImportRun,
    )  # fmt: skip
    return {model.__name__: model._default_manager.count() for model in models}


def read(name: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads((SAMPLE / name).read_text(encoding="utf-8"))
    return rows


def test_everything_in_the_folder_is_loaded():
    records = list((SAMPLE / "records").glob("*.md"))
    marked = read("claims.json")
    assert load() == f"{len(records)} sample videos and {len(marked)} claims are there.\n"
    found = everything()
    assert (found["Video"], found["Claim"]) == (len(records), len(marked))
    assert found["Occurrence"] == sum(1 + len(row.get("also", ())) for row in marked)
    assert found["Transcript"] == len(list((SAMPLE / "transcripts").glob("*.vtt")))
    assert found["Change"] == len(read("changes.json"))
    assert found["User"] == len(read("members.json"))
    with (SAMPLE / "counts.csv").open(newline="") as file:
        history = list(csv.DictReader(file))
    assert found["CountSample"] >= len(history)


def test_seed_has_its_real_facts():
    load()
    seed = Video.objects.get(platform="youtube", platform_id="swje6NSdkfk")
    assert seed.title == "Keeping Score: How Bad is China's Social Credit System? | InfoBites"
    assert seed.channel is not None
    assert (seed.channel.name, seed.category) == ("RT Documentary", "Film-Animation")
    assert seed.published_at == datetime(2021, 7, 30, 14, 0, 24, tzinfo=UTC)
    assert seed.duration_ms == 586_000
    counts = seed.counts
    assert (counts.views, counts.likes, counts.dislikes) == (154_080, 3_003, None)


def test_loading_again_is_quick_and_changes_nothing():
    load()
    before = everything()
    assert load() == "The sample catalogue has been loaded before.\n"
    assert everything() == before


def test_loading_by_force_duplicates_nothing():
    load()
    before = everything()
    load("--force")
    assert everything() == {**before, "ImportRun": 2}


def test_what_breaks_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "bad.md").write_text("no record")
    with pytest.raises(CommandError, match=r"records/bad\.md"):
        load("--folder", str(tmp_path))
    assert not any(everything().values())


def test_nobody_can_sign_in_as_a_sample_member():
    load()
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_samples_can_be_taken_out_for_good(author: User):
    own = make_claim(author=author)
    load()
    assert (
        load("--remove")
        == f"{len(list((SAMPLE / 'records').glob('*.md'))) - 1} sample videos were removed.\n"
    )
    assert not Video.objects.filter(platform="sample").exists()
    assert list(Claim.objects.all()) == [own]
    assert list(User.objects.all()) == [author]
    assert Video.objects.filter(platform_id="swje6NSdkfk").exists()
    assert load() == "The sample catalogue has been loaded before.\n"


def test_films_can_be_sorted_by_growth_and_talk_from_the_start():
    load()
    assert VideoCounts.objects.filter(gained__gt=0).exists()
    assert VideoCounts.objects.filter(discussed__gt=0).exists()


def test_what_members_noted_about_a_channel_stays(author: User):
    load()
    channel = Channel.objects.filter(platform="sample").earliest("pk")
    disclosures.create(
        channel, by=author, kind="other", text="Made up.", source_url="https://a.example/"
    )
    load("--remove")
    assert list(Channel.objects.filter(platform="sample")) == [channel]


def test_samples_with_claims_of_members_stay(author: User):
    load()
    make_claim(author=author, video=Video.objects.get(platform_id="the-vanishing-aquifer"))
    with pytest.raises(CommandError, match="have to stay"):
        load("--remove")
    assert Video.objects.filter(platform="sample").exists()


def test_the_log_says_of_each_who_did_it():
    load()
    voted = apps.get_model("annotations", "VerdictVoteEvent").objects
    rated = apps.get_model("annotations", "HelpfulnessRatingEvent").objects
    brought = apps.get_model("annotations", "EvidenceEvent").objects
    for events, person in ((voted, "member_id"), (rated, "member_id"), (brought, "author_id")):
        told = events.filter(pgh_label="insert").values_list(person, "pgh_context__metadata__user")
        assert told
        assert all(by == recorded for by, recorded in told)
    # That it was moved back in time, nobody did.
    updates = brought.filter(pgh_label="update")
    assert updates
    assert not updates.exclude(pgh_context=None)
