"""The bureau's bank (docs/bank-link.md): takes signed instructions, pays each number once, keeps books."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify

from backend.sandbox import bank_accounts, bank_files
from backend.sandbox.bank_accounts import Order
from backend.sandbox.door import Answer, Unfit, explain, read_wish
from backend.sandbox.signed_door import Refused, SignedDoor, read_question
from backend.sandbox.world import World, iso, the_world

MOST_PAYMENTS = 500
MOST_NUMBERS = 100
MOST_FEN = 10**15
STATES = ("open", "closed", "frozen", "missing")
RETURNS: Mapping[object, str] = {False: "", True: "next_day", "at_once": "at_once"}
OF_ONE_INSTRUCTION = re.compile(r"[1-3]\d{3}|9999")
"""Codes of faults that concern an instruction; all others refuse a whole call."""

DOOR = SignedDoor("bank", lambda config: config.bank)
routes = Blueprint("bank", __name__)
world_routes = Blueprint("bank_world", __name__, url_prefix="/_world/bank")
explain(world_routes)


@routes.post("/bank/v1/payments")
def payments() -> Response:
    """A batch of instructions; each has its own outcome, and a number is paid once whatever happens."""
    return DOOR.answered(_pay, DOOR.sign)


@routes.post("/bank/v1/payments/query")
def query() -> Response:
    """What became of some numbers."""
    return DOOR.answered(_query, DOOR.sign)


@routes.post("/bank/v1/day-end")
def day_end() -> Response:
    """What moved on a day that is over."""
    return DOOR.answered(_day_end, DOOR.sign_file)


def failed(code: str) -> Response:
    """The answer of a fault, without any effect, and signed as all that the bank says.

    A code of instructions is told of each in the call, any other of the call.
    """
    asked = _asked()
    if not asked or not OF_ONE_INSTRUCTION.fullmatch(code):
        return DOOR.refuse(code)
    status = {"status": bank_accounts.FAILED} if code.startswith("1") else {}
    return DOOR.sign({"results": [{"number": one, "code": code, **status} for one in asked]})


def _asked() -> list[str]:
    """The numbers that a call is about, if it can be read at all."""
    try:
        body = read_question()
        return [*body.get("numbers", ()), *(one["number"] for one in body.get("payments", ()))]
    except (Refused, TypeError, KeyError):
        return []


def install(world: World) -> None:
    """Makes the bank's tables and the demo's keys."""
    with world.store.write() as db:
        bank_accounts.make_tables(db)
    DOOR.install(world)


def _pay(world: World, db: sqlite3.Connection, body: Mapping[str, Any]) -> dict[str, Any]:
    now = world.now(db)
    bank_accounts.advance(db, now)
    batch, told = body.get("batch"), body.get("payments")
    if not isinstance(batch, str) or not re.fullmatch(r"[0-9A-Za-z]{1,32}", batch):
        raise Refused("4000")
    if not isinstance(told, list) or not 1 <= len(told) <= MOST_PAYMENTS:
        raise Refused("4001")
    orders = [_order(one) for one in told]
    if body.get("count") != len(orders) or body.get("total") != sum(one.amount for one in orders):
        raise Refused("4002")
    return {"batch": batch, "results": bank_accounts.take(db, now, batch, orders)}


def _order(told: object) -> Order:
    if not isinstance(told, dict) or set(told) != set(Order.__dataclass_fields__):
        raise Refused("4000")
    amount, words = told["amount"], {name: one for name, one in told.items() if name != "amount"}
    if type(amount) is not int or not 0 < amount <= MOST_FEN:
        raise Refused("4000")
    texts = all(isinstance(one, str) for one in words.values())
    if not texts or not re.fullmatch(r"[0-9A-Za-z]{1,28}", told["number"]):
        raise Refused("4000")
    return Order(**told)


def _query(world: World, db: sqlite3.Connection, body: Mapping[str, Any]) -> dict[str, Any]:
    bank_accounts.advance(db, world.now(db))
    numbers = body.get("numbers")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= MOST_NUMBERS:
        raise Refused("4001")
    return {"results": bank_accounts.find(db, list(map(str, numbers)))}


def _day_end(world: World, db: sqlite3.Connection, body: Mapping[str, Any]) -> tuple[str, str]:
    """The file, and in which way it is to be wrong."""
    try:
        day = date.fromisoformat(str(body.get("date")))
    except ValueError:
        raise Refused("4000") from None
    now = world.now(db)
    bank_accounts.advance(db, now)
    if day >= date.fromisoformat(iso(now)[:10]):
        raise Refused("3003")  # a file that could still grow would be no day-end file
    how = bank_accounts.setting(db, "spoil", "")
    bank_accounts.set_setting(db, "spoil", "")
    return bank_files.day_file(db, world.config.bank.client_id, day, now), how


@world_routes.put("/fund")
def put_fund() -> Answer:
    """The fund, in fen: {"balance"?, "pays_after_seconds"?, "daily_limit"? (null: none)}."""
    wish = read_wish()
    with the_world().store.write() as db:
        for name in ("balance", "pays_after_seconds", "daily_limit"):
            if name not in wish:
                continue
            value = wish[name]
            none = name == "daily_limit" and value is None
            if not none and (type(value) is not int or not 0 <= value <= MOST_FEN):
                raise Unfit(400, f"{name} 须为不小于 0 的整数")
            bank_accounts.set_setting(db, name, "" if none else value)
        return jsonify(balance=bank_accounts.balance(db))


@world_routes.put("/accounts/<account>")
def put_account(account: str) -> Answer:
    """An account that is not as any other.

    {"name"? (others are refused), "state"?: open, closed, frozen or missing, "returns"?: true (what was paid
    comes back the next day) or "at_once"}.
    """
    wish = read_wish()
    state, returns, name = wish.get("state", "open"), wish.get("returns", False), wish.get("name", "")
    if not re.fullmatch(r"\d{1,32}", account) or not isinstance(name, str):
        raise Unfit(400, "账号须为至多 32 位数字，name 须为文字")
    if state not in STATES or not isinstance(returns, bool | str) or returns not in RETURNS:
        raise Unfit(400, f"state 须为 {'、'.join(STATES)}，returns 须为 true、false 或 at_once")
    with the_world().store.write() as db:
        row = (account, name, state, RETURNS[returns])
        db.execute("INSERT OR REPLACE INTO bank_payee VALUES (?, ?, ?, ?)", row)
    return jsonify(account=account, name=name, state=state, returns=returns)


@world_routes.put("/day-end")
def put_day_end() -> Answer:
    """Has the next day-end file come out wrong: {"spoil": cut, totals or digest; "" for not at all}."""
    how = read_wish().get("spoil", "")
    if how not in ("", *bank_files.SPOILS):
        raise Unfit(400, f"spoil 须为 {'、'.join(bank_files.SPOILS)} 或空")
    with the_world().store.write() as db:
        bank_accounts.set_setting(db, "spoil", how)
    return jsonify(spoil=how)


@world_routes.get("")
def show() -> Answer:
    """The fund, accounts with their balances, and the last instructions."""
    world = the_world()
    with world.store.write() as db:
        bank_accounts.advance(db, world.now(db))
        return jsonify(bank_accounts.overview(db))
