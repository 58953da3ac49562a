"""A figure is what its explanation says: the value comes from the formula, also after a trip through JSON."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from backend.kernel.money import Fen
from backend.law.bases import BaseOutsideLimits, base_limits
from backend.law.book import ParameterMissing
from backend.law.figures import BadExplanation, Figure, Given, Input, evaluate
from backend.law.formulas import FormulaError
from backend.law.queries import law
from backend.law.units import Unit
from backend.law.wording import lines

D = Decimal


def fen(amount: int, **other: Any) -> Given:
    return Given("金额", Fen(amount), Unit.FEN, "测试", **other)


def num(text: str) -> Given:
    return Given("数", D(text), Unit.NUMBER, "测试")


def over_the_wire(figure: Figure) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(figure.as_dict(), ensure_ascii=False))
    return told


def test_the_value_is_the_formulas() -> None:
    figure = Figure("half", "一半", Unit.FEN, "round_fen_half_up(amount / 2)", {"amount": fen(5)})
    assert figure.value == 3
    assert type(figure.value) is int
    assert figure.rounding == "四舍五入到分"
    with pytest.raises(TypeError):
        Figure("half", "一半", Unit.FEN, "amount", {"amount": fen(5)}, value=9)  # type: ignore[call-arg]


def test_money_is_rounded_by_name_or_not_at_all() -> None:
    with pytest.raises(ValueError, match="rounded by name"):
        Figure("half", "一半", Unit.FEN, "amount / 2", {"amount": fen(5)})
    with pytest.raises(ValueError, match="rounded by name"):
        Given("金额", D("0.5"), Unit.FEN, "测试")


@pytest.mark.parametrize("bad", [0.5, 1.0, True, "1", None, 1j])
def test_only_int_and_decimal_are_numbers(bad: Any) -> None:
    for unit in (Unit.FEN, Unit.NUMBER):
        with pytest.raises(TypeError):
            Given("数", bad, unit, "测试")


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_no_number_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        num(bad)


def test_a_table_of_the_law_is_no_input() -> None:
    table = law().value("payout_months", date(2024, 1, 1))
    with pytest.raises(TypeError):
        Figure("x", "某数", Unit.NUMBER, "table", {"table": table})


def test_provisional_inputs_make_a_figure_provisional_through_any_depth() -> None:
    solid = Figure("a", "甲", Unit.FEN, "x", {"x": fen(1)})
    loose = Figure("b", "乙", Unit.FEN, "x", {"x": fen(1, provisional=True)})
    above = Figure("c", "丙", Unit.FEN, "a + b", {"a": solid, "b": loose})
    assert (solid.provisional, loose.provisional, above.provisional) == (False, True, True)
    assert above.as_dict()["provisional"] is True
    wages = [law().value("average_wage", date(year, 7, 1)) for year in (2025, 2026)]
    told = [Figure("d", "丁", Unit.FEN, "wage", {"wage": wage}).provisional for wage in wages]
    assert told == [False, True]


def test_an_explanation_is_complete() -> None:
    told = over_the_wire(base_limits(law(), date(2024, 7, 1)).floor)
    assert told["value"] == "487860"
    assert told["formula"] == "round_fen_half_up(wage * multiplier)"
    wage = told["inputs"]["wage"]
    assert {
        "kind": "parameter",
        "value": "813100",
        "unit": "fen",
        "from": "2024-01-01",
    }.items() <= wage.items()
    assert wage["until"] == "2025-01-01"
    assert wage["confirmed"] is True
    assert evaluate(told) == 487860


def test_an_explanation_in_chinese() -> None:
    told = "\n".join(lines(base_limits(law(), date(2026, 7, 1)).ceiling))
    assert told.startswith("缴费基数上限：24564.00 元（暂定）")
    assert "四舍五入到分(全省月平均工资 × 缴费基数上下限占月平均工资的倍数（上限）)" in told
    assert "四舍五入到分(8188.00 × 3)" in told
    assert "【暂定】【待核对】" in told


def test_base_limits_are_those_of_the_notices() -> None:
    limits = {year: base_limits(law(), date(year, 3, 1)) for year in (2024, 2025)}
    assert (limits[2024].floor.value, limits[2024].ceiling.value) == (487860, 2439300)
    assert (limits[2025].floor.value, limits[2025].ceiling.value) == (491280, 2456400)
    for base in (491280, 2456400):
        limits[2025].require(Fen(base))
    for base in (491279, 2456401, 0):
        with pytest.raises(BaseOutsideLimits, match=r"4912\.80 元至 24564\.00 元"):
            limits[2025].require(Fen(base))
    with pytest.raises(ParameterMissing):
        base_limits(law(), date(2021, 3, 1))


# Figures of any shape: sums, products, quotients and roundings of given numbers and of each other.

leaves = st.one_of(
    st.integers(-(10**12), 10**12).map(lambda one: fen(one)),
    st.decimals(D("-100"), D("100"), places=6).map(lambda one: Given("数", one, Unit.NUMBER, "测试")),
    st.sampled_from(
        [law().value("account_interest", date(year, 1, 1)) for year in range(2016, 2026)]
        + [law().value("average_wage", date(2026, 1, 1))]
    ),
)
FORMULAS = (
    "a + b",
    "a - b * 2",
    "a * b / 7",
    "max(a, b) / 12",
    "min(a, b)",
    "-a + b / 3",
    "round_half_up(a / 3 + b, 4)",
    "round_fen_half_up(a * b)",
)


def some_figure(formula: str, a: Input, b: Input) -> Figure:
    try:
        return Figure("some", "某数", Unit.NUMBER, formula, {"a": a, "b": b})
    except FormulaError:  # a product of products, past what the law knows: it has no value, and says so
        reject()


def combined(inputs: st.SearchStrategy[Input]) -> st.SearchStrategy[Input]:
    return st.builds(some_figure, st.sampled_from(FORMULAS), inputs, inputs)


figures = st.recursive(leaves, combined, max_leaves=12).filter(lambda one: isinstance(one, Figure))


@given(figures)
def test_a_figure_evaluates_to_the_same_after_json(figure: Figure) -> None:
    assert evaluate(over_the_wire(figure)) == figure.value


@given(figures)
def test_what_is_shown_plays_no_part_in_the_evaluation(figure: Figure) -> None:
    told = over_the_wire(figure)
    told["value"] = "123456789"
    assert evaluate(told) == figure.value


GOOD = Figure("sum", "合计", Unit.FEN, "a + b", {"a": fen(1), "b": fen(2)})


@pytest.mark.parametrize(
    "change",
    [
        {"formula": "a ** b"},
        {"formula": "a + b + c"},
        {"formula": "a"},
        {"formula": 1},
        {"formula": "a / b"},
        {"unit": "dollars"},
        {"unit": None},
        {"inputs": None},
        {"inputs": {"a": 1, "b": 2}},
        {"inputs": {"a": {"kind": "given", "value": "1e9", "unit": "fen"}}},
        {"inputs": {"a": {"kind": "given", "value": 1, "unit": "fen"}}},
        {"inputs": {"a": {"kind": "given", "value": "0.5", "unit": "fen"}, "b": GOOD.as_dict()}},
        {"kind": "given", "value": "NaN"},
    ],
)
def test_what_is_no_explanation_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadExplanation):
        evaluate({**over_the_wire(GOOD), **change})


def test_an_endless_explanation_is_refused() -> None:
    told: dict[str, Any] = over_the_wire(GOOD)
    for _ in range(400):
        told = {"kind": "figure", "unit": "fen", "formula": "a", "inputs": {"a": told}}
    with pytest.raises(BadExplanation, match="deep"):
        evaluate(told)


def test_a_formula_without_value_makes_no_figure() -> None:
    with pytest.raises(FormulaError, match="no value"):
        Figure("x", "某数", Unit.NUMBER, "a / b", {"a": num("1"), "b": num("0")})
