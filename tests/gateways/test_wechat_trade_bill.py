"""The trade bill as it is fetched: its movements, and what happens when it does not come, or not whole."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.gateways.wechat_orders import WeChatOrders, WeChatRefunds
from backend.gateways.wechat_trade_bill import TradeBills
from backend.kernel.clock import SHANGHAI
from backend.kernel.errors import Unavailable
from backend.kernel.settings import Settings
from backend.reconciliation.ports import BadDayFile, NoDayFile
from tests.support.collecting import (
    BILL,
    CLOCK,
    collector,
    orders,
    paid,
    refund_of,
    refunds,
)
from tests.support.red_packets import into_tomorrow, quiet_day, today
from tests.support.sandbox import Sandbox, calls

__all__ = ["collector", "orders", "refunds"]
pytestmark = pytest.mark.usefixtures("collector")
FILE = "/v3/billdownload/file"


@pytest.fixture
def bills(settings: Settings) -> TradeBills:
    return TradeBills(settings, CLOCK)


def test_the_bill_of_a_day(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds, bills: TradeBills
) -> None:
    day = quiet_day(world)
    one, two = paid(world, orders, 55_440), paid(world, orders, 1)
    back = refund_of(one, 40)
    assert refunds.refund(back).reference
    with pytest.raises(NoDayFile):
        bills.lines(day)
    into_tomorrow(world)
    lines = bills.lines(day)
    assert [(line.number, line.direction, line.amount) for line in lines] == [
        (one.number, "in", 55_440),
        (two.number, "in", 1),
        (back.number, "out", 40),
    ]
    assert [line.reference for line in lines] == [
        orders.query(one.number).reference,
        orders.query(two.number).reference,
        refunds.query_refund(back.number).reference,
    ]
    assert {line.booked_at.astimezone(SHANGHAI).date() for line in lines} == {day}


def test_there_is_no_bill_before_its_time_or_without_trade(world: Sandbox, bills: TradeBills) -> None:
    now = today(world)
    for day in (now, now + timedelta(days=1), date(2020, 1, 1)):
        with pytest.raises(NoDayFile):
            bills.lines(day)


@pytest.mark.parametrize("spoil", ["cut", "totals", "line", "hash"])
def test_a_bad_bill_is_refused_whole(
    world: Sandbox, orders: WeChatOrders, bills: TradeBills, spoil: str
) -> None:
    day = quiet_day(world)
    for _ in range(3):
        paid(world, orders)
    into_tomorrow(world)
    world.put("/_world/collector/bill", {"spoil": spoil})
    with pytest.raises(BadDayFile):
        bills.lines(day)
    assert len(bills.lines(day)) == 3


def test_no_address_elsewhere_is_followed(world: Sandbox, orders: WeChatOrders, bills: TradeBills) -> None:
    day = quiet_day(world)
    paid(world, orders)
    into_tomorrow(world)
    world.put("/_world/collector/bill", {"spoil": "host"})
    before = calls(world, FILE)
    with pytest.raises(Unavailable):
        bills.lines(day)
    assert calls(world, FILE) == before
    assert len(bills.lines(day)) == 1


@pytest.mark.parametrize(
    ("path", "fault", "expected"),
    [
        (BILL, {"kind": "errcode", "errcode": "NO_STATEMENT_EXIST"}, NoDayFile),
        (BILL, {"kind": "errcode", "errcode": "STATEMENT_CREATING"}, NoDayFile),
        (BILL, {"kind": "errcode", "errcode": "SYSTEM_ERROR"}, Unavailable),
        (BILL, {"kind": "errcode", "errcode": "INVALID_REQUEST"}, Unavailable),
        (BILL, {"kind": "http_status", "status": 500}, Unavailable),
        (BILL, {"kind": "drop"}, Unavailable),
        (BILL, {"kind": "unsigned"}, Unavailable),
        (BILL, {"kind": "tampered"}, Unavailable),
        (FILE, {"kind": "drop"}, Unavailable),
        (FILE, {"kind": "http_status", "status": 404}, Unavailable),
        (FILE, {"kind": "errcode", "errcode": "INVALID_REQUEST"}, Unavailable),
    ],
)
def test_when_no_bill_comes(
    world: Sandbox,
    orders: WeChatOrders,
    bills: TradeBills,
    path: str,
    fault: dict,
    expected: type[Exception],
) -> None:
    day = quiet_day(world)
    paid(world, orders)
    into_tomorrow(world)
    world.fault(path, **fault)
    with pytest.raises(expected) as raised:
        bills.lines(day)
    assert raised.type is expected
