"""`flask db`: schema and migrations."""

from __future__ import annotations

import click
from flask import current_app
from sqlalchemy.exc import OperationalError

from backend.kernel import migrate
from backend.web.house import house_of

db = click.Group("db", help="Schema and migrations.")


@db.command("upgrade")
def upgrade() -> None:
    """Brings the database to the newest schema and gives the application's role its rights."""
    settings = house_of(current_app).settings
    try:
        migrate.upgrade(settings.owner_database, settings.app_database)
    except OperationalError as error:
        raise click.ClickException(
            "the database does not answer: start it with `make run`, or set DATABASE_URL"
        ) from error
    click.echo("the database is up to date")
