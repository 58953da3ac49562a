"""Opening a filled bureau on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from sqlalchemy import create_engine

from backend.bootstrap import assemble
from backend.demo.servers import ThrowawayServers
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase
from backend.kernel.settings import Settings
from tests.conftest import KEYRING, NOW, TEMPLATE, alchemy
from tests.support.fakes import Outside
from tests.system.seed import fill
from tests.system.world import World


@contextmanager
def filled_world(servers: ThrowawayServers, folder: Path, database: str) -> Iterator[World]:
    """The filled bureau, in a transaction that is never committed."""
    settings = Settings(_env_file=None, environment="test", data_dir=folder)  # type: ignore[call-arg]
    clock = FixedClock(NOW)
    servers.create_database(database, template=TEMPLATE)
    engine = create_engine(alchemy(servers.app_url(database)))
    redis = Redis.from_url(servers.redis_url)
    redis.flushall()
    with engine.connect() as connection, connection.begin() as outer:
        made = World(assemble(settings, KEYRING, clock, BoundDatabase(connection, clock), redis), Outside())
        fill(made)
        made.remember()
        yield made
        outer.rollback()
    redis.close()
    engine.dispose()
