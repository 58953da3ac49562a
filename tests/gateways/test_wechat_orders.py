"""Orders through WeChat Pay v3 over a real socket: what each state, refusal and signature means."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from backend.collections.ports import Instruction, Trade, TradeAnswer
from backend.gateways.wechat_orders import WeChatOrders
from backend.kernel.money import Fen
from backend.kernel.settings import Settings
from tests.sandbox.support import MINI, OA
from tests.support.collecting import (
    CLOCK,
    OPEN,
    at,
    close_path,
    collector,
    number,
    opened,
    order,
    orders,
    paid,
    pay,
    query_path,
    skip,
)
from tests.support.sandbox import Sandbox, calls

__all__ = ["collector", "orders"]
pytestmark = pytest.mark.usefixtures("collector")


def test_an_order_is_opened_then_paid(world: Sandbox, orders: WeChatOrders) -> None:
    person = world.person()
    one = order(person)
    said = orders.open(one)
    assert (said.trade, said.code) == (Trade.WAITING, None)
    assert said.prepay_id
    assert orders.query(one.number) == TradeAnswer(Trade.WAITING, code="NOTPAY")
    shown = pay(world, one.number)
    told = orders.query(one.number)
    assert (told.trade, told.amount, told.refunded, told.code) == (Trade.PAID, 55_440, False, "SUCCESS")
    assert told.reference == shown["transaction_id"]
    assert told.paid_at == at(shown["paid_at"])
    assert shown["description"] == "2026年5月养老保险费"
    assert [m["amount"] for m in person.messages() if m["kind"] == "payment"] == [55_440]


@pytest.mark.parametrize("oa", [False, True])
def test_the_phone_pays_with_the_signed_parameters(world: Sandbox, orders: WeChatOrders, oa: bool) -> None:
    person, other = world.person(), world.person()
    one = order(person, oa=oa)
    prepay_id = orders.open(one).prepay_id
    assert prepay_id
    params = dict(orders.request_payment(one.appid, prepay_id))
    assert params["package"] == f"prepay_id={prepay_id}"
    assert params["signType"] == "RSA"
    for wrong in (
        {**params, "paySign": params["paySign"][::-1]},
        {**params, "nonceStr": "another"},
        {**params, "appId": (MINI if oa else OA)["appid"]},
        {**params, "package": "prepay_id=wx0"},
        {**params, "signType": "MD5"},
        {},
    ):
        answer = requests.post(f"{world.url}/_world/phones/{person.phone}/pay", json=wrong, timeout=5)
        assert answer.status_code in (400, 403, 409), wrong
    assert requests.post(f"{world.url}/_world/phones/{other.phone}/pay", json=params, timeout=5).status_code
    assert orders.query(one.number).trade is Trade.WAITING
    assert person.does("pay", **params)["state"] == "SUCCESS"
    assert orders.query(one.number).trade is Trade.PAID


def test_a_prepay_id_counts_for_two_hours(world: Sandbox, orders: WeChatOrders) -> None:
    person = world.person()
    one = order(person, minutes=60 * 24)
    first = orders.open(one).prepay_id
    skip(world, 7_201)
    second = orders.open(one).prepay_id
    assert first and second and first != second
    old = requests.post(
        f"{world.url}/_world/phones/{person.phone}/pay",
        json=dict(orders.request_payment(one.appid, first)),
        timeout=5,
    )
    assert old.status_code == 409
    assert person.does("pay", **orders.request_payment(one.appid, second))["state"] == "SUCCESS"


def test_the_same_number_is_one_order(world: Sandbox, orders: WeChatOrders, settings: Settings) -> None:
    one = order(world.person())
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: WeChatOrders(settings, CLOCK).open(one), range(8)))
    assert {one.trade for one in said} == {Trade.WAITING}
    assert len({one.prepay_id for one in said}) == 8
    pay(world, one.number)
    again = orders.open(one)
    assert (again.trade, again.code, again.prepay_id) == (Trade.PAID, "ORDERPAID", None)


@pytest.mark.parametrize("change", ["amount", "payer", "description", "expires_at", "appid"])
def test_the_same_number_for_something_else_is_a_conflict(
    world: Sandbox, orders: WeChatOrders, change: str
) -> None:
    person, other = world.person(), world.person()
    one = order(person)
    orders.open(one)
    changes: dict[str, dict[str, object]] = {
        "amount": {"amount": Fen(1)},
        "payer": {"payer": other.mini_openid},
        "description": {"description": "别的"},
        "expires_at": {"expires_at": one.expires_at + timedelta(minutes=1)},
        "appid": {"appid": OA["appid"], "payer": person.oa_openid},
    }
    said = orders.open(replace(one, **changes[change]))  # type: ignore[arg-type]
    assert (said.trade, said.code) == (Trade.CONFLICT, "OUT_TRADE_NO_USED")


def test_nobody_can_pay_after_it_expired(world: Sandbox, orders: WeChatOrders) -> None:
    one = order(world.person(), minutes=5)
    orders.open(one)
    skip(world, 301)
    assert orders.query(one.number) == TradeAnswer(Trade.CLOSED, code="CLOSED")
    assert orders.open(one) == TradeAnswer(Trade.CLOSED, code="ORDER_CLOSED")
    late = requests.post(f"{world.url}/_world/collector/orders/{one.number}/pay", json={}, timeout=5)
    assert late.status_code == 409


def test_closing(world: Sandbox, orders: WeChatOrders) -> None:
    one, two = opened(orders, world.person()), paid(world, orders)
    assert orders.close(one.number) == TradeAnswer(Trade.CLOSED)
    assert orders.close(one.number) == TradeAnswer(Trade.CLOSED, code="ORDER_CLOSED")
    assert orders.query(one.number).trade is Trade.CLOSED
    assert orders.close(two.number) == TradeAnswer(Trade.PAID, code="ORDERPAID")
    assert orders.close(number()).trade is Trade.NOT_FOUND


def test_money_may_still_reach_a_closed_order(world: Sandbox, orders: WeChatOrders) -> None:
    one = opened(orders, world.person())
    orders.close(one.number)
    pay(world, one.number, late=True)
    assert orders.query(one.number).trade is Trade.PAID
    assert orders.close(one.number).trade is Trade.PAID


def test_a_number_that_nobody_opened_is_not_found(orders: WeChatOrders) -> None:
    assert orders.query(number()) == TradeAnswer(Trade.NOT_FOUND, code="ORDER_NOT_EXIST")


@pytest.mark.parametrize(
    ("state", "trade", "refunded"),
    [
        ("SUCCESS", Trade.PAID, False),
        ("REFUND", Trade.PAID, True),
        ("NOTPAY", Trade.WAITING, False),
        ("USERPAYING", Trade.WAITING, False),
        ("PAYERROR", Trade.WAITING, False),
        ("CLOSED", Trade.CLOSED, False),
        ("REVOKED", Trade.CLOSED, False),
    ],
)
def test_states(world: Sandbox, orders: WeChatOrders, state: str, trade: Trade, refunded: bool) -> None:
    one = paid(world, orders)
    world.put(f"/_world/collector/orders/{one.number}", {"trade_state": state})
    said = orders.query(one.number)
    assert (said.trade, said.refunded, said.code) == (trade, refunded, state)
    assert (said.amount, said.reference is None) == ((55_440, False) if trade is Trade.PAID else (None, True))


def test_paid_without_a_payment_is_not_believed(world: Sandbox, orders: WeChatOrders) -> None:
    one = opened(orders, world.person())
    world.put(f"/_world/collector/orders/{one.number}", {"trade_state": "SUCCESS"})
    assert orders.query(one.number) == TradeAnswer(Trade.UNKNOWN, code="SUCCESS")


def test_another_amount_is_told_as_it_was_told(world: Sandbox, orders: WeChatOrders) -> None:
    one = paid(world, orders)
    world.put("/_world/collector", {"misstated": -40})
    assert orders.query(one.number).amount == 55_400


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("code", "trade", "pause"),
    [
        ("SYSTEM_ERROR", Trade.UNKNOWN, None),
        ("BANK_ERROR", Trade.UNKNOWN, None),
        ("SIGN_ERROR", Trade.UNKNOWN, None),
        ("NEVER_HEARD_OF", Trade.UNKNOWN, None),
        ("USERPAYING", Trade.UNKNOWN, timedelta(seconds=10)),
        ("ORDERPAID", Trade.PAID, None),
        ("ORDER_CLOSED", Trade.CLOSED, None),
        ("OUT_TRADE_NO_USED", Trade.CONFLICT, None),
        ("PARAM_ERROR", Trade.DECLINED, None),
        ("NO_AUTH", Trade.DECLINED, None),
        ("RULE_LIMIT", Trade.DECLINED, None),
        ("ACCOUNT_ERROR", Trade.DECLINED, None),
        ("OPENID_MISMATCH", Trade.DECLINED, None),
        ("MCH_NOT_EXISTS", Trade.DECLINED, None),
        ("APPID_MCHID_NOT_MATCH", Trade.DECLINED, None),
        ("FREQUENCY_LIMITED", Trade.DECLINED, MINUTE),
        ("RATELIMIT_EXCEEDED", Trade.DECLINED, MINUTE),
        ("INVALID_REQUEST", Trade.DECLINED, None),
    ],
)
def test_refusals_to_open(
    world: Sandbox, orders: WeChatOrders, code: str, trade: Trade, pause: timedelta | None
) -> None:
    world.fault(OPEN, "errcode", errcode=code)
    one = order(world.person())
    said = orders.open(one)
    assert said == TradeAnswer(trade, code=None if code == "SIGN_ERROR" else code, retry_after=pause)
    assert orders.query(one.number).trade is Trade.NOT_FOUND, "nothing had happened"


def test_an_invalid_request_is_cleared_up_by_a_question(world: Sandbox, orders: WeChatOrders) -> None:
    one, two, three = opened(orders, world.person()), paid(world, orders), opened(orders, world.person())
    orders.close(three.number)
    world.fault(OPEN, "errcode", errcode="INVALID_REQUEST", times=3)
    said = [orders.open(each).trade for each in (one, two, three)]
    assert said == [Trade.UNKNOWN, Trade.PAID, Trade.CLOSED]


@pytest.mark.parametrize(
    ("code", "trade", "pause"),
    [
        ("SYSTEM_ERROR", Trade.UNKNOWN, None),
        ("INVALID_REQUEST", Trade.UNKNOWN, None),
        ("ORDERPAID", Trade.PAID, None),
        ("ORDER_CLOSED", Trade.CLOSED, None),
        ("ORDERNOTEXIST", Trade.NOT_FOUND, None),
        ("ORDER_NOT_EXIST", Trade.NOT_FOUND, None),
        ("RESOURCE_NOT_EXISTS", Trade.NOT_FOUND, None),
        ("USERPAYING", Trade.UNKNOWN, timedelta(seconds=10)),
        ("FREQUENCY_LIMITED", Trade.DECLINED, MINUTE),
        ("NO_AUTH", Trade.DECLINED, None),
    ],
)
def test_refusals_to_close(
    world: Sandbox, orders: WeChatOrders, code: str, trade: Trade, pause: timedelta | None
) -> None:
    one = opened(orders, world.person())
    world.fault(close_path(one.number), "errcode", errcode=code)
    assert orders.close(one.number) == TradeAnswer(trade, code=code, retry_after=pause)
    assert orders.query(one.number).trade is Trade.WAITING


@pytest.mark.parametrize(
    ("code", "trade", "pause"),
    [
        ("SYSTEM_ERROR", Trade.UNKNOWN, None),
        ("PARAM_ERROR", Trade.UNKNOWN, None),
        ("INVALID_REQUEST", Trade.UNKNOWN, None),
        ("ORDERPAID", Trade.UNKNOWN, None),
        ("USERPAYING", Trade.UNKNOWN, None),
        ("ORDER_CLOSED", Trade.CLOSED, None),
        ("ORDERNOTEXIST", Trade.NOT_FOUND, None),
        ("RESOURCE_NOT_EXISTS", Trade.NOT_FOUND, None),
        ("FREQUENCY_LIMITED", Trade.UNKNOWN, MINUTE),
    ],
)
def test_a_refused_question(
    world: Sandbox, orders: WeChatOrders, code: str, trade: Trade, pause: timedelta | None
) -> None:
    one = paid(world, orders)
    world.fault(query_path(one.number), "errcode", errcode=code)
    assert orders.query(one.number) == TradeAnswer(trade, code=code, retry_after=pause)


def test_an_openid_of_the_other_app_is_declined(world: Sandbox, orders: WeChatOrders) -> None:
    person = world.person()
    one = replace(order(person), payer=person.oa_openid)
    assert orders.open(one) == TradeAnswer(Trade.DECLINED, code="PARAM_ERROR")


@pytest.mark.parametrize("text", ["费", "社保" * 70, "a\nb", '"引号"\\', "😀" * 30])
def test_any_description_arrives(world: Sandbox, orders: WeChatOrders, text: str) -> None:
    one = replace(order(world.person()), description=text)
    assert orders.open(one).trade is Trade.WAITING
    assert orders.open(one).trade is Trade.WAITING, "the same text every time"


def test_a_call_is_one_call(world: Sandbox, orders: WeChatOrders) -> None:
    before = calls(world, OPEN)
    opened(orders, world.person())
    assert calls(world, OPEN) - before == 1


def test_an_instruction_does_not_show_its_payer(world: Sandbox) -> None:
    one: Instruction = order(world.person())
    assert one.payer not in repr(one)
