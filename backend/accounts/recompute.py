"""Every account computed again: out of its months, its postings and the law, against what is posted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from backend.accounts.commands import CONTRIBUTION
from backend.accounts.interest import INTEREST, KINDS, compute
from backend.accounts.models import ContributionMonth
from backend.accounts.rules.kinds import ACCOUNT_OF
from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.law.book import ParameterMissing
from backend.ledger import queries as ledger
from backend.ledger.queries import Movement, OwnedAccount


@dataclass(frozen=True)
class Difference:
    """Something that is posted otherwise than computed; fen, and None where it cannot be computed."""

    account: OwnedAccount
    what: str
    posted: Fen
    computed: Fen | None

    def __str__(self) -> str:
        where = f"{self.account.owner_id} {self.account.kind} {self.what}"
        return f"{where}: posted {self.posted}, computed {self.computed}"


@dataclass(frozen=True)
class Portion:
    """Some accounts that were looked at, and what was found in them."""

    accounts: Sequence[OwnedAccount]
    differences: Sequence[Difference]


def portion(work: Work, after: UUID | None, *, limit: int) -> Portion:
    """The personal accounts of the `limit` owners after one, in order; three statements.

    They must see one instant, or a month that is booked meanwhile looks like a difference.
    """
    accounts = ledger.accounts_after(work, KINDS, after, limit=limit)
    movements = ledger.movements(work, [one.account_id for one in accounts])
    paid = _paid(work, [one.owner_id for one in accounts])
    found = [
        difference
        for one in accounts
        for difference in _differences(
            one, movements[one.account_id], paid.get((one.owner_id, one.kind), Fen(0))
        )
    ]
    return Portion(accounts, found)


def _differences(account: OwnedAccount, movements: Sequence[Movement], paid: Fen) -> Iterator[Difference]:
    contributed = Fen(sum(one.amount for one in movements if one.entry == CONTRIBUTION))
    drift: int | None = paid - contributed
    if drift:
        yield Difference(account, "contributions", contributed, paid)
    for one in movements:
        if one.entry == INTEREST:
            year = one.booked_on.year
            computed = _interest(movements, year)
            if computed != one.amount:
                yield Difference(account, f"interest {year}", one.amount, computed)
            drift = None if drift is None or computed is None else drift + computed - one.amount
    balance = Fen(sum(one.amount for one in movements))
    if drift != 0:
        yield Difference(account, "balance", balance, None if drift is None else Fen(balance + drift))


def _interest(movements: Sequence[Movement], year: int) -> Fen | None:
    try:
        return Fen(int(compute(movements, year).value))
    except ParameterMissing:
        return None


def _paid(work: Work, person_ids: Sequence[UUID]) -> dict[tuple[UUID, str], Fen]:
    """What months say went into accounts, by person and kind of account."""
    month = ContributionMonth
    rows = work.session.execute(
        select(month.person_id, month.insurance, func.sum(month.personal))
        .where(month.person_id.in_(person_ids), month.superseded_by.is_(None))
        .group_by(month.person_id, month.insurance)
    )
    return {(person_id, ACCOUNT_OF[insurance]): Fen(int(amount)) for person_id, insurance, amount in rows}
