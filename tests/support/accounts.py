"""Contribution months and interest for tests, booked through the same commands that the product uses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from backend.accounts import commands, interest
from backend.accounts.commands import AssessedMonth
from backend.accounts.rules.kinds import PENSION
from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.kernel.months import plus_months
from tests.support.people import SYSTEM


def assessed(month: date, *, base: int = 400_000, index: str = "0.6") -> AssessedMonth:
    """A month of somebody who insures themselves: 8 % and 12 % of a base in fen."""
    return AssessedMonth(month, month, Fen(base), Fen(base * 8 // 100), Fen(base * 12 // 100), Decimal(index))


def run_of(first: date, count: int, **given: Any) -> list[AssessedMonth]:
    """`count` successive months."""
    return [assessed(plus_months(first, place), **given) for place in range(count)]


def book(work: Work, person_id: UUID, *months: AssessedMonth, **given: Any) -> None:
    """Books months of the pension insurance."""
    commands.book_months(work, by=SYSTEM, person_id=person_id, months=months, **{"insurance": "110"} | given)


def post_interest(work: Work, person_id: UUID, *years: int) -> dict[int, Fen]:
    """Posts years of interest on the pension account."""
    return interest.post_years(work, by=SYSTEM, person_id=person_id, kind=PENSION, years=years)
