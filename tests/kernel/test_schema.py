"""The models are the schema, each table has one room, the application's role may no more than it must."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from backend.demo.servers import ThrowawayServers
from backend.kernel import migrate
from backend.kernel.base import Base
from backend.kernel.migrate import alembic_config
from backend.kernel.schema import DEFAULT_RIGHTS, load_all_models
from tests.conftest import alchemy

ROOT = Path(__file__).resolve().parents[2]
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def test_the_migrations_make_what_the_models_say(shared_engine: Engine) -> None:
    with shared_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, load_all_models()) == []


def test_there_is_one_head_and_the_database_stands_there(shared_engine: Engine) -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1
    with shared_engine.connect() as connection:
        assert migrate.is_current(connection)


def test_every_table_has_one_room() -> None:
    rooms: dict[str, set[str]] = {}
    load_all_models()
    for mapper in Base.registry.mappers:
        module = mapper.class_.__module__
        rooms.setdefault(mapper.class_.__tablename__, set()).add(module)
    assert {table: modules for table, modules in rooms.items() if len(modules) > 1} == {}
    outside = {
        table: module
        for table, [module] in rooms.items()
        if not module.endswith(".models") and not module.startswith("backend.kernel.")
    }
    assert outside == {}


def test_no_table_is_without_a_model(shared_engine: Engine) -> None:
    with shared_engine.connect() as connection:
        stored = set(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
    assert stored - {"alembic_version"} == set(load_all_models().tables)


def test_the_applications_role_has_the_rights_that_each_table_says(shared_engine: Engine) -> None:
    asked = text("SELECT has_table_privilege(current_user, :table, :right)")
    with shared_engine.connect() as connection:
        for table in load_all_models().sorted_tables:
            wanted = set(table.info.get("app_rights", DEFAULT_RIGHTS).split(", "))
            given = {
                right for right in RIGHTS if connection.scalar(asked, {"table": table.name, "right": right})
            }
            assert given == wanted, table.name


def test_append_only_tables_are_append_only() -> None:
    rights = {table.name: table.info.get("app_rights") for table in load_all_models().sorted_tables}
    for table in ("audit_event", "audit_seal", "audit_seal_item"):
        assert rights[table] == "SELECT, INSERT"


def test_migrating_again_changes_nothing(servers: ThrowawayServers, own_database: str) -> None:
    owner, app = alchemy(servers.owner_url(own_database)), alchemy(servers.app_url(own_database))
    migrate.upgrade(owner, app)
    engine = create_engine(app)
    with engine.connect() as connection:
        assert migrate.is_current(connection)
    engine.dispose()
