"""All tables of all rooms, and the rights of the application's role on them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.engine import make_url

from backend.kernel.base import Base
from backend.kernel.settings import Settings, UnsafeSettings

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


def load_all_models() -> MetaData:
    """Imports the tables of every room, found by their file names, and gives the complete metadata."""
    kernel = ("ids", "jobs", "idempotency", "limits", "inbox")
    for name in kernel:
        import_module(f"backend.kernel.{name}")
    for package in ("backend", "quiz", "media"):
        for path in sorted((ROOT / package).glob("**/models.py")):
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return Base.metadata


def grant_app_rights(connection: Connection, app_url: str) -> None:
    """Gives the application's role its rights, table by table; append-only tables get SELECT and INSERT."""
    role = make_url(app_url).username
    if role is None or role == connection.scalar(text("SELECT current_user")):
        return
    quoted = connection.dialect.identifier_preparer.quote(role)
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quoted}"))
    for table in load_all_models().sorted_tables:
        name = connection.dialect.identifier_preparer.format_table(table)
        rights = table.info.get("app_rights", DEFAULT_RIGHTS)
        connection.execute(text(f"REVOKE ALL ON {name} FROM {quoted}"))
        connection.execute(text(f"GRANT {rights} ON {name} TO {quoted}"))
    connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {quoted}"))


def require_safe_role(settings: Settings) -> None:
    """Raises UnsafeSettings where a production role could change its tables or read past all rights."""
    if not settings.production:
        return
    engine = create_engine(settings.app_database, pool_size=1)
    try:
        with engine.connect() as connection:
            reason = unsafe_role(connection)
    finally:
        engine.dispose()
    if reason:
        raise UnsafeSettings(f"refusing to start in production: {reason}")


def unsafe_role(connection: Connection) -> str | None:
    """Why the connected role must not run the application, or None."""
    owned = connection.scalar(
        text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
    )
    if owned:
        return f"the application's role owns {owned} tables"
    if connection.scalar(text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")):
        return "the application's role is a superuser"
    return None
