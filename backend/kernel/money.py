"""Money: whole fen. There is no fraction of a fen, and no float anywhere near one."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NewType

Fen = NewType("Fen", int)
"""An amount in fen (1/100 yuan)."""


def fen_from_yuan(yuan: Decimal) -> Fen:
    """Yuan to fen; raises ValueError when the amount has a fraction of a fen."""
    scaled = yuan * 100
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{yuan} yuan is not a whole number of fen")
    return Fen(int(scaled))


def round_half_up(amount: Decimal) -> Fen:
    """Rounds an exact amount in fen half up, the way assessment sheets do."""
    return Fen(int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def yuan_text(amount: Fen) -> str:
    """An amount for people: `1234.05` for 123405 fen."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"
