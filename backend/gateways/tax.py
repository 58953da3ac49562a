"""The tax authority's link: receipts of payments, refunds out of the treasury. See docs/tax-link.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from backend.collections.ports import Receipt, RefundAnswer, Refunded, RefundInstruction, TaxPayment
from backend.gateways.bank_signing import Signer
from backend.gateways.signed_calls import BUSY_CODE, NoAnswer, SignedCalls, in_parts
from backend.kernel.calls import Note
from backend.kernel.clock import Clock
from backend.kernel.money import Fen

ASKED_AT_ONCE = 100
BOOKED = ("BOOKED", "0000")
RECEIPT_REFUSALS = {("", code) for code in ("1001", "1002", "1003", "3001")}
NOT_BOOKED_PAUSE = timedelta(minutes=30)
BUSY_PAUSE = timedelta(minutes=1)
REFUND_MEANINGS: Mapping[tuple[str, str], RefundAnswer] = {
    ("ACCEPTED", "0000"): RefundAnswer(Refunded.PROCESSING),
    ("REVIEWING", "0001"): RefundAnswer(Refunded.PROCESSING),
    ("REFUNDED", "0002"): RefundAnswer(Refunded.REFUNDED),
    ("REJECTED", "1101"): RefundAnswer(Refunded.FAILED),
    ("REJECTED", "1102"): RefundAnswer(Refunded.FAILED),
    ("REJECTED", "1103"): RefundAnswer(Refunded.FAILED),
    ("", "2101"): RefundAnswer(Refunded.DECLINED, retry_after=NOT_BOOKED_PAUSE),
    ("", "3001"): RefundAnswer(Refunded.CONFLICT),
    ("", "3002"): RefundAnswer(Refunded.NOT_FOUND),
    ("", BUSY_CODE): RefundAnswer(Refunded.DECLINED, retry_after=BUSY_PAUSE),
}
"""What a status ("" for none) and a code mean together; a pair that is not here means nothing certain."""
NO_RECEIPT = Receipt(None)
UNKNOWN = RefundAnswer(Refunded.UNKNOWN)
BUSY = RefundAnswer(Refunded.DECLINED, retry_after=BUSY_PAUSE)


class TaxLink:
    """Implements TaxAuthority. A receipt with a code was refused; one with nothing is not there yet."""

    def __init__(
        self, url: str, client_id: str, signer: Signer, clock: Clock, note: Note | None = None
    ) -> None:
        self._calls = SignedCalls("Tax", url, client_id, signer, clock, note)

    def receipts(self, payments: Sequence[TaxPayment]) -> Sequence[Receipt]:
        """See `TaxAuthority`."""
        receipts: list[Receipt] = []
        for some in in_parts(payments, ASKED_AT_ONCE):
            numbers = [one.order_number for one in some]
            try:
                told = self._calls.results("/tax/v1/receipts", _batch(some), numbers, key="order_number")
            except NoAnswer as silence:
                self._calls.silent(silence)
                break
            receipts += [_receipt(told.get(one.order_number, {}), one) for one in some]
        return [*_not_shared(receipts, payments), *[NO_RECEIPT] * (len(payments) - len(receipts))]

    def refund(self, instruction: RefundInstruction) -> RefundAnswer:
        """See `RefundProvider`."""
        question = {
            "number": instruction.number,
            "order_number": instruction.order_number,
            "amount": instruction.amount,
            "total": instruction.total,
            "reason": instruction.reason,
        }
        try:
            result = self._result("/tax/v1/refunds", question)
        except NoAnswer as silence:
            self._calls.silent(silence)
            return UNKNOWN if silence.sent else BUSY
        said = _refund_answer(result)
        if result.get("status") and not _repeats(result, instruction):
            return _unclear(said)
        # Whoever is told of a refund has seen its number: it cannot be unknown to them.
        return _unclear(said) if said.outcome is Refunded.NOT_FOUND else said

    def query_refund(self, number: str) -> RefundAnswer:
        """See `RefundProvider`."""
        try:
            said = _refund_answer(self._result("/tax/v1/refunds/query", {"number": number}))
        except NoAnswer as silence:
            self._calls.silent(silence)
            return UNKNOWN
        return _unclear(said) if said.outcome is Refunded.DECLINED else said

    def _result(self, path: str, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is said of the one refund that a question is about; raises NoAnswer."""
        number = question["number"]
        return self._calls.results(path, question, [number]).get(number, {})


def _batch(payments: Sequence[TaxPayment]) -> dict[str, Any]:
    return {
        "count": len(payments),
        "total": sum(one.amount for one in payments),
        "payments": [_payment(one) for one in payments],
    }


def _payment(one: TaxPayment) -> dict[str, Any]:
    return {
        "order_number": one.order_number,
        "transaction": one.reference,
        "amount": one.amount,
        "paid_at": one.paid_at.isoformat(),
        "name": one.name,
        "id_number": one.id_number,
    }


def _receipt(result: Mapping[str, Any], asked: TaxPayment) -> Receipt:
    """A receipt only for the very payment that was asked about."""
    meant = _pair(result)
    if meant in RECEIPT_REFUSALS:
        return Receipt(None, code=meant[1])
    number, received_at = result.get("receipt"), _moment(result.get("received_at"))
    same = result.get("transaction") == asked.reference and _amount(result) == asked.amount
    if meant != BOOKED or not same or not isinstance(number, str) or not number or received_at is None:
        return NO_RECEIPT
    return Receipt(number, received_at)


def _not_shared(receipts: Sequence[Receipt], payments: Sequence[TaxPayment]) -> list[Receipt]:
    """A number that two orders were given is the receipt of neither."""
    pairs = {(one.number, payment.order_number) for one, payment in zip(receipts, payments, strict=False)}
    orders = Counter(number for number, _ in pairs)
    return [NO_RECEIPT if one.number and orders[one.number] > 1 else one for one in receipts]


def _refund_answer(result: Mapping[str, Any]) -> RefundAnswer:
    status, code = _pair(result)
    said = replace(REFUND_MEANINGS.get((status, code), UNKNOWN), code=code or None, amount=_amount(result))
    if status and said.amount is None:
        return _unclear(said)
    if said.outcome is not Refunded.REFUNDED:
        return said
    reference, settled_at = result.get("refund_number"), _moment(result.get("refunded_at"))
    if not isinstance(reference, str) or not reference or settled_at is None:
        return _unclear(said)
    return replace(said, reference=reference, settled_at=settled_at)


def _repeats(result: Mapping[str, Any], asked: RefundInstruction) -> bool:
    return result.get("order_number") == asked.order_number and _amount(result) == asked.amount


def _unclear(said: RefundAnswer) -> RefundAnswer:
    """What was said is kept as a hint for people only."""
    return RefundAnswer(Refunded.UNKNOWN, code=said.code)


def _pair(result: Mapping[str, Any]) -> tuple[str, str]:
    return str(result.get("status", "")), str(result.get("code", ""))


def _amount(result: Mapping[str, Any]) -> Fen | None:
    amount = result.get("amount")
    return Fen(amount) if type(amount) is int else None


def _moment(told: object) -> datetime | None:
    """A moment with its offset; anything else is none."""
    try:
        moment = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
