"""The world's door to the collecting merchant: who pays, what is told of it, and what goes wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, jsonify, request

from backend.sandbox import collector, collector_bill, collector_refunds, pay_envelope, pay_notices
from backend.sandbox.door import Answer, Unfit, explain, read_wish
from backend.sandbox.world import World, the_world

MOST_FEN = 10**15
MOST_COPIES = 20
MOST_SECONDS = 3600
PAY_PARAMS = ("timeStamp", "nonceStr", "package", "signType", "paySign")

routes = Blueprint("collector", __name__, url_prefix="/_world")
explain(routes)


@routes.get("/collector")
def show() -> Answer:
    """Balance, switches, and the last 50 orders, refunds and notices."""
    world = the_world()
    _advance(world)
    with world.store.read() as db:
        return jsonify(_overview(db))


@routes.put("/collector")
def put_collector() -> Answer:
    """Changes what is named: {"balance"? (fen), "misstated"?, "refund_seconds"?, "refund_end"?}.

    `misstated`: so many fen more are told than were paid.
    """
    wish = read_wish()
    world = the_world()
    with world.store.write() as db:
        known = collector.account(db)
        end = wish.get("refund_end", known["refund_end"])
        if end not in collector_refunds.SUMMARIES:
            raise Unfit(400, f"refund_end 须为 {'、'.join(collector_refunds.SUMMARIES)}")
        db.execute(
            "UPDATE collector SET balance = ?, misstated = ?, refund_seconds = ?, refund_end = ?",
            (
                _whole(wish, "balance", known, 0, MOST_FEN),
                _whole(wish, "misstated", known, -MOST_FEN, MOST_FEN),
                _seconds(wish, "refund_seconds", known),
                end,
            ),
        )
        return jsonify(_overview(db))


@routes.put("/collector/notices")
def put_notices() -> Answer:
    """What becomes of notices from now on: {"dropped"?, "copies"?, "delay"?, "scatter"?, "forge"?}.

    Each copy waits for `delay` seconds and up to `scatter` more; DELETE has all as it should be.
    """
    wish = read_wish()
    with the_world().store.write() as db:
        known = collector.account(db)
        forge, dropped = wish.get("forge", known["forge"]), wish.get("dropped", bool(known["dropped"]))
        if forge not in ("", *pay_envelope.FORGERIES):
            raise Unfit(400, f"forge 须为 {'、'.join(pay_envelope.FORGERIES)} 或空")
        if not isinstance(dropped, bool):
            raise Unfit(400, "dropped 须为 true 或 false")
        db.execute(
            "UPDATE collector SET dropped = ?, copies = ?, delay = ?, scatter = ?, forge = ?",
            (
                dropped,
                _whole(wish, "copies", known, 1, MOST_COPIES),
                _seconds(wish, "delay", known),
                _seconds(wish, "scatter", known),
                forge,
            ),
        )
        return jsonify(_overview(db))


@routes.delete("/collector/notices")
def delete_notices() -> Answer:
    """Notices come once, soon and true."""
    with the_world().store.write() as db:
        db.execute("UPDATE collector SET dropped = 0, copies = 1, delay = 0, scatter = 0, forge = ''")
        return jsonify(_overview(db))


@routes.put("/collector/bill")
def put_bill() -> Answer:
    """Has the next trade bill come out wrong: {"spoil": cut, totals, line, hash or host; "" for not}."""
    how = read_wish().get("spoil", "")
    if how not in ("", *collector_bill.SPOILS):
        raise Unfit(400, f"spoil 须为 {'、'.join(collector_bill.SPOILS)} 或空")
    with the_world().store.write() as db:
        db.execute("UPDATE collector SET spoil = ?", (how,))
    return jsonify(spoil=how)


@routes.post("/phones/<phone>/pay")
def pay_by_params(phone: str) -> Answer:
    """The owner pays what a page asks for: {"timeStamp", "nonceStr", "package", "signType", "paySign"}.

    `appId` may stand with it, as in the official account's pages.
    """
    wish = {name: str(value) for name, value in read_wish().items()}
    missing = [name for name in PAY_PARAMS if not wish.get(name)]
    if missing:
        raise Unfit(400, f"调用支付JSAPI缺少参数：{missing[0]}")
    world = the_world()
    _advance(world)
    with world.store.write() as db:
        kind, _, prepay_id = wish["package"].partition("=")
        order = collector.order_of_prepay(world, db, prepay_id) if kind == "prepay_id" else None
        if order is None:
            raise Unfit(409, "该订单已失效，请重新下单")
        if wish.get("appId", order["appid"]) != order["appid"]:
            raise Unfit(403, "下单的账号与发起支付的账号不一致")
        if wish["signType"] != "RSA" or not pay_envelope.pay_sign_is_ours(world, order["appid"], wish):
            raise Unfit(403, "支付验证签名失败")
        if order["phone"] != phone:
            raise Unfit(403, "当前用户与下单用户不一致")
        _pay(world, db, order)
    return _paid(world, order["number"])


@routes.post("/collector/orders/<number>/pay")
def pay_by_number(number: str) -> Answer:
    """Whoever is to pay an order pays it: {"late"?: true} even a closed one, as money can be slow."""
    late = read_wish().get("late") is True
    world = the_world()
    _advance(world)
    with world.store.write() as db:
        _pay(world, db, _order(db, number), late=late)
    return _paid(world, number)


@routes.get("/collector/orders/<number>")
def get_order(number: str) -> Answer:
    """One order by the merchant's number."""
    world = the_world()
    _advance(world)
    with world.store.read() as db:
        return jsonify(collector.shown(_order(db, number)))


