"""A migration that would make everybody wait gives up instead, with nothing changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from textwrap import dedent

import pytest
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from backend.demo.servers import ThrowawayServers
from backend.kernel import migrate
from tests.conftest import alchemy

NEXT = """
    from alembic import op
    import sqlalchemy as sa
    revision, down_revision = "next", "{head}"
    def upgrade():
        op.create_table("made_first", sa.Column("id", sa.Integer()))
        op.add_column("agency", sa.Column("nickname", sa.Text()))
"""


@pytest.fixture
def one_more_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One migration after the head of today."""
    config = migrate.alembic_config()
    head = migrate.ScriptDirectory.from_config(config).get_current_head()
    (tmp_path / "next.py").write_text(dedent(NEXT.format(head=head)))
    folder = config.get_main_option("script_location")

    def extended() -> Config:
        longer = Config()
        longer.set_main_option("script_location", str(folder))
        longer.set_main_option("version_locations", f"{folder}/versions\n{tmp_path}")
        longer.set_main_option("path_separator", "newline")
        return longer

    monkeypatch.setattr(migrate, "alembic_config", extended)
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "300ms")


@pytest.fixture
def urls(servers: ThrowawayServers, own_database: str) -> tuple[str, str]:
    return alchemy(servers.owner_url(own_database)), alchemy(servers.app_url(own_database))


@pytest.fixture
def reader(urls: tuple[str, str]) -> Iterator[Engine]:
    engine = create_engine(urls[1])
    yield engine
    engine.dispose()


@pytest.mark.usefixtures("one_more_migration")
def test_a_locked_table_stops_it_soon_and_whole(urls: tuple[str, str], reader: Engine) -> None:
    with reader.connect() as connection:
        connection.execute(text("SELECT count(*) FROM agency"))  # a report that runs for long
        started = time.monotonic()
        with pytest.raises(OperationalError, match="lock timeout"):
            migrate.upgrade(*urls)
        assert time.monotonic() - started < 5
        assert not migrate.is_current(connection)
        assert "made_first" not in inspect(connection).get_table_names()
    migrate.upgrade(*urls)
    with reader.connect() as connection:
        assert migrate.is_current(connection)
        assert "nickname" in {column["name"] for column in inspect(connection).get_columns("agency")}


@pytest.mark.usefixtures("one_more_migration")
def test_two_at_once_migrate_once(
    urls: tuple[str, str], reader: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "20s")
    others = [get_context("fork").Process(target=migrate.upgrade, args=urls) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join(60)
    assert [other.exitcode for other in others] == [0, 0]
    with reader.connect() as connection:
        assert migrate.is_current(connection)
