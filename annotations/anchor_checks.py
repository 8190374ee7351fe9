"""Whether quotes are still said where claims are pinned: looked at anew when a film changes.

Nothing moves here. What is found is written beside the occurrence, and a proposal waits for a
person; `anchors` is what they decide with.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Abs

from annotations.anchoring import STILL_MS, Anchor, Health, anchor
from annotations.models import (
    AnchorHealth,
    AnchorProposal,
    Occurrence,
    ProposalState,
    State,
)
from annotations.spoken import Spoken, read, words_of
from catalogue.models import Change, ChangeField, Cue, Transcript, TranscriptKind, Video

LIMIT = 200
# A transaction that stored a transcript may have been open while the film was looked at.
OVERLAP = timedelta(minutes=5)
# A length can be corrected without anyone noting it down.
AGAIN_AFTER = timedelta(days=1)
# These wait for a person.
PROPOSED = (AnchorHealth.MOVED, AnchorHealth.DOUBTFUL, AnchorHealth.LOST)
_SURE = (Health.SOUND, Health.MOVED)
_CUES_AT_ONCE = 5_000

# Transcript, start_ms, end_ms, text.
_Row = tuple[int, int, int, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """How an occurrence stands, and the place that is proposed for it, if there is one."""

    health: AnchorHealth
    score: float | None = None
    start_ms: int | None = None
    end_ms: int | None = None

    def is_like(self, proposal: AnchorProposal) -> bool:
        """Tell whether a proposal says the same."""
        if self.health != proposal.health:
            return False
        if self.start_ms is None or proposal.start_ms is None:
            return self.start_ms == proposal.start_ms
        return abs(self.start_ms - proposal.start_ms) <= STILL_MS


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one transcript tells of an occurrence. `rank` sorts, the best last.

    A translation may hold a quote, but that it lacks one tells nothing; nor does a transcript
    of another part of the film. `can_lose` is off for those.
    """

    rank: tuple[float, float]
    anchor: Anchor
    can_lose: bool


# --- Which ----------------------------------------------------------------------------


def due(now: datetime) -> QuerySet[Occurrence]:
    """Return the occurrences to look at: new ones, edited ones, and those whose film changed.

    What is hidden, withdrawn or locked stays as it is.
    """
    mine = Transcript.objects.filter(video=OuterRef("video"))
    lengths = Change.objects.filter(video=OuterRef("video"), field=ChangeField.DURATION)
    # Its transcripts were taken away: what they told is not known any more.
    is_bereft = Q(
        ~Exists(mine),
        anchor_health__in=(AnchorHealth.SOUND, *PROPOSED),
        anchor_score__isnull=False,
    )
    return (
        Occurrence.objects.visible()
        .filter(state=State.VISIBLE)
        .alias(gap=Abs(F("video__duration_ms") - F("video_duration_ms")))
        .filter(
            Q(anchor_checked_at=None)
            | Q(anchor_checked_at__lt=now)
            & (
                Q(edited_at__gt=F("anchor_checked_at"))
                | _since(mine, "changed_at", now)
                | _since(lengths, "created_at", now)
                | Q(gap__gt=STILL_MS, anchor_checked_at__lt=now - AGAIN_AFTER)
                | is_bereft
            )
        )
        .select_related("video")
        .defer(
            "video__description",
            "video__search",
            "video__keywords",
            "video__origins",
            "video__replays",
        )
        .order_by("video_id", "pk")
    )


def _since(rows: QuerySet[Transcript] | QuerySet[Change], column: str, now: datetime) -> Q:
    """Tell that one of the rows came after the last look, or so near to it that we missed it."""
    looked_at = OuterRef("anchor_checked_at")
    after = Exists(rows.filter(**{f"{column}__gt": looked_at}))
    nearly = Exists(rows.filter(**{f"{column}__gt": looked_at - OVERLAP}))
    return Q(after) | Q(nearly, anchor_checked_at__lt=now - OVERLAP)


# --- Looking --------------------------------------------------------------------------


