"""WeChat Pay v3 on bad days: silence, lost answers, and answers that are not WeChat Pay's own."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from backend.collections.ports import RefundAnswer, Refunded, Trade, TradeAnswer
from backend.gateways import outbound
from backend.gateways.wechat_orders import WeChatOrders, WeChatRefunds
from backend.kernel.clock import FixedClock
from backend.kernel.errors import Unavailable
from backend.kernel.settings import Settings
from tests.support.collecting import (
    CLOCK,
    OPEN,
    REFUNDS,
    close_path,
    collector,
    number,
    opened,
    order,
    orders,
    paid,
    pay,
    query_path,
    refund_of,
    refund_path,
    refunds,
)
from tests.support.sandbox import Sandbox, calls, eventually

__all__ = ["collector", "orders", "refunds"]
pytestmark = pytest.mark.usefixtures("collector")
UNKNOWN = TradeAnswer(Trade.UNKNOWN)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT", (1.0, 0.5))


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "http_status", "status": 500},
        {"kind": "http_status", "status": 403},
        {"kind": "http_status", "status": 404},
        {"kind": "http_status", "status": 502},
        {"kind": "drop"},
        {"kind": "unsigned"},
        {"kind": "tampered"},
    ],
)
def test_silence_and_what_is_not_signed_is_unknown(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds, fault: dict
) -> None:
    one, two = opened(orders, world.person()), paid(world, orders)
    back = refund_of(two)
    for path in (OPEN, query_path(one.number), query_path(two.number), REFUNDS, refund_path(back.number)):
        world.fault(path, **fault)
    assert orders.open(order(world.person())) == UNKNOWN
    assert orders.query(one.number) == UNKNOWN
    assert orders.query(two.number) == UNKNOWN
    assert refunds.refund(back) == RefundAnswer(Refunded.UNKNOWN)
    assert refunds.query_refund(back.number) == RefundAnswer(Refunded.UNKNOWN)


@pytest.mark.parametrize("kind", ["unsigned", "drop", "lost_answer"])
def test_a_close_without_an_answer_is_unknown(world: Sandbox, orders: WeChatOrders, kind: str) -> None:
    one = opened(orders, world.person())
    world.fault(close_path(one.number), kind)
    assert orders.close(one.number) == UNKNOWN
    expected = Trade.WAITING if kind == "drop" else Trade.CLOSED
    assert orders.query(one.number).trade is expected
    assert orders.close(one.number).trade is Trade.CLOSED


def test_an_unsigned_refusal_is_no_refusal(world: Sandbox, orders: WeChatOrders) -> None:
    unknown = number()
    world.fault(query_path(unknown), "unsigned")
    assert orders.query(unknown) == UNKNOWN, "whoever is in between could say that nobody paid"
    assert orders.query(unknown).trade is Trade.NOT_FOUND


@pytest.mark.parametrize(
    "fault", [{"kind": "lost_answer"}, {"kind": "errcode_after", "errcode": "SYSTEM_ERROR"}]
)
def test_a_lost_answer_then_a_question(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds, fault: dict
) -> None:
    one = order(world.person())
    world.fault(OPEN, **fault)
    assert orders.open(one).trade is Trade.UNKNOWN
    assert orders.query(one.number).trade is Trade.WAITING, "it had happened"
    assert orders.open(one).prepay_id
    pay(world, one.number)
    back = refund_of(one)
    world.fault(REFUNDS, **fault)
    assert refunds.refund(back).outcome is Refunded.UNKNOWN
    assert refunds.query_refund(back.number).outcome is Refunded.PROCESSING
    assert refunds.refund(back).outcome is Refunded.PROCESSING
    assert len([r for r in world.get("/_world/collector")["refunds"] if r["order_number"] == one.number]) == 1


@pytest.mark.usefixtures("impatient")
def test_a_slow_answer_is_none_and_the_order_is_there_all_the_same(
    world: Sandbox, orders: WeChatOrders
) -> None:
    one = order(world.person())
    world.fault(OPEN, "delay", seconds=1)
    assert orders.open(one) == UNKNOWN
    eventually(lambda: "state" in world.get(f"/_world/collector/orders/{one.number}"))
    assert orders.open(one).trade is Trade.WAITING


def test_nobody_there_was_told_nothing(world: Sandbox, settings: Settings) -> None:
    away = settings.model_copy(update={"wechat_pay_api_url": "http://127.0.0.1:1"})
    orders, refunds = WeChatOrders(away, CLOCK), WeChatRefunds(away, CLOCK)
    one = order(world.person())
    declined = TradeAnswer(Trade.DECLINED, retry_after=timedelta(seconds=30))
    assert (orders.open(one), orders.close(one.number)) == (declined, declined)
    assert orders.query(one.number) == UNKNOWN
    assert refunds.refund(refund_of(one)) == RefundAnswer(
        Refunded.DECLINED, retry_after=timedelta(seconds=30)
    )
    assert refunds.query_refund("TF1") == RefundAnswer(Refunded.UNKNOWN)


# --- keys ---


def test_nothing_is_read_or_called_at_the_start(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, environment="test", data_dir=tmp_path)  # type: ignore[call-arg]
    noted: list[tuple[int, str | None]] = []
    orders = WeChatOrders(settings, CLOCK, lambda ms, failure: noted.append((ms, failure)))
    assert noted == []
    assert orders.query("JF1") == UNKNOWN
    assert orders.close("JF1").trade is Trade.DECLINED
    with pytest.raises(Unavailable):
        orders.request_payment("wx1", "wx2")
    assert noted[0] == (0, "FileNotFoundError")


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n"])
def test_bad_keys_send_nothing(world: Sandbox, settings: Settings, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.pem"
    file.write_bytes(content)
    one = order(world.person())
    before = calls(world, OPEN)
    for name in ("collector_key_file", "wechat_pay_public_key_file"):
        orders = WeChatOrders(settings.model_copy(update={name: file}), CLOCK)
        assert orders.open(one).trade is Trade.DECLINED
    assert calls(world, OPEN) == before


def test_a_key_of_somebody_else_is_refused_and_told(world: Sandbox, settings: Settings) -> None:
    wechats_own = settings.wechat_pay_public_key_file.with_suffix(".pem")
    noted: list[tuple[int, str | None]] = []
    wrong = settings.model_copy(update={"collector_key_file": wechats_own})
    said = WeChatOrders(wrong, CLOCK, lambda ms, failure: noted.append((ms, failure))).query("JF00000001")
    assert said == UNKNOWN
    assert noted[-1] == (0, "refused: SIGN_ERROR")


def test_another_key_than_wechat_pays_believes_nothing(world: Sandbox, settings: Settings) -> None:
    ours = settings.collector_key_file.with_suffix(".pub")
    noted: list[tuple[int, str | None]] = []
    wrong = settings.model_copy(update={"wechat_pay_public_key_file": ours})
    said = WeChatOrders(wrong, CLOCK, lambda ms, failure: noted.append((ms, failure))).query("JF00000001")
    assert said == UNKNOWN
    assert noted[-1] == (0, "refused: unsigned")


def test_another_name_of_the_key_is_not_looked_up(world: Sandbox, settings: Settings) -> None:
    """wechatpayv3 would fetch certificates over the network, without a signature."""
    wrong = settings.model_copy(update={"wechat_pay_public_key_id": "5E5BAA"})
    before = calls(world, "/v3/certificates")
    assert WeChatOrders(wrong, CLOCK).query(number()) == UNKNOWN
    assert calls(world, "/v3/certificates") == before


def test_a_certificate_of_wechat_pay_is_as_good_as_its_key(
    world: Sandbox, settings: Settings, orders: WeChatOrders, tmp_path: Path
) -> None:
    private = load_pem_private_key(settings.wechat_pay_public_key_file.with_suffix(".pem").read_bytes(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tenpay.com sign")])
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), 1)  # type: ignore[arg-type]
        .not_valid_before(CLOCK.now())
        .not_valid_after(CLOCK.now() + timedelta(days=1))
        .sign(private, hashes.SHA256())  # type: ignore[arg-type]
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    one = paid(world, orders)
    other = WeChatOrders(settings.model_copy(update={"wechat_pay_public_key_file": file}), CLOCK)
    assert other.query(one.number).trade is Trade.PAID


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_answer_of_another_time_is_none(world: Sandbox, settings: Settings, minutes: int) -> None:
    clock = FixedClock(CLOCK.now() + timedelta(minutes=minutes))
    assert WeChatOrders(settings, clock).query(number()) == UNKNOWN


# --- answers about something else, well signed ---


def test_the_answer_to_another_question_is_none(world: Sandbox, orders: WeChatOrders) -> None:
    theirs, ours = paid(world, orders), opened(orders, world.person())
    told = orders._calls.ask("query", lambda client: client.query(out_trade_no=theirs.number))
    assert told.fields["out_trade_no"] == theirs.number
    orders._calls.ask = lambda api, speak: told  # type: ignore[method-assign]
    assert orders.query(theirs.number).trade is Trade.PAID
    assert orders.query(ours.number) == UNKNOWN


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"mchid": "1900000001"}, None),
        ({"appid": "wx00000000000000"}, None),
        ({"out_trade_no": "JF"}, None),
        ({"transaction_id": None}, "SUCCESS"),
        ({"success_time": "yesterday"}, "SUCCESS"),
        ({"success_time": "2026-05-01T12:00:00"}, "SUCCESS"),
        ({"amount": {"total": 55_440, "currency": "USD"}}, "SUCCESS"),
        ({"amount": {"total": 554.4, "currency": "CNY"}}, "SUCCESS"),
        ({"amount": {"total": True, "currency": "CNY"}}, "SUCCESS"),
        ({"amount": {"total": -1, "currency": "CNY"}}, "SUCCESS"),
        ({"amount": [55_440]}, "SUCCESS"),
        ({"trade_state": "ACCEPT"}, "ACCEPT"),
        ({"trade_state": "王秀英"}, None),
        ({"trade_state": 1}, None),
    ],
)
def test_a_signed_answer_that_is_not_all_there(
    world: Sandbox, orders: WeChatOrders, change: dict, code: str | None
) -> None:
    one = paid(world, orders)
    told = orders._calls.ask("query", lambda client: client.query(out_trade_no=one.number))
    changed = type(told)(told.status, {**json.loads(json.dumps(told.fields)), **change})
    orders._calls.ask = lambda api, speak: changed  # type: ignore[method-assign]
    assert orders.query(one.number) == TradeAnswer(Trade.UNKNOWN, code=code)


# --- what is seen of calls ---


def test_calls_are_noted(world: Sandbox, settings: Settings) -> None:
    noted: list[tuple[int, str | None]] = []
    orders = WeChatOrders(settings, CLOCK, lambda ms, failure: noted.append((ms, failure)))
    orders.query(number())
    world.fault(OPEN, "drop")
    orders.open(order(world.person()))
    world.fault(OPEN, "errcode", errcode="NO_AUTH")
    orders.open(order(world.person()))
    assert [failure for _, failure in noted] == [None, "ConnectionError", None, "refused: NO_AUTH"]


def test_logs_name_nobody(world: Sandbox, orders: WeChatOrders, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    person = world.person()
    with structlog.testing.capture_logs() as logged:
        one = opened(orders, person)
        world.fault(OPEN, "errcode", errcode="NO_AUTH")
        orders.open(order(person))
        pay(world, one.number)
        orders.query(one.number)
    text = repr(logged) + caplog.text
    assert "NO_AUTH" in text
    for secret in (person.mini_openid, one.description, "WECHATPAY2"):
        assert secret not in text


def test_a_proxy_of_the_machine_does_not_see_the_sandbox(
    world: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "HTTPS_PROXY", "http://127.0.0.1:1")
    assert WeChatOrders(settings, CLOCK).query(number()).trade is Trade.NOT_FOUND
