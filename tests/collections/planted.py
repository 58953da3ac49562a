"""Mistakes that somebody could make in the engine, each of which the example tests let pass.

`PLANTED=name` plants one for a run of the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from backend.collections import cashier, refunding, rules, settling
from backend.collections.commands import requests, staff
from backend.collections.models import Payment
from backend.collections.ports import Trade, TradeAnswer
from backend.collections.rules import Known, Step
from tests.support import collections as as_in_production

Plant = Callable[[pytest.MonkeyPatch], None]


def _step(change: Callable[[Known, TradeAnswer, Step | None], Step | None]) -> Plant:
    true = rules.step

    def planted(known: Known, answer: TradeAnswer) -> Step | None:
        return change(known, answer, true(known, answer))

    return lambda patch: patch.setattr(settling, "step", planted)


def _silence_at_the_close_is_closed(known: Known, answer: TradeAnswer, right: Step | None) -> Step | None:
    """Whoever closes does not wait for an answer."""
    silent = answer.trade is Trade.UNKNOWN and known.state == "closing"
    return Step("closed") if silent else right


def _no_last_look(known: Known, answer: TradeAnswer, right: Step | None) -> Step | None:
    """Who was asked often before it closed has had its chance."""
    return Step("closed") if right == rules.CLOSED and known.asked >= 2 else right


def _asked_often_enough(known: Known, answer: TradeAnswer, right: Step | None) -> Step | None:
    """Whoever has not paid after some questions will not."""
    tired = answer.trade is Trade.WAITING and known.state == "open" and known.asked >= 3
    return Step("closed") if tired else right


def _silence_after_the_close_is_the_end(known: Known, answer: TradeAnswer, right: Step | None) -> Step | None:
    silent = answer.trade is Trade.UNKNOWN and known.state == "closed"
    return Step("closed") if silent else right


def _booked_ones_take_no_more(known: Known, answer: TradeAnswer, right: Step | None) -> Step | None:
    """A payment on top of a booked bill is taken for one that was told before."""
    on_top = right is not None and right.use == "duplicate" and known.bill_state == "booked"
    return Step("closed") if on_top else right


def _another_live_order(patch: pytest.MonkeyPatch) -> None:
    """An order that was asked about, and that nobody has paid, does not stand in another's way."""
    true = cashier.live_order

    def planted(work: Any, collection_id: UUID) -> Any:
        order = true(work, collection_id)
        if order is not None and order.state == "open" and order.asked:
            order.state, order.due_at = "closed", None
            work.session.flush()
            return None
        return order

    patch.setattr(cashier, "live_order", planted)


def _cancelled_refunds_count(patch: pytest.MonkeyPatch) -> None:
    """What was cancelled after the bill was booked stays reserved."""
    true = refunding._taken_back

    def planted(work: Any, bill: Any, payment: Any, asked: Any) -> None:
        true(work, bill, payment, asked)
        if bill.booked_at:
            payment.given_back += asked.amount

    patch.setattr(refunding, "_taken_back", planted)


def _refund_out_of_the_wrong_place(patch: pytest.MonkeyPatch) -> None:
    """A refund that was requested a second time takes the money from where it first lay."""
    true = staff.refunding.refund

    def planted(work: Any, **given: Any) -> Any:
        bill = given["bill"]
        booked_at = bill.booked_at
        second = booked_at and refunding.select(refunding.Refund).join(
            Payment, Payment.id == refunding.Refund.payment_id
        ).where(Payment.collection_id == bill.id)
        if second is not None and booked_at and work.session.scalars(second).first():
            given["account"] = "collections.received"
        return true(work, **given)

    patch.setattr(staff.refunding, "refund", planted)


def _withdrawn_with_its_order(patch: pytest.MonkeyPatch) -> None:
    """Nobody needs to watch the order of a bill that was withdrawn."""
    true = requests.close_orders

    def planted(work: Any, bill: Any) -> None:
        true(work, bill)
        if bill.state == "withdrawn":
            order = cashier.live_order(work, bill.id)
            if order is not None and order.asked:
                order.state, order.due_at = "closed", None

    patch.setattr(requests, "close_orders", planted)


def _settled_twice(patch: pytest.MonkeyPatch) -> None:
    """A refund that was cancelled and is heard of again gives its money back once more."""
    true = refunding.settled

    def planted(work: Any, payout_id: UUID, state: str) -> None:
        asked = work.session.scalar(
            refunding.select(refunding.Refund).where(refunding.Refund.payout_id == payout_id)
        )
        if asked is not None and asked.state == "cancelled" and state == "cancelled":
            payment = work.session.get_one(Payment, asked.payment_id)
            if payment.given_back >= asked.amount:  # another refund of it is under way
                payment.given_back -= asked.amount
            return
        true(work, payout_id, state)

    patch.setattr(refunding, "settled", planted)
    patch.setattr(as_in_production, "settled", planted)


MISTAKES: dict[str, Plant] = {
    "silence_at_the_close_is_closed": _step(_silence_at_the_close_is_closed),
    "no_last_look": _step(_no_last_look),
    "asked_often_enough": _step(_asked_often_enough),
    "silence_after_the_close_is_the_end": _step(_silence_after_the_close_is_the_end),
    "booked_ones_take_no_more": _step(_booked_ones_take_no_more),
    "another_live_order": _another_live_order,
    "cancelled_refunds_count": _cancelled_refunds_count,
    "refund_out_of_the_wrong_place": _refund_out_of_the_wrong_place,
    "withdrawn_with_its_order": _withdrawn_with_its_order,
    "settled_twice": _settled_twice,
}