@routes.put("/collector/orders/<number>")
def put_order(number: str) -> Answer:
    """Has an order told in another state than it is in: {"trade_state"; "" for its own}."""
    state = read_wish().get("trade_state", "")
    if state not in ("", *collector.STATES):
        raise Unfit(400, f"trade_state 须为 {'、'.join(collector.STATES)} 或空")
    with the_world().store.write() as db:
        _order(db, number)
        db.execute("UPDATE collect_order SET told_as = ? WHERE number = ?", (state, number))
        return jsonify(collector.shown(_order(db, number)))


@routes.get("/collector/refunds/<number>")
def get_refund(number: str) -> Answer:
    """One refund by the merchant's number."""
    world = the_world()
    _advance(world)
    with world.store.read() as db:
        return jsonify(collector.shown(_refund(db, number)))


@routes.put("/collector/refunds/<number>")
def put_refund(number: str) -> Answer:
    """Moves a refund that is not over: {"status"}; an abnormal one too, as a clerk at the merchant can."""
    status = read_wish().get("status")
    if status not in collector_refunds.STATUSES:
        raise Unfit(400, f"status 须为 {'、'.join(collector_refunds.STATUSES)}")
    world = the_world()
    with world.store.write() as db:
        refund = _refund(db, number)
        if refund["status"] in (collector_refunds.SUCCESS, collector_refunds.CLOSED):
            raise Unfit(409, "退款已结束，不能再改")
        collector_refunds.put_status(world, db, refund, str(status), world.now(db))
    pay_notices.post_new(world)
    with world.store.read() as db:
        return jsonify(collector.shown(_refund(db, number)))


@routes.post("/collector/<any(orders, refunds):kind>/<number>/notify")
def notify(kind: str, number: str) -> Answer:
    """Tells of an order or a refund once more, with the same id."""
    return jsonify(notices=pay_notices.again(the_world(), kind.removesuffix("s"), number)), 202


@routes.get("/collector/<any(orders, refunds):kind>/<number>/notice")
def notice(kind: str, number: str) -> Answer:
    """The last notice as it would be posted now, for whoever wants to carry it: {"headers", "body"}.

    `?forge=` has it false, `?at=` (seconds since 1970) signed at another time.
    """
    forge, at = request.args.get("forge", ""), request.args.get("at", type=float)
    if forge not in ("", *pay_envelope.FORGERIES):
        raise Unfit(400, f"forge 须为 {'、'.join(pay_envelope.FORGERIES)} 或空")
    world = the_world()
    _advance(world)
    with world.store.read() as db:
        row = db.execute(
            "SELECT * FROM collect_notice WHERE about = ? AND number = ? ORDER BY rowid DESC LIMIT 1",
            (kind.removesuffix("s"), number),
        ).fetchone()
    if row is None:
        raise Unfit(404, "还没有通知")
    letter = pay_envelope.letter(world, row, forge, at)
    return jsonify(headers=dict(letter.headers), body=letter.body)


def _pay(world: World, db: sqlite3.Connection, order: sqlite3.Row, *, late: bool = False) -> None:
    if order["paid_at"] is not None:
        raise Unfit(409, "该订单已支付")
    if order["state"] == collector.CLOSED and not late:
        raise Unfit(409, "该订单已关闭或已失效")
    collector.pay(world, db, order)


def _paid(world: World, number: str) -> Answer:
    pay_notices.post_new(world)
    with world.store.read() as db:
        return jsonify(collector.shown(_order(db, number)))


def _advance(world: World) -> None:
    with world.store.write() as db:
        collector_refunds.advance(world, db)
    pay_notices.post_new(world)


def _order(db: sqlite3.Connection, number: str) -> sqlite3.Row:
    order = collector.find(db, number)
    if order is None:
        raise Unfit(404, "没有这个订单")
    return order


def _refund(db: sqlite3.Connection, number: str) -> sqlite3.Row:
    refund = collector_refunds.find(db, number)
    if refund is None:
        raise Unfit(404, "没有这笔退款")
    return refund


def _overview(db: sqlite3.Connection) -> dict[str, Any]:
    account = collector.account(db)
    paid, taken, back = db.execute(
        "SELECT (SELECT COUNT(*) FROM collect_order WHERE paid_at IS NOT NULL),"
        " (SELECT COALESCE(SUM(amount), 0) FROM collect_order WHERE paid_at IS NOT NULL),"
        " (SELECT COALESCE(SUM(amount), 0) FROM collect_refund WHERE status <> 'CLOSED')"
    ).fetchone()
    names = [name for name in account.keys() if name != "id"]  # noqa: SIM118  a Row iterates over its values
    return {
        **{name: account[name] for name in names},
        "dropped": bool(account["dropped"]),
        "paid": paid,
        "taken": taken,
        "back": back,
        "orders": _last(db, "collect_order"),
        "refunds": _last(db, "collect_refund"),
        "notices": _last(db, "collect_notice"),
    }


def _last(db: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    rows = db.execute(
        f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT ?",  # noqa: S608  our own names
        (collector.SHOWN,),
    ).fetchall()
    return [collector.shown(row) for row in rows]


def _whole(wish: Mapping[str, Any], name: str, known: sqlite3.Row, least: int, most: int) -> int:
    value = wish.get(name, known[name])
    if type(value) is not int or not least <= value <= most:
        raise Unfit(400, f"{name} 须为 {least} 至 {most} 的整数")
    return value


def _seconds(wish: Mapping[str, Any], name: str, known: sqlite3.Row) -> float:
    value = wish.get(name, known[name])
    if type(value) not in (int, float) or not 0 <= value <= MOST_SECONDS:
        raise Unfit(400, f"{name} 须为 0 至 {MOST_SECONDS} 秒")
    return float(value)
