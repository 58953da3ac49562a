"""Fixtures: real PostgreSQL and Redis, started once; every test leaves them as it found them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, create_engine

from backend.bootstrap import assemble, create_app_of
from backend.demo.servers import ThrowawayServers, throwaway_servers
from backend.kernel import migrate
from backend.kernel.clock import FixedClock
from backend.kernel.crypto import Keyring, use_keyring
from backend.kernel.db import BoundDatabase, Database, Work
from backend.kernel.logs import configure_logs
from backend.kernel.settings import Settings
from backend.web.house import House

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
KEYRING = Keyring("k1", {"k1": b"0123456789abcdef"}, b"l" * 32, b"s" * 32)
TEMPLATE = "template_shebao"


def alchemy(url: str) -> str:
    """A libpq URL for SQLAlchemy."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(scope="session")
def servers() -> Iterator[ThrowawayServers]:
    """PostgreSQL and Redis of this run, with a migrated template database."""
    with tempfile.TemporaryDirectory(prefix="shebao-test-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        with throwaway_servers(Path(folder) / "data") as running:
            running.create_database(TEMPLATE)
            migrate.upgrade(alchemy(running.owner_url(TEMPLATE)), alchemy(running.app_url(TEMPLATE)))
            yield running


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Logs as in production, so that tests see what an operator would."""
    configure_logs("INFO")


@pytest.fixture(autouse=True)
def keyring() -> Keyring:
    """A fixed keyring, in use for every test."""
    use_keyring(KEYRING)
    return KEYRING


@pytest.fixture
def clock() -> FixedClock:
    """10:00 in Haikou on 2026-11-22; moves only when told."""
    return FixedClock(NOW)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a test house; nothing is read from the environment's files."""
    return Settings(_env_file=None, environment="test", data_dir=tmp_path)  # type: ignore[call-arg]


@pytest.fixture(scope="session")
def shared_engine(servers: ThrowawayServers) -> Iterator[Engine]:
    """The application's role on one database that no test commits to."""
    servers.create_database("shared", template=TEMPLATE)
    engine = create_engine(alchemy(servers.app_url("shared")), pool_size=2)
    yield engine
    engine.dispose()


@pytest.fixture
def database(shared_engine: Engine, clock: FixedClock) -> Iterator[BoundDatabase]:
    """Units of work that are rolled back when the test ends; one connection, so no concurrency."""
    with shared_engine.connect() as connection, connection.begin() as outer:
        yield BoundDatabase(connection, clock)
        outer.rollback()


@pytest.fixture
def work(database: BoundDatabase) -> Iterator[Work]:
    """One open unit of work."""
    with database.work() as opened:
        yield opened


@pytest.fixture
def redis(servers: ThrowawayServers) -> Iterator[Redis]:
    """An empty Redis."""
    client = Redis.from_url(servers.redis_url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def house(settings: Settings, clock: FixedClock, database: BoundDatabase, redis: Redis) -> House:
    """A house whose database forgets everything after the test."""
    return assemble(settings, KEYRING, clock, database, redis)


@pytest.fixture
def app(house: House) -> Flask:
    """The web application of `house`."""
    return create_app_of(house)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client without cookies of its own."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def own_database(servers: ThrowawayServers) -> Iterator[str]:
    """The name of a fresh database whose commits are real; for tests of concurrency and crashes."""
    name = f"own_{uuid4().hex[:12]}"
    servers.create_database(name, template=TEMPLATE)
    yield name
    servers.drop_database(name)


@pytest.fixture
def real_house(
    settings: Settings, clock: FixedClock, servers: ThrowawayServers, own_database: str, redis: Redis
) -> Iterator[House]:
    """A house on `own_database`: real commits, any number of connections, a keyring file, a command line."""
    urls = {
        "database_url": servers.app_url(own_database),
        "database_owner_url": servers.owner_url(own_database),
        "redis_url": servers.redis_url,
    }
    settings = settings.model_copy(update=urls)
    KEYRING.save(settings.keyring_path)
    database = Database(settings.app_database, clock, pool_size=20)
    yield assemble(settings, KEYRING, clock, database, redis)
    database.dispose()
