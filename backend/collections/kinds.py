"""Which kinds of collections there are, and how their money goes back. Rooms above describe theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backend.kernel.money import Fen
from backend.payouts.kinds import PayoutKind
from backend.payouts.ports import Provider

REFUNDABLE = "collections.refundable"


@dataclass(frozen=True)
class CollectionKind:
    """A kind of collection: what it is called, and the most that one of it may be (fen).

    `account` is the agency's ledger account that it is booked to as soon as the tax authority has given its
    receipt; None when the room that wanted it books it.
    """

    name: str
    label: str
    single_limit: Fen
    account: str | None = None


COUNTER_BILL = CollectionKind("counter_bill", "窗口核定缴费", Fen(100_000_000), "collected_110")
"""What a clerk enters at the counter: pension contributions that were assessed on paper."""


def _refund(name: str, label: str, provider: Provider, *, approval: bool) -> PayoutKind:
    return PayoutKind(
        name=name,
        label=label,
        provider=provider,
        fund=REFUNDABLE,
        approval=approval,
        single_limit=Fen(100_000_000),
        daily_limit=Fen(5_000_000_000),
    )


RETURN = _refund("collection_return", "重复缴费退回", Provider.WECHAT_REFUND, approval=False)
"""Money that was not owed goes back by itself, the way it came."""
REFUND = _refund("collection_refund", "缴费退款", Provider.WECHAT_REFUND, approval=True)
"""Before the money is in the treasury: back through the payment."""
TAX_REFUND = _refund("tax_refund", "税务退费", Provider.TAX_REFUND, approval=True)
"""Once the tax authority has given its receipt: out of the treasury."""
PAYOUT_KINDS = (RETURN, REFUND, TAX_REFUND)

_kinds: dict[str, CollectionKind] = {}


def register(kind: CollectionKind) -> None:
    """Makes a kind known to this process; raises ValueError when another one bears its name."""
    if _kinds.setdefault(kind.name, kind) != kind:
        raise ValueError(f"two kinds named {kind.name}")


def every() -> Iterable[CollectionKind]:
    """All kinds."""
    return _kinds.values()


def collection_kind(name: str) -> CollectionKind:
    """A kind by name; raises LookupError."""
    return _kinds[name]
