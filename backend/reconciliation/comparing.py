"""A whole day: the lines of a file beside the records of ours, without looking at anything else."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from backend.kernel.money import Fen
from backend.reconciliation.ports import Direction, Line, Record, Standing
from backend.reconciliation.rules import Told, Verdict, classify

Key = tuple[str, Direction]


@dataclass(frozen=True)
class Finding:
    """A difference with both its sides."""

    key: Key
    verdict: Verdict
    told: Told | None
    line: Line | None
    record: Record | None


@dataclass
class Totals:
    """How many movements there are each way, and their sums."""

    out_count: int = 0
    out_amount: int = 0
    in_count: int = 0
    in_amount: int = 0

    def add(self, direction: Direction, amount: int) -> None:
        """Counts one movement."""
        if direction == "out":
            self.out_count += 1
            self.out_amount += amount
        else:
            self.in_count += 1
            self.in_amount += amount


@dataclass(frozen=True)
class Comparison:
    """What came of a day; `fees` is what the provider took, in fen."""

    findings: Sequence[Finding]
    theirs: Totals
    ours: Totals
    fees: Fen


def key_of(line: Line) -> Key:
    """Which movement a line is about; one without a number of ours goes by the provider's."""
    return line.number or line.reference, "in" if line.direction == "in" else "out"


def by_key(records: Iterable[Record]) -> dict[Key, Record]:
    """Records by what names them."""
    return {(one.number, one.direction): one for one in records}


def compare(
    day: date, lines: Sequence[Line], known: Mapping[Key, Record], awaited: Collection[Key]
) -> Comparison:
    """Everything that does not fit between a day's lines and what is `known` of them.

    Of the known ones `awaited` are those whose absence from the file means something.
    """
    theirs, told, first = Totals(), dict[Key, Told](), dict[Key, Line]()
    fees = 0
    for line in lines:
        if line.direction == "fee":
            fees += line.amount
            continue
        key = key_of(line)
        theirs.add(key[1], line.amount)
        before = told.get(key)
        told[key] = (
            Told(Fen(before.amount + line.amount), before.lines + 1) if before else Told(line.amount, 1)
        )
        first.setdefault(key, line)
    findings = [
        Finding(key, verdict, told.get(key), first.get(key), known.get(key))
        for key in dict.fromkeys((*told, *awaited))
        if (verdict := classify(day, told.get(key), known.get(key)))
    ]
    return Comparison(findings, theirs, _ours(day, told, known), Fen(fees))


def _ours(day: date, told: Mapping[Key, Told], known: Mapping[Key, Record]) -> Totals:
    """What we believe moved on the day; of what is under way, only what was charged on it."""
    ours = Totals()
    for key, record in known.items():
        settled = record.state is Standing.SETTLED and record.settled_on == day
        if settled or (record.state is Standing.UNDER_WAY and key in told):
            ours.add(record.direction, record.amount)
    return ours


def digest(lines: Sequence[Line]) -> str:
    """The same for the same movements in any order; says whether a provider gave another file."""
    said = sorted(
        f"{one.number}|{one.reference}|{one.direction}|{one.amount}|{one.booked_at.isoformat()}"
        for one in lines
    )
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
