"""How the refresh stands, in the reader's words, for the operators' page and for the terminal."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.numbers import format_decimal
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import get_language, get_language_bidi, ngettext, pgettext
from django.utils.translation import gettext as _

from catalogue import retelling
from catalogue.models import Span
from catalogue.refreshing.figures import (
    MOST_WAITING,
    OTHER,
    RAN_OUT,
    Breaker,
    Figures,
    GatewayFigures,
    PartitionFigures,
)

# Who has been due for so long is not met within the bound of docs/schedule.md.
LATE = timedelta(days=1)
# Beat finds the load and makes partitions every hour, two months ahead.
LOAD_IS_OLD = timedelta(hours=3)
PARTITIONS_AHEAD = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure in words; `is_alarm` tells that somebody should look into it.

    `stored` is what a gateway said before, in English, and stands behind the value.
    """

    label: str
    value: str
    is_alarm: bool = False
    stored: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Lines about one thing, under its name."""

    title: str
    lines: list[Line]


def report_on_gateway(gateway: GatewayFigures, *, now: datetime) -> Report:
    """Return what there is to say of one gateway."""
    is_late = gateway.oldest_due_at is not None and now - gateway.oldest_due_at > LATE
    is_loaded = gateway.load_at is not None and now - gateway.load_at < LOAD_IS_OLD
    return Report(
        gateway.name,
        [
            Line(_("Breaker"), _breaker(gateway, now), gateway.breaker != Breaker.CLOSED),
            Line(_("Due now"), _due(gateway)),
            Line(_("Oldest due"), _oldest(gateway, now), is_late),
            Line(_("Leased now"), _count(gateway.leased)),
            Line(_("Never asked"), _count(gateway.never_asked)),
            Line(_("Budget used"), _budget(gateway, now)),
            Line(_("Missing"), _missing(gateway), gateway.missing > 0),
            Line(_("Load"), _load(gateway, now), not is_loaded),
            Line(_("Calls, answers"), _calls(gateway)),
            Line(_("Last answer"), ago(gateway.answered_at, now=now) or _("never")),
            Line(_("Failures in a row"), _count(gateway.failures)),
            _last_failure(gateway, now),
        ],
    )


def report_on_failing(figures: Figures) -> Report:
    """Return how many videos fail, the commonest kind first; no line where none does."""
    ranked = sorted(figures.failing.items(), key=lambda item: -item[1])
    return Report(
        _("Failing videos"),
        [Line(kind_in_words(kind), _count(videos)) for kind, videos in ranked if videos],
    )


def report_on_samples(figures: Figures) -> Report:
    """Return how the partitions of samples stand, the newest first after what concerns all."""
    until = figures.partitioned_until
    is_short = until is None or until - figures.at < PARTITIONS_AHEAD
    waiting = _count(figures.waiting)
    if figures.waiting >= MOST_WAITING:
        waiting = _("%(count)s or more") % {"count": waiting}
    return Report(
        _("Samples"),
        [
            Line(
                _("Partitions until"),
                _written(f"{until:%Y-%m-%d}") if until else pgettext("partitions", "none"),
                is_short,
            ),
            # Translators: samples that wait for a partition
            Line(_("Waiting for one"), waiting, figures.waiting > 0),
            *(Line(_month(one), _samples(one)) for one in reversed(figures.partitions)),
        ],
    )


def all_reports(figures: Figures) -> list[Report]:
    """Return all reports, gateways first."""
    return [
        *(report_on_gateway(gateway, now=figures.at) for gateway in figures.gateways),
        report_on_failing(figures),
        report_on_samples(figures),
    ]


# --- Times and numbers ----------------------------------------------------------------


def span_of(span: timedelta) -> str:
    """Return a stretch of time in one or two units, cut off: `3 h 20 min`."""
    seconds = max(int(span.total_seconds()), 0)
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return _two(_days(days), _hours(hours) if hours else "")
    if hours:
        return _two(_hours(hours), _minutes(minutes) if minutes else "")
    if minutes:
        return _minutes(minutes)
    # Translators: a number of seconds
    return ngettext("%(count)s s", "%(count)s s", seconds) % {"count": seconds}


def ago(at: datetime | None, *, now: datetime) -> str:
    """Return how long ago a moment was, and the moment itself in UTC; nothing if it never was."""
    if at is None:
        return ""
    return _("%(span)s ago, %(moment)s") % {"span": span_of(now - at), "moment": _moment(at)}


def _two(longer: str, shorter: str) -> str:
    if not shorter:
        return longer
    # Translators: a stretch of time in two units: 3 h 20 min
    return _("%(longer)s %(shorter)s") % {"longer": longer, "shorter": shorter}


def _days(count: int) -> str:
    # Translators: a number of days
    return ngettext("%(count)s d", "%(count)s d", count) % {"count": _count(count)}


def _hours(count: int) -> str:
    # Translators: a number of hours
    return ngettext("%(count)s h", "%(count)s h", count) % {"count": count}


def _minutes(count: int) -> str:
    # Translators: a number of minutes
    return ngettext("%(count)s min", "%(count)s min", count) % {"count": count}


def _moment(at: datetime) -> str:
    return _written(f"{at:%Y-%m-%d %H:%M} UTC")


def _written(text: str) -> str:
    """Return what runs from left to right in every language, so that Arabic does not turn it."""
    return f"\u2066{text}\u2069" if get_language_bidi() else text


def _count(number: int) -> str:
    return str(intcomma(number))


def decimal(number: float, places: str = "#,##0.00") -> str:
    """Return a number with its decimals as the reader writes them."""
    return format_decimal(number, format=places, locale=get_language() or "en")


# --- Gateways -------------------------------------------------------------------------


def _breaker(gateway: GatewayFigures, now: datetime) -> str:
    if gateway.breaker == Breaker.OPEN and gateway.open_until:
        return _("open: nobody asks for %(span)s, until %(moment)s") % {
            "span": span_of(gateway.open_until - now),
            "moment": _moment(gateway.open_until),
        }
    if gateway.breaker == Breaker.TRYING:
        return _("trying: one call is to tell whether it answers again")
    return _("closed: it is asked")


def _due(gateway: GatewayFigures) -> str:
    told = ngettext("%(due)s of %(videos)s video", "%(due)s of %(videos)s videos", gateway.videos)
    return told % {"due": _count(gateway.due), "videos": _count(gateway.videos)}


def _oldest(gateway: GatewayFigures, now: datetime) -> str:
    return ago(gateway.oldest_due_at, now=now) or _("nothing is due")


def _budget(gateway: GatewayFigures, now: datetime) -> str:
    told = ngettext(
        "%(used)s of %(limit)s unit; anew in %(span)s, %(moment)s",
        "%(used)s of %(limit)s units; anew in %(span)s, %(moment)s",
        gateway.limit,
    )
    return told % {
        "used": _count(gateway.used),
        "limit": _count(gateway.limit),
        "span": span_of(gateway.window_ends_at - now),
        "moment": _moment(gateway.window_ends_at),
    }


def _missing(gateway: GatewayFigures) -> str:
    if not gateway.missing:
        return pgettext("looks a day that a budget lacks", "nothing")
    looks = round(gateway.missing)
    told = ngettext("%(count)s look a day", "%(count)s looks a day", looks)
    return told % {"count": _count(looks)}


def _load(gateway: GatewayFigures, now: datetime) -> str:
    if gateway.load_at is None:
        return _("never found")
    told = {
        "times": decimal(gateway.stretch),
        "ago": ago(gateway.load_at, now=now),
    }
    if gateway.turn is None:
        return _("intervals stretched %(times)s times, no round; found %(ago)s") % told
    return _("intervals stretched %(times)s times, a round every %(days)s days; found %(ago)s") % {
        **told,
        "days": decimal(gateway.turn, "#,##0.0"),
    }


def _calls(gateway: GatewayFigures) -> str:
    calls = ngettext("%(count)s call", "%(count)s calls", gateway.calls)
    answers = ngettext("%(count)s video answered", "%(count)s videos answered", gateway.answers)
    # Translators: calls and answers, each with its number
    return _("%(calls)s, %(answers)s") % {
        "calls": calls % {"count": _count(gateway.calls)},
        "answers": answers % {"count": _count(gateway.answers)},
    }


def _last_failure(gateway: GatewayFigures, now: datetime) -> Line:
    label = _("Last failure")
    if not gateway.last_failure:
        return Line(label, pgettext("failure", "none"))
    kind, colon, reason = gateway.last_failure.partition(": ")
    value = kind_in_words(kind) if colon else ""
    when = ago(gateway.failed_at, now=now)
    if value and when:
        value = _("%(kind)s, %(ago)s") % {"kind": value, "ago": when}
    return Line(label, value or when, stored=reason if colon else gateway.last_failure)


def kind_in_words(kind: str) -> str:
    """Return what a kind of failure is called, with its own name, by which it is searched for."""
    words = {
        "gone": pgettext("kind of failure", "gone"),
        "private": pgettext("kind of failure", "private"),
        "terminated_channel": pgettext("kind of failure", "terminated_channel"),
        "missing": pgettext("kind of failure", "missing"),
        "geo_blocked": pgettext("kind of failure", "geo_blocked"),
        "age_restricted": pgettext("kind of failure", "age_restricted"),
        "rate_limited": pgettext("kind of failure", "rate_limited"),
        "quota_exhausted": pgettext("kind of failure", "quota_exhausted"),
        "misconfigured": pgettext("kind of failure", "misconfigured"),
        "temporary": pgettext("kind of failure", "temporary"),
        "malformed": pgettext("kind of failure", "malformed"),
        "refused": pgettext("kind of failure", "refused"),
        RAN_OUT: pgettext("kind of failure", "lease_ran_out"),
        OTHER: pgettext("kind of failure", "other"),
    }.get(kind, kind)
    return words if words == kind else f"{words} ({_written(kind)})"


# --- Samples --------------------------------------------------------------------------


def _month(partition: PartitionFigures) -> str:
    if partition.month is None:
        return pgettext("samples of earlier months", "before")
    return _written(f"{partition.month:%Y-%m}")


def _samples(partition: PartitionFigures) -> str:
    told = [_rows(partition.rows)]
    if partition.thinned_to:
        told.append(_THINNED[partition.thinned_to]())
    if partition.thinning_to:
        told.append(_THINNING[partition.thinning_to]())
    if partition.dropped:
        dropped = ngettext("%(count)s dropped", "%(count)s dropped", partition.dropped)
        told.append(dropped % {"count": _count(partition.dropped)})
    return retelling.between_names().join(told)


def _rows(rows: int | None) -> str:
    if rows is None:
        return _("not counted yet")
    if rows == 0:
        return pgettext("samples", "none")
    return ngettext("about %(count)s", "about %(count)s", rows) % {"count": _count(rows)}


_THINNED = {
    Span.HOUR: lambda: _("by the hour"),
    Span.DAY: lambda: _("by the day"),
    Span.WEEK: lambda: _("by the week"),
}
_THINNING = {
    Span.HOUR: lambda: _("being thinned out by the hour"),
    Span.DAY: lambda: _("being thinned out by the day"),
    Span.WEEK: lambda: _("being thinned out by the week"),
}
