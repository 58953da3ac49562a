"""The wallet in a running sandbox, and gateways to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import count

import pytest

from backend.gateways import outbound
from backend.gateways.red_packet import RedPackets, WalletFlows
from backend.kernel.clock import SystemClock
from backend.kernel.money import Fen
from backend.kernel.settings import Settings
from backend.payouts.ports import Answer, Inquiry, Instruction, Outcome, Payee, Reason
from tests.support.sandbox import Person, Sandbox

SEND, ASK, BILL = "/mmpaymkttransfers/sendredpack", "/mmpaymkttransfers/gethbinfo", "/pay/downloadfundflow"
PLENTY = 100_000_000
CLOCK = SystemClock()
DAY = 86_400
_sequence = count(1)


@pytest.fixture
def wallet(world: Sandbox) -> Iterator[None]:
    """A full wallet, whose packets are opened by hand."""
    world.put("/_world/wallet", {"balance": PLENTY, "opens_at_once": False, "most_a_minute": 1800})
    yield
    world.put("/_world/wallet/bill", {"spoil": ""})


@pytest.fixture
def pay_settings(settings: Settings, world: Sandbox) -> Settings:
    return settings.model_copy(update={"wechat_pay_api_url": world.url})


@pytest.fixture
def packets(pay_settings: Settings) -> RedPackets:
    return RedPackets(pay_settings, CLOCK)


@pytest.fixture
def flows(pay_settings: Settings) -> WalletFlows:
    return WalletFlows(pay_settings)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT", (1.0, 0.5))


def order(to: Person | str, amount: int = 100, purpose: str = "社保知识有奖竞答") -> Instruction:
    openid = to if isinstance(to, str) else to.oa_openid
    return Instruction(f"TEST{next(_sequence):024d}", Fen(amount), Payee(openid), purpose)


def asked(one: Instruction) -> Inquiry:
    return Inquiry(one.number, CLOCK.now())


def outcomes(answers: list[Answer]) -> list[tuple[Outcome, Reason | None]]:
    return [(one.outcome, one.reason) for one in answers]


def pay(packets: RedPackets, *orders: Instruction) -> Answer:
    [*said] = packets.pay(orders)
    assert len(said) == len(orders)
    return said[0]


def query(packets: RedPackets, one: Instruction) -> Answer:
    [said] = packets.query([asked(one)])
    return said


def balance(world: Sandbox) -> int:
    return int(world.get("/_world/wallet")["balance"])


def today(world: Sandbox) -> date:
    return datetime.fromisoformat(world.get("/_world/clock")["now"]).date()


def skip(world: Sandbox, seconds: float) -> None:
    world.post("/_world/clock", {"seconds": seconds})


def into_tomorrow(world: Sandbox) -> date:
    """An hour into the next day, so that nothing of the tests before is in today's bill; gives that day."""
    now = datetime.fromisoformat(world.get("/_world/clock")["now"])
    midnight = datetime.combine(now.date() + timedelta(days=1), time(1), now.tzinfo)
    skip(world, (midnight - now).total_seconds())
    return midnight.date()


def quiet_day(world: Sandbox) -> date:
    """A day on which nothing of the tests before moves any more."""
    into_tomorrow(world)
    return into_tomorrow(world)
