"""The bureau's bank (docs/bank-link.md): takes signed instructions, pays each number once, keeps books."""

from __future__ import annotations

import base64
import binascii
import json
import re
import sqlite3
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from backend.sandbox import bank_crypto
from backend.sandbox.door import Answer, Unfit, explain, read_wish
from backend.sandbox.world import World, iso, the_world

SKEW_SECONDS = 300
MOST_PAYMENTS = 500
MOST_NUMBERS = 100
FULL = 1_000_000_000_000
PAID, ACCEPTED, RETURNED = "0001", "0000", "0002"
SCHEMA = """
CREATE TABLE IF NOT EXISTS bank_nonce (nonce TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS bank_account (
    account TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, returns INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS bank_order (
    number TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, amount INTEGER NOT NULL,
    purpose TEXT NOT NULL, code TEXT NOT NULL, reference TEXT NOT NULL, at REAL NOT NULL,
    ready_at REAL NOT NULL);
"""

routes = Blueprint("bank", __name__)
world_routes = Blueprint("bank_world", __name__, url_prefix="/_world/bank")
explain(world_routes)


class Refused(Exception):
    """The whole call fails with this code."""


@routes.post("/bank/v1/payments")
def payments() -> Response:
    """A batch of instructions; each has its own outcome, and a number is paid once whatever happens."""
    return _answered(_pay)


@routes.post("/bank/v1/payments/query")
def query() -> Response:
    """What became of some numbers."""
    return _answered(_query)


def failed(code: str) -> Response:
    """The answer of a fault: the call was not processed. Signed, as all that the bank says."""
    return _signed({"code": code}, 200)


def install(world: World) -> None:
    """Makes the bank's tables and the demo's keys."""
    with world.store.write() as db:
        for statement in SCHEMA.split(";"):
            db.execute(statement)
    bank_crypto.make_keys(world.config.bank.keys, world.config.bank.algorithm)


def _answered(act: Any) -> Response:
    world = the_world()
    try:
        with world.store.write() as db:
            _authenticate(world, db)
            return _signed({"results": act(world, db, _body())}, 200)
    except Refused as refusal:
        return _signed({"code": str(refusal)}, 400)


