"""Records as JSON: one document, a list of them, or one a line (JSON Lines).

What each holds is told by its keys: a record of ours, of yt-dlp, or an answer of YouTube's
API or of our own REST interface. They may be mixed.
"""

from collections.abc import Iterator, Mapping

from catalogue.records import (
    answers,
    exports,
    front_matter,
    info_json,
    json_values,
    youtube_api,
)
from catalogue.records.content import MAX_LINE_BYTES, Content
from catalogue.records.json_values import MAX_DOCUMENT_BYTES, JsonError
from catalogue.records.places import Place
from catalogue.records.record import MAX_RECORD_BYTES, RecordError, VideoRecord
from catalogue.records.said import said

_BOM = b"\xef\xbb\xbf"

Items = Iterator[VideoRecord | RecordError]


def recognises_lines(content: Content) -> bool:
    """Tell whether content is JSON Lines: a first line that is an object, and more of them."""
    first, _, rest = content.head.removeprefix(_BOM).lstrip().partition(b"\n")
    following = rest[:1_000].lstrip()
    if not first.startswith(b"{") or not following:
        return False
    return following.startswith(b"{") or (first.rstrip().endswith(b"}") and len(first) > 2)


def read_lines(source: str, content: Content, *, first: int = 1) -> Items:
    """Yield the records of each line; one that cannot be read does not stop the others.

    `first` is the number of the first line, where content is a part of its source.
    """
    for place, given in content.lines():
        number = first + place - 1
        line = given.strip() if number > 1 else given.removeprefix(_BOM).strip()
        if len(given) > MAX_LINE_BYTES:
            reason = said("this line holds more than {most:,} bytes", most=MAX_LINE_BYTES)
            yield RecordError(source, reason, number, raw=line[:MAX_RECORD_BYTES])
        elif line:
            yield from _read(line, Place(source, number, raw=line))


def recognises(content: Content) -> bool:
    """Tell whether content means to be a JSON document."""
    return content.head.removeprefix(_BOM).lstrip().startswith((b"{", b"["))


def read(source: str, content: Content) -> Items:
    """Yield the records of a document."""
    whole = content.read_whole(MAX_DOCUMENT_BYTES)
    if whole is None:
        reason = said(
            "a JSON document of more than {most:,} bytes is not read; write it as JSON Lines, one "
            "record a line (yt-dlp -j does)",
            most=MAX_DOCUMENT_BYTES,
        )
        yield RecordError(source, reason, raw=content.head[:MAX_RECORD_BYTES])
        return
    yield from _read(whole, Place(source, raw=whole))


def _read(given: bytes, place: Place) -> Items:
    try:
        document = json_values.load(given)
    except JsonError as error:
        if error.has_more and place.line is None:
            for begin, piece in json_values.cut(given):
                yield from _read(piece, Place(place.source, begin, raw=piece))
            return
        line = place.line if error.line is None else (place.line or 1) + error.line - 1
        yield RecordError(place.source, error.reason, line, raw=given[:MAX_RECORD_BYTES])
        return
    if isinstance(document, list):
        for index, member in enumerate(document):
            yield from _read_document(member, place.at("", index))
    else:
        yield from _read_document(document, place)


def is_of_records(document: object) -> bool:
    """Tell whether a JSON value means to be a record, or holds any."""
    if isinstance(document, list):
        return any(is_of_records(one) for one in document if isinstance(one, dict))
    if not isinstance(document, dict):
        return False
    recognise = (
        answers.recognises, exports.recognises_json, front_matter.recognises_json,
        youtube_api.recognises, info_json.recognises,
    )  # fmt: skip
    return any(recognises(document) for recognises in recognise)


def _read_document(document: object, place: Place) -> Items:
    if not isinstance(document, dict):
        yield place.error(said("this JSON is no record of a video"), document)
    elif answers.recognises(document):
        yield from answers.read(document, place)
    elif exports.recognises_json(document):
        yield from exports.read_json(document, place)
    elif front_matter.recognises_json(document):
        yield front_matter.read_json(document, place)
    elif youtube_api.recognises(document):
        yield from youtube_api.read(document, place)
    elif info_json.recognises(document):
        yield from info_json.read(document, place)
    else:
        yield place.error(_why_unknown(document), document)


def _why_unknown(document: Mapping[str, object]) -> str:
    if not document:
        return said(
            "this JSON is no record of a video: it has neither the fields of ours (platform, "
            "platform_id), nor of yt-dlp, nor of YouTube's API"
        )
    return said(
        "this JSON is no record of a video: it has neither the fields of ours (platform, "
        "platform_id), nor of yt-dlp, nor of YouTube's API, but {keys}",
        keys=", ".join(ascii(key)[1:-1][:40] for key in list(document)[:5]),
    )
