"""The book of law: every parameter with the days for which it holds, and where it is written.

A parameter is looked up for a day. Where no record covers the day there is no value; none is carried forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.law.units import Number, Unit, decimal_of, plain, text

EARLIEST = date(1992, 1, 1)
LATEST = date(2100, 12, 31)
"""Personal accounts began in the 1990s (国发〔1991〕33号); a day outside is a slip of the pen."""


class ParameterMissing(Conflict):
    """No value of a parameter covers a day: not published yet, or never loaded."""

    code = "parameter_missing"
    title = "所需的政策参数尚未公布或尚未录入，暂时不能计算"

    def __init__(self, name: str, label: str, on: date, reason: str = "") -> None:
        because = f"：{reason}" if reason else ""
        super().__init__(f"缺少“{label}”（{name}）在{on.year}年{on.month}月{on.day}日的数值{because}")
        self.name = name
        self.on = on


class UnknownParameter(NotFound):
    """There is no parameter of that name."""

    code = "unknown_parameter"
    title = "没有这项政策参数"


class DayOutOfRange(Invalid):
    """A day for which no law of ours could hold."""

    code = "day_out_of_range"
    title = f"日期应在{EARLIEST.year}年到{LATEST.year}年之间"


@dataclass(frozen=True)
class Gap:
    """Days without a value that somebody knows of, `until` not included, and why."""

    since: date
    until: date
    note: str


@dataclass(frozen=True)
class Parameter:
    """A value of the law for the days from `since` up to, and without, `until`.

    `value` is money in fen, a Decimal, or a table of such by entry. `confirmed`: the bureau has compared it
    with the document. `provisional`: it stands in for one to come; what was decided by it is settled again.
    """

    name: str
    label: str
    value: Number | Mapping[str, Number]
    unit: Unit
    since: date
    until: date | None
    source: str
    confirmed: bool
    provisional: bool
    note: str = ""

    def covers(self, on: date) -> bool:
        """Whether the value holds on a day."""
        return self.since <= on and (self.until is None or on < self.until)

    def number(self) -> Decimal:
        """The value as Decimal, money in fen; raises TypeError for a table."""
        if isinstance(self.value, Mapping):
            raise TypeError(f"{self.name} is a table: ask for one of its entries")
        return decimal_of(self.value)

    def as_dict(self) -> dict[str, object]:
        """For JSON: numbers as strings, money in fen."""
        value = self.value
        return {
            "kind": "parameter",
            "name": self.name,
            "label": self.label,
            "value": {entry: plain(decimal_of(one)) for entry, one in value.items()}
            if isinstance(value, Mapping)
            else plain(decimal_of(value)),
            "text": "" if isinstance(value, Mapping) else text(value, self.unit),
            "unit": self.unit.value,
            "from": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "source": self.source,
            "confirmed": self.confirmed,
            "provisional": self.provisional,
            "note": self.note,
        }


@dataclass(frozen=True)
class Series:
    """All values of one parameter, oldest first, and the gaps that somebody knows of.

    `entries` has the Chinese names of a table's entries; an entry without one goes by itself, like an age.
    """

    name: str
    label: str
    records: tuple[Parameter, ...]
    gaps: tuple[Gap, ...]
    entries: Mapping[str, str]


class Book:
    """All parameters of the law."""

    def __init__(self, series: Mapping[str, Series]) -> None:
        self._series = dict(series)

    def names(self) -> tuple[str, ...]:
        """The names of all parameters, in alphabetical order."""
        return tuple(sorted(self._series))

    def series(self, name: str) -> Series:
        """All that the book says of a parameter; raises UnknownParameter."""
        if name not in self._series:
            raise UnknownParameter(name)
        return self._series[name]

    def history(self, name: str) -> tuple[Parameter, ...]:
        """All values of a parameter, oldest first; raises UnknownParameter."""
        return self.series(name).records

    def value(self, name: str, on: date, *, entry: str | None = None) -> Parameter:
        """The value of a parameter on a day, or one entry of its table.

        Raises ParameterMissing where none covers the day, DayOutOfRange, UnknownParameter.
        """
        series = self.series(name)
        if not EARLIEST <= on <= LATEST:
            raise DayOutOfRange(f"没有{on.year}年的政策参数")
        found = next((one for one in series.records if one.covers(on)), None)
        if found is None:
            gap = next((gap for gap in series.gaps if gap.since <= on < gap.until), None)
            raise ParameterMissing(name, series.label, on, gap.note if gap else "")
        return found if entry is None else _entry(found, series, entry, on)


def _entry(table: Parameter, series: Series, entry: str, on: date) -> Parameter:
    name = f"{table.name}.{entry}"
    label = f"{table.label}（{series.entries.get(entry, entry)}）"
    if not isinstance(table.value, Mapping) or entry not in table.value:
        raise ParameterMissing(name, label, on)
    return replace(table, name=name, label=label, value=table.value[entry])
