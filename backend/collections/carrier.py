"""Refunds as payouts see them: a carrier of money like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

from backend.collections.ports import RefundAnswer, Refunded, RefundInstruction, RefundProvider
from backend.kernel.clock import SHANGHAI
from backend.kernel.money import Fen
from backend.payouts.ports import Answer, Inquiry, Instruction, Outcome, Reason

T = TypeVar("T")
OUTCOMES = {
    Refunded.REFUNDED: Outcome.PAID,
    Refunded.PROCESSING: Outcome.ACCEPTED,
    Refunded.FAILED: Outcome.FAILED,
    Refunded.DECLINED: Outcome.DECLINED,
    Refunded.NOT_FOUND: Outcome.NOT_FOUND,
    Refunded.CONFLICT: Outcome.CONFLICT,
    Refunded.UNKNOWN: Outcome.UNKNOWN,
}


class RefundCarrier:
    """Implements PayoutProvider: the payee of a refund is the order that somebody paid."""

    def __init__(self, provider: RefundProvider) -> None:
        self._provider = provider

    def pay(self, instructions: Sequence[Instruction]) -> Sequence[Answer]:
        """See the port."""
        return _until_silence(instructions, lambda one: self._provider.refund(_refund(one)), UNSENT)

    def query(self, inquiries: Sequence[Inquiry]) -> Sequence[Answer]:
        """See the port."""
        return _until_silence(inquiries, lambda one: self._provider.query_refund(one.number), UNASKED)


UNSENT = Answer(Outcome.DECLINED, code="unsent", reason=Reason.BUSY)
UNASKED = Answer(Outcome.UNKNOWN)
SILENT = (Outcome.UNKNOWN, Outcome.DECLINED)
GIVES_UP_AFTER = 3
"""So many without an answer in a row, and the other side is taken to be away."""
LONGEST_SECONDS = 60
"""A batch must be over long before its lease is."""


def _until_silence(
    batch: Sequence[T], call: Callable[[T], RefundAnswer], left_out: Answer
) -> Sequence[Answer]:
    """One call for each of a batch; once the other side is away, or time is up, the rest is left out."""
    answers: list[Answer] = []
    until = monotonic() + LONGEST_SECONDS
    silent = 0
    for one in batch:
        if silent == GIVES_UP_AFTER or monotonic() > until:
            answers.append(left_out)
            continue
        answers.append(_answer(call(one)))
        silent = silent + 1 if answers[-1].outcome in SILENT else 0
    return answers


def _refund(one: Instruction) -> RefundInstruction:
    return RefundInstruction(one.number, one.payee.account, one.amount, Fen(one.payee.total), one.purpose)


def _answer(told: RefundAnswer) -> Answer:
    settled = told.settled_at
    return Answer(
        OUTCOMES[told.outcome],
        reference=told.reference,
        code=told.code,
        reason=Reason.REJECTED if told.outcome is Refunded.FAILED else None,
        amount=told.amount,
        retry_after=told.retry_after,
        settled_on=settled.astimezone(SHANGHAI).date() if settled else None,
    )
