"""Payouts for tests, asked for as rooms ask, and carried out by the product's own courier."""

from __future__ import annotations

from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from backend.kernel.db import Database, Work
from backend.kernel.money import Fen
from backend.ledger.models import LedgerAccount, Posting
from backend.payouts import commands, kinds
from backend.payouts.courier import Courier
from backend.payouts.kinds import PayoutKind
from backend.payouts.models import Payout, PayoutAttempt
from backend.payouts.ports import Payee, PayoutProvider, Provider
from tests.support.people import SYSTEM, make_agency

GRANT = PayoutKind(
    name="test_grant",
    label="测试待遇",
    provider=Provider.BANK,
    fund="fund.test",
    approval=False,
    single_limit=Fen(1_000_000),
    daily_limit=Fen(1_000_000_000_000),
)
_sequence = count(1)


def ask(work: Work, *, amount: int = 12_345, kind: PayoutKind = GRANT, **given: Any) -> UUID:
    """A payout of a kind that needs nobody's approval, under a source of its own."""
    kinds.register(kind)
    return commands.request(
        work,
        by=SYSTEM,
        kind=kind.name,
        amount=Fen(amount),
        **{
            "source": f"test-{next(_sequence)}",
            "agency_id": make_agency(work, "460100", under="46"),
            "payee_id": None,
            "payee": Payee("6228480000000000018", "王秀英"),
            "purpose": "测试",
        }
        | given,
    )


def carry(database: Database, provider: PayoutProvider, *, name: Provider = Provider.BANK) -> None:
    """Everything that is due now."""
    courier = Courier({name: provider})
    while courier.carry_some(database, name):
        pass


def payout(work: Work, payout_id: UUID) -> Payout:
    """The row as it is in the database."""
    return work.session.get_one(Payout, payout_id, populate_existing=True)


def attempts(work: Work, payout_id: UUID) -> list[PayoutAttempt]:
    """Its numbers, first to last."""
    wanted = select(PayoutAttempt).where(PayoutAttempt.payout_id == payout_id).order_by(PayoutAttempt.ordinal)
    return list(work.session.scalars(wanted, execution_options={"populate_existing": True}))


def balances(work: Work) -> dict[str, int]:
    """What is in the accounts that payouts move, over all agencies, in fen; those with nothing left out."""
    rows = work.session.execute(
        select(LedgerAccount.kind, func.sum(Posting.amount))
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind.like("payouts.%") | LedgerAccount.kind.like("fund.%"))
        .group_by(LedgerAccount.kind)
    )
    return {kind: int(amount) for kind, amount in rows if amount}
