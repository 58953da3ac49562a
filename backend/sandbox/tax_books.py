"""The tax authority's books: payments it was told of with their receipts, and refunds out of the treasury.

Everything is written down when it is told, with the moment at which it will be done; how far it is follows
from the clock.
"""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from backend.sandbox import bank_files, knobs
from backend.sandbox.world import iso

NOT_IN_THE_TREASURY, OTHER_CONTENTS, NO_REFUND = "2101", "3001", "3002"
NO_TRANSACTION, OTHER_AMOUNT, OTHER_TAXPAYER = "1001", "1002", "1003"
REASONS = {
    "1101": "审核不通过：退费资料不全",
    "1102": "退费金额超过缴款余额",
    "1103": "原缴款金额不符",
}
SHOWN = 50
SCHEMA = """
CREATE TABLE IF NOT EXISTS tax_transaction (
    transaction_id TEXT PRIMARY KEY, amount INTEGER NOT NULL, id_number TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tax_payment (
    id INTEGER PRIMARY KEY, order_number TEXT NOT NULL UNIQUE, transaction_id TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL, paid_at REAL NOT NULL, name TEXT NOT NULL, id_number TEXT NOT NULL,
    receipt TEXT NOT NULL, told_at REAL NOT NULL, books_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS tax_payment_by_booking ON tax_payment (books_at);
CREATE TABLE IF NOT EXISTS tax_refund (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, order_number TEXT NOT NULL, amount INTEGER NOT NULL,
    total INTEGER NOT NULL, reason TEXT NOT NULL, code TEXT NOT NULL, refund_number TEXT NOT NULL,
    told_at REAL NOT NULL, settles_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS tax_refund_by_order ON tax_refund (order_number);
CREATE INDEX IF NOT EXISTS tax_refund_by_settlement ON tax_refund (settles_at)
"""


@dataclass(frozen=True)
class Payment:
    """A payment as it is told."""

    order_number: str
    transaction_id: str
    amount: int
    paid_at: float
    name: str
    id_number: str


@dataclass(frozen=True)
class Refund:
    """A refund as it is asked for."""

    number: str
    order_number: str
    amount: int
    total: int
    reason: str


@dataclass(frozen=True)
class Manner:
    """How the authority works, as the world's door has it."""

    receipt_seconds: float
    refund_seconds: float
    strict: bool
    """Whether it only knows transactions that it was shown, rather than taking the bureau's word."""


def make_tables(db: sqlite3.Connection) -> None:
    """In the transaction that is open: a script of statements would end it."""
    for statement in SCHEMA.split(";"):
        db.execute(statement)


def take(db: sqlite3.Connection, now: float, manner: Manner, told: Payment) -> dict[str, Any]:
    """What is said of a payment; one that was told before has the receipt that it had."""
    row = _one(db, "SELECT * FROM tax_payment WHERE order_number = ?", told.order_number)
    if row is None:
        if code := _doubt(db, told, strict=manner.strict):
            return {"order_number": told.order_number, "code": code}
        row = _write_payment(db, now, manner, told)
    elif any(row[name] != value for name, value in asdict(told).items()):
        return {"order_number": told.order_number, "code": OTHER_CONTENTS}
    return _tell_payment(row, now)


def refund(db: sqlite3.Connection, now: float, manner: Manner, asked: Refund) -> dict[str, Any]:
    """What is said of a refund; one that was asked for before is not made again."""
    row = _one(db, "SELECT * FROM tax_refund WHERE number = ?", asked.number)
    if row is not None:
        same = all(row[name] == value for name, value in asdict(asked).items())
        return _tell_refund(row, now) if same else {"number": asked.number, "code": OTHER_CONTENTS}
    payment = _one(db, "SELECT * FROM tax_payment WHERE order_number = ?", asked.order_number)
    if payment is None or payment["books_at"] > now:
        return {"number": asked.number, "code": NOT_IN_THE_TREASURY}
    if code := _impossible(db, now, payment, asked):
        return _tell_refund(_write_refund(db, now, now, asked, code), now)
    code = "1101" if _to_be_rejected(db) else ""
    return _tell_refund(_write_refund(db, now, now + manner.refund_seconds, asked, code), now)


def find_refund(db: sqlite3.Connection, now: float, number: str) -> dict[str, Any]:
    """How far a refund is."""
    row = _one(db, "SELECT * FROM tax_refund WHERE number = ?", number)
    return {"number": number, "code": NO_REFUND} if row is None else _tell_refund(row, now)


def show_transaction(db: sqlite3.Connection, transaction_id: str, amount: int, id_number: str) -> None:
    """The authority, as the merchant, sees a payment in WeChat."""
    row = (transaction_id, amount, id_number)
    db.execute("INSERT OR REPLACE INTO tax_transaction VALUES (?, ?, ?)", row)


def day_file(db: sqlite3.Connection, client_id: str, day: date, now: float) -> str:
    """`R`eceipts and re`F`unds of a day by time."""
    span = bank_files.day_span(day)
    rows = db.execute(
        "SELECT 'R' AS kind, receipt AS reference, order_number AS number, amount, books_at AS at, id"
        " FROM tax_payment WHERE books_at >= ? AND books_at < ?"
        " UNION ALL SELECT 'F', refund_number, number, amount, settles_at, id"
        " FROM tax_refund WHERE settles_at >= ? AND settles_at < ? AND code = '' ORDER BY at, kind DESC, id",
        (*span, *span),
    ).fetchall()
    return bank_files.write_file(rows, "RF", client_id, day, now)


