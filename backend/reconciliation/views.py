"""Days and differences as clerks see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backend.kernel.money import Fen

DAY_LABELS = {
    "waiting": "待取对账文件",
    "fetched": "对账中",
    "clean": "核对一致",
    "differences": "有差异待处理",
    "closed": "差异已处理完",
}
KIND_LABELS = {
    "duplicate": "同一单号重复入账",
    "extra": "渠道有、我方无",
    "amount": "金额不一致",
    "state": "状态不一致",
    "too_old": "超过30日仍无结果",
    "late": "入账日期不同",
    "missing": "我方有、渠道无",
}
STATE_LABELS = {"open": "待处理", "mended": "已自动核平", "resolved": "已人工处理"}
DIRECTION_LABELS = {"out": "支出", "in": "收入"}
STANDING_LABELS = {
    "settled": "已结算",
    "under_way": "渠道已受理",
    "open": "结果未知",
    "not_moved": "未支付",
}
REASON_LABELS = {
    "booked_another_day": "渠道在相邻日期入账，金额一致",
    "agrees_now": "再次核对时双方已一致",
    "settled_by_file": "已按对账文件确认结果",
}
ERROR_LABELS = {
    "no_day_file": "对账文件尚未生成",
    "bad_day_file": "对账文件不完整或合计不符",
    "unavailable": "渠道没有应答",
}


@dataclass(frozen=True)
class TotalsView:
    """How many movements one side has each way, and their sums in fen."""

    out_count: int
    out_amount: Fen
    in_count: int
    in_amount: Fen


@dataclass(frozen=True)
class DayView:
    """One day of one provider, of the whole bureau; `running` while a worker is at it."""

    day_id: UUID
    provider: str
    provider_label: str
    day: date
    state: str
    state_label: str
    running: bool
    due_at: datetime | None
    compared_at: datetime | None
    failures: int
    last_error: str | None
    last_error_label: str | None
    theirs: TotalsView
    ours: TotalsView
    fees: Fen
    open: int
    mended: int
    resolved: int


@dataclass(frozen=True)
class DifferenceView:
    """What did not fit about one number on one day."""

    difference_id: UUID
    day_id: UUID
    provider: str
    provider_label: str
    day: date
    number: str
    reference: str | None
    direction: str
    direction_label: str
    kind: str
    kind_label: str
    lines: int
    file_amount: Fen | None
    booked_at: datetime | None
    our_amount: Fen | None
    our_state: str | None
    our_state_label: str | None
    our_day: date | None
    agency_id: UUID
    agency_name: str
    object_id: UUID | None
    subject_id: UUID | None
    state: str
    state_label: str
    reason: str | None
    found_at: datetime
    ended_at: datetime | None
    resolved_by: UUID | None


@dataclass(frozen=True)
class ChannelView:
    """How a provider stands: the last days, and what of it is open within one's reach."""

    provider: str
    label: str
    latest_day: date | None
    latest_state: str | None
    latest_state_label: str | None
    days_waiting: int
    oldest_open_day: date | None
    open: int
    open_amount: Fen
    kinds: Sequence[KindCount]


@dataclass(frozen=True)
class KindCount:
    """How many differences of a kind are open."""

    kind: str
    kind_label: str
    count: int
