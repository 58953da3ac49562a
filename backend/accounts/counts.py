"""What was paid month by month, as far as somebody's reach goes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from backend.accounts.models import ContributionMonth
from backend.agencies import queries as agencies
from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.people.rules.insured import Insurance


@dataclass(frozen=True)
class PaidMonth:
    """What was booked for one insurance in one month: people, and fen into the accounts and the fund."""

    month: date
    insurance: Insurance
    people: int
    personal: Fen
    pooled: Fen


def paid_by_month(work: Work, reach: Collection[str], *, since: date) -> list[PaidMonth]:
    """Contributions by the month they were booked in, from a month on, oldest first."""
    booked = ContributionMonth
    statement = (
        select(
            booked.accounting_period,
            booked.insurance,
            func.count(booked.person_id.distinct()),
            func.sum(booked.personal),
            func.sum(booked.pooled),
        )
        .where(
            booked.agency_id.in_(agencies.ids_within(reach)),
            booked.accounting_period >= since,
            booked.superseded_by.is_(None),
        )
        .group_by(booked.accounting_period, booked.insurance)
        .order_by(booked.accounting_period, booked.insurance)
    )
    return [
        PaidMonth(month, Insurance(insurance), people, Fen(int(personal)), Fen(int(pooled)))
        for month, insurance, people, personal, pooled in work.session.execute(statement)
    ]
