"""Money out: what waits, what is on its way, what went wrong, and what staff may do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args
from uuid import UUID

import marshmallow as ma

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.clock import midnight
from backend.kernel.money import Fen
from backend.payouts import commands, queries
from backend.payouts.queries import Filters
from backend.payouts.rules import PAYOUT_STATES, Action
from backend.payouts.views import PayoutView
from backend.staff import queries as staff
from backend.web.access import permission
from backend.web.edge import Blueprint, Call
from backend.web.paging import PageQuery, page, page_of, sorted_by
from backend.web.parsing import Choice, Day, Number, Schema, Text

blp = Blueprint("payouts", __name__, url_prefix="/api/admin/v1", description="Money that goes out")
READ = permission(queries.READ)
MOST_VERSIONS = 2**31 - 1
MOST_FEN = 10**12


class PendingAnswer(Schema):
    """A release or a resolution that waits for a second person."""

    approval_id = ma.fields.UUID(required=True)
    serial = ma.fields.String(required=True, metadata={"example": "SP20261122-000001"})
    maker_id = ma.fields.UUID(required=True)
    maker_name = ma.fields.String(required=True, metadata={"example": "周敏"})
    made_at = ma.fields.DateTime(required=True)


class PayoutAnswer(Schema):
    """One payout. `case` says why a person must look at it."""

    payout_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True, metadata={"example": "one_off"})
    label = ma.fields.String(required=True, metadata={"example": "一次性待遇支付"})
    source = ma.fields.String(required=True, metadata={"example": "琼社发2026-118"})
    agency_id = ma.fields.UUID(required=True)
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    payee_id = ma.fields.UUID(required=True, allow_none=True)
    payee_name = ma.fields.String(required=True, allow_none=True, metadata={"example": "王*英"})
    amount = ma.fields.Integer(required=True, metadata={"description": "Fen", "example": 52000})
    purpose = ma.fields.String(required=True, metadata={"example": "丧葬补助金"})
    state = ma.fields.String(required=True, metadata={"example": "in_progress"})
    state_label = ma.fields.String(required=True, metadata={"example": "拨付中"})
    case = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    case_label = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    requested_at = ma.fields.DateTime(required=True)
    settled_at = ma.fields.DateTime(required=True, allow_none=True)
    approval = ma.fields.Nested(PendingAnswer, required=True, allow_none=True)
    version = ma.fields.Integer(required=True, metadata={"description": "To be sent back with a change"})


class JournalAnswer(Schema):
    """What a step of a number did to the books."""

    step = ma.fields.String(required=True, metadata={"example": "sent"})
    label = ma.fields.String(required=True, metadata={"example": "转入在途"})
    booked_on = ma.fields.Date(required=True)


class AttemptAnswer(Schema):
    """One number under which it went out, or was to."""

    ordinal = ma.fields.Integer(required=True)
    provider = ma.fields.String(required=True, metadata={"example": "bank"})
    provider_label = ma.fields.String(required=True, metadata={"example": "社银直联"})
    number = ma.fields.String(required=True, metadata={"example": "01JD6Y3T5K8M2N4P6Q8R0S2T4V"})
    account = ma.fields.String(required=True, metadata={"example": "6228****0018"})
    state = ma.fields.String(required=True, metadata={"example": "unknown"})
    state_label = ma.fields.String(required=True, metadata={"example": "结果未知"})
    code = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "The provider's own", "example": "0001"}
    )
    reason = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    reason_label = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    reference = ma.fields.String(required=True, allow_none=True, metadata={"example": "BK202611220001"})
    sent_at = ma.fields.DateTime(required=True, allow_none=True)
    settled_at = ma.fields.DateTime(required=True, allow_none=True)
    settled_on = ma.fields.Date(required=True, allow_none=True)
    due_at = ma.fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When a worker looks at it next"}
    )
    journals = ma.fields.List(ma.fields.Nested(JournalAnswer), required=True)


class OpenedPayoutAnswer(PayoutAnswer):
    """A payout with its numbers, newest first, and what the one who asks may do with it now."""

    attempts = ma.fields.List(ma.fields.Nested(AttemptAnswer), required=True)
    actions = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(get_args(Action))),
        required=True,
        metadata={"example": ["cancel", "reissue"]},
    )


class CellAnswer(Schema):
    """Payouts of one kind in one state."""

    kind = ma.fields.String(required=True, metadata={"example": "one_off"})
    label = ma.fields.String(required=True, metadata={"example": "一次性待遇支付"})
    state = ma.fields.String(required=True, metadata={"example": "paid"})
    state_label = ma.fields.String(required=True, metadata={"example": "已到账"})
    count = ma.fields.Integer(required=True)
    amount = ma.fields.Integer(required=True, metadata={"description": "Fen"})


class TodayAnswer(Schema):
    """What went out of one kind today, beside its limits in fen."""

    kind = ma.fields.String(required=True, metadata={"example": "one_off"})
    label = ma.fields.String(required=True, metadata={"example": "一次性待遇支付"})
    provider = ma.fields.String(required=True, metadata={"example": "bank"})
    provider_label = ma.fields.String(required=True, metadata={"example": "社银直联"})
    count = ma.fields.Integer(required=True)
    amount = ma.fields.Integer(required=True)
    daily_limit = ma.fields.Integer(required=True)
    single_limit = ma.fields.Integer(required=True)


class StopAnswer(Schema):
    """A switch that is off."""

    scope = ma.fields.String(required=True, metadata={"example": "bank"})
    label = ma.fields.String(required=True, metadata={"example": "社银直联"})
    stopped_at = ma.fields.DateTime(required=True)
    stopped_by = ma.fields.UUID(required=True)
    stopped_by_name = ma.fields.String(required=True, metadata={"example": "林海燕"})
    reason = ma.fields.String(required=True, metadata={"example": "核查异常"})


class BoardAnswer(Schema):
    """All payouts within one's reach at a glance."""

    cells = ma.fields.List(ma.fields.Nested(CellAnswer), required=True)
    today = ma.fields.List(ma.fields.Nested(TodayAnswer), required=True)
    stops = ma.fields.List(ma.fields.Nested(StopAnswer), required=True)
    unanswered = ma.fields.Integer(
        required=True, metadata={"description": "Numbers whose outcome is not known"}
    )
    oldest_unanswered_at = ma.fields.DateTime(required=True, allow_none=True)


