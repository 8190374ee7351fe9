"""What members do with their subscriptions, and what filters let through."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import User
from catalogue import subscriptions
from catalogue.models import ImportRun, Interval, Start, Subscription
from catalogue.records.targets import Target, TargetKind, parse_target
from catalogue.subscriptions import Filters
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db
CHANNEL = parse_target("@QuietRivers")


def test_a_channel_is_followed_daily_for_new_films_unless_said_otherwise(author: User):
    row = subscriptions.create(CHANNEL, by=author)
    assert (row.url, row.kind) == ("https://www.youtube.com/@QuietRivers", "channel")
    assert (row.interval, row.start, row.is_active) == (Interval.DAILY, Start.NEW, True)
    assert row.due_at <= timezone.now()
    assert not row.is_filtered


def test_one_film_is_nothing_to_follow(author: User):
    with pytest.raises(ValidationError, match="This is one film"):
        subscriptions.create(parse_target("swje6NSdkfk"), by=author)


def test_nobody_follows_twice_but_others_may(author: User, reader: User):
    subscriptions.create(CHANNEL, by=author)
    with pytest.raises(ValidationError, match="You follow this already"):
        subscriptions.create(CHANNEL, by=author)
    subscriptions.create(CHANNEL, by=reader)


def test_an_address_may_be_as_long_as_any(author: User):
    url = "https://example.org/" + "ü" * 1900
    subscriptions.create(Target(TargetKind.PAGE, url), by=author)
    assert Subscription.objects.get().url == url


def test_a_member_follows_only_so_much(author: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subscriptions, "MAX_EACH", 1)
    subscriptions.create(CHANNEL, by=author)
    with pytest.raises(ValidationError, match="You follow 1 already"):
        subscriptions.create(parse_target("@Others"), by=author)


@pytest.mark.django_db(transaction=True)
def test_two_forms_at_once_do_not_pass_the_limit(author: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subscriptions, "MAX_EACH", 1)
    outcomes = outcomes_of_race(
        *[
            lambda name=name: subscriptions.create(parse_target(name), by=author)
            for name in ("@a1", "@b1", "@c1")
        ]
    )
    assert sum(isinstance(one, ValidationError) for one in outcomes) == 2
    assert Subscription.objects.count() == 1


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        (Filters(words="x" * 301), "words"),
        (Filters(words_not=" , ,"), "words_not"),
        (Filters(shortest_ms=-1), "shortest_ms"),
        (Filters(longest_ms=10**12), "longest_ms"),
        (Filters(shortest_ms=2, longest_ms=1), "longest_ms"),
    ],
)
def test_filters_that_say_nothing_are_refused_by_field(author: User, filters: Filters, field: str):
    with pytest.raises(ValidationError) as told:
        subscriptions.create(CHANNEL, by=author, filters=filters)
    assert list(told.value.error_dict) == [field]


@pytest.mark.parametrize(
    ("filters", "title", "minutes", "passes"),
    [
        (Filters(), "", None, True),
        (Filters(words="river"), "RIVERS of ice", 1, True),
        (Filters(words="otter, ｒｉｖｅｒ"), "The River", 1, True),  # noqa: RUF001
        (Filters(words="سد، نهر"), "نهر من جليد", 1, True),
        (Filters(words="straße"), "STRASSE am Fluss", 1, True),
        (Filters(words="otter,heron"), "The River", 1, False),
        (Filters(words="the  river"), "The River", 1, True),
        (Filters(words="河"), "静河", 1, True),
        (Filters(words="otter"), "", 1, True),
        (Filters(words_not="trailer"), "The River (Trailer)", 1, False),
        (Filters(words="river", words_not="trailer"), "River trailer", 1, False),
        (Filters(shortest_ms=600_000), "x", 10, True),
        (Filters(shortest_ms=600_001), "x", 10, False),
        (Filters(longest_ms=600_000), "x", 10, True),
        (Filters(longest_ms=599_999), "x", 10, False),
        (Filters(shortest_ms=600_000, longest_ms=1_200_000), "x", None, True),
    ],
)
def test_filters(filters: Filters, title: str, minutes: int | None, *, passes: bool):
    row = Subscription(
        words=filters.words, words_not=filters.words_not,
        shortest_ms=filters.shortest_ms, longest_ms=filters.longest_ms,
    )  # fmt: skip
    length = None if minutes is None else minutes * 60_000
    assert row.lets_through(title=title, duration_ms=length) is passes


def test_only_its_member_changes_a_subscription(author: User, moderator: User):
    row = subscriptions.create(CHANNEL, by=author)
    with pytest.raises(PermissionDenied):
        subscriptions.set_active(row, by=moderator, is_active=False)
    with pytest.raises(PermissionDenied):
        subscriptions.look_now(row, by=moderator)
    with pytest.raises(PermissionDenied):
        subscriptions.delete(row, by=moderator)
    assert Subscription.objects.get().is_active


def test_going_on_forgets_the_failures_and_looks_at_once(author: User):
    row = subscriptions.create(CHANNEL, by=author)
    Subscription.objects.update(is_active=False, failures=3, last_failure="It is gone.")
    row.refresh_from_db()
    subscriptions.set_active(row, by=author, is_active=True)
    row.refresh_from_db()
    assert (row.is_active, row.failures, row.last_failure) == (True, 0, "")
    assert row.due_at <= timezone.now()


def test_a_page_that_is_behind_overwrites_nothing_that_a_look_wrote(author: User):
    row = subscriptions.create(CHANNEL, by=author)
    later = timezone.now() + timedelta(days=2)
    Subscription.objects.update(failures=2, last_failure="Not now.", due_at=later)
    subscriptions.set_active(row, by=author, is_active=True)
    row.refresh_from_db()
    assert (row.failures, row.last_failure, row.due_at) == (2, "Not now.", later)


def test_deleting_leaves_what_came_in(author: User):
    row = subscriptions.create(CHANNEL, by=author)
    run = ImportRun.objects.create(source=row.url, by=author, subscription=row)
    subscriptions.delete(row, by=author)
    run.refresh_from_db()
    assert run.subscription is None
