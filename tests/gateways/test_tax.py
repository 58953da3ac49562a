"""The tax authority's link over a real socket: what each answer, refusal and silence means."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from backend.collections.ports import Receipt, Refunded, RefundInstruction, TaxPayment
from backend.gateways import outbound
from backend.gateways.tax import TaxLink
from backend.kernel.clock import SHANGHAI, SystemClock
from backend.kernel.money import Fen
from tests.sandbox.support import free_port
from tests.support.sandbox import Sandbox
from tests.support.tax import (
    CLIENT,
    NOW,
    QUERY,
    RECEIPTS,
    REFUND,
    back,
    link_to,
    ours,
    payment,
    skip,
    sums,
    tax,
)

__all__ = ["tax"]
NOTHING = Receipt(None)


def paid(tax: TaxLink, amount: int = 10_000) -> TaxPayment:
    """A payment that is in the treasury."""
    one = payment(amount=Fen(amount))
    assert tax.receipts([one])[0].number
    return one


def test_payments_have_receipts_in_their_order(world: Sandbox, tax: TaxLink) -> None:
    before, payments = sums(world)[0], [payment(amount=Fen(n)) for n in range(1, 251)]
    receipts = tax.receipts(payments)
    assert len({one.number for one in receipts} - {None}) == 250
    assert {one.code for one in receipts} == {None}
    assert all(one.received_at and one.received_at.tzinfo for one in receipts)
    assert sums(world)[0] - before == sum(range(251))
    assert list(tax.receipts(payments[::-1])) == list(receipts)[::-1]
    assert list(tax.receipts([])) == []


def test_there_is_no_receipt_before_the_money_is_in_the_treasury(world: Sandbox, tax: TaxLink) -> None:
    world.put("/_world/tax", {"receipt_seconds": 600})
    one = payment()
    assert tax.receipts([one]) == tax.receipts([one]) == [NOTHING]
    assert tax.refund(back(one)).outcome is Refunded.DECLINED
    skip(world, 600)
    assert tax.receipts([one])[0].number


def test_a_payment_has_one_receipt_whoever_asks(world: Sandbox, tax: TaxLink) -> None:
    before, some = sums(world)[0], [payment() for _ in range(10)]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: tuple(link_to(world).receipts(some)), range(4)))
    assert len(set(said)) == 1
    assert sums(world)[0] - before == 100_000
    elsewhere = [replace(one, paid_at=NOW.astimezone(SHANGHAI)) for one in some]
    assert tuple(tax.receipts(elsewhere)) == said[0]


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Fen(1)},
        {"reference": "4200other"},
        {"name": "李海"},
        {"id_number": "460100199001011250"},
        {"paid_at": NOW.astimezone(UTC) + timedelta(seconds=1)},
    ],
)
def test_a_number_with_other_contents_is_a_conflict(tax: TaxLink, change: dict[str, Any]) -> None:
    one = paid(tax)
    assert tax.receipts([replace(one, **change)]) == [Receipt(None, code="3001")]


def test_a_transaction_pays_one_order(tax: TaxLink) -> None:
    one = paid(tax)
    assert tax.receipts([payment(reference=one.reference)]) == [Receipt(None, code="3001")]


def test_what_the_authority_sees_otherwise_is_refused(world: Sandbox, tax: TaxLink) -> None:
    known, dearer, other, unknown = (payment() for _ in range(4))
    for one, seen in (
        (known, {"amount": 10_000, "id_number": known.id_number}),
        (dearer, {"amount": 9_999}),
        (other, {"amount": 10_000, "id_number": "460100199001011250"}),
    ):
        world.put(f"/_world/tax/transactions/{one.reference}", seen)
    world.put("/_world/tax", {"strict": True})
    receipts = tax.receipts([known, dearer, other, unknown])
    assert receipts[0].number
    assert [one.code for one in receipts] == [None, "1002", "1003", "1001"]
    world.put(f"/_world/tax/transactions/{unknown.reference}", {"amount": 10_000})
    assert tax.receipts([unknown])[0].number


@pytest.mark.parametrize("code", ["9001", "9999", "1999", "0001", "4011"])
def test_what_time_will_tell_has_no_code(world: Sandbox, tax: TaxLink, code: str) -> None:
    world.fault(RECEIPTS, "errcode", errcode=code)
    assert list(tax.receipts([payment(), payment()])) == [NOTHING] * 2


@pytest.mark.parametrize("kind", ["lost_answer", "drop"])
def test_after_silence_the_same_is_asked_again(world: Sandbox, tax: TaxLink, kind: str) -> None:
    before, some = sums(world)[0], [payment() for _ in range(101)]
    world.fault(RECEIPTS, kind)
    assert list(tax.receipts(some)) == [NOTHING] * 101
    assert sums(world)[0] - before == (1_000_000 if kind == "lost_answer" else 0)
    assert all(one.number for one in tax.receipts(some))
    assert sums(world)[0] - before == 1_010_000


def test_a_refund_goes_back_once(world: Sandbox, tax: TaxLink) -> None:
    asked, before = back(paid(tax)), sums(world)[1]
    first = tax.refund(asked)
    assert (first.outcome, first.amount, first.code) == (Refunded.REFUNDED, 4_000, "0002")
    assert first.reference
    assert first.settled_at
    assert first.settled_at.tzinfo
    assert tax.refund(asked) == tax.query_refund(asked.number) == first
    assert sums(world)[1] - before == 4_000


def test_a_refund_is_reviewed_first(world: Sandbox, tax: TaxLink) -> None:
    asked = back(paid(tax))
    world.put("/_world/tax", {"refund_seconds": 600})
    said = tax.refund(asked)
    assert (said.outcome, said.code, said.reference) == (Refunded.PROCESSING, "0000", None)
    skip(world, 300)
    assert (tax.query_refund(asked.number).code, tax.refund(asked).code) == ("0001", "0001")
    skip(world, 300)
    assert tax.query_refund(asked.number).outcome is Refunded.REFUNDED


def test_a_review_may_say_no(world: Sandbox, tax: TaxLink) -> None:
    one, before = paid(tax), sums(world)[1]
    world.put("/_world/tax", {"reject_refunds": 1})
    said = tax.refund(asked := back(one, 10_000))
    assert (said.outcome, said.code, said.amount) == (Refunded.FAILED, "1101", 10_000)
    assert tax.refund(asked) == tax.query_refund(asked.number) == said
    assert sums(world)[1] == before
    assert tax.refund(back(one, 10_000)).outcome is Refunded.REFUNDED


def test_no_more_goes_back_than_was_paid(world: Sandbox, tax: TaxLink) -> None:
    one, before = paid(tax), sums(world)[1]
    world.put("/_world/tax", {"refund_seconds": 600})
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda asked: link_to(world).refund(asked), [back(one) for _ in range(4)]))
    assert sorted(answer.code or "" for answer in said) == ["0000", "0000", "1102", "1102"]
    assert tax.refund(back(one, 2_000)).outcome is Refunded.PROCESSING
    assert (tax.refund(back(one, 1)).outcome, tax.refund(back(one, 1)).code) == (Refunded.FAILED, "1102")
    skip(world, 600)
    assert sums(world)[1] - before == 10_000


def test_a_refund_of_another_total_fails(tax: TaxLink) -> None:
    said = tax.refund(back(paid(tax), total=Fen(9_999)))
    assert (said.outcome, said.code) == (Refunded.FAILED, "1103")


def test_what_is_not_in_the_treasury_is_asked_for_later(tax: TaxLink) -> None:
    asked = back(one := payment())
    said = tax.refund(asked)
    assert (said.outcome, said.code, said.retry_after) == (Refunded.DECLINED, "2101", timedelta(minutes=30))
    assert tax.query_refund(asked.number).outcome is Refunded.NOT_FOUND
    assert tax.receipts([one])[0].number
    assert tax.refund(asked).outcome is Refunded.REFUNDED


@pytest.mark.parametrize("change", [{"amount": Fen(1)}, {"total": Fen(1)}, {"reason": "多缴"}])
def test_a_refund_with_other_contents_is_a_conflict(tax: TaxLink, change: dict[str, Any]) -> None:
    asked = back(paid(tax))
    first = tax.refund(asked)
    assert tax.refund(replace(asked, **change)).outcome is Refunded.CONFLICT
    assert tax.query_refund(asked.number) == first


@pytest.mark.parametrize(
    ("code", "refunding", "asking"),
    [
        ("1101", Refunded.FAILED, Refunded.UNKNOWN),
        ("2101", Refunded.DECLINED, Refunded.UNKNOWN),
        ("3001", Refunded.CONFLICT, Refunded.CONFLICT),
        ("3002", Refunded.UNKNOWN, Refunded.NOT_FOUND),
        ("9001", Refunded.DECLINED, Refunded.UNKNOWN),
        ("9999", Refunded.UNKNOWN, Refunded.UNKNOWN),
        ("1199", Refunded.UNKNOWN, Refunded.UNKNOWN),
        ("0002", Refunded.UNKNOWN, Refunded.UNKNOWN),
        ("4013", Refunded.UNKNOWN, Refunded.UNKNOWN),
    ],
)
def test_codes_of_refunds(
    world: Sandbox, tax: TaxLink, code: str, refunding: Refunded, asking: Refunded
) -> None:
    asked, before = back(paid(tax)), sums(world)
    for path in (REFUND, QUERY):
        world.fault(path, "errcode", errcode=code)
    assert tax.refund(asked).outcome is refunding
    assert tax.query_refund(asked.number).outcome is asking
    assert sums(world) == before


@pytest.mark.parametrize("kind", ["lost_answer", "drop"])
def test_silence_is_unknown_and_the_question_tells(world: Sandbox, tax: TaxLink, kind: str) -> None:
    asked, before = back(paid(tax)), sums(world)[1]
    world.fault(REFUND, kind)
    assert tax.refund(asked).outcome is Refunded.UNKNOWN
    there = Refunded.REFUNDED if kind == "lost_answer" else Refunded.NOT_FOUND
    assert tax.query_refund(asked.number).outcome is there
    assert tax.refund(asked).outcome is Refunded.REFUNDED
    assert sums(world)[1] - before == 4_000


def test_a_slow_answer_is_none(world: Sandbox, tax: TaxLink, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: RefundInstruction = back(paid(tax))
    monkeypatch.setattr(outbound, "TIMEOUT", (1.0, 0.5))
    world.fault(REFUND, "delay", seconds=2)
    assert tax.refund(asked).outcome is Refunded.UNKNOWN


@pytest.mark.parametrize("status", [400, 500, 502])
def test_an_error_without_a_signature_is_no_answer(world: Sandbox, tax: TaxLink, status: int) -> None:
    for path in (RECEIPTS, REFUND, QUERY):
        world.fault(path, "http_status", status=status)
    one = payment()
    assert tax.receipts([one]) == [NOTHING]
    assert tax.refund(back(one)).outcome is tax.query_refund("TF1").outcome is Refunded.UNKNOWN


def test_nobody_there_means_nothing_happened(world: Sandbox) -> None:
    nowhere = TaxLink(f"http://127.0.0.1:{free_port()}", CLIENT, ours(world), SystemClock())
    said = nowhere.refund(back(one := payment()))
    assert (said.outcome, said.retry_after) == (Refunded.DECLINED, timedelta(minutes=1))
    assert nowhere.query_refund("TF1").outcome is Refunded.UNKNOWN
    assert nowhere.receipts([one]) == [NOTHING]


def test_nobody_is_named(tax: TaxLink) -> None:
    said = repr([one := payment(), tax.receipts([one]), tax.refund(back(one))])
    assert one.name not in said
    assert one.id_number not in said
