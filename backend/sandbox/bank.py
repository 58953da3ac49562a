"""The bureau's bank (docs/bank-link.md): takes signed instructions, pays each number once, keeps books."""

from __future__ import annotations

import base64
import binascii
import json
import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request

from backend.sandbox import bank_accounts, bank_crypto, bank_files
from backend.sandbox.bank_accounts import Order
from backend.sandbox.door import Answer, Unfit, explain, read_wish
from backend.sandbox.world import World, iso, the_world

SKEW_SECONDS = 300
NONCES_KEPT_SECONDS = 3600
MOST_PAYMENTS = 500
MOST_NUMBERS = 100
MOST_FEN = 10**15
STATES = ("open", "closed", "frozen", "missing")
RETURNS: Mapping[object, str] = {False: "", True: "next_day", "at_once": "at_once"}
OF_ONE_INSTRUCTION = re.compile(r"[1-3]\d{3}|9999")
"""Codes of faults that concern an instruction; all others refuse a whole call."""

Told = TypeVar("Told")
Act = Callable[[World, sqlite3.Connection, Mapping[str, Any]], Told]
"""What a call does in its transaction, and has to tell."""

routes = Blueprint("bank", __name__)
world_routes = Blueprint("bank_world", __name__, url_prefix="/_world/bank")
explain(world_routes)


class Refused(Exception):
    """The whole call fails with this code."""


@routes.post("/bank/v1/payments")
def payments() -> Response:
    """A batch of instructions; each has its own outcome, and a number is paid once whatever happens."""
    return _answered(_pay, _signed)


@routes.post("/bank/v1/payments/query")
def query() -> Response:
    """What became of some numbers."""
    return _answered(_query, _signed)


@routes.post("/bank/v1/day-end")
def day_end() -> Response:
    """What moved on a day that is over."""
    return _answered(_day_end, _signed_file)


def failed(code: str) -> Response:
    """The answer of a fault, without any effect, and signed as all that the bank says.

    A code of instructions is told of each in the call, any other of the call.
    """
    asked = _asked()
    if not asked or not OF_ONE_INSTRUCTION.fullmatch(code):
        return _signed({"code": code}, 503 if code == "9001" else 400)
    status = {"status": bank_accounts.FAILED} if code.startswith("1") else {}
    return _signed({"results": [{"number": one, "code": code, **status} for one in asked]})


def _asked() -> list[str]:
    """The numbers that a call is about, if it can be read at all."""
    try:
        body = _body()
        return [*body.get("numbers", ()), *(one["number"] for one in body.get("payments", ()))]
    except (Refused, TypeError, KeyError):
        return []


def install(world: World) -> None:
    """Makes the bank's tables and the demo's keys."""
    with world.store.write() as db:
        bank_accounts.make_tables(db)
    bank_crypto.make_keys(world.config.bank.keys, world.config.bank.algorithm)


def _answered(act: Act[Told], sign: Callable[[Told], Response]) -> Response:
    """Checks before the transaction, and signs after it: arithmetic must not hold up others."""
    world = the_world()
    try:
        _verify(world)
        with world.store.write() as db:
            _require_new(db)
            bank_accounts.advance(db, world.now(db))
            told = act(world, db, _body())
    except Refused as refusal:
        return _signed({"code": str(refusal)}, 400)
    return sign(told)


def _pay(world: World, db: sqlite3.Connection, body: Mapping[str, Any]) -> dict[str, Any]:
    batch, told = body.get("batch"), body.get("payments")
    if not isinstance(batch, str) or not re.fullmatch(r"[0-9A-Za-z]{1,32}", batch):
        raise Refused("4000")
    if not isinstance(told, list) or not 1 <= len(told) <= MOST_PAYMENTS:
        raise Refused("4001")
    orders = [_order(one) for one in told]
    if body.get("count") != len(orders) or body.get("total") != sum(one.amount for one in orders):
        raise Refused("4002")
    return {"batch": batch, "results": bank_accounts.take(db, world.now(db), batch, orders)}


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


