"""Which kinds of payouts there are. Rooms above describe theirs, and `backend.bootstrap` registers them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backend.kernel.money import Fen
from backend.payouts.ports import Provider


@dataclass(frozen=True)
class PayoutKind:
    """A kind of payout: who carries it, out of which fund's account, and within which limits (fen).

    `approval`: nothing goes out before two people have released it.
    """

    name: str
    label: str
    provider: Provider
    fund: str
    approval: bool
    single_limit: Fen
    daily_limit: Fen


ONE_OFF = PayoutKind(
    name="one_off",
    label="一次性待遇支付",
    provider=Provider.BANK,
    fund="fund.pension",
    approval=True,
    single_limit=Fen(50_000_000),
    daily_limit=Fen(2_000_000_000),
)
"""What a clerk enters by hand: back-pay, funeral grants, anything that no room works out by itself."""

_kinds: dict[str, PayoutKind] = {}


def register(kind: PayoutKind) -> None:
    """Makes a kind known to this process; raises ValueError when another one bears its name."""
    if _kinds.setdefault(kind.name, kind) != kind:
        raise ValueError(f"two kinds named {kind.name}")


def every() -> Iterable[PayoutKind]:
    """All kinds."""
    return _kinds.values()


def payout_kind(name: str) -> PayoutKind:
    """A kind by name; raises LookupError."""
    return _kinds[name]
