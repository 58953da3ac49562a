"""Refunds through WeChat Pay v3: taken on, over, refused, and known with other contents."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from backend.collections.ports import RefundAnswer, Refunded, Trade
from backend.gateways.wechat_orders import WeChatOrders, WeChatRefunds
from backend.kernel.money import Fen
from backend.kernel.settings import Settings
from tests.support.collecting import (
    CLOCK,
    REFUNDS,
    at,
    collector,
    number,
    opened,
    orders,
    paid,
    refund_of,
    refund_path,
    refunds,
    skip,
)
from tests.support.sandbox import Sandbox, eventually

__all__ = ["collector", "orders", "refunds"]
pytestmark = pytest.mark.usefixtures("collector")


def balance(world: Sandbox) -> int:
    return int(world.get("/_world/collector")["balance"])


def test_a_refund_takes_a_while(world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds) -> None:
    one = paid(world, orders)
    before = balance(world)
    back = refund_of(one)
    said = refunds.refund(back)
    assert (said.outcome, said.amount, said.code) == (Refunded.PROCESSING, 55_440, "PROCESSING")
    assert said.reference
    assert said.settled_at is None
    assert balance(world) == before - 55_440
    assert refunds.query_refund(back.number) == said
    skip(world, 4)
    over = refunds.query_refund(back.number)
    assert (over.outcome, over.amount, over.reference) == (Refunded.REFUNDED, 55_440, said.reference)
    assert over.settled_at == at(world.get(f"/_world/collector/refunds/{back.number}")["settled_at"])
    assert refunds.refund(back) == over
    told = orders.query(one.number)
    assert (told.trade, told.refunded, told.amount) == (Trade.PAID, True, 55_440)
    assert balance(world) == before - 55_440


def test_a_refund_ends_without_anybody_asking(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds
) -> None:
    world.put("/_world/collector", {"refund_seconds": 0.1})
    back = refund_of(paid(world, orders))
    refunds.refund(back)
    told = eventually(
        lambda: [n for n in world.get("/_world/collector")["notices"] if n["number"] == back.number]
    )
    assert told[0]["event_type"] == "REFUND.SUCCESS"  # type: ignore[index]


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ("SUCCESS", Refunded.REFUNDED),
        ("ABNORMAL", Refunded.FAILED),
        ("CLOSED", Refunded.FAILED),
    ],
)
def test_how_refunds_end(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds, end: str, outcome: Refunded
) -> None:
    world.put("/_world/collector", {"refund_end": end, "refund_seconds": 0})
    one = paid(world, orders)
    before = balance(world)
    back = refund_of(one, 400)
    refunds.refund(back)
    said = refunds.query_refund(back.number)
    assert (said.outcome, said.code, said.amount) == (outcome, end, 400)
    assert (said.settled_at is None) == (end != "SUCCESS")
    assert balance(world) == before - (0 if end == "CLOSED" else 400)


def test_an_abnormal_refund_may_be_brought_to_its_end_by_hand(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds
) -> None:
    world.put("/_world/collector", {"refund_end": "ABNORMAL", "refund_seconds": 0})
    back = refund_of(paid(world, orders))
    refunds.refund(back)
    assert refunds.query_refund(back.number).outcome is Refunded.FAILED
    world.put(f"/_world/collector/refunds/{back.number}", {"status": "SUCCESS"})
    assert refunds.query_refund(back.number).outcome is Refunded.REFUNDED
    done = f"{world.url}/_world/collector/refunds/{back.number}"
    assert requests.put(done, json={"status": "CLOSED"}, timeout=5).status_code == 409


def test_the_same_number_refunds_once(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds, settings: Settings
) -> None:
    one = paid(world, orders)
    before = balance(world)
    back = refund_of(one, 100)
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: WeChatRefunds(settings, CLOCK).refund(back), range(8)))
    assert len(set(said)) == 1
    assert balance(world) == before - 100


@pytest.mark.parametrize("change", ["amount", "order_number", "reason"])
def test_the_same_number_for_something_else(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds, change: str
) -> None:
    one, other = paid(world, orders), paid(world, orders)
    back = refund_of(one, 100)
    refunds.refund(back)
    changes: dict[str, object] = {
        "amount": Fen(101),
        "order_number": other.number,
        "reason": "别的",
    }
    said = refunds.refund(replace(back, **{change: changes[change]}))  # type: ignore[arg-type]
    assert said.outcome is Refunded.PROCESSING if change == "reason" else said.outcome is Refunded.CONFLICT, (
        "the reason is only for reading"
    )


def test_no_more_than_was_paid_goes_back(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds
) -> None:
    one = paid(world, orders, 1_000)
    parts = [refund_of(one, 400) for _ in range(3)]
    said = [refunds.refund(part).outcome for part in parts]
    assert said == [Refunded.PROCESSING, Refunded.PROCESSING, Refunded.DECLINED]
    assert refunds.query_refund(parts[2].number).outcome is Refunded.NOT_FOUND
    assert refunds.refund(refund_of(one, 200)).outcome is Refunded.PROCESSING


def test_only_what_was_paid_goes_back(world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds) -> None:
    waiting = opened(orders, world.person())
    assert refunds.refund(refund_of(waiting)) == RefundAnswer(Refunded.DECLINED, code="INVALID_REQUEST")
    nothing = replace(refund_of(waiting), order_number=number())
    assert refunds.refund(nothing) == RefundAnswer(Refunded.DECLINED, code="RESOURCE_NOT_EXISTS")
    wrong_total = replace(refund_of(paid(world, orders), 1), total=Fen(2))
    assert refunds.refund(wrong_total).outcome is Refunded.DECLINED


def test_a_low_balance_is_a_matter_of_time(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds
) -> None:
    back = refund_of(paid(world, orders))
    world.put("/_world/collector", {"balance": 55_439})
    assert refunds.refund(back) == RefundAnswer(
        Refunded.DECLINED, code="NOT_ENOUGH", retry_after=timedelta(minutes=30)
    )
    world.put("/_world/collector", {"balance": 55_440})
    assert refunds.refund(back).outcome is Refunded.PROCESSING


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("code", "outcome", "pause"),
    [
        ("SYSTEM_ERROR", Refunded.UNKNOWN, None),
        ("SIGN_ERROR", Refunded.UNKNOWN, None),
        ("NEVER_HEARD_OF", Refunded.UNKNOWN, None),
        ("NOT_ENOUGH", Refunded.DECLINED, timedelta(minutes=30)),
        ("FREQUENCY_LIMITED", Refunded.DECLINED, MINUTE),
        ("RATELIMIT_EXCEEDED", Refunded.DECLINED, MINUTE),
        ("PARAM_ERROR", Refunded.DECLINED, None),
        ("NO_AUTH", Refunded.DECLINED, None),
        ("MCH_NOT_EXISTS", Refunded.DECLINED, None),
        ("RESOURCE_NOT_EXISTS", Refunded.DECLINED, None),
        ("ORDER_NOT_EXIST", Refunded.DECLINED, None),
        ("INVALID_REQUEST", Refunded.DECLINED, None),
        ("USER_ACCOUNT_ABNORMAL", Refunded.FAILED, None),
    ],
)
def test_refusals(
    world: Sandbox,
    orders: WeChatOrders,
    refunds: WeChatRefunds,
    code: str,
    outcome: Refunded,
    pause: timedelta | None,
) -> None:
    back = refund_of(paid(world, orders))
    world.fault(REFUNDS, "errcode", errcode=code)
    told = None if code == "SIGN_ERROR" else code
    assert refunds.refund(back) == RefundAnswer(outcome, code=told, retry_after=pause)
    assert refunds.query_refund(back.number) == RefundAnswer(Refunded.NOT_FOUND, code="RESOURCE_NOT_EXISTS")


@pytest.mark.parametrize(
    ("code", "pause"),
    [("SYSTEM_ERROR", None), ("PARAM_ERROR", None), ("FREQUENCY_LIMITED", MINUTE), ("NOT_ENOUGH", None)],
)
def test_a_refused_question_says_nothing(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds, code: str, pause: timedelta | None
) -> None:
    back = refund_of(paid(world, orders))
    refunds.refund(back)
    world.fault(refund_path(back.number), "errcode", errcode=code)
    assert refunds.query_refund(back.number) == RefundAnswer(Refunded.UNKNOWN, code=code, retry_after=pause)


def test_another_amount_than_was_asked_for_is_a_conflict(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds
) -> None:
    back = refund_of(paid(world, orders), 100)
    world.put("/_world/collector", {"misstated": 1})
    assert refunds.refund(back).outcome is Refunded.CONFLICT
    assert refunds.query_refund(back.number).amount == 101


def test_an_unclear_refusal_whose_question_gets_no_answer_stays_unknown(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds
) -> None:
    back = refund_of(paid(world, orders))
    world.fault(REFUNDS, "errcode", errcode="INVALID_REQUEST")
    world.fault(refund_path(back.number), "drop")
    assert refunds.refund(back) == RefundAnswer(Refunded.UNKNOWN, code="INVALID_REQUEST")
