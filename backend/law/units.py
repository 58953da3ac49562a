"""What the numbers of the law count, and how a number is shown to people."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from backend.kernel.money import Fen, fen_from_yuan, yuan_text

Number = Decimal | Fen
"""Money is whole fen (int); everything else is Decimal."""


class Unit(StrEnum):
    """What a number counts."""

    NUMBER = "number"
    FEN = "fen"
    RATE = "rate"
    RATE_PER_DAY = "rate_per_day"
    MULTIPLE = "multiple"
    AGE = "age"
    YEARS = "years"
    MONTHS = "months"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    PEOPLE = "people"


_SUFFIXES = {
    Unit.NUMBER: "",
    Unit.FEN: " 元",
    Unit.RATE: "",
    Unit.RATE_PER_DAY: "（每日）",
    Unit.MULTIPLE: " 倍",
    Unit.AGE: " 周岁",
    Unit.YEARS: " 年",
    Unit.MONTHS: " 个月",
    Unit.DAYS: " 日",
    Unit.WORKING_DAYS: " 个工作日",
    Unit.PEOPLE: " 人",
}
_RATES = (Unit.RATE, Unit.RATE_PER_DAY)
_WHOLE = (Unit.MONTHS, Unit.DAYS, Unit.WORKING_DAYS, Unit.PEOPLE)


def decimal_of(number: Number) -> Decimal:
    """A number as Decimal, money in fen; raises TypeError for anything but int and Decimal."""
    if type(number) not in (int, Decimal):
        raise TypeError(f"{type(number).__name__} is no number of the law: use Decimal, or int for fen")
    exact = Decimal(number)
    if not exact.is_finite():
        raise ValueError(f"{number} is no number")
    return exact


def in_unit(value: Decimal, unit: Unit) -> Number:
    """A computed value in its unit; raises ValueError for a fraction of a fen."""
    if unit is not Unit.FEN:
        return value
    if value != value.to_integral_value():
        raise ValueError(f"{value} fen: an amount is rounded by name")
    return Fen(int(value))


def from_law_text(value: Decimal, unit: Unit) -> Number:
    """A number of a YAML file, where money is in yuan; raises ValueError when its unit forbids it."""
    if unit is Unit.FEN:
        return fen_from_yuan(value)
    if unit in _RATES and value > 1:
        raise ValueError(f"{value} is no rate: 8 % is written 0.08")
    if unit in _WHOLE and value != value.to_integral_value():
        raise ValueError(f"{value} is no whole number of {unit}")
    return value


def plain(value: Decimal) -> str:
    """A Decimal without exponent and without zeros that say nothing."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def text(number: Number, unit: Unit) -> str:
    """A number for people: `8131.00 元`, `8.31%`, `15.5 年`."""
    return bare_text(number, unit) + _SUFFIXES[unit]


def bare_text(number: Number, unit: Unit) -> str:
    """A number for people inside an expression, without its unit's name; money in yuan."""
    if unit is Unit.FEN:
        return yuan_text(Fen(int(number)))
    value = decimal_of(number)
    return f"{plain(value * 100)}%" if unit in _RATES else plain(value)
