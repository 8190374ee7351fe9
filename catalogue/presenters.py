"""Rows of the catalogue as the REST interface writes them. No queries of their own.

Plain functions, not ModelSerializers: on a list those cost three times the query
(measured). What is unknown is null. `base` is the site's own address, without a slash.
"""

from typing import Any
from urllib.parse import urlencode

from catalogue.addresses import address
from catalogue.copies import Place
from catalogue.ingest import Undone, Upload
from catalogue.models import (
    Change,
    Channel,
    CountSample,
    Cue,
    Fetch,
    ImportRow,
    ImportRun,
    PhraseMatch,
    PhraseWatch,
    Precision,
    RunState,
    Subscription,
    Tag,
    Transcript,
    Video,
    VideoCounts,
    picture_of,
)
from catalogue.records.durations import format_duration
from catalogue.series import Bucket, Spread
from catalogue.transcript_search import FoundCue

NO_COUNTS = VideoCounts()


def video_in_list(video: Video, base: str) -> dict[str, Any]:
    """Return a video without its description. Needs `Video.objects.for_api()`."""
    published = video.published_at
    is_exact = video.published_precision == Precision.SECOND
    duration_ms = video.duration_ms
    url = video_url(video, base)
    picture = picture_of(video)
    return {
        "key": video.key,
        "platform": video.platform,
        "platform_id": video.platform_id,
        "url": url,
        "page": f"{base}{video.get_absolute_url()}",
        "source_url": video.page_url or None,
        "title": video.title,
        "channel": channel_in_brief(video.channel, base) if video.channel else None,
        "category": video.category or None,
        "language": video.language or None,
        # Written by the database; null for none.
        "tags": getattr(video, "told_tags", None) or [],
        "published_at": published if is_exact else None,
        "published_on": published.date() if published else None,
        "duration_ms": duration_ms,
        "duration": None if duration_ms is None else format_duration(duration_ms),
        "image_url": _whole(video.image_url, base),
        "poster_url": base + picture.address_of(picture.widths[-1]) if picture else None,
        "media_url": _whole(video.media_url, base),
        "availability": video.availability,
        "is_sample": video.is_sample,
        "copies_url": f"{url}copies/",
        # The row of counts comes with the first record that has any.
        "counts": counts(getattr(video, "counts", NO_COUNTS)),
        "recorded_at": video.recorded_at,
        "created_at": video.created_at,
        "updated_at": video.updated_at,
    }


def video(video: Video, base: str) -> dict[str, Any]:
    """Return a video with its description. Needs `Video.objects.for_api()`."""
    return {
        **video_in_list(video, base),
        "description": video.description,
        "replays": video.replays,
        "replays_ms": video.replays_ms,
        "replays_recorded_at": video.replays_at,
    }


def video_url(video: Video, base: str) -> str:
    """Return a video's address in the interface."""
    return base + address("api:video", video.key)


def _whole(url: str, base: str) -> str | None:
    """Return an address that holds outside this site; sample films lie on it."""
    return f"{base}{url}" if url.startswith("/") else url or None


def counts(row: VideoCounts) -> dict[str, Any]:
    """Return the latest counts of a video."""
    return {
        "views": row.views,
        "likes": row.likes,
        "dislikes": row.dislikes,
        "comments": row.comments,
        "observed_at": row.observed_at,
    }


def sample(row: CountSample) -> dict[str, Any]:
    """Return the counts of one time."""
    return {
        "observed_at": row.observed_at,
        "views": row.views,
        "likes": row.likes,
        "dislikes": row.dislikes,
        "comments": row.comments,
    }


def bucket(row: Bucket) -> dict[str, Any]:
    """Return the counts of an hour, a day or a week."""
    return {
        "start": row.start,
        "end": row.end,
        "samples": row.count,
        "first_at": row.first_at,
        "last_at": row.last_at,
        "views": row.views and spread(row.views),
        "likes": row.likes and spread(row.likes),
        "dislikes": row.dislikes and spread(row.dislikes),
        "comments": row.comments and spread(row.comments),
    }


def spread(one: Spread) -> dict[str, int]:
    """Return how one number went within a bucket."""
    return {"first": one.first, "last": one.last, "min": one.least, "max": one.most}


