"""The collecting merchant at WeChat Pay: orders, who paid them, its balance, and what is told of it all."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from backend.sandbox.wallet import yuan
from backend.sandbox.world import CHINA, World, iso

PREPAY_SECONDS = 7200
NOTPAY, SUCCESS, CLOSED, REFUND = "NOTPAY", "SUCCESS", "CLOSED", "REFUND"
USERPAYING, REVOKED, PAYERROR = "USERPAYING", "REVOKED", "PAYERROR"
STATES = (NOTPAY, SUCCESS, CLOSED, REFUND, USERPAYING, REVOKED, PAYERROR)
WORDS = {
    NOTPAY: "订单未支付",
    SUCCESS: "支付成功",
    CLOSED: "订单已关闭",
    REFUND: "订单发生过退款，退款详情请查询退款单",
    USERPAYING: "用户支付中",
    REVOKED: "订单已撤销",
    PAYERROR: "支付失败",
}
SHOWN = 50
TABLES = (
    """CREATE TABLE IF NOT EXISTS collector (
    id INTEGER PRIMARY KEY CHECK (id = 1), balance INTEGER NOT NULL, misstated INTEGER NOT NULL,
    refund_seconds REAL NOT NULL, refund_end TEXT NOT NULL, spoil TEXT NOT NULL, dropped INTEGER NOT NULL,
    copies INTEGER NOT NULL, delay REAL NOT NULL, scatter REAL NOT NULL, forge TEXT NOT NULL)""",
    """INSERT OR IGNORE INTO collector VALUES (1, 0, 0, 3, 'SUCCESS', '', 0, 1, 0, 0, '')""",
    """CREATE TABLE IF NOT EXISTS collect_order (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, appid TEXT NOT NULL, openid TEXT NOT NULL,
    phone TEXT NOT NULL, description TEXT NOT NULL, attach TEXT NOT NULL, amount INTEGER NOT NULL,
    time_expire TEXT NOT NULL, notify_url TEXT NOT NULL, state TEXT NOT NULL, told_as TEXT NOT NULL,
    created_at REAL NOT NULL, expires_at REAL, transaction_id TEXT UNIQUE, paid_at REAL)""",
    "CREATE INDEX IF NOT EXISTS collect_order_by_payment ON collect_order (paid_at)",
    """CREATE INDEX IF NOT EXISTS collect_order_by_expiry ON collect_order (expires_at)
    WHERE state = 'NOTPAY'""",
    """CREATE TABLE IF NOT EXISTS collect_prepay (
    prepay_id TEXT PRIMARY KEY, number TEXT NOT NULL, issued_at REAL NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS collect_refund (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, refund_id TEXT NOT NULL, order_number TEXT NOT NULL,
    amount INTEGER NOT NULL, reason TEXT NOT NULL, notify_url TEXT NOT NULL, status TEXT NOT NULL,
    created_at REAL NOT NULL, due_at REAL, due_end TEXT NOT NULL, settled_at REAL)""",
    "CREATE INDEX IF NOT EXISTS collect_refund_by_order ON collect_refund (order_number)",
    "CREATE INDEX IF NOT EXISTS collect_refund_by_time ON collect_refund (created_at)",
    """CREATE INDEX IF NOT EXISTS collect_refund_by_end ON collect_refund (due_at)
    WHERE status = 'PROCESSING'""",
    """CREATE TABLE IF NOT EXISTS collect_notice (
    id TEXT PRIMARY KEY, about TEXT NOT NULL, number TEXT NOT NULL, url TEXT NOT NULL,
    event_type TEXT NOT NULL, summary TEXT NOT NULL, content TEXT NOT NULL, created_at REAL NOT NULL,
    attempts INTEGER NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS collect_notice_new ON collect_notice (outcome) WHERE outcome = 'new'",
    "CREATE INDEX IF NOT EXISTS collect_notice_by_number ON collect_notice (number)",
)


@dataclass(frozen=True)
class Order:
    """An order as it was asked for; the same number must always come with the same of it."""

    number: str
    appid: str
    openid: str
    description: str
    attach: str
    amount: int
    time_expire: str
    notify_url: str


def account(db: sqlite3.Connection) -> sqlite3.Row:
    """Balance and switches."""
    return cast(sqlite3.Row, db.execute("SELECT * FROM collector").fetchone())


def find(db: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    """An order by the merchant's number."""
    row = db.execute("SELECT * FROM collect_order WHERE number = ?", (number,)).fetchone()
    return cast("sqlite3.Row | None", row)


def known_as(order: Order, known: sqlite3.Row) -> str:
    """What a number that comes again is told: "" for another prepay_id, or the code against it."""
    if known["state"] in (SUCCESS, REFUND):
        return "ORDERPAID"
    if known["state"] == CLOSED:
        return "ORDER_CLOSED"
    return "OUT_TRADE_NO_USED" if any(known[name] != value for name, value in vars(order).items()) else ""


def place(world: World, db: sqlite3.Connection, order: Order, phone: str, expires_at: float | None) -> None:
    """Takes a new order on, and asks its payer to pay."""
    row = {
        **vars(order),
        "phone": phone,
        "state": NOTPAY,
        "told_as": "",
        "created_at": world.now(db),
        "expires_at": expires_at,
    }
    insert(db, "collect_order", row)
    body = {"number": order.number, "amount": order.amount, "description": order.description}
    world.show(db, phone, "payment", f"{order.description}：待支付 {yuan(order.amount)} 元", body=body)


def prepay(world: World, db: sqlite3.Connection, number: str) -> str:
    """An id with which the payer's phone can open the payment."""
    prepay_id = f"wx{_day(world.now(db))}{secrets.token_hex(13)}"
    db.execute("INSERT INTO collect_prepay VALUES (?, ?, ?)", (prepay_id, number, world.now(db)))
    return prepay_id


def order_of_prepay(world: World, db: sqlite3.Connection, prepay_id: str) -> sqlite3.Row | None:
    """The order that a prepay_id still stands for."""
    row = db.execute("SELECT * FROM collect_prepay WHERE prepay_id = ?", (prepay_id,)).fetchone()
    if row is None or world.now(db) - row["issued_at"] > PREPAY_SECONDS:
        return None
    return find(db, row["number"])


def pay(world: World, db: sqlite3.Connection, order: sqlite3.Row) -> None:
    """The payer's money arrives, whatever became of the order meanwhile."""
    now = world.now(db)
    db.execute(
        "UPDATE collect_order SET state = ?, told_as = '', paid_at = ?, transaction_id = ? WHERE id = ?",
        (SUCCESS, now, f"42000{_day(now)}{order['id']:010d}{secrets.randbelow(10**5):05d}", order["id"]),
    )
    db.execute("UPDATE collector SET balance = balance + ?", (order["amount"],))
    text = f"支付了{order['description']}，{yuan(order['amount'])} 元"
    world.show(db, order["phone"], "event", text, arrived=False)
    paid = cast(sqlite3.Row, find(db, order["number"]))
    add_notice(world, db, "order", paid, "TRANSACTION.SUCCESS", "支付成功", told(world, db, paid))


def close(db: sqlite3.Connection, number: str) -> None:
    """Nobody can pay it any more."""
    db.execute("UPDATE collect_order SET state = ?, told_as = '' WHERE number = ?", (CLOSED, number))


def expire(db: sqlite3.Connection, now: float) -> None:
    """Closes what was not paid in time."""
    db.execute("UPDATE collect_order SET state = 'CLOSED' WHERE state = 'NOTPAY' AND expires_at <= ?", (now,))


def told(world: World, db: sqlite3.Connection, order: sqlite3.Row) -> dict[str, Any]:
    """An order in WeChat Pay's words; the same for questions and in notices."""
    state = order["told_as"] or order["state"]
    fields: dict[str, Any] = {
        "mchid": world.config.collector.mch_id,
        "appid": order["appid"],
        "out_trade_no": order["number"],
        "attach": order["attach"],
        "trade_state": state,
        "trade_state_desc": WORDS[state],
        "amount": {"total": order["amount"], "payer_currency": "CNY"},
        "promotion_detail": [],
    }
    if order["paid_at"] is not None:
        total = order["amount"] + account(db)["misstated"]
        fields |= {
            "transaction_id": order["transaction_id"],
            "trade_type": "JSAPI",
            "bank_type": "OTHERS",
            "success_time": iso(order["paid_at"]),
            "payer": {"openid": order["openid"]},
            "amount": {
                "total": total,
                "payer_total": total,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }
    return fields


def add_notice(
    world: World,
    db: sqlite3.Connection,
    about: str,
    row: sqlite3.Row,
    event_type: str,
    summary: str,
    content: Mapping[str, Any],
) -> None:
    """Has the merchant told of an order or a refund, where it said that it wants to be."""
    notice = {
        "id": _notice_id(),
        "about": about,
        "number": row["number"],
        "url": row["notify_url"],
        "event_type": event_type,
        "summary": summary,
        "content": json.dumps(content, ensure_ascii=False),
        "created_at": world.now(db),
        "attempts": 0,
        "outcome": "new" if row["notify_url"] else "unwanted",
        "detail": "",
    }
    insert(db, "collect_notice", notice)


def insert(db: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    """Adds a row by the names of its columns."""
    places = ", ".join(f":{name}" for name in row)
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", dict(row))  # noqa: S608  our own


def shown(row: sqlite3.Row) -> dict[str, Any]:
    """A row for the world's door, its times as people write them."""
    return {
        name: iso(row[name]) if name.endswith("_at") and row[name] is not None else row[name]
        for name in row.keys()  # noqa: SIM118  a Row iterates over its values
    }


def _notice_id() -> str:
    text = secrets.token_hex(16)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, CHINA).strftime("%Y%m%d")
