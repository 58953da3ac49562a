"""The trade bill of WeChat Pay v3: what the collecting merchant was paid on a day, and gave back."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

from backend.gateways.wechat_bill import row_of
from backend.gateways.wechat_pay import NoAnswer
from backend.gateways.wechat_pay_v3 import V3Calls
from backend.kernel.calls import Note
from backend.kernel.clock import SHANGHAI, Clock
from backend.kernel.errors import Unavailable
from backend.kernel.money import Fen, fen_from_yuan
from backend.kernel.settings import WECHAT_PAY_OFFICIAL, Settings
from backend.reconciliation.ports import BadDayFile, Line, NoDayFile

NO_BILL = {"NO_STATEMENT_EXIST", "STATEMENT_CREATING"}
SUMS = {
    "应结订单总金额": "应结订单金额",
    "退款总金额": "退款金额",
    "充值券退款总金额": "充值券退款金额",
    "手续费总金额": "手续费",
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
}
"""Each total, and the column that it is the sum of."""
COUNT = "总交易单数"
NOT_GONE = {"CLOSED", "FAIL"}
"""A refund that ended so took nothing."""


class TradeBills:
    """Implements DayFiles. The bill is there on the morning after, by ten; a day without trade has none.

    A refund stands on the day on which it was taken on, not on which it arrived.
    """

    def __init__(self, settings: Settings, clock: Clock, note: Note | None = None) -> None:
        self._mch_id = settings.collector_mch_id
        self._calls = V3Calls(settings, clock, note)

    def lines(self, day: date) -> Sequence[Line]:
        """See `DayFiles`."""
        try:
            said = self._calls.ask("tradebill", lambda client: client.trade_bill(day.isoformat()))
            if said.code in NO_BILL:
                raise NoDayFile
            if said.code:
                raise Unavailable
            content = self._calls.fetch_file(_path(said.fields.get("download_url")))
        except NoAnswer:
            raise Unavailable from None
        if not _is_whole(said.fields, content):
            raise BadDayFile
        return read_trade_bill(content, self._mch_id, day)


def read_trade_bill(content: bytes, mch_id: str, day: date) -> Sequence[Line]:
    """The movements in a bill; raises BadDayFile unless its lines and its totals agree in everything."""
    try:
        head, *details, totals_head, totals = content.decode("utf-8-sig").rstrip("\r\n").split("\n")
        rows = [row_of(head, one) for one in details]
        told = row_of(totals_head, totals)
        lines = [_line(one, mch_id, day) for one in rows]
        whole = int(told[COUNT].removesuffix(".0")) == len(rows) and all(
            _yuan(told[total]) == sum(_yuan(one[column]) for one in rows) for total, column in SUMS.items()
        )
        names = {(one.direction, one.reference) for one in lines}
    except (ValueError, KeyError, ArithmeticError):
        raise BadDayFile from None
    if not whole or len(names) != len(lines):
        raise BadDayFile
    return [line for line, row in zip(lines, rows, strict=True) if row["退款状态"] not in NOT_GONE]


def _path(url: object) -> str:
    """Where a bill lies at WeChat Pay; an address elsewhere would be given a signature of ours. NoAnswer."""
    parts = urlsplit(url if isinstance(url, str) else "")
    if f"{parts.scheme}://{parts.netloc}" != WECHAT_PAY_OFFICIAL or not parts.path.startswith("/v3/"):
        raise NoAnswer("an address elsewhere", sent=True)
    return f"{parts.path}?{parts.query}"


def _is_whole(said: Mapping[str, Any], content: bytes) -> bool:
    digest = hashlib.sha1(content).hexdigest()  # noqa: S324  WeChat Pay's choice, and signed
    told = str(said.get("hash_value", "")).lower()
    return said.get("hash_type") == "SHA1" and hmac.compare_digest(digest.encode(), told.encode())


def _line(row: Mapping[str, str], mch_id: str, day: date) -> Line:
    """Raises ValueError, KeyError or ArithmeticError."""
    booked_at = datetime.fromisoformat(row["交易时间"]).replace(tzinfo=SHANGHAI)
    if booked_at.date() != day or row["商户号"] != mch_id or row["货币种类"] != "CNY":
        raise ValueError(row["微信订单号"])
    columns: dict[str, tuple[Literal["in", "out"], str, str, str]] = {
        "SUCCESS": ("in", "商户订单号", "微信订单号", "订单金额"),
        "REFUND": ("out", "商户退款单号", "微信退款单号", "申请退款金额"),
    }
    direction, number, reference, amount = columns[row["交易状态"]]
    if not row[number] or not row[reference]:
        raise ValueError(row["微信订单号"])
    return Line(row[number], row[reference], direction, _fen(row[amount]), booked_at)


def _fen(told: str) -> Fen:
    amount = fen_from_yuan(_yuan(told))
    if amount <= 0:
        raise ValueError(told)
    return amount


def _yuan(told: str) -> Decimal:
    """An amount as bills write it; fees have five decimals, and come back with a refund."""
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,5})?", told):
        raise ValueError(told)
    return Decimal(told)
