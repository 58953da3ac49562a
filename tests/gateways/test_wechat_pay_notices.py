"""What WeChat Pay posts to us: read when it is whole and its own, refused when it is anything else."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from backend.collections.ports import ForgedNotice, MalformedNotice, Refunded, Trade
from backend.gateways.wechat_orders import WeChatOrders, WeChatRefunds
from backend.gateways.wechat_pay_notices import WeChatPayNotices
from backend.kernel.settings import Settings
from tests.sandbox.support import MINI, Sandbox
from tests.support.collecting import (
    CLOCK,
    Ear,
    collector,
    ear,
    letter,
    opened,
    orders,
    paid,
    pay,
    reader,
    refund_of,
    refunds,
)
from tests.support.sandbox import eventually

__all__ = ["collector", "ear", "orders", "reader", "refunds"]
pytestmark = pytest.mark.usefixtures("collector")
KEY, MCH = b"demo0000000000000000000000v3-key", "1900000209"
KEY_ID = "PUB_KEY_ID_0119000002090000000000000000000001"
Write = Callable[..., tuple[dict[str, str], bytes]]


@pytest.fixture
def write(settings: Settings) -> Write:
    """Notices of our own making, signed with WeChat Pay's key."""
    pem = settings.wechat_pay_public_key_file.with_suffix(".pem").read_bytes()
    private = load_pem_private_key(pem, None)
    assert isinstance(private, RSAPrivateKey)

    def sign(body: bytes, **headers: str) -> tuple[dict[str, str], bytes]:
        stamp, nonce = headers.get("stamp", str(int(time.time()))), headers.get("nonce", "abc")
        message = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        told = {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": KEY_ID,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }
        return told, body

    return sign


def sealed(content: object, key: bytes = KEY, about: str = "transaction") -> dict[str, str]:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    opened = AESGCM(key).encrypt(b"0123456789ab", text, about.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(opened).decode(),
        "associated_data": about,
        "nonce": "0123456789ab",
    }


def body(content: object, **more: object) -> bytes:
    notice = {"id": "EV-1", "event_type": "TRANSACTION.SUCCESS", "resource": sealed(content)} | more
    return json.dumps(notice).encode()


CONTENT = {
    "mchid": MCH,
    "appid": MINI["appid"],
    "out_trade_no": "JF000001",
    "transaction_id": "42000001",
    "trade_state": "SUCCESS",
    "success_time": "2026-05-01T12:00:00+08:00",
    "payer": {"openid": "oUser"},
    "amount": {"total": 55_440, "payer_total": 55_440, "currency": "CNY", "payer_currency": "CNY"},
}


# --- as the sandbox posts them ---


def test_a_payment_is_told(world: Sandbox, orders: WeChatOrders, reader: WeChatPayNotices, ear: Ear) -> None:
    one = paid(world, orders)
    [notice] = eventually(lambda: ear.heard(reader, one.number))  # type: ignore[misc]
    assert (notice.about, notice.refund) == ("order", None)
    assert notice.trade == orders.query(one.number)
    assert one.payer in notice.raw
    assert one.payer not in repr(notice)


def test_a_refund_is_told(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds, reader: WeChatPayNotices, ear: Ear
) -> None:
    world.put("/_world/collector", {"refund_seconds": 0.1})
    back = refund_of(paid(world, orders))
    refunds.refund(back)
    [notice] = eventually(lambda: ear.heard(reader, back.number))  # type: ignore[misc]
    assert (notice.about, notice.trade) == ("refund", None)
    assert notice.refund == refunds.query_refund(back.number)
    assert notice.refund.outcome is Refunded.REFUNDED


@pytest.mark.parametrize("end", ["ABNORMAL", "CLOSED"])
def test_a_refund_that_failed_is_told(
    world: Sandbox, orders: WeChatOrders, refunds: WeChatRefunds, reader: WeChatPayNotices, end: str
) -> None:
    world.put("/_world/collector", {"refund_seconds": 0, "refund_end": end})
    back = refund_of(paid(world, orders))
    refunds.refund(back)
    told = reader.read(*letter(world, "refunds", back.number)).refund
    assert told
    assert (told.outcome, told.code) == (Refunded.FAILED, end)


def test_a_notice_told_twice_has_one_id(
    world: Sandbox, orders: WeChatOrders, reader: WeChatPayNotices, ear: Ear
) -> None:
    world.put("/_world/collector/notices", {"copies": 3, "scatter": 0.2})
    one = paid(world, orders)
    eventually(lambda: len(ear.heard(reader, one.number)) == 3)
    world.post(f"/_world/collector/orders/{one.number}/notify")
    eventually(lambda: len(ear.heard(reader, one.number)) == 6)
    heard = ear.heard(reader, one.number)
    assert len({one.event_id for one in heard}) == 1
    assert len(set(map(repr, heard))) == 1


def test_dropped_and_late_notices(
    world: Sandbox, orders: WeChatOrders, reader: WeChatPayNotices, ear: Ear
) -> None:
    world.put("/_world/collector/notices", {"dropped": True})
    lost = paid(world, orders)
    world.put("/_world/collector/notices", {"dropped": False, "delay": 0.5})
    late = paid(world, orders)
    world.put("/_world/collector/notices", {"delay": 0})
    soon = paid(world, orders)
    eventually(lambda: ear.heard(reader, late.number))
    numbers = [reader.read(*one).number for one in ear.letters]
    assert numbers == [soon.number, late.number]
    assert orders.query(lost.number).trade is Trade.PAID


@pytest.mark.parametrize("forge", ["signature", "serial", "stale", "future"])
def test_forged_on_the_outside(
    world: Sandbox, orders: WeChatOrders, reader: WeChatPayNotices, ear: Ear, forge: str
) -> None:
    world.put("/_world/collector/notices", {"forge": forge})
    paid(world, orders)
    eventually(lambda: ear.letters)
    with pytest.raises(ForgedNotice):
        reader.read(*ear.letters[0])


@pytest.mark.parametrize("forge", ["key", "merchant"])
def test_signed_yet_not_for_us(
    world: Sandbox, orders: WeChatOrders, reader: WeChatPayNotices, forge: str
) -> None:
    one = paid(world, orders)
    with pytest.raises(MalformedNotice):
        reader.read(*letter(world, "orders", one.number, forge=forge))


@pytest.mark.parametrize(("seconds", "fresh"), [(-295, True), (295, True), (-305, False), (305, False)])
def test_a_notice_counts_for_five_minutes(
    world: Sandbox, orders: WeChatOrders, reader: WeChatPayNotices, seconds: int, fresh: bool
) -> None:
    one = paid(world, orders)
    told = letter(world, "orders", one.number, at=time.time() + seconds)
    if fresh:
        assert reader.read(*told).number == one.number
    else:
        with pytest.raises(ForgedNotice):
            reader.read(*told)


def test_money_on_a_closed_order_is_told(
    world: Sandbox, orders: WeChatOrders, reader: WeChatPayNotices
) -> None:
    one = opened(orders, world.person())
    orders.close(one.number)
    pay(world, one.number, late=True)
    notice = reader.read(*letter(world, "orders", one.number))
    assert notice.trade
    assert notice.trade.trade is Trade.PAID


def test_another_amount_is_told_as_it_is(
    world: Sandbox, orders: WeChatOrders, reader: WeChatPayNotices
) -> None:
    world.put("/_world/collector", {"misstated": 1})
    notice = reader.read(*letter(world, "orders", paid(world, orders).number))
    assert notice.trade
    assert notice.trade.amount == 55_441


# --- of our own making ---


def test_our_own_notice_is_read(reader: WeChatPayNotices, write: Write) -> None:
    notice = reader.read(*write(body(CONTENT)))
    assert (notice.event_id, notice.number) == ("EV-1", "JF000001")
    assert notice.trade
    assert (notice.trade.trade, notice.trade.amount) == (Trade.PAID, 55_440)


@pytest.mark.parametrize("name", [str.lower, str.upper, lambda name: "-".join(name.split("-"))])
def test_names_of_headers_have_no_case(
    reader: WeChatPayNotices, write: Write, name: Callable[[str], str]
) -> None:
    headers, content = write(body(CONTENT))
    assert reader.read({name(one): value for one, value in headers.items()}, content)


@pytest.mark.parametrize(
    "header", ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature"]
)
@pytest.mark.parametrize("value", [None, "", "x", "0", "²", "-1", "王"])
def test_headers_that_are_not_right(
    reader: WeChatPayNotices, write: Write, header: str, value: str | None
) -> None:
    headers, content = write(body(CONTENT))
    wrong = {name: one for name, one in headers.items() if name != header}
    if value is not None:
        wrong[header] = value
    with pytest.raises(ForgedNotice):
        reader.read(wrong, content)


def test_an_unknown_algorithm_is_refused(reader: WeChatPayNotices, write: Write) -> None:
    headers, content = write(body(CONTENT))
    with pytest.raises(ForgedNotice):
        reader.read({**headers, "Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"}, content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        body(CONTENT, id=None),
        body(CONTENT, id="a b"),
        body(CONTENT, id="x" * 65),
        body(CONTENT, event_type="COUPON.USE"),
        body(CONTENT, event_type=None),
        body(CONTENT, resource="sealed"),
        body(CONTENT, resource={}),
        body(CONTENT, resource={**sealed(CONTENT), "algorithm": "AEAD_SM4_GCM"}),
        body(CONTENT, resource={**sealed(CONTENT), "nonce": "short"}),
        body(CONTENT, resource={**sealed(CONTENT), "nonce": None}),
        body(CONTENT, resource={**sealed(CONTENT), "ciphertext": "!"}),
        body(CONTENT, resource={**sealed(CONTENT), "ciphertext": "AAAA"}),
        body(CONTENT, resource={**sealed(CONTENT), "associated_data": "refund"}),
        body(CONTENT, resource=sealed(b"no json")),
        body(CONTENT, resource=sealed(b"\xff\xfe")),
        body([CONTENT]),
        body({**CONTENT, "mchid": "1900000001"}),
        body({**CONTENT, "appid": "wx0"}),
        body({**CONTENT, "out_trade_no": None}),
        body({**CONTENT, "out_trade_no": "王"}),
        body({**CONTENT, "out_trade_no": ""}),
        body(CONTENT, event_type="REFUND.SUCCESS"),
    ],
)
def test_signed_and_not_a_notice(reader: WeChatPayNotices, write: Write, content: bytes) -> None:
    with pytest.raises((MalformedNotice, ForgedNotice)) as raised:
        reader.read(*write(content))
    assert raised.type is (ForgedNotice if content == b"\xff" else MalformedNotice)


