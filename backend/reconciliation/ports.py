"""What reconciliation needs from both sides: those who carry money say what happened on a day, the rooms
that have it carried say what they believe.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Literal, Protocol
from uuid import UUID

from backend.kernel.db import Work
from backend.kernel.errors import Conflict, NotFound
from backend.kernel.money import Fen

Direction = Literal["out", "in"]


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
    direction: Direction | Literal["fee"]
    amount: Fen
    booked_at: datetime


class DayFiles(Protocol):
    """Fetches day-end files."""

    def lines(self, day: date) -> Sequence[Line]:
        """All movements of a day (Asia/Shanghai).

        Raises NoDayFile, BadDayFile, Unavailable.
        """
        ...


class Standing(StrEnum):
    """What we believe of one movement."""

    SETTLED = "settled"
    """It moved, on `settled_on`, and the file of that day must have it."""
    UNDER_WAY = "under_way"
    """It may be in a file already and is not over: a red packet is charged before anybody opens it."""
    OPEN = "open"
    """It may have moved and we do not know: a line of it is the answer."""
    NOT_MOVED = "not_moved"
    """It did not move: failed, cancelled, or never sent. A line of it contradicts us."""


@dataclass(frozen=True)
class Record:
    """One movement as we know it; `number` and `direction` together name it.

    `settled_on` is the day of a SETTLED one in the provider's books, as far as it told us; `sent_on` the day
    on which the number was first sent. `subject_id` is the person whose money it is, `object_id` what it is
    in the room that keeps it.
    """

    number: str
    direction: Direction
    amount: Fen
    state: Standing
    settled_on: date | None
    sent_on: date | None
    agency_id: UUID
    subject_id: UUID | None
    object_id: UUID


class Records(Protocol):
    """What a room believes of what a provider carries for it. All of it is called inside a transaction."""

    def of_numbers(self, work: Work, numbers: Collection[str]) -> Sequence[Record]:
        """All that is known of numbers, each in every direction in which it could move.

        A payout that arrived is SETTLED out, and OPEN in: it may still come back. Thousands of numbers are
        asked about at once; those of others are passed over.
        """
        ...

    def of_day(self, work: Work, day: date) -> Sequence[Record]:
        """What is SETTLED on a day."""
        ...

    def unanswered(self, work: Work, sent_on: date) -> Sequence[Record]:
        """What was first sent on a day and is OPEN or UNDER_WAY still."""
        ...

    def learnt(self, work: Work, since: datetime) -> Mapping[date, datetime]:
        """Days for which something became SETTLED after an instant, and when last: to be looked at again."""
        ...

    def hear(self, work: Work, lines: Sequence[Line]) -> None:
        """Takes lines that do not fit its records as what the provider says now, by the way of any answer.

        It may be told of numbers that are not its own, and may be told twice. Who asked looks at
        `of_numbers` again to see what has become of them.
        """
        ...


@dataclass(frozen=True)
class Channel:
    """A provider whose files are compared with our records.

    `ready_by` (Asia/Shanghai) is when the file of the day before is there on an ordinary day. With
    `quiet_days` there is no file for a day on which nothing moved.
    """

    name: str
    label: str
    files: DayFiles
    records: Sequence[Records]
    ready_by: time = time(3)
    quiet_days: bool = False


class Channels:
    """The providers that are connected, by name."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self.by_name: Mapping[str, Channel] = {one.name: one for one in channels}

    @property
    def labels(self) -> Mapping[str, str]:
        """Their names for people."""
        return {one.name: one.label for one in self.by_name.values()}
