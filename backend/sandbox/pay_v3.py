"""WeChat Pay v3 on its real paths: JSAPI orders, refunds and the trade bill of the collecting merchant."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from backend.sandbox import (
    bank_crypto,
    collector,
    collector_bill,
    collector_refunds,
    pay_envelope,
    pay_notices,
)
from backend.sandbox.collector import Order
from backend.sandbox.collector_refunds import Wanted
from backend.sandbox.pay_envelope import Refused
from backend.sandbox.world import World, the_world

NUMBER = re.compile(r"[0-9A-Za-z_|*-]{6,32}")
REFUND_NUMBER = re.compile(r"[0-9A-Za-z_|*@-]{1,64}")
MOST_FEN = 10**10
MOST_DESCRIBED = 127
MOST_REASON_BYTES = 80
MOST_URL = 255
BILL_SECONDS = 300

Fields = Mapping[str, Any]
Act = Callable[[World, sqlite3.Connection], Response]
"""What a call does in its transaction, and answers."""

routes = Blueprint("pay_v3", __name__, url_prefix="/v3")


def install(world: World) -> None:
    """Makes the collector's tables and the demo's keys, and goes on telling what was not heard yet."""
    with world.store.write() as db:
        for statement in (*collector.TABLES, *collector_bill.TABLES, *pay_envelope.TABLES):
            db.execute(statement)
    bank_crypto.make_keys(world.config.collector.keys, bank_crypto.RSA, "wechat")
    pay_notices.resume(world)


@routes.post("/pay/transactions/jsapi")
def place() -> Response:
    """An order, and a prepay_id for it; the same again gives another prepay_id."""
    return _answered(_place)


@routes.get("/pay/transactions/out-trade-no/<number>")
def query(number: str) -> Response:
    """An order by the merchant's number."""
    return _answered(lambda world, db: _told(world, _by_number(db, number, request.args), db))


@routes.get("/pay/transactions/id/<transaction_id>")
def query_by_id(transaction_id: str) -> Response:
    """An order by the number of its payment."""

    def tell(world: World, db: sqlite3.Connection) -> Response:
        row = db.execute("SELECT * FROM collect_order WHERE transaction_id = ?", (transaction_id,)).fetchone()
        _require_merchant(request.args)
        return _told(world, row, db)

    return _answered(tell)


@routes.post("/pay/transactions/out-trade-no/<number>/close")
def close(number: str) -> Response:
    """Nobody can pay an order any more."""
    return _answered(lambda world, db: _close(db, number))


@routes.post("/refund/domestic/refunds")
def refund() -> Response:
    """Money goes back to whoever paid; the same number again is the same refund."""
    return _answered(_refund)


@routes.get("/refund/domestic/refunds/<number>")
def query_refund(number: str) -> Response:
    """A refund by the merchant's number."""
    return _answered(lambda world, db: _told_refund(db, collector_refunds.find(db, number)))


@routes.get("/bill/tradebill")
def trade_bill() -> Response:
    """Where the bill of a day that is over can be fetched, and its digest."""
    return _answered(_bill)


@routes.get("/billdownload/file")
def download() -> Response:
    """A bill; no signature covers it."""
    return _answered(_download)


def _answered(act: Act) -> Response:
    """Checks before the transaction, and tells after it: arithmetic must not hold up others."""
    world = the_world()
    try:
        pay_envelope.authenticate(world)
        with world.store.write() as db:
            collector_refunds.advance(world, db)
            answer = act(world, db)
    except Refused as refusal:
        answer = pay_envelope.failed(str(refusal), refusal.words)
    pay_notices.post_new(world)
    return answer


def _place(world: World, db: sqlite3.Connection) -> Response:
    body = _body()
    _require_merchant(body)
    order = _order(body)
    app = next((one for one in (world.config.mini, world.config.oa) if one.appid == order.appid), None)
    if app is None:
        raise Refused("APPID_MCHID_NOT_MATCH")
    person = world.phone_of(db, app, order.openid)
    if person is None:
        raise Refused("PARAM_ERROR", "appid和openid不匹配")
    known = collector.find(db, order.number)
    if known is not None:
        if code := collector.known_as(order, known):
            raise Refused(code)
    else:
        expires_at = _expiry(order.time_expire)
        if expires_at is not None and expires_at <= world.now(db):
            raise Refused("PARAM_ERROR", "订单失效时间早于当前时间")
        collector.place(world, db, order, person["phone"], expires_at)
    return pay_envelope.answer({"prepay_id": collector.prepay(world, db, order.number)})


def _order(body: Fields) -> Order:
    amount, payer = _object(body, "amount"), _object(body, "payer")
    order = Order(
        number=_text(body, "out_trade_no", NUMBER),
        appid=_text(body, "appid"),
        openid=_text(payer, "openid"),
        description=_text(body, "description"),
        attach=str(body.get("attach", "")),
        amount=_fen(amount, "total"),
        time_expire=str(body.get("time_expire", "")),
        notify_url=_address(_text(body, "notify_url")),
    )
    if len(order.description) > MOST_DESCRIBED or amount.get("currency", "CNY") != "CNY":
        raise Refused("PARAM_ERROR")
    return order


def _close(db: sqlite3.Connection, number: str) -> Response:
    order = _by_number(db, number, _body())
    if order is None:
        raise Refused("ORDER_NOT_EXIST")
    if order["paid_at"] is not None:
        raise Refused("ORDERPAID")
    if order["state"] == collector.CLOSED:
        raise Refused("ORDER_CLOSED")
    collector.close(db, number)
    return pay_envelope.answer(None, 204)


