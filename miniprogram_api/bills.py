"""What is to be paid, by oneself or for family: bills, paying them in WeChat, and what became of that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.audit.about import HELPER_LOOKED
from backend.audit.commands import record
from backend.channels import queries as channels
from backend.collections import bills
from backend.collections.bills import BillView, Told
from backend.collections.cashier import Cashier, Payer
from backend.collections.telling import STANDINGS
from backend.family import queries as family
from backend.family.queries import DelegationView
from backend.family.rules import Scope
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, Forbidden, NotFound, Unauthenticated
from backend.people import queries as people
from backend.web.access import BOUND
from backend.web.edge import Blueprint, Call
from backend.web.paging import Leading, PageQuery, page, page_of
from backend.web.parsing import Schema
from miniprogram_api.reach import look_at

blp = Blueprint("bills", __name__, url_prefix="/api/v1", description="What is to be paid, and paying it")
SEEING = (Scope.LOOK, Scope.PAY)
"""Whoever may look for a person sees their bills, and so does whoever may pay for them."""
WHAT = "查看缴费单"
FEN = {"description": "Fen", "example": 97_572}


class NoWeChat(Conflict):
    """Payments are opened in WeChat, and nobody is known there."""

    code = "wechat_sign_in_needed"
    title = "您还没有用微信登录过，请先在微信小程序或公众号中登录并绑定，再缴费"


class PayInWeChat(Conflict):
    """The person is known in WeChat, and asks from elsewhere."""

    code = "pay_in_wechat"
    title = "缴费需要在微信中进行，请打开微信小程序或公众号缴费"


class PayingNotAgreed(Forbidden):
    """One may look for this person, and not pay."""

    code = "paying_not_agreed"
    title = "家人没有授权您代缴费，请先申请代缴授权"


class BillAnswer(Schema):
    """One bill. `for_name` and `may_pay` are about the one who asks."""

    bill_id = ma.fields.UUID(required=True)
    for_name = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The family member whose bill it is; null: one's own", "example": None},
    )
    description = ma.fields.String(required=True, metadata={"example": "灵活就业养老保险费"})
    amount = ma.fields.Integer(required=True, metadata=FEN)
    state = ma.fields.String(required=True, metadata={"enum": list(STANDINGS), "example": "unpaid"})
    state_label = ma.fields.String(required=True, metadata={"example": "待缴费"})
    created_at = ma.fields.DateTime(required=True)
    payable_until = ma.fields.DateTime(required=True)
    paid_at = ma.fields.DateTime(required=True, allow_none=True, metadata={"example": None})
    receipt_number = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "The tax authority's", "example": None}
    )
    may_pay = ma.fields.Boolean(required=True, metadata={"description": "Now, and by the one who asks"})


class RequestPaymentAnswer(Schema):
    """For `wx.requestPayment`, or WeixinJSBridge with the official account; good once and at once."""

    appId = ma.fields.String(required=True, metadata={"example": "wxdemo0000000mini1"})
    timeStamp = ma.fields.String(required=True, metadata={"example": "1795312800"})
    nonceStr = ma.fields.String(required=True, metadata={"example": "5f0c7d2a9b3e4f61"})
    package = ma.fields.String(required=True, metadata={"example": "prepay_id=wx2611221000000001"})
    signType = ma.fields.String(required=True, metadata={"example": "RSA"})
    paySign = ma.fields.String(required=True, metadata={"example": "oR9d8PuhnIc="})


class OpenedPaymentAnswer(Schema):
    """An order that can be paid now."""

    order_number = ma.fields.String(required=True, metadata={"example": "01JD6Y3T5K8M2N4P6Q8R0S2T4V"})
    expires_at = ma.fields.DateTime(required=True)
    request_payment = ma.fields.Nested(RequestPaymentAnswer, required=True)


class OpenOrderAnswer(Schema):
    """The order that somebody began to pay."""

    order_number = ma.fields.String(required=True, metadata={"example": "01JD6Y3T5K8M2N4P6Q8R0S2T4V"})
    expires_at = ma.fields.DateTime(required=True)


class GoingBackAnswer(Schema):
    """Money that goes back, or has."""

    amount = ma.fields.Integer(required=True, metadata=FEN)
    arrived_at = ma.fields.DateTime(
        required=True, allow_none=True, metadata={"description": "null: on its way", "example": None}
    )
    sentence = ma.fields.String(required=True, metadata={"example": "多缴的975.72元正在退回，无需申请。"})


class PaymentStateAnswer(Schema):
    """How the payment of a bill stands; `sentence` and those of `returns` are to be shown as they are."""

    state = ma.fields.String(required=True, metadata={"enum": list(STANDINGS), "example": "booked"})
    state_label = ma.fields.String(required=True, metadata={"example": "已入账"})
    sentence = ma.fields.String(
        required=True, metadata={"example": "已入账，975.72元，税务凭证号446016261100000001。"}
    )
    paid_at = ma.fields.DateTime(required=True, allow_none=True)
    receipt_number = ma.fields.String(
        required=True, allow_none=True, metadata={"example": "446016261100000001"}
    )
    order = ma.fields.Nested(OpenOrderAnswer, required=True, allow_none=True)
    returns = ma.fields.List(ma.fields.Nested(GoingBackAnswer), required=True)


@blp.read("/bills", access=BOUND, query=PageQuery, answer=page_of(BillAnswer), audited=True)
def listing(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """One's own bills and those of family whom one acts for: what can be paid first, then newest first"""
    now, known = call.work.clock.now(), _known(call)
    first = Leading(bills.can_be_paid(now), lambda row: bills.payable(row, now))
    found = page(call.work, bills.of_people(known), query, *bills.ORDER, first=first)
    views = bills.views(call.work, found["items"])
    _write_down_looks(call, [known[one.person_id] for one in views])
    return {**found, "items": [_answer(one, known[one.person_id]) for one in views]}


