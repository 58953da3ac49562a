"""What an answer of the provider makes of a payment order, and of the bill that it is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from backend.collections.ports import Trade, TradeAnswer
from backend.kernel.money import Fen

CollectionState = Literal["open", "paid", "booked", "withdrawn", "refunded"]
COLLECTION_STATES: tuple[CollectionState, ...] = get_args(CollectionState)
OrderState = Literal["opening", "open", "closing", "paid", "closed"]
LIVE: frozenset[str] = frozenset({"opening", "open", "closing"})
"""States of an order that its payer may still pay: no second order of a bill is opened beside it."""
Use = Literal["applied", "duplicate", "stray"]
"""A payment pays its bill, comes on top of one that did, or was not wanted (any more, or not so much)."""

Action = Literal["withdraw", "refund", "look_again", "close_case"]
NEEDS: dict[Action, str] = {
    "withdraw": "collections.request",
    "refund": "collections.refund",
    "look_again": "collections.handle",
    "close_case": "collections.handle",
}
"""The function that each needs."""

LOST_AFTER = timedelta(minutes=1)
"""After this an order that the provider does not know was never opened: the call is bounded to seconds."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=10)
LAST_LOOK = timedelta(minutes=10)
"""So long after it was closed an order is closed once more: its payer may have been faster, or a call that
opened it slower."""


@dataclass(frozen=True)
class Known:
    """What we know when an answer comes.

    `amount` of the order, `bill_amount` as it is now; `paid_by` the transaction that the order was paid by,
    and `given_back` whether we send some of that back; `closed_for`: how long ago it was closed.
    """

    state: str
    amount: Fen
    bill_state: str
    bill_amount: Fen
    paid_by: str | None
    given_back: bool
    asked: int
    age: timedelta
    expired: bool
    closed_for: timedelta = timedelta()


@dataclass(frozen=True)
class Step:
    """What an answer makes of an order: its state, when to look again (None: never), and what was paid.

    `case` names why a person must look.
    """

    state: OrderState
    again_in: timedelta | None = None
    use: Use | None = None
    case: str | None = None


CLOSED = Step("closed", again_in=LAST_LOOK)


def step(known: Known, answer: TradeAnswer) -> Step | None:
    """What an answer makes of an order, or None when it changes nothing.

    Answers and notices come late, twice and in any order. Money that arrived is always written down, whatever
    state the order is in; what contradicts it is left to a person.
    """
    if answer.trade is Trade.PAID:
        return _paid(known, answer)
    if known.state == "paid":
        denied = answer.trade in (Trade.CLOSED, Trade.NOT_FOUND)
        return Step("paid", case="not_paid_after_all") if denied else None
    if known.state == "closed":
        return _last_look(known, answer)
    return _live_step(known, answer)


def use_of(known: Known, amount: Fen) -> Use:
    """What a payment that has just arrived is for."""
    if known.bill_state == "open" and amount == known.amount == known.bill_amount:
        return "applied"
    return "stray" if known.bill_state in ("open", "withdrawn") else "duplicate"


def possible(state: str, *, case: bool, left: bool) -> list[Action]:
    """What staff can do with a collection; `left` says that something of its payments may still go back."""
    found: dict[Action, bool] = {
        "withdraw": state == "open",
        "refund": left,
        "look_again": case or state in ("open", "paid"),
        "close_case": case,
    }
    return [action for action, can_be in found.items() if can_be]


def pause(times: int) -> timedelta:
    """How long to wait before the next question, growing with how often it was asked."""
    growing: timedelta = FIRST_PAUSE * (1 << min(times, 8))
    return min(LONGEST_PAUSE, growing)


def _live_step(known: Known, answer: TradeAnswer) -> Step:
    match answer.trade:
        case Trade.CLOSED:
            return CLOSED
        case Trade.CONFLICT:
            return Step("closing", again_in=pause(known.asked), case="number_conflict")
        case Trade.NOT_FOUND if known.state == "closing" or known.expired or known.age > LOST_AFTER:
            return CLOSED
        case Trade.DECLINED if known.state == "opening" and answer.retry_after is None:
            return CLOSED
        case Trade.WAITING if known.state == "opening" and answer.prepay_id is not None:
            return Step("open", again_in=FIRST_PAUSE)
    if known.expired and known.state != "closing":
        return Step("closing", again_in=timedelta())
    return Step(known.state, again_in=answer.retry_after or pause(known.asked))  # type: ignore[arg-type]


def _paid(known: Known, answer: TradeAnswer) -> Step | None:
    if known.paid_by is not None:
        return _paid_again(known, answer)
    if answer.reference is None or answer.amount is None or answer.paid_at is None:
        again_in = pause(known.asked) if known.asked else timedelta()
        return Step(known.state, again_in=again_in)  # type: ignore[arg-type]
    case = "amount_differs" if answer.amount != known.amount else None
    if answer.refunded:
        case = "refunded_elsewhere"
    return Step("paid", use=use_of(known, answer.amount), case=case)


def _paid_again(known: Known, answer: TradeAnswer) -> Step | None:
    if answer.reference not in (None, known.paid_by):
        return Step("paid", case="paid_twice_on_one_order")
    if answer.refunded and not known.given_back:
        return Step("paid", case="refunded_elsewhere")
    return None


def _last_look(known: Known, answer: TradeAnswer) -> Step:
    """Only what is said long enough after the close ends the watch; two may close an order at once."""
    early = LAST_LOOK - known.closed_for
    if answer.trade is Trade.WAITING:  # a call that was under way has opened it after all
        return Step("closed", again_in=timedelta())
    if early > timedelta():
        return Step("closed", again_in=early)
    if answer.trade in (Trade.CLOSED, Trade.NOT_FOUND):
        return Step("closed")
    return Step("closed", again_in=answer.retry_after or pause(known.asked))
