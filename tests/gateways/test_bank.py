"""The bank link over a real socket: what each answer, refusal and silence means."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from backend.gateways import outbound
from backend.gateways.bank import BankLink
from backend.gateways.bank_signing import demo_signers
from backend.kernel.clock import FixedClock, SystemClock
from backend.kernel.money import Fen
from backend.payouts.ports import Outcome, Payee, Reason
from tests.sandbox.support import free_port
from tests.support.bank import (
    CLIENT,
    PAY,
    QUERY,
    account_number,
    asked,
    balance,
    keys,
    link,
    link_to,
    order,
    out,
    outcomes,
    skip_a_day,
    today,
)
from tests.support.sandbox import Sandbox

__all__ = ["link"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT", (1.0, 0.5))


def test_a_batch_is_paid(world: Sandbox, link: BankLink) -> None:
    before, left = out(world), balance(world)
    said = link.pay([order(), order(amount=55)])
    assert [(one.outcome, one.amount, one.code) for one in said] == [
        (Outcome.PAID, 12_345, "0001"),
        (Outcome.PAID, 55, "0001"),
    ]
    assert len({one.reference for one in said}) == 2
    assert {one.settled_on for one in said} == {today(world)}
    assert (out(world) - before, left - balance(world)) == (12_400, 12_400)


def test_nothing_to_do_is_done(link: BankLink) -> None:
    assert (list(link.pay([])), list(link.query([]))) == ([], [])


def test_more_than_the_bank_takes_at_once_goes_in_parts(world: Sandbox, link: BankLink) -> None:
    orders = [order(amount=1) for _ in range(601)]
    assert outcomes(link.pay(orders)) == [Outcome.PAID] * 601
    assert outcomes(link.query(asked(*orders, order()))) == [Outcome.PAID] * 601 + [Outcome.NOT_FOUND]


def test_after_silence_the_rest_is_not_sent(world: Sandbox, link: BankLink) -> None:
    orders = [order(amount=1) for _ in range(501)]
    world.fault(PAY, "drop")
    said = link.pay(orders)
    assert outcomes(said) == [Outcome.UNKNOWN] * 500 + [Outcome.DECLINED]
    assert said[-1].reason is Reason.BUSY
    world.fault(QUERY, "drop")
    assert set(outcomes(link.query(asked(*orders)))) == {Outcome.UNKNOWN}
    assert set(outcomes(link.query(asked(*orders)))) == {Outcome.NOT_FOUND}


def test_a_number_is_paid_once_and_stands_for_one_payment(world: Sandbox, link: BankLink) -> None:
    one = order()
    [first] = link.pay([one])
    before = out(world)
    assert list(link.pay([one, one])) == [first, first]
    for other in (
        replace(one, amount=Fen(1)),
        replace(one, payee=Payee(one.payee.account, "李海")),
        replace(one, purpose="丧葬费"),
    ):
        assert outcomes(link.pay([other])) == [Outcome.CONFLICT]
    assert out(world) == before


def test_a_number_twice_in_a_batch_is_paid_once(world: Sandbox, link: BankLink) -> None:
    one, before = order(), out(world)
    assert outcomes(link.pay([one, one])) == [Outcome.PAID] * 2
    assert outcomes(link.pay([two := order(), replace(two, amount=Fen(1))])) == [Outcome.UNKNOWN] * 2
    assert out(world) - before == 2 * 12_345


def test_two_at_once_pay_once(world: Sandbox, link: BankLink) -> None:
    orders, before = [order() for _ in range(20)], out(world)
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: link_to(world, demo_signers(keys(world))[0]).pay(orders), range(4)))
    assert {tuple(outcomes(one)) for one in said} == {(Outcome.PAID,) * 20}
    assert out(world) - before == 20 * 12_345


@pytest.mark.parametrize(
    ("payee", "code"),
    [
        ({"state": "missing"}, "1001"),
        ({"name": "李海"}, "1002"),
        ({"state": "closed"}, "1003"),
        ({"state": "frozen"}, "1003"),
    ],
)
def test_a_wrong_payee_fails_for_good(
    world: Sandbox, link: BankLink, payee: dict[str, Any], code: str
) -> None:
    account = account_number()
    world.put(f"/_world/bank/accounts/{account}", payee)
    one, before = order(account), balance(world)
    [said] = link.pay([one])
    assert (said.outcome, said.reason, said.code) == (Outcome.FAILED, Reason.PAYEE, code)
    world.put(f"/_world/bank/accounts/{account}", {"name": one.payee.name})
    assert outcomes(link.query(asked(one))) == outcomes(link.pay([one])) == [Outcome.FAILED]
    assert balance(world) == before
    assert outcomes(link.pay([order(account)])) == [Outcome.PAID]


def test_one_payee_that_can_be_none_spoils_no_batch(link: BankLink) -> None:
    orders = [order(), order("6228 4800"), order("银行"), order(name=""), order()]
    assert [one.code for one in link.pay(orders)] == ["0001", "1001", "1001", "1002", "0001"]


def test_a_payment_comes_back_at_once(world: Sandbox, link: BankLink) -> None:
    account = account_number()
    world.put(f"/_world/bank/accounts/{account}", {"name": "王秀英", "returns": "at_once"})
    one, before = order(account), balance(world)
    assert outcomes(link.pay([one])) == [Outcome.PAID]
    [said] = link.query(asked(one))
    assert (said.outcome, said.amount, said.settled_on) == (Outcome.RETURNED, one.amount, today(world))
    assert balance(world) == before


def test_a_payment_comes_back_the_next_day(world: Sandbox, link: BankLink) -> None:
    account = account_number()
    world.put(f"/_world/bank/accounts/{account}", {"returns": True})
    one = order(account)
    assert outcomes(link.pay([one])) == outcomes(link.query(asked(one))) == [Outcome.PAID]
    paid_on = today(world)
    skip_a_day(world)
    [said] = link.query(asked(one))
    assert (said.outcome, said.settled_on) == (Outcome.RETURNED, paid_on + timedelta(days=1))


def test_a_payment_on_its_way_arrives_later(world: Sandbox, link: BankLink) -> None:
    world.put("/_world/bank/fund", {"pays_after_seconds": 60})
    one = order()
    [said] = link.pay([one])
    world.put("/_world/bank/fund", {"pays_after_seconds": 0})
    assert (said.outcome, said.settled_on) == (Outcome.ACCEPTED, None)
    assert outcomes(link.query(asked(one))) == [Outcome.ACCEPTED]
    world.post("/_world/clock", {"seconds": 61})
    assert outcomes(link.query(asked(one))) == [Outcome.PAID]


def test_an_empty_fund_declines_what_it_cannot_pay(world: Sandbox, link: BankLink) -> None:
    left = balance(world)
    world.put("/_world/bank/fund", {"balance": 100})
    orders = [order(amount=60), order(amount=60), order(amount=40)]
    said = link.pay(orders)
    world.put("/_world/bank/fund", {"balance": left})
    assert outcomes(said) == [Outcome.PAID, Outcome.DECLINED, Outcome.PAID]
    assert (said[1].reason, said[1].retry_after) == (Reason.BALANCE, timedelta(minutes=30))
    assert outcomes(link.query(asked(orders[1]))) == [Outcome.NOT_FOUND]
    assert outcomes(link.pay([orders[1]])) == [Outcome.PAID]


def test_the_limit_of_a_day_is_gone_the_next(world: Sandbox) -> None:
    skip_a_day(world)
    world.put("/_world/bank/fund", {"daily_limit": 100})
    clock = FixedClock(SystemClock().now())
    link = BankLink(world.url, CLIENT, demo_signers(keys(world))[0], clock)
    one = order(amount=60)
    assert outcomes(link.pay([order(amount=60)])) == [Outcome.PAID]
    [said] = link.pay([one])
    tomorrow = clock.now() + (said.retry_after or timedelta())
    assert (said.outcome, said.reason) == (Outcome.DECLINED, Reason.LIMIT)
    assert tomorrow.astimezone(UTC).strftime("%H:%M:%S.%f") == "16:00:00.000000"
    assert timedelta() < tomorrow - clock.now() <= timedelta(days=1)
    skip_a_day(world)
    assert outcomes(link.pay([one])) == [Outcome.PAID]
    world.put("/_world/bank/fund", {"daily_limit": None})


def test_a_number_that_never_came_is_not_found(link: BankLink) -> None:
    assert outcomes(link.query(asked(order()))) == [Outcome.NOT_FOUND]


@pytest.mark.parametrize(
    ("code", "paying", "asking"),
    [
        ("1001", Outcome.FAILED, Outcome.FAILED),
        ("2001", Outcome.DECLINED, Outcome.UNKNOWN),
        ("2002", Outcome.DECLINED, Outcome.UNKNOWN),
        ("3001", Outcome.CONFLICT, Outcome.CONFLICT),
        ("3002", Outcome.UNKNOWN, Outcome.NOT_FOUND),
        ("9001", Outcome.DECLINED, Outcome.UNKNOWN),
        ("9999", Outcome.UNKNOWN, Outcome.UNKNOWN),
        ("1999", Outcome.UNKNOWN, Outcome.UNKNOWN),
        ("0001", Outcome.UNKNOWN, Outcome.UNKNOWN),
        ("4011", Outcome.UNKNOWN, Outcome.UNKNOWN),
    ],
)
def test_codes(world: Sandbox, link: BankLink, code: str, paying: Outcome, asking: Outcome) -> None:
    for path in (PAY, QUERY):
        world.fault(path, "errcode", errcode=code)
    one, before = order(), out(world)
    assert outcomes(link.pay([one, order()])) == [paying] * 2
    assert outcomes(link.query(asked(one))) == [asking]
    assert out(world) == before


def test_a_busy_bank_is_asked_again_in_a_minute(world: Sandbox, link: BankLink) -> None:
    world.fault(PAY, "errcode", errcode="9001")
    [said] = link.pay([order()])
    assert (said.reason, said.retry_after) == (Reason.BUSY, timedelta(minutes=1))


@pytest.mark.parametrize("kind", ["lost_answer", "drop"])
def test_silence_is_unknown_and_the_question_tells(world: Sandbox, link: BankLink, kind: str) -> None:
    orders = [order(), order()]
    world.fault(PAY, kind)
    assert outcomes(link.pay(orders)) == [Outcome.UNKNOWN] * 2
    told = set(outcomes(link.query(asked(*orders))))
    assert told == {Outcome.PAID if kind == "lost_answer" else Outcome.NOT_FOUND}
    before = out(world)
    assert outcomes(link.pay(orders)) == [Outcome.PAID] * 2
    assert out(world) - before == (0 if kind == "lost_answer" else 2 * 12_345)


@pytest.mark.usefixtures("impatient")
def test_a_slow_answer_is_none(world: Sandbox, link: BankLink) -> None:
    world.fault(PAY, "delay", seconds=2)
    assert outcomes(link.pay([order()])) == [Outcome.UNKNOWN]


@pytest.mark.parametrize("status", [400, 500, 502])
def test_an_error_without_a_signature_is_no_answer(world: Sandbox, link: BankLink, status: int) -> None:
    for path in (PAY, QUERY):
        world.fault(path, "http_status", status=status)
    one = order()
    assert outcomes(link.pay([one])) == outcomes(link.query(asked(one))) == [Outcome.UNKNOWN]


def test_nobody_there_means_nothing_happened(world: Sandbox) -> None:
    by = demo_signers(keys(world))[0]
    nowhere = BankLink(f"http://127.0.0.1:{free_port()}", CLIENT, by, SystemClock())
    said = nowhere.pay([order(), order()])
    assert {(one.outcome, one.reason) for one in said} == {(Outcome.DECLINED, Reason.BUSY)}
    assert outcomes(nowhere.query(asked(order()))) == [Outcome.UNKNOWN]


def test_no_proxy_of_the_machine_is_asked(
    world: Sandbox, link: BankLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert outcomes(link.pay([order()])) == [Outcome.PAID]


def test_nobody_is_named(world: Sandbox, link: BankLink) -> None:
    """What is kept of an answer holds no name and no account."""
    one = order()
    [said] = link.pay([one])
    assert one.payee.account not in repr(said)
    assert one.payee.name not in repr(said)
