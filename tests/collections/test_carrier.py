"""A batch of refunds goes on over a lost answer, and stops when the other side is away."""

from __future__ import annotations

from datetime import UTC, datetime

from backend.collections.carrier import GIVES_UP_AFTER, RefundCarrier
from backend.collections.ports import RefundAnswer, Refunded, RefundInstruction
from backend.kernel.money import Fen
from backend.payouts.ports import Inquiry, Instruction, Outcome, Payee

PAYEE = Payee("01J0ORDER", total=500)
BATCH = [Instruction(f"N{place}", Fen(100 + place), PAYEE, "退款") for place in range(8)]


class Scripted:
    """Answers in turn; what was asked for is kept."""

    def __init__(self, *answers: Refunded) -> None:
        self.answers, self.heard = list(answers), []

    def refund(self, instruction: RefundInstruction) -> RefundAnswer:
        self.heard.append(instruction)
        return RefundAnswer(self.answers.pop(0))

    def query_refund(self, number: str) -> RefundAnswer:
        self.heard.append(number)
        return RefundAnswer(self.answers.pop(0))


def test_a_lost_answer_holds_nobody_up() -> None:
    lost, done = Refunded.UNKNOWN, Refunded.REFUNDED
    provider = Scripted(lost, done, lost, lost, done, Refunded.PROCESSING, Refunded.FAILED, done)
    outcomes = [answer.outcome for answer in RefundCarrier(provider).pay(BATCH)]
    unknown, paid = Outcome.UNKNOWN, Outcome.PAID
    assert outcomes == [unknown, paid, unknown, unknown, paid, Outcome.ACCEPTED, Outcome.FAILED, paid]
    assert provider.heard[0] == RefundInstruction("N0", "01J0ORDER", Fen(100), Fen(500), "退款")


def test_when_the_other_side_is_away_the_rest_is_not_sent() -> None:
    provider = Scripted(*[Refunded.UNKNOWN] * GIVES_UP_AFTER)
    answers = RefundCarrier(provider).pay(BATCH)
    assert [one.outcome for one in answers[GIVES_UP_AFTER:]] == [Outcome.DECLINED] * (8 - GIVES_UP_AFTER)
    assert {one.code for one in answers[GIVES_UP_AFTER:]} == {"unsent"}


def test_nor_is_anybody_asked_about_for_long() -> None:
    provider = Scripted(*[Refunded.UNKNOWN] * GIVES_UP_AFTER)
    asked = [Inquiry(one.number, datetime(2026, 11, 22, tzinfo=UTC)) for one in BATCH]
    assert {one.outcome for one in RefundCarrier(provider).query(asked)} == {Outcome.UNKNOWN}
    assert len(provider.heard) == GIVES_UP_AFTER
