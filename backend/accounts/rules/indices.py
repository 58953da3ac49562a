"""The contribution index of a year."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from backend.law.units import Number, decimal_of


def year_index(months: Sequence[Number | None]) -> Decimal | None:
    """The average of the months' indices to four decimals; None while one of them is not assessed."""
    known = [decimal_of(one) for one in months if one is not None]
    if not known or len(known) < len(months):
        return None
    return (sum(known, Decimal(0)) / len(known)).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
