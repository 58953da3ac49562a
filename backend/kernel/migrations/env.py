"""Runs migrations on a connection that the caller opened, under an advisory lock."""

from alembic import context
from sqlalchemy import text

from backend.kernel.schema import load_all_models

connection = context.config.attributes["connection"]
connection.execute(text("SET lock_timeout = '4s'"))
connection.execute(text("SELECT pg_advisory_xact_lock(727274)"))
context.configure(
    connection=connection,
    target_metadata=load_all_models(),
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
