"""WeChat's cash red packets, and the bill of what moved in the merchant's wallet."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import monotonic
from typing import Literal, TypeVar

from backend.gateways.wechat_bill import row_of, values
from backend.gateways.wechat_pay import HMAC_SHA256, NoAnswer, PayCalls, succeeded
from backend.kernel.calls import Note
from backend.kernel.clock import SHANGHAI, Clock, business_date
from backend.kernel.errors import Unavailable
from backend.kernel.local import network_address
from backend.kernel.money import Fen, fen_from_yuan, yuan_text
from backend.kernel.settings import Settings
from backend.payouts.ports import Answer, Inquiry, Instruction, Outcome, Reason
from backend.reconciliation.ports import BadDayFile, Line, NoDayFile

T = TypeVar("T")
SILENT_AT_MOST = 2
"""So many calls in a row may go unanswered before the rest of a batch is left for later."""
LONGEST_SECONDS = 60
"""So long a batch may take; a slow WeChat Pay must not outlast the lease of whoever carries it."""
FREQ_LIMIT = "FREQ_LIMIT"
UNKNOWN = Answer(Outcome.UNKNOWN)
AWAY = Answer(Outcome.DECLINED, reason=Reason.BUSY, retry_after=timedelta(seconds=30))
BUSY = Answer(Outcome.DECLINED, reason=Reason.BUSY, retry_after=timedelta(minutes=1))
UNKNOWN_FOR_NOW = Answer(Outcome.UNKNOWN, retry_after=timedelta(minutes=1))
REFUSALS: Mapping[str, Answer] = {
    "SEND_FAILED": Answer(Outcome.FAILED, reason=Reason.BUSY),
    "PARAM_ERROR": Answer(Outcome.FAILED, reason=Reason.REJECTED),
    "MONEY_LIMIT": Answer(Outcome.FAILED, reason=Reason.REJECTED),
    "OPENID_ERROR": Answer(Outcome.FAILED, reason=Reason.PAYEE),
    "NO_AUTH": Answer(Outcome.FAILED, reason=Reason.BLOCKED),
    "FATAL_ERROR": Answer(Outcome.CONFLICT),
    "NOTENOUGH": Answer(Outcome.DECLINED, reason=Reason.BALANCE, retry_after=timedelta(minutes=30)),
    "SENDNUM_LIMIT": Answer(Outcome.DECLINED, reason=Reason.LIMIT),
    "RCVDAMOUNT_LIMIT": Answer(Outcome.DECLINED, reason=Reason.LIMIT),
    "SENDAMOUNT_LIMIT": Answer(Outcome.DECLINED, reason=Reason.LIMIT),
    FREQ_LIMIT: BUSY,
    "PROCESSING": Answer(Outcome.UNKNOWN, retry_after=timedelta(minutes=20)),
}
"""What a refusal to send means; a code that is not here means nothing certain, as SYSTEMERROR does."""
ABOUT_US = {
    "API_METHOD_CLOSED",
    "CA_ERROR",
    FREQ_LIMIT,
    "ILLEGAL_APPID",
    "NOTENOUGH",
    "SENDAMOUNT_LIMIT",
    "SIGN_ERROR",
}
"""Refusals that no other packet would escape."""
STATES: Mapping[str, Answer] = {
    "SENDING": Answer(Outcome.ACCEPTED),
    "SENT": Answer(Outcome.ACCEPTED),
    "RECEIVED": Answer(Outcome.PAID),
    "FAILED": Answer(Outcome.FAILED, reason=Reason.REJECTED),
    "RFUND_ING": Answer(Outcome.ACCEPTED),
    "REFUND": Answer(Outcome.RETURNED),
}
BOOKED_AT = {Outcome.PAID: "send_time", Outcome.RETURNED: "refund_time"}
"""The wallet is charged when a packet is sent, not when it is opened."""
NOT_TOLD: Mapping[str, Answer] = {"NOT_FOUND": Answer(Outcome.NOT_FOUND), FREQ_LIMIT: UNKNOWN_FOR_NOW}
"""What a refusal to tell means."""
NO_BILL = {"NO_BILL_EXIST", "BILL_CREATING"}
DIRECTIONS: dict[str, Literal["out", "in"]] = {"支出": "out", "收入": "in"}
TOTALS_HEAD = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"


class RedPackets:
    """Implements PayoutProvider: a packet a call, to openids of the official account."""

    def __init__(self, settings: Settings, clock: Clock, note: Note | None = None) -> None:
        self._clock = clock
        self._mch_id = settings.wechat_pay_mch_id
        self._sender = fitting(settings.red_packet_sender, 32)
        self._calls = PayCalls(settings, note)

    def pay(self, instructions: Sequence[Instruction]) -> Sequence[Answer]:
        """See `PayoutProvider`."""
        return _each(instructions, self._send, AWAY, BUSY)

    def query(self, inquiries: Sequence[Inquiry]) -> Sequence[Answer]:
        """See `PayoutProvider`."""
        return _each(inquiries, self._ask, UNKNOWN, UNKNOWN_FOR_NOW)

    def _send(self, one: Instruction) -> Answer:
        """Raises NoAnswer."""
        purpose = fitting(one.purpose, 128) or self._sender
        said = self._calls.ask(
            "sendredpack",
            lambda client: client.redpack.send(
                one.payee.account,
                one.amount,
                self._sender,
                fitting(purpose, 32),
                purpose,
                purpose,
                client_ip=network_address(),
                out_trade_no=one.number,
            ),
        )
        self._require_about(said, one.number)
        if succeeded(said):
            return Answer(Outcome.ACCEPTED, said.get("send_listid") or None, amount=_amount(said))
        code = self._code("sendredpack", said)
        meant = replace(REFUSALS.get(code, UNKNOWN), code=code or None)
        return replace(meant, retry_after=self._until_tomorrow()) if meant.reason is Reason.LIMIT else meant

    def _ask(self, one: Inquiry) -> Answer:
        """Raises NoAnswer."""
        said = self._calls.ask("gethbinfo", lambda client: client.redpack.query(one.number))
        self._require_about(said, one.number)
        if not succeeded(said):
            code = self._code("gethbinfo", said)
            return replace(NOT_TOLD.get(code, UNKNOWN), code=code or None)
        status = _word(said.get("status"))
        meant = STATES.get(status, UNKNOWN)
        return replace(
            meant,
            reference=said.get("detail_id") or None,
            code=status or None,
            amount=_amount(said),
            settled_on=_day(said.get(BOOKED_AT.get(meant.outcome, ""))),
        )

    def _require_about(self, said: Mapping[str, str], number: str) -> None:
        """A signature alone would let the answer to one packet be played again for another."""
        if said.get("mch_billno") != number or said.get("mch_id") != self._mch_id:
            raise NoAnswer("another packet's answer", sent=True)

    def _code(self, api: str, said: Mapping[str, str]) -> str:
        code = _word(said.get("err_code"))
        if code in ABOUT_US:
            self._calls.refused(api, code)
        return code

    def _until_tomorrow(self) -> timedelta:
        now = self._clock.now()
        return datetime.combine(business_date(now) + timedelta(days=1), time(), SHANGHAI) - now


class WalletFlows:
    """Implements DayFiles out of the fund-flow bill, which is there on the morning after.

    WeChat Pay makes no bill for a day on which nothing moved.
    """

    def __init__(self, settings: Settings, note: Note | None = None) -> None:
        self._calls = PayCalls(settings, note)

    def lines(self, day: date) -> Sequence[Line]:
        """See `DayFiles`."""
        api = "downloadfundflow"
        try:
            content = self._calls.fetch(api, lambda client: client.tools.download_fundflow(day))
            if not content.lstrip().startswith(b"<xml"):
                return read_bill(content, day)
            code = _word(self._calls.believed(api, content, HMAC_SHA256).get("err_code"))
        except NoAnswer:
            raise Unavailable from None
        if code in NO_BILL:
            raise NoDayFile
        self._calls.refused(api, code)
        raise Unavailable


def read_bill(content: bytes, day: date) -> Sequence[Line]:
    """The movements in a bill; raises BadDayFile unless its lines and its totals agree in everything."""
    try:
        head, *details, totals_head, totals = content.decode("utf-8-sig").rstrip("\r\n").split("\n")
        rows = [row_of(head, one) for one in details]
        lines = [_line(one, day) for one in rows]
        whole = (
            totals_head.strip() == TOTALS_HEAD
            and [re.sub(r"\.0$", "", one) for one in values(totals)] == _totals(rows)
            and len({one["资金流水单号"] for one in rows}) == len(rows)
        )
    except (ValueError, KeyError, ArithmeticError):
        raise BadDayFile from None
    if not whole:
        raise BadDayFile
    return lines


def fitting(text: str, most: int) -> str:
    """A text in at most so many bytes, on one line, without what would break the XML that wechatpy writes."""
    plain = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return plain.replace("]]>", "]] >").encode()[:most].decode(errors="ignore").strip()


def _each(items: Sequence[T], call: Callable[[T], Answer], unsent: Answer, busy: Answer) -> list[Answer]:
    """An answer for each: the rest is `unsent` after silence or too long, `busy` when there were too many."""
    answers: list[Answer] = []
    silent, until = 0, monotonic() + LONGEST_SECONDS
    for one in items:
        try:
            said, silent = call(one), 0
        except NoAnswer as silence:
            said, silent = UNKNOWN if silence.sent else unsent, silent + 1
        answers.append(said)
        if said.code == FREQ_LIMIT or silent == SILENT_AT_MOST or monotonic() > until:
            break
    rest = busy if answers and answers[-1].code == FREQ_LIMIT else unsent
    return [*answers, *[rest] * (len(items) - len(answers))]


def _amount(said: Mapping[str, str]) -> Fen | None:
    told = said.get("total_amount", "")
    return Fen(int(told)) if re.fullmatch(r"[0-9]{1,12}", told) else None


def _word(told: str | None) -> str:
    """A code of theirs; anything that does not look like one could name somebody, and is none."""
    return told if told and re.fullmatch(r"[A-Z_]{1,40}", told) else ""


def _day(told: str | None) -> date | None:
    try:
        return date.fromisoformat((told or "")[:10])
    except ValueError:
        return None


def _line(row: Mapping[str, str], day: date) -> Line:
    """Raises ValueError, KeyError or ArithmeticError."""
    booked_at = datetime.fromisoformat(row["记账时间"]).replace(tzinfo=SHANGHAI)
    direction = DIRECTIONS[row["收支类型"]]
    if booked_at.date() != day or not row["微信支付业务单号"]:
        raise ValueError(row["资金流水单号"])
    return Line(
        number=row["业务凭证号"],
        reference=row["微信支付业务单号"],
        direction="fee" if direction == "out" and "手续费" in row["业务类型"] else direction,
        amount=_fen(row),
        booked_at=booked_at,
    )


def _fen(row: Mapping[str, str]) -> Fen:
    told = row["收支金额（元）"]
    if not re.fullmatch(r"[0-9]+\.[0-9]{2}", told):
        raise ValueError(told)
    return fen_from_yuan(Decimal(told))


def _totals(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """The totals line that lines make, but for the `.0` that WeChat Pay writes after its counts."""
    told = [str(len(rows))]
    for way in ("收入", "支出"):
        amounts = [_fen(row) for row in rows if row["收支类型"] == way]
        told += [str(len(amounts)), yuan_text(Fen(sum(amounts)))]
    return told
