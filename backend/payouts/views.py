"""Payouts as clerks see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backend.kernel.money import Fen

STATE_LABELS = {
    "awaiting_approval": "待放行",
    "in_progress": "拨付中",
    "manual": "待核实",
    "paid": "已到账",
    "failed": "拨付失败",
    "returned": "已退回",
    "cancelled": "已取消",
}
ATTEMPT_LABELS = {
    "waiting": "待发送",
    "sending": "发送中",
    "accepted": "渠道已受理",
    "unknown": "结果未知",
    "manual": "待核实",
    "paid": "已到账",
    "failed": "失败",
    "returned": "已退回",
    "cancelled": "已取消",
}
CASE_LABELS = {
    "amount_differs": "渠道金额与我方不一致",
    "returned": "款项被退回",
    "number_conflict": "单号在渠道已被另一笔占用",
    "too_old_to_ask": "发送已久，渠道查无此单",
    "lost_by_provider": "渠道曾受理，现查无此单",
    "no_answer": "多次查询没有结果",
    "paid_after_all": "已作失败处理，渠道又称已支付",
    "failed_after_paid": "已到账，渠道又称失败",
    "failed_payee": "收款账户有误",
    "failed_blocked": "被渠道风控或收款人限制",
    "failed_limit": "超过渠道限额",
    "failed_busy": "渠道多次繁忙",
    "failed_balance": "渠道账户余额不足",
    "failed_rejected": "渠道拒绝",
}


REASON_LABELS = {
    "payee": "收款户名或账号有误，或账户已销户",
    "blocked": "被渠道风控或收款人设置限制",
    "balance": "渠道账户余额不足",
    "limit": "当日限额已用完，次日自动再发",
    "busy": "渠道繁忙",
    "rejected": "渠道拒绝",
}
JOURNAL_LABELS = {
    "sent": "转入在途",
    "paid": "确认支付",
    "failed": "支付失败，转回应付",
    "returned": "款项退回，转回应付",
}


@dataclass(frozen=True)
class PendingView:
    """A change of a payout that waits for a second person's word."""

    approval_id: UUID
    serial: str
    maker_id: UUID
    made_at: datetime


@dataclass(frozen=True)
class JournalView:
    """What one step of a number did to the books."""

    step: str
    label: str
    booked_on: date


@dataclass(frozen=True)
class PayoutView:
    """One payout; the payee's name is masked."""

    payout_id: UUID
    kind: str
    label: str
    source: str
    agency_id: UUID
    agency_name: str
    payee_id: UUID | None
    payee_name: str | None
    amount: Fen
    purpose: str
    state: str
    state_label: str
    case: str | None
    case_label: str | None
    requested_at: datetime
    settled_at: datetime | None
    approval: PendingView | None
    version: int


@dataclass(frozen=True)
class AttemptView:
    """One number of a payout; a card is masked, an order that is refunded is not."""

    ordinal: int
    provider: str
    provider_label: str
    number: str
    account: str
    state: str
    state_label: str
    code: str | None
    reason: str | None
    reason_label: str | None
    reference: str | None
    sent_at: datetime | None
    settled_at: datetime | None
    settled_on: date | None
    due_at: datetime | None
    journals: Sequence[JournalView]


@dataclass(frozen=True)
class BoardCell:
    """How many payouts of a kind stand in a state, and how much that is."""

    kind: str
    label: str
    state: str
    state_label: str
    count: int
    amount: Fen


@dataclass(frozen=True)
class KindToday:
    """What went out of a kind today, beside its limits."""

    kind: str
    label: str
    provider: str
    provider_label: str
    count: int
    amount: Fen
    daily_limit: Fen
    single_limit: Fen


@dataclass(frozen=True)
class StopView:
    """A switch that is off."""

    scope: str
    label: str
    stopped_at: datetime
    stopped_by: UUID
    reason: str


@dataclass(frozen=True)
class Board:
    """All payouts within one's reach at a glance."""

    cells: Sequence[BoardCell]
    today: Sequence[KindToday]
    stops: Sequence[StopView]
    unanswered: int
    oldest_unanswered_at: datetime | None
