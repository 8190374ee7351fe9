"""Plain text of descriptions, cut into words, safe links and moments of the film. Pure."""

import re
from dataclasses import dataclass

# A scheme of our own choosing: anything but http(s) stays text.
_LINK = r"https?://[^\s<>\"“”«»]+"
_MOMENT = (
    r"(?<![\d:.,/\-])(?:(?P<hours>\d{1,2}):)?(?P<minutes>\d{1,3}):(?P<seconds>[0-5]\d)"
    r"(?![\d:]|[.,]\d|\s?[ap]\.?m\b)"
)
_PIECE = re.compile(f"(?P<link>{_LINK})|{_MOMENT}", re.IGNORECASE | re.ASCII)
_CLOSING = {")": "(", "]": "[", "}": "{"}
_PUNCTUATION = ".,;:!?'’…*"
_PARAGRAPHS = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text; with `href` a link out, with `start_ms` a moment of the film."""

    text: str
    href: str = ""
    start_ms: int | None = None


def paragraphs(text: str, *, duration_ms: int | None = None) -> list[list[Piece]]:
    """Cut a text into paragraphs of pieces; nothing of it is lost but blank lines.

    Times such as `0:11`, `01:00:10` and `1:02:03` are moments if the film is that long;
    of a film of unknown length any may be.
    """
    text = text.replace("\r\n", "\n").strip()
    return [
        _pieces(part.strip("\n"), duration_ms) for part in _PARAGRAPHS.split(text) if part.strip()
    ]


def _pieces(text: str, duration_ms: int | None) -> list[Piece]:
    pieces: list[Piece] = []
    done = 0
    for match in _PIECE.finditer(text):
        piece = _link(match["link"]) if match["link"] else _moment(match, duration_ms)
        if piece is None:
            continue
        if match.start() > done:
            pieces.append(Piece(text[done : match.start()]))
        pieces.append(piece)
        done = match.start() + len(piece.text)
    if done < len(text):
        pieces.append(Piece(text[done:]))
    return pieces


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


def _moment(match: re.Match[str], duration_ms: int | None) -> Piece | None:
    hours, minutes, seconds = (int(match[name] or 0) for name in ("hours", "minutes", "seconds"))
    if match["hours"] and minutes > 59:
        return None
    start_ms = (hours * 3600 + minutes * 60 + seconds) * 1000
    if duration_ms is not None and start_ms > duration_ms:
        return None
    return Piece(match[0], start_ms=start_ms)
