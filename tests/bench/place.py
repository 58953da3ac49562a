"""A database of a bench's own, with a clock and keys; gone when the bench ends."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.demo.servers import ThrowawayServers, throwaway_servers
from backend.kernel import migrate
from backend.kernel.clock import SystemClock
from backend.kernel.crypto import Keyring, use_keyring
from backend.kernel.db import Database

DATABASE = "bench"


def alchemy(url: str) -> str:
    """A libpq URL for SQLAlchemy."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@contextmanager
def own_place() -> Iterator[tuple[Database, ThrowawayServers]]:
    """A migrated database as the application's role sees it, and the servers under it."""
    with tempfile.TemporaryDirectory(prefix="shebao-bench-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        with throwaway_servers(Path(folder) / "data") as servers:
            servers.create_database(DATABASE)
            migrate.upgrade(alchemy(servers.owner_url(DATABASE)), alchemy(servers.app_url(DATABASE)))
            use_keyring(Keyring.generate())
            database = Database(alchemy(servers.app_url(DATABASE)), SystemClock(), long_running=True)
            yield database, servers
            database.dispose()


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def rate(self, count: int) -> float:
        """How many a second, when `count` were done since."""
        return count / (time.perf_counter() - self._started)
