"""The merchant's wallet: its balance, the red packets that were paid out of it, and every movement."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from backend.sandbox.world import CHINA, World, iso

DAY_SECONDS = 86400
CHINA_SECONDS = 8 * 3600
KEPT_DAYS = 30
"""So long WeChat Pay tells what became of a packet."""
MOST_PACKETS_A_DAY = 10
MOST_FEN_A_DAY = 100_000
SHOWN = 50
SENDING, SENT, RECEIVED, FAILED = "SENDING", "SENT", "RECEIVED", "FAILED"
REFUNDING, REFUND = "RFUND_ING", "REFUND"
STATES = (SENDING, SENT, RECEIVED, FAILED, REFUNDING, REFUND)
MONEY_IS_BACK = (FAILED, REFUND)


@dataclass(frozen=True)
class Order:
    """One packet as it was asked for; the same number must always come with the same of it."""

    number: str
    openid: str
    amount: int
    send_name: str
    wishing: str
    act_name: str
    remark: str


@dataclass(frozen=True)
class Movement:
    """What a line of the bill says beside the amount: the business, and WeChat's and our own number."""

    business: str
    kind: str
    listid: str
    number: str
    remark: str


def account(db: sqlite3.Connection) -> sqlite3.Row:
    """Balance and settings."""
    return cast(sqlite3.Row, db.execute("SELECT * FROM wallet").fetchone())


