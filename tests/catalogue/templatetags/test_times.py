"""When something was, as pages tell it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from catalogue.templatetags.times import as_day, as_minute, as_utc_day

AT = datetime(2026, 3, 9, 22, 30, 5, tzinfo=UTC)


def test_a_moment_is_told_by_day_and_kept_to_the_second():
    assert as_day(AT) == (
        '<time datetime="2026-03-09T22:30:05+00:00" title="2026-03-09 22:30:05 UTC">'
        "9 March 2026</time>"
    )
    assert as_day(date(2026, 3, 9)) == '<time datetime="2026-03-09">9 March 2026</time>'
    assert ">9 March 2026, 22:30 UTC<" in as_minute(AT)


def test_day_and_hour_are_those_of_the_reader():
    with timezone.override(ZoneInfo("Europe/Paris")):
        told = as_minute(AT)
    assert ">9 March 2026, 23:30 CET<" in told
    assert 'title="2026-03-09 23:30:05 CET"' in told


def test_a_day_that_is_known_by_itself_is_the_same_everywhere():
    with timezone.override(ZoneInfo("Pacific/Auckland")):
        assert as_utc_day(AT) == '<time datetime="2026-03-09">9 March 2026</time>'


def test_dates_are_written_as_in_the_language():
    with translation.override("fr"):
        assert ">9 mars 2026<" in as_day(AT)
    with translation.override("es"):
        assert ">9 de marzo de 2026<" in as_day(AT)
