"""A house has whom citizens pay, and its dashboard sees how they answer."""

from __future__ import annotations

from backend.collections.ports import NoticeReader, PaymentProvider, RefundProvider, Trade
from backend.gateways.wechat_orders import WeChatOrders, WeChatRefunds
from backend.gateways.wechat_pay_notices import WeChatPayNotices
from backend.kernel.calls import Calls, System
from backend.web.house import House
from tests.support.collecting import letter, now, number, order, pay
from tests.support.sandbox import Sandbox


def test_a_house_opens_orders_and_reads_notices(house: House, world: Sandbox) -> None:
    orders, reader = house.ports.get(PaymentProvider), house.ports.get(NoticeReader)
    assert isinstance(orders, WeChatOrders)
    assert isinstance(reader, WeChatPayNotices)
    assert isinstance(house.ports.get(RefundProvider), WeChatRefunds)
    assert house.settings.collector_notices_url.endswith("/callbacks/wechat-pay")
    house.clock.set(now(world))  # type: ignore[attr-defined]
    one = order(world.person())
    assert orders.open(one).trade is Trade.WAITING
    pay(world, one.number)
    assert reader.read(*letter(world, "orders", one.number)).number == one.number
    assert orders.query(number()).trade is Trade.NOT_FOUND
    health = house.ports.get(Calls).health(System.WECHAT_PAY)
    assert (health.state, health.failures) == ("ok", 0)
