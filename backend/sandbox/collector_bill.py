"""The trade bill of the collecting merchant: payments and refunds of a day, totals, and ways to be wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from backend.sandbox.wallet import yuan
from backend.sandbox.world import CHINA, iso

TABLES = (
    """CREATE TABLE IF NOT EXISTS collect_bill (
    token TEXT PRIMARY KEY, content BLOB NOT NULL, packed INTEGER NOT NULL, made_at REAL NOT NULL)""",
)
HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS_HEAD = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
SPOILS = ("cut", "totals", "line", "hash", "host")
"""How a bill may be wrong: its end is missing, its totals, a line; its digest; where it is to be fetched."""
NO_FEE = "0.00000"
RATE = "0.00%"


def bill(db: sqlite3.Connection, mch_id: str, day: str, now: float) -> str:
    """The bill of a day (2026-05-01) that is over; "" when there is none."""
    try:
        start = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=CHINA)
    except ValueError:
        return ""
    end = start + timedelta(days=1)
    if end.timestamp() > now:
        return ""  # a bill that could still grow would be no bill
    span = (start.timestamp(), end.timestamp())
    payments = db.execute("SELECT * FROM collect_order WHERE paid_at >= ? AND paid_at < ?", span).fetchall()
    refunds = db.execute(
        "SELECT o.*, r.number AS refund_number, r.refund_id, r.amount AS refunded, r.status,"
        " r.created_at AS refunded_at FROM collect_refund r JOIN collect_order o ON o.number = r.order_number"
        " WHERE r.created_at >= ? AND r.created_at < ?",
        span,
    ).fetchall()
    lines = [(row["paid_at"], _payment(row, mch_id)) for row in payments]
    lines += [(row["refunded_at"], _refund(row, mch_id)) for row in refunds]
    if not lines:
        return ""
    paid, back = sum(row["amount"] for row in payments), sum(row["refunded"] for row in refunds)
    totals = [str(len(lines)), yuan(paid), yuan(back), "0.00", NO_FEE, yuan(paid), yuan(back)]
    return "\r\n".join([HEAD, *(line for _, line in sorted(lines)), TOTALS_HEAD, _row(totals), ""])


def spoiled(text: str, how: str) -> str:
    """A bill as it comes out on a bad day, with the digest of that."""
    lines = text.split("\r\n")
    if how == "cut":
        return text[: len(text) // 2]
    if how == "totals":
        return text.replace(lines[-2], lines[-2] + "1")
    if how == "line":
        return "\r\n".join([lines[0], *lines[2:]])
    return text


def _payment(row: sqlite3.Row, mch_id: str) -> str:
    amount = yuan(row["amount"])
    refund = ["0", "0", "0.00", "0.00", "", ""]
    return _line(row, mch_id, row["paid_at"], "SUCCESS", amount, refund, "0.00")


def _refund(row: sqlite3.Row, mch_id: str) -> str:
    amount = yuan(row["refunded"])
    refund = [row["refund_id"], row["refund_number"], amount, "0.00", "ORIGINAL", row["status"]]
    return _line(row, mch_id, row["refunded_at"], "REFUND", "0.00", refund, amount)


def _line(
    row: sqlite3.Row, mch_id: str, at: float, state: str, amount: str, refund: Iterable[str], applied: str
) -> str:
    who = [row["appid"], mch_id, "0", "", row["transaction_id"], row["number"], row["openid"]]
    what = ["JSAPI", state, "OTHERS", "CNY", amount, "0.00", *refund, row["description"], row["attach"]]
    return _row([iso(at)[:19].replace("T", " "), *who, *what, NO_FEE, RATE, amount, applied, ""])


def _row(values: Iterable[str]) -> str:
    """Each value behind a backtick, which keeps spreadsheets from reading numbers; none has one inside."""
    return ",".join("`" + value.replace("`", "") for value in values)
