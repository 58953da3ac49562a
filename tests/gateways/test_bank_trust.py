"""Who is believed on the bank link: neither side trusts an unsigned, changed or repeated word."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from backend.gateways.bank import BankLink
from backend.gateways.bank_files import BankDayFiles
from backend.gateways.bank_signing import RSA, SM2, demo_signers, knows_sm2, signer
from backend.kernel.clock import FixedClock, SystemClock
from backend.payouts.ports import Outcome, Reason
from tests.support.bank import (
    CLIENT,
    NO_SM2,
    PAY,
    Tampered,
    account_number,
    asked,
    garble,
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


@pytest.mark.parametrize("algorithm", [RSA, SM2])
def test_without_a_key_nothing_is_sent(world: Sandbox, tmp_path: Path, algorithm: str) -> None:
    before, heard = out(world), []
    by = signer(algorithm, tmp_path / "none.pem", keys(world) / "bank.pub")
    link = BankLink(world.url, CLIENT, by, SystemClock(), lambda ms, failure: heard.append(failure))
    [said] = link.pay([order()])
    assert (said.outcome, said.reason, out(world)) == (Outcome.DECLINED, Reason.BUSY, before)
    assert heard == ["CannotSign"]


def test_without_the_banks_key_no_answer_counts(world: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "bank.pub").write_text("no key")
    one = order()
    blind = signer(RSA, keys(world) / "bureau.pem", tmp_path / "bank.pub")
    assert outcomes(link_to(world, blind).pay([one])) == [Outcome.UNKNOWN]
    assert outcomes(link_to(world, demo_signers(keys(world))[0]).query(asked(one))) == [Outcome.PAID]


def test_a_stranger_can_neither_ask_nor_answer(world: Sandbox) -> None:
    """With the bank's key as ours we are nobody to the bank, and the bank is nobody with ours as its own."""
    one, before, heard = order(), out(world), []
    as_bank = signer(RSA, keys(world) / "bank.pem", keys(world) / "bank.pub")
    stranger = BankLink(world.url, CLIENT, as_bank, SystemClock(), lambda ms, failure: heard.append(failure))
    assert outcomes(stranger.pay([one])) == [Outcome.UNKNOWN]
    assert heard == [None, "refused: 4013"]
    by = demo_signers(keys(world))[0]
    late = FixedClock(SystemClock().now() - timedelta(minutes=6))
    for other in (BankLink(world.url, "nobody", by, SystemClock()), BankLink(world.url, CLIENT, by, late)):
        assert outcomes(other.pay([one])) == [Outcome.UNKNOWN]
    assert out(world) == before
    to_us = signer(RSA, keys(world) / "bureau.pem", keys(world) / "bureau.pub")
    assert outcomes(link_to(world, to_us).pay([one])) == [Outcome.UNKNOWN]


def forge(answer: requests.Response) -> None:
    answer._content = answer.content.replace(b"1001", b"0001")


def unsign(answer: requests.Response) -> None:
    del answer.headers["X-Bank-Signature"]


def upgrade(answer: requests.Response) -> None:
    answer.status_code = 201


@pytest.mark.parametrize("change", [forge, unsign, garble, upgrade])
def test_a_changed_answer_is_none(
    world: Sandbox, link: BankLink, change: Callable[[requests.Response], None]
) -> None:
    account = account_number()
    world.put(f"/_world/bank/accounts/{account}", {"state": "missing"})
    one = order(account)
    Tampered(link, change)
    assert outcomes(link.pay([one])) == outcomes(link.query(asked(one))) == [Outcome.UNKNOWN]


def test_an_old_answer_answers_no_new_question(link: BankLink) -> None:
    tampered = Tampered(link, lambda answer: None)
    one = order()
    assert outcomes(link.pay([one])) == [Outcome.PAID]
    old = tampered.first
    assert old is not None
    tampered.change = lambda answer: vars(answer).update(vars(old))
    assert outcomes(link.pay([one])) == outcomes(link.query(asked(one))) == [Outcome.UNKNOWN]


def test_an_old_question_is_not_answered_again(world: Sandbox, link: BankLink) -> None:
    tampered = Tampered(link, lambda answer: None)
    link.pay([order()])
    assert tampered.first is not None
    sent = tampered.first.request
    headers = dict(sent.headers)

    def told(body: Any, **changes: str) -> tuple[int, Any]:
        again = requests.post(str(sent.url), data=body, headers={**headers, **changes}, timeout=5)
        return again.status_code, again.json()

    assert told(sent.body) == (400, {"code": "4014"})
    assert told(b"{}") == (400, {"code": "4013"})
    assert told(sent.body, **{"X-Bank-Nonce": "0" * 32}) == (400, {"code": "4013"})
    assert told(sent.body, **{"X-Bank-Signature-Algorithm": SM2}) == (400, {"code": "4013"})
    assert told(sent.body, **{"X-Bank-Timestamp": "1"}) == (400, {"code": "4012"})


