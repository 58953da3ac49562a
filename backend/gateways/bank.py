"""The bank direct link: signed instructions out of the bureau's fund account. See docs/bank-link.md."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from backend.gateways.bank_signing import Signer
from backend.gateways.signed_calls import BUSY_CODE, NoAnswer, SignedCalls, in_parts
from backend.kernel.calls import Note
from backend.kernel.clock import SHANGHAI, Clock, business_date
from backend.kernel.money import Fen
from backend.payouts.ports import Answer, Inquiry, Instruction, Outcome, Reason

PAID_AT_ONCE = 500
ASKED_AT_ONCE = 100
BALANCE_PAUSE = timedelta(minutes=30)
BUSY_PAUSE = timedelta(minutes=1)
MEANINGS: Mapping[tuple[str, str], Answer] = {
    ("ACCEPTED", "0000"): Answer(Outcome.ACCEPTED),
    ("PAID", "0001"): Answer(Outcome.PAID),
    ("RETURNED", "0002"): Answer(Outcome.RETURNED),
    ("FAILED", "1001"): Answer(Outcome.FAILED, reason=Reason.PAYEE),
    ("FAILED", "1002"): Answer(Outcome.FAILED, reason=Reason.PAYEE),
    ("FAILED", "1003"): Answer(Outcome.FAILED, reason=Reason.PAYEE),
    ("", "2001"): Answer(Outcome.DECLINED, reason=Reason.BALANCE, retry_after=BALANCE_PAUSE),
    ("", "2002"): Answer(Outcome.DECLINED, reason=Reason.LIMIT),
    ("", "3001"): Answer(Outcome.CONFLICT),
    ("", "3002"): Answer(Outcome.NOT_FOUND),
    ("", BUSY_CODE): Answer(Outcome.DECLINED, reason=Reason.BUSY, retry_after=BUSY_PAUSE),
}
"""What a status ("" for none) and a code mean together; a pair that is not here means nothing certain."""
UNKNOWN = Answer(Outcome.UNKNOWN)
BUSY = MEANINGS["", BUSY_CODE]


class BankLink:
    """Implements PayoutProvider; a batch is one call, so that a lost answer leaves all of it unknown."""

    def __init__(
        self, url: str, client_id: str, signer: Signer, clock: Clock, note: Note | None = None
    ) -> None:
        self._clock = clock
        self._calls = SignedCalls("Bank", url, client_id, signer, clock, note)

    def pay(self, instructions: Sequence[Instruction]) -> Sequence[Answer]:
        """See `PayoutProvider`."""
        answers: list[Answer] = []
        for batch in in_parts(instructions, PAID_AT_ONCE):
            try:
                told = self._calls.results("/bank/v1/payments", self._batch(batch), _numbers(batch))
            except NoAnswer as silence:
                self._calls.silent(silence)
                answers += [UNKNOWN if silence.sent else BUSY] * len(batch)
                break
            said = [self._answer(told.get(one.number)) for one in batch]
            # Whoever is told to pay has seen the number: it cannot be unknown to them.
            answers += [UNKNOWN if one.outcome is Outcome.NOT_FOUND else one for one in said]
        return [*answers, *[BUSY] * (len(instructions) - len(answers))]

    def query(self, inquiries: Sequence[Inquiry]) -> Sequence[Answer]:
        """See `PayoutProvider`."""
        answers: list[Answer] = []
        for some in in_parts(inquiries, ASKED_AT_ONCE):
            numbers = _numbers(some)
            try:
                told = self._calls.results("/bank/v1/payments/query", {"numbers": numbers}, numbers)
            except NoAnswer as silence:
                self._calls.silent(silence)
                break
            said = [self._answer(told.get(one.number)) for one in some]
            answers += [UNKNOWN if one.outcome is Outcome.DECLINED else one for one in said]
        return [*answers, *[UNKNOWN] * (len(inquiries) - len(answers))]

    def _batch(self, instructions: Sequence[Instruction]) -> dict[str, Any]:
        """The batch's own number is for the bank's clerks: numbers of instructions are what counts."""
        moment = self._clock.now().astimezone(SHANGHAI)
        return {
            "batch": f"{moment:%Y%m%d%H%M%S}{secrets.token_hex(6)}",
            "count": len(instructions),
            "total": sum(one.amount for one in instructions),
            "payments": [_payment(one) for one in instructions],
        }

    def _answer(self, result: Mapping[str, Any] | None) -> Answer:
        if result is None:
            return UNKNOWN
        status, code = str(result.get("status", "")), str(result.get("code", ""))
        meant = MEANINGS.get((status, code), UNKNOWN)
        amount = result.get("amount")
        day = result.get("returned_on" if meant.outcome is Outcome.RETURNED else "settled_on")
        return replace(
            meant,
            code=code or None,
            reference=str(result["reference"]) if result.get("reference") else None,
            amount=Fen(amount) if type(amount) is int else None,
            retry_after=self._until_tomorrow() if meant.reason is Reason.LIMIT else meant.retry_after,
            settled_on=_day(day),
        )

    def _until_tomorrow(self) -> timedelta:
        now = self._clock.now()
        tomorrow = business_date(now) + timedelta(days=1)
        return datetime.combine(tomorrow, time(), SHANGHAI) - now


def _numbers(some: Sequence[Instruction | Inquiry]) -> list[str]:
    return [one.number for one in some]


def _payment(one: Instruction) -> dict[str, Any]:
    return {
        "number": one.number,
        "amount": one.amount,
        "account": one.payee.account,
        "name": one.payee.name,
        "bank_code": one.payee.bank_code,
        "purpose": one.purpose,
    }


def _day(told: object) -> date | None:
    try:
        return date.fromisoformat(str(told))
    except ValueError:
        return None
