"""Titles that only say that a video cannot be seen, as YouTube's own lists show them. Pure."""

from typing import Literal

PRIVATE = "[Private video]"
DELETED = "[Deleted video]"

_TITLES: dict[str, Literal["private", "gone"]] = {
    PRIVATE.casefold(): "private",
    DELETED.casefold(): "gone",
}


def find_placeholder(title: str) -> Literal["private", "gone"] | None:
    """Return what such a title says of the video, None if it is a real title."""
    return _TITLES.get(title.strip().casefold())
