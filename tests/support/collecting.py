"""The collecting merchant in a running sandbox, gateways to it, and an ear for its notices."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest
import requests

from backend.collections.ports import Instruction, Notice, RefundInstruction
from backend.gateways.wechat_orders import WeChatOrders, WeChatRefunds
from backend.gateways.wechat_pay_notices import WeChatPayNotices
from backend.kernel.clock import SystemClock
from backend.kernel.money import Fen
from backend.kernel.settings import Settings
from tests.sandbox.support import MINI, OA
from tests.support.sandbox import Person, Sandbox

OPEN, REFUNDS, BILL = "/v3/pay/transactions/jsapi", "/v3/refund/domestic/refunds", "/v3/bill/tradebill"
CLOCK = SystemClock()
DAY = 86_400
_sequence = count(1)


def query_path(number: str) -> str:
    return f"/v3/pay/transactions/out-trade-no/{number}"


def close_path(number: str) -> str:
    return f"{query_path(number)}/close"


def refund_path(number: str) -> str:
    return f"{REFUNDS}/{number}"


@dataclass
class Ear:
    """Where notices arrive; `statuses` are answered first, one each, then 204."""

    letters: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def heard(self, reader: WeChatPayNotices, number: str) -> list[Notice]:
        """What was told of one order or refund."""
        notices = [reader.read(*letter) for letter in self.letters]
        return [one for one in notices if one.number == number]


@pytest.fixture
def collector(world: Sandbox) -> Iterator[None]:
    """The merchant with all switches as they should be."""
    yield
    requests.delete(f"{world.url}/_world/collector/notices", timeout=5).raise_for_status()
    calm = {"balance": 0, "misstated": 0, "refund_seconds": 3, "refund_end": "SUCCESS"}
    world.put("/_world/collector", calm)
    world.put("/_world/collector/bill", {"spoil": ""})


@pytest.fixture
def orders(settings: Settings) -> WeChatOrders:
    return WeChatOrders(settings, CLOCK)


@pytest.fixture
def refunds(settings: Settings) -> WeChatRefunds:
    return WeChatRefunds(settings, CLOCK)


@pytest.fixture
def reader(settings: Settings) -> WeChatPayNotices:
    return WeChatPayNotices(settings, CLOCK)


@pytest.fixture
def ear(callback_port: int) -> Iterator[Ear]:
    ear = Ear()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            ear.letters.append((dict(self.headers.items()), body))
            self.send_response(ear.statuses.pop(0) if ear.statuses else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", callback_port), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield ear
    server.shutdown()
    server.server_close()


def number(kind: str = "JF") -> str:
    return f"{kind}{next(_sequence):024d}"


def order(of: Person, amount: int = 55_440, *, oa: bool = False, minutes: float = 30) -> Instruction:
    return Instruction(
        number=number(),
        amount=Fen(amount),
        appid=(OA if oa else MINI)["appid"],
        payer=of.oa_openid if oa else of.mini_openid,
        description="2026年5月养老保险费",
        expires_at=now(of.sandbox) + timedelta(minutes=minutes),
    )


def opened(orders: WeChatOrders, of: Person, amount: int = 55_440) -> Instruction:
    """An order that waits."""
    one = order(of, amount)
    assert orders.open(one).prepay_id
    return one


def pay(world: Sandbox, number: str, **wish: object) -> dict:
    """Its payer pays it."""
    return world.post(f"/_world/collector/orders/{number}/pay", wish)


def paid(world: Sandbox, orders: WeChatOrders, amount: int = 55_440) -> Instruction:
    """An order that is paid."""
    one = opened(orders, world.person(), amount)
    assert pay(world, one.number)["state"] == "SUCCESS"
    return one


def refund_of(one: Instruction, amount: int | None = None) -> RefundInstruction:
    return RefundInstruction(
        number("TF"), one.number, Fen(one.amount if amount is None else amount), one.amount, "重复缴费"
    )


def letter(world: Sandbox, kind: str, number: str, **query: object) -> tuple[dict[str, str], bytes]:
    """A notice as it would be posted now."""
    told = world.get(f"/_world/collector/{kind}/{number}/notice", **query)
    return told["headers"], told["body"].encode()


def now(world: Sandbox) -> datetime:
    """By the world's own clock."""
    return at(world.get("/_world/clock")["now"])


def skip(world: Sandbox, seconds: float) -> None:
    world.post("/_world/clock", {"seconds": seconds})


def at(told: str) -> datetime:
    return datetime.fromisoformat(told)
