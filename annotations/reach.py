"""How far a film reached: its counts over time as the watch page draws and tells them.

The server draws every range anew from at most `series.POINTS` observations, so a stretch that
is zoomed into shows what lay between, and the page works without scripts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazily
from django.utils.translation import pgettext_lazy

from annotations import timeline
from annotations.models import Occurrence, VerdictChange, VerdictState
from catalogue import charts, series
from catalogue.models import Availability, Change, ChangeField, Video
from catalogue.series import Sample
from catalogue.templatetags.films import decimal, figure, listed

PERIODS = (
    ("week", _lazily("Week"), timedelta(days=7)),
    ("month", _lazily("Month"), timedelta(days=30)),
    ("year", _lazily("Year"), timedelta(days=365)),
)
ALL = "all"
# What an address may ask of the chart.
PARAMETERS = ("reach", "from", "to")
SHORTEST = timedelta(hours=1)
# What happened a little before the first or after the last count is drawn as well.
BESIDE = 0.1
CHANGES_MARKED = 40
TITLE_SHOWN = 80

# Pixels from the top.
_NAME, _GAP, _AXIS = 22, 16, 24
_SCALE, _DIGIT, _MARGIN = 48, 7, 8
_HEIGHTS = {"views": 150, "likes": 96}


# --- What is marked -------------------------------------------------------------------


class Event(NamedTuple):
    """Something that happened to the film: of which kind, when, in words, and where it is told."""

    kind: str
    at: datetime
    told: str
    href: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the page knows of a film's past. Changes newest first; `listed` are told in full."""

    changes: Sequence[Change]
    claims: Sequence[Occurrence]
    verdicts: Sequence[VerdictChange]
    listed: frozenset[int]


def _changes(known: Known, field: ChangeField, tell: Callable[[Change], str]) -> Iterable[Event]:
    for change in known.changes:
        if change.field == field:
            href = f"#change-{change.pk}" if change.pk in known.listed else "#h-changes"
            yield Event(field.value, change.observed_at, tell(change), href)


def _retitlings(known: Known) -> Iterable[Event]:
    def tell(change: Change) -> str:
        titles = (Truncator(str(title)).chars(TITLE_SHOWN) for title in (change.old, change.new))
        old, new = titles
        return _("Retitled from “%(old)s” to “%(new)s”") % {"old": old, "new": new}

    return _changes(known, ChangeField.TITLE, tell)


def _availability(known: Known) -> Iterable[Event]:
    labels: dict[Any, Any] = dict(Availability.choices)

    def tell(change: Change) -> str:
        states = (str(labels.get(state, state)).lower() for state in (change.old, change.new))
        old, new = states
        return _("Availability changed from %(old)s to %(new)s") % {"old": old, "new": new}

    return _changes(known, ChangeField.AVAILABILITY, tell)


def _first_claim(known: Known) -> Iterable[Event]:
    if known.claims:
        first = min(known.claims, key=lambda row: (row.created_at, row.pk))
        words = _("First claim marked: “%(claim)s”") % {"claim": first.claim.statement}
        yield Event("claim", first.created_at, words, f"#moment-{first.pk}")


def _verdicts(known: Known) -> Iterable[Event]:
    made = {row.claim_id: row for row in known.claims}
    for change in known.verdicts:
        words = _("Verdict no longer stated: “%(claim)s”")
        if change.state != VerdictState.NEEDS_RATINGS:
            words = _("Verdict stated: %(verdict)s: “%(claim)s”")
        row = made[change.claim_id]
        told = words % {"verdict": change.get_state_display(), "claim": row.claim.statement}
        yield Event("verdict", change.at, told, f"#moment-{row.pk}")


class Kind(NamedTuple):
    """One kind of mark: its name, which is that of its symbol, a word for it, and its events."""

    name: str
    label: str | Promise
    events: Callable[[Known], Iterable[Event]]


# A line here and a symbol in _reach_symbols.html is all that another kind needs.
KINDS = (
    Kind(ChangeField.TITLE.value, _lazily("Retitled"), _retitlings),
    Kind(ChangeField.AVAILABILITY.value, _lazily("Availability changed"), _availability),
    Kind("claim", _lazily("First claim"), _first_claim),
    Kind("verdict", _lazily("Verdict changed"), _verdicts),
)


# --- What is shown --------------------------------------------------------------------


