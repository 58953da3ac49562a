"""What payouts need from whoever carries money out, the same for every provider.

A number stands for one transfer for ever: a provider that is told it twice pays once. That, and nothing in
this house, is what keeps a lost answer from becoming a second payment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from backend.kernel.money import Fen


class Provider(StrEnum):
    """Who carries money out."""

    RED_PACKET = "red_packet"
    BANK = "bank"
    WECHAT_REFUND = "wechat_refund"
    TAX_REFUND = "tax_refund"

    @property
    def label(self) -> str:
        """For people."""
        return LABELS[self.value]


LABELS = {
    "red_packet": "微信现金红包",
    "bank": "社银直联",
    "wechat_refund": "微信支付退款",
    "tax_refund": "税务退费",
}


class Outcome(StrEnum):
    """What a provider said of one number, or that it said nothing."""

    PAID = "paid"
    """The payee has the money."""
    ACCEPTED = "accepted"
    """The provider has the order and will end it; ask again later."""
    FAILED = "failed"
    """Not paid, and this number never will be: the payout may go out under another one."""
    RETURNED = "returned"
    """It had gone out and is back with us."""
    DECLINED = "declined"
    """Nothing happened; the same number may be sent again after `retry_after`."""
    UNKNOWN = "unknown"
    """No answer, or none that says which: it may have happened. Ask with the same number, never a new one."""
    NOT_FOUND = "not_found"
    """Asked for a number that the provider never saw: the same number may be sent."""
    CONFLICT = "conflict"
    """The provider knows this number with other contents: a person must look."""


class Reason(StrEnum):
    """Why a payout was not carried out, as far as it matters what to do next."""

    PAYEE = "payee"
    """Name, account or openid are wrong or closed: to be corrected."""
    BLOCKED = "blocked"
    """The provider's risk control, or the payee's own settings, forbid it."""
    BALANCE = "balance"
    """Our balance there is too low: to be topped up."""
    LIMIT = "limit"
    """The payee's or our limit of today is used up."""
    BUSY = "busy"
    """Too many calls, or the provider is away."""
    REJECTED = "rejected"
    """Anything else about this order."""


@dataclass(frozen=True, repr=False)
class Payee:
    """Who gets it.

    `account` is an openid (red packet), an account with its holder's name and its bank's CNAPS code (bank),
    or the number of the order that somebody paid, `total` fen in all (refunds).
    """

    account: str
    name: str = ""
    bank_code: str = ""
    total: int = 0


@dataclass(frozen=True)
class Instruction:
    """One transfer to be made: `number` of at most 28 letters and digits, `purpose` is shown to the payee."""

    number: str
    amount: Fen
    payee: Payee = field(repr=False)
    purpose: str


@dataclass(frozen=True)
class Inquiry:
    """A number to ask about, and when it was first sent."""

    number: str
    sent_at: datetime


@dataclass(frozen=True)
class Answer:
    """What is known of one number now.

    `amount` is what the provider has, where it said so; `code` is its own word for what happened and names
    nobody; `settled_on` the accounting date of a PAID or RETURNED in its books.
    """

    outcome: Outcome
    reference: str | None = None
    code: str | None = None
    reason: Reason | None = None
    amount: Fen | None = None
    retry_after: timedelta | None = None
    settled_on: date | None = None


class PayoutProvider(Protocol):
    """Carries money out. Never raises for what the other side does: every number gets an answer, in order.

    Once the other side has gone silent, the rest of a batch is DECLINED unsent, so that a call stays short.
    """

    def pay(self, instructions: Sequence[Instruction]) -> Sequence[Answer]:
        """Sends each once; no answer of it is NOT_FOUND."""
        ...

    def query(self, inquiries: Sequence[Inquiry]) -> Sequence[Answer]:
        """Asks about each once; what could not be asked now is UNKNOWN."""
        ...
