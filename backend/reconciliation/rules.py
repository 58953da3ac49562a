"""What a line of a day-end file and a record of ours mean together.

Lines of one number and direction are looked at as one; fees belong to no record and are only added up. The
first row that fits decides, the graver ones come first:

| the file of a day has | we believe             | kind      | what happens                                  |
|-----------------------|------------------------|-----------|-----------------------------------------------|
| several lines         | anything               | duplicate | a person: money may have moved twice          |
| a line                | nothing                | extra     | a person: not by us, or lost by us            |
| another amount        | anything               | amount    | its room is told; a person                    |
| a line                | it did not move        | state     | its room is told; a person                    |
| a line                | open for 30 days       | too_old   | a person: nobody can be asked any more        |
| a line                | open                   | state     | its room is told, and takes it for the answer |
| a line                | settled on another day | late      | matched when at most 3 days lie between       |
| a line                | settled, or under way  | -         | agreed                                        |
| no line               | settled on that day    | missing   | a line of the next days matches, or a person  |
| no line               | open for 30 days       | too_old   | a person                                      |
| no line               | anything else          | -         | nothing is to be expected                     |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from backend.kernel.money import Fen
from backend.reconciliation.ports import Record, Standing

DayState = Literal["waiting", "fetched", "clean", "differences", "closed"]
DAY_STATES: tuple[DayState, ...] = get_args(DayState)
Kind = Literal["duplicate", "extra", "amount", "state", "too_old", "late", "missing"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DifferenceState = Literal["open", "mended", "resolved"]
DIFFERENCE_STATES: tuple[DifferenceState, ...] = get_args(DifferenceState)
APART = timedelta(days=3)
"""So far a provider's accounting date and ours may lie apart and still be the same movement."""
ASKABLE = timedelta(days=30)
"""So long providers answer questions about a number (WeChat Pay); after it only files tell."""


@dataclass(frozen=True)
class Told:
    """What a file says of one number in one direction: the sum of its lines, and how many there are."""

    amount: Fen
    lines: int


@dataclass(frozen=True)
class Verdict:
    """A difference: `matched` by itself, or to be `told` to the room that keeps the record."""

    kind: Kind
    matched: bool = False
    told: bool = False


def classify(day: date, told: Told | None, record: Record | None) -> Verdict | None:
    """What is wrong between the file of a day and a record, or None when they agree."""
    if told is None:
        return _without_line(day, record)
    if told.lines > 1:
        return Verdict("duplicate")
    if record is None:
        return Verdict("extra")
    if told.amount != record.amount:
        return Verdict("amount", told=True)
    return _same_amount(day, record)


def _same_amount(day: date, record: Record) -> Verdict | None:
    match record.state:
        case Standing.NOT_MOVED:
            return Verdict("state", told=True)
        case Standing.OPEN:
            return Verdict("too_old") if _beyond_asking(day, record) else Verdict("state", told=True)
        case Standing.SETTLED if record.settled_on not in (None, day):
            return Verdict("late", matched=_near(day, record))
    return None


def _without_line(day: date, record: Record | None) -> Verdict | None:
    if record is None:
        return None
    if record.state is Standing.SETTLED:
        return Verdict("missing") if record.settled_on == day else None
    unsure = record.state in (Standing.OPEN, Standing.UNDER_WAY)
    return Verdict("too_old") if unsure and _beyond_asking(day, record) else None


def _beyond_asking(day: date, record: Record) -> bool:
    return record.sent_on is not None and day - record.sent_on >= ASKABLE


def _near(day: date, record: Record) -> bool:
    return record.settled_on is not None and abs(day - record.settled_on) <= APART
