"""The bank's books: the bureau's fund, the accounts of payees, and every instruction it was given.

What takes time is not waited for: an instruction knows when its next step is due, and `advance` makes all
steps that are due before anybody looks.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.sandbox import knobs
from backend.sandbox.world import CHINA, iso

FULL = 1_000_000_000_000
"""Fen in the fund of a new world."""
ACCEPTED, PAID, FAILED, RETURNED = "ACCEPTED", "PAID", "FAILED", "RETURNED"
CODES = {ACCEPTED: "0000", PAID: "0001", RETURNED: "0002"}
RETURN_REASON = "收款行退汇：账号与户名不符"
ACCOUNT = re.compile(r"\d{1,32}")
SHOWN = 50
SCHEMA = """
CREATE TABLE IF NOT EXISTS bank_payee (
    account TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, returns TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS bank_payment (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, batch TEXT NOT NULL, account TEXT NOT NULL,
    name TEXT NOT NULL, bank_code TEXT NOT NULL, amount INTEGER NOT NULL, purpose TEXT NOT NULL,
    status TEXT NOT NULL, code TEXT NOT NULL, reference TEXT NOT NULL, accepted_at REAL NOT NULL,
    paid_at REAL, returned_at REAL, next_at REAL, returns TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS bank_payment_by_step ON bank_payment (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS bank_payment_by_account ON bank_payment (account);
CREATE INDEX IF NOT EXISTS bank_payment_by_acceptance ON bank_payment (accepted_at);
CREATE INDEX IF NOT EXISTS bank_payment_by_payment ON bank_payment (paid_at);
CREATE INDEX IF NOT EXISTS bank_payment_by_return ON bank_payment (returned_at)
"""


@dataclass(frozen=True)
class Order:
    """One instruction as it came in."""

    number: str
    account: str
    name: str
    bank_code: str
    amount: int
    purpose: str


@dataclass
class Room:
    """What may still be paid: out of the fund, and today."""

    balance: int
    today: float

    def refusal(self, amount: int) -> str:
        """The code against one more payment; "" when there is none."""
        if amount > self.balance:
            return "2001"
        return "2002" if amount > self.today else ""

    def take(self, amount: int) -> None:
        """Sets an amount aside."""
        self.balance -= amount
        self.today -= amount


@dataclass
class Desk:
    """Where the instructions of one batch are written down."""

    now: float
    batch: str
    pays_after: float
    next_id: int

    def row(self, order: Order, failure: str, returns: str) -> dict[str, Any]:
        """An instruction that is taken on, or has failed for good."""
        row_id, self.next_id = self.next_id, self.next_id + 1
        status = FAILED if failure else ACCEPTED if self.pays_after else PAID
        next_at = {ACCEPTED: self.now + self.pays_after, PAID: _return_at(returns, self.now)}
        return {
            **vars(order),
            "id": row_id,
            "batch": self.batch,
            "status": status,
            "code": failure or CODES[status],
            "reference": f"{iso(self.now)[:10].replace('-', '')}{row_id:010d}",
            "accepted_at": self.now,
            "paid_at": self.now if status == PAID else None,
            "returned_at": None,
            "next_at": next_at.get(status),
            "returns": returns,
        }


def make_tables(db: sqlite3.Connection) -> None:
    """In the transaction that is open: a script of statements would end it."""
    for statement in SCHEMA.split(";"):
        db.execute(statement)


def setting(db: sqlite3.Connection, name: str, default: object) -> str:
    """What the world's door has set."""
    return knobs.read(db, f"bank_{name}", default)


def set_setting(db: sqlite3.Connection, name: str, value: object) -> None:
    """Remembers it."""
    knobs.turn(db, f"bank_{name}", value)


def balance(db: sqlite3.Connection) -> int:
    """Fen in the fund; what is on its way out has left it."""
    return int(setting(db, "balance", FULL))


def midnight(now: float, days: int = 0) -> float:
    """When a day in China begins: the one of `now`, or so many after it."""
    day = datetime.fromtimestamp(now, CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day + timedelta(days=days)).timestamp()


def advance(db: sqlite3.Connection, now: float) -> None:
    """Pays what is due to be paid, and takes back what comes back."""
    due = db.execute(
        "SELECT * FROM bank_payment WHERE status = ? AND next_at <= ?", (ACCEPTED, now)
    ).fetchall()
    db.executemany(
        "UPDATE bank_payment SET status = ?, code = ?, paid_at = next_at, next_at = ? WHERE id = ?",
        [(PAID, CODES[PAID], _return_at(row["returns"], row["next_at"]), row["id"]) for row in due],
    )
    back = db.execute(
        "UPDATE bank_payment SET status = ?, code = ?, returned_at = next_at, next_at = NULL"
        " WHERE status = ? AND next_at <= ? RETURNING amount",
        (RETURNED, CODES[RETURNED], PAID, now),
    ).fetchall()
    if back:
        set_setting(db, "balance", balance(db) + sum(row["amount"] for row in back))


def take(db: sqlite3.Connection, now: float, batch: str, orders: Sequence[Order]) -> list[dict[str, Any]]:
    """What becomes of the instructions of a batch. A number that is known pays nothing again."""
    known = _by(db, "bank_payment", "number", [one.number for one in orders])
    payees = _by(db, "bank_payee", "account", [one.account for one in orders])
    room, before = _room(db, now), balance(db)
    desk = Desk(now, batch, float(setting(db, "pays_after_seconds", 0)), _next_id(db))
    told, new = [], []
    for order in orders:
        payee = payees.get(order.account)
        failure = _failure(payee, order)
        if order.number in known:
            same = _contents(known[order.number]) == order
            told.append(tell(known[order.number]) if same else {"number": order.number, "code": "3001"})
        elif not failure and (refusal := room.refusal(order.amount)):
            told.append({"number": order.number, "code": refusal})
        else:
            row = desk.row(order, failure, payee["returns"] if payee else "")
            room.take(0 if failure else order.amount)
            known[order.number] = row
            new.append(row)
            told.append(tell(row))
    _insert(db, new)
    if room.balance != before:
        set_setting(db, "balance", room.balance)
    return told


def find(db: sqlite3.Connection, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """What became of some numbers."""
    known = _by(db, "bank_payment", "number", numbers)
    return [tell(known[one]) if one in known else {"number": one, "code": "3002"} for one in numbers]


def tell(row: dict[str, Any]) -> dict[str, Any]:
    """An instruction as the bureau is told of it."""
    told = {name: row[name] for name in ("number", "status", "code", "amount", "reference")}
    if row["paid_at"] is not None:
        told["settled_on"] = iso(row["paid_at"])[:10]
    if row["returned_at"] is not None:
        told |= {"returned_on": iso(row["returned_at"])[:10], "return_reason": RETURN_REASON}
    return told


def overview(db: sqlite3.Connection) -> dict[str, Any]:
    """For people: the fund, accounts that are not as any other or were paid lately, the last instructions."""
    rows = db.execute("SELECT * FROM bank_payment ORDER BY id DESC LIMIT ?", (SHOWN,)).fetchall()
    count, out = db.execute(
        "SELECT count(*), coalesce(sum(amount), 0) FROM bank_payment WHERE status <> ?", (FAILED,)
    ).fetchone()
    return {
        "balance": balance(db),
        "pays_after_seconds": float(setting(db, "pays_after_seconds", 0)),
        "daily_limit": int(limit) if (limit := setting(db, "daily_limit", "")) else None,
        "payments": count,
        "paid": out,
        "accounts": _accounts(db, [row["account"] for row in rows]),
        "orders": [_shown(row) for row in rows],
    }


def _accounts(db: sqlite3.Connection, lately: Sequence[str]) -> list[dict[str, Any]]:
    registered = {
        row["account"]: dict(row) for row in db.execute("SELECT * FROM bank_payee ORDER BY account")
    }
    accounts = list(dict.fromkeys([*registered, *lately]))
    sums = db.execute(
        "SELECT account, max(name) AS name, sum(CASE status WHEN ? THEN amount ELSE 0 END) AS balance"
        " FROM bank_payment WHERE account IN (SELECT value FROM json_each(?)) GROUP BY account",
        (PAID, json.dumps(accounts)),
    )
    found = {row["account"]: dict(row) for row in sums}
    plain = {"name": "", "state": "open", "returns": "", "balance": 0}
    return [
        {**plain, "account": account, **found.get(account, {}), **registered.get(account, {})}
        for account in accounts
    ]


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    names = ("number", "account", "name", "amount", "purpose", "status", "code", "reference")
    return {**{name: row[name] for name in names}, "at": iso(row["accepted_at"])}


def _room(db: sqlite3.Connection, now: float) -> Room:
    limit = setting(db, "daily_limit", "")
    if not limit:
        return Room(balance(db), float("inf"))
    (used,) = db.execute(
        "SELECT coalesce(sum(amount), 0) FROM bank_payment WHERE accepted_at >= ? AND status <> ?",
        (midnight(now), FAILED),
    ).fetchone()
    return Room(balance(db), int(limit) - used)


def _failure(payee: dict[str, Any] | None, order: Order) -> str:
    """The code against a payee; an account that nobody registered is open, whatever its holder's name."""
    if not ACCOUNT.fullmatch(order.account):
        return "1001"
    if payee is None:
        return "" if order.name else "1002"
    if payee["state"] == "missing":
        return "1001"
    if payee["state"] != "open":
        return "1003"
    return "1002" if payee["name"] and payee["name"] != order.name else ""


def _next_id(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM bank_payment").fetchone()[0])


def _return_at(returns: str, paid_at: float) -> float | None:
    return {"at_once": paid_at, "next_day": midnight(paid_at, 1)}.get(returns)


def _insert(db: sqlite3.Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        names = list(rows[0])
        places = ", ".join(f":{name}" for name in names)
        statement = f"INSERT INTO bank_payment ({', '.join(names)}) VALUES ({places})"  # noqa: S608 our own names
        db.executemany(statement, rows)


def _contents(row: dict[str, Any]) -> Order:
    return Order(**{name: row[name] for name in Order.__dataclass_fields__})


def _by(db: sqlite3.Connection, table: str, key: str, values: Sequence[str]) -> dict[str, dict[str, Any]]:
    statement = f"SELECT * FROM {table} WHERE {key} IN (SELECT value FROM json_each(?))"  # noqa: S608 our own names
    return {row[key]: dict(row) for row in db.execute(statement, (json.dumps(list(values)),))}
