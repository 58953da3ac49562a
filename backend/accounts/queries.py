"""Reading personal accounts: what is in them, what they consist of, and the months behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from sqlalchemy import Select, func, select

from backend.accounts.models import ContributionMonth
from backend.accounts.rules.kinds import ACCOUNT_LABELS, ACCOUNT_OF, ENTRY_LABELS
from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.kernel.months import plus_months
from backend.ledger import queries as ledger

MONTHS_LISTED = (ContributionMonth.fee_period, ContributionMonth.id)
"""What lists of months are ordered by."""


@dataclass(frozen=True)
class Part:
    """What one kind of entry brought into, or took out of, an account; fen."""

    entry: str
    label: str
    amount: Fen


@dataclass(frozen=True)
class AccountView:
    """A personal account: its balance in fen and the parts that make it up."""

    kind: str
    label: str
    insurance: str
    balance: Fen
    parts: Sequence[Part]
    months_paid: int
    gaps: Sequence[Gap]


@dataclass(frozen=True)
class Gap:
    """Months between the first and the last paid one in which nothing was paid; both ends belong to it."""

    from_month: date
    to_month: date
    months: int


@dataclass(frozen=True)
class YearView:
    """A year of one insurance: months paid, the bases they were paid on, and the shares, in fen."""

    year: int
    insurance: str
    months: int
    lowest_base: Fen
    highest_base: Fen
    personal: Fen
    pooled: Fen
    average_index: Decimal | None


def accounts(work: Work, person_id: UUID) -> list[AccountView]:
    """The personal accounts of a person, also those in which nothing was ever booked, then with a zero."""
    return [_account(work, person_id, insurance, kind) for insurance, kind in ACCOUNT_OF.items()]


def months(
    person_id: UUID, *, insurance: str | None = None, year: int | None = None
) -> Select[ContributionMonth]:
    """The booked months of a person in their newest revisions."""
    statement = _current(person_id)
    if insurance is not None:
        statement = statement.where(ContributionMonth.insurance == insurance)
    if year is not None:
        statement = statement.where(
            ContributionMonth.fee_period >= date(year, 1, 1),
            ContributionMonth.fee_period < date(year + 1, 1, 1),
        )
    return statement


def years(work: Work, person_id: UUID, *, insurance: str | None = None) -> list[YearView]:
    """A person's history by year and insurance, newest first."""
    row = months(person_id, insurance=insurance).subquery()
    year = func.extract("year", row.c.fee_period)
    grouped = (
        select(
            year,
            row.c.insurance,
            func.count(row.c.fee_period.distinct()),
            func.min(row.c.base),
            func.max(row.c.base),
            func.sum(row.c.personal),
            func.sum(row.c.pooled),
            func.avg(row.c.contribution_index),
        )
        .group_by(year, row.c.insurance)
        .order_by(year.desc(), row.c.insurance)
    )
    return [
        YearView(
            int(when),
            kind,
            count,
            Fen(low),
            Fen(high),
            Fen(int(personal)),
            Fen(int(pooled)),
            None if index is None else Decimal(index).quantize(Decimal("0.0001")),
        )
        for when, kind, count, low, high, personal, pooled, index in work.session.execute(grouped)
    ]


def gaps_between(paid: Sequence[date]) -> list[Gap]:
    """The gaps in a sorted sequence of paid months."""
    found = []
    for earlier, later in pairwise(paid):
        first, last = plus_months(earlier, 1), plus_months(later, -1)
        if first <= last:
            count = (last.year - first.year) * 12 + last.month - first.month + 1
            found.append(Gap(first, last, count))
    return found


def _account(work: Work, person_id: UUID, insurance: str, kind: str) -> AccountView:
    account_id = ledger.account_of(work, kind, person_id)
    entries = ledger.by_entry(work, account_id) if account_id else {}
    paid = work.session.scalars(
        select(ContributionMonth.fee_period)
        .distinct()
        .where(
            ContributionMonth.person_id == person_id,
            ContributionMonth.insurance == insurance,
            ContributionMonth.superseded_by.is_(None),
        )
        .order_by(ContributionMonth.fee_period)
    ).all()
    return AccountView(
        kind=kind,
        label=ACCOUNT_LABELS[kind],
        insurance=insurance,
        balance=Fen(sum(entries.values())),
        parts=[
            Part(entry, label, entries[entry]) for entry, label in ENTRY_LABELS.items() if entry in entries
        ],
        months_paid=len(paid),
        gaps=gaps_between(paid),
    )


def _current(person_id: UUID) -> Select[ContributionMonth]:
    return select(ContributionMonth).where(
        ContributionMonth.person_id == person_id, ContributionMonth.superseded_by.is_(None)
    )