def check_due(*, now: datetime, limit: int = LIMIT) -> int:
    """Look at up to `limit` occurrences that are due; returns how many were written down.

    Safe to run at once with edits, decisions and itself: what somebody edits meanwhile is
    left to the next sweep. About ten queries; one transcript is in memory at a time.
    """
    rows = list(due(now)[:limit])
    if not rows:
        return 0
    cuts = _cuts(rows)
    heard = _heard(rows, cuts)
    findings = {row.pk: _finding(row, heard.get(row.pk)) for row in rows}
    return _store({row.pk: row.version for row in rows}, findings, now)


def is_recut(row: Occurrence) -> bool:
    """Tell whether the film has another length than when the occurrence was marked.

    Sources round: what nobody would see is no difference. Needs the film.
    """
    was, length = row.video_duration_ms, row.video.duration_ms
    return was is not None and length is not None and abs(was - length) > STILL_MS


def _cuts(rows: Iterable[Occurrence]) -> dict[int, datetime]:
    """Return when each film was last seen to change its length."""
    films = {row.video_id for row in rows if is_recut(row)}
    if not films:
        return {}
    lengths = Change.objects.filter(video__in=films, field=ChangeField.DURATION).order_by()
    return dict(lengths.values_list("video").annotate(at=Max("created_at")))


def _heard(rows: Sequence[Occurrence], cuts: dict[int, datetime]) -> dict[int, _Heard]:
    """Return the best that any transcript tells of each occurrence. Two queries."""
    by_film: defaultdict[int, list[Occurrence]] = defaultdict(list)
    for row in rows:
        if words_of(row.quote):
            by_film[row.video_id].append(row)
    transcripts = Transcript.objects.filter(video__in=by_film).in_bulk()
    best: dict[int, _Heard] = {}
    for number, cues in _spoken(transcripts):
        transcript = transcripts[number]
        spoken = read(cue[1:] for cue in cues)
        for row in by_film[transcript.video_id]:
            if not _tells_of(transcript, row, cuts):
                continue
            heard = _hear(row, spoken, transcript)
            if row.pk not in best or heard.rank > best[row.pk].rank:
                best[row.pk] = heard
    return best


def _spoken(
    transcripts: Iterable[int],
) -> Iterator[tuple[int, Iterator[tuple[int, int, int, str]]]]:
    """Give the cues of each transcript, read from the database as they are needed."""
    cues = (
        Cue.objects.filter(transcript__in=list(transcripts))
        .order_by("transcript", "start_ms", "id")
        .values_list("transcript_id", "start_ms", "end_ms", "text")
    )
    return groupby(cues.iterator(chunk_size=_CUES_AT_ONCE), key=itemgetter(0))


def _tells_of(transcript: Transcript, row: Occurrence, cuts: dict[int, datetime]) -> bool:
    """Tell whether a transcript is one of the film as it is cut now."""
    if not is_recut(row):
        return True
    return transcript.changed_at > cuts.get(row.video_id, row.edited_at or row.created_at)


def _hear(row: Occurrence, spoken: Spoken, transcript: Transcript) -> _Heard:
    """Weigh what a transcript tells: of sure ones the film's own language, a person's, first."""
    found = anchor(row.quote, row.start_ms, row.end_ms, spoken)
    is_own = _is_own_language(transcript, row.video)
    can_lose = is_own and _reaches(spoken, row)
    preference = 2 * is_own + (transcript.kind == TranscriptKind.MANUAL)
    if found.health in _SURE:
        return _Heard((2, preference), found, can_lose)
    score = found.found.score if found.found else 0
    is_doubtful = found.health is Health.DOUBTFUL
    return _Heard((int(is_doubtful), can_lose + score + preference / 1000), found, can_lose)


def _reaches(spoken: Spoken, row: Occurrence) -> bool:
    """Tell whether a transcript goes as far as the range."""
    return bool(spoken.starts) and (
        spoken.starts[0] < row.end_ms and spoken.ends[-1] > row.start_ms
    )


def _is_own_language(transcript: Transcript, video: Video) -> bool:
    spoken, written = (
        language.partition("-")[0].lower() for language in (video.language, transcript.language)
    )
    return not spoken or spoken == written


