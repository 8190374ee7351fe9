"""A site to fetch from."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests import platform_server
from tests.platform_server import Site


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    """Run a site of films, and let our fetches reach it."""
    settings.FETCH_PRIVATE_ADDRESSES = True
    settings.FETCH_ENABLED = True
    with platform_server.running() as site:
        yield site
