"""Red packets over a real socket: what was sent, and what each state and refusal means."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
import requests

from backend.gateways.red_packet import RedPackets, fitting
from backend.kernel.clock import SHANGHAI
from backend.kernel.money import Fen
from backend.kernel.settings import Settings
from backend.payouts.ports import Answer, Outcome, Payee, Reason
from tests.support.red_packets import (
    ASK,
    CLOCK,
    DAY,
    PLENTY,
    SEND,
    asked,
    balance,
    flows,
    impatient,
    into_tomorrow,
    order,
    outcomes,
    packets,
    pay,
    pay_settings,
    query,
    skip,
    today,
    wallet,
)
from tests.support.sandbox import Sandbox, calls

__all__ = ["flows", "impatient", "packets", "pay_settings", "wallet"]
pytestmark = pytest.mark.usefixtures("wallet")


def test_a_packet_is_sent_then_opened(world: Sandbox, packets: RedPackets) -> None:
    person = world.person()
    one = order(person, 188)
    said = pay(packets, one)
    assert (said.outcome, said.amount, said.code) == (Outcome.ACCEPTED, 188, None)
    assert said.reference
    assert balance(world) == PLENTY - 188
    waiting = query(packets, one)
    assert waiting == Answer(Outcome.ACCEPTED, said.reference, "SENT", amount=Fen(188))
    world.post(f"/_world/packets/{one.number}/open")
    told = query(packets, one)
    assert (told.outcome, told.amount, told.reference) == (Outcome.PAID, 188, said.reference)
    assert (told.code, told.settled_on) == ("RECEIVED", today(world))
    [message] = [m for m in person.messages() if m["kind"] == "red_packet"]
    assert message["text"] == "海南社保发来红包 1.88 元：社保知识有奖竞答"


def test_packets_open_by_themselves_when_told_so(world: Sandbox, packets: RedPackets) -> None:
    world.put("/_world/wallet", {"opens_at_once": True})
    one = order(world.person())
    assert pay(packets, one).outcome is Outcome.ACCEPTED
    assert query(packets, one).outcome is Outcome.PAID


def test_unopened_packets_come_back_after_a_day(world: Sandbox, packets: RedPackets) -> None:
    one = order(world.person(), 500)
    pay(packets, one)
    sent_on = today(world)
    skip(world, DAY - 60)
    assert query(packets, one).outcome is Outcome.ACCEPTED
    skip(world, 61)
    said = query(packets, one)
    assert (said.outcome, said.amount, said.code) == (Outcome.RETURNED, 500, "REFUND")
    assert said.settled_on == sent_on + timedelta(days=1)
    assert balance(world) == PLENTY
    refused = requests.post(f"{world.url}/_world/packets/{one.number}/open", timeout=5)
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        ("SENDING", Outcome.ACCEPTED, None),
        ("SENT", Outcome.ACCEPTED, None),
        ("RECEIVED", Outcome.PAID, None),
        ("FAILED", Outcome.FAILED, Reason.REJECTED),
        ("RFUND_ING", Outcome.ACCEPTED, None),
        ("REFUND", Outcome.RETURNED, None),
    ],
)
def test_states(
    world: Sandbox, packets: RedPackets, status: str, outcome: Outcome, reason: Reason | None
) -> None:
    one = order(world.person())
    pay(packets, one)
    world.put(f"/_world/packets/{one.number}", {"status": status})
    said = query(packets, one)
    assert (said.outcome, said.reason, said.code, said.amount) == (outcome, reason, status, 100)


def test_a_number_that_nobody_sent_is_not_found(world: Sandbox, packets: RedPackets) -> None:
    assert query(packets, order(world.person())).outcome is Outcome.NOT_FOUND


def test_the_same_number_pays_once(world: Sandbox, packets: RedPackets, pay_settings: Settings) -> None:
    one = order(world.person(), 300)
    first = pay(packets, one)
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: pay(RedPackets(pay_settings, CLOCK), one), range(8)))
    assert set(again) == {first}
    assert balance(world) == PLENTY - 300


@pytest.mark.parametrize("change", ["amount", "payee", "purpose"])
def test_the_same_number_for_something_else_is_a_conflict(
    world: Sandbox, packets: RedPackets, change: str
) -> None:
    one = order(world.person())
    other: dict[str, object] = {
        "amount": Fen(101),
        "payee": Payee(world.person().oa_openid),
        "purpose": "别的活动",
    }
    pay(packets, one)
    said = pay(packets, replace(one, **{change: other[change]}))  # type: ignore[arg-type]
    assert (said.outcome, said.code) == (Outcome.CONFLICT, "FATAL_ERROR")
    assert balance(world) == PLENTY - 100


def test_a_failed_number_stays_failed(world: Sandbox, packets: RedPackets) -> None:
    one = order(world.person())
    pay(packets, one)
    world.put(f"/_world/packets/{one.number}", {"status": "FAILED"})
    assert balance(world) == PLENTY
    assert outcomes([pay(packets, one)]) == [(Outcome.FAILED, Reason.BUSY)]


@pytest.mark.parametrize(
    "purpose",
    ["", "0", "1234", "a]]>b", " 前后\r\n有空\t白 ", "<b>&amp;</b>", "长" * 200, "😀" * 60, "a\x00b\u202ec"],
)
def test_any_purpose_arrives(world: Sandbox, packets: RedPackets, purpose: str) -> None:
    one = order(world.person(), purpose=purpose)
    assert pay(packets, one).outcome is Outcome.ACCEPTED
    assert pay(packets, one).outcome is Outcome.ACCEPTED, "the same text every time"


def test_fitting_never_cuts_a_character() -> None:
    assert fitting("社保" * 20, 32) == "社保" * 5
    assert fitting("  a\n b ", 9) == "a b"


@pytest.mark.parametrize(
    ("code", "outcome", "reason", "pause"),
    [
        ("SYSTEMERROR", Outcome.UNKNOWN, None, None),
        ("XML_ERROR", Outcome.UNKNOWN, None, None),
        ("SIGN_ERROR", Outcome.UNKNOWN, None, None),
        ("NEVER_HEARD_OF", Outcome.UNKNOWN, None, None),
        ("PROCESSING", Outcome.UNKNOWN, None, timedelta(minutes=20)),
        ("SEND_FAILED", Outcome.FAILED, Reason.BUSY, None),
        ("PARAM_ERROR", Outcome.FAILED, Reason.REJECTED, None),
        ("MONEY_LIMIT", Outcome.FAILED, Reason.REJECTED, None),
        ("OPENID_ERROR", Outcome.FAILED, Reason.PAYEE, None),
        ("NO_AUTH", Outcome.FAILED, Reason.BLOCKED, None),
        ("FATAL_ERROR", Outcome.CONFLICT, None, None),
        ("NOTENOUGH", Outcome.DECLINED, Reason.BALANCE, timedelta(minutes=30)),
        ("FREQ_LIMIT", Outcome.DECLINED, Reason.BUSY, timedelta(minutes=1)),
    ],
)
def test_refusals(
    world: Sandbox,
    packets: RedPackets,
    code: str,
    outcome: Outcome,
    reason: Reason | None,
    pause: timedelta | None,
) -> None:
    world.fault(SEND, "errcode", errcode=code)
    one = order(world.person())
    said = pay(packets, one)
    assert said == Answer(outcome, code=code, reason=reason, retry_after=pause)
    assert balance(world) == PLENTY
    assert query(packets, one).outcome is Outcome.NOT_FOUND, "nothing had happened"


@pytest.mark.parametrize("code", ["SENDNUM_LIMIT", "RCVDAMOUNT_LIMIT", "SENDAMOUNT_LIMIT"])
def test_limits_of_a_day_last_until_the_next(world: Sandbox, packets: RedPackets, code: str) -> None:
    world.fault(SEND, "errcode", errcode=code)
    said = pay(packets, order(world.person()))
    assert (said.outcome, said.reason) == (Outcome.DECLINED, Reason.LIMIT)
    midnight = datetime.combine(CLOCK.today() + timedelta(days=1), time(), SHANGHAI)
    assert said.retry_after
    assert abs(CLOCK.now() + said.retry_after - midnight) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("NOT_FOUND", Answer(Outcome.NOT_FOUND, code="NOT_FOUND")),
        ("SYSTEMERROR", Answer(Outcome.UNKNOWN, code="SYSTEMERROR")),
        ("PARAM_ERROR", Answer(Outcome.UNKNOWN, code="PARAM_ERROR")),
        ("NO_AUTH", Answer(Outcome.UNKNOWN, code="NO_AUTH")),
        ("FREQ_LIMIT", Answer(Outcome.UNKNOWN, code="FREQ_LIMIT", retry_after=timedelta(minutes=1))),
    ],
)
def test_a_refused_question_says_nothing_of_the_packet(
    world: Sandbox, packets: RedPackets, code: str, expected: Answer
) -> None:
    one = order(world.person())
    pay(packets, one)
    world.fault(ASK, "errcode", errcode=code)
    assert query(packets, one) == expected


def test_what_the_wallet_and_the_payee_forbid(world: Sandbox, packets: RedPackets) -> None:
    person, blocked = world.person(), world.person()
    world.put(f"/_world/wallet/blocked/{blocked.oa_openid}", {})
    world.put("/_world/wallet", {"balance": 250})
    said = packets.pay(
        [
            order(person, 300),
            order(blocked),
            order("oNobody00000000000000000000"),
            order(person.mini_openid),
            order(person, 99),
            order(person, 20_001),
            order(person, 200),
        ]
    )
    assert outcomes(list(said)) == [
        (Outcome.DECLINED, Reason.BALANCE),
        (Outcome.FAILED, Reason.BLOCKED),
        (Outcome.FAILED, Reason.PAYEE),
        (Outcome.FAILED, Reason.PAYEE),
        (Outcome.FAILED, Reason.REJECTED),
        (Outcome.FAILED, Reason.REJECTED),
        (Outcome.ACCEPTED, None),
    ]
    assert balance(world) == 50
    requests.delete(f"{world.url}/_world/wallet/blocked/{blocked.oa_openid}", timeout=5).raise_for_status()
    world.put("/_world/wallet", {"balance": PLENTY})
    assert pay(packets, order(blocked)).outcome is Outcome.ACCEPTED


def test_a_person_gets_ten_packets_and_1000_yuan_a_day(world: Sandbox, packets: RedPackets) -> None:
    into_tomorrow(world)
    often, much = world.person(), world.person()
    said = packets.pay([order(often) for _ in range(11)])
    assert [one.outcome for one in said] == [Outcome.ACCEPTED] * 10 + [Outcome.DECLINED]
    said = packets.pay([order(much, 20_000) for _ in range(6)])
    assert [one.reason for one in said] == [None] * 5 + [Reason.LIMIT]
    into_tomorrow(world)
    assert pay(packets, order(often)).outcome is Outcome.ACCEPTED


def test_too_many_a_minute_leave_the_rest_unsent(world: Sandbox, packets: RedPackets) -> None:
    skip(world, 61)
    world.put("/_world/wallet", {"most_a_minute": 2})
    before = calls(world, SEND)
    said = packets.pay([order(world.person()) for _ in range(6)])
    assert outcomes(list(said)) == [(Outcome.ACCEPTED, None)] * 2 + [(Outcome.DECLINED, Reason.BUSY)] * 4
    assert {one.retry_after for one in said[2:]} == {timedelta(minutes=1)}
    assert calls(world, SEND) - before == 3
    world.fault(ASK, "errcode", errcode="FREQ_LIMIT", times=9)
    before = calls(world, ASK)
    told = packets.query([asked(order("x")) for _ in range(4)])
    assert {one.outcome for one in told} == {Outcome.UNKNOWN}
    assert calls(world, ASK) - before == 1
