"""What is said to the database: two courses of events that say the same take the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from backend.kernel.db import Work
from backend.kernel.prepared import Prepared


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The SQL statements of a block, without their values."""
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):  # their names are numbered
            said.append(statement)

    plain = Prepared.rows

    def heard(prepared: Prepared, work: Work, /, **parameters: Any) -> list[tuple[Any, ...]]:
        said.append(prepared.text)
        return plain(prepared, work, **parameters)

    event.listen(engine, "before_cursor_execute", hear)
    Prepared.rows = heard  # type: ignore[method-assign]
    try:
        yield said
    finally:
        Prepared.rows = plain  # type: ignore[method-assign]
        event.remove(engine, "before_cursor_execute", hear)