def _query(_world: World, db: sqlite3.Connection, body: Mapping[str, Any]) -> dict[str, Any]:
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
    if day >= date.fromisoformat(iso(now)[:10]):
        raise Refused("3003")  # a file that could still grow would be no day-end file
    how = bank_accounts.setting(db, "spoil", "")
    bank_accounts.set_setting(db, "spoil", "")
    return bank_files.day_file(db, world.config.bank.client_id, day, now), how


def _verify(world: World) -> None:
    """Who calls, and when: the client, the time and the signature."""
    config, headers = world.config.bank, request.headers
    stamp, nonce = headers.get("X-Bank-Timestamp", ""), headers.get("X-Bank-Nonce", "")
    if headers.get("X-Bank-Client") != config.client_id or not re.fullmatch(r"[0-9a-f]{32}", nonce):
        raise Refused("4011")
    if not re.fullmatch(r"\d{1,12}", stamp) or not _fresh(world, int(stamp)):
        raise Refused("4012")
    lines = [request.method.encode(), request.path.encode(), stamp.encode(), nonce.encode()]
    message = b"\n".join([*lines, request.get_data(), b""])
    try:
        signature = base64.b64decode(headers.get("X-Bank-Signature", ""), validate=True)
    except binascii.Error:
        raise Refused("4013") from None
    agreed = headers.get("X-Bank-Signature-Algorithm") == config.algorithm
    if not agreed or not bank_crypto.verified(
        config.algorithm, config.keys / "bureau.pub", message, signature
    ):
        raise Refused("4013")


def _fresh(world: World, stamp: int) -> bool:
    """By the machine's clock or the world's: a product that travels in time may sign by either."""
    with world.store.read() as db:
        clocks = (time.time(), world.now(db))
    return any(abs(clock - stamp) <= SKEW_SECONDS for clock in clocks)


def _require_new(db: sqlite3.Connection) -> None:
    """Each nonce once. They age by the machine's clock, which nobody moves to have old ones forgotten."""
    now = time.time()
    db.execute("DELETE FROM bank_nonce WHERE at < ?", (now - NONCES_KEPT_SECONDS,))
    row = (request.headers["X-Bank-Nonce"], now)
    if not db.execute("INSERT OR IGNORE INTO bank_nonce VALUES (?, ?)", row).rowcount:
        raise Refused("4014")


def _body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        raise Refused("4000") from error
    if not isinstance(body, dict):
        raise Refused("4000")
    return body


def _signed_file(told: tuple[str, str]) -> Response:
    text, how = told
    content = bank_files.spoiled(text, how).encode()
    answer = _signed_bytes(content, 200, "text/plain; charset=utf-8")
    digested = content + b"?" if how == "digest" else content
    answer.headers["X-Bank-File-Digest"] = bank_crypto.digest(the_world().config.bank.algorithm, digested)
    return answer


def _signed(body: Mapping[str, Any], status: int = 200) -> Response:
    return _signed_bytes(json.dumps(body, ensure_ascii=False).encode(), status, "application/json")


def _signed_bytes(written: bytes, status: int, content_type: str) -> Response:
    """An answer to this very call: the nonce of the question is signed with it."""
    config = the_world().config.bank
    stamp, nonce = str(int(time.time())), request.headers.get("X-Bank-Nonce", "")
    message = b"\n".join([str(status).encode(), stamp.encode(), nonce.encode(), written, b""])
    signature = bank_crypto.sign(config.algorithm, config.keys / "bank.pem", message)
    headers = {
        "X-Bank-Timestamp": stamp,
        "X-Bank-Signature-Algorithm": config.algorithm,
        "X-Bank-Signature": base64.b64encode(signature).decode(),
    }
    return Response(written, status, content_type=content_type, headers=headers)


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
