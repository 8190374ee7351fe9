"""Whose subtitles are: the record of the same stem that lies beside them tells."""

from collections.abc import Iterable, Iterator

from catalogue.ingest.transcripts import REFUSED, Identity, TranscriptFile
from catalogue.records import RecordError, VideoRecord
from catalogue.records.deferred import Unparsed, resolve
from catalogue.records.said import said
from catalogue.records.subtitles import Subtitles, parse_subtitles
from catalogue.records.subtitles.names import is_subtitles, parse_name

# yt-dlp writes `film.info.json` beside `film.en.vtt`.
_RECORD_ENDINGS = (".info.json",)
# Of a tar nobody knows what still comes. What is further apart does not lie side by side.
MEMBERS_REMEMBERED = 100_000
# In a tar subtitles may come before their record.
MAX_HELD_BYTES = 64_000_000
# What it takes to hold a file, however small.
_HELD_AT_LEAST = 2_000

Item = VideoRecord | RecordError | Unparsed | TranscriptFile
# A text says why no video is known by a stem; None: nothing of that name has been met.
_Known = dict[str, Identity | str | None]

_SEVERAL = said("there are records of several videos beside it")


class Beside:
    """Which records lie beside which subtitle files.

    Of a folder only the stems that its subtitle files have are kept, and only until the
    last of them is read, so that a folder of a million records costs nothing.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._last: str | None = None

    def expect(self, folder: str, names: Iterable[str]) -> None:
        """Note the subtitle files among a folder's names, before its records are read."""
        found = [parse_name(name) for name in names if is_subtitles(name)]
        if found:
            stems = self._known.setdefault(folder, {})
            for name in found:
                stems.setdefault(name.stem)
                stems.setdefault(name.whole_stem)

    def remembered(self, folder: str, name: str, items: Iterable[Item]) -> Iterable[Item]:
        """Return what a file holds. If that is one record, subtitles of its name are its video's.

        As it is where no subtitles are waited for, since a million files pass through here.
        """
        stems = self._known and self._known.get(folder)
        return _remembering(stems, name, items) if stems else items

    def file(
        self, folder: str, name: str, source: str, content: bytes | RecordError
    ) -> TranscriptFile:
        """Return a subtitle file that was read, or why it could not be."""
        if self._last is not None and self._last != folder:
            # A folder's subtitle files are read one after the other.
            self._known.pop(self._last, None)
        self._last = folder
        return _file(name, source, content, self._known.get(folder, {}), "")


class BesideMembers:
    """The same for the members of an archive.

    Of a zip all names are known, and only the stems of its subtitles are kept; what nobody
    asks for stays unparsed. The members of a tar are known only as they come. Bounded: so
    many of its records are remembered, and so many bytes of subtitles held. The oldest record
    is forgotten first; subtitles that find no room are refused.
    """

    def __init__(self) -> None:
        self._known: _Known = {}
        self._is_told = False
        self._held: list[tuple[str, str, bytes]] = []
        self._room = MAX_HELD_BYTES

    def expect(self, member: str) -> bool:
        """Note a member of a zip, before any is read; return whether it is to come last."""
        self._is_told = True
        folder, file_name = _split(member)
        if not is_subtitles(file_name):
            return False
        name = parse_name(file_name)
        self._known.setdefault(folder + name.stem)
        self._known.setdefault(folder + name.whole_stem)
        return True

    def remembered(self, member: str, items: Iterable[Item]) -> Iterator[Item]:
        """Yield what a member holds. If that is one record, subtitles of its name are its own."""
        folder, name = _split(member)
        stems = {folder + stem for stem in _stems_of(name)}
        if self._is_told:
            stems &= self._known.keys()
        if not stems:
            yield from items
            return
        one = _One()
        yield from one.counted(items)
        for stem in stems:
            _note(self._known, stem, one.told)
        if self._is_told:
            return
        while len(self._known) > MEMBERS_REMEMBERED:
            del self._known[next(iter(self._known))]

    def file(self, member: str, source: str, content: bytes | RecordError) -> TranscriptFile:
        """Return a subtitle member that was read, or why it could not be."""
        folder, name = _split(member)
        return _file(name, source, content, self._known, folder)

    def hold(
        self, member: str, source: str, content: bytes | RecordError
    ) -> Iterator[TranscriptFile]:
        """Keep a subtitle member until all records are read; if it cannot be, yield why."""
        if isinstance(content, bytes):
            size = max(len(content), _HELD_AT_LEAST)
            if size <= self._room:
                self._room -= size
                self._held.append((member, source, content))
                return
            content = RecordError(
                source,
                said(
                    "a tar may hold {most:d} MB of subtitles, and this one is beyond; put them in "
                    "a zip, or into a folder",
                    most=MAX_HELD_BYTES // 1_000_000,
                ),
            )
        yield self.file(member, source, content)

    def held(self) -> Iterator[TranscriptFile]:
        """Yield what was kept, and let go of it."""
        self._held.reverse()
        while self._held:
            yield self.file(*self._held.pop())


class _One:
    """Which video a file's record is about, if it holds just that one, else why none."""

    def __init__(self) -> None:
        self.told: Identity | str | None = None
        self._count = 0

    def counted(self, items: Iterable[Item]) -> Iterator[Item]:
        for item in resolve(items):
            if not isinstance(item, TranscriptFile):
                self._count += 1
                self.told = _SEVERAL if self._count > 1 else _told(item)
            yield item


def _remembering(stems: _Known, name: str, items: Iterable[Item]) -> Iterator[Item]:
    one = _One()
    yield from one.counted(items)
    for stem in _stems_of(name) & stems.keys():
        _note(stems, stem, one.told)


def _told(item: VideoRecord | RecordError) -> Identity | str:
    return (item.platform, item.platform_id) if isinstance(item, VideoRecord) else REFUSED


def _note(stems: _Known, stem: str, told: Identity | str | None) -> None:
    known = stems.get(stem)
    if known is None or known == REFUSED:
        stems[stem] = told
    elif told not in (None, known, REFUSED):
        stems[stem] = _SEVERAL


def _stems_of(name: str) -> set[str]:
    stems = {name.rpartition(".")[0]}
    stems.update(name.removesuffix(ending) for ending in _RECORD_ENDINGS if name.endswith(ending))
    return stems


def _split(member: str) -> tuple[str, str]:
    """Return a member's folder, with its slash, and its name."""
    folder, slash, name = member.replace("\\", "/").rpartition("/")
    return folder + slash, name


def _file(
    file_name: str, source: str, content: bytes | RecordError, stems: _Known, folder: str
) -> TranscriptFile:
    name = parse_name(file_name)
    parsed = _parse(source, content)
    found = stems.get(folder + name.whole_stem)
    if found is None:
        found = stems.get(folder + name.stem)
    if isinstance(found, str):
        return TranscriptFile(source, name, parsed, why_not=found)
    return TranscriptFile(source, name, parsed, found)


def _parse(source: str, content: bytes | RecordError) -> Subtitles | RecordError:
    if isinstance(content, RecordError):
        return content
    try:
        return parse_subtitles(source, content)
    except RecordError as error:
        return error
