"""Adding rows that a constraint may refuse because another one is there already."""

from __future__ import annotations

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
    try:
        with work.session.begin_nested():
            work.session.add_all(rows)
    except IntegrityError as error:
        if sqlstate(error) not in ALREADY_THERE:
            raise
        raise taken from None
