"""One step of a fetch: ask an address, or the pages of some films of its list, and store it."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from catalogue.ingest import fetches, runs, staging
from catalogue.ingest.fetches import Lease
from catalogue.ingest.runs import Work
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.models import Fetch, FetchPage, ImportRun, Outcome, Subject, Video
from catalogue.platforms import Failure, FailureKind, sources
from catalogue.platforms.documents import MAX_TRACKS, Entry, Film, Track
from catalogue.platforms.sources import Listing
from catalogue.platforms.ytdlp import Conversation
from catalogue.records import RecordError, VideoRecord, parse_all
from catalogue.records.said import said, said_many
from catalogue.records.subtitles import parse_subtitles
from catalogue.records.subtitles.names import SubtitleName
from catalogue.records.targets import Target

logger = logging.getLogger(__name__)

# Films of a list that one step asks for: this is how polite we are, as looks are.
PAGES_AT_ONCE = 5
# A page takes twice FETCH_TIMEOUT_SECONDS, its subtitles as long again. No page is begun
# after this, so that a step ends before its task is ended.
STEP_SECONDS = 100.0
# A page that keeps ending its worker, or never answers, is asked no more often.
PAGE_TRIES = 3
# The first half of the advisory lock on a film that is being stored.
FILM_LOCK = 0x51F1
# Somebody whose lease ran out is still at the run.
BUSY_WAIT = timedelta(seconds=30)
# A film that says what it said within this time says nothing new.
SAME_WITHIN = timedelta(days=1)

_ENDS_WORKERS = Failure(FailureKind.MALFORMED, said("asking it broke each time"))
_NO_TIME = Failure(FailureKind.TEMPORARY, said("there was no time left for them"))


def take_step(lease: Lease) -> None:
    """Ask the address of a leased fetch, or the next pages of its list, into its run.

    Uses the network. Whatever the sites do becomes rows of the ledger, and how it goes on is
    noted with the fetch. Does nothing while somebody else is at the run.
    """
    try:
        with _step(lease) as step:
            step.take()
    except runs.AlreadyAtWork:
        logger.info("somebody is at run %s already", lease.run_id)
        with transaction.atomic():
            fetches.go_on(lease, after=BUSY_WAIT)


def store_films(lease: Lease, films: Iterable[Film]) -> None:
    """Store films that were found with the list of a leased fetch, then leave it to the workers.

    Uses the network, for subtitles.
    """
    with _step(lease) as step:
        step.store_films(films)


@contextmanager
def _step(lease: Lease) -> Iterator["_Step"]:
    """Hold the run of a leased fetch, and a conversation, while the block runs."""
    fetch = Fetch.objects.select_related("run__subscription").get(pk=lease.run_id)
    with (
        runs.resume(fetch.run) as work,
        sources.talking(
            timeout_s=settings.FETCH_TIMEOUT_SECONDS,
            allow_private=settings.FETCH_PRIVATE_ADDRESSES,
        ) as talk,
    ):
        yield _Step(fetch, lease, work, talk)


def fetch_now(
    target: Target, *, by: User | None = None, progress: Callable[[int], None] | None = None
) -> ImportRun:
    """Fetch an address in the foreground, without a worker, and return its run.

    Nothing is waited for: what a site does not answer now is told in the run's fetch, and is
    over. Interrupted, it leaves what is done. Uses the network.
    """
    until = timezone.now() + fetches.LEASE
    run = fetches.create(target, by=by, held_until=until)
    lease: Lease | None = Lease(run.pk, until)
    try:
        while lease is not None:
            take_step(lease)
            lease = fetches.renew(lease)
            if progress:
                run.refresh_from_db()
                progress(run.total)
    finally:
        fetches.stop(run, said("It was interrupted."))
    return ImportRun.objects.for_ledger().get(pk=run.pk)


class _Step:
    """What one step knows: the fetch, the right to take it, the run and the conversation."""

    def __init__(self, fetch: Fetch, lease: Lease, work: Work, talk: Conversation) -> None:
        self._fetch, self._lease, self._work, self._talk = fetch, lease, work, talk
        self._begun = time.monotonic()

    def take(self) -> None:
        """Do what is next."""
        if self._fetch.failures >= fetches.TRIES:
            told = said("Fetching it broke again and again.")
            self._work.end = partial(fetches.fail, self._lease, told)
        elif self._fetch.is_listed:
            self.ask_pages()
        else:
            self.ask_address()

    # --- The address ------------------------------------------------------------------

    def ask_address(self) -> None:
        url = self._fetch.url
        if not self._tell(said("Asking {site}.", site=fetches.site_of(url))):
            return
        found = self._ask(lambda: sources.find(self._talk, url))
        if isinstance(found, Failure):
            self._give_word(found)
        elif isinstance(found, Film):
            self._store_film(found)
            self._work.end = partial(fetches.finish, self._lease)
        else:
            self._store_list(found)

    def _give_word(self, failure: Failure) -> None:
        told = fetches.in_words(failure, self._fetch.url)
        logger.info("no answer from %s: %s: %s", self._fetch.url, failure.kind, failure.reason)
        if fetches.may_succeed_later(failure) and self._fetch.failures + 1 < fetches.TRIES:
            self._work.end = partial(fetches.postpone, self._lease, failure)
            return
        self._store(RecordError(self._fetch.url, told))
        self._work.end = partial(fetches.fail, self._lease, told)

    def _store_list(self, found: Listing) -> None:
        if not self._tell(said("Storing what the list says of its films.")):
            return
        if found.is_empty:
            self._store(RecordError(self._fetch.url, said("There is no film in this list.")))
        else:
            self._work.store(_told_by_list(found))
        for film in found.films:
            self._store_film(film)
        cut = said("There may be more: {reason}.", reason=found.cut) if found.cut else ""
        count = fetches.add_pages(self._lease, self._pages_of(found), title=found.title, note=cut)
        self._work.end = (
            partial(fetches.go_on, self._lease) if count else partial(fetches.finish, self._lease)
        )

    def _pages_of(self, found: Listing) -> Iterator[Entry]:
        """Yield the pages to ask: of films that the list made known, and of those it could not."""
        made = self._work.row.rows.filter(outcome=Outcome.CREATED, subject=Subject.VIDEO)
        in_place = {film.url for film in found.films} | {found.url}
        rows = made.order_by("number").values_list("video__platform", "video__platform_id",
                                                   "video__url")  # fmt: skip
        for platform, platform_id, url in rows:
            page = Video(platform=platform, platform_id=platform_id, url=url).page_url
            if page and page not in in_place:
                yield Entry(page)
        yield from (entry for entry in found.waiting if entry.url not in in_place)

    def store_films(self, films: Iterable[Film]) -> None:
        for film in films:
            self._store_film(film)
        self._work.end = self._go_on

    # --- The pages of a list ----------------------------------------------------------

    def ask_pages(self) -> None:
        for page in self._fetch.pages.order_by("failures", "number")[:PAGES_AT_ONCE]:
            if self._is_late():
                break
            if not self._tell(said("Asking {site}.", site=page.url)):
                return
            # First of all: a page that ends its worker says nothing for itself.
            page.failures += 1
            if page.failures > PAGE_TRIES:
                self._take_page(page, _ENDS_WORKERS)
                continue
            page.save(update_fields=["failures"])
            found = self._ask(lambda page=page: sources.find_film(
                self._talk, page.url, said=page.said
            ))  # fmt: skip
            if isinstance(found, Failure) and found.kind == FailureKind.RATE_LIMITED:
                FetchPage.objects.filter(pk=page.pk).update(failures=page.failures - 1)
                self._work.end = partial(fetches.postpone, self._lease, found)
                return
            self._take_page(page, found)
        self._work.end = self._go_on

    def _take_page(self, page: FetchPage, found: Film | Failure) -> None:
        if isinstance(found, Failure):
            if fetches.may_succeed_later(found) and page.failures < PAGE_TRIES:
                return
            self._store(RecordError(page.url, fetches.in_words(found, page.url)))
        else:
            self._store_film(found)
        fetches.drop_page(self._lease, page)

    def _go_on(self) -> Any:
        left = self._fetch.pages.order_by("failures", "number").first()
        if left is None:
            return fetches.finish(self._lease)
        # Those that failed come last, and later.
        wait = timedelta(minutes=2 ** (left.failures - 1)) if left.failures else timedelta(0)
        return fetches.go_on(self._lease, after=wait)

    # --- One film ---------------------------------------------------------------------

    def _store_film(self, film: Film) -> None:
        """Store what the page of a film says, then its subtitles, as if they lay beside it."""
        if not self._tell(said("Storing {url}.", url=film.url)):
            return
        with transaction.atomic():
            _hold_identity(film)
            items = [
                _checked(item, is_unnamed=film.is_unnamed)
                for item in parse_all(film.url, film.document)
            ]
            if self._is_passed_by(items):
                return
            self._work.store(items)
        if len(items) == 1 and isinstance(items[0], VideoRecord):
            self._work.store(self._subtitles_of(film, items[0]))

    def _is_passed_by(self, items: list[VideoRecord | RecordError]) -> bool:
        """Tell whether the filters of a subscription leave a film out, and count it then.

        What its list did not tell, the film's own page does.
        """
        subscription = self._fetch.run.subscription
        if subscription is None or any(
            isinstance(item, RecordError)
            or subscription.lets_through(title=item.title, duration_ms=item.duration_ms)
            for item in items
        ):
            return False
        subscription.count_passed_by()
        return True

    def _subtitles_of(self, film: Film, record: VideoRecord) -> Iterator[TranscriptFile]:
        self._talk.renew()
        for track in film.tracks:
            label = track.language or track.label
            if not self._tell(said(
                "Reading the subtitles of {url}: {language}.", url=film.url, language=label
            )):  # fmt: skip
                return
            content = (
                _NO_TIME
                if self._is_late()
                else self._ask(partial(sources.read_track, self._talk, track))
            )
            yield _file_of(film, record, track, content)
        if film.left_out_tracks:
            reason = said_many(
                "{count:,} more language is left out; {most:,} are read",
                "{count:,} more languages are left out; {most:,} are read",
                count=film.left_out_tracks,
                most=MAX_TRACKS,
            )
            yield _beside(film, record, Track("", "", is_automatic=False), reason)

    # --- Edges ------------------------------------------------------------------------

    def _ask(self, question: Any) -> Any:
        """Return the answer; what breaks in an extractor is a failure of its page only."""
        try:
            return question()
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:  # the outer edge of one question; logged
            logger.warning("a question for %s broke", self._fetch.url, exc_info=True)
            broke = f"{type(error).__name__}: {error}"
            reason = said("reading it broke ({reason})", reason=broke)
            return Failure(FailureKind.MALFORMED, reason[:250])

    def _is_late(self) -> bool:
        return time.monotonic() - self._begun > STEP_SECONDS

    def _tell(self, doing: str) -> bool:
        """Say what is done next; if the lease was lost, nothing is."""
        if fetches.tell(self._lease, doing):
            return True
        self._work.end = partial(fetches.go_on, self._lease)
        return False

    def _store(self, item: RecordError) -> None:
        self._work.store([item])


# --- Records --------------------------------------------------------------------------


def _told_by_list(found: Listing) -> Iterator[VideoRecord | RecordError]:
    if found.flat:
        for item in parse_all(found.url, found.document):
            yield _checked(item, is_unnamed=False)


def _hold_identity(film: Film) -> None:
    """Let the same film, fetched by another worker at this moment, be compared after ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [FILM_LOCK, film.url])


