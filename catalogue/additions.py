"""What applications above the catalogue add to the search for films.

The catalogue knows none of them. Each registers what it adds when it is set up, before any
address or page is made; from then on pages, REST, its schema and saved searches have it like
a filter of the catalogue's own.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

# Of the films of some numbers, how many have each value.
Tally = Callable[[Collection[int]], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class AddedFilter:
    """A filter on films that takes some of a few words, and the facet that counts them.

    `condition` says which films have any of the chosen words; `tally` takes one query.
    `looks` names the shape and colour of a word, where it has one.
    """

    name: str
    heading: Any
    description: str
    choices: Mapping[str, Any]
    condition: Callable[[tuple[str, ...]], Q]
    tally: Tally
    looks: Mapping[str, str] = field(default_factory=dict)


FILTERS: dict[str, AddedFilter] = {}


def add(one: AddedFilter) -> None:
    """Let films be filtered by something that the catalogue does not know. Idempotent."""
    FILTERS[one.name] = one
