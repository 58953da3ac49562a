"""What is told of personal accounts. Every computed amount is a figure, whose explanation gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from backend.kernel.money import Fen
from backend.law.figures import Figure, Given


@dataclass(frozen=True)
class Part:
    """What one kind of entry brought into, or took out of, an account; fen."""

    entry: str
    label: str
    amount: Fen


@dataclass(frozen=True)
class Gap:
    """Months between the first and the last paid one in which nothing was paid; both ends belong to it."""

    from_month: date
    to_month: date
    months: int


@dataclass(frozen=True)
class AccountView:
    """A personal account: its balance in fen, the parts that make it up, and the months paid into it."""

    kind: str
    label: str
    insurance: str
    balance: Fen
    parts: Sequence[Part]
    months_paid: int
    gaps: Sequence[Gap]
    explain: Figure


@dataclass(frozen=True)
class MonthFigures:
    """How the amounts of a month come about: its two shares in fen, its index."""

    personal: Figure | Given
    pooled: Figure | Given
    contribution_index: Figure | Given | None


@dataclass(frozen=True)
class MonthView:
    """A booked month in its newest revision; the base in fen, the other amounts in `explain`."""

    month_id: UUID
    insurance: str
    insurance_label: str
    fee_period: date
    accounting_period: date
    employer_name: str | None
    origin_region: str
    origin_region_name: str
    base: Fen
    revision: int
    explain: MonthFigures


@dataclass(frozen=True)
class YearFigures:
    """The sums over a year's months in fen, and the average of their indexes."""

    personal: Figure
    pooled: Figure
    average_index: Figure | None


@dataclass(frozen=True)
class YearView:
    """A year of one insurance: months paid, the bases they were paid on (fen), and the sums in `explain`."""

    year: int
    insurance: str
    insurance_label: str
    months: int
    lowest_base: Fen
    highest_base: Fen
    explain: YearFigures
