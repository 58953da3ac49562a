"""Refunds as payouts see them: a carrier of money like any other."""

from __future__ import annotations

from collections.abc import Sequence

from backend.collections.ports import RefundAnswer, Refunded, RefundInstruction, RefundProvider
from backend.kernel.clock import SHANGHAI
from backend.kernel.money import Fen
from backend.payouts.ports import Answer, Inquiry, Instruction, Outcome, Reason

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
        """See the port; once the other side has gone silent, the rest waits."""
        answers: list[Answer] = []
        for one in instructions:
            silent = bool(answers) and answers[-1].outcome in (Outcome.UNKNOWN, Outcome.DECLINED)
            answers.append(UNSENT if silent else _answer(self._provider.refund(_refund(one))))
        return answers

    def query(self, inquiries: Sequence[Inquiry]) -> Sequence[Answer]:
        """See the port."""
        return [_answer(self._provider.query_refund(one.number)) for one in inquiries]


UNSENT = Answer(Outcome.DECLINED, code="unsent", reason=Reason.BUSY)


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