def test_the_bank_checks_count_and_total(world: Sandbox, link: BankLink) -> None:
    before = out(world)
    question = link._batch([order()])
    for change, code in (
        ({"count": 2}, "4002"),
        ({"total": 1}, "4002"),
        ({"payments": []}, "4001"),
        ({"batch": ""}, "4000"),
        ({"payments": [{**question["payments"][0], "amount": 1.5}]}, "4000"),
    ):
        assert link._calls.post(PAY, {**question, **change}).fields() == {"code": code}
    assert out(world) == before


def answer_with(link: BankLink, content: Any) -> None:
    """Whatever the bank answers, this is what is heard of it, and believed."""
    Tampered(link, lambda answer: setattr(answer, "_content", json.dumps(content).encode()))
    link._calls._require_signed = lambda response, nonce: None  # type: ignore[method-assign]


def test_an_answer_that_contradicts_itself_is_none(link: BankLink) -> None:
    one = order()
    paid = {"number": one.number, "status": "PAID", "code": "0001"}
    unheard_of: list[Any] = [
        [paid, {**paid, "status": "FAILED", "code": "1001"}],
        [{**paid, "code": "1001"}],
        [{**paid, "status": "FAILED"}],
        [{"number": one.number, "code": "0001"}],
        [{"number": one.number}],
        ["?"],
        [],
    ]
    for results in unheard_of:
        answer_with(link, {"results": results})
        assert outcomes(link.pay([one])) == [Outcome.UNKNOWN], results
    for nothing in ({}, [], {"results": None}, {"code": "0001"}):
        answer_with(link, nothing)
        assert outcomes(link.pay([one])) == outcomes(link.query(asked(one))) == [Outcome.UNKNOWN], nothing


def test_one_instruction_may_meet_a_busy_bank(link: BankLink) -> None:
    one, other = order(), order()
    busy, paid = {"number": one.number, "code": "9001"}, {"number": other.number, "code": "0001"}
    answer_with(link, {"results": [busy, {**paid, "status": "PAID"}]})
    assert outcomes(link.pay([one, other])) == [Outcome.DECLINED, Outcome.PAID]


@pytest.fixture(scope="module")
def sm2_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    if not knows_sm2():
        pytest.skip(NO_SM2)
    sandbox = Sandbox(tmp_path_factory.mktemp("sm2"), BANK_ALGORITHM=SM2).start()
    yield sandbox
    sandbox.stop()


def test_both_speak_sm2(sm2_world: Sandbox) -> None:
    by = demo_signers(keys(sm2_world), SM2)[0]
    one = order()
    link = link_to(sm2_world, by)
    assert outcomes(link.pay([one])) == outcomes(link.query(asked(one))) == [Outcome.PAID]
    day = today(sm2_world)
    skip_a_day(sm2_world)
    files = BankDayFiles(sm2_world.url, CLIENT, by, SystemClock())
    assert [line.number for line in files.lines(day)] == [one.number]
    Tampered(link, garble)
    assert outcomes(link.query(asked(one))) == [Outcome.UNKNOWN]


@pytest.mark.parametrize("algorithm", [RSA, SM2])
def test_a_signature_is_one_persons_on_one_message(tmp_path: Path, algorithm: str) -> None:
    if algorithm == SM2 and not knows_sm2():
        pytest.skip(NO_SM2)
    bureau, bank = demo_signers(tmp_path / "keys", algorithm)
    message = ("长" * 100_000).encode()
    signature = bureau.sign(message)
    assert bank.verify(message, signature)
    assert not bank.verify(message + b"!", signature)
    assert not bank.verify(message, base64.b64decode("AAAA"))
    assert not bureau.verify(message, signature)
    private = tmp_path / "keys" / "bureau.pem"
    assert private.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not knows_sm2(), reason=NO_SM2)
def test_the_example_of_the_standard(tmp_path: Path) -> None:
    """GB/T 32918.5-2017, annex A.2: the curve, the identity and the digest are those that banks use."""
    point = (
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    r = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    s = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    key = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004" + point)
    encoded = base64.b64encode(key).decode()
    public = tmp_path / "example.pub"
    public.write_text(f"-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----\n")
    signature = bytes.fromhex(f"3046022100{r}022100{s}")
    by = signer(SM2, public, public)
    assert by.verify(b"message digest", signature)
    assert not by.verify(b"another message", signature)


@pytest.mark.parametrize("algorithm", [RSA, SM2])
def test_many_that_start_at_once_get_the_same_keys(tmp_path: Path, algorithm: str) -> None:
    if algorithm == SM2 and not knows_sm2():
        pytest.skip(NO_SM2)
    with ThreadPoolExecutor(4) as pool:
        pairs = list(pool.map(lambda _: demo_signers(tmp_path / "keys", algorithm), range(4)))
    assert all(bank.verify(b"?", bureau.sign(b"?")) for bureau, _ in pairs for _, bank in pairs)
    assert len(list((tmp_path / "keys").iterdir())) == 4


def test_there_are_two_algorithms_only(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="MD5"):
        signer("MD5", tmp_path, tmp_path)


def test_without_openssl_there_is_no_sm2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.gateways.bank_signing.OPENSSL", "/nowhere/openssl")
    assert not knows_sm2.__wrapped__()
