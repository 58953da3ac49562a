"""Figures that explain themselves.

    Figure("personal", "个人账户养老金", Unit.FEN, "round_fen_half_up(account / months)",
           {"account": Given("个人账户储存额", Fen(22378686), Unit.FEN, "个人账户"), "months": parameter})

The value of a figure is its formula evaluated over its inputs: given numbers, parameters of the law, other
figures. So its explanation cannot say anything else than what was computed. It goes out as JSON and can be
evaluated again from there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from backend.kernel.money import Fen
from backend.law.book import Parameter
from backend.law.formulas import FormulaError, evaluate_formula, rounding, worded
from backend.law.units import Number, Unit, bare_text, decimal_of, in_unit, plain, text

DEEPEST = 200
NUMBER = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?")


class BadExplanation(ValueError):
    """JSON that is no explanation of a figure."""


@dataclass(frozen=True)
class Given:
    """A number that came from outside the law: `origin` says from where.

    Raises TypeError for anything but Decimal and int, ValueError for a fraction of a fen.
    """

    label: str
    value: Number
    unit: Unit
    origin: str
    provisional: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", in_unit(decimal_of(self.value), self.unit))

    def as_dict(self) -> dict[str, object]:
        """For JSON: the number as a string, money in fen."""
        return {
            "kind": "given",
            "label": self.label,
            "value": plain(decimal_of(self.value)),
            "text": text(self.value, self.unit),
            "unit": self.unit.value,
            "origin": self.origin,
            "provisional": self.provisional,
        }


def counted(label: str, count: int, unit: Unit, origin: str) -> Given:
    """A whole number of months, years or the like as an input; raises TypeError for anything but an int."""
    return Given(label, decimal_of(Fen(count)), unit, origin)


@dataclass(frozen=True)
class Figure:
    """A computed number with its formula and inputs; `source` is where the formula is written.

    Raises FormulaError when the formula has no value, ValueError when money would not be whole fen.
    """

    key: str
    label: str
    unit: Unit
    formula: str
    inputs: Mapping[str, Input]
    source: str = ""
    value: Number = field(init=False)

    def __post_init__(self) -> None:
        numbers = {name: number(one) for name, one in self.inputs.items()}
        object.__setattr__(self, "value", in_unit(evaluate_formula(self.formula, numbers), self.unit))

    @property
    def provisional(self) -> bool:
        """Whether anything that it was computed from is provisional."""
        return any(one.provisional for one in self.inputs.values())

    @property
    def in_words(self) -> str:
        """The formula for people, with what its inputs are called."""
        return worded(self.formula, {name: one.label for name, one in self.inputs.items()})

    @property
    def in_numbers(self) -> str:
        """The formula for people, with its inputs as numbers; money in yuan."""
        return worded(
            self.formula, {name: bare_text(number(one), one.unit) for name, one in self.inputs.items()}
        )

    @property
    def rounding(self) -> str:
        """How the formula rounds, in Chinese."""
        return rounding(self.formula)

    def as_dict(self) -> dict[str, object]:
        """The whole explanation for JSON: numbers as strings, money in fen."""
        return {
            "kind": "figure",
            "key": self.key,
            "label": self.label,
            "value": plain(decimal_of(self.value)),
            "text": text(self.value, self.unit),
            "unit": self.unit.value,
            "formula": self.formula,
            "in_words": self.in_words,
            "in_numbers": self.in_numbers,
            "rounding": self.rounding,
            "source": self.source,
            "provisional": self.provisional,
            "inputs": {name: one.as_dict() for name, one in self.inputs.items()},
        }


Input = Given | Parameter | Figure
"""What a figure can be computed from."""


def number(one: Input) -> Decimal:
    """An input as Decimal, money in fen; raises TypeError for a table of the law."""
    return one.number() if isinstance(one, Parameter) else decimal_of(one.value)


def evaluate(explanation: Mapping[str, object]) -> Number:
    """The value of an explanation that came back as JSON, computed anew from the numbers at its leaves.

    Raises BadExplanation when it is none.
    """
    try:
        return in_unit(_value(explanation, 0), Unit(_text(explanation, "unit")))
    except (FormulaError, ValueError) as error:
        raise BadExplanation(str(error)) from error


def _value(node: object, depth: int) -> Decimal:
    if not isinstance(node, Mapping) or depth > DEEPEST:
        raise BadExplanation("no explanation, or too deep a one")
    value = _computed(node, depth) if node.get("kind") == "figure" else _written(node)
    return decimal_of(in_unit(value, Unit(_text(node, "unit"))))


def _computed(node: Mapping[str, object], depth: int) -> Decimal:
    inputs = node.get("inputs")
    if not isinstance(inputs, Mapping):
        raise BadExplanation("a figure without inputs")
    values = {str(name): _value(one, depth + 1) for name, one in inputs.items()}
    return evaluate_formula(_text(node, "formula"), values)


def _written(node: Mapping[str, object]) -> Decimal:
    written = _text(node, "value")
    if not NUMBER.fullmatch(written):
        raise BadExplanation(f"{written[:60]!r} is no number")
    return Decimal(written)


def _text(node: Mapping[str, object], key: str) -> str:
    found = node.get(key)
    if not isinstance(found, str):
        raise BadExplanation(f"{key} is missing")
    return found
