"""Who is believed on the tax authority's link, and which day-end files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from backend.collections.ports import Receipt, Refunded
from backend.gateways.bank_signing import RSA, demo_signers, signer
from backend.gateways.tax import TaxLink
from backend.gateways.tax_files import TaxDayFiles
from backend.kernel.clock import SystemClock
from backend.kernel.errors import Unavailable
from backend.kernel.money import Fen
from backend.reconciliation.ports import BadDayFile, NoDayFile
from tests.support.bank import Tampered, today
from tests.support.sandbox import Sandbox
from tests.support.tax import (
    CLIENT,
    DAY_END,
    RECEIPTS,
    back,
    keys,
    link_to,
    payment,
    skip,
    sums,
    tax,
    tax_files,
)

__all__ = ["tax", "tax_files"]
NOTHING = Receipt(None)


def test_strangers_are_not_served(world: Sandbox, tmp_path: Path) -> None:
    one, before, heard = payment(), sums(world), []
    stranger = TaxLink(
        *(world.url, CLIENT, demo_signers(tmp_path, other="tax")[0], SystemClock()),
        lambda ms, failure: heard.append(failure),
    )
    assert stranger.receipts([one]) == [NOTHING]
    assert stranger.refund(back(one)).outcome is Refunded.UNKNOWN
    assert sums(world) == before
    blind = signer(RSA, keys(world) / "bureau.pem", tmp_path / "tax.pub")
    assert link_to(world, blind).receipts([one]) == [NOTHING]
    assert link_to(world).receipts([one])[0].number
    unable = signer(RSA, tmp_path / "none.pem", keys(world) / "tax.pub")
    assert link_to(world, unable).refund(back(one)).outcome is Refunded.DECLINED


def forge(answer: requests.Response) -> None:
    answer._content = answer.content.replace(b"10000", b"10001").replace(b"4000", b"4001")


def unsign(answer: requests.Response) -> None:
    del answer.headers["X-Tax-Signature"]


def upgrade(answer: requests.Response) -> None:
    answer.status_code = 201


@pytest.mark.parametrize("change", [forge, unsign, upgrade])
def test_a_changed_answer_is_none(tax: TaxLink, change: Callable[[requests.Response], None]) -> None:
    one = payment()
    tax.receipts([one])
    Tampered(tax, change)
    assert tax.receipts([one]) == [NOTHING]
    asked = back(one)
    assert tax.refund(asked).outcome is tax.query_refund(asked.number).outcome is Refunded.UNKNOWN


def test_an_old_answer_answers_no_new_question(tax: TaxLink) -> None:
    tampered, one = Tampered(tax, lambda answer: None), payment()
    assert tax.receipts([one])[0].number
    old = tampered.first
    assert old is not None
    tampered.change = lambda answer: vars(answer).update(vars(old))
    assert tax.receipts([one]) == [NOTHING]


def test_the_authority_checks_what_it_is_told(world: Sandbox, tax: TaxLink) -> None:
    one, before = payment(), sums(world)
    told = {
        "order_number": one.order_number,
        "transaction": one.reference,
        "amount": one.amount,
        "paid_at": one.paid_at.isoformat(),
        "name": one.name,
        "id_number": one.id_number,
    }
    for change, code in (
        ({"count": 2}, "4002"),
        ({"total": 1}, "4002"),
        ({"payments": []}, "4001"),
        ({"payments": [told] * 101}, "4001"),
        ({"payments": [{**told, "amount": 100.5}]}, "4000"),
        ({"payments": [{**told, "paid_at": "2026-11-28T09:00:00"}]}, "4000"),
        ({"payments": [{**told, "more": 1}]}, "4000"),
    ):
        question = {"count": 1, "total": 10_000, "payments": [told], **change}
        assert tax._calls.post(RECEIPTS, question).fields() == {"code": code}
    assert sums(world) == before


def answer_with(link: TaxLink, *results: Any) -> None:
    """Whatever is answered, this is what is heard of it, and believed."""
    content = json.dumps({"results": results}).encode()
    Tampered(link, lambda answer: setattr(answer, "_content", content))
    link._calls._require_signed = lambda response, nonce: None  # type: ignore[method-assign]


def test_a_receipt_is_that_of_the_very_payment(tax: TaxLink) -> None:
    one, other = payment(), payment()

    def booked(order_number: str = one.order_number, **changes: Any) -> dict[str, Any]:
        plain = {"status": "BOOKED", "code": "0000", "receipt": "R1", "transaction": one.reference}
        when = {"amount": 10_000, "received_at": "2026-11-28T09:00:00+08:00"}
        return {"order_number": order_number, **plain, **when, **changes}

    received_at = datetime.fromisoformat("2026-11-28T09:00:00+08:00")
    answer_with(tax, booked())
    assert tax.receipts([one, other]) == [Receipt("R1", received_at), NOTHING]
    for change in (
        {"amount": 9_999},
        {"amount": "10000"},
        {"transaction": other.reference},
        {"receipt": ""},
        {"receipt": None},
        {"received_at": "2026-11-28T09:00:00"},
        {"received_at": None},
        {"status": "PENDING"},
        {"status": "BOOKED", "code": "1001"},
    ):
        answer_with(tax, booked(**change))
        assert tax.receipts([one]) == [NOTHING], change
    answer_with(tax, booked(), booked(other.order_number, transaction=other.reference))
    assert tax.receipts([one, other]) == [NOTHING] * 2
    answer_with(tax, booked(), booked(receipt="R2"))
    assert tax.receipts([one]) == [NOTHING]
    answer_with(tax, "?", {"code": "0000"})
    assert tax.receipts([one]) == [NOTHING]


def test_a_refund_that_contradicts_the_question_is_unknown(tax: TaxLink) -> None:
    asked = back(payment())
    done = {
        "number": asked.number,
        "order_number": asked.order_number,
        "amount": 4_000,
        "status": "REFUNDED",
        "code": "0002",
        "refund_number": "TK1",
        "refunded_at": "2026-11-28T09:00:00+08:00",
    }
    answer_with(tax, done)
    assert tax.refund(asked).outcome is tax.query_refund(asked.number).outcome is Refunded.REFUNDED
    for change in ({"amount": 4_001}, {"order_number": "JF0"}):
        answer_with(tax, {**done, **change})
        assert tax.refund(asked).outcome is Refunded.UNKNOWN, change
    for change in (
        {"amount": None},
        {"refund_number": ""},
        {"refunded_at": "soon"},
        {"code": "1101"},
        {"status": "REJECTED"},
        {"status": ""},
        {"number": "TF0"},
    ):
        answer_with(tax, {**done, **change})
        assert tax.refund(asked).outcome is tax.query_refund(asked.number).outcome is Refunded.UNKNOWN, change


def test_a_day_file_holds_what_came_in_and_went_back(
    world: Sandbox, tax: TaxLink, tax_files: TaxDayFiles
) -> None:
    skip(world, 86_400)
    day, one, other = today(world), payment(), payment(amount=Fen(55))
    receipts = tax.receipts([one, other])
    refund = tax.refund(asked := back(one))
    world.put("/_world/tax", {"reject_refunds": 1})
    tax.refund(back(one))
    with pytest.raises(NoDayFile):
        tax_files.lines(day)
    skip(world, 86_400)
    lines = tax_files.lines(day)
    assert [(line.number, line.reference, line.direction, line.amount) for line in lines] == [
        (one.order_number, receipts[0].number, "in", 10_000),
        (other.order_number, receipts[1].number, "in", 55),
        (asked.number, refund.reference, "out", 4_000),
    ]
    assert {line.booked_at.date() for line in lines} == {day}
    assert list(tax_files.lines(date(2020, 1, 1))) == []


@pytest.mark.parametrize("how", ["cut", "totals", "digest"])
def test_a_wrong_day_file_is_not_used(world: Sandbox, tax: TaxLink, tax_files: TaxDayFiles, how: str) -> None:
    tax.receipts([payment()])
    day = today(world)
    skip(world, 86_400)
    world.put("/_world/tax/day-end", {"spoil": how})
    with pytest.raises(BadDayFile):
        tax_files.lines(day)
    assert tax_files.lines(day)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "drop"}, {"kind": "http_status", "status": 500}, {"kind": "errcode", "errcode": "9001"}],
)
def test_no_day_file_today(world: Sandbox, tax_files: TaxDayFiles, fault: dict[str, Any]) -> None:
    world.fault(DAY_END, **fault)
    with pytest.raises(Unavailable):
        tax_files.lines(date(2020, 1, 1))
