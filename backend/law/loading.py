"""Reads the YAML files of the law, strictly: whatever is wrong is named with its file and line, all at once.

Numbers are written in quotes, so that no binary fraction comes between document and computation; money is in
yuan. The periods of a parameter neither overlap nor leave a hole, unless the hole is listed with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from backend.law.book import Book, Gap, Parameter, Series
from backend.law.sources import LawMistake, place, read_tree
from backend.law.units import Number, Unit, from_law_text

NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,10})?")
NAME = re.compile(r"[a-z][a-z0-9_]{1,59}")
UNITS = {"yuan": Unit.FEN} | {unit.value: unit for unit in Unit if unit is not Unit.FEN}

Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Gap(_Strict):
    since: date = Field(alias="from")
    until: date
    note: Text


class _Record(_Strict):
    since: date = Field(alias="from")
    until: date | None
    value: Text | dict[str, Text]
    source: Text
    confirmed: bool
    provisional: bool
    note: Text = ""


class _Series(_Strict):
    label: Text
    unit: Text
    entries: dict[str, Text] = {}
    gaps: list[_Gap] = []
    records: list[_Record] = Field(min_length=1)


_FILE = TypeAdapter(dict[str, _Series])


def load(folder: Path) -> Book:
    """The book in the YAML files of a folder; raises LawMistake."""
    return read({path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))})


def read(files: Mapping[str, str]) -> Book:
    """The book in YAML texts by file name; raises LawMistake, which names every mistake there is."""
    found: dict[str, Series] = {}
    mistakes: list[str] = []
    for name, text in files.items():
        try:
            for series in _read_file(name, text):
                if series.name in found:
                    mistakes.append(f"{name}: {series.name} stands in another file too")
                found[series.name] = series
        except LawMistake as mistake:
            mistakes += mistake.mistakes
    if mistakes:
        raise LawMistake(mistakes)
    return Book(found)


def _read_file(name: str, text: str) -> list[Series]:
    tree, lines = read_tree(name, text)
    try:
        parsed = _FILE.validate_python(tree)
    except ValidationError as error:
        raise LawMistake(
            [f"{place(name, lines, one['loc'])}: {_path(one['loc'])}: {one['msg']}" for one in error.errors()]
        ) from error
    mistakes: list[str] = []
    found = []
    for title, raw in parsed.items():
        wrong = [
            f"{place(name, lines, (title, *where))}: {title}: {what}" for where, what in _wrong(title, raw)
        ]
        mistakes += wrong
        if not wrong:
            found.append(_series(title, raw))
    if mistakes:
        raise LawMistake(mistakes)
    return found


_Found = tuple[tuple[str | int, ...], str]


def _wrong(name: str, raw: _Series) -> Iterator[_Found]:
    """Everything about a parameter that its form alone does not show, with where it stands."""
    if not NAME.fullmatch(name):
        yield (), "a name is lower case with underscores"
    if raw.unit not in UNITS:
        yield ("unit",), f"{raw.unit} is no unit; there are {', '.join(UNITS)}"
        return
    for number, record in enumerate(raw.records):
        where = ("records", number)
        for entry, text in _entries(record.value):
            try:
                _number(text, UNITS[raw.unit])
            except ValueError as error:
                yield (*where, "value", *entry), str(error)
        if record.provisional and record.confirmed:
            yield (*where, "confirmed"), "a provisional value cannot be confirmed"
        if raw.entries and set(raw.entries) != {entry[0] for entry, _ in _entries(record.value) if entry}:
            yield (*where, "value"), "the table has other entries than `entries` names"
        if record.until is not None and record.until <= record.since:
            yield (*where, "until"), f"ends on {record.until}, before it begins"
    yield from _wrong_periods(raw)


def _wrong_periods(raw: _Series) -> Iterator[_Found]:
    """Overlaps, holes that nobody listed, and listed holes that are none."""
    holes: set[tuple[date, date]] = set()
    for number, (earlier, later) in enumerate(zip(raw.records, raw.records[1:], strict=False), start=1):
        where = ("records", number, "from")
        if earlier.until is None or later.since < earlier.until:
            yield where, f"begins on {later.since}, while the record before still holds"
        elif later.since > earlier.until:
            holes.add((earlier.until, later.since))
            if not any((gap.since, gap.until) == (earlier.until, later.since) for gap in raw.gaps):
                hole = f"from {earlier.until} until {later.since}"
                yield where, f"nothing holds {hole}: fill it, or list it under gaps"
    for number, gap in enumerate(raw.gaps):
        if (gap.since, gap.until) not in holes:
            yield ("gaps", number), f"from {gap.since} until {gap.until} there is no hole"


def _entries(value: str | dict[str, str]) -> list[tuple[tuple[str, ...], str]]:
    """The numbers of a value, each with the path to it: one without path, or the entries of a table."""
    return [((), value)] if isinstance(value, str) else [((entry,), text) for entry, text in value.items()]


def _number(text: str, unit: Unit) -> Number:
    if not NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no number like 8131 or 0.014")
    return from_law_text(Decimal(text), unit)


def _series(name: str, raw: _Series) -> Series:
    unit = UNITS[raw.unit]
    records = tuple(
        Parameter(
            name=name,
            label=raw.label,
            value=_value(record.value, unit),
            unit=unit,
            since=record.since,
            until=record.until,
            source=record.source,
            confirmed=record.confirmed,
            provisional=record.provisional,
            note=record.note,
        )
        for record in raw.records
    )
    gaps = tuple(Gap(gap.since, gap.until, gap.note) for gap in raw.gaps)
    return Series(name, raw.label, records, gaps, MappingProxyType(dict(raw.entries)))


def _value(value: str | dict[str, str], unit: Unit) -> Number | Mapping[str, Number]:
    if isinstance(value, str):
        return _number(value, unit)
    return MappingProxyType({entry: _number(text, unit) for entry, text in value.items()})


def _path(loc: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in loc)
