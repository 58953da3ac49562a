"""The bank link over a real socket: what each answer, refusal and silence means."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from backend.gateways.bank import BankLink
from backend.gateways.bank_signing import RSA, SM2, Signer, signer
from backend.kernel.clock import SystemClock
from backend.kernel.money import Fen
from backend.payouts.ports import Inquiry, Instruction, Outcome, Payee, Reason
from tests.sandbox.support import free_port
from tests.support.sandbox import Sandbox

PAY, QUERY = "/bank/v1/payments", "/bank/v1/payments/query"
NOW = SystemClock().now()
_sequence = count(1)


def order(account: str = "6228480000000000018", *, amount: int = 12_345, name: str = "王秀英") -> Instruction:
    return Instruction(f"TEST{next(_sequence):08d}", Fen(amount), Payee(account, name), "养老金")


def asked(*orders: Instruction) -> list[Inquiry]:
    return [Inquiry(one.number, NOW) for one in orders]


def keys(sandbox: Sandbox) -> Path:
    return Path(sandbox.environment["DATA_DIR"]) / "sandbox" / "bank-keys"


@pytest.fixture
def link(world: Sandbox) -> BankLink:
    return link_to(world, signer(RSA, keys(world) / "bureau.pem", keys(world) / "bank.pub"))


def link_to(world: Sandbox, by: Signer) -> BankLink:
    return BankLink(world.url, "hnsb-demo", by, SystemClock())


def out(world: Sandbox) -> int:
    return int(world.get("/_world/bank")["paid"])


def test_a_batch_is_paid(world: Sandbox, link: BankLink) -> None:
    before = out(world)
    orders = [order(), order(amount=55)]
    said = link.pay(orders)
    assert [(one.outcome, one.amount) for one in said] == [(Outcome.PAID, 12_345), (Outcome.PAID, 55)]
    assert all(one.reference and one.settled_on for one in said)
    assert out(world) - before == 12_400


def test_a_number_is_paid_once_and_stands_for_one_payment(world: Sandbox, link: BankLink) -> None:
    one = order()
    link.pay([one])
    before = out(world)
    assert link.pay([one])[0].outcome is Outcome.PAID
    other = Instruction(one.number, Fen(1), one.payee, one.purpose)
    assert link.pay([other])[0].outcome is Outcome.CONFLICT
    assert out(world) == before


@pytest.mark.parametrize(
    ("account", "outcome"),
    [
        ({"state": "missing"}, (Outcome.FAILED, Reason.PAYEE, "1001")),
        ({"name": "李海"}, (Outcome.FAILED, Reason.PAYEE, "1002")),
        ({"state": "closed"}, (Outcome.FAILED, Reason.PAYEE, "1003")),
        ({"name": "王秀英", "returns": 1}, (Outcome.RETURNED, None, "0002")),
    ],
)
def test_what_accounts_do(world: Sandbox, link: BankLink, account: dict[str, Any], outcome: Any) -> None:
    number = f"62284800000001{next(_sequence):05d}"
    world.put(f"/_world/bank/accounts/{number}", account)
    [said] = link.pay([order(number)])
    assert (said.outcome, said.reason, said.code) == outcome


def test_a_payment_on_its_way_arrives_later(world: Sandbox, link: BankLink) -> None:
    world.put("/_world/bank/fund", {"seconds": 60})
    one = order()
    assert link.pay([one])[0].outcome is Outcome.ACCEPTED
    world.put("/_world/bank/fund", {"seconds": 0})
    assert link.query(asked(one))[0].outcome is Outcome.ACCEPTED
    world.post("/_world/clock", {"seconds": 61})
    assert link.query(asked(one))[0].outcome is Outcome.PAID


def test_an_empty_fund_declines(world: Sandbox, link: BankLink) -> None:
    world.put("/_world/bank/fund", {"balance": 0})
    [said] = link.pay([order()])
    world.put("/_world/bank/fund", {"balance": 10**15})
    assert (said.outcome, said.reason) == (Outcome.DECLINED, Reason.BALANCE)
    assert said.retry_after == timedelta(minutes=30)


def test_a_number_that_never_came_is_not_found(link: BankLink) -> None:
    assert link.query(asked(order()))[0].outcome is Outcome.NOT_FOUND


@pytest.mark.parametrize("kind", ["lost_answer", "drop"])
def test_silence_is_unknown_and_the_question_tells(world: Sandbox, link: BankLink, kind: str) -> None:
    orders = [order(), order()]
    world.fault(PAY, kind)
    assert [one.outcome for one in link.pay(orders)] == [Outcome.UNKNOWN] * 2
    told = {one.outcome for one in link.query(asked(*orders))}
    assert told == {Outcome.PAID if kind == "lost_answer" else Outcome.NOT_FOUND}


@pytest.mark.parametrize("status", [400, 500, 502])
def test_an_error_without_a_signature_is_no_answer(world: Sandbox, link: BankLink, status: int) -> None:
    for path in (PAY, QUERY):
        world.fault(path, "http_status", status=status)
    one = order()
    assert link.pay([one])[0].outcome is Outcome.UNKNOWN
    assert link.query(asked(one))[0].outcome is Outcome.UNKNOWN


def test_nobody_there_means_nothing_happened(world: Sandbox) -> None:
    by = signer(RSA, keys(world) / "bureau.pem", keys(world) / "bank.pub")
    nowhere = BankLink(f"http://127.0.0.1:{free_port()}", "hnsb-demo", by, SystemClock())
    [said] = nowhere.pay([order()])
    assert (said.outcome, said.reason) == (Outcome.DECLINED, Reason.BUSY)


def test_a_stranger_can_neither_ask_nor_answer(world: Sandbox) -> None:
    """With the bank's key as ours we are nobody to the bank, and the bank is nobody with ours as its own."""
    one, before = order(), out(world)
    as_bank = signer(RSA, keys(world) / "bank.pem", keys(world) / "bank.pub")
    assert link_to(world, as_bank).pay([one])[0].outcome is Outcome.UNKNOWN
    assert out(world) == before
    to_us = signer(RSA, keys(world) / "bureau.pem", keys(world) / "bureau.pub")
    assert link_to(world, to_us).pay([one])[0].outcome is Outcome.UNKNOWN


