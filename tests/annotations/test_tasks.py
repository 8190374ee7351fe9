"""What beat has done for claims."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from annotations import ratings, tasks
from annotations.models import ClaimStanding
from config.celery import app
from tests.makers import make_claim, make_evidence, make_user

pytestmark = pytest.mark.django_db


def test_a_held_verdict_is_stated_by_the_sweep_when_its_day_is_over(author: User):
    claim = make_claim(author=author)
    card = make_evidence(claim=claim)
    begin = timezone.now() - timedelta(hours=24, seconds=1)
    for number in range(7):
        person = make_user(f"voter{number}")
        ratings.cast_vote(claim, by=person, verdict="inaccurate", now=begin)
        ratings.rate(card, by=person, rating="yes", now=begin)
    assert ClaimStanding.objects.get().state == "needs_ratings"
    assert tasks.settle_verdicts() == 1
    assert ClaimStanding.objects.get().state == "inaccurate"
    assert tasks.settle_verdicts() == 0


def test_beat_calls_tasks_that_there_are():
    app.loader.import_default_modules()
    ours = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"annotations.tasks.settle_verdicts", "annotations.tasks.score_bridging"} <= ours
    assert ours <= set(app.tasks)
