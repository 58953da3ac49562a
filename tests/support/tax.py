"""The tax authority in a running sandbox, and links to it."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from backend.collections.ports import RefundInstruction, TaxPayment
from backend.gateways.bank_signing import Signer, demo_signers
from backend.gateways.tax import TaxLink
from backend.gateways.tax_files import TaxDayFiles
from backend.kernel.clock import SystemClock
from backend.kernel.money import Fen
from tests.support.sandbox import Sandbox

CLIENT = "hnsb-demo"
RECEIPTS, REFUND, QUERY = "/tax/v1/receipts", "/tax/v1/refunds", "/tax/v1/refunds/query"
DAY_END = "/tax/v1/day-end"
NOW = SystemClock().now()
PLAIN = {"receipt_seconds": 0, "refund_seconds": 0, "strict": False, "reject_refunds": 0}
_sequence = count(1)


def payment(**changes: Any) -> TaxPayment:
    number = next(_sequence)
    plain = TaxPayment(
        f"JF{number:024d}", f"4200{number:024d}", Fen(10_000), NOW, "王秀英", "460100199001011234"
    )
    return replace(plain, **changes)


def back(paid: TaxPayment, amount: int = 4_000, **changes: Any) -> RefundInstruction:
    number = f"TF{next(_sequence):024d}"
    return replace(
        RefundInstruction(number, paid.order_number, Fen(amount), paid.amount, "重复缴费"), **changes
    )


def keys(sandbox: Sandbox) -> Path:
    return Path(sandbox.environment["DATA_DIR"]) / "sandbox" / "tax-keys"


def ours(sandbox: Sandbox) -> Signer:
    return demo_signers(keys(sandbox), other="tax")[0]


def link_to(sandbox: Sandbox, by: Signer | None = None) -> TaxLink:
    return TaxLink(sandbox.url, CLIENT, by or ours(sandbox), SystemClock())


@pytest.fixture
def tax(world: Sandbox) -> TaxLink:
    """A link to an authority that does everything at once and takes the bureau's word."""
    world.put("/_world/tax", PLAIN)
    return link_to(world)


@pytest.fixture
def tax_files(world: Sandbox) -> TaxDayFiles:
    return TaxDayFiles(world.url, CLIENT, ours(world), SystemClock())


def sums(world: Sandbox) -> tuple[int, int]:
    """Fen that came into the treasury, and that went back."""
    seen = world.get("/_world/tax")
    return seen["received"], seen["refunded"]


def skip(world: Sandbox, seconds: int) -> None:
    world.post("/_world/clock", {"seconds": seconds})