def find(db: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    """A packet by the merchant's number."""
    row = db.execute("SELECT * FROM red_packet WHERE number = ?", (number,)).fetchone()
    return cast("sqlite3.Row | None", row)


def known_as(order: Order, packet: sqlite3.Row) -> str:
    """What a number that comes again is told: "" for success, or the code against it."""
    if any(packet[name] != value for name, value in vars(order).items()):
        return "FATAL_ERROR"
    return "SEND_FAILED" if packet["status"] == FAILED else ""


def refusal(db: sqlite3.Connection, now: float, order: Order) -> str:
    """The code against a new packet; "" when there is none."""
    wallet = account(db)
    if db.execute("SELECT 1 FROM setting WHERE name = ?", (_block(order.openid),)).fetchone():
        return "NO_AUTH"
    (lately,) = db.execute("SELECT COUNT(*) FROM red_packet WHERE sent_at > ?", (now - 60,)).fetchone()
    if lately >= wallet["most_a_minute"]:
        return "FREQ_LIMIT"
    midnight = now - (now + CHINA_SECONDS) % DAY_SECONDS
    count, amount = db.execute(
        "SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM red_packet WHERE openid = ? AND sent_at >= ?",
        (order.openid, midnight),
    ).fetchone()
    if count >= MOST_PACKETS_A_DAY or amount + order.amount > MOST_FEN_A_DAY:
        return "SENDNUM_LIMIT"
    return "NOTENOUGH" if order.amount > wallet["balance"] else ""


def send(world: World, db: sqlite3.Connection, order: Order, phone: str) -> sqlite3.Row:
    """Takes the money, and lays the packet on the phone."""
    now = world.now(db)
    opened = bool(account(db)["opens_at_once"])
    row_id = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM red_packet").fetchone()[0]
    row = {
        **vars(order),
        "id": row_id,
        "listid": f"1000041701{_day(now)}3{row_id:09d}",
        "phone": phone,
        "status": RECEIVED if opened else SENT,
        "sent_at": now,
        "received_at": now if opened else None,
        "refunded_at": None,
        "refund_due": None if opened else now + DAY_SECONDS,
    }
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    db.execute(f"INSERT INTO red_packet ({names}) VALUES ({places})", row)  # noqa: S608  our own names
    _book(db, now, "out", order.amount, _movement(row, "现金红包", "红包支出"))
    world.show(
        db,
        phone,
        "red_packet",
        f"{order.send_name}发来红包 {yuan(order.amount)} 元：{order.wishing}",
        body={
            "number": order.number,
            "amount": order.amount,
            "sender": order.send_name,
            "wishing": order.wishing,
            "opened": opened,
        },
    )
    return cast(sqlite3.Row, find(db, order.number))


def open_packet(world: World, db: sqlite3.Connection, packet: sqlite3.Row) -> None:
    """The owner of the phone taps it."""
    put_status(world, db, packet, RECEIVED)
    text = f"打开了红包，{yuan(packet['amount'])} 元已存入零钱"
    world.show(db, packet["phone"], "event", text, arrived=False)


def put_status(world: World, db: sqlite3.Connection, packet: sqlite3.Row, status: str) -> None:
    """Moves a packet whose money is still out on; with FAILED or REFUND the money comes back."""
    now = world.now(db)
    db.execute(
        "UPDATE red_packet SET status = ?, received_at = ?, refunded_at = ?, refund_due = ? WHERE id = ?",
        (
            status,
            now if status == RECEIVED else None,
            now if status == REFUND else None,
            packet["sent_at"] + DAY_SECONDS if status == SENT else None,
            packet["id"],
        ),
    )
    if status in MONEY_IS_BACK:
        _book(db, now, "in", packet["amount"], _movement(packet, "退款", "红包退款"))


def advance(db: sqlite3.Connection, now: float) -> None:
    """Brings back what nobody opened within a day, each at the moment when it was due."""
    due = db.execute(
        "SELECT * FROM red_packet WHERE refund_due <= ? ORDER BY refund_due, id", (now,)
    ).fetchall()
    for packet in due:
        db.execute(
            "UPDATE red_packet SET status = ?, refunded_at = refund_due, refund_due = NULL WHERE id = ?",
            (REFUND, packet["id"]),
        )
        _book(db, packet["refund_due"], "in", packet["amount"], _movement(packet, "退款", "红包退款"))


def set_balance(db: sqlite3.Connection, now: float, balance: int) -> None:
    """Tops the wallet up, or takes money out; that is a movement like any other."""
    by = balance - account(db)["balance"]
    business = "充值" if by > 0 else "提现"
    next_id = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM wallet_flow").fetchone()[0]
    number = f"W{_day(now)}{next_id:010d}"
    if by:
        _book(
            db,
            now,
            "in" if by > 0 else "out",
            abs(by),
            Movement(business, business, number, number, "商户平台"),
        )


def block(db: sqlite3.Connection, openid: str, *, blocked: bool) -> None:
    """Has risk control stop, or let through, what goes to an openid."""
    if blocked:
        db.execute("INSERT OR REPLACE INTO setting VALUES (?, '1')", (_block(openid),))
    else:
        db.execute("DELETE FROM setting WHERE name = ?", (_block(openid),))


def overview(db: sqlite3.Connection) -> dict[str, Any]:
    """Balance, settings, what went out and was opened, and the last packets and movements."""
    wallet = account(db)
    packets = db.execute("SELECT * FROM red_packet ORDER BY id DESC LIMIT ?", (SHOWN,)).fetchall()
    flows = db.execute("SELECT * FROM wallet_flow ORDER BY id DESC LIMIT ?", (SHOWN,)).fetchall()
    count, out, received = db.execute(
        "SELECT COUNT(*), COALESCE(SUM(amount) FILTER (WHERE status NOT IN ('FAILED', 'REFUND')), 0),"
        " COALESCE(SUM(amount) FILTER (WHERE status = 'RECEIVED'), 0) FROM red_packet"
    ).fetchone()
    return {
        "balance": wallet["balance"],
        "opens_at_once": bool(wallet["opens_at_once"]),
        "most_a_minute": wallet["most_a_minute"],
        "count": count,
        "out": out,
        "received": received,
        "packets": [shown(packet) for packet in packets],
        "flows": [{**dict(flow), "at": iso(flow["at"])} for flow in flows],
    }


def shown(packet: sqlite3.Row) -> dict[str, Any]:
    """A packet for the world's door, its times as people write them."""
    times = ("sent_at", "received_at", "refunded_at", "refund_due")
    told = {name: None if packet[name] is None else iso(packet[name]) for name in times}
    return {**dict(packet), **told}


def yuan(fen: int) -> str:
    """An amount as people and bills write it."""
    return f"{fen // 100}.{fen % 100:02d}"


def _movement(packet: Mapping[str, Any] | sqlite3.Row, business: str, kind: str) -> Movement:
    return Movement(business, kind, packet["listid"], packet["number"], packet["act_name"])


def _book(db: sqlite3.Connection, at: float, direction: str, amount: int, movement: Movement) -> None:
    by = amount if direction == "in" else -amount
    db.execute("UPDATE wallet SET balance = balance + ?", (by,))
    row = {**vars(movement), "at": at, "direction": direction, "amount": amount}
    db.execute(
        "INSERT INTO wallet_flow (at, listid, number, business, kind, direction, amount, balance, remark)"
        " SELECT :at, :listid, :number, :business, :kind, :direction, :amount, balance, :remark FROM wallet",
        row,
    )


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, CHINA).strftime("%Y%m%d")


def _block(openid: str) -> str:
    return f"wallet_blocked {openid}"