@blp.read("/bills/<uuid:bill_id>", access=BOUND, answer=BillAnswer)
def bill(call: Call, bill_id: UUID) -> dict[str, Any]:
    """One bill"""
    person_id = _looked_at(call, bill_id)
    mine = person_id == call.actor.person_id
    helped = None if mine else next(one for one in _helped(call) if one.person_id == person_id)
    return _answer(bills.bill(call.work, bill_id), helped)


@blp.steps(
    "POST",
    "/bills/<uuid:bill_id>/payment",
    access=BOUND,
    answer=OpenedPaymentAnswer,
    status=201,
    key="required",
    errors=(403, 409),
)
def pay(call: Call, bill_id: UUID) -> dict[str, Any]:
    """Open the payment of a bill in WeChat; trying again gives the same order while it can be paid"""
    with call.house.database.work() as work:
        owner = _may_pay(call, work, bill_id)
        payer = _payer(call, work)
        record(
            work,
            "collection.payment_opened",
            by=call.actor,
            subject=owner,
            object_kind="collection",
            object_id=bill_id,
        )
    cashier = call.house.ports.get(Cashier)
    opened = cashier.pay(call.house.database, collection_id=bill_id, payer=payer)
    with call.house.database.reading() as work:
        expires_at = bills.expiry(work, opened.order_id)
    return {
        "order_number": opened.number,
        "expires_at": expires_at,
        "request_payment": opened.parameters,
    }


@blp.read("/bills/<uuid:bill_id>/payment", access=BOUND, answer=PaymentStateAnswer)
def payment(call: Call, bill_id: UUID) -> Told:
    """Whether the money arrived, was booked or goes back, in words for the payer"""
    _looked_at(call, bill_id)
    return bills.told(call.work, bill_id)


def _person(call: Call) -> UUID:
    if call.actor.person_id is None:
        raise Unauthenticated
    return call.actor.person_id


def _helped(call: Call) -> list[DelegationView]:
    """Those whose bills one may see."""
    found = family.helped_now(call.work, _person(call))
    return [one for one in found if set(SEEING) & set(one.scopes)]


def _known(call: Call) -> dict[UUID, DelegationView | None]:
    """All records whose bills one may see, with what allows it; None: one's own."""
    known: dict[UUID, DelegationView | None] = {}
    for one in _helped(call):
        if one.person_id is not None:
            known |= dict.fromkeys(people.with_merged(call.work, one.person_id), one)
    return known | dict.fromkeys(people.with_merged(call.work, _person(call)))


def _write_down_looks(call: Call, shown: list[DelegationView | None]) -> None:
    for delegation_id, person_id in {(one.delegation_id, one.person_id) for one in shown if one}:
        record(
            call.work,
            HELPER_LOOKED,
            by=call.actor,
            subject=person_id,
            object_kind="delegation",
            object_id=delegation_id,
            purpose=WHAT,
        )


def _looked_at(call: Call, bill_id: UUID) -> UUID:
    """Whose bill it is; raises NotFound unless one may see it."""
    person_id = people.resolve(call.work, bills.whose(call.work, bill_id))
    look_at(call, person_id, WHAT, by=SEEING)
    return person_id


def _may_pay(call: Call, work: Work, bill_id: UUID) -> UUID:
    """Whose bill it is; raises NotFound unless one may see it, PayingNotAgreed unless one may pay it."""
    caller, today = _person(call), work.clock.today()
    owner = people.resolve(work, bills.whose(work, bill_id))
    if owner == caller or family.may_act(work, caller, owner, Scope.PAY, today):
        return owner
    if family.may_act(work, caller, owner, Scope.LOOK, today):
        raise PayingNotAgreed
    raise NotFound


def _payer(call: Call, work: Work) -> Payer:
    """Whom WeChat is to ask for the money: who holds the phone, by the app that they hold it in."""
    known = channels.addresses(work, _person(call))
    here = next((one for one in known if one.channel_id == call.actor.channel_id), None)
    settings = call.house.settings
    appids = {"miniprogram": settings.wechat_mini_appid, "official_account": settings.wechat_oa_appid}
    if here is not None and here.openid is not None:
        return Payer(appids[here.kind], here.openid)
    raise PayInWeChat if any(one.openid for one in known) else NoWeChat


def _answer(view: BillView, helped: DelegationView | None) -> dict[str, Any]:
    return {
        **vars(view),
        "for_name": helped.name if helped else None,
        "may_pay": view.payable and (helped is None or Scope.PAY in helped.scopes),
    }
