"""What members say to each other: words, links, moments, mentions. Pure.

Pieces are those of `catalogue.prose`, which descriptions are cut into as well.
"""

from annotations import sources
from catalogue import prose


def paragraphs(text: str, *, duration_ms: int | None = None) -> list[list[prose.Piece]]:
    """Cut what a member wrote into paragraphs of pieces; nothing is lost but blank lines.

    `duration_ms` is the length of the film that it is about: no later time is a moment.
    """
    return prose.paragraphs(text, duration_ms=duration_ms, by_member=True)


def mentioned(text: str) -> tuple[str, ...]:
    """Return the user names that a text mentions, each once in any case, as first written.

    There need not be a member of that name.
    """
    names: dict[str, str] = {}
    for piece in _pieces(text):
        if piece.mention:
            names.setdefault(piece.mention.lower(), piece.mention)
    return tuple(names.values())


def bare_addresses(text: str) -> tuple[str, ...]:
    """Return the clean web addresses in a text, each page once, in their order.

    They are what can become evidence; those that evidence cannot have are left out.
    """
    found: dict[str, str] = {}
    for piece in _pieces(text):
        if not piece.href:
            continue
        try:
            address = sources.clean(piece.href)
        except sources.SourceError:
            continue
        found.setdefault(sources.normalise(address), address)
    return tuple(found.values())


def _pieces(text: str) -> list[prose.Piece]:
    return [piece for paragraph in paragraphs(text) for piece in paragraph]
