"""The tax authority is the merchant itself: it sees in WeChat what was paid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.gateways.tax import TaxLink
from backend.gateways.wechat_orders import WeChatOrders
from backend.kernel.money import Fen
from tests.support.collecting import collector, orders, paid
from tests.support.sandbox import Sandbox
from tests.support.tax import payment, tax

__all__ = ["collector", "orders", "tax"]


@pytest.mark.usefixtures("collector")
@pytest.mark.parametrize("strict", [True, False])
def test_a_payment_is_compared_with_its_order(
    world: Sandbox, orders: WeChatOrders, tax: TaxLink, strict: bool
) -> None:
    one = paid(world, orders)
    seen = orders.query(one.number)
    told = payment(
        order_number=one.number, reference=seen.reference, amount=seen.amount, paid_at=seen.paid_at
    )
    world.put("/_world/tax", {"strict": strict})
    assert tax.receipts([replace(told, amount=Fen(1))])[0].code == "1002"
    assert tax.receipts([replace(told, order_number=payment().order_number)])[0].code == "1001"
    assert tax.receipts([payment()])[0].code == ("1001" if strict else None)
    assert tax.receipts([told])[0].number
