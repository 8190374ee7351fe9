"""Plain text, cut into words, safe links, moments of the film and mentions. Pure."""

import re
from dataclasses import dataclass

# A scheme of our own choosing: anything but http(s) stays text.
_LINK = r"https?://[^\s<>\"“”«»]+"
_MOMENT = (
    r"(?<![\d:.,/\-])(?P<moment>(?:(?P<hours>\d{{1,2}}):)?(?P<minutes>\d{{1,3}}):(?P<seconds>[0-5]\d){fraction})"
    r"(?![\d:]|[.,]\d|\s?[ap]\.?m\b)"
)
_FRACTION = r"(?:\.(?P<fraction>\d{1,3}))?"
# A user name by the rule of accounts, but none inside of e-mail addresses or of other names.
_MENTION = r"(?<!(?u:\w))(?<![.+\-@/])@(?P<name>[a-z0-9_.+-]{1,40})(?!(?u:\w)|[.+\-@])"
_FLAGS = re.IGNORECASE | re.ASCII
_PUBLISHED = re.compile(f"(?P<link>{_LINK})|{_MOMENT.format(fraction='')}", _FLAGS)
_BY_MEMBER = re.compile(
    f"(?P<link>{_LINK})|{_MENTION}|{_MOMENT.format(fraction=_FRACTION)}", _FLAGS
)
_CLOSING = {")": "(", "]": "[", "}": "{"}
_PUNCTUATION = ".,;:!?'’…*"
_PARAGRAPHS = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text; with `href` a link out, with `start_ms` a moment, with `mention` a user's name."""

    text: str
    href: str = ""
    start_ms: int | None = None
    mention: str = ""


def paragraphs(
    text: str, *, duration_ms: int | None = None, by_member: bool = False
) -> list[list[Piece]]:
    """Cut a text into paragraphs of pieces; nothing of it is lost but blank lines.

    Times such as `0:11`, `01:00:10` and `1:02:03` are moments if the film is that long;
    of a film of unknown length any may be. In what a member of ours wrote, `@name` is a
    mention, and a time may have a fraction, as our own pages write them; elsewhere such
    names are those of other sites.
    """
    text = text.replace("\r\n", "\n").strip()
    pattern = _BY_MEMBER if by_member else _PUBLISHED
    return [
        _pieces(part.strip("\n"), pattern, duration_ms)
        for part in _PARAGRAPHS.split(text)
        if part.strip()
    ]


def _pieces(text: str, pattern: re.Pattern[str], duration_ms: int | None) -> list[Piece]:
    pieces: list[Piece] = []
    done = 0
    for match in pattern.finditer(text):
        piece = _piece(match, duration_ms)
        if piece is None:
            continue
        if match.start() > done:
            pieces.append(Piece(text[done : match.start()]))
        pieces.append(piece)
        done = match.start() + len(piece.text)
    if done < len(text):
        pieces.append(Piece(text[done:]))
    return pieces


def _piece(match: re.Match[str], duration_ms: int | None) -> Piece | None:
    found = match.groupdict()
    if found["link"]:
        return _link(found["link"])
    if found.get("name"):
        return _mention(found["name"])
    return _moment(found, duration_ms)


def _link(found: str) -> Piece | None:
    """Return a link without the punctuation of the sentence around it."""
    address = found
    while address:
        last = address[-1]
        opening = _CLOSING.get(last)
        is_unmatched = opening is not None and address.count(last) > address.count(opening)
        if last not in _PUNCTUATION and not is_unmatched:
            break
        address = address[:-1]
    return Piece(address, href=address) if len(address.partition("://")[2]) > 2 else None


def _mention(found: str) -> Piece | None:
    """Return a mention without the dots of the sentence around it."""
    name = found.rstrip(".")
    return Piece(f"@{name}", mention=name) if name else None


def _moment(found: dict[str, str | None], duration_ms: int | None) -> Piece | None:
    hours, minutes, seconds = (int(found[name] or 0) for name in ("hours", "minutes", "seconds"))
    if found["hours"] and minutes > 59:
        return None
    fraction = found.get("fraction") or ""
    start_ms = (hours * 3600 + minutes * 60 + seconds) * 1000 + int(fraction.ljust(3, "0"))
    if duration_ms is not None and start_ms > duration_ms:
        return None
    return Piece(found["moment"] or "", start_ms=start_ms)
