"""WeChat Pay and the tax authority in memory, as collections see them, with bad days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from backend.collections.ports import (
    Instruction,
    Receipt,
    TaxPayment,
    Trade,
    TradeAnswer,
)
from backend.kernel.clock import Clock

Weather = Literal["fine", "lost_answer", "lost_request", "declined"]


@dataclass
class TillOrder:
    """One number in the provider's books."""

    instruction: Instruction
    state: Literal["open", "closed", "paid"] = "open"
    paid_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def reference(self) -> str:
        """The transaction that pays it."""
        return f"42000{self.instruction.number}"


@dataclass
class MemoryTill:
    """Implements PaymentProvider. `weather` says what the next call meets."""

    clock: Clock
    weather: Callable[[], Weather] = lambda: "fine"
    orders: dict[str, TillOrder] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def open(self, instruction: Instruction) -> TradeAnswer:
        """See the port."""
        return self._met("open", instruction.number, lambda: self._open(instruction))

    def query(self, number: str) -> TradeAnswer:
        """See the port."""
        return self._met("query", number, lambda: self.told(number))

    def close(self, number: str) -> TradeAnswer:
        """See the port."""
        return self._met("close", number, lambda: self._close(number))

    def request_payment(self, appid: str, prepay_id: str) -> Mapping[str, str]:
        """See the port."""
        signed = {"timeStamp": "1795312800", "nonceStr": "nonce", "signType": "RSA", "paySign": "signature"}
        return {"appId": appid, "package": f"prepay_id={prepay_id}", **signed}

    def pay(self, number: str, *, late: bool = False) -> bool:
        """The payer taps; `late` is a payment that was under way when the order was closed."""
        order = self.orders[number]
        in_time = order.state == "open" and self.clock.now() < order.instruction.expires_at
        if order.state == "paid" or not (in_time or late):
            return False
        order.state, order.paid_at = "paid", self.clock.now()
        return True

    def told(self, number: str) -> TradeAnswer:
        """What a query, or a notice, says of an order now."""
        order = self.orders.get(number)
        if order is None:
            return TradeAnswer(Trade.NOT_FOUND, code="ORDER_NOT_EXIST")
        if order.state == "paid":
            return TradeAnswer(
                Trade.PAID, reference=order.reference, amount=order.instruction.amount, paid_at=order.paid_at
            )
        over = order.state == "closed" or self.clock.now() >= order.instruction.expires_at
        return TradeAnswer(Trade.CLOSED if over else Trade.WAITING)

    @property
    def money_in(self) -> int:
        """All that was paid, in fen."""
        return sum(one.instruction.amount for one in self.orders.values() if one.state == "paid")

    def _met(self, call: str, number: str, act: Callable[[], TradeAnswer]) -> TradeAnswer:
        self.calls.append((call, number))
        weather = self.weather()
        if weather == "lost_request":
            return TradeAnswer(Trade.UNKNOWN)
        if weather == "declined":
            return TradeAnswer(Trade.DECLINED, code="FREQUENCY_LIMITED", retry_after=timedelta(minutes=1))
        answer = act()
        return TradeAnswer(Trade.UNKNOWN) if weather == "lost_answer" else answer

    def _open(self, instruction: Instruction) -> TradeAnswer:
        order = self.orders.setdefault(instruction.number, TillOrder(instruction))
        if order.instruction != instruction:
            return TradeAnswer(Trade.CONFLICT, code="OUT_TRADE_NO_USED")
        if order.state == "paid":
            return TradeAnswer(Trade.PAID, code="ORDERPAID")
        if order.state == "closed":
            return TradeAnswer(Trade.CLOSED, code="ORDER_CLOSED")
        return TradeAnswer(Trade.WAITING, prepay_id=f"wx{instruction.number}")

    def _close(self, number: str) -> TradeAnswer:
        order = self.orders.get(number)
        if order is None:
            return TradeAnswer(Trade.NOT_FOUND, code="ORDER_NOT_EXIST")
        if order.state == "paid":
            return TradeAnswer(Trade.PAID, code="ORDERPAID")
        if order.state == "open":
            order.state, order.closed_at = "closed", self.clock.now()
        return TradeAnswer(Trade.CLOSED)


@dataclass
class MemoryTax:
    """Implements the receipts of TaxAuthority: a receipt for every payment, once it is `open`."""

    open: bool = True
    given: dict[str, str] = field(default_factory=dict)
    refuses: str | None = None

    def receipts(self, payments: Sequence[TaxPayment]) -> Sequence[Receipt]:
        """See the port."""
        return [self._receipt(one) for one in payments]

    def _receipt(self, payment: TaxPayment) -> Receipt:
        if self.refuses:
            return Receipt(None, code=self.refuses)
        if not self.open:
            return Receipt(None)
        return Receipt(self.given.setdefault(payment.reference, f"446{len(self.given):015d}"))
