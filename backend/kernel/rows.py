"""Adding rows that a constraint may refuse because another one is there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Table, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError

from backend.kernel.base import Base
from backend.kernel.db import Work, sqlstate
from backend.kernel.errors import DomainError

ALREADY_THERE = {"23505", "23P01"}
"""Violations of UNIQUE and EXCLUDE."""


def add(work: Work, *rows: Base, taken: DomainError) -> None:
    """Inserts rows at once; raises `taken` when a unique or exclusion constraint finds its place taken.

    The constraint decides, not a look beforehand: of two that come at once, one waits and is refused.
    """
    with _refused(work, taken):
        work.session.add_all(rows)


def add_many(
    work: Work, model: type[Base], rows: Sequence[Mapping[str, object]], *, taken: DomainError
) -> None:
    """`add` for rows of which there are many and none is needed afterwards: an array for every column.

    All rows have the same keys.
    """
    if not rows:
        return
    table = cast(Table, model.__table__)
    columns = [
        bindparam(None, [row[name] for row in rows], type_=ARRAY(table.columns[name].type))
        for name in rows[0]
    ]
    source = select(func.unnest(*columns).table_valued(*rows[0]).render_derived())
    with _refused(work, taken):
        work.session.execute(insert(table).from_select(list(rows[0]), source))


@contextmanager
def _refused(work: Work, taken: DomainError) -> Iterator[None]:
    try:
        with work.session.begin_nested():
            yield
    except IntegrityError as error:
        if sqlstate(error) not in ALREADY_THERE:
            raise
        raise taken from None
