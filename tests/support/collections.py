"""Collections for tests, asked for as rooms ask, and paid as citizens pay."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from backend.collections import commands, kinds
from backend.collections.cashier import Cashier, Opened, Payer
from backend.collections.errors import PaymentBusy
from backend.collections.kinds import CollectionKind
from backend.collections.models import Collection, Payment, PaymentOrder, Refund
from backend.collections.refunding import settled
from backend.collections.settling import settle
from backend.collections.watching import Watch
from backend.kernel.db import Database, Work
from backend.kernel.money import Fen
from backend.ledger.models import LedgerAccount, Posting
from backend.payouts.courier import Courier
from backend.payouts.models import Payout, PayoutAttempt
from backend.payouts.ports import PayoutProvider, Provider
from tests.support.people import SYSTEM, make_agency, make_person
from tests.support.tills import MemoryTill

FEE = CollectionKind("test_fee", "测试缴费", Fen(1_000_000), "collected_110")
AMOUNT = 97_572
APPID = "wxdemo0000000mini1"
ANNA, BO = Payer(APPID, "o-anna"), Payer(APPID, "o-bo")
_sequence = count(1)


def wanted(work: Work, *, amount: int = AMOUNT, kind: CollectionKind = FEE, **given: Any) -> UUID:
    """A collection of a kind that books itself, under a source of its own."""
    kinds.register(kind)
    agency_id = given.pop("agency_id", None) or make_agency(work, "460100", under="46")
    return commands.request(
        work,
        by=SYSTEM,
        kind=kind.name,
        amount=Fen(amount),
        **{
            "source": f"test-{next(_sequence)}",
            "agency_id": agency_id,
            "person_id": given.pop("person_id", None) or make_person(work, agency_id=agency_id),
            "description": "灵活就业养老保险费",
            "payable_until": work.clock.now() + timedelta(days=15),
        }
        | given,
    )


def at_till(database: Database, till: MemoryTill, bill_id: UUID, payer: Payer = ANNA) -> Opened | None:
    """A citizen taps "pay"; None when the provider did not answer."""
    with suppress(PaymentBusy):
        return Cashier(till).pay(database, collection_id=bill_id, payer=payer)
    return None


def paid(database: Database, till: MemoryTill, bill_id: UUID, payer: Payer = ANNA) -> str:
    """Pays a bill to the end, the notice heard; gives the number of the order."""
    opened = at_till(database, till, bill_id, payer)
    assert opened is not None
    assert till.pay(opened.number)
    tell(database, till, opened.number)
    return opened.number


def tell(database: Database, till: MemoryTill, number: str) -> None:
    """The provider says what has become of an order."""
    with database.work() as work:
        order_id = work.session.scalars(select(PaymentOrder.id).where(PaymentOrder.number == number)).one()
        settle(work, order_id, till.told(number))


def watch(database: Database, till: MemoryTill) -> None:
    """Everything that is due now."""
    watcher = Watch(till)
    while watcher.look_at_some(database):
        pass


def send_back(
    database: Database, carrier: PayoutProvider, *, name: Provider = Provider.WECHAT_REFUND
) -> None:
    """Carries out the refunds that are due, and tells collections of all that ended, again and again."""
    courier = Courier({name: carrier})
    while courier.carry_some(database, name):
        pass
    with database.work() as work:
        for payout_id, state in work.session.execute(select(Payout.id, Payout.state)).all():
            settled(work, payout_id, state)


def release(work: Work, bill_id: UUID) -> None:
    """Lets the refunds of a bill go out, as two people would."""
    asked = select(Refund.payout_id).join(Payment, Payment.id == Refund.payment_id)
    wanted_ids = list(work.session.scalars(asked.where(Payment.collection_id == bill_id)))
    rows = work.session.scalars(
        select(Payout).where(Payout.id.in_(wanted_ids), Payout.state == "awaiting_approval")
    )
    for payout in rows:
        payout.state = "in_progress"
        for attempt in work.session.scalars(
            select(PayoutAttempt).where(PayoutAttempt.payout_id == payout.id)
        ):
            attempt.due_at = work.clock.now()


def bill(work: Work, bill_id: UUID) -> Collection:
    """The row as it is in the database."""
    return work.session.get_one(Collection, bill_id, populate_existing=True)


def orders(work: Work, bill_id: UUID) -> list[PaymentOrder]:
    """Its orders, first to last."""
    found = select(PaymentOrder).where(PaymentOrder.collection_id == bill_id).order_by(PaymentOrder.ordinal)
    return list(work.session.scalars(found, execution_options={"populate_existing": True}))


def payments(work: Work, bill_id: UUID) -> list[Payment]:
    """What came in for it, first to last."""
    found = select(Payment).where(Payment.collection_id == bill_id).order_by(Payment.recorded_at, Payment.id)
    return list(work.session.scalars(found, execution_options={"populate_existing": True}))


def refunds(work: Work, bill_id: UUID) -> list[Refund]:
    """What of it goes back."""
    found = select(Refund).join(Payment).where(Payment.collection_id == bill_id).order_by(Refund.id)
    return list(work.session.scalars(found, execution_options={"populate_existing": True}))


def balances(work: Work) -> dict[str, int]:
    """What is in the accounts that collections and refunds move, in fen; those with nothing left out."""
    kind = LedgerAccount.kind
    rows = work.session.execute(
        select(kind, func.sum(Posting.amount))
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .where(kind.like("collections.%") | kind.like("payouts.%") | kind.like("collected_%"))
        .group_by(kind)
    )
    return {kind: int(amount) for kind, amount in rows if amount}