class Recorded(requests.Session):
    """Plays back the first answer for ever."""

    first: requests.Response | None = None

    def send(self, request: requests.PreparedRequest, **given: Any) -> requests.Response:
        self.first = self.first or super().send(request, **given)
        return self.first


def test_an_old_answer_answers_no_new_question(link: BankLink) -> None:
    recorded = Recorded()
    recorded.adapters = link._session.adapters
    link._session = recorded
    one = order()
    assert link.pay([one])[0].outcome is Outcome.PAID
    assert link.pay([one])[0].outcome is Outcome.UNKNOWN


def test_an_old_question_is_not_answered_again(world: Sandbox, link: BankLink) -> None:
    recorded = Recorded()
    recorded.adapters = link._session.adapters
    link._session = recorded
    link.pay([order()])
    assert recorded.first is not None
    sent = recorded.first.request
    again = requests.post(str(sent.url), data=sent.body, headers=dict(sent.headers), timeout=5)
    assert (again.status_code, again.json()) == (400, {"code": "4014"})
    changed = requests.post(str(sent.url), data=b"{}", headers=dict(sent.headers), timeout=5)
    assert changed.json() == {"code": "4013"}


@pytest.fixture(scope="module")
def sm2_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    if not shutil.which("openssl"):
        pytest.skip("SM2 needs OpenSSL's command line, which is not here")
    sandbox = Sandbox(tmp_path_factory.mktemp("sm2"), BANK_ALGORITHM=SM2).start()
    yield sandbox
    sandbox.stop()


def test_both_speak_sm2(sm2_world: Sandbox) -> None:
    by = signer(SM2, keys(sm2_world) / "bureau.pem", keys(sm2_world) / "bank.pub")
    one = order()
    link = link_to(sm2_world, by)
    assert link.pay([one])[0].outcome is Outcome.PAID
    assert link.query(asked(one))[0].outcome is Outcome.PAID
    assert not by.verify(b"message", base64.b64decode("AAAA"))
