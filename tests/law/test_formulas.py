"""Formulas are parsed, not executed; exact but for divisions, and right about halves all the same."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.law.formulas import CONTEXT, FormulaError, evaluate_formula, rounding

D = Decimal


def value(formula: str, **inputs: Decimal | str | int) -> Decimal:
    return evaluate_formula(formula, {name: D(one) for name, one in inputs.items()})


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("-2 - 3", "-5"),
        ("7 / 2", "3.5"),
        ("min(3, 1, 2)", "1"),
        ("max(3, 1, 2)", "3"),
        ("floor_months(723, 12)", "720"),
        ("floor_months(3, 4)", "0"),
        ("floor_months(-1, 12)", "-12"),
        ("grow(1000, 1 / 10, 2)", "1210"),
        ("grow(1000, 1 / 10, 0)", "1000"),
        ("round_fen_half_up(5 / 2)", "3"),
        ("round_fen_half_up(-5 / 2)", "-3"),
        ("round_half_up(503 / 12, 4)", "41.9167"),
        ("round_half_up(5 / 10, 0)", "1"),
    ],
)
def test_what_a_formula_gives(formula: str, expected: str) -> None:
    assert value(formula) == D(expected)


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "1 +",
        "0.5",
        "1e3",
        "'a'",
        "True",
        "None",
        "2 ** 3",
        "7 // 2",
        "7 % 2",
        "1 if 1 else 2",
        "[1]",
        "(1, 2)",
        "+1",
        "not 1",
        "1 < 2",
        "lambda: 1",
        "abs(1)",
        "min(1)",
        "round_fen_half_up(1, 2)",
        "min(*values)",
        "min(1, b=2)",
        "__import__('os').getcwd()",
        "(1).real",
        "min.__globals__",
        "(lambda: 1)()",
        "1; 2",
        "x := 1",
        "(x := 1)",
        "f'{1}'",
        "1 / 0",
        "0 / 0",
        "round_half_up(1, 1 / 2)",
        "round_half_up(1, 11)",
        "floor_months(1, 0)",
        "floor_months(1 / 2, 1)",
        "floor_months(12001, 1)",
        "grow(1, 1, 151)",
        "grow(1, 1, 1 / 2)",
        "grow(1, 1, -1)",
        "9" * 5000,
        "-" * 7000 + "1",
        "+".join("1" * 3500),
        "(" * 300 + "1" + ")" * 300,
        "1" + " " * 8000,
    ],
)
def test_anything_else_is_refused(formula: str) -> None:
    with pytest.raises(FormulaError):
        value(formula)


def test_the_inputs_are_those_of_the_formula() -> None:
    assert value("wage * 2", wage=3) == 6
    for inputs in ({}, {"wage": 1, "other": 2}, {"other": 2}):
        with pytest.raises(FormulaError, match="uses"):
            value("wage * 2", **inputs)


@pytest.mark.parametrize("formula", ["a", "a * 2", "round_fen_half_up(a)"])
@pytest.mark.parametrize("bad", [0.5, 1, True, "1"])
def test_only_decimals_are_computed_with(formula: str, bad: object) -> None:
    with pytest.raises(TypeError):
        evaluate_formula(formula, {"a": bad})  # type: ignore[dict-item]


def test_rounding_is_named() -> None:
    assert rounding("round_fen_half_up(a / b)") == "四舍五入到分"
    assert rounding("round_half_up(a / max(b, 12), 4)") == "四舍五入到4位小数"
    assert rounding("a + round_fen_half_up(b)") == "四舍五入到分"
    assert rounding("a + b") == "不取整"


def test_a_division_that_does_not_come_out_even_is_carried_to_50_digits() -> None:
    third = value("1 / 3")
    assert third == D("0." + "3" * 50)
    assert CONTEXT.prec == 50


@given(st.integers(1, 10**12), st.integers(1, 10**6))
def test_a_part_taken_back_is_the_whole_again_even_on_a_half(units: int, parts: int) -> None:
    """(a + 1/2) / n x n is a + 1/2 and rounds up, although a third times three falls short of one."""
    half = D(units) + D("0.5")
    assert value("round_fen_half_up(half / parts * parts)", half=half, parts=parts) == units + 1


amounts = st.integers(0, 10**14).map(D)
rates = st.integers(0, 10**6).map(lambda one: D(one).scaleb(-6))
wholes = st.integers(1, 1000).map(D)


@given(amounts, amounts, rates, wholes, wholes)
def test_agrees_with_exact_fractions(a: Decimal, b: Decimal, rate: Decimal, m: Decimal, n: Decimal) -> None:
    got = value("round_fen_half_up(a * rate + (a * m + b) * rate / n)", a=a, b=b, rate=rate, m=m, n=n)
    exact = Fraction(a) * Fraction(rate) + (Fraction(a) * Fraction(m) + Fraction(b)) * Fraction(
        rate
    ) / Fraction(n)
    assert got == (2 * exact + 1) // 2


@given(amounts, rates, st.integers(0, 60))
def test_growth_agrees_with_exact_fractions(amount: Decimal, rate: Decimal, years: int) -> None:
    got = value("round_fen_half_up(grow(amount, rate, years))", amount=amount, rate=rate, years=years)
    exact = Fraction(amount) * (1 + Fraction(rate)) ** years
    assert abs(got - D((2 * exact + 1) // 2)) <= (0 if years < 7 else 1)
