"""What tests of claims share."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from annotations import live
from tests.annotations.redis_of_its_own import OwnRedis


@pytest.fixture
def own_redis(settings: Settings) -> Iterator[OwnRedis]:
    """Use a Redis that this test may stop; a socket's path has to be short."""
    folder = Path(tempfile.mkdtemp(prefix="sn"))
    own = OwnRedis(folder)
    own.start()
    settings.REDIS_URL = own.url
    live.store.cache_clear()
    yield own
    own.stop()
    live.store().close()
    live.store.cache_clear()
    shutil.rmtree(folder)
