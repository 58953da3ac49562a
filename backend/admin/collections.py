"""Money in: what waits to be paid, what came in, what went wrong, and what staff may do about it."""

from __future__ import annotations

from typing import Any, get_args
from uuid import UUID

import marshmallow as ma

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.collections import commands, queries
from backend.collections.queries import Filters
from backend.collections.rules import COLLECTION_STATES, Action
from backend.collections.views import CASE_LABELS, Board
from backend.kernel.clock import midnight
from backend.kernel.money import Fen
from backend.web.access import permission
from backend.web.edge import Blueprint, Call
from backend.web.paging import PageQuery, page, page_of, sorted_by
from backend.web.parsing import Choice, Day, Number, Schema, Text

blp = Blueprint("collections", __name__, url_prefix="/api/admin/v1", description="Money that comes in")
READ = permission(queries.READ)
HANDLE = permission("collections.handle")
MOST_VERSIONS = 2**31 - 1
MOST_FEN = 10**12
FEN = {"description": "Fen", "example": 97_572}


class CollectionAnswer(Schema):
    """One collection. `case` says why a person must look at it."""

    collection_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True, metadata={"example": "counter_bill"})
    label = ma.fields.String(required=True, metadata={"example": "窗口核定缴费"})
    source = ma.fields.String(required=True, metadata={"example": "琼社核2026-118"})
    agency_id = ma.fields.UUID(required=True)
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    person_id = ma.fields.UUID(required=True)
    person_name = ma.fields.String(required=True, metadata={"example": "王*英"})
    amount = ma.fields.Integer(required=True, metadata=FEN)
    description = ma.fields.String(required=True, metadata={"example": "灵活就业养老保险费"})
    state = ma.fields.String(required=True, metadata={"example": "paid"})
    state_label = ma.fields.String(required=True, metadata={"example": "已缴费，待入账"})
    case = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    case_label = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    created_at = ma.fields.DateTime(required=True)
    payable_until = ma.fields.DateTime(required=True)
    paid_at = ma.fields.DateTime(required=True, allow_none=True)
    receipt_number = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The tax authority's", "example": "446016261100000001"},
    )
    receipted_at = ma.fields.DateTime(required=True, allow_none=True)
    booked_at = ma.fields.DateTime(required=True, allow_none=True)
    version = ma.fields.Integer(required=True, metadata={"description": "To be sent back with a change"})


class PaymentOrderAnswer(Schema):
    """One number under which it could be paid."""

    ordinal = ma.fields.Integer(required=True)
    number = ma.fields.String(required=True, metadata={"example": "01JD6Y3T5K8M2N4P6Q8R0S2T4V"})
    amount = ma.fields.Integer(required=True, metadata=FEN)
    state = ma.fields.String(required=True, metadata={"example": "open"})
    state_label = ma.fields.String(required=True, metadata={"example": "等待付款"})
    code = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The provider's own", "example": "ORDER_CLOSED"},
    )
    created_at = ma.fields.DateTime(required=True)
    expires_at = ma.fields.DateTime(required=True)
    settled_at = ma.fields.DateTime(required=True, allow_none=True)
    due_at = ma.fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When a worker looks at it next"}
    )


class RefundAnswer(Schema):
    """Money that goes back; whether it was released, and how it travels, its payout tells."""

    refund_id = ma.fields.UUID(required=True)
    payout_id = ma.fields.UUID(required=True)
    amount = ma.fields.Integer(required=True, metadata=FEN)
    reason = ma.fields.String(required=True, metadata={"example": "参保人申请退费"})
    state = ma.fields.String(required=True, metadata={"example": "requested"})
    state_label = ma.fields.String(required=True, metadata={"example": "退款中"})
    requested_at = ma.fields.DateTime(required=True)
    settled_at = ma.fields.DateTime(required=True, allow_none=True)


