"""Brings a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from backend.kernel.schema import grant_app_rights

LOCK_TIMEOUT = "4s"


def alembic_config() -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def upgrade(owner_url: str, app_url: str) -> None:
    """Runs what is missing and gives the application's role its rights, in one transaction.

    Raises OperationalError, with nothing changed, when a table stays locked: by day, a migration that waits
    would make everybody wait behind it.
    """
    engine = create_engine(owner_url, pool_size=1)
    with engine.begin() as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:one_at_a_time)"), {"one_at_a_time": 727274})
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        grant_app_rights(connection, app_url)
    engine.dispose()


def is_current(connection: Connection) -> bool:
    """Whether the database stands at the newest revision."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
