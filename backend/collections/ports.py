"""What collections need from those who take money in, and from the tax authority that they take it for.

Numbers are ours and stand for one order, or one refund, for ever: told twice, the other side acts once.
None of these raises for what the other side does; whoever has to know is given an answer that says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from backend.kernel.errors import Forbidden, Invalid
from backend.kernel.money import Fen


class Trade(StrEnum):
    """What is known of a payment order."""

    WAITING = "waiting"
    """It stands open and nobody has paid it."""
    PAID = "paid"
    """The payer's money is with the collector, also when it was refunded later."""
    CLOSED = "closed"
    """It was never paid and never will be."""
    NOT_FOUND = "not_found"
    """The provider never saw this number."""
    DECLINED = "declined"
    """The provider would not do what was asked, and did nothing; asking again changes that only later."""
    CONFLICT = "conflict"
    """The provider knows this number with other contents."""
    UNKNOWN = "unknown"
    """No answer, or none that says which."""


@dataclass(frozen=True)
class Instruction:
    """An order to be opened. `number`: 26 letters and digits; `payer`: the openid of who alone can pay it.

    `appid` is that of the mini-program or official account that knows the payer by this openid. `description`
    is shown to the payer (at most 40 characters); after `expires_at` nobody can pay it.
    """

    number: str
    amount: Fen
    appid: str
    payer: str = field(repr=False)
    description: str
    expires_at: datetime


@dataclass(frozen=True)
class TradeAnswer:
    """What is known of one order now.

    `prepay_id` comes from opening, and counts for two hours. PAID carries `reference` (the provider's
    transaction), `amount` in fen, `paid_at`, and `refunded` when some of it has gone back. `code` is the
    provider's own word and names nobody.
    """

    trade: Trade
    prepay_id: str | None = field(default=None, repr=False)
    reference: str | None = None
    amount: Fen | None = None
    paid_at: datetime | None = None
    refunded: bool = False
    code: str | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True)
class RefundInstruction:
    """Money to go back to whoever paid: `number` names the refund; `amount` of the payment's `total`."""

    number: str
    order_number: str
    amount: Fen
    total: Fen
    reason: str


class Refunded(StrEnum):
    """What is known of a refund."""

    REFUNDED = "refunded"
    """The payer has the money."""
    PROCESSING = "processing"
    """It was taken on and is not over."""
    FAILED = "failed"
    """It will not arrive under this number (closed, or the payer's account is gone, or it was rejected)."""
    DECLINED = "declined"
    """Nothing happened; the same number may be sent again after `retry_after`."""
    NOT_FOUND = "not_found"
    """The other side never saw this number: the same one may be sent."""
    CONFLICT = "conflict"
    """The number is known with other contents."""
    UNKNOWN = "unknown"
    """No answer, or none that says which."""


@dataclass(frozen=True)
class RefundAnswer:
    """What is known of one refund now; `settled_at` of a REFUNDED, in the other side's books."""

    outcome: Refunded
    reference: str | None = None
    amount: Fen | None = None
    settled_at: datetime | None = None
    code: str | None = None
    retry_after: timedelta | None = None


class PaymentProvider(Protocol):
    """Opens orders that a citizen pays in WeChat, with the tax authority as the merchant."""

    def open(self, instruction: Instruction) -> TradeAnswer:
        """Opens an order: WAITING with a `prepay_id`.

        The same number with the same contents only gives another `prepay_id`; once paid it is PAID, perhaps
        without the details that `query` has.
        """
        ...

    def query(self, number: str) -> TradeAnswer:
        """Asks about an order."""
        ...

    def close(self, number: str) -> TradeAnswer:
        """Makes an order one that nobody can pay: CLOSED, or PAID when the payer was faster."""
        ...

    def request_payment(self, appid: str, prepay_id: str) -> Mapping[str, str]:
        """Signed parameters with which WeChat on the payer's phone opens the payment (wx.requestPayment)."""
        ...


class RefundProvider(Protocol):
    """Sends money back: through the payment itself, or by the tax authority out of the treasury."""

    def refund(self, instruction: RefundInstruction) -> RefundAnswer:
        """Asks for a refund; the same number again is the same refund."""
        ...

    def query_refund(self, number: str) -> RefundAnswer:
        """Asks about a refund."""
        ...


@dataclass(frozen=True)
class Receipt:
    """What the tax authority says of a payment: its number once the money is in the treasury, None before.

    A `code` says that it refuses a receipt, and somebody has to look; without one it only takes time.
    """

    number: str | None
    received_at: datetime | None = None
    code: str | None = None


@dataclass(frozen=True)
class TaxPayment:
    """A payment as the tax authority must know it: our order, the provider's transaction, and for whom."""

    order_number: str
    reference: str
    amount: Fen
    paid_at: datetime
    name: str = field(repr=False)
    id_number: str = field(repr=False)


class TaxAuthority(RefundProvider, Protocol):
    """The tax authority: collects for the bureau, gives receipts, refunds what is in the treasury."""

    def receipts(self, payments: Sequence[TaxPayment]) -> Sequence[Receipt]:
        """The receipts of payments (at most 100), in order; the same payment again has the same receipt."""
        ...


class ForgedNotice(Forbidden):
    """A notice that does not bear the provider's signature, or is too old or too far ahead."""

    code = "forged_notice"
    title = "通知签名不正确"


class MalformedNotice(Invalid):
    """A signed notice that is not what the provider sends."""

    code = "malformed_notice"
    title = "通知内容格式有误"


@dataclass(frozen=True)
class Notice:
    """What the provider tells by itself. `event_id` is the same each time it is told again.

    `number` is that of our order, or of our refund when `about` is a refund. `raw` is the opened content, to
    be kept; it names the payer.
    """

    event_id: str
    about: Literal["order", "refund"]
    number: str
    trade: TradeAnswer | None = None
    refund: RefundAnswer | None = None
    raw: str = field(default="", repr=False)


class NoticeReader(Protocol):
    """Reads what the provider posts to us."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Checks signature and time, opens the sealed content. Raises ForgedNotice, MalformedNotice."""
        ...
