"""The bank direct link: signed instructions out of the bureau's fund account. See docs/bank-link.md."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import requests
import structlog

from backend.gateways.bank_signing import Signer
from backend.gateways.outbound import Outbound, leave_through, never_sent
from backend.kernel.calls import Note
from backend.kernel.clock import SHANGHAI, Clock
from backend.kernel.money import Fen
from backend.payouts.ports import Answer, Inquiry, Instruction, Outcome, Reason

log = structlog.get_logger()
ASKED_AT_ONCE = 100
BALANCE_PAUSE = timedelta(minutes=30)
BUSY_PAUSE = timedelta(minutes=1)
ANSWERS: Mapping[str, tuple[Outcome, Reason | None, timedelta | None]] = {
    "0000": (Outcome.ACCEPTED, None, None),
    "0001": (Outcome.PAID, None, None),
    "0002": (Outcome.RETURNED, None, None),
    "1001": (Outcome.FAILED, Reason.PAYEE, None),
    "1002": (Outcome.FAILED, Reason.PAYEE, None),
    "1003": (Outcome.FAILED, Reason.PAYEE, None),
    "2001": (Outcome.DECLINED, Reason.BALANCE, BALANCE_PAUSE),
    "3001": (Outcome.CONFLICT, None, None),
    "3002": (Outcome.NOT_FOUND, None, None),
    "9001": (Outcome.DECLINED, Reason.BUSY, BUSY_PAUSE),
}
"""What the bank's codes mean; one that is not here means nothing certain."""
DAILY_LIMIT = "2002"


class NoAnswer(Exception):
    """The call got no answer that can be believed; `sent` says whether the bank may have acted on it."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class BankLink:
    """Implements PayoutProvider; a batch is one call, so that a lost answer leaves all of it unknown."""

    def __init__(
        self, url: str, client_id: str, signer: Signer, clock: Clock, note: Note | None = None
    ) -> None:
        self._url = url.rstrip("/")
        self._client_id = client_id
        self._signer = signer
        self._clock = clock
        self._session = requests.Session()
        leave_through(self._session, Outbound(self._url, self._url, note))

    def pay(self, instructions: Sequence[Instruction]) -> Sequence[Answer]:
        """See `PayoutProvider`."""
        payments = [
            {
                "number": one.number,
                "amount": one.amount,
                "account": one.payee.account,
                "name": one.payee.name,
                "bank_code": one.payee.bank_code,
                "purpose": one.purpose,
            }
            for one in instructions
        ]
        total = sum(one.amount for one in instructions)
        body = {"count": len(payments), "total": total, "payments": payments}
        try:
            told = self._results("/bank/v1/payments", body)
        except NoAnswer as silence:
            log.warning("bank did not answer", why=str(silence), sent=silence.sent)
            busy = Answer(Outcome.DECLINED, reason=Reason.BUSY, retry_after=BUSY_PAUSE)
            return [Answer(Outcome.UNKNOWN) if silence.sent else busy for _ in instructions]
        said = [self._answer(told.get(one.number)) for one in instructions]
        # Whoever is told to pay has seen the number: it cannot be unknown to them.
        return [Answer(Outcome.UNKNOWN) if one.outcome is Outcome.NOT_FOUND else one for one in said]

    def query(self, inquiries: Sequence[Inquiry]) -> Sequence[Answer]:
        """See `PayoutProvider`."""
        answers: list[Answer] = []
        for start in range(0, len(inquiries), ASKED_AT_ONCE):
            numbers = [one.number for one in inquiries[start : start + ASKED_AT_ONCE]]
            try:
                told = self._results("/bank/v1/payments/query", {"numbers": numbers})
            except NoAnswer as silence:
                log.warning("bank did not answer", why=str(silence), sent=silence.sent)
                told = {}
            said = [self._answer(told.get(number)) for number in numbers]
            answers += [Answer(Outcome.UNKNOWN) if one.outcome is Outcome.DECLINED else one for one in said]
        return answers

    def _results(self, path: str, body: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """What the bank says of each number; raises NoAnswer."""
        answer = self._post(path, json.dumps(body, ensure_ascii=False).encode())
        results = answer.get("results")
        if not isinstance(results, list):
            raise NoAnswer(f"no results: {answer.get('code')}", sent=True)
        return {str(one["number"]): one for one in results if isinstance(one, dict) and "number" in one}

    def _post(self, path: str, body: bytes) -> dict[str, Any]:
        stamp = str(int(self._clock.now().timestamp()))
        nonce = secrets.token_hex(16)
        signed = b"\n".join([b"POST", path.encode(), stamp.encode(), nonce.encode(), body, b""])
        headers = {
            "Content-Type": "application/json",
            "X-Bank-Client": self._client_id,
            "X-Bank-Timestamp": stamp,
            "X-Bank-Nonce": nonce,
            "X-Bank-Signature-Algorithm": self._signer.algorithm,
            "X-Bank-Signature": base64.b64encode(self._signer.sign(signed)).decode(),
        }
        try:
            response = self._session.post(self._url + path, data=body, headers=headers)
        except requests.RequestException as error:
            raise NoAnswer(type(error).__name__, sent=not never_sent(error)) from None
        self._require_signed(response, nonce)
        try:
            answer = json.loads(response.content)
        except ValueError:
            raise NoAnswer("no JSON", sent=True) from None
        if not isinstance(answer, dict):
            raise NoAnswer("no object", sent=True)
        return answer

    def _require_signed(self, response: requests.Response, nonce: str) -> None:
        """An answer counts when the bank signed it, and signed it for this very question."""
        stamp = response.headers.get("X-Bank-Timestamp", "")
        signed = b"\n".join(
            [str(response.status_code).encode(), stamp.encode(), nonce.encode(), response.content, b""]
        )
        try:
            signature = base64.b64decode(response.headers.get("X-Bank-Signature", ""), validate=True)
        except binascii.Error:
            signature = b""
        if not signature or not self._signer.verify(signed, signature):
            raise NoAnswer(f"HTTP {response.status_code} without the bank's signature", sent=True)

    def _answer(self, result: Mapping[str, Any] | None) -> Answer:
        if result is None:
            return Answer(Outcome.UNKNOWN)
        code = str(result.get("code"))
        outcome, reason, retry_after = ANSWERS.get(code, (Outcome.UNKNOWN, None, None))
        if code == DAILY_LIMIT:
            outcome, reason, retry_after = Outcome.DECLINED, Reason.LIMIT, self._until_tomorrow()
        amount, settled_on = result.get("amount"), result.get("settled_on")
        return Answer(
            outcome,
            reference=str(result["reference"]) if result.get("reference") else None,
            code=code,
            reason=reason,
            amount=Fen(amount) if type(amount) is int else None,
            retry_after=retry_after,
            settled_on=_day(settled_on),
        )

    def _until_tomorrow(self) -> timedelta:
        now = self._clock.now()
        tomorrow = now.astimezone(SHANGHAI).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), SHANGHAI) - now


def _day(told: object) -> date | None:
    try:
        return date.fromisoformat(str(told))
    except ValueError:
        return None
