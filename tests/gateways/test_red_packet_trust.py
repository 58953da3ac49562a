"""Red packets on bad days: silence, lost answers, and answers that are not WeChat Pay's own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from wechatpy.pay.utils import calculate_signature

from backend.gateways import red_packet
from backend.gateways.red_packet import RedPackets
from backend.gateways.wechat_pay import HMAC_SHA256, MD5, NoAnswer, PayCalls
from backend.kernel.settings import Settings
from backend.payouts.ports import Answer, Outcome, Reason
from tests.sandbox.test_vectors import PAY_FIELDS, PAY_KEY
from tests.support.red_packets import (
    ASK,
    CLOCK,
    PLENTY,
    SEND,
    asked,
    balance,
    flows,
    impatient,
    order,
    outcomes,
    packets,
    pay,
    pay_settings,
    query,
    wallet,
)
from tests.support.sandbox import Sandbox, calls, eventually

__all__ = ["flows", "impatient", "packets", "pay_settings", "wallet"]
pytestmark = pytest.mark.usefixtures("wallet")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "http_status", "status": 500},
        {"kind": "http_status", "status": 403},
        {"kind": "http_status", "status": 502},
        {"kind": "drop"},
    ],
)
def test_silence_is_unknown(world: Sandbox, packets: RedPackets, fault: dict) -> None:
    one = order(world.person())
    for path in (SEND, ASK):
        world.fault(path, **fault)
    assert pay(packets, one) == Answer(Outcome.UNKNOWN)
    assert query(packets, one) == Answer(Outcome.UNKNOWN)


@pytest.mark.usefixtures("impatient")
def test_a_slow_answer_is_none_and_the_packet_goes_out_all_the_same(
    world: Sandbox, packets: RedPackets
) -> None:
    one = order(world.person())
    world.fault(SEND, "delay", seconds=1)
    assert pay(packets, one) == Answer(Outcome.UNKNOWN)
    assert query(packets, one).outcome is Outcome.NOT_FOUND, "and yet it is on its way"
    eventually(lambda: "status" in world.get(f"/_world/packets/{one.number}"))
    assert pay(packets, one).outcome is Outcome.ACCEPTED
    assert balance(world) == PLENTY - 100


@pytest.mark.parametrize(
    "fault", [{"kind": "lost_answer"}, {"kind": "errcode_after", "errcode": "SYSTEMERROR"}]
)
def test_a_lost_answer_then_a_question(world: Sandbox, packets: RedPackets, fault: dict) -> None:
    one = order(world.person(), 400)
    world.fault(SEND, **fault)
    assert pay(packets, one).outcome is Outcome.UNKNOWN
    assert balance(world) == PLENTY - 400, "it had happened"
    assert query(packets, one).outcome is Outcome.ACCEPTED
    assert pay(packets, one).outcome is Outcome.ACCEPTED
    assert balance(world) == PLENTY - 400


def test_nobody_there_was_told_nothing(pay_settings: Settings) -> None:
    away = RedPackets(pay_settings.model_copy(update={"wechat_pay_api_url": "http://127.0.0.1:1"}), CLOCK)
    expected = Answer(Outcome.DECLINED, reason=Reason.BUSY, retry_after=timedelta(seconds=30))
    assert list(away.pay([order("x") for _ in range(3)])) == [expected] * 3
    assert list(away.query([asked(order("x"))])) == [Answer(Outcome.UNKNOWN)]


def test_after_two_silent_calls_the_rest_is_left_for_later(world: Sandbox, packets: RedPackets) -> None:
    person = world.person()
    world.fault(SEND, "drop", times=2)
    before = calls(world, SEND)
    orders = [order(person) for _ in range(5)]
    said = packets.pay(orders)
    assert outcomes(list(said)) == [(Outcome.UNKNOWN, None)] * 2 + [(Outcome.DECLINED, Reason.BUSY)] * 3
    assert {one.retry_after for one in said[2:]} == {timedelta(seconds=30)}
    assert calls(world, SEND) - before <= 2
    world.fault(ASK, "drop", times=2)
    assert {one.outcome for one in packets.query([asked(one) for one in orders])} == {Outcome.UNKNOWN}
    assert query(packets, orders[4]).outcome is Outcome.NOT_FOUND


def test_silence_now_and_then_stops_nothing(world: Sandbox, packets: RedPackets) -> None:
    world.fault(SEND, "drop")
    said = packets.pay([order(world.person()) for _ in range(3)])
    assert [one.outcome for one in said] == [Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.ACCEPTED]


def test_a_slow_batch_is_cut_short(
    world: Sandbox, packets: RedPackets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(red_packet, "LONGEST_SECONDS", 0)
    said = packets.pay([order(world.person()) for _ in range(3)])
    assert [one.outcome for one in said] == [Outcome.ACCEPTED, Outcome.DECLINED, Outcome.DECLINED]


def test_a_missing_certificate_sends_nothing(pay_settings: Settings, tmp_path: Path) -> None:
    files = dict.fromkeys(("wechat_pay_cert_path", "wechat_pay_key_path"), tmp_path / "none.pem")
    address = {"wechat_pay_api_url": "https://127.0.0.1:1"}
    packets = RedPackets(pay_settings.model_copy(update={**files, **address}), CLOCK)
    assert pay(packets, order("x")).outcome is Outcome.DECLINED


@pytest.mark.parametrize(
    ("sign", "expected"),
    [
        (MD5, "9A0A8659F005D6984697E2CA0A9CF3B7"),
        (HMAC_SHA256, "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6"),
    ],
)
def test_signatures_of_the_documentation(sign: red_packet.Callable, expected: str) -> None:
    assert sign(PAY_FIELDS, PAY_KEY) == expected


def test_with_a_wrong_key_nothing_is_believed(world: Sandbox, pay_settings: Settings) -> None:
    noted: list[str | None] = []
    wrong = RedPackets(
        pay_settings.model_copy(update={"wechat_pay_api_key": "wrong"}),
        CLOCK,
        lambda ms, why: noted.append(why),
    )
    assert pay(wrong, order(world.person())) == Answer(Outcome.UNKNOWN)
    assert noted == [None, "refused: unsigned"]
    assert balance(world) == PLENTY


def answer(fields: dict[str, str], key: str, *, sign: str | None = None, inside: str = "") -> bytes:
    signed = {**fields, "sign": calculate_signature(fields, key) if sign is None else sign}
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in signed.items() if value)
    return f"<xml>{inner}{inside}</xml>".encode()


def test_only_signed_answers_are_believed(pay_settings: Settings) -> None:
    paying, key = PayCalls(pay_settings), pay_settings.wechat_pay_api_key
    fields = {"return_code": "SUCCESS", "total_amount": "0", "mch_billno": "1"}
    assert paying.believed("x", answer(fields, key)) == fields
    nested = answer(fields, key, inside="<hblist><hbinfo><amount>9</amount></hbinfo></hblist>")
    assert paying.believed("x", nested) == fields
    for content in (
        answer(fields, key, sign=""),
        answer(fields, key, sign="签名"),
        answer(fields, "another key"),
        answer(fields, key).replace(b"[0]", b"[1]"),
        answer(fields, key, inside="<extra>1</extra>"),
        answer(fields, key, inside="<mch_billno>2</mch_billno>"),
        answer(fields, key)[:-3],
        b"",
        b"<html></html>",
        b"not xml",
        b'<!DOCTYPE xml [<!ENTITY a "SUCCESS">]><xml><return_code>&a;</return_code></xml>',
    ):
        with pytest.raises(NoAnswer):
            paying.believed("x", content)


@pytest.mark.parametrize("forged", [{"mch_billno": "ANOTHER"}, {"mch_id": "1"}, {"mch_billno": ""}])
def test_an_answer_about_something_else_is_none(
    packets: RedPackets, pay_settings: Settings, monkeypatch: pytest.MonkeyPatch, forged: dict[str, str]
) -> None:
    one = order("x")
    fields = {"return_code": "SUCCESS", "result_code": "SUCCESS", "status": "RECEIVED"}
    fields |= {"mch_billno": one.number, "mch_id": pay_settings.wechat_pay_mch_id, **forged}
    content = answer(fields, pay_settings.wechat_pay_api_key)
    monkeypatch.setattr(
        packets._calls._client._http,
        "request",
        lambda **_: SimpleNamespace(content=content, raise_for_status=int),
    )
    assert pay(packets, one) == query(packets, one) == Answer(Outcome.UNKNOWN)


def test_calls_and_refusals_are_noted(world: Sandbox, pay_settings: Settings) -> None:
    noted: list[str | None] = []
    packets = RedPackets(pay_settings, CLOCK, lambda ms, why: noted.append(why))
    world.put("/_world/wallet", {"balance": 0})
    pay(packets, order(world.person()))
    pay(packets, order("oNobody00000000000000000000"))
    assert noted == [None, "refused: NOTENOUGH", None]


def test_every_packet_is_paid_once_on_bad_days(world: Sandbox, packets: RedPackets) -> None:
    """As a courier does: unknown is asked about, declined and not found go out again, under one number."""
    world.put("/_world/wallet", {"most_a_minute": 10_000})
    for kind, more in (
        ("lost_answer", {}),
        ("drop", {}),
        ("errcode", {"errcode": "SYSTEMERROR"}),
        ("errcode_after", {"errcode": "SYSTEMERROR"}),
    ):
        world.fault(SEND, kind, share=0.1, **more)
    world.fault(ASK, "drop", share=0.1)
    people = [world.person() for _ in range(10)]
    orders = [order(people[i % 10], 100 + i) for i in range(80)]
    waiting, unknown, done = list(orders), [], []
    for _ in range(200):
        said = list(zip(waiting, packets.pay(waiting), strict=True))
        said += zip(unknown, packets.query([asked(one) for one in unknown]), strict=True)
        waiting = [one for one, told in said if told.outcome in (Outcome.DECLINED, Outcome.NOT_FOUND)]
        unknown = [one for one, told in said if told.outcome is Outcome.UNKNOWN]
        done += [one for one, told in said if told.outcome is Outcome.ACCEPTED]
        if not waiting and not unknown:
            break
    assert sorted(one.number for one in done) == sorted(one.number for one in orders)
    assert balance(world) == PLENTY - sum(one.amount for one in orders)
