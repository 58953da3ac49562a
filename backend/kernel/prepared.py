"""The few statements that almost every request of a citizen runs, without SQLAlchemy's part of running them.

SQLAlchemy writes the SQL, once; the driver of the unit of work's own connection runs it. That halves what
such a statement costs the web server. Everything else goes through the session.
"""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.exc import DBAPIError

from backend.kernel.db import Work

_DIALECT = psycopg_dialect.dialect()  # type: ignore[no-untyped-call]


class Prepared:
    """A select of columns that the driver itself reads: text, numbers, dates, UUIDs, booleans."""

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.text = compiled.string
        self._constants = compiled.params

    def rows(self, work: Work, **parameters: Any) -> list[tuple[Any, ...]]:
        """What it finds in the open unit of work; raises DBAPIError, as the session would."""
        connection = work.session.connection()
        driver: Any = connection.connection.driver_connection
        try:
            found: list[tuple[Any, ...]] = driver.execute(
                self.text, {**self._constants, **parameters}
            ).fetchall()
            return found
        except psycopg.Error as error:
            if driver.closed:
                connection.invalidate(error)
            raise DBAPIError.instance(
                self.text,
                None,
                error,
                psycopg.Error,
                hide_parameters=True,
                connection_invalidated=driver.closed,
                dialect=connection.dialect,
            ) from error
