"""Pensions to the fen, and over how many months an account is paid out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import backend.law
from backend.kernel.money import Fen
from backend.law.book import Book, ParameterMissing
from backend.law.figures import Given, evaluate
from backend.law.loading import read
from backend.law.queries import law
from backend.law.units import Unit
from backend.pensions.rules.pension import ImpossibleCareer, Pension, payout_months, pension, years_of

D = Decimal
DAY = date(2024, 7, 1)


def given_number(value: Any, unit: Unit = Unit.NUMBER) -> Given:
    return Given("数", value, unit, "核定表")


def sheet(**changed: Any) -> Pension:
    """A real assessment sheet from Hainan, right to the fen."""
    numbers = {
        "wage": given_number(Fen(813100), Unit.FEN),
        "index": given_number(D("1.8444")),
        "years": given_number(D("41.9167"), Unit.YEARS),
        "years_before_1998": given_number(D("14.75"), Unit.YEARS),
        "account": given_number(Fen(22378686), Unit.FEN),
        "payout_months": given_number(D(139), Unit.MONTHS),
    }
    return pension(law(), on=changed.pop("on", DAY), **(numbers | changed))


def test_the_assessment_sheet_to_the_fen() -> None:
    found = sheet()
    assert [part.value for part in found.parts] == [484721, 160998, 309684, 955403]
    assert [part.label for part in found.parts] == [
        "基础养老金",
        "个人账户养老金",
        "过渡性养老金",
        "月基本养老金",
    ]


def test_the_sheet_out_of_the_law_and_the_record() -> None:
    """The same sheet, with wage, months and years from where they come: 503 months, aged 60 and 3 months."""
    found = sheet(
        wage=law().value("average_wage", DAY),
        years=years_of(given_number(D(503), Unit.MONTHS)),
        years_before_1998=years_of(given_number(D(177), Unit.MONTHS)),
        payout_months=payout_months(law(), on=DAY, age=given_number(D(723), Unit.MONTHS)),
    )
    assert [part.value for part in found.parts] == [484721, 160998, 309684, 955403]
    assert evaluate(found.total.as_dict()) == 955403
    assert not found.total.provisional


def test_a_wage_that_stands_in_makes_the_pension_provisional() -> None:
    found = sheet(wage=law().value("average_wage", date(2026, 12, 1)), on=date(2026, 12, 1))
    assert (found.basic.provisional, found.personal.provisional, found.total.provisional) == (
        True,
        False,
        True,
    )


def test_who_began_after_1998_has_no_transitional_part() -> None:
    assert sheet(years_before_1998=given_number(D(0), Unit.YEARS)).transitional.value == 0


def test_parts_are_rounded_half_up_once() -> None:
    """Account 0.69 yuan over 138 months: exactly half a fen each."""
    found = sheet(account=given_number(Fen(69), Unit.FEN), payout_months=given_number(D(138), Unit.MONTHS))
    assert found.personal.value == 1


@pytest.mark.parametrize(
    ("field", "value", "unit"),
    [
        ("wage", Fen(0), Unit.FEN),
        ("index", D("-0.1"), Unit.NUMBER),
        ("years", D(-1), Unit.YEARS),
        ("years", D("14.7"), Unit.YEARS),  # less than the 14.75 before 1998
        ("years_before_1998", D(-1), Unit.YEARS),
        ("account", Fen(-1), Unit.FEN),
        ("payout_months", D(0), Unit.MONTHS),
    ],
)
def test_impossible_careers_are_refused(field: str, value: Any, unit: Unit) -> None:
    with pytest.raises(ImpossibleCareer) as caught:
        sheet(**{field: given_number(value, unit)})
    assert field in {one.field for one in caught.value.fields} | {"years"}


def test_a_day_before_the_formula_is_no_guess() -> None:
    with pytest.raises(ParameterMissing, match="过渡性养老金系数"):
        sheet(on=date(2022, 12, 31))


@given(
    st.integers(1, 5_000_000),
    st.integers(0, 30_000),
    st.integers(0, 600),
    st.integers(0, 600),
    st.integers(0, 10**10),
    st.sampled_from([56, 101, 139, 170, 195]),
)
def test_agrees_with_exact_fractions(
    wage: int, index: int, months: int, before: int, account: int, payout: int
) -> None:
    before = min(before, months)
    i = D(index).scaleb(-4)
    years, early = (years_of(given_number(D(one), Unit.MONTHS)) for one in (months, before))
    found = sheet(
        wage=given_number(Fen(wage), Unit.FEN),
        index=given_number(i),
        years=years,
        years_before_1998=early,
        account=given_number(Fen(account), Unit.FEN),
        payout_months=given_number(D(payout), Unit.MONTHS),
    )
    b, x, n, e = Fraction(wage), Fraction(i), Fraction(D(years.value)), Fraction(D(early.value))
    exact = [(b + b * x) / 2 * n / 100, Fraction(account, payout), b * x * e * 14 / 1000]
    parts = [(2 * part + 1) // 2 for part in exact]
    assert [part.value for part in found.parts] == [*parts, sum(parts)]
    assert evaluate(found.total.as_dict()) == sum(parts)


@pytest.mark.parametrize(
    ("age", "months"), [(720, 139), (721, 139), (731, 139), (732, 132), (600, 195), (756, 117), (840, 56)]
)
def test_payout_months_go_by_whole_years_in_hainan(age: int, months: int) -> None:
    found = payout_months(law(), on=DAY, age=given_number(D(age), Unit.MONTHS))
    assert found.value == months
    assert evaluate(found.as_dict()) == months


@pytest.mark.parametrize("age", [41 * 12, 49 * 12, 71 * 12, 30 * 12])
def test_an_age_outside_the_table_is_no_guess(age: int) -> None:
    with pytest.raises(ParameterMissing, match="计发月数"):
        payout_months(law(), on=DAY, age=given_number(D(age), Unit.MONTHS))


@pytest.mark.parametrize(
    ("age", "months"), [(720, "139"), (721, "138.4"), (601, "194.6"), (731, "132.6"), (756, "117")]
)
def test_the_step_of_the_law_decides_whether_ages_between_are_interpolated(age: int, months: str) -> None:
    """The values that other provinces print: 138.4 at 60 years and a month, 194.6 at 50 years and a month."""
    found = payout_months(_monthly(), on=DAY, age=given_number(D(age), Unit.MONTHS))
    assert found.value == D(months)
    assert evaluate(found.as_dict()) == D(months)


def _monthly() -> Book:
    text = (Path(backend.law.__file__).parent / "payout.yaml").read_text(encoding="utf-8")
    assert text.count('value: "12"') == 1
    return read({"payout.yaml": text.replace('value: "12"', 'value: "1"')})