def _checked(item: VideoRecord | RecordError, *, is_unnamed: bool) -> VideoRecord | RecordError:
    """Return a record as it is to be stored.

    A film that says just what it said a moment ago is not dated anew: the same address twice
    is the same record. The ids of a site that yt-dlp has no name for are ends of addresses,
    and may clash: then the second film is refused, instead of taking the place of the first.
    """
    if not isinstance(item, VideoRecord):
        return item
    rows = Video.objects.identified(item.platform, item.platform_id)
    known = rows.only("url", "content_hash", "recorded_at").first()
    if known is None:
        return item
    if is_unnamed and _is_elsewhere(known.url, item.url):
        reason = said("Another film has this id already: {url}", url=known.url)
        return RecordError(item.source, reason, item.line, "id", item.raw)
    if known.recorded_at and timezone.now() - known.recorded_at < SAME_WITHIN:
        same = replace(item, recorded_at=known.recorded_at)
        if staging.content_hash(same) == known.content_hash:
            return same
    return item


def _is_elsewhere(known: str, given: str) -> bool:
    """Tell whether two addresses of the same site are those of different pages."""
    first, second = urlsplit(known), urlsplit(given)
    is_same_site = bool(first.hostname) and first.hostname == second.hostname
    return is_same_site and first.path.rstrip("/") != second.path.rstrip("/")


