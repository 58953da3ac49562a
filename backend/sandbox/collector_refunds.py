"""Refunds of the collecting merchant: taken on, under way for a while, and then over in one of three ways."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any, cast

from backend.sandbox import collector
from backend.sandbox.pay_envelope import Refused
from backend.sandbox.wallet import yuan
from backend.sandbox.world import World, iso

PROCESSING, SUCCESS, ABNORMAL, CLOSED = "PROCESSING", "SUCCESS", "ABNORMAL", "CLOSED"
STATUSES = (PROCESSING, SUCCESS, ABNORMAL, CLOSED)
SUMMARIES = {SUCCESS: "退款成功", ABNORMAL: "退款异常", CLOSED: "退款关闭"}
USER_ACCOUNT = "支付用户零钱"


@dataclass(frozen=True)
class Wanted:
    """A refund as it was asked for; the same number must always come with the same of it."""

    number: str
    order_number: str
    amount: int
    reason: str
    notify_url: str


def find(db: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    """A refund by the merchant's number."""
    row = db.execute("SELECT * FROM collect_refund WHERE number = ?", (number,)).fetchone()
    return cast("sqlite3.Row | None", row)


def take(world: World, db: sqlite3.Connection, wanted: Wanted, order: sqlite3.Row, total: int) -> sqlite3.Row:
    """The refund, taken on now or before; raises Refused."""
    if total != order["amount"]:
        raise Refused("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
    known = find(db, wanted.number)
    if known is not None:
        if any(known[name] != value for name, value in vars(wanted).items()):
            raise Refused("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        return known
    if order["paid_at"] is None:
        raise Refused("INVALID_REQUEST", "订单状态错误")
    (gone,) = db.execute(
        "SELECT COALESCE(SUM(amount), 0) FROM collect_refund WHERE order_number = ? AND status <> 'CLOSED'",
        (order["number"],),
    ).fetchone()
    if gone + wanted.amount > order["amount"]:
        raise Refused("INVALID_REQUEST", "申请退款金额大于订单可退金额")
    if wanted.amount > collector.account(db)["balance"]:
        raise Refused("NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
    return _begin(world, db, wanted, order)


def _begin(world: World, db: sqlite3.Connection, wanted: Wanted, order: sqlite3.Row) -> sqlite3.Row:
    now, account = world.now(db), collector.account(db)
    (row_id,) = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM collect_refund").fetchone()
    row = {
        **vars(wanted),
        "id": row_id,
        "refund_id": f"503000{int(now)}{row_id:012d}",
        "status": PROCESSING,
        "created_at": now,
        "due_at": now + account["refund_seconds"],
        "due_end": account["refund_end"],
    }
    collector.insert(db, "collect_refund", row)
    db.execute("UPDATE collector SET balance = balance - ?", (wanted.amount,))
    db.execute("UPDATE collect_order SET state = ? WHERE id = ?", (collector.REFUND, order["id"]))
    return cast(sqlite3.Row, find(db, wanted.number))


def advance(world: World, db: sqlite3.Connection) -> None:
    """Closes orders and ends refunds, each at the moment when it was due."""
    now = world.now(db)
    collector.expire(db, now)
    due = db.execute(
        "SELECT * FROM collect_refund WHERE status = 'PROCESSING' AND due_at < ? ORDER BY due_at, id", (now,)
    ).fetchall()
    for refund in due:
        put_status(world, db, refund, refund["due_end"], refund["due_at"])


def put_status(world: World, db: sqlite3.Connection, refund: sqlite3.Row, status: str, at: float) -> None:
    """Moves a refund; a closed one's money is with the merchant, an abnormal one's waits for a clerk."""
    db.execute(
        "UPDATE collect_refund SET status = ?, settled_at = ?, due_at = NULL WHERE id = ?",
        (status, at if status == SUCCESS else None, refund["id"]),
    )
    if status == CLOSED:
        db.execute("UPDATE collector SET balance = balance + ?", (refund["amount"],))
    if status == PROCESSING:
        return
    order = cast(sqlite3.Row, collector.find(db, refund["order_number"]))
    if status == SUCCESS:
        text = f"收到退款 {yuan(refund['amount'])} 元：{order['description']}"
        world.show(db, order["phone"], "event", text)
    moved = cast(sqlite3.Row, find(db, refund["number"]))
    content = _notice(world, db, moved, order)
    collector.add_notice(world, db, "refund", moved, f"REFUND.{status}", SUMMARIES[status], content)


def told(db: sqlite3.Connection, refund: sqlite3.Row) -> dict[str, Any]:
    """A refund in WeChat Pay's words, for whoever asks; a notice names some fields in another way."""
    order = cast(sqlite3.Row, collector.find(db, refund["order_number"]))
    amount, total = refund["amount"] + collector.account(db)["misstated"], order["amount"]
    fields: dict[str, Any] = {
        "refund_id": refund["refund_id"],
        "out_refund_no": refund["number"],
        "transaction_id": order["transaction_id"],
        "out_trade_no": order["number"],
        "channel": "ORIGINAL",
        "user_received_account": USER_ACCOUNT,
        "create_time": iso(refund["created_at"]),
        "status": refund["status"],
        "funds_account": "AVAILABLE",
        "amount": {
            "total": total,
            "refund": amount,
            "payer_total": total,
            "payer_refund": amount,
            "settlement_refund": amount,
            "settlement_total": total,
            "discount_refund": 0,
            "currency": "CNY",
        },
    }
    if refund["settled_at"] is not None:
        fields["success_time"] = iso(refund["settled_at"])
    return fields


def _notice(world: World, db: sqlite3.Connection, refund: sqlite3.Row, order: sqlite3.Row) -> dict[str, Any]:
    amount, total = refund["amount"] + collector.account(db)["misstated"], order["amount"]
    fields: dict[str, Any] = {
        "mchid": world.config.collector.mch_id,
        "out_trade_no": order["number"],
        "transaction_id": order["transaction_id"],
        "out_refund_no": refund["number"],
        "refund_id": refund["refund_id"],
        "refund_status": refund["status"],
        "user_received_account": USER_ACCOUNT,
        "amount": {"total": total, "refund": amount, "payer_total": total, "payer_refund": amount},
    }
    if refund["settled_at"] is not None:
        fields["success_time"] = iso(refund["settled_at"])
    return fields
