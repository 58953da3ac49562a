"""The bank's day-end files: fetched, checked to the last fen, and only then believed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

import structlog

from backend.gateways.bank import BankCalls, NoAnswer
from backend.gateways.bank_signing import Signer, digest
from backend.kernel.calls import Note
from backend.kernel.clock import Clock, business_date
from backend.kernel.errors import Unavailable
from backend.kernel.money import Fen
from backend.reconciliation.ports import BadDayFile, Line, NoDayFile

log = structlog.get_logger()
VERSION = "1"
NOT_YET = "3003"
DIRECTIONS: dict[str, Literal["out", "in"]] = {"D": "out", "C": "in"}


class BankDayFiles:
    """Implements DayFiles."""

    def __init__(
        self, url: str, client_id: str, signer: Signer, clock: Clock, note: Note | None = None
    ) -> None:
        self._client_id = client_id
        self._algorithm = signer.algorithm
        self._calls = BankCalls(url, client_id, signer, clock, note)

    def lines(self, day: date) -> Sequence[Line]:
        """See `DayFiles`."""
        try:
            reply = self._calls.post("/bank/v1/day-end", {"date": day.isoformat()})
            told = reply.headers.get("X-Bank-File-Digest")
            if told is None:
                self._refused(reply.fields().get("code"))
        except NoAnswer as silence:
            log.warning("bank did not answer", why=str(silence), sent=silence.sent)
            raise Unavailable from None
        if told != digest(self._algorithm, reply.content):
            raise BadDayFile
        return read_day_file(reply.content, self._client_id, day)

    def _refused(self, code: object) -> None:
        if code == NOT_YET:
            raise NoDayFile
        self._calls.refused(code)
        raise Unavailable


def read_day_file(content: bytes, client_id: str, day: date) -> Sequence[Line]:
    """The movements in a file; raises BadDayFile unless its head, lines and trailer agree in everything."""
    try:
        head, *details, trailer, end = content.decode().split("\n")
        lines = [_line(one, day) for one in details]
        sums = {way: sum(one.amount for one in lines if one.direction == way) for way in ("out", "in")}
        whole = (
            end == ""
            and head.split("|")[:4] == ["H", VERSION, client_id, day.isoformat()]
            and trailer == f"T|{len(lines)}|{sums['out']}|{sums['in']}"
            and len({one.reference for one in lines}) == len(lines)
        )
    except (ValueError, KeyError):
        raise BadDayFile from None
    if not whole:
        raise BadDayFile
    return lines


def _line(text: str, day: date) -> Line:
    """One detail line; raises ValueError or KeyError."""
    kind, reference, number, amount, at = text.split("|")
    booked_at = datetime.fromisoformat(at)
    plain = amount.isascii() and amount.isdigit() and int(amount) > 0
    if not (reference and number and plain) or booked_at.tzinfo is None or business_date(booked_at) != day:
        raise ValueError(text)
    return Line(number, reference, DIRECTIONS[kind], Fen(int(amount)), booked_at)
