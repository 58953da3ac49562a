"""Payers who tap twice, devices that race, notices that come late, twice or never: what holds."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine, func, select

from backend.collections import commands
from backend.collections.cashier import Cashier, Ready, ToClose, ToOpen, prepare
from backend.collections.errors import (
    AlreadyPaid,
    CollectionState,
    NothingToRefund,
    NotPayable,
    PaymentBusy,
)
from backend.collections.models import Collection, PaymentOrder, Refund
from backend.collections.ports import Trade, TradeAnswer
from backend.collections.receipts import ReceiptDesk
from backend.collections.rules import LAST_LOOK
from backend.collections.settling import settle
from backend.collections.watching import Watch
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase
from backend.kernel.money import Fen
from backend.payouts import commands as payout_commands
from backend.payouts.errors import PayoutState
from backend.payouts.models import Payout
from backend.payouts.ports import Provider
from tests.collections.truth import books, require_end, require_places, require_truth
from tests.support.collections import (
    ANNA,
    BO,
    bill,
    refunds,
    release,
    send_back,
    wanted,
    watch,
)
from tests.support.people import SYSTEM, make_agency, make_person
from tests.support.providers import MemoryProvider
from tests.support.tills import MemoryTax, MemoryTill

BEGIN = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
AMOUNTS = st.sampled_from((250, 99_999))
MOST_BILLS, PHONES = 8, 3
DEEDS = st.sampled_from(("change", "withdraw", "refund", "refund", "cancel"))
MINUTES = st.sampled_from((0, 1, 4, 11, 70))
THEN = st.sampled_from(("leaves", "leaves", "pays", "pays and WeChat tells", "all phones pay", "dies"))
WEATHER = st.sampled_from((*["fine"] * 5, "lost_answer", "lost_request", "declined"))
PAYERS = st.sampled_from((ANNA, BO))
FATE = st.sampled_from(("paid", "paid", "accepted", "failed"))
Rounds = list[tuple[int, str, str]]
ROUNDS = st.lists(st.tuples(MINUTES, WEATHER, FATE), max_size=2)
REFUSALS = (AlreadyPaid, CollectionState, NothingToRefund, NotPayable, PaymentBusy, PayoutState)


class Collections(RuleBasedStateMachine):
    """The engine against a provider whose books we can read. `engine` is set by whoever runs the machine."""

    engine: Engine

    @initialize()
    def open(self) -> None:
        self.clock = FixedClock(BEGIN)
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.database = BoundDatabase(self.connection, self.clock)
        self.weather, self.fate = "fine", "paid"
        self.till = MemoryTill(self.clock, weather=lambda: self.weather)  # type: ignore[arg-type,return-value]
        self.refunder = MemoryProvider(weather=lambda: self.weather, fate=lambda: self.fate)  # type: ignore[arg-type,return-value]
        self.tax = MemoryTax()
        self.bills: list[UUID] = []
        self.left: list[ToOpen | ToClose] = []
        self.heard: list[tuple[UUID, TradeAnswer]] = []
        with self.database.work() as work:
            self.agency_id = make_agency(work, "46")
            self.person_id = make_person(work, agency_id=self.agency_id)
        self._ask(250)

    def teardown(self) -> None:
        if not hasattr(self, "outer"):
            return
        try:
            self._finish()
        finally:
            self.outer.rollback()
            self.connection.close()

    def _ask(self, amount: int) -> None:
        with self.database.work() as work:
            self.bills.append(wanted(work, amount=amount, agency_id=self.agency_id, person_id=self.person_id))

    @precondition(lambda self: self.bills)
    @rule(data=st.data(), payer=PAYERS, weather=WEATHER, then=THEN, before=ROUNDS)
    def tap(self, data: st.DataObject, payer: Any, weather: str, then: str, before: Rounds) -> None:
        """Somebody wants to pay, on whatever device, and does so or leaves it.

        When the process dies, it is between "written down" and "called"; the call may still arrive.
        """
        self._let_pass(before)
        if not self._open_bills() and len(self.bills) < MOST_BILLS:
            self._ask(250)
        self.weather = weather
        bill_id = data.draw(st.sampled_from(self._open_bills() or self.bills))
        with suppress(*REFUSALS):
            if then == "dies":
                self._die_at_the_till(bill_id, payer)
                return
            opened = Cashier(self.till).pay(self.database, collection_id=bill_id, payer=payer)
            if then == "all phones pay":
                for number in self._on_screens():
                    self._pay(number)
            elif then != "leaves" and self.till.pay(opened.number) and then != "pays":
                self._settle(opened.order_id, self.till.told(opened.number))

    @precondition(lambda self: self.left)
    @rule(data=st.data(), weather=WEATHER)
    def wake_up_late(self, data: st.DataObject, weather: str) -> None:
        """A call that everybody held for lost arrives, and its answer is written down."""
        self.weather = weather
        todo = self.left.pop(data.draw(st.integers(0, len(self.left) - 1)))
        self._settle(todo.order_id, Cashier(self.till)._call(todo))

    @precondition(lambda self: self._on_screens())
    @rule(data=st.data(), before=ROUNDS)
    def pay(self, data: st.DataObject, before: Rounds) -> None:
        """The payer's finger is on the button, perhaps of an order that was closed a moment ago.

        Nobody asks for ever: what is paid long after it was closed is told by WeChat, or by the day-end
        file. Until then no notice may be needed.
        """
        self._let_pass(before)
        if not self._on_screens():
            return
        self._pay(data.draw(st.sampled_from(self._on_screens())))

    def _pay(self, number: str) -> None:
        order = self.till.orders[number]
        over = min(order.closed_at or order.instruction.expires_at, order.instruction.expires_at)
        self.till.pay(number, late=True)
        if self.clock.now() - over >= LAST_LOOK:
            self._settle(self._order_id(number), self.till.told(number))

    @precondition(lambda self: self.till.money_in)
    @rule(data=st.data(), times=st.integers(1, 2))
    def notice(self, data: st.DataObject, times: int) -> None:
        """WeChat tells what has been paid, once more perhaps."""
        paid = sorted(number for number, one in self.till.orders.items() if one.state == "paid")
        number = data.draw(st.sampled_from(paid))
        for _ in range(times):
            self._settle(self._order_id(number), self.till.told(number))

    @precondition(lambda self: self.heard)
    @rule(data=st.data())
    def hear_again(self, data: st.DataObject) -> None:
        """An old answer comes once more, out of order. What the provider said then, it did say."""
        order_id, answer = data.draw(st.sampled_from(self.heard))
        if answer.trade not in (Trade.DECLINED, Trade.CLOSED, Trade.NOT_FOUND):
            with self.database.work() as work:
                settle(work, order_id, answer)

    @precondition(lambda self: self.till.money_in)
    @rule(data=st.data())
    def contradict(self, data: st.DataObject) -> None:
        """Of a paid order it is said that it was closed, or paid by something else: a lie, for a person."""
        number = data.draw(st.sampled_from(sorted(self.till.orders)))
        with self.database.work() as work:
            order = self._order(work, number)
            if order.state == "paid":
                lie = data.draw(st.sampled_from((Trade.CLOSED, Trade.PAID)))
                paid_at = self.clock.now() if lie is Trade.PAID else None
                said = TradeAnswer(lie, reference="LIE", amount=Fen(order.amount), paid_at=paid_at)
                settle(work, order.id, said if lie is Trade.PAID else TradeAnswer(lie))
                assert bill(work, order.collection_id).case is not None

    @rule(rounds=ROUNDS, receipts=st.booleans())
    def time_goes_by(self, rounds: Rounds, receipts: bool) -> None:
        """The worker looks at what is due, some times over."""
        self.tax.open = receipts
        self._let_pass(rounds)

    @precondition(lambda self: self.bills)
    @rule(data=st.data(), amount=AMOUNTS, deed=DEEDS, before=ROUNDS)
    def at_the_desk(self, data: st.DataObject, amount: int, deed: str, before: Rounds) -> None:
        """A clerk, or the business itself, wants something else, if that is allowed."""
        self._let_pass(before)
        unpaid = deed in ("change", "withdraw") and self._open_bills()
        bill_id = data.draw(st.sampled_from(unpaid or self.bills[-2:]))
        with suppress(*REFUSALS), self.database.work() as work:
            if deed == "change":
                commands.change_amount(work, by=SYSTEM, collection_id=bill_id, amount=Fen(amount))
            elif deed == "withdraw":
                commands.withdraw(work, by=SYSTEM, collection_id=bill_id, reason="不再需要")
            elif deed == "refund":
                self._refund(work, bill_id, released=data.draw(st.booleans()))
            else:
                self._cancel_refund(work, bill_id)

    @precondition(lambda self: any(one.fate == "accepted" for one in self.refunder.orders.values()))
    @rule(data=st.data(), fate=st.sampled_from(("paid", "failed")))
    def refunder_goes_on(self, data: st.DataObject, fate: Any) -> None:
        numbers = sorted(number for number, one in self.refunder.orders.items() if one.fate == "accepted")
        self.refunder.becomes(data.draw(st.sampled_from(numbers)), fate)

    @invariant()
    def the_books_agree(self) -> None:
        if hasattr(self, "database"):
            ours = books(self.database)
            require_truth(ours, self.till, self.refunder)
            require_places(ours)

    def _finish(self) -> None:
        """Good weather, and time for everything: nothing is lost, and nobody has paid more than they owed."""
        self.weather, self.fate = "fine", "paid"
        self.tax.open = True
        for number, order in self.refunder.orders.items():
            if order.fate == "accepted":
                self.refunder.becomes(number, "paid")
        for _ in range(5):
            self.clock.advance(timedelta(hours=2))
            watch(self.database, self.till)
            ReceiptDesk(self.tax).fetch(self.database, {})
            self._send_back()
        self.the_books_agree()
        require_end(books(self.database), self.till)

    def _let_pass(self, rounds: Rounds) -> None:
        for minutes, self.weather, self.fate in rounds:
            self.clock.advance(timedelta(minutes=minutes))
            Watch(self.till).look_at_some(self.database)
            ReceiptDesk(self.tax).fetch_some(self.database)
            self._send_back()

    def _on_screens(self) -> list[str]:
        """The newest orders that somebody could pay: the answer reached a phone, and they are not paid."""
        with self.database.work() as work:
            shown = set(
                work.session.scalars(
                    select(PaymentOrder.number).where(PaymentOrder.prepay_sealed.is_not(None))
                )
            )
        unpaid = (number for number, one in self.till.orders.items() if one.state != "paid")
        return sorted(number for number in unpaid if number in shown)[-PHONES:]

    def _send_back(self) -> None:
        with self.database.work() as work:
            asked = work.session.scalar(select(func.count()).select_from(Refund))
        if asked:
            for name in (Provider.WECHAT_REFUND, Provider.TAX_REFUND):
                send_back(self.database, self.refunder, name=name)

    def _die_at_the_till(self, bill_id: UUID, payer: Any) -> None:
        with self.database.work() as work:
            todo = prepare(work, collection_id=bill_id, payer=payer)
        if not isinstance(todo, Ready):
            self.left.append(todo)

    def _refund(self, work: Any, bill_id: UUID, *, released: bool) -> None:
        version = bill(work, bill_id).version
        commands.request_refund(work, by=SYSTEM, collection_id=bill_id, version=version, reason="参保人申请")
        work.session.flush()
        if released:
            release(work, bill_id)

    def _cancel_refund(self, work: Any, bill_id: UUID) -> None:
        asked = [one.payout_id for one in refunds(work, bill_id) if one.state == "requested"]
        for payout_id in asked[:1]:
            version = work.session.get_one(Payout, payout_id).version
            payout_commands.cancel(work, by=SYSTEM, payout_id=payout_id, version=version, reason="不退了")

    def _open_bills(self) -> list[UUID]:
        with self.database.work() as work:
            found = work.session.scalars(select(Collection.id).where(Collection.state == "open"))
            return sorted(found)

    def _settle(self, order_id: UUID, answer: TradeAnswer) -> None:
        self.heard.append((order_id, answer))
        with self.database.work() as work:
            settle(work, order_id, answer)

    def _order(self, work: Any, number: str) -> PaymentOrder:
        return work.session.scalars(select(PaymentOrder).where(PaymentOrder.number == number)).one()

    def _order_id(self, number: str) -> UUID:
        with self.database.work() as work:
            return self._order(work, number).id