def change_of_video(row: Change, base: str) -> dict[str, Any]:
    """Return an observed change, and of which video. Needs its `video`."""
    return {
        **change(row),
        "video": row.video.key,
        "video_url": video_url(row.video, base),
        "page": f"{base}{row.video.get_absolute_url()}",
        "title": row.video.title,
    }


def change(row: Change) -> dict[str, Any]:
    """Return an observed change."""
    return {
        "field": row.field,
        "old": row.old,
        "new": row.new,
        "observed_at": row.observed_at,
    }


def transcript(row: Transcript, video: Video, base: str) -> dict[str, Any]:
    """Return that there is a transcript."""
    path = address("api:video-transcript", video.key, row.language)
    return {
        "language": row.language,
        "kind": row.kind,
        "url": f"{base}{path}?kind={row.kind}",
        "created_at": row.created_at,
    }


def cue(row: Cue) -> dict[str, Any]:
    """Return one line of a transcript."""
    return {"start_ms": row.start_ms, "end_ms": row.end_ms, "text": row.text}


def found_cue(cue: FoundCue, video: Video, base: str) -> dict[str, Any]:
    """Return a line of a film, and what was found in it."""
    query = urlencode({"t": f"{cue.start_ms / 1000:g}", "transcript": cue.transcript.language})
    return {
        "video": video.key,
        "video_url": video_url(video, base),
        "title": video.title,
        "page": f"{base}{video.get_absolute_url()}?{query}",
        "language": cue.transcript.language,
        "kind": cue.transcript.kind,
        "start_ms": cue.start_ms,
        "end_ms": cue.end_ms,
        "text": cue.text,
        "found": [piece.text for piece in cue.pieces if piece.is_marked],
    }


def copy(place: Place, video: Video, base: str) -> dict[str, Any]:
    """Return another place of a video. Needs its `added_by`."""
    row, film = place.copy, place.film
    return {
        "id": row.pk,
        "url": f"{video_url(video, base)}copies/{row.pk}/",
        "page": f"{base}{video.get_absolute_url()}?copy={row.pk}",
        "platform": row.platform or None,
        "platform_id": row.platform_id or None,
        "source_url": _whole(place.url, base),
        "media_url": _whole(row.media_url, base),
        "offset_ms": row.offset_ms,
        "note": row.note or None,
        "availability": place.availability.value,
        "video": film.key if film else None,
        "video_url": video_url(film, base) if film else None,
        "added_by": row.added_by.username,
        "created_at": row.created_at,
        "edited_at": row.edited_at,
    }


def watch(row: PhraseWatch, base: str) -> dict[str, Any]:
    """Return a watched phrase. Needs `for_list()`."""
    counted: Any = row
    url = base + address("api:watch", row.pk)
    return {
        "id": row.pk,
        "url": url,
        "page": f"{base}{row.get_absolute_url()}",
        "matches_url": f"{url}matches/",
        "phrase": row.phrase,
        "place": row.place,
        "language": row.language or None,
        "by_mail": row.by_mail,
        "is_active": row.is_active,
        "since": row.since_at,
        "created_at": row.created_at,
        "found_count": counted.found_count,
        "unseen_count": counted.unseen_count,
    }


def watch_match(row: PhraseMatch, base: str) -> dict[str, Any]:
    """Return a video in which a watched phrase was found. Needs `for_page()`."""
    return {
        "id": row.pk,
        "video": row.video.key,
        "video_url": video_url(row.video, base),
        "title": row.video.title,
        "page": f"{base}{row.get_absolute_url()}",
        "in_title": row.in_title,
        "start_ms": row.start_ms,
        "language": row.language or None,
        "line": row.line,
        "line_count": row.count,
        "found_at": row.found_at,
        "seen_at": row.seen_at,
    }


def channel_in_brief(channel: Channel, base: str) -> dict[str, Any]:
    """Return a channel as a video names it."""
    return {
        "id": channel.pk,
        "platform_id": channel.platform_id,
        "name": channel.name,
        "url": base + address("api:channel", channel.pk),
    }


def channel(row: Channel, base: str) -> dict[str, Any]:
    """Return a channel."""
    return {
        "id": row.pk,
        "platform": row.platform,
        "platform_id": row.platform_id,
        "name": row.name,
        "url": base + address("api:channel", row.pk),
        "page": f"{base}{row.get_absolute_url()}",
        "videos_url": f"{base}{address('api:videos')}?channel={row.pk}",
        "created_at": row.created_at,
    }


