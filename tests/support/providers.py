"""A provider in memory: it keeps its own books by number, and has bad days by a seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Literal

from backend.kernel.money import Fen
from backend.payouts.ports import Answer, Inquiry, Instruction, Outcome, Reason

Fate = Literal["paid", "accepted", "failed", "busy", "returned"]
Weather = Literal["fine", "lost_answer", "lost_request", "declined"]
FATES = {
    "paid": Outcome.PAID,
    "accepted": Outcome.ACCEPTED,
    "failed": Outcome.FAILED,
    "busy": Outcome.FAILED,
    "returned": Outcome.RETURNED,
}


@dataclass
class Order:
    """One number in the provider's books; `payments` is how often money left for it."""

    instruction: Instruction
    fate: Fate
    payments: int = 0


@dataclass
class MemoryProvider:
    """Implements PayoutProvider; `weather` and `fate` say what the next orders meet."""

    weather: Callable[[], Weather] = lambda: "fine"
    fate: Callable[[], Fate] = lambda: "paid"
    orders: dict[str, Order] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def pay(self, instructions: Sequence[Instruction]) -> Sequence[Answer]:
        """See the port."""
        return [self._pay(one) for one in instructions]

    def query(self, inquiries: Sequence[Inquiry]) -> Sequence[Answer]:
        """See the port."""
        return [self._query(one.number) for one in inquiries]

    def becomes(self, number: str, fate: Fate) -> None:
        """What the provider does with an accepted order later."""
        order = self.orders[number]
        if fate == "paid" and order.fate == "accepted":
            order.payments += 1
        order.fate = fate

    @property
    def money_out(self) -> Fen:
        """All that left and did not come back, in fen."""
        kept = (one for one in self.orders.values() if one.fate == "paid")
        return Fen(sum(one.payments * one.instruction.amount for one in kept))

    def _pay(self, instruction: Instruction) -> Answer:
        self.calls[instruction.number] += 1
        weather = self.weather()
        if weather == "declined":
            return Answer(Outcome.DECLINED, code="BUSY", reason=Reason.BUSY, retry_after=timedelta(minutes=1))
        if weather == "lost_request":
            return Answer(Outcome.UNKNOWN)
        known = self.orders.get(instruction.number)
        if known is None:
            known = self.orders[instruction.number] = Order(instruction, self.fate())
            known.payments += known.fate in ("paid", "returned")
        elif known.instruction != instruction:
            return Answer(Outcome.CONFLICT, code="CONFLICT")
        return Answer(Outcome.UNKNOWN) if weather == "lost_answer" else self._said(known)

    def _query(self, number: str) -> Answer:
        if self.weather() != "fine":
            return Answer(Outcome.UNKNOWN)
        known = self.orders.get(number)
        return self._said(known) if known else Answer(Outcome.NOT_FOUND)

    def _said(self, order: Order) -> Answer:
        return Answer(
            FATES[order.fate],
            reference=f"B{order.instruction.number}",
            amount=order.instruction.amount,
            reason={"failed": Reason.PAYEE, "busy": Reason.BUSY}.get(order.fate),
            settled_on=date(2026, 11, 22) if order.fate in ("paid", "returned") else None,
        )


def bad_weather(chance: Random, *, lost: float = 0.15, errors: float = 0.05) -> Callable[[], Weather]:
    """Answers get lost, and calls go wrong, with these chances."""

    def now() -> Weather:
        drawn = chance.random()
        if drawn < lost:
            return "lost_answer" if drawn < lost / 2 else "lost_request"
        return "declined" if drawn < lost + errors else "fine"

    return now
