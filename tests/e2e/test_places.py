"""No page is forgotten: each address of the site is in the list of pages, or says what it is."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver, resolve

from tests.e2e.places import NOT_PAGES, PLACES

# Django's own, and REST; the reader of its schema is a page of ours.
OTHERS = {"admin", "api"}


def names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """Give the names of all addresses but those of OTHERS."""
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            if one.name:
                yield namespace + one.name
        elif one.namespace not in OTHERS:
            yield from names(one, f"{namespace}{one.namespace}:" if one.namespace else namespace)


class Filled(dict[str, str]):
    """Fills every name of the stage with something that fits an address."""

    def __missing__(self, name: str) -> str:
        return "1-1" if name == "reset" else "1"


def looked_at() -> set[str]:
    """Return the names of the addresses of all places; one is of nothing, on purpose."""
    paths = [place.at(Filled()).partition("?")[0] for place in PLACES if place.name != "not-found"]
    return {resolve(path).view_name for path in paths}


def test_every_address_is_a_page_that_is_looked_at_or_says_what_it_is():
    there = set(names(get_resolver()))
    assert there - looked_at() - NOT_PAGES.keys() == set()
    assert NOT_PAGES.keys() - there == set()
    assert NOT_PAGES.keys() & looked_at() == set()


def test_no_two_pictures_have_one_name():
    all_names = [place.name for place in PLACES]
    assert sorted(set(all_names)) == sorted(all_names)
