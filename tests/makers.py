"""Rows for tests: plain functions with fixed, readable defaults. Every keyword can be given."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from annotations import links, sources, standings
from annotations.models import (
    Claim,
    ClaimStanding,
    ClaimTag,
    Comment,
    Evidence,
    Occurrence,
    SourceKind,
    Speaker,
    Stance,
)
from catalogue import transcripts
from catalogue.models import (
    Channel,
    CountSample,
    Precision,
    Site,
    Tag,
    TagSource,
    Transcript,
    TranscriptKind,
    Video,
    VideoCounts,
    VideoTag,
)
from catalogue.records.cues import Cue
from catalogue.records.record import Counts, VideoRecord
from catalogue.series import NUMBERS

PASSWORD = "a long enough pass phrase"
PUBLISHED = datetime(2021, 7, 30, 14, 0, 24, tzinfo=UTC)
RECORDED = datetime(2022, 2, 1, 10, 20, 51, tzinfo=UTC)

_numbers = count(1)


def make_user(username: str, **fields: Any) -> User:
    """Store a member whose password is PASSWORD."""
    fields.setdefault("email", f"{username}@example.org")
    return User.objects.create_user(username=username, password=PASSWORD, **fields)


def make_channel(name: str = "Quiet Rivers", **fields: Any) -> Channel:
    """Store a channel, or return the one of this name and platform."""
    fields.setdefault("platform", "youtube")
    channel, _ = Channel.objects.get_or_create(name=name, **fields)
    return channel


def make_tag(name: str = "Rivers", **fields: Any) -> Tag:
    """Store a tag, or return the one of this slug."""
    slug = fields.pop("slug", "") or slugify(name, allow_unicode=True)
    tag, _ = Tag.objects.get_or_create(slug=slug, defaults={"name": name, **fields})
    return tag


def make_video(
    *,
    tags: Iterable[str] = (),
    counts: Counts | None = None,
    refresh_at: datetime | None = None,
    **fields: Any,
) -> Video:
    """Store a film of 9:46 on a channel, with its counts and its record's tags.

    Left to itself it is never due. Without `platform_id`, each call makes another film.
    """
    fields.setdefault("platform", "youtube")
    fields.setdefault("platform_id", f"film{next(_numbers):07d}")
    fields.setdefault("title", "The River That Was Moved")
    fields.setdefault("description", "How a river came to flow the other way.")
    fields.setdefault("category", "Education")
    fields.setdefault("duration_ms", 586_000)
    if "channel" not in fields:
        fields["channel"] = make_channel(platform=fields["platform"])
    if "published_at" not in fields:
        fields.update(published_at=PUBLISHED, published_precision=Precision.SECOND)
    elif fields["published_at"] is not None:
        fields.setdefault("published_precision", Precision.SECOND)
    fields.setdefault("recorded_at", RECORDED)
    key = f"{fields['platform']}:{fields['platform_id']}"
    fields.setdefault("content_hash", hashlib.sha256(key.encode()).hexdigest())
    names = tuple(tags)
    channel_name = fields["channel"].name if fields["channel"] else ""
    fields.setdefault(
        "keywords", "\n".join(part for part in (channel_name, fields["category"], *names) if part)
    )
    video = Video.objects.create(**fields)
    counts = Counts() if counts is None else counts
    VideoCounts.objects.create(
        video=video,
        views=counts.views,
        likes=counts.likes,
        dislikes=counts.dislikes,
        comments=counts.comments,
        observed_at=fields["recorded_at"] if counts else None,
        refresh_at=refresh_at,
        site=Site.YOUTUBE if video.is_youtube else Site.WEB,
    )
    for position, name in enumerate(names):
        VideoTag.objects.create(
            video=video, tag=make_tag(name), source=TagSource.RECORD, position=position
        )
    return video


def make_claim(
    *,
    author: User,
    video: Video | None = None,
    start_ms: int = 72_000,
    end_ms: int = 84_000,
    quote: str = "and by the spring the river ran north",
    speaker: str = "",
    speaker_role: str = "",
    tags: Iterable[str] = (),
    **fields: Any,
) -> Claim:
    """Store a claim with one occurrence at 1:12, in a new film unless one is given."""
    fields.setdefault("statement", "The river was turned north within a single winter.")
    claim = Claim.objects.create(author=author, **fields)
    ClaimStanding.objects.create(claim=claim)
    for name in tags:
        ClaimTag.objects.create(claim=claim, tag=make_tag(name), added_by=author)
    make_occurrence(
        claim=claim,
        author=author,
        video=video,
        start_ms=start_ms,
        end_ms=end_ms,
        quote=quote,
        speaker=speaker,
        speaker_role=speaker_role,
    )
    return claim


def make_occurrence(
    *, claim: Claim, author: User | None = None, video: Video | None = None, **fields: Any
) -> Occurrence:
    """Store another place where a claim is made, at 1:12 of a new film unless given."""
    video = video or make_video()
    fields.setdefault("start_ms", 72_000)
    fields.setdefault("end_ms", 84_000)
    fields.setdefault("video_duration_ms", video.duration_ms)
    return Occurrence.objects.create(
        claim=claim, author=author or claim.author, video=video, **fields
    )


def make_evidence(*, claim: Claim, author: User | None = None, **fields: Any) -> Evidence:
    """Store a card on a claim, and count it. Without `url`, each call brings another address.

    Its link was never asked, and is due.
    """
    url = fields.setdefault("url", f"https://archive.example/reports/{next(_numbers)}")
    fields.setdefault("url_key", sources.mark(url))
    fields.setdefault("doi", sources.find_doi(url) or "")
    fields.setdefault("title", "Ice on the upper river, winter of 1961")
    fields.setdefault("kind", SourceKind.PRIMARY)
    fields.setdefault("stance", Stance.SUPPORTS)
    fields.setdefault("accessed_on", RECORDED.date())
    if "link" not in fields:
        fields["link"] = links.find_or_create(url, now=RECORDED)
    card = Evidence.objects.create(claim=claim, author=author or claim.author, **fields)
    standings.recount(claim, now=timezone.now())
    return card


def make_speaker(name: str = "Ada Brook", *, author: User, **fields: Any) -> Speaker:
    """Store a speaker; each call makes another, also of one name."""
    return Speaker.objects.create(name=name, author=author, **fields)


def make_comment(*, claim: Claim, author: User | None = None, **fields: Any) -> Comment:
    """Store a comment, and count it. Nobody is told of it; nothing in it is offered."""
    fields.setdefault("body", "The dam was closed in March, as the film says itself.")
    comment = Comment.objects.create(claim=claim, author=author or claim.author, **fields)
    standings.recount(claim, now=timezone.now())
    return comment


def make_record(**fields: Any) -> VideoRecord:
    """Return a record as a parser would; without `platform_id`, of another film each call."""
    fields.setdefault("platform", "youtube")
    fields.setdefault("platform_id", f"record{next(_numbers):05d}")
    fields.setdefault("title", "The River That Was Moved")
    fields.setdefault("description", "How a river came to flow the other way.")
    fields.setdefault("channel", "Quiet Rivers")
    fields.setdefault("category", "Education")
    fields.setdefault("tags", ("Rivers", "Engineering"))
    fields.setdefault("published", PUBLISHED)
    fields.setdefault("recorded_at", RECORDED)
    fields.setdefault("duration_ms", 586_000)
    fields.setdefault("counts", Counts(views=154_080, likes=3_003))
    fields.setdefault("source", f"{fields['platform_id']}.md")
    fields.setdefault("line", 1)
    fields.setdefault("raw", f"---\nvid_id: {fields['platform_id']}\n---\n".encode())
    return VideoRecord(**fields)


def make_samples(video: Video, *rows: tuple[datetime, *tuple[int | None, ...]]) -> None:
    """Store counts of a film over time: (moment, views, likes, dislikes, comments)."""
    CountSample.objects.bulk_create(
        CountSample(video=video, observed_at=moment, **dict(zip(NUMBERS, numbers, strict=False)))
        for moment, *numbers in rows
    )


def make_transcript(
    video: Video,
    *lines: tuple[int, str] | str,
    language: str = "en",
    kind: str = TranscriptKind.MANUAL,
) -> Transcript:
    """Store what is said in a film, in place of what was: (start in seconds, text).

    Each line takes ten seconds. A text alone follows the line before, the first at 0:00.
    """
    cues: list[Cue] = []
    next_s = 0
    for line in lines:
        start, text = (next_s, line) if isinstance(line, str) else line
        cues.append(Cue(start * 1000, (start + 10) * 1000, text))
        next_s = start + 10
    return transcripts.store(video, language=language, cues=cues, kind=kind).transcript
