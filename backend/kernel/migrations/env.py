"""Runs migrations on a connection that the caller opened."""

from alembic import context

from backend.kernel.schema import load_all_models

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=load_all_models(),
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
