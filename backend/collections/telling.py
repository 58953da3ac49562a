"""What a citizen is told of a bill: where it stands, and in one plain sentence what that means for them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from backend.collections.rules import Use
from backend.kernel.clock import SHANGHAI
from backend.kernel.money import Fen, yuan_text

Standing = Literal[
    "unpaid", "expired", "withdrawn", "paid", "booked", "returning", "returned", "being_looked_into"
]
STANDINGS: tuple[Standing, ...] = get_args(Standing)
LABELS: dict[Standing, str] = {
    "unpaid": "待缴费",
    "expired": "已过期",
    "withdrawn": "已撤回",
    "paid": "已缴费，入账中",
    "booked": "已入账",
    "returning": "退款中",
    "returned": "已退款",
    "being_looked_into": "核实中",
}
AMONG_US = frozenset({"second_receipt"})
"""Cases that are between the bureau and the tax authority: the payer's money is where it belongs."""
SENTENCES: dict[Standing, str] = {
    "unpaid": "还没有缴费。请在{until}前缴纳{amount}元。",
    "expired": "这张缴费单已过期，没有收到付款。如仍需缴费，请联系经办机构重新开具。",
    "withdrawn": "经办机构已撤回这张缴费单，无需缴费。",
    "paid": "已收到{amount}元，正在入账。入账后这里会显示凭证号，请不要重复缴费。",
    "booked": "已入账，{amount}元，税务凭证号{receipt}。",
    "returning": "退款正在办理，款项将按付款时的方式退回。",
    "returned": "{amount}元已按付款时的方式退回。",
    "being_looked_into": "这笔缴费的情况有些异常，我们已经在核实。请不要重复缴费，结果会显示在这里。",
}
BEING_PAID = "还没有收到付款。如果您刚刚付过款，请稍等片刻再看，不要重复付款。"
GOING_BACK: dict[bool, dict[str, str]] = {
    False: {
        "duplicate": "多缴的{amount}元正在退回，无需申请。",
        "stray": "这张缴费单付款时已失效，{amount}元正在退回，无需申请。",
        "applied": "{amount}元正在退回。",
    },
    True: {
        "duplicate": "多缴的{amount}元已按付款时的方式退回。",
        "stray": "这张缴费单付款时已失效，{amount}元已按付款时的方式退回。",
        "applied": "{amount}元已按付款时的方式退回。",
    },
}


def standing(state: str, *, over: bool, case: str | None, going_back: bool) -> Standing:
    """Where a bill stands for its payer; `over`: its time is; `going_back`: what paid it returns."""
    if case is not None and case not in AMONG_US and state != "refunded":
        return "being_looked_into"
    match state:
        case "open":
            return "expired" if over else "unpaid"
        case "withdrawn":
            return "withdrawn"
        case "refunded":
            return "returned"
    if going_back:
        return "returning"
    return "booked" if state == "booked" else "paid"


def sentence(at: Standing, *, amount: Fen, until: datetime, receipt: str | None, being_paid: bool) -> str:
    """What that means; `being_paid`: an order of the bill stands open."""
    if at == "unpaid" and being_paid:
        return BEING_PAID
    local = until.astimezone(SHANGHAI)
    when = f"{local.month}月{local.day}日{local:%H:%M}"
    return SENTENCES[at].format(amount=yuan_text(amount), until=when, receipt=receipt)


def going_back_sentence(use: Use, amount: Fen, *, arrived: bool) -> str:
    """What is told of money that goes back, or has."""
    return GOING_BACK[arrived][use].format(amount=yuan_text(amount))
