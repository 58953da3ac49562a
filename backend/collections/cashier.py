"""At the till: gives a payer what WeChat needs to open the payment, whatever happened to earlier tries.

The number of an order is fixed and committed before the provider hears of it; each call stands between two
transactions, so that a lost answer, a second tap or another device finds the same order again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from backend.collections.errors import AlreadyPaid, NotPayable, PaymentBusy
from backend.collections.models import Collection, PaymentOrder
from backend.collections.ports import Instruction, PaymentProvider, Trade, TradeAnswer
from backend.collections.rules import LIVE
from backend.collections.settling import settle
from backend.collections.watching import closed
from backend.kernel.db import Database, Work
from backend.kernel.errors import NotFound
from backend.kernel.ids import new_id, number_of
from backend.kernel.money import Fen

ORDER_LIFE = timedelta(hours=2)
"""As long as WeChat lets a prepared payment be opened."""
LEAST_TIME = timedelta(minutes=2)
"""An order is not opened for less: WeChat wants a minute."""
CALL_LEASE = timedelta(seconds=30)
TRIES = 3


@dataclass(frozen=True, repr=False)
class Payer:
    """Who is going to pay: an openid, and the appid that knows it."""

    appid: str
    openid: str


@dataclass(frozen=True, repr=False)
class Ready:
    """The order stands open at the provider."""

    order_id: UUID
    number: str
    prepay_id: str


@dataclass(frozen=True)
class ToOpen:
    """The order is written down, and the provider must hear of it."""

    order_id: UUID
    instruction: Instruction


@dataclass(frozen=True)
class ToClose:
    """Another order of this bill stands in the way: of another payer, over, or of another amount."""

    order_id: UUID
    number: str


@dataclass(frozen=True)
class Opened:
    """An order that its payer can pay now: `parameters` are for wx.requestPayment."""

    order_id: UUID
    number: str
    parameters: Mapping[str, str]


class Cashier:
    """Opens orders at the provider."""

    def __init__(self, provider: PaymentProvider) -> None:
        self._provider = provider

    def pay(self, database: Database, *, collection_id: UUID, payer: Payer) -> Opened:
        """Opens a payment of a bill for a payer, whoever tried before.

        Raises NotFound, AlreadyPaid, NotPayable, or PaymentBusy when the provider does not answer; the same
        payer may then try again, and gets the same order.
        """
        for _ in range(TRIES):
            with database.work() as work:
                todo = prepare(work, collection_id=collection_id, payer=payer)
            if isinstance(todo, Ready):
                parameters = self._provider.request_payment(payer.appid, todo.prepay_id)
                return Opened(todo.order_id, todo.number, parameters)
            answer = self._call(todo)
            with database.work() as work:
                settle(work, todo.order_id, answer)
        raise PaymentBusy

    def _call(self, todo: ToOpen | ToClose) -> TradeAnswer:
        if isinstance(todo, ToClose):
            return closed(self._provider, todo.number)
        answer = self._provider.open(todo.instruction)
        number = todo.instruction.number
        return self._provider.query(number) if answer.trade is Trade.PAID else answer


def prepare(work: Work, *, collection_id: UUID, payer: Payer) -> Ready | ToOpen | ToClose:
    """What has to happen next so that this payer can pay the bill; makes an order when there is none.

    Raises NotFound, AlreadyPaid, NotPayable.
    """
    bill = work.session.get(Collection, collection_id, with_for_update=True, populate_existing=True)
    if bill is None:
        raise NotFound
    if bill.state in ("paid", "booked"):
        raise AlreadyPaid
    if bill.state != "open":
        raise NotPayable
    order = live_order(work, bill.id)
    if order is None:
        return _first(work, bill, payer)
    fits = order.payer == asdict(payer) and order.amount == bill.amount
    lasts = order.expires_at - work.clock.now() > LEAST_TIME / 2
    if order.state == "closing" or not (fits and lasts):
        order.state, order.due_at = "closing", work.clock.now() + CALL_LEASE
        return ToClose(order.id, order.number)
    if order.state == "open":
        return Ready(order.id, order.number, order.prepay)
    return ToOpen(order.id, _instruction(bill, order))


def live_order(work: Work, collection_id: UUID) -> PaymentOrder | None:
    """The order of a bill that may still be paid, locked; there is one at most."""
    wanted = select(PaymentOrder).where(
        PaymentOrder.collection_id == collection_id, PaymentOrder.state.in_(LIVE)
    )
    return work.session.scalar(wanted.with_for_update())


def _first(work: Work, bill: Collection, payer: Payer) -> ToOpen:
    now = work.clock.now()
    expires_at = min(now + ORDER_LIFE, bill.payable_until)
    if expires_at - now < LEAST_TIME:
        raise NotPayable
    used = work.session.scalar(
        select(func.max(PaymentOrder.ordinal)).where(PaymentOrder.collection_id == bill.id)
    )
    order = PaymentOrder(
        id=new_id(),
        collection_id=bill.id,
        ordinal=(used or 0) + 1,
        amount=bill.amount,
        state="opening",
        created_at=now,
        expires_at=expires_at,
        due_at=now + CALL_LEASE,
        asked=0,
    )
    order.number = number_of(order.id)
    order.payer = asdict(payer)
    work.session.add(order)
    work.session.flush()
    return ToOpen(order.id, _instruction(bill, order))


def _instruction(bill: Collection, order: PaymentOrder) -> Instruction:
    payer = Payer(**order.payer)
    return Instruction(
        order.number, Fen(order.amount), payer.appid, payer.openid, bill.description, order.expires_at
    )
