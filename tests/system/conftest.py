"""One world for all tests of this folder, in a database of its own; what a test does to it is undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis
from sqlalchemy import create_engine

from backend.bootstrap import assemble
from backend.demo.servers import ThrowawayServers
from backend.kernel.clock import FixedClock
from backend.kernel.crypto import Keyring
from backend.kernel.db import BoundDatabase
from backend.kernel.jobs import use_registry
from backend.kernel.settings import Settings
from tests.conftest import KEYRING, NOW, TEMPLATE, alchemy
from tests.support.fakes import Outside
from tests.system.seed import fill
from tests.system.world import World

DATABASE = "system"


@pytest.fixture(scope="session")
def filled(servers: ThrowawayServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The filled bureau, in a transaction that is never committed."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        environment="test",
        data_dir=tmp_path_factory.mktemp("world"),
    )
    clock = FixedClock(NOW)
    servers.create_database(DATABASE, template=TEMPLATE)
    engine = create_engine(alchemy(servers.app_url(DATABASE)))
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


@pytest.fixture
def world(filled: World, keyring: Keyring) -> Iterator[World]:
    """The filled bureau as it was made."""
    use_registry(filled.house.registry)
    with filled.undone():
        yield filled