class PayoutQuery(PageQuery):
    """Which payouts to list."""

    state = Choice(*PAYOUT_STATES)
    kind = Text(most=50, metadata={"example": "one_off"})
    agency_id = ma.fields.UUID(metadata={"description": "With all below it"})
    source = Text(most=40, metadata={"description": "The whole of it", "example": "琼社发2026-118"})
    since = Day(metadata={"description": "Asked for on this day or later"})
    until = Day(metadata={"description": "Asked for on this day or before"})
    approval_id = ma.fields.UUID(metadata={"description": "The release that they are part of"})
    sort = sorted_by(*queries.SORTS)


class PayoutBody(Schema):
    """What somebody is to get, and the paper that says so."""

    amount = Number(least=1, most=MOST_FEN, required=True, metadata={"description": "Fen", "example": 52000})
    purpose = Text(least=2, most=30, required=True, metadata={"example": "丧葬补助金"})
    reference = Text(least=2, most=40, required=True, metadata={"example": "琼社发2026-118"})


class ReleaseBody(Schema):
    """Which payouts are to go out: of one agency and one kind."""

    payout_ids = ma.fields.List(ma.fields.UUID(), required=True)
    note = Text(least=0, most=200, load_default="", metadata={"example": "十一月第二批"})


class VersionBody(Schema):
    """The payout as it was read."""

    version = Number(least=1, most=MOST_VERSIONS, required=True)


class CancelBody(VersionBody):
    """Why it is taken back."""

    reason = Text(least=2, most=200, required=True, metadata={"example": "重复申请"})


class ResolutionBody(VersionBody):
    """How a doubtful payout ended, and by what paper."""

    ended = Choice("paid", "failed", required=True)
    evidence = Text(least=4, most=100, required=True, metadata={"example": "银行回单20261122-7"})
    note = Text(least=0, most=200, load_default="", metadata={"example": "已电话核实"})


class StopBody(Schema):
    """Why nothing is to go out."""

    reason = Text(least=2, most=200, required=True, metadata={"example": "核查异常"})


class ApprovalIdAnswer(Schema):
    """What a second person decides on."""

    approval_id = ma.fields.UUID(required=True)


class PayoutIdAnswer(Schema):
    """The payout that was asked for."""

    payout_id = ma.fields.UUID(required=True)


