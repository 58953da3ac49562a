"""The world's door to the wallet: money, limits, blocked people, and the tap on a red packet."""

from __future__ import annotations

import sqlite3

from flask import Blueprint, jsonify

from backend.sandbox import wallet, wallet_bill
from backend.sandbox.door import Answer, Unfit, explain, read_wish
from backend.sandbox.world import the_world

MOST_FEN = 10**15
MOST_A_MINUTE = 10**9

routes = Blueprint("wallet", __name__, url_prefix="/_world")
explain(routes)


@routes.get("/wallet")
def show() -> Answer:
    """The balance, and the last 50 packets and movements."""
    world = the_world()
    with world.store.write() as db:
        wallet.advance(db, world.now(db))
    with world.store.read() as db:
        return jsonify(wallet.overview(db))


@routes.put("/wallet")
def put_wallet() -> Answer:
    """Changes what is named: {"balance"? (fen), "opens_at_once"?, "most_a_minute"?}."""
    wish = read_wish()
    world = the_world()
    with world.store.write() as db:
        now = world.now(db)
        wallet.advance(db, now)
        known = wallet.account(db)
        balance = _whole(wish, "balance", known, MOST_FEN)
        most = _whole(wish, "most_a_minute", known, MOST_A_MINUTE)
        at_once = wish.get("opens_at_once", bool(known["opens_at_once"]))
        if not isinstance(at_once, bool):
            raise Unfit(400, "opens_at_once 须为 true 或 false")
        wallet.set_balance(db, now, balance)
        db.execute("UPDATE wallet SET opens_at_once = ?, most_a_minute = ?", (at_once, most))
        return jsonify(wallet.overview(db))


@routes.put("/wallet/blocked/<openid>")
def put_blocked(openid: str) -> Answer:
    """Has risk control stop packets to an openid: {"blocked"?: true}."""
    return _block(openid, blocked=read_wish().get("blocked", True) is True)


@routes.delete("/wallet/blocked/<openid>")
def delete_blocked(openid: str) -> Answer:
    """Lets packets through again."""
    return _block(openid, blocked=False)


@routes.put("/wallet/bill")
def put_bill() -> Answer:
    """Has the next bill come out wrong: {"spoil": cut, totals or line; "" for not at all}."""
    how = read_wish().get("spoil", "")
    if how not in ("", *wallet_bill.SPOILS):
        raise Unfit(400, f"spoil 须为 {'、'.join(wallet_bill.SPOILS)} 或空")
    with the_world().store.write() as db:
        db.execute("UPDATE wallet SET spoil = ?", (how,))
    return jsonify(spoil=how)


@routes.get("/packets/<number>")
def get_packet(number: str) -> Answer:
    """One packet by the merchant's number."""
    world = the_world()
    with world.store.write() as db:
        wallet.advance(db, world.now(db))
        return jsonify(wallet.shown(_packet(db, number)))


@routes.put("/packets/<number>")
def put_packet(number: str) -> Answer:
    """Moves a packet to a state that it seldom has: {"status"}; with FAILED or REFUND the money is back."""
    status = read_wish().get("status")
    if status not in wallet.STATES:
        raise Unfit(400, f"status 须为 {'、'.join(wallet.STATES)}")
    world = the_world()
    with world.store.write() as db:
        wallet.advance(db, world.now(db))
        packet = _packet(db, number)
        if packet["status"] in wallet.MONEY_IS_BACK:
            raise Unfit(409, "红包的钱已退回，不能再改")
        wallet.put_status(world, db, packet, str(status))
        return jsonify(wallet.shown(_packet(db, number)))


@routes.post("/packets/<number>/open")
def open_packet(number: str) -> Answer:
    """The owner of the phone opens it."""
    world = the_world()
    with world.store.write() as db:
        wallet.advance(db, world.now(db))
        packet = _packet(db, number)
        if packet["status"] != wallet.SENT:
            raise Unfit(409, "红包已领取或已退回" if packet["status"] != wallet.SENDING else "红包还在路上")
        wallet.open_packet(world, db, packet)
        return jsonify(wallet.shown(_packet(db, number)))


def _block(openid: str, *, blocked: bool) -> Answer:
    with the_world().store.write() as db:
        wallet.block(db, openid, blocked=blocked)
    return jsonify(openid=openid, blocked=blocked)


def _packet(db: sqlite3.Connection, number: str) -> sqlite3.Row:
    packet = wallet.find(db, number)
    if packet is None:
        raise Unfit(404, "没有这个红包")
    return packet


def _whole(wish: dict[str, object], name: str, known: sqlite3.Row, most: int) -> int:
    value = wish.get(name, known[name])
    if type(value) is not int or not 0 <= value <= most:
        raise Unfit(400, f"{name} 须为不小于 0 的整数")
    return value