class PaymentAnswer(Schema):
    """Money that came in, and what of it goes back."""

    payment_id = ma.fields.UUID(required=True)
    order_number = ma.fields.String(required=True, metadata={"example": "01JD6Y3T5K8M2N4P6Q8R0S2T4V"})
    reference = ma.fields.String(
        required=True,
        metadata={"description": "The provider's transaction", "example": "4200002026112200000000000001"},
    )
    amount = ma.fields.Integer(required=True, metadata=FEN)
    use = ma.fields.String(required=True, metadata={"example": "applied"})
    use_label = ma.fields.String(required=True, metadata={"example": "用于本单"})
    paid_at = ma.fields.DateTime(required=True)
    recorded_at = ma.fields.DateTime(required=True)
    given_back = ma.fields.Integer(
        required=True, metadata={"description": "Fen that went back or are on their way", "example": 0}
    )
    refunds = ma.fields.List(ma.fields.Nested(RefundAnswer), required=True)


class OpenedCollectionAnswer(CollectionAnswer):
    """A collection with its orders, newest first, what came in, and what the one who asks may do now."""

    orders = ma.fields.List(ma.fields.Nested(PaymentOrderAnswer), required=True)
    payments = ma.fields.List(ma.fields.Nested(PaymentAnswer), required=True)
    actions = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(get_args(Action))),
        required=True,
        metadata={"example": ["refund", "look_again"]},
    )


class CollectionCellAnswer(Schema):
    """Collections of one kind in one state."""

    kind = ma.fields.String(required=True, metadata={"example": "counter_bill"})
    label = ma.fields.String(required=True, metadata={"example": "窗口核定缴费"})
    state = ma.fields.String(required=True, metadata={"example": "booked"})
    state_label = ma.fields.String(required=True, metadata={"example": "已入账"})
    count = ma.fields.Integer(required=True)
    amount = ma.fields.Integer(required=True, metadata=FEN)


class CollectionBoardAnswer(Schema):
    """All collections within one's reach at a glance."""

    cells = ma.fields.List(ma.fields.Nested(CollectionCellAnswer), required=True)
    cases = ma.fields.Integer(required=True, metadata={"description": "Those that a person must look at"})
    unbooked = ma.fields.Integer(required=True, metadata={"description": "Paid and not booked yet"})
    oldest_unbooked_at = ma.fields.DateTime(required=True, allow_none=True)
    unowed = ma.fields.Integer(
        required=True, metadata={"description": "Payments that nobody owed and that still lie with us"}
    )
    unowed_amount = ma.fields.Integer(required=True, metadata=FEN)


class CollectionQuery(PageQuery):
    """Which collections to list."""

    state = Choice(*COLLECTION_STATES)
    kind = Text(most=50, metadata={"example": "counter_bill"})
    agency_id = ma.fields.UUID(metadata={"description": "With all below it"})
    since = Day(metadata={"description": "Asked for on this day or later"})
    until = Day(metadata={"description": "Asked for on this day or before"})
    case = Choice(
        queries.ANY_CASE,
        *CASE_LABELS,
        metadata={"description": "Only those that a person must look at: any, or for this reason"},
    )
    sort = sorted_by(*queries.SORTS)


class CounterBillBody(Schema):
    """What somebody is to pay, and the paper that says so."""

    amount = Number(least=1, most=MOST_FEN, required=True, metadata=FEN)
    description = Text(
        least=2,
        most=40,
        required=True,
        metadata={"description": "What the payer reads in WeChat", "example": "灵活就业养老保险费"},
    )
    reference = Text(least=2, most=40, required=True, metadata={"example": "琼社核2026-118"})


class CollectionVersionBody(Schema):
    """The collection as it was read."""

    version = Number(least=1, most=MOST_VERSIONS, required=True)


class WithdrawBody(CollectionVersionBody):
    """Why nobody is to pay it any more."""

    reason = Text(least=2, most=200, required=True, metadata={"example": "核定有误，重新开具"})


class RefundBody(CollectionVersionBody):
    """Why money is to go back, and of which payment: without one, of the payment that pays the bill."""

    reason = Text(least=2, most=30, required=True, metadata={"example": "参保人申请退费"})
    payment_id = ma.fields.UUID()


class CloseCaseBody(CollectionVersionBody):
    """What was found out."""

    reason = Text(least=2, most=200, required=True, metadata={"example": "已与税务核对，凭证号以首次为准"})


class CollectionIdAnswer(Schema):
    """The collection that was asked for."""

    collection_id = ma.fields.UUID(required=True)


class RefundIdAnswer(Schema):
    """The refund that was asked for; its payout waits for release."""

    refund_id = ma.fields.UUID(required=True)