def _finding(row: Occurrence, heard: _Heard | None) -> Finding:
    """Return what an occurrence's row says from now on."""
    length = row.video.duration_ms
    is_cut_off = length is not None and row.end_ms > length
    if heard is None or (heard.anchor.health is Health.LOST and not heard.can_lose):
        if is_cut_off or is_recut(row):
            return Finding(AnchorHealth.DOUBTFUL)
        has_words = bool(words_of(row.quote))
        return Finding(AnchorHealth.UNKNOWN if has_words else AnchorHealth.UNQUOTED)
    health = AnchorHealth(heard.anchor.health.value)
    found = heard.anchor.found
    score = found.score if found else 0.0
    if health is AnchorHealth.SOUND and is_cut_off:
        health = AnchorHealth.DOUBTFUL
    has_place = health in (AnchorHealth.MOVED, AnchorHealth.DOUBTFUL)
    if found and has_place and abs(heard.anchor.moved_ms) > STILL_MS:
        return Finding(health, score, *_carried(row, found.start_ms, found.end_ms))
    return Finding(health, score)


def _carried(row: Occurrence, start_ms: int, end_ms: int) -> tuple[int, int]:
    """Return a range about the words found, as long as the old one if that was longer.

    A range set by hand may hold more than the quote; it goes along around it.
    """
    spare = (row.end_ms - row.start_ms) - (end_ms - start_ms)
    if spare <= 0:
        return start_ms, end_ms
    first = max(0, start_ms - spare // 2)
    last = first + row.end_ms - row.start_ms
    length = row.video.duration_ms
    return (first, last) if length is None else (first, max(end_ms, min(last, length)))


# --- Writing down ---------------------------------------------------------------------


def _store(versions: dict[int, int], findings: dict[int, Finding], now: datetime) -> int:
    """Write down what was found of rows that are still at these versions."""
    with transaction.atomic():
        held = (
            Occurrence.objects.filter(pk__in=versions)
            .select_related("video")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("pk")
        )
        rows = [row for row in held if row.version == versions[row.pk]]
        settled = _settled(rows, findings)
        for row in rows:
            finding = findings[row.pk]
            row.anchor_checked_at = now
            row.anchor_health, row.anchor_score = finding.health, finding.score
            if row.pk in settled:
                row.anchor_health, row.anchor_score = AnchorHealth.SOUND, None
        Occurrence.objects.bulk_update(rows, ["anchor_health", "anchor_score", "anchor_checked_at"])
        _propose([row for row in rows if row.pk not in settled], findings)
        _outdate(settled)
    return len(rows)


def _settled(rows: Sequence[Occurrence], findings: dict[int, Finding]) -> set[int]:
    """Return of which occurrences a person said already that they are right all the same."""
    refusals = (
        AnchorProposal.objects.filter(occurrence__in=rows, state=ProposalState.REFUSED)
        .order_by("occurrence", "-decided_at")
        .distinct("occurrence")
    )
    refused = {refusal.occurrence_id: refusal for refusal in refusals}
    return {
        row.pk
        for row in rows
        if (refusal := refused.get(row.pk))
        and findings[row.pk].is_like(refusal)
        # The refusal renewed the length it was about, so this is another cut.
        and not is_recut(row)
        and not (row.edited_at and refusal.decided_at and row.edited_at > refusal.decided_at)
    }


def _propose(rows: Sequence[Occurrence], findings: dict[int, Finding]) -> None:
    """Open proposals; those that say the same stay, others are outdated."""
    waiting = AnchorProposal.objects.filter(occurrence__in=rows, state=ProposalState.OPEN)
    open_ = {one.occurrence_id: one for one in waiting.select_for_update(of=("self",))}
    new: list[AnchorProposal] = []
    stale: list[int] = []
    for row in rows:
        finding, present = findings[row.pk], open_.get(row.pk)
        is_edited = present and row.edited_at and row.edited_at > present.created_at
        if present and not is_edited and finding.is_like(present):
            continue
        if present:
            stale.append(row.pk)
        if finding.health in PROPOSED:
            new.append(
                AnchorProposal(
                    occurrence=row,
                    start_ms=finding.start_ms,
                    end_ms=finding.end_ms,
                    health=finding.health,
                    score=finding.score,
                )
            )
    _outdate(stale)
    AnchorProposal.objects.bulk_create(new)


def _outdate(occurrences: Iterable[int]) -> None:
    AnchorProposal.objects.filter(
        occurrence__in=list(occurrences), state=ProposalState.OPEN
    ).update(state=ProposalState.OUTDATED)
