"""The fund-flow bill of WeChat Pay v2: every movement of a day, a totals line, and ways to have it wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from backend.sandbox.wallet import yuan
from backend.sandbox.world import CHINA, iso

HEAD = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,"
    "资金变更提交申请人,备注,业务凭证号"
)
TOTALS_HEAD = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
DIRECTIONS = {"in": "收入", "out": "支出"}
SPOILS = ("cut", "totals", "line")


def bill(db: sqlite3.Connection, mch_id: str, day: str, now: float) -> str:
    """The bill of a day (20260501) that is over; "" when there is none."""
    try:
        start = datetime.strptime(day, "%Y%m%d").replace(tzinfo=CHINA)
    except ValueError:
        return ""
    end = start + timedelta(days=1)
    if end.timestamp() > now:
        return ""  # a bill that could still grow would be no bill
    flows = db.execute(
        "SELECT * FROM wallet_flow WHERE at >= ? AND at < ? ORDER BY at, id",
        (start.timestamp(), end.timestamp()),
    ).fetchall()
    if not flows:
        return ""
    totals = [f"{len(flows)}.0"]
    for direction in DIRECTIONS:
        amounts = [flow["amount"] for flow in flows if flow["direction"] == direction]
        totals += [f"{len(amounts)}.0", yuan(sum(amounts))]
    return "\r\n".join([HEAD, *(_line(flow, mch_id, day) for flow in flows), TOTALS_HEAD, _row(totals), ""])


def spoiled(text: str, how: str) -> str:
    """A bill as it comes out on a bad day: cut short, with other totals, or with a line lost."""
    lines = text.split("\r\n")
    if how == "cut":
        return text[: len(text) // 2]
    if how == "totals":
        return text.replace(lines[-2], lines[-2] + "1")
    if how == "line":
        return "\r\n".join([lines[0], *lines[2:]])
    return text


def _line(flow: sqlite3.Row, mch_id: str, day: str) -> str:
    return _row(
        [
            iso(flow["at"])[:19].replace("T", " "),
            flow["listid"],
            f"{mch_id}{day}{flow['id']:010d}",
            flow["business"],
            flow["kind"],
            DIRECTIONS[flow["direction"]],
            yuan(flow["amount"]),
            yuan(flow["balance"]),
            "system",
            flow["remark"],
            flow["number"],
        ]
    )


def _row(values: Iterable[str]) -> str:
    """Each value behind a backtick, which keeps spreadsheets from reading numbers; none has one inside."""
    return ",".join("`" + value.replace("`", "") for value in values)