class Choice(NamedTuple):
    """One range to choose: its name, and the address of the page with it."""

    name: str
    label: str | Promise
    query: str
    is_chosen: bool


class Point(NamedTuple):
    """One observation: where it stands, in per cent and pixels, and the strip it answers for."""

    x: float
    heights: str
    left: float
    width: float
    told: str


class Placed(NamedTuple):
    """One line of the drawing, and how far down it stands."""

    name: str
    label: str
    y: int
    panel: charts.Panel


class Row(NamedTuple):
    """One line of the table: counts, or what happened (`told`)."""

    at: datetime
    day: str
    numbers: tuple[str, ...]
    told: str


class Told(NamedTuple):
    """How much came a day, over how many days, and which."""

    amount: str
    days: int
    period: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything the chart, its table and what stands beside them show."""

    since: datetime
    until: datetime
    first: datetime
    last: datetime
    choices: list[Choice]
    growth: list[Told]
    lines: list[Placed]
    points: list[Point]
    markers: Sequence[timeline.Marker[Event]]
    kinds: list[Kind]
    outside: list[Event]
    dates: Sequence[charts.Date]
    rows: list[Row]
    bottom: int

    @property
    def names(self) -> str:
        """What is drawn, in words."""
        return listed(line.label for line in self.lines)

    @property
    def height(self) -> int:
        """How high the drawing is."""
        return self.bottom + _AXIS

    @property
    def scale_width(self) -> int:
        """How much room the numbers of the scales need beside the drawing."""
        labels = [tick.label for line in self.lines for tick in line.panel.ticks]
        return max(_SCALE, *(_DIGIT * len(label) + _MARGIN for label in labels))

    @property
    def plot_height(self) -> int:
        """How high the lines are together."""
        return self.bottom - self.lines[0].y if self.lines else 0

    @property
    def date_y(self) -> int:
        """The base line of the dates."""
        return self.bottom + 17


def reach_of(
    video: Video,
    params: QueryDict,
    *,
    changes: Sequence[Change],
    claims: Sequence[Occurrence],
) -> Reach | None:
    """Return the chart in the range that an address asks for; None with fewer than two counts.

    `changes` are those the page lists, `claims` those made in the film. `?reach=` is a period
    up to the end, `?from=&to=` any range; what cannot be read is passed over. Six queries.
    """
    extent = series.extent(video)
    if extent is None or extent[0] == extent[1]:
        return None
    marked = video.changes.filter(field__in=[kind.name for kind in KINDS])[:CHANGES_MARKED]
    verdicts = VerdictChange.objects.filter(claim__in=[row.claim_id for row in claims])
    judged = list(verdicts.order_by("-at")[:CHANGES_MARKED])
    known = Known(list(marked), claims, judged, frozenset(change.pk for change in changes))
    events = sorted((event for kind in KINDS for event in kind.events(known)), key=_moment)
    first, last = _stretched(*extent, events)
    since, until, chosen = _range_of(params, first, last)
    samples = series.outline(video, since=since, until=until + timedelta.resolution)
    before = series.find_before(video, since) if since > first else None
    drawn = [before, *samples] if before else samples
    inside = [event for event in events if since <= event.at <= until]
    markers, lanes = timeline.place(
        [((event.at - since) / timedelta(milliseconds=1), event) for event in inside],
        (until - since) / timedelta(milliseconds=1),
        gap=MARK_GAP,
    )
    rows = [_row(sample) for sample in drawn]
    lines, bottom = _lines(drawn, since, until, lanes * timeline.MARKER_PX)
    return Reach(
        since=since,
        until=until,
        first=first,
        last=last,
        choices=list(_choices(params, first, last, chosen)),
        growth=[_growth(one) for one in series.growth(video)],
        lines=lines,
        points=list(_points(drawn, rows, lines, since, until)),
        markers=markers,
        kinds=[kind for kind in KINDS if any(event.kind == kind.name for event in inside)],
        outside=[event for event in events if event not in inside and chosen == ALL],
        dates=charts.dates(since, until),
        rows=sorted([*rows, *map(_happening, inside)], key=_moment, reverse=True),
        bottom=bottom,
    )


# Symbols stand 24 px apart; on the narrowest screen the drawing is 210 px wide.
MARK_GAP = timeline.MARKER_PX / 210 * 100


def _moment(one: Event | Row) -> datetime:
    return one.at


def _stretched(
    first: datetime, last: datetime, events: Sequence[Event]
) -> tuple[datetime, datetime]:
    """Return the whole time there is to show, with what happened just beside it."""
    slack = (last - first) * BESIDE
    moments = [event.at for event in events if first - slack <= event.at <= last + slack]
    return min([first, *moments]), max([last, *moments])


def _range_of(params: QueryDict, first: datetime, last: datetime) -> tuple[datetime, datetime, str]:
    """Return the range to draw, within what there is, and its name, empty for one by hand."""
    asked = params.get("reach", "")
    for name, _label, length in PERIODS:
        if name == asked and length < last - first:
            return last - length, last, name
    since, until = (_read(params.get(name, "")) for name in ("from", "to"))
    since, until = max(since or first, first), min(until or last, last)
    if until - since < SHORTEST:
        # Nothing, or less than can be told apart: an hour about it, if there is one.
        middle = since + (until - since) / 2 if since <= until else last
        since, until = middle - SHORTEST / 2, middle + SHORTEST / 2
        since, until = max(since, first), min(until, last)
    if since >= until or (since, until) == (first, last):
        return first, last, ALL
    return since, until, ""


def _read(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _choices(params: QueryDict, first: datetime, last: datetime, chosen: str) -> Iterable[Choice]:
    """Give the ranges shorter than all there is, and all."""
    periods = [(name, label) for name, label, length in PERIODS if length < last - first]
    for name, label in [*periods, (ALL, pgettext_lazy("range of time", "All"))]:
        kept = params.copy()
        for parameter in PARAMETERS:
            kept.pop(parameter, None)
        kept["reach"] = name
        yield Choice(name, label, kept.urlencode(), name == chosen)


def _lines(
    samples: Sequence[Sample], since: datetime, until: datetime, top: int
) -> tuple[list[Placed], int]:
    """Return a line of each number that is known, one above the other, and where they end."""
    labels = {"views": _("Views"), "likes": _("Likes")}
    lines: list[Placed] = []
    y = top
    for name, height in _HEIGHTS.items():
        pairs = [(one.observed_at.timestamp(), getattr(one, name)) for one in samples]
        panel = charts.panel(pairs, since.timestamp(), until.timestamp(), height=height)
        if panel is not None:
            y += _NAME + (_GAP if lines else 0)
            lines.append(Placed(name, labels[name], y, panel))
            y += height
    return lines, y


def _points(
    samples: Sequence[Sample],
    rows: Sequence[Row],
    lines: Sequence[Placed],
    since: datetime,
    until: datetime,
) -> Iterable[Point]:
    """Give the observations in the range; each answers for the half way to its neighbours."""
    words = _("%(at)s UTC. Views: %(views)s. Likes: %(likes)s")
    shares = [(one.observed_at - since) / (until - since) * 100 for one in samples]
    shown = [number for number, share in enumerate(shares) if share >= 0]
    for number in shown:
        x = shares[number]
        left = (shares[number - 1] + x) / 2 if number > shown[0] else 0
        right = (shares[number + 1] + x) / 2 if number + 1 < len(shares) else 100
        heights = [(line.y, line.panel.heights[number]) for line in lines]
        views, likes, *_others = rows[number].numbers
        yield Point(
            round(x, 2),
            " ".join("-" if height is None else f"{y + height:g}" for y, height in heights),
            round(left, 2),
            round(max(0, right - left), 2),
            words % {"at": rows[number].day, "views": views, "likes": likes},
        )


def _row(sample: Sample) -> Row:
    numbers = tuple(figure(getattr(sample, name)) for name in series.NUMBERS)
    return Row(sample.observed_at, _minute(sample.observed_at), numbers, "")


def _happening(event: Event) -> Row:
    return Row(event.at, _minute(event.at), (), event.told)


def _minute(at: datetime) -> str:
    return date_format(at.astimezone(UTC), "SHORT_DATETIME_FORMAT")


def _growth(growth: series.Growth) -> Told:
    """Return in words how many views came a day."""
    size = abs(growth.per_day)
    exact = figure(round(size)) if size >= 10 else decimal(round(size, 1))
    sign = "" if exact == "0" else "+" if growth.per_day > 0 else "\u2212"
    period = _("%(since)s to %(until)s") % {
        "since": date_format(growth.since.astimezone(UTC), "SHORT_DATE_FORMAT"),
        "until": date_format(growth.until.astimezone(UTC), "SHORT_DATE_FORMAT"),
    }
    return Told(f"{sign}{exact}", growth.days, period)
