"""What reconciliation needs from those who carry money: what they say happened on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from backend.kernel.errors import Conflict, NotFound
from backend.kernel.money import Fen


class BadDayFile(Conflict):
    """A day-end file that is cut short, or whose totals are not those of its lines; nothing of it is used."""

    code = "bad_day_file"
    title = "对账文件不完整或合计不符，请稍后重新下载"


class NoDayFile(NotFound):
    """The day's file is not there yet."""

    code = "no_day_file"
    title = "当日对账文件尚未生成"


@dataclass(frozen=True)
class Line:
    """One movement in a provider's books: `out` of our account, back `in`to it, or a `fee`.

    `number` is ours; `reference` the provider's own.
    """

    number: str
    reference: str
    direction: Literal["out", "in", "fee"]
    amount: Fen
    booked_at: datetime


class DayFiles(Protocol):
    """Fetches day-end files."""

    def lines(self, day: date) -> Sequence[Line]:
        """All movements of a day (Asia/Shanghai).

        Raises NoDayFile, BadDayFile, Unavailable.
        """
        ...
