"""A Redis that a test may stop and start, with nothing of others in it."""

import shutil
from pathlib import Path

from config.embedded import valkey


class OwnRedis:
    """A server of its own in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"unix://{folder / 'valkey' / 'v.sock'}"

    def start(self) -> None:
        valkey.start(self.folder)

    def stop(self) -> None:
        valkey.stop(self.folder)

    def forget(self) -> None:
        """Lose all that it held, as one does whose disk is gone."""
        shutil.rmtree(self.folder / "valkey")