def test_a_notice_without_a_payment_tells_nothing(reader: WeChatPayNotices, write: Write) -> None:
    told = reader.read(*write(body({**CONTENT, "transaction_id": None})))
    assert told.trade
    assert told.trade.trade is Trade.UNKNOWN


@rules(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_byte_that_is_changed_is_found(reader: WeChatPayNotices, write: Write, data: st.DataObject) -> None:
    headers, content = write(body(CONTENT))
    place = data.draw(st.integers(0, len(content) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda one: one != content[place]))
    with pytest.raises(ForgedNotice):
        reader.read(headers, content[:place] + bytes([other]) + content[place + 1 :])


def test_without_a_key_nothing_is_believed(settings: Settings, write: Write, tmp_path: Path) -> None:
    lost = settings.model_copy(update={"wechat_pay_public_key_file": tmp_path / "gone"})
    with pytest.raises(ForgedNotice):
        WeChatPayNotices(lost, CLOCK).read(*write(body(CONTENT)))


def test_another_api_key_opens_nothing(settings: Settings, write: Write) -> None:
    for key in ("another secret of 32 characters!", "short"):
        other = WeChatPayNotices(settings.model_copy(update={"collector_api_key": key}), CLOCK)
        with pytest.raises(MalformedNotice):
            other.read(*write(body(CONTENT)))
