"""The life of a payout and of its attempts: which states there are, and what an answer makes of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from backend.kernel.money import Fen
from backend.payouts.ports import Answer, Outcome, Reason

AttemptState = Literal[
    "waiting", "sending", "accepted", "unknown", "manual", "paid", "failed", "returned", "cancelled"
]
PayoutState = Literal["awaiting_approval", "in_progress", "manual", "paid", "failed", "returned", "cancelled"]
PAYOUT_STATES: tuple[PayoutState, ...] = get_args(PayoutState)
OPEN: frozenset[str] = frozenset({"waiting", "sending", "accepted", "unknown", "manual"})
"""States of an attempt whose number may still pay: no second number is made beside it."""
CORRECTABLE: frozenset[str] = frozenset({"failed", "returned"})
"""States of a payout that may go out again, under a new number."""
ASKED_AT_MOST = 40
"""So many times a provider is asked about a number before a person looks: about a day and a half."""
SENT_ANEW_AT_MOST = 3
"""So many numbers a payout uses up by itself when a provider says that it may be sent under another one."""
REACHES_BACK = timedelta(days=25)
"""After this a provider that does not find a number may only have forgotten it (WeChat Pay: 30 days)."""
LONGEST_PAUSE = timedelta(hours=1)
FIRST_PAUSE = timedelta(seconds=2)
Action = Literal["release", "decide", "cancel", "reissue", "resolve"]
NEEDS: dict[Action, str] = {
    "release": "payouts.request",
    "decide": "payouts.release",
    "cancel": "payouts.handle",
    "reissue": "payouts.handle",
    "resolve": "payouts.handle",
}
"""The function that each thing people may do with a payout needs over its agency."""


@dataclass(frozen=True)
class Known:
    """What we know of an attempt when an answer comes: `asked` counts the questions since it was sent."""

    state: str
    amount: Fen
    ordinal: int
    asked: int
    age: timedelta


@dataclass(frozen=True)
class Step:
    """What an answer makes of an attempt: its next state and when to look again; None for a final state.

    `case` names why a person must look; `anew` says that a new number goes out at once.
    """

    state: AttemptState
    again_in: timedelta | None = None
    case: str | None = None
    anew: bool = False


def step(known: Known, answer: Answer) -> Step | None:
    """What an answer makes of an attempt, or None when it changes nothing.

    Answers come late, twice and in any order, from the call itself and from questions: what is final stays,
    but for money that came back. What contradicts itself is left to a person.
    """
    if known.state in ("waiting", "sending", "accepted", "unknown"):
        return _open_step(known, answer)
    return _late_step(known, answer)


def possible(state: str, *, unsent: bool, pending: bool) -> list[Action]:
    """What people may do with a payout as it stands.

    `unsent`: its newest number was never handed to a provider; `pending`: a change of it waits for a second
    person.
    """
    fits: dict[Action, bool] = {
        "release": state == "awaiting_approval" and not pending,
        "decide": pending,
        "resolve": state == "manual" and not pending,
        "reissue": state in CORRECTABLE,
        "cancel": unsent or state in CORRECTABLE,
    }
    return [action for action, fit in fits.items() if fit]


def pause(times: int) -> timedelta:
    """How long to wait before the next question, growing with how often it was asked."""
    growing: timedelta = FIRST_PAUSE * (1 << min(times, 12))
    return min(LONGEST_PAUSE, growing)


def _open_step(known: Known, answer: Answer) -> Step | None:
    if answer.amount is not None and answer.amount != known.amount:
        return Step("manual", case="amount_differs")
    match answer.outcome:
        case Outcome.PAID:
            return Step("paid")
        case Outcome.RETURNED:
            return Step("returned", case="returned")
        case Outcome.FAILED:
            return _failed(known, answer)
        case Outcome.CONFLICT:
            return Step("manual", case="number_conflict")
        case Outcome.ACCEPTED:
            return _look_again(known, "accepted", answer)
        case Outcome.NOT_FOUND:
            return _not_found(known)
        case Outcome.DECLINED if known.state == "sending":
            return Step("waiting", again_in=answer.retry_after or pause(known.asked))
    if known.state == "waiting":  # somebody else has learnt meanwhile that nothing happened
        return None
    return _look_again(known, "accepted" if known.state == "accepted" else "unknown", answer)


def _failed(known: Known, answer: Answer) -> Step:
    """A provider that was only busy is told again, under another number."""
    if answer.reason is Reason.BUSY and known.ordinal < SENT_ANEW_AT_MOST:
        return Step("failed", anew=True)
    return Step("failed", case=f"failed_{answer.reason or Reason.REJECTED}")


def _not_found(known: Known) -> Step | None:
    if known.state == "waiting":
        return None
    if known.age > REACHES_BACK:
        return Step("manual", case="too_old_to_ask")
    if known.state == "accepted":  # it said it had it: sending again could be right, but somebody must look
        return Step("manual", case="lost_by_provider")
    return Step("waiting", again_in=timedelta())


def _look_again(known: Known, state: Literal["accepted", "unknown"], answer: Answer) -> Step:
    if state == "unknown" and known.asked >= ASKED_AT_MOST:
        return Step("manual", case="no_answer")
    return Step(state, again_in=answer.retry_after or pause(known.asked))


def _late_step(known: Known, answer: Answer) -> Step | None:
    """An answer about an attempt that is over, or that a person holds."""
    match known.state, answer.outcome:
        case "paid" | "manual", Outcome.RETURNED:
            return Step("returned", case="returned")
        case "manual", Outcome.PAID if answer.amount in (None, known.amount):
            return Step("paid")
        case "failed" | "cancelled", Outcome.PAID:
            return Step("failed" if known.state == "failed" else "cancelled", case="paid_after_all")
        case "paid", Outcome.FAILED:
            return Step("paid", case="failed_after_paid")
    return None
