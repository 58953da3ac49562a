"""Collections as clerks see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.kernel.money import Fen

STATE_LABELS = {
    "open": "待缴费",
    "paid": "已缴费，待入账",
    "booked": "已入账",
    "withdrawn": "已撤回",
    "refunded": "已退款",
}
ORDER_LABELS = {
    "opening": "正在下单",
    "open": "等待付款",
    "closing": "正在关闭",
    "paid": "已付款",
    "closed": "已关闭",
}
USE_LABELS = {"applied": "用于本单", "duplicate": "重复缴费", "stray": "缴费单已失效或金额不符"}
REFUND_LABELS = {"requested": "退款中", "refunded": "已退款", "cancelled": "已取消"}
CASE_LABELS = {
    "amount_differs": "付款金额与订单不一致",
    "number_conflict": "订单号在支付渠道已被另一笔占用",
    "paid_twice_on_one_order": "同一订单出现两笔付款",
    "reference_used_twice": "同一笔付款对应两个订单",
    "not_paid_after_all": "已付款的订单，支付渠道又称未付",
    "refunded_elsewhere": "支付渠道已退款，我方没有退款记录",
    "return_cancelled": "多收款项的退回被取消",
    "second_receipt": "税务给出了另一个凭证号",
    "receipt_refused": "税务不认可这笔缴费",
    "receipt_late": "缴费两天仍未入库",
}


@dataclass(frozen=True)
class CollectionView:
    """One collection; the person's name is masked."""

    collection_id: UUID
    kind: str
    label: str
    source: str
    agency_id: UUID
    agency_name: str
    person_id: UUID
    person_name: str
    amount: Fen
    description: str
    state: str
    state_label: str
    case: str | None
    case_label: str | None
    created_at: datetime
    payable_until: datetime
    paid_at: datetime | None
    receipt_number: str | None
    receipted_at: datetime | None
    booked_at: datetime | None
    version: int


@dataclass(frozen=True)
class OrderView:
    """One number under which a bill could be paid."""

    ordinal: int
    number: str
    amount: Fen
    state: str
    state_label: str
    code: str | None
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True)
class RefundView:
    """Money that goes back; its way is that of the payout."""

    refund_id: UUID
    payout_id: UUID
    amount: Fen
    reason: str
    state: str
    state_label: str
    requested_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True)
class PaymentView:
    """Money that came in, and what of it goes back."""

    payment_id: UUID
    order_number: str
    reference: str
    amount: Fen
    use: str
    use_label: str
    paid_at: datetime
    recorded_at: datetime
    given_back: Fen
    refunds: Sequence[RefundView]


@dataclass(frozen=True)
class BoardCell:
    """How many collections of a kind stand in a state, and how much that is."""

    kind: str
    label: str
    state: str
    state_label: str
    count: int
    amount: Fen


@dataclass(frozen=True)
class Board:
    """All collections within one's reach at a glance.

    `unbooked` were paid and are not booked; `unowed` are payments that came on top and still lie with us.
    """

    cells: Sequence[BoardCell]
    cases: int
    unbooked: int
    oldest_unbooked_at: datetime | None
    unowed: int
    unowed_amount: Fen