# --- Subtitles ------------------------------------------------------------------------


def _file_of(
    film: Film, record: VideoRecord, track: Track, content: bytes | Failure
) -> TranscriptFile:
    if isinstance(content, Failure):
        return _beside(film, record, track, fetches.in_words(content, track.url or film.url))
    source = _source_of(film, track)
    try:
        parsed = parse_subtitles(source, content)
    except RecordError as error:
        return _beside(film, record, track, error.reason)
    if not (track.language or parsed.language or record.language):
        reason = said(
            "their language is not known; the site calls it “{label}”", label=track.label or "—"
        )
        return _beside(film, record, track, reason)
    return TranscriptFile(source, _name(record, track), parsed, _identity(record))


def _beside(film: Film, record: VideoRecord, track: Track, reason: str) -> TranscriptFile:
    source = _source_of(film, track)
    refused = RecordError(source, reason)
    return TranscriptFile(source, _name(record, track), refused, _identity(record))


def _source_of(film: Film, track: Track) -> str:
    values = {"url": film.url, "language": track.language or track.label}
    if not values["language"]:
        return said("{url} (subtitles)", **values)
    if track.is_automatic:
        return said("{url} (subtitles: {language}, automatic)", **values)
    return said("{url} (subtitles: {language})", **values)


def _name(record: VideoRecord, track: Track) -> SubtitleName:
    stem = record.platform_id
    return SubtitleName(stem, stem, track.language, is_automatic=track.is_automatic)


def _identity(record: VideoRecord) -> tuple[str, str]:
    return record.platform, record.platform_id