@blp.read("/collections", access=READ, query=CollectionQuery, answer=page_of(CollectionAnswer), errors=(404,))
def listing(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """Collections within one's reach, newest first"""
    wanted = queries.collections(by=call.actor, filters=_filters(call, query))
    found = page(call.work, wanted, query, *queries.ORDER, queries.SORTS)
    return {**found, "items": queries.views(call.work, found["items"])}


def _filters(call: Call, query: dict[str, Any]) -> Filters:
    agency_id = query.get("agency_id")
    return Filters(
        since=midnight(query["since"]) if "since" in query else None,
        until=midnight(query["until"], after=1) if "until" in query else None,
        agency_path=agencies.path(call.work, agency_id) if agency_id else None,
        **{name: query.get(name) for name in ("state", "kind", "case")},
    )


@blp.read("/collection-board", access=READ, answer=CollectionBoardAnswer)
def board(call: Call) -> Board:
    """Counts and sums by state, what is not booked, and what lies here that nobody owed"""
    return queries.board(call.work, by=call.actor)


@blp.read("/collections/<uuid:collection_id>", access=READ, answer=OpenedCollectionAnswer, audited=True)
def open_collection(call: Call, collection_id: UUID) -> dict[str, Any]:
    """One collection with its orders, payments and refunds; the look is recorded"""
    found = queries.collection(call.work, by=call.actor, collection_id=collection_id)
    came_in = queries.payments(call.work, collection_id)
    record(
        call.work,
        "collection.opened",
        by=call.actor,
        subject=found.person_id,
        object_kind="collection",
        object_id=collection_id,
    )
    return {
        **vars(found),
        "orders": queries.orders(call.work, collection_id),
        "payments": came_in,
        "actions": queries.actions(call.work, found, came_in, by=call.actor),
    }


@blp.write(
    "POST",
    "/people/<uuid:person_id>/collections",
    access=permission("collections.request"),
    body=CounterBillBody,
    answer=CollectionIdAnswer,
    status=201,
    key="required",
    errors=(409,),
)
def enter(call: Call, body: dict[str, Any], person_id: UUID) -> dict[str, UUID]:
    """Enter what a person is to pay; they find it on their phone, and have fifteen days"""
    amount = Fen(body.pop("amount"))
    made = commands.request_for_person(call.work, by=call.actor, person_id=person_id, amount=amount, **body)
    return {"collection_id": made}


@blp.write(
    "POST",
    "/collections/<uuid:collection_id>/withdraw",
    access=permission("collections.request"),
    body=WithdrawBody,
    status=204,
    errors=(409,),
)
def withdraw(call: Call, body: dict[str, Any], collection_id: UUID) -> None:
    """Take back what nobody has paid; whoever pays it all the same gets it back"""
    commands.withdraw(call.work, by=call.actor, collection_id=collection_id, **body)


@blp.write(
    "POST",
    "/collections/<uuid:collection_id>/refunds",
    access=permission("collections.refund"),
    body=RefundBody,
    answer=RefundIdAnswer,
    status=201,
    errors=(409,),
)
def request_refund(call: Call, body: dict[str, Any], collection_id: UUID) -> dict[str, UUID]:
    """Ask that what is left of a payment goes back; it does once two people have released its payout"""
    return {
        "refund_id": commands.request_refund(call.work, by=call.actor, collection_id=collection_id, **body)
    }


@blp.write(
    "POST",
    "/collections/<uuid:collection_id>/look-again",
    access=HANDLE,
    body=CollectionVersionBody,
    status=204,
    errors=(409,),
)
def look_again(call: Call, body: dict[str, Any], collection_id: UUID) -> None:
    """Have WeChat Pay and the tax authority asked about it now"""
    commands.look_again(call.work, by=call.actor, collection_id=collection_id, **body)


@blp.write(
    "POST",
    "/collections/<uuid:collection_id>/close-case",
    access=HANDLE,
    body=CloseCaseBody,
    status=204,
    errors=(409,),
)
def close_case(call: Call, body: dict[str, Any], collection_id: UUID) -> None:
    """End a case with what was found out about it; no money moves"""
    commands.close_case(call.work, by=call.actor, collection_id=collection_id, **body)