def _pay(world: World, db: sqlite3.Connection, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    orders = body.get("payments")
    if not isinstance(orders, list) or not 1 <= len(orders) <= MOST_PAYMENTS:
        raise Refused("4001")
    if body.get("count") != len(orders) or body.get("total") != sum(one["amount"] for one in orders):
        raise Refused("4002")
    return [_pay_one(world, db, one) for one in orders]


def _pay_one(world: World, db: sqlite3.Connection, order: Mapping[str, Any]) -> dict[str, Any]:
    number, amount = str(order["number"]), order["amount"]
    known = db.execute("SELECT * FROM bank_order WHERE number = ?", (number,)).fetchone()
    same = known and (known["account"], known["name"], known["amount"]) == (
        order["account"],
        order["name"],
        amount,
    )
    if known:
        return _said(world, db, known) if same else {"number": number, "code": "3001"}
    account = db.execute("SELECT * FROM bank_account WHERE account = ?", (order["account"],)).fetchone()
    if account and account["state"] != "open":
        code = "1001" if account["state"] == "missing" else "1003"
    elif account and account["name"] != order["name"]:
        code = "1002"
    elif _balance(db) < amount:
        return {"number": number, "code": "2001"}
    else:
        code = PAID
    now = world.now(db)
    row = (number, order["account"], order["name"], amount, order["purpose"], code)
    ready_at = now + float(_setting(db, "bank_pays_after", "0"))
    db.execute(
        "INSERT INTO bank_order VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, f"BK{number}"[:32], now, ready_at)
    )
    if code == PAID:
        _set(db, "bank_out", int(_setting(db, "bank_out", "0")) + amount)
    made = db.execute("SELECT * FROM bank_order WHERE number = ?", (number,)).fetchone()
    return _said(world, db, made)


def _query(world: World, db: sqlite3.Connection, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    numbers = body.get("numbers")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= MOST_NUMBERS:
        raise Refused("4001")
    found = []
    for number in map(str, numbers):
        row = db.execute("SELECT * FROM bank_order WHERE number = ?", (number,)).fetchone()
        found.append(_said(world, db, row) if row else {"number": number, "code": "3002"})
    return found


def _said(world: World, db: sqlite3.Connection, order: sqlite3.Row) -> dict[str, Any]:
    """An order as it stands now: what is paid may be on its way still, or have come back."""
    now, code = world.now(db), order["code"]
    if code == PAID:
        account = db.execute("SELECT * FROM bank_account WHERE account = ?", (order["account"],)).fetchone()
        if now < order["ready_at"]:
            code = ACCEPTED
        elif account and account["returns"] and now >= order["ready_at"] + account["returns"] - 1:
            code = RETURNED
    told = {"number": order["number"], "code": code, "amount": order["amount"]}
    if code in (PAID, RETURNED):
        told |= {"reference": order["reference"], "settled_on": iso(now)[:10]}
    return told


def _authenticate(world: World, db: sqlite3.Connection) -> None:
    config = world.config.bank
    stamp, nonce = request.headers.get("X-Bank-Timestamp", ""), request.headers.get("X-Bank-Nonce", "")
    if request.headers.get("X-Bank-Client") != config.client_id or not re.fullmatch(r"[0-9a-f]{32}", nonce):
        raise Refused("4011")
    clocks = (time.time(), world.now(db))
    if not stamp.isdigit() or all(abs(clock - int(stamp)) > SKEW_SECONDS for clock in clocks):
        raise Refused("4012")
    message = b"\n".join(
        [b"POST", request.path.encode(), stamp.encode(), nonce.encode(), request.get_data(), b""]
    )
    try:
        signature = base64.b64decode(request.headers.get("X-Bank-Signature", ""), validate=True)
    except binascii.Error:
        raise Refused("4013") from None
    if not bank_crypto.verified(config.algorithm, config.keys / "bureau.pub", message, signature):
        raise Refused("4013")
    taken = db.execute("INSERT OR IGNORE INTO bank_nonce VALUES (?, ?)", (nonce, world.now(db)))
    if not taken.rowcount:
        raise Refused("4014")


def _body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        raise Refused("4000") from error
    if not isinstance(body, dict):
        raise Refused("4000")
    return body


def _signed(body: Mapping[str, Any], status: int) -> Response:
    config = the_world().config.bank
    written = json.dumps(body, ensure_ascii=False).encode()
    stamp, nonce = str(int(time.time())), request.headers.get("X-Bank-Nonce", "")
    message = b"\n".join([str(status).encode(), stamp.encode(), nonce.encode(), written, b""])
    signature = bank_crypto.sign(config.algorithm, config.keys / "bank.pem", message)
    headers = {"X-Bank-Timestamp": stamp, "X-Bank-Signature": base64.b64encode(signature).decode()}
    return Response(written, status, content_type="application/json", headers=headers)


def _setting(db: sqlite3.Connection, name: str, default: str) -> str:
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(row["value"]) if row else default


def _set(db: sqlite3.Connection, name: str, value: object) -> None:
    db.execute(
        "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, str(value)),
    )


def _balance(db: sqlite3.Connection) -> int:
    return int(_setting(db, "bank_fund", str(FULL))) - int(_setting(db, "bank_out", "0"))


@world_routes.put("/fund")
def put_fund() -> Answer:
    """What the fund was opened with, in fen, and how long a payment takes: {"balance"?, "seconds"?}."""
    wish = read_wish()
    with the_world().store.write() as db:
        for field, name in (("balance", "bank_fund"), ("seconds", "bank_pays_after")):
            if field in wish:
                if type(wish[field]) is not int or wish[field] < 0:
                    raise Unfit(400, f"{field} 须为不小于 0 的整数")
                _set(db, name, wish[field])
        return jsonify(balance=_balance(db))


@world_routes.put("/accounts/<account>")
def put_account(account: str) -> Answer:
    """An account that is not as any other: {"name", "state": open, closed, frozen or missing, "returns"?}.

    `returns`: seconds after which what was paid comes back, and one more; 0 for never.
    """
    wish = read_wish()
    state, returns = wish.get("state", "open"), wish.get("returns", 0)
    if state not in ("open", "closed", "frozen", "missing") or type(returns) is not int or returns < 0:
        raise Unfit(400, "state 须为 open、closed、frozen 或 missing，returns 须为不小于 0 的整数")
    with the_world().store.write() as db:
        row = (account, str(wish.get("name", "")), state, returns)
        db.execute("INSERT OR REPLACE INTO bank_account VALUES (?, ?, ?, ?)", row)
    return jsonify(account=account, state=state)


@world_routes.get("")
def show() -> Answer:
    """The fund's balance, and the last instructions."""
    world = the_world()
    with world.store.read() as db:
        rows = db.execute("SELECT * FROM bank_order ORDER BY at DESC LIMIT 50").fetchall()
        count, out = db.execute(
            "SELECT count(*), coalesce(sum(amount), 0) FROM bank_order WHERE code = ?", (PAID,)
        ).fetchone()
        orders = [
            {
                "number": row["number"],
                "account": row["account"],
                "name": row["name"],
                "amount": row["amount"],
                "code": _said(world, db, row)["code"],
                "at": iso(row["at"]),
            }
            for row in rows
        ]
        return jsonify(balance=_balance(db), payments=count, paid=out, orders=orders)
