"""Formulas of the law, evaluated from their text: what is shown to people is what is computed.

A formula has names, whole numbers, + - * / and the functions below, nothing else. It is parsed, not executed.

There is one decimal context, of 50 significant digits, for all formulas. Sums and products of what the law
knows fit in it exactly; only a division may not come out even. Before a value is rounded or cut it is brought
to 20 decimal places, so that a third times three is one again and falls on the right side of a half.
"""

from __future__ import annotations

import ast
import decimal
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

CONTEXT = Context(
    prec=50,
    rounding=ROUND_HALF_EVEN,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.FloatOperation],
)
SETTLED = Decimal("1E-20")
LONGEST = 8000
MOST_YEARS = 150
_SIGNS = {"*": "×", "/": "÷", "-": "−"}
_FUNCTION_WORDS = {
    "round_fen_half_up": "四舍五入到分",
    "round_half_up": "四舍五入",
    "floor_months": "向下取整到倍数",
    "grow": "逐年增长",
    "min": "较小者",
    "max": "较大者",
}
_TOKEN = re.compile(r"[a-z_][a-z0-9_]*|[*/-]")


class FormulaError(ValueError):
    """A formula that cannot be read, or has no value for its inputs."""


def round_half_up(value: Decimal, places: Decimal) -> Decimal:
    """Half up to `places` decimals: 四舍五入."""
    unit = CONTEXT.scaleb(Decimal(1), -_whole(places, 0, 10))
    return _settled(value).quantize(unit, ROUND_HALF_UP, CONTEXT)


def round_fen_half_up(value: Decimal) -> Decimal:
    """Half up to whole fen: 四舍五入到分."""
    return round_half_up(value, Decimal(0))


def floor_months(months: Decimal, step: Decimal) -> Decimal:
    """The greatest multiple of `step` that is not above `months`; both whole."""
    size = _whole(step, 1, 1200)
    steps = _settled(CONTEXT.divide(Decimal(_whole(months, -12000, 12000)), Decimal(size)))
    return CONTEXT.multiply(steps.to_integral_value(ROUND_FLOOR), Decimal(size))


def grow(amount: Decimal, rate: Decimal, years: Decimal) -> Decimal:
    """What `amount` becomes when it grows by `rate` a year for whole years."""
    return CONTEXT.multiply(
        amount, CONTEXT.power(CONTEXT.add(Decimal(1), rate), _whole(years, 0, MOST_YEARS))
    )


def least(*values: Decimal) -> Decimal:
    """The smallest."""
    return min(values)


def greatest(*values: Decimal) -> Decimal:
    """The largest."""
    return max(values)


FUNCTIONS: dict[str, tuple[int, int, Callable[..., Decimal]]] = {
    "round_fen_half_up": (1, 1, round_fen_half_up),
    "round_half_up": (2, 2, round_half_up),
    "floor_months": (2, 2, floor_months),
    "grow": (3, 3, grow),
    "min": (2, 10, least),
    "max": (2, 10, greatest),
}
"""What a formula may call: how many values at least, how many at most, and what it does with them."""

_OPERATIONS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: CONTEXT.add,
    ast.Sub: CONTEXT.subtract,
    ast.Mult: CONTEXT.multiply,
    ast.Div: CONTEXT.divide,
}


def evaluate_formula(formula: str, inputs: Mapping[str, Decimal]) -> Decimal:
    """The value of a formula over its inputs.

    Raises FormulaError for anything but the allowed grammar, for an input that the formula lacks or does not
    use, and where there is no value (a division by zero); TypeError for an input that is no Decimal.
    """
    if any(type(one) is not Decimal for one in inputs.values()):
        raise TypeError("a formula takes Decimal alone")
    tree = _parsed(formula)
    used = names(formula)
    if used != set(inputs):
        raise FormulaError(f"{formula}: the inputs are {sorted(inputs)}, the formula uses {sorted(used)}")
    try:
        return _value(tree, inputs)
    except (decimal.DecimalException, RecursionError) as error:
        raise FormulaError(f"{formula}: no value ({type(error).__name__})") from error


@lru_cache(maxsize=1024)
def names(formula: str) -> frozenset[str]:
    """The inputs that a formula uses."""
    return frozenset(
        node.id
        for node in ast.walk(_parsed(formula))
        if isinstance(node, ast.Name) and node.id not in FUNCTIONS
    )


@lru_cache(maxsize=1024)
def rounding(formula: str) -> str:
    """How a formula rounds, in Chinese."""
    found = []
    for node in ast.walk(_parsed(formula)):
        match node:
            case ast.Call(ast.Name("round_fen_half_up")):
                found.append("四舍五入到分")
            case ast.Call(ast.Name("round_half_up"), [_, ast.Constant(int(places))]):
                found.append(f"四舍五入到{places}位小数")
    return "；".join(dict.fromkeys(found)) or "不取整"


def worded(formula: str, words: Mapping[str, str]) -> str:
    """A formula for people, each name of an input replaced by what `words` says for it."""
    known = {**_SIGNS, **_FUNCTION_WORDS, **words}
    return _TOKEN.sub(lambda token: known[token[0]], formula)


@lru_cache(maxsize=1024)
def _parsed(formula: str) -> ast.expr:
    if len(formula) > LONGEST:
        raise FormulaError("the formula is too long")
    try:
        tree = ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError(f"{formula}: cannot be read") from error
    return tree


def _value(node: ast.expr, inputs: Mapping[str, Decimal]) -> Decimal:
    match node:
        case ast.BinOp(left, operator, right) if type(operator) in _OPERATIONS:
            return _OPERATIONS[type(operator)](_value(left, inputs), _value(right, inputs))
        case ast.UnaryOp(ast.USub(), operand):
            return CONTEXT.minus(_value(operand, inputs))
        case ast.Name(name) if name in inputs:
            return inputs[name]
        case ast.Constant(number) if type(number) is int:
            return Decimal(number)
        case ast.Call(ast.Name(name), arguments, []) if name in FUNCTIONS:
            fewest, most, function = FUNCTIONS[name]
            if fewest <= len(arguments) <= most:
                return function(*(_value(one, inputs) for one in arguments))
    raise FormulaError(f"{ast.unparse(node)} does not belong in a formula")


def _settled(value: Decimal) -> Decimal:
    return value.quantize(SETTLED, ROUND_HALF_EVEN, CONTEXT)


def _whole(value: Decimal, lowest: int, highest: int) -> int:
    if value != value.to_integral_value() or not lowest <= value <= highest:
        raise FormulaError(f"{value} is no whole number from {lowest} to {highest}")
    return int(value)