def overview(db: sqlite3.Connection, now: float) -> dict[str, Any]:
    """For people: what came in and went back, and the last payments and refunds."""
    receipts, received = db.execute(
        "SELECT count(*), coalesce(sum(amount), 0) FROM tax_payment WHERE books_at <= ?", (now,)
    ).fetchone()
    refunds, refunded = db.execute(
        "SELECT count(*), coalesce(sum(amount), 0) FROM tax_refund WHERE settles_at <= ? AND code = ''",
        (now,),
    ).fetchone()
    payments = db.execute("SELECT * FROM tax_payment ORDER BY id DESC LIMIT ?", (SHOWN,)).fetchall()
    asked = db.execute("SELECT * FROM tax_refund ORDER BY id DESC LIMIT ?", (SHOWN,)).fetchall()
    return {
        "receipts": receipts,
        "received": received,
        "refunds": refunds,
        "refunded": refunded,
        "payments": [{**_tell_payment(row, now), **_shown(row, "name", "amount")} for row in payments],
        "asked": [{**_tell_refund(row, now), **_shown(row, "reason")} for row in asked],
    }


def _shown(row: sqlite3.Row, *names: str) -> dict[str, Any]:
    return {**{name: row[name] for name in names}, "at": iso(row["told_at"])}


def _doubt(db: sqlite3.Connection, told: Payment, *, strict: bool) -> str:
    """The code against a payment that is told for the first time; "" when there is none."""
    if _one(db, "SELECT 1 FROM tax_payment WHERE transaction_id = ?", told.transaction_id):
        return OTHER_CONTENTS
    seen = _seen(db, told.transaction_id)
    if seen is None:
        return NO_TRANSACTION if strict else ""
    if seen["number"] not in ("", told.order_number):
        return NO_TRANSACTION
    if seen["amount"] != told.amount:
        return OTHER_AMOUNT
    return OTHER_TAXPAYER if seen["id_number"] not in ("", told.id_number) else ""


def _seen(db: sqlite3.Connection, transaction_id: str) -> sqlite3.Row | None:
    """What the authority, as the merchant, sees of a transaction: what the door showed it, or the order."""
    shown = "SELECT amount, id_number, '' AS number FROM tax_transaction WHERE transaction_id = ?"
    ordered = "SELECT amount, '' AS id_number, number FROM collect_order WHERE transaction_id = ?"
    return _one(db, shown, transaction_id) or _one(db, ordered, transaction_id)


def _impossible(db: sqlite3.Connection, now: float, payment: sqlite3.Row, asked: Refund) -> str:
    """The code against a refund that no review can grant."""
    if payment["amount"] != asked.total:
        return "1103"
    (gone,) = db.execute(
        "SELECT coalesce(sum(amount), 0) FROM tax_refund"
        " WHERE order_number = ? AND (code = '' OR settles_at > ?)",
        (asked.order_number, now),
    ).fetchone()
    return "1102" if gone + asked.amount > payment["amount"] else ""


def _to_be_rejected(db: sqlite3.Connection) -> bool:
    """Whether the door wants this refund rejected; it wants so many of the next ones."""
    left = int(knobs.read(db, "tax_reject_refunds", 0))
    if left:
        knobs.turn(db, "tax_reject_refunds", left - 1)
    return left > 0


def _write_payment(db: sqlite3.Connection, now: float, manner: Manner, told: Payment) -> sqlite3.Row:
    books_at = now + manner.receipt_seconds
    row_id = _next_id(db, "tax_payment")
    receipt = f"346{_day(books_at)}{row_id:09d}"
    row = (row_id, *asdict(told).values(), receipt, now, books_at)
    return _written(db, "INSERT INTO tax_payment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *", row)


def _write_refund(
    db: sqlite3.Connection, now: float, settles_at: float, asked: Refund, code: str
) -> sqlite3.Row:
    row_id = _next_id(db, "tax_refund")
    number = f"TK{_day(settles_at)}{row_id:08d}"
    row = (row_id, *asdict(asked).values(), code, number, now, settles_at)
    return _written(db, "INSERT INTO tax_refund VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *", row)


def _tell_payment(row: sqlite3.Row, now: float) -> dict[str, Any]:
    told = {"order_number": row["order_number"]}
    if row["books_at"] > now:
        return {**told, "status": "PENDING", "code": "0001"}
    return {
        **told,
        "status": "BOOKED",
        "code": "0000",
        "receipt": row["receipt"],
        "transaction": row["transaction_id"],
        "amount": row["amount"],
        "received_at": iso(row["books_at"]),
    }


def _tell_refund(row: sqlite3.Row, now: float) -> dict[str, Any]:
    told = {name: row[name] for name in ("number", "order_number", "amount")}
    if now < row["settles_at"]:
        reviewing = now >= (row["told_at"] + row["settles_at"]) / 2
        return {**told, **_state(*(("REVIEWING", "0001") if reviewing else ("ACCEPTED", "0000")))}
    if row["code"]:
        return {**told, **_state("REJECTED", row["code"]), "reject_reason": REASONS[row["code"]]}
    settled = {"refund_number": row["refund_number"], "refunded_at": iso(row["settles_at"])}
    return {**told, **_state("REFUNDED", "0002"), **settled}


def _state(status: str, code: str) -> dict[str, str]:
    return {"status": status, "code": code}


def _day(at: float) -> str:
    return iso(at)[:10].replace("-", "")


def _next_id(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])  # noqa: S608 our own


def _one(db: sqlite3.Connection, statement: str, value: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(statement, (value,)).fetchone()
    return row


def _written(db: sqlite3.Connection, statement: str, row: tuple[object, ...]) -> sqlite3.Row:
    written: sqlite3.Row = db.execute(statement, row).fetchone()
    return written
