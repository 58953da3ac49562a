"""Bills over HTTP: one's own and those of family, paid once in WeChat, and told of in plain words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.collections import commands
from backend.collections.cashier import Cashier
from backend.collections.ports import Receipt
from backend.collections.receipts import take
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase
from backend.web.house import House
from tests.support import collections
from tests.support.citizens import Citizen, Insured
from tests.support.collections import AMOUNT
from tests.support.fakes import Outside
from tests.support.people import SYSTEM, traces
from tests.support.providers import MemoryProvider
from tests.support.tills import MemoryTill

Make = Callable[..., Insured]


@pytest.fixture
def till(house: House, clock: FixedClock) -> MemoryTill:
    made = MemoryTill(clock)
    house.ports.provide(Cashier, Cashier(made))
    return made


@pytest.fixture
def billed(database: BoundDatabase) -> Callable[..., UUID]:
    def make(person: Insured, **given: Any) -> UUID:
        with database.work() as work:
            return collections.wanted(work, person_id=person.person_id, **given)

    return make


def pay(person: Citizen, bill_id: UUID, key: str | None = None) -> TestResponse:
    return person.post(f"/bills/{bill_id}/payment", Idempotency_Key=key or uuid4().hex)


def told(person: Citizen, bill_id: UUID) -> tuple[str, str]:
    answer = person.get(f"/bills/{bill_id}/payment")
    assert answer.status_code == 200, answer.json
    return answer.json["state"], answer.json["sentence"]


def helps(helper: Insured, helped: Insured, *scopes: str) -> None:
    wish = {"name": helped.name, "id_number": helped.id_number, "relation": "parent", "scopes": scopes}
    asked = helper.post("/family", wish | {"until": "2027-06-30"})
    assert helped.post(f"/family/{asked.json['delegation_id']}/agree").status_code == 204


def test_what_can_be_paid_comes_first(
    insured: Make, billed: Callable[..., UUID], database: BoundDatabase, clock: FixedClock
) -> None:
    person = insured()
    expired = billed(person, payable_until=clock.now() + timedelta(minutes=30))
    made = []
    for _ in range(4):
        clock.advance(timedelta(hours=1))
        made.append(billed(person))
    with database.work() as work:
        commands.withdraw(work, by=SYSTEM, collection_id=made[3], reason="重新开具")
    shown, cursor = [], ""
    while cursor is not None:
        page = person.get(f"/bills?limit=2{cursor and '&cursor='}{cursor}").json
        shown += page["items"]
        cursor = page["next_cursor"]
    assert [UUID(one["bill_id"]) for one in shown] == [made[2], made[1], made[0], made[3], expired]
    assert [one["state"] for one in shown] == ["unpaid", "unpaid", "unpaid", "withdrawn", "expired"]
    assert [one["may_pay"] for one in shown] == [True, True, True, False, False]


def test_a_tap_and_a_tap_again_are_one_order(
    insured: Make, billed: Callable[..., UUID], till: MemoryTill
) -> None:
    person = insured()
    bill_id = billed(person)
    assert person.post(f"/bills/{bill_id}/payment").status_code == 422, "a key is needed"
    first, again, other = (
        pay(person, bill_id, "first-tap"),
        pay(person, bill_id, "first-tap"),
        pay(person, bill_id),
    )
    assert first.status_code == 201
    assert first.json == again.json == other.json
    assert first.json["request_payment"]["appId"] == "wxdemo0000000mini1"
    assert first.json["request_payment"]["package"] == f"prepay_id=wx{first.json['order_number']}"
    [order] = till.orders.values()
    assert (order.instruction.payer, order.instruction.amount) == (person.openid, AMOUNT)
    state = person.get(f"/bills/{bill_id}/payment").json
    assert state["order"] == {key: first.json[key] for key in ("order_number", "expires_at")}


def test_an_answer_that_never_came_is_found_again(
    insured: Make, billed: Callable[..., UUID], till: MemoryTill
) -> None:
    person = insured()
    bill_id = billed(person)
    till.weather = lambda: "lost_answer"
    lost = pay(person, bill_id, "first-tap")
    assert (lost.status_code, lost.json["code"]) == (503, "payment_busy")
    till.weather = lambda: "fine"
    assert pay(person, bill_id, "first-tap").json["order_number"] in till.orders
    assert len(till.orders) == 1


def test_the_payer_is_told_how_it_stands(
    insured: Make, billed: Callable[..., UUID], till: MemoryTill, database: BoundDatabase
) -> None:
    person = insured()
    bill_id = billed(person)
    assert told(person, bill_id) == ("unpaid", "还没有缴费。请在12月7日10:00前缴纳975.72元。")
    number = pay(person, bill_id).json["order_number"]
    assert "请稍等片刻" in told(person, bill_id)[1]
    till.pay(number)
    collections.tell(database, till, number)
    assert told(person, bill_id) == (
        "paid",
        "已收到975.72元，正在入账。入账后这里会显示凭证号，请不要重复缴费。",
    )
    assert pay(person, bill_id).json["code"] == "collection_already_paid"
    with database.work() as work:
        take(work, bill_id, Receipt("446016261100000001"))
    assert told(person, bill_id) == ("booked", "已入账，975.72元，税务凭证号446016261100000001。")
    assert person.get(f"/bills/{bill_id}").json["receipt_number"] == "446016261100000001"


def test_what_was_paid_twice_is_told_beside_it(
    insured: Make, billed: Callable[..., UUID], till: MemoryTill, database: BoundDatabase
) -> None:
    person = insured()
    bill_id = billed(person)
    number = pay(person, bill_id).json["order_number"]
    collections.paid(database, till, bill_id, collections.BO)
    till.pay(number, late=True)
    collections.tell(database, till, number)
    assert told(person, bill_id)[0] == "paid"
    [back] = person.get(f"/bills/{bill_id}/payment").json["returns"]
    assert back == {"amount": AMOUNT, "arrived_at": None, "sentence": "多缴的975.72元正在退回，无需申请。"}
    collections.send_back(database, MemoryProvider())
    [back] = person.get(f"/bills/{bill_id}/payment").json["returns"]
    assert back["sentence"] == "多缴的975.72元已按付款时的方式退回。"


def test_a_refund_is_told_on_its_way_and_when_it_is_there(
    insured: Make, billed: Callable[..., UUID], till: MemoryTill, database: BoundDatabase
) -> None:
    person = insured()
    bill_id = billed(person)
    collections.paid(database, till, bill_id)
    with database.work() as work:
        version = collections.bill(work, bill_id).version
        commands.request_refund(
            work, by=SYSTEM, collection_id=bill_id, version=version, reason="参保人申请退费"
        )
    assert told(person, bill_id)[0] == "returning"
    with database.work() as work:
        collections.release(work, bill_id)
    collections.send_back(database, MemoryProvider())
    assert told(person, bill_id) == ("returned", "975.72元已按付款时的方式退回。")


def test_when_something_is_wrong_the_payer_hears_that_we_are_on_it(
    insured: Make, billed: Callable[..., UUID], till: MemoryTill, database: BoundDatabase
) -> None:
    person = insured()
    bill_id = billed(person)
    collections.paid(database, till, bill_id)
    with database.work() as work:
        take(work, bill_id, Receipt(None, code="3002"))
    state, sentence = told(person, bill_id)
    assert state == "being_looked_into"
    assert "我们已经在核实" in sentence


def test_family_pays_where_it_was_agreed(
    insured: Make, billed: Callable[..., UUID], till: MemoryTill, database: BoundDatabase
) -> None:
    mother, son, daughter, nurse = insured(), insured(), insured(), insured()
    helps(son, mother, "pay")
    helps(daughter, mother, "look")
    helps(nurse, mother, "certify")
    bill_id = billed(mother)
    [of_son] = son.get("/bills").json["items"]
    assert (of_son["bill_id"], of_son["for_name"], of_son["may_pay"]) == (str(bill_id), "王秀英", True)
    [of_daughter] = daughter.get("/bills").json["items"]
    assert of_daughter["may_pay"] is False
    assert daughter.get(f"/bills/{bill_id}").json == of_daughter
    assert pay(daughter, bill_id).json["code"] == "paying_not_agreed"
    assert nurse.get("/bills").json["items"] == []
    assert pay(nurse, bill_id).status_code == nurse.get(f"/bills/{bill_id}").status_code == 404
    number = pay(son, bill_id).json["order_number"]
    assert till.orders[number].instruction.payer == son.openid
    log = mother.get(f"/people/{mother.person_id}/access-log").json["items"]
    assert [one["purpose"] for one in log] == ["查看缴费单"] * 3, (
        "the son's list, the daughter's and her look"
    )
    with database.work() as work:
        [opened] = traces(work, "collection.payment_opened")
        assert opened.subject_id == mother.person_id


def test_somebody_elses_bill_does_not_exist(
    insured: Make, billed: Callable[..., UUID], till: MemoryTill
) -> None:
    bill_id, stranger = billed(insured()), insured()
    for answer in (
        stranger.get(f"/bills/{bill_id}"),
        stranger.get(f"/bills/{bill_id}/payment"),
        pay(stranger, bill_id),
        pay(stranger, uuid4()),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert not till.orders


def by_phone(client: FlaskClient, outside: Outside, phone: str, **given: Any) -> Citizen:
    made = Citizen(client, outside, **given)
    made.ask_for_code(phone)
    assert made.sign_in_by_phone(phone).status_code == 201
    return made


def test_paying_needs_wechat(
    insured: Make, billed: Callable[..., UUID], till: MemoryTill, client: FlaskClient, outside: Outside
) -> None:
    person = insured()
    bill_id = billed(person)
    browser = by_phone(client, outside, person.phone)
    assert browser.bind(person.name, person.id_number).status_code == 201
    elsewhere = pay(browser, bill_id)
    assert (elsewhere.status_code, elsewhere.json["code"]) == (409, "pay_in_wechat")
    assert person.delete(f"/channels/{person.channel_id}").status_code == 204
    assert pay(browser, bill_id).json["code"] == "wechat_sign_in_needed"
    assert not till.orders


def test_through_the_official_account_it_is_that_app_that_knows_the_payer(
    insured: Make, billed: Callable[..., UUID], till: MemoryTill, client: FlaskClient, outside: Outside
) -> None:
    person = insured()
    bill_id = billed(person)
    follower = Citizen(client, outside, openid="openid-of-follower")
    started = follower.post("/sign-in/official-account/start", {"return_to": "/m/"})
    state = started.json["authorize_url"].rsplit("state=", 1)[1]
    cookie = started.headers["Set-Cookie"].split(";")[0]
    code = outside.official_account.give(follower.identity())
    answer = follower.post("/sign-in/official-account", {"code": code, "state": state}, Cookie=cookie)
    follower.token, follower.channel_id = answer.json["token"], answer.json["channel_id"]
    follower.press_phone_button(person.phone)
    assert follower.bind(person.name, person.id_number).status_code == 201
    assert pay(follower, bill_id).json["request_payment"]["appId"] == "wxdemo00000000oa01"
    [order] = till.orders.values()
    assert order.instruction.payer == "openid-of-follower"
