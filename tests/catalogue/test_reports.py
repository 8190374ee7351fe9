"""Figures in words."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import translation

from catalogue import reports
from catalogue.models import Span
from catalogue.refreshing.figures import (
    KINDS,
    MOST_WAITING,
    Breaker,
    Figures,
    GatewayFigures,
    PartitionFigures,
)
from catalogue.reports import Report

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


def gateway(**fields: object) -> GatewayFigures:
    """Return a gateway that nothing is wrong with."""
    quiet: dict[str, object] = {
        "name": "ytdlp", "videos": 4000, "due": 12, "oldest_due_at": NOW - timedelta(minutes=3),
        "leased": 5, "never_asked": 2, "used": 7, "limit": 60,
        "window_ends_at": NOW + timedelta(seconds=30), "breaker": Breaker.CLOSED,
        "open_until": None, "failures": 0, "last_failure": "", "failed_at": None,
        "answered_at": NOW - timedelta(seconds=4), "calls": 1234, "answers": 1200, "stretch": 1.5,
        "turn": None, "load_at": NOW - timedelta(minutes=40), "missing": 0.0,
    }  # fmt: skip
    return GatewayFigures(**{**quiet, **fields})  # type: ignore[arg-type]


def found(**fields: object) -> Figures:
    quiet: dict[str, object] = {
        "at": NOW, "is_on": True, "gateways": [gateway()], "failing": dict.fromkeys(KINDS, 0),
        "partitions": [], "partitioned_until": datetime(2026, 6, 1, tzinfo=UTC), "waiting": 0,
    }  # fmt: skip
    return Figures(**{**quiet, **fields})  # type: ignore[arg-type]


def alarms(report: Report) -> set[str]:
    return {line.label for line in report.lines if line.is_alarm}


def said(report: Report, label: str) -> str:
    return next(line.value for line in report.lines if line.label == label)


def test_gateway_that_nothing_is_wrong_with_raises_no_alarm():
    report = reports.report_on_gateway(gateway(), now=NOW)
    assert alarms(report) == set()
    assert said(report, "Due now") == "12 of 4,000 videos"
    assert said(report, "Oldest due") == "3 min ago, 2026-03-10 11:57 UTC"
    assert said(report, "Budget used") == "7 of 60 units; anew in 30 s, 2026-03-10 12:00 UTC"
    assert said(report, "Load").startswith("intervals stretched 1.50 times, no round; found 40 min")
    assert said(report, "Calls, answers") == "1,234 calls, 1,200 videos answered"
    assert said(report, "Last failure") == "none"


@pytest.mark.parametrize(
    ("fields", "label", "words"),
    [
        ({"breaker": Breaker.OPEN, "open_until": NOW + timedelta(hours=2)}, "Breaker", "for 2 h"),
        ({"breaker": Breaker.TRYING, "open_until": NOW}, "Breaker", "trying"),
        ({"oldest_due_at": NOW - timedelta(days=1, hours=3)}, "Oldest due", "1 d 3 h ago"),
        ({"missing": 1234.4}, "Missing", "1,234 looks a day"),
        ({"load_at": NOW - timedelta(hours=4)}, "Load", "4 h ago"),
        ({"load_at": None}, "Load", "never found"),
    ],
)
def test_what_somebody_should_look_into_is_marked(
    fields: dict[str, object], label: str, words: str
):
    report = reports.report_on_gateway(gateway(**fields), now=NOW)
    assert alarms(report) == {label}
    assert words in said(report, label)


def test_kinds_of_failures_come_by_their_number_and_none_that_is_0():
    failing = dict.fromkeys(KINDS, 0) | {"private": 3, "gone": 1200}
    report = reports.report_on_failing(found(failing=failing))
    assert [(line.label, line.value) for line in report.lines] == [
        ("gone", "1,200"),
        ("private", "3"),
    ]


def test_months_of_samples_come_newest_first():
    partitions = [
        PartitionFigures("past", None, 70, None, None, 0),
        PartitionFigures("2026_03", MARCH, None, Span.HOUR, Span.DAY, 1200),
    ]
    partitions.append(PartitionFigures("2026_04", APRIL, 0, None, None, 0))
    report = reports.report_on_samples(found(partitions=partitions))
    assert alarms(report) == set()
    assert [(line.label, line.value) for line in report.lines[2:]] == [
        ("2026-04", "none"),
        ("2026-03", "not counted yet, by the hour, being thinned out by the day, 1,200 dropped"),
        ("before", "about 70"),
    ]


@pytest.mark.parametrize(
    ("fields", "label", "words"),
    [
        ({"partitioned_until": datetime(2026, 4, 1, tzinfo=UTC)}, "Partitions until", "2026-04-01"),
        ({"partitioned_until": None}, "Partitions until", "none"),
        ({"waiting": 3}, "Waiting for one", "3"),
        ({"waiting": MOST_WAITING}, "Waiting for one", "100,000 or more"),
    ],
)
def test_partitions_that_are_not_made_are_marked(fields: dict[str, object], label: str, words: str):
    report = reports.report_on_samples(found(**fields))
    assert alarms(report) == {label}
    assert said(report, label) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"),
        (12_000, "3 h 20 min"), (86_400, "1 d"), (90_000, "1 d 1 h"), (86_400_000, "1,000 d"),
    ],
)  # fmt: skip
def test_time_is_told_in_two_units_at_most(seconds: float, words: str):
    assert reports.span_of(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize("language", ["fr", "es", "ar"])
def test_no_line_is_english_to_whom_reads_another_language(language: str):
    """Every figure in every state, but for what names have in all languages."""
    later = NOW + timedelta(hours=2)
    gateways = [
        gateway(name="one", breaker=Breaker.OPEN, open_until=later, missing=12.0, turn=2.5),
        gateway(name="two", breaker=Breaker.TRYING, open_until=NOW, oldest_due_at=None),
        gateway(name="three", load_at=None, answered_at=None, last_failure="gone: x",
                failed_at=NOW - timedelta(days=3, hours=1)),
    ]  # fmt: skip
    partitions = [PartitionFigures("past", None, 70, None, None, 0),
                  PartitionFigures("2026_02", MARCH, 0, None, None, 0)]  # fmt: skip
    partitions += [PartitionFigures("2026_03", MARCH, None, span, span, 1200) for span in Span]
    figures = found(gateways=gateways, partitions=partitions, failing=dict.fromkeys(KINDS, 3),
                    waiting=MOST_WAITING)  # fmt: skip

    def texts() -> set[str]:
        return {
            text.replace("\u2066", "").replace("\u2069", "")
            for report in reports.all_reports(figures)
            for line in report.lines
            for text in (line.label, line.value)
        }

    with translation.override("en"):
        english = texts()
    with translation.override(language):
        told = texts()
    alike = {text for text in english & told if text.strip("0123456789,-:")}
    assert alike == set()


def test_spans_are_counted_as_each_language_does():
    span = timedelta(days=2, hours=3)
    with translation.override("fr"):
        assert reports.span_of(span) == "2 j 3 h"
        assert said(reports.report_on_gateway(gateway(), now=NOW), "Appels, réponses") == (
            f"{intcomma(1234)} appels, réponse pour {intcomma(1200)} vidéos"
        )
    with translation.override("ar"):
        assert reports.span_of(span) == "يومين و3 ساعات"
        # Arabic would turn the parts of a date round.
        told = said(reports.report_on_gateway(gateway(), now=NOW), "أقدم موعد حان")
        assert told == "قبل 3 دقائق، \u20662026-03-10 11:57 UTC\u2069"


def test_a_kind_of_failure_keeps_the_name_by_which_it_is_searched_for():
    assert reports.kind_in_words("quota_exhausted") == "quota_exhausted"
    with translation.override("es"):
        assert reports.kind_in_words("quota_exhausted") == "cuota agotada (quota_exhausted)"
        assert reports.kind_in_words("of_another_release") == "of_another_release"


def test_what_a_gateway_said_last_stands_by_itself():
    failed = gateway(last_failure="misconfigured: the key is wrong", failed_at=NOW)
    line = reports.report_on_gateway(failed, now=NOW).lines[-1]
    assert line.value == "misconfigured, 0 s ago, 2026-03-10 12:00 UTC"
    assert line.stored == "the key is wrong"
