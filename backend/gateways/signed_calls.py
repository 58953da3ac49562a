"""Calls that both sides sign: the envelope of the bank's link (docs/bank-link.md) and of the tax link."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
import structlog

from backend.gateways.bank_signing import CannotSign, Signer
from backend.gateways.outbound import Outbound, leave_through, never_sent
from backend.kernel.calls import REFUSED, Note
from backend.kernel.clock import Clock

log = structlog.get_logger()
T = TypeVar("T")
BUSY_CODE = "9001"
# A link is a line of its own: a proxy of the machine is not asked for it.
DIRECT = {"http": "", "https": ""}


class NoAnswer(Exception):
    """The call got no answer that can be believed; `sent` says whether it may have had its effect."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


@dataclass(frozen=True)
class Reply:
    """What the other side answered, its signature checked."""

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


class SignedCalls:
    """Signs questions, and believes only answers that the other side has signed for the very question.

    `party` is the other side's word in the headers: `X-Bank-Signature`, `X-Tax-Signature`.
    """

    def __init__(
        self, party: str, url: str, client_id: str, signer: Signer, clock: Clock, note: Note | None = None
    ) -> None:
        self.party = party
        self.client_id = client_id
        self.signer = signer
        self._clock = clock
        self._url = url.rstrip("/")
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

    def results(
        self, path: str, question: Mapping[str, Any], asked: Sequence[str], *, key: str = "number"
    ) -> dict[str, Mapping[str, Any]]:
        """What is said of each number, under its `key`; busy is said of all `asked`. Raises NoAnswer."""
        said = self.post(path, question).fields()
        results = said.get("results")
        if isinstance(results, list):
            return _by_number(results, key)
        if said.get("code") == BUSY_CODE:
            return {number: {"code": BUSY_CODE} for number in asked}
        self.refused(said.get("code"))
        raise NoAnswer(f"refused: {said.get('code')}", sent=True)

    def refused(self, code: object) -> None:
        """The other side would not serve the call as a whole: a person has to see why."""
        log.error("call refused", by=self.party, code=code)
        self._note(0, f"{REFUSED}: {code}")

    def silent(self, silence: NoAnswer) -> None:
        """Tells the log that there was no answer."""
        log.warning("no answer", by=self.party, why=str(silence), sent=silence.sent)

    def _headers(self, path: str, nonce: str, body: bytes) -> dict[str, str]:
        stamp = str(int(self._clock.now().timestamp()))
        signed = b"\n".join([b"POST", path.encode(), stamp.encode(), nonce.encode(), body, b""])
        try:
            signature = self.signer.sign(signed)
        except CannotSign as error:
            self._note(0, type(error).__name__)
            raise NoAnswer(f"not signed: {error}", sent=False) from None
        return {
            "Content-Type": "application/json; charset=utf-8",
            f"X-{self.party}-Client": self.client_id,
            f"X-{self.party}-Timestamp": stamp,
            f"X-{self.party}-Nonce": nonce,
            f"X-{self.party}-Signature-Algorithm": self.signer.algorithm,
            f"X-{self.party}-Signature": base64.b64encode(signature).decode(),
        }

    def _require_signed(self, response: requests.Response, nonce: str) -> None:
        stamp = response.headers.get(f"X-{self.party}-Timestamp", "")
        lines = [str(response.status_code).encode(), stamp.encode(), nonce.encode()]
        given = response.headers.get(f"X-{self.party}-Signature", "")
        try:
            signature = base64.b64decode(given, validate=True)
            good = bool(signature) and self.signer.verify(
                b"\n".join([*lines, response.content, b""]), signature
            )
        except (binascii.Error, CannotSign) as error:
            raise NoAnswer(f"HTTP {response.status_code}: {error}", sent=True) from None
        if not good:
            raise NoAnswer(f"HTTP {response.status_code} without the other side's signature", sent=True)


def in_parts(whole: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """What goes into one call, one after the other."""
    return (whole[start : start + size] for start in range(0, len(whole), size))


def _by_number(results: Sequence[Any], key: str) -> dict[str, Mapping[str, Any]]:
    """A number of which two different things are told is one of which nothing is known."""
    told: dict[str, Mapping[str, Any]] = {}
    for one in results:
        if isinstance(one, dict) and key in one:
            number = str(one[key])
            told[number] = one if told.get(number, one) == one else {}
    return told