def tag(row: Tag, base: str) -> dict[str, Any]:
    """Return a tag. Needs its `created_by`."""
    return {
        "slug": row.slug,
        "name": row.name,
        "description": row.description,
        "url": base + address("api:tag", row.slug),
        "page": f"{base}{row.get_absolute_url()}",
        "videos_url": f"{base}{address('api:videos')}?{urlencode({'tag': row.slug})}",
        "created_by": row.created_by.username if row.created_by else None,
        "created_at": row.created_at,
    }


def import_run(row: ImportRun, base: str, *, is_whole: bool) -> dict[str, Any]:
    """Return one ingest. `is_whole` shows whole paths. Needs `for_ledger()`."""
    return {
        "id": row.pk,
        "url": base + address("api:import", row.pk),
        "rows_url": base + address("api:import-rows", row.pk),
        "source": row.source if is_whole else row.short_source,
        "by": row.by.username if row.by else None,
        "state": row.standing.value,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "created": row.created,
        "updated": row.updated,
        "unchanged": row.unchanged,
        "rejected": row.rejected,
        "undone_at": row.undone_at,
        "undone_by": row.undone_by.username if row.undone_by else None,
        "fetch": row.address and fetch(row.address, row.standing),
    }


def fetch(row: Fetch, standing: RunState) -> dict[str, Any]:
    """Return how the fetching of an address stands."""
    return {
        "kind": row.kind,
        "url": row.url,
        "title": row.title or None,
        "label": row.label_of(standing),
        "status": row.told(standing) or None,
        "due_at": row.due_at,
        "failures": row.failures,
        "pages_found": row.pages_found,
        "pages_asked": row.pages_asked,
    }


def subscription(row: Subscription, base: str) -> dict[str, Any]:
    """Return what a member follows. Needs `for_list()`."""
    runs: list[ImportRun] = getattr(row, "latest_runs", [])
    return {
        "id": row.pk,
        "url": base + address("api:subscription", row.pk),
        "page": f"{base}{row.get_absolute_url()}",
        "source_url": row.url,
        "kind": row.kind,
        "title": row.title or None,
        "interval_hours": row.interval,
        "start": row.start,
        "words": row.words or None,
        "words_not": row.words_not or None,
        "shortest_ms": row.shortest_ms,
        "longest_ms": row.longest_ms,
        "is_active": row.is_active,
        "created_at": row.created_at,
        "due_at": row.due_at,
        "looked_at": row.looked_at,
        "result": row.last_result or None,
        "failures": row.failures,
        "failure": row.last_failure or None,
        "brought_in": row.brought_in,
        "passed_by": row.passed_by,
        "imports": [base + address("api:import", run.pk) for run in runs],
    }


def import_row(row: ImportRow, base: str, *, is_whole: bool) -> dict[str, Any]:
    """Return what became of one record. `is_whole` shows whole paths. Needs `for_ledger()`."""
    video = row.film
    return {
        "number": row.number,
        "source": row.source if is_whole else row.short_source,
        "line": row.line,
        "subject": row.subject,
        "outcome": row.outcome,
        "field": row.field or None,
        "reason": row.reason or None,
        "video": video.key if video else None,
        "video_url": video_url(video, base) if video else None,
        "page": f"{base}{row.page}" if video else None,
        "transcript": transcript(row.transcript, video, base) if row.transcript and video else None,
        "undone": row.undone or None,
        "undo_reason": row.undo_reason or None,
    }


def rehearsal(told: Upload, base: str, *, is_whole: bool) -> dict[str, Any]:
    """Return what an upload would come to, with its first rows."""
    return {
        "dry_run": True,
        "created": told.run.created,
        "updated": told.run.updated,
        "unchanged": told.run.unchanged,
        "rejected": told.run.rejected,
        "rows": [import_row(row, base, is_whole=is_whole) for row in told.rows],
    }


def undone(told: Undone, base: str, *, is_whole: bool, is_dry: bool) -> dict[str, Any]:
    """Return what taking an ingest back came to."""
    return {
        "import": import_run(told.run, base, is_whole=is_whole),
        "dry_run": is_dry,
        "removed": told.removed,
        "restored": told.restored,
        "partly": told.partly,
        "spared": told.spared,
        "kept": [
            {
                "number": row.number,
                "source": row.source if is_whole else row.short_source,
                "undone": row.undone,
                "undo_reason": row.undo_reason,
            }
            for row in told.kept
        ],
    }
