"""The tax authority (docs/tax-link.md): receipts of payments, refunds out of the treasury, day-end files."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from backend.sandbox import bank_files, knobs, tax_books
from backend.sandbox.door import Answer, Unfit, explain, read_wish
from backend.sandbox.signed_door import Refused, SignedDoor, read_question
from backend.sandbox.tax_books import Manner, Payment, Refund
from backend.sandbox.world import World, iso, the_world

MOST_PAYMENTS = 100
MOST_FEN = 10**12
MOST_SECONDS = 30 * 86_400
MOST_REJECTED = 1000
NUMBER = re.compile(r"[0-9A-Za-z]{1,32}")
ID_NUMBER = re.compile(r"\d{17}[\dX]")
OF_ONE = re.compile(r"[1-3]\d{3}|9999")
"""Codes of faults that concern a payment or a refund; all others refuse a whole call."""
PAYMENT_FIELDS = {"order_number", "transaction", "amount", "paid_at", "name", "id_number"}
SECONDS = ("receipt_seconds", "refund_seconds")

DOOR = SignedDoor("tax", lambda config: config.tax)
routes = Blueprint("tax", __name__)
world_routes = Blueprint("tax_world", __name__, url_prefix="/_world/tax")
explain(world_routes)


@routes.post("/tax/v1/receipts")
def receipts() -> Response:
    """The receipts of payments whose money is in the treasury."""
    return DOOR.answered(_receipts, DOOR.sign)


@routes.post("/tax/v1/refunds")
def refunds() -> Response:
    """Asks for a refund; a number is refunded once whatever happens."""
    return DOOR.answered(_refund, DOOR.sign)


@routes.post("/tax/v1/refunds/query")
def query() -> Response:
    """How far a refund is."""
    return DOOR.answered(_query, DOOR.sign)


@routes.post("/tax/v1/day-end")
def day_end() -> Response:
    """What came in and went back on a day that is over."""
    return DOOR.answered(_day_end, DOOR.sign_file)


def failed(code: str) -> Response:
    """The answer of a fault, without any effect, and signed as all that the authority says."""
    about = _asked()
    if not about or not OF_ONE.fullmatch(code):
        return DOOR.refuse(code)
    status = {"status": "REJECTED"} if code.startswith("11") else {}
    return DOOR.sign({"results": [{**one, "code": code, **status} for one in about]})


def install(world: World) -> None:
    """Makes the authority's tables and the demo's keys."""
    with world.store.write() as db:
        tax_books.make_tables(db)
    DOOR.install(world)


def _asked() -> list[dict[str, Any]]:
    """What a call is about, as the answer repeats it, if the call can be read at all."""
    try:
        body = read_question()
        if request.path == "/tax/v1/receipts":
            return [{"order_number": one["order_number"]} for one in body["payments"]]
        return [{name: body[name] for name in ("number", "order_number", "amount") if name in body}]
    except (Refused, TypeError, KeyError):
        return []


def _receipts(world: World, db: sqlite3.Connection, body: Mapping[str, Any]) -> dict[str, Any]:
    told = body.get("payments")
    if not isinstance(told, list) or not 1 <= len(told) <= MOST_PAYMENTS:
        raise Refused("4001")
    payments = [_payment(one) for one in told]
    if body.get("count") != len(payments) or body.get("total") != sum(one.amount for one in payments):
        raise Refused("4002")
    now, manner = world.now(db), _manner(world, db)
    return {"results": [tax_books.take(db, now, manner, one) for one in payments]}


def _payment(told: object) -> Payment:
    if not isinstance(told, dict) or set(told) != PAYMENT_FIELDS:
        raise Refused("4000")
    return Payment(
        _number(told["order_number"]),
        _number(told["transaction"]),
        _fen(told["amount"]),
        _moment(told["paid_at"]),
        _text(told["name"]),
        _text(told["id_number"]),
    )


def _refund(world: World, db: sqlite3.Connection, body: Mapping[str, Any]) -> dict[str, Any]:
    if set(body) != set(Refund.__dataclass_fields__):
        raise Refused("4000")
    asked = Refund(
        _number(body["number"]),
        _number(body["order_number"]),
        _fen(body["amount"]),
        _fen(body["total"]),
        _text(body["reason"]),
    )
    return {"results": [tax_books.refund(db, world.now(db), _manner(world, db), asked)]}


def _query(world: World, db: sqlite3.Connection, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"results": [tax_books.find_refund(db, world.now(db), _number(body.get("number")))]}


def _day_end(world: World, db: sqlite3.Connection, body: Mapping[str, Any]) -> tuple[str, str]:
    """The file, and in which way it is to be wrong."""
    try:
        day = date.fromisoformat(str(body.get("date")))
    except ValueError:
        raise Refused("4000") from None
    now = world.now(db)
    if day >= date.fromisoformat(iso(now)[:10]):
        raise Refused("3003")  # a file that could still grow would be no day-end file
    how = knobs.read(db, "tax_spoil", "")
    knobs.turn(db, "tax_spoil", "")
    return tax_books.day_file(db, world.config.tax.client_id, day, now), how


def _manner(world: World, db: sqlite3.Connection) -> Manner:
    return Manner(
        float(knobs.read(db, "tax_receipt_seconds", world.config.tax_receipt_seconds)),
        float(knobs.read(db, "tax_refund_seconds", world.config.tax_refund_seconds)),
        strict=knobs.read(db, "tax_strict", "") == "True",
    )


def _number(told: object) -> str:
    if not isinstance(told, str) or not NUMBER.fullmatch(told):
        raise Refused("4000")
    return told


def _fen(told: object) -> int:
    if type(told) is not int or not 0 < told <= MOST_FEN:
        raise Refused("4000")
    return told


def _text(told: object) -> str:
    if not isinstance(told, str) or not told:
        raise Refused("4000")
    return told


def _moment(told: object) -> float:
    try:
        moment = datetime.fromisoformat(str(told))
    except ValueError:
        raise Refused("4000") from None
    if moment.tzinfo is None:
        raise Refused("4000")
    return moment.timestamp()


@world_routes.put("")
def put_manner() -> Answer:
    """How it works: {"receipt_seconds"?, "refund_seconds"?, "strict"?, "reject_refunds"? (so many)}."""
    wish = read_wish()
    _require_fit(wish)
    world = the_world()
    with world.store.write() as db:
        for name in (*SECONDS, "reject_refunds", "strict"):
            if name in wish:
                knobs.turn(db, f"tax_{name}", wish[name])
        return jsonify(_rules(world, db))


def _require_fit(wish: Mapping[str, Any]) -> None:
    for name in SECONDS:
        seconds = wish.get(name, 0)
        if type(seconds) not in (int, float) or not 0 <= seconds <= MOST_SECONDS:
            raise Unfit(400, f"{name} 须不小于 0，且不超过 {MOST_SECONDS}")
    rejected = wish.get("reject_refunds", 0)
    if type(rejected) is not int or not 0 <= rejected <= MOST_REJECTED:
        raise Unfit(400, f"reject_refunds 须为 0 至 {MOST_REJECTED}")
    if type(wish.get("strict", False)) is not bool:
        raise Unfit(400, "strict 须为 true 或 false")


@world_routes.put("/transactions/<transaction_id>")
def put_transaction(transaction_id: str) -> Answer:
    """What the authority sees of a payment in WeChat: {"amount", "id_number"? (of the taxpayer)}.

    What it is told is then compared with this; when strict, it knows no other transactions.
    """
    wish = read_wish()
    amount, id_number = wish.get("amount"), wish.get("id_number", "")
    if type(amount) is not int or not 0 < amount <= MOST_FEN or not NUMBER.fullmatch(transaction_id):
        raise Unfit(400, "订单号须为 1 至 32 位字母或数字，amount 须为大于 0 的整数（分）")
    if not isinstance(id_number, str) or (id_number and not ID_NUMBER.fullmatch(id_number)):
        raise Unfit(400, "id_number 须为 18 位身份证号")
    with the_world().store.write() as db:
        tax_books.show_transaction(db, transaction_id, amount, id_number)
    return jsonify(transaction=transaction_id, amount=amount, id_number=id_number)


@world_routes.put("/day-end")
def put_day_end() -> Answer:
    """Has the next day-end file come out wrong: {"spoil": cut, totals or digest; "" for not at all}."""
    how = read_wish().get("spoil", "")
    if how not in ("", *bank_files.SPOILS):
        raise Unfit(400, f"spoil 须为 {'、'.join(bank_files.SPOILS)} 或空")
    with the_world().store.write() as db:
        knobs.turn(db, "tax_spoil", how)
    return jsonify(spoil=how)


@world_routes.get("")
def show() -> Answer:
    """How it works, what came in and went back, and the last payments and refunds."""
    world = the_world()
    with world.store.read() as db:
        return jsonify({**_rules(world, db), **tax_books.overview(db, world.now(db))})


def _rules(world: World, db: sqlite3.Connection) -> dict[str, Any]:
    return {**vars(_manner(world, db)), "reject_refunds": int(knobs.read(db, "tax_reject_refunds", 0))}
