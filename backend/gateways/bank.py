"""The bank direct link: signed instructions out of the bureau's fund account. See docs/bank-link.md."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

import requests
import structlog

from backend.gateways.bank_signing import CannotSign, Signer
from backend.gateways.outbound import Outbound, leave_through, never_sent
from backend.kernel.calls import REFUSED, Note
from backend.kernel.clock import SHANGHAI, Clock, business_date
from backend.kernel.money import Fen
from backend.payouts.ports import Answer, Inquiry, Instruction, Outcome, Reason

log = structlog.get_logger()
T = TypeVar("T")
PAID_AT_ONCE = 500
ASKED_AT_ONCE = 100
BALANCE_PAUSE = timedelta(minutes=30)
BUSY_PAUSE = timedelta(minutes=1)
BUSY_CODE = "9001"
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
# The link is a line of its own: a proxy of the machine is not asked for it.
DIRECT = {"http": "", "https": ""}


class NoAnswer(Exception):
    """The call got no answer that can be believed; `sent` says whether the bank may have acted on it."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


@dataclass(frozen=True)
class Reply:
    """What the bank answered, its signature checked."""

    content: bytes
    headers: Mapping[str, str]

    def fields(self) -> dict[str, Any]:
        """The JSON object that it is; raises NoAnswer."""
        try:
            said = json.loads(self.content)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise NoAnswer("no JSON object", sent=True)
        return said


class BankCalls:
    """Signs questions, and believes only answers that the bank has signed for the very question."""

    def __init__(
        self, url: str, client_id: str, signer: Signer, clock: Clock, note: Note | None = None
    ) -> None:
        self._url = url.rstrip("/")
        self._client_id = client_id
        self.signer = signer
        self.clock = clock
        self._note = note or (lambda ms, failure: None)
        self._session = requests.Session()
        leave_through(self._session, Outbound(self._url, self._url, note))

    def post(self, path: str, question: Mapping[str, Any]) -> Reply:
        """One call; raises NoAnswer."""
        body = json.dumps(question, ensure_ascii=False).encode()
        nonce = secrets.token_hex(16)
        headers = self._headers(path, nonce, body)
        try:
            response = self._session.post(self._url + path, data=body, headers=headers, proxies=dict(DIRECT))
        except requests.RequestException as error:
            raise NoAnswer(type(error).__name__, sent=not never_sent(error)) from None
        self._require_signed(response, nonce)
        return Reply(response.content, response.headers)

    def refused(self, code: object) -> None:
        """The bank would not serve the call as a whole: a person has to see why."""
        log.error("bank refused", code=code)
        self._note(0, f"{REFUSED}: {code}")

    def _headers(self, path: str, nonce: str, body: bytes) -> dict[str, str]:
        stamp = str(int(self.clock.now().timestamp()))
        signed = b"\n".join([b"POST", path.encode(), stamp.encode(), nonce.encode(), body, b""])
        try:
            signature = self.signer.sign(signed)
        except CannotSign as error:
            self._note(0, type(error).__name__)
            raise NoAnswer(f"not signed: {error}", sent=False) from None
        return {
            "Content-Type": "application/json; charset=utf-8",
            "X-Bank-Client": self._client_id,
            "X-Bank-Timestamp": stamp,
            "X-Bank-Nonce": nonce,
            "X-Bank-Signature-Algorithm": self.signer.algorithm,
            "X-Bank-Signature": base64.b64encode(signature).decode(),
        }

    def _require_signed(self, response: requests.Response, nonce: str) -> None:
        stamp = response.headers.get("X-Bank-Timestamp", "")
        lines = [str(response.status_code).encode(), stamp.encode(), nonce.encode()]
        try:
            signature = base64.b64decode(response.headers.get("X-Bank-Signature", ""), validate=True)
            good = bool(signature) and self.signer.verify(
                b"\n".join([*lines, response.content, b""]), signature
            )
        except (binascii.Error, CannotSign) as error:
            raise NoAnswer(f"HTTP {response.status_code}: {error}", sent=True) from None
        if not good:
            raise NoAnswer(f"HTTP {response.status_code} without the bank's signature", sent=True)


class BankLink:
    """Implements PayoutProvider; a batch is one call, so that a lost answer leaves all of it unknown."""

    def __init__(
        self, url: str, client_id: str, signer: Signer, clock: Clock, note: Note | None = None
    ) -> None:
        self._clock = clock
        self._calls = BankCalls(url, client_id, signer, clock, note)

    def pay(self, instructions: Sequence[Instruction]) -> Sequence[Answer]:
        """See `PayoutProvider`."""
        answers: list[Answer] = []
        for batch in _parts(instructions, PAID_AT_ONCE):
            try:
                told = self._results("/bank/v1/payments", self._batch(batch), batch)
            except NoAnswer as silence:
                log.warning("bank did not answer", why=str(silence), sent=silence.sent)
                answers += [UNKNOWN if silence.sent else BUSY] * len(batch)
                break
            said = [self._answer(told.get(one.number)) for one in batch]
            # Whoever is told to pay has seen the number: it cannot be unknown to them.
            answers += [UNKNOWN if one.outcome is Outcome.NOT_FOUND else one for one in said]
        return [*answers, *[BUSY] * (len(instructions) - len(answers))]

    def query(self, inquiries: Sequence[Inquiry]) -> Sequence[Answer]:
        """See `PayoutProvider`."""
        answers: list[Answer] = []
        for some in _parts(inquiries, ASKED_AT_ONCE):
            question = {"numbers": [one.number for one in some]}
            try:
                told = self._results("/bank/v1/payments/query", question, some)
            except NoAnswer as silence:
                log.warning("bank did not answer", why=str(silence), sent=silence.sent)
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

    def _results(
        self, path: str, question: Mapping[str, Any], asked: Sequence[Instruction | Inquiry]
    ) -> dict[str, Mapping[str, Any]]:
        """What the bank says of each number; raises NoAnswer."""
        said = self._calls.post(path, question).fields()
        results = said.get("results")
        if isinstance(results, list):
            return _by_number(results)
        if said.get("code") == BUSY_CODE:
            return {one.number: {"code": BUSY_CODE} for one in asked}
        self._calls.refused(said.get("code"))
        raise NoAnswer(f"refused: {said.get('code')}", sent=True)

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


def _payment(one: Instruction) -> dict[str, Any]:
    return {
        "number": one.number,
        "amount": one.amount,
        "account": one.payee.account,
        "name": one.payee.name,
        "bank_code": one.payee.bank_code,
        "purpose": one.purpose,
    }


def _by_number(results: Sequence[Any]) -> dict[str, Mapping[str, Any]]:
    """A number of which two different things are told is one of which nothing is known."""
    told: dict[str, Mapping[str, Any]] = {}
    for one in results:
        if isinstance(one, dict) and "number" in one:
            number = str(one["number"])
            told[number] = one if told.get(number, one) == one else {}
    return told


def _parts(whole: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (whole[start : start + size] for start in range(0, len(whole), size))


def _day(told: object) -> date | None:
    try:
        return date.fromisoformat(str(told))
    except ValueError:
        return None