def _refund(world: World, db: sqlite3.Connection) -> Response:
    body = _body()
    amount = _object(body, "amount")
    if amount.get("currency") != "CNY":
        raise Refused("PARAM_ERROR")
    column = "transaction_id" if "transaction_id" in body else "out_trade_no"
    name = "number" if column == "out_trade_no" else column
    order = db.execute(
        f"SELECT * FROM collect_order WHERE {name} = ?",  # noqa: S608  our own names
        (_text(body, column),),
    ).fetchone()
    if order is None:
        raise Refused("RESOURCE_NOT_EXISTS", "订单不存在")
    wanted = Wanted(
        number=_text(body, "out_refund_no", REFUND_NUMBER),
        order_number=order["number"],
        amount=_fen(amount, "refund"),
        reason=str(body.get("reason", "")),
        notify_url=_address(str(body["notify_url"])) if "notify_url" in body else order["notify_url"],
    )
    if len(wanted.reason.encode()) > MOST_REASON_BYTES:
        raise Refused("PARAM_ERROR", "退款原因过长")
    row = collector_refunds.take(world, db, wanted, order, _fen(amount, "total"))
    if row["due_at"] is not None:
        pay_notices.later(world, max(0.0, row["due_at"] - world.now(db)))
    return _told_refund(db, row)


def _told_refund(db: sqlite3.Connection, row: sqlite3.Row | None) -> Response:
    if row is None:
        raise Refused("RESOURCE_NOT_EXISTS", "退款单不存在")
    return pay_envelope.answer(collector_refunds.told(db, row))


def _told(world: World, order: sqlite3.Row | None, db: sqlite3.Connection) -> Response:
    if order is None:
        raise Refused("ORDER_NOT_EXIST")
    return pay_envelope.answer(collector.told(world, db, order))


def _bill(world: World, db: sqlite3.Connection) -> Response:
    day, packed = request.args.get("bill_date", ""), request.args.get("tar_type", "")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", day, re.ASCII) or packed not in ("", "GZIP"):
        raise Refused("PARAM_ERROR")
    if request.args.get("bill_type", "ALL") != "ALL":
        raise Refused("PARAM_ERROR", "沙盒只出全部订单的账单")
    text = collector_bill.bill(db, world.config.collector.mch_id, day, world.now(db))
    if not text:
        raise Refused("NO_STATEMENT_EXIST")
    how, token = collector.account(db)["spoil"], secrets.token_urlsafe(24)
    db.execute("UPDATE collector SET spoil = ''")
    content = collector_bill.spoiled(text, how).encode()
    digest = hashlib.sha1(content).hexdigest()  # noqa: S324  WeChat Pay's choice
    sent = content + b"\r\n" if how == "hash" else content
    row = {"token": token, "content": sent, "packed": packed == "GZIP", "made_at": world.now(db)}
    collector.insert(db, "collect_bill", row)
    host = "bills.example" if how == "host" else request.host
    url = f"https://{host}/v3/billdownload/file?token={token}"
    return pay_envelope.answer({"hash_type": "SHA1", "hash_value": digest, "download_url": url})


def _download(world: World, db: sqlite3.Connection) -> Response:
    row = db.execute(
        "SELECT * FROM collect_bill WHERE token = ? AND made_at > ?",
        (request.args.get("token", ""), world.now(db) - BILL_SECONDS),
    ).fetchone()
    if row is None:
        raise Refused("INVALID_REQUEST", "账单下载地址已失效")
    content = gzip.compress(row["content"]) if row["packed"] else row["content"]
    return Response(content, content_type="application/octet-stream")


def _by_number(db: sqlite3.Connection, number: str, asked: Fields) -> sqlite3.Row | None:
    _require_merchant(asked)
    return collector.find(db, number)


def _require_merchant(asked: Fields) -> None:
    if asked.get("mchid") != the_world().config.collector.mch_id:
        raise Refused("PARAM_ERROR", "商户号不正确")


def _body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        raise Refused("PARAM_ERROR", "请求体不是JSON") from error
    if not isinstance(body, dict):
        raise Refused("PARAM_ERROR", "请求体不是JSON对象")
    return body


def _object(body: Fields, name: str) -> dict[str, Any]:
    if not isinstance(body.get(name), dict):
        raise Refused("PARAM_ERROR", f"{name}缺失")
    return cast(dict[str, Any], body[name])


def _text(body: Fields, name: str, shape: re.Pattern[str] | None = None) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value or (shape and not shape.fullmatch(value)):
        raise Refused("PARAM_ERROR", f"{name}格式有误")
    return value


def _fen(amount: Fields, name: str) -> int:
    value = amount.get(name)
    if type(value) is not int or not 1 <= value <= MOST_FEN:
        raise Refused("PARAM_ERROR", f"{name}须为正整数，单位为分")
    return value


def _address(url: str) -> str:
    """WeChat Pay takes https only; a product on this machine may do without."""
    target = urlsplit(url)
    near = target.scheme == "http" and target.hostname == "127.0.0.1"
    if not (target.scheme == "https" or near) or target.query or len(url) > MOST_URL:
        raise Refused("PARAM_ERROR", "notify_url格式有误")
    return url


def _expiry(text: str) -> float | None:
    if not text:
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", text, re.ASCII):
        raise Refused("PARAM_ERROR", "time_expire格式有误")
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise Refused("PARAM_ERROR", "time_expire格式有误") from error