@blp.read("/payouts", access=READ, query=PayoutQuery, answer=page_of(PayoutAnswer), errors=(404,))
def payouts(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """Payouts within one's reach, newest first"""
    wanted = queries.payouts(by=call.actor, filters=_filters(call, query))
    found = page(call.work, wanted, query, *queries.ORDER, queries.SORTS)
    return {**found, "items": _answers(call, queries.views(call.work, found["items"]))}


def _filters(call: Call, query: dict[str, Any]) -> Filters:
    agency_id, approval_id = query.get("agency_id"), query.get("approval_id")
    return Filters(
        since=midnight(query["since"]) if "since" in query else None,
        until=midnight(query["until"], after=1) if "until" in query else None,
        agency_path=agencies.path(call.work, agency_id) if agency_id else None,
        among=queries.released_by(call.work, approval_id) if approval_id else None,
        **{name: query.get(name) for name in ("state", "kind", "source")},
    )


def _answers(call: Call, views: Sequence[PayoutView]) -> list[dict[str, Any]]:
    names = staff.names(call.work, {one.approval.maker_id for one in views if one.approval})
    return [
        {
            **vars(one),
            "approval": {**vars(one.approval), "maker_name": names[one.approval.maker_id]}
            if one.approval
            else None,
        }
        for one in views
    ]


@blp.read("/payout-board", access=READ, answer=BoardAnswer)
def board(call: Call) -> dict[str, Any]:
    """Counts and sums by state, today's limits, and the switches that are off"""
    found = queries.board(call.work, by=call.actor)
    names = staff.names(call.work, {one.stopped_by for one in found.stops})
    stops = [{**vars(one), "stopped_by_name": names[one.stopped_by]} for one in found.stops]
    return {**vars(found), "stops": stops}


@blp.read("/payouts/<uuid:payout_id>", access=READ, answer=OpenedPayoutAnswer, audited=True)
def open_payout(call: Call, payout_id: UUID) -> dict[str, Any]:
    """One payout with all its numbers; the look is recorded"""
    found = queries.payout(call.work, by=call.actor, payout_id=payout_id)
    record(
        call.work,
        "payout.opened",
        by=call.actor,
        subject=found.payee_id,
        object_kind="payout",
        object_id=payout_id,
    )
    return {
        **_answers(call, [found])[0],
        "attempts": queries.attempts(call.work, payout_id),
        "actions": queries.actions(call.work, found, by=call.actor),
    }


@blp.write(
    "POST",
    "/people/<uuid:person_id>/payouts",
    access=permission("payouts.request"),
    body=PayoutBody,
    answer=PayoutIdAnswer,
    status=201,
    key="required",
    errors=(409,),
)
def enter(call: Call, body: dict[str, Any], person_id: UUID) -> dict[str, UUID]:
    """Enter a payout to a person's registered card; it goes out when two others have released it"""
    amount = Fen(body.pop("amount"))
    made = commands.request_for_person(call.work, by=call.actor, person_id=person_id, amount=amount, **body)
    return {"payout_id": made}


@blp.write(
    "POST",
    "/payout-releases",
    access=permission("payouts.request"),
    body=ReleaseBody,
    answer=ApprovalIdAnswer,
    status=201,
    errors=(404, 409),
)
def propose_release(call: Call, body: dict[str, Any]) -> dict[str, UUID]:
    """Ask that payouts go out; a second person decides"""
    return {"approval_id": commands.propose_release(call.work, by=call.actor, **body)}


@blp.write(
    "POST",
    "/payouts/<uuid:payout_id>/cancel",
    access=permission("payouts.handle"),
    body=CancelBody,
    status=204,
    errors=(409,),
)
def cancel(call: Call, body: dict[str, Any], payout_id: UUID) -> None:
    """Take back what was never sent, or came back"""
    commands.cancel(call.work, by=call.actor, payout_id=payout_id, **body)


@blp.write(
    "POST",
    "/payouts/<uuid:payout_id>/reissue",
    access=permission("payouts.handle"),
    body=VersionBody,
    status=204,
    errors=(409,),
)
def reissue(call: Call, body: dict[str, Any], payout_id: UUID) -> None:
    """Send again what failed or came back, to the card that is registered now"""
    commands.reissue(call.work, by=call.actor, payout_id=payout_id, **body)


@blp.write(
    "POST",
    "/payouts/<uuid:payout_id>/resolutions",
    access=permission("payouts.handle"),
    body=ResolutionBody,
    answer=ApprovalIdAnswer,
    status=201,
    errors=(409,),
)
def propose_resolution(call: Call, body: dict[str, Any], payout_id: UUID) -> dict[str, UUID]:
    """Say how a doubtful payout ended; a second person decides"""
    return {"approval_id": commands.propose_resolution(call.work, by=call.actor, payout_id=payout_id, **body)}


@blp.write(
    "PUT",
    "/payout-stops/<scope>",
    access=permission("payouts.stop"),
    body=StopBody,
    status=204,
    errors=(409,),
)
def stop(call: Call, body: dict[str, Any], scope: str) -> None:
    """Stop sending: everything (`all`), a provider or a kind; what was sent is still followed"""
    commands.stop(call.work, by=call.actor, scope=scope, reason=body["reason"])


@blp.write("DELETE", "/payout-stops/<scope>", access=permission("payouts.stop"), status=204, errors=(409,))
def resume(call: Call, scope: str) -> None:
    """Let payouts go again"""
    commands.resume(call.work, by=call.actor, scope=scope)
