"""The door where WeChat Pay tells what was paid: from the sandbox's own letters to a bill that is paid."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from backend.callbacks import wechat_pay
from backend.collections.cashier import Cashier, Opened, Payer
from backend.collections.kinds import COUNTER_BILL
from backend.collections.models import Payment
from backend.collections.ports import PaymentProvider
from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.kernel.inbox import ProviderEvent
from backend.web.house import House
from tests.support.collecting import letter, now, paid, pay
from tests.support.collections import AMOUNT, bill, orders, payments, wanted
from tests.support.sandbox import Sandbox

PATH = "/callbacks/wechat-pay"
Letter = tuple[Mapping[str, str], bytes]


@pytest.fixture
def the_same_time(world: Sandbox, clock: FixedClock) -> None:
    """WeChat Pay signs by the machine's clock."""
    clock.set(now(world))


@pytest.fixture
def bill_id(work: Work) -> UUID:
    return wanted(work, kind=COUNTER_BILL)


@pytest.fixture
def opened(the_same_time: None, house: House, world: Sandbox, bill_id: UUID) -> Opened:
    """An order that its payer has paid; nobody has told us yet."""
    return tapped_and_paid(house, world, bill_id)


def tapped_and_paid(house: House, world: Sandbox, bill_id: UUID) -> Opened:
    payer = Payer(house.settings.wechat_mini_appid, world.person().mini_openid)
    cashier = Cashier(house.ports.get(PaymentProvider))
    found = cashier.pay(house.database, collection_id=bill_id, payer=payer)
    pay(world, found.number)
    return found


def post(client: FlaskClient, told: Letter) -> TestResponse:
    headers, body = told
    return client.post(PATH, headers=dict(headers), data=body)


def heard(work: Work) -> int:
    return work.session.scalar(select(func.count()).select_from(ProviderEvent)) or 0


def nothing_changed(work: Work, bill_id: UUID) -> bool:
    open_still = bill(work, bill_id).state == "open" and orders(work, bill_id)[0].state == "open"
    return open_still and not work.session.scalar(select(func.count()).select_from(Payment))


def test_a_notice_pays_the_bill(
    client: FlaskClient, world: Sandbox, work: Work, opened: Opened, bill_id: UUID
) -> None:
    answer = post(client, letter(world, "orders", opened.number))
    assert (answer.status_code, answer.data) == (204, b"")
    assert bill(work, bill_id).state == "paid"
    [payment] = payments(work, bill_id)
    assert (payment.use, payment.amount, payment.order_id) == ("applied", AMOUNT, opened.order_id)


def test_a_notice_told_twice_is_heard_once(
    client: FlaskClient, world: Sandbox, work: Work, opened: Opened, bill_id: UUID
) -> None:
    told = letter(world, "orders", opened.number)
    again = letter(world, "orders", opened.number)
    assert told[0] != again[0], "signed anew"
    assert [post(client, one).status_code for one in (told, told, again)] == [204, 204, 204]
    assert len(payments(work, bill_id)) == heard(work) == 1


@pytest.mark.parametrize(
    ("forge", "status", "code"),
    [
        ("signature", 403, "forged_notice"),
        ("serial", 403, "forged_notice"),
        ("stale", 403, "forged_notice"),
        ("future", 403, "forged_notice"),
        ("key", 422, "malformed_notice"),
        ("merchant", 422, "malformed_notice"),
    ],
)
def test_a_forged_notice_changes_nothing(
    client: FlaskClient,
    world: Sandbox,
    work: Work,
    opened: Opened,
    bill_id: UUID,
    forge: str,
    status: int,
    code: str,
) -> None:
    answer = post(client, letter(world, "orders", opened.number, forge=forge))
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert nothing_changed(work, bill_id)
    assert heard(work) == 0


def test_a_notice_that_was_kept_back_for_an_hour_is_too_old(
    client: FlaskClient, world: Sandbox, work: Work, opened: Opened, bill_id: UUID
) -> None:
    answer = post(client, letter(world, "orders", opened.number, at=time.time() - 3600))
    assert (answer.status_code, answer.json["code"]) == (403, "forged_notice")
    assert nothing_changed(work, bill_id)


def test_an_order_that_is_not_ours_is_kept_and_nothing_else(
    client: FlaskClient, house: House, world: Sandbox, work: Work, opened: Opened, bill_id: UUID
) -> None:
    other = paid(world, house.ports.get(PaymentProvider))
    assert post(client, letter(world, "orders", other.number)).status_code == 204
    assert nothing_changed(work, bill_id)
    assert other.number in work.session.scalars(select(ProviderEvent)).one().body


@pytest.mark.usefixtures("collector", "the_same_time")
def test_another_amount_than_ordered_is_for_a_person(
    client: FlaskClient, house: House, world: Sandbox, work: Work, bill_id: UUID
) -> None:
    world.put("/_world/collector", {"misstated": 100})
    found = tapped_and_paid(house, world, bill_id)
    assert post(client, letter(world, "orders", found.number)).status_code == 204
    assert (bill(work, bill_id).state, bill(work, bill_id).case) == ("open", "amount_differs")
    [payment] = payments(work, bill_id)
    assert (payment.use, payment.amount, payment.given_back) == ("stray", AMOUNT + 100, 0)


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b'{"id": 1}', b"\xff\xfe", b"[" * 5000])
def test_a_body_that_nobody_signed(
    client: FlaskClient, world: Sandbox, work: Work, opened: Opened, bill_id: UUID, body: bytes
) -> None:
    headers, _ = letter(world, "orders", opened.number)
    assert post(client, (headers, body)).status_code == 403
    assert post(client, ({}, body)).status_code == 403
    assert nothing_changed(work, bill_id)


def test_a_changed_letter_is_a_forged_one(
    client: FlaskClient, world: Sandbox, work: Work, opened: Opened, bill_id: UUID
) -> None:
    headers, body = letter(world, "orders", opened.number)
    changed = json.dumps({**json.loads(body), "id": "another"}).encode()
    assert post(client, (headers, changed)).status_code == 403
    assert nothing_changed(work, bill_id)


def test_great_bodies_are_not_read(client: FlaskClient, world: Sandbox, opened: Opened) -> None:
    headers, _ = letter(world, "orders", opened.number)
    answer = post(client, (headers, b"x" * (wechat_pay.MOST_BYTES + 1)))
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_without_redis_payments_are_still_heard(
    client: FlaskClient, house: House, world: Sandbox, work: Work, opened: Opened, bill_id: UUID
) -> None:
    told = letter(world, "orders", opened.number)
    house.redis.connection_pool.connection_kwargs["path"] = "/nowhere"
    house.redis.connection_pool.disconnect()
    assert post(client, told).status_code == 204
    assert bill(work, bill_id).state == "paid"


def test_the_door_is_not_part_of_the_api(client: FlaskClient) -> None:
    assert PATH not in client.get("/api/openapi.json").json["paths"]
