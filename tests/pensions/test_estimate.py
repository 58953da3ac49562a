"""Estimates: explained to the last input, right by a second way, refused where the past is unknown."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kernel.money import Fen
from backend.kernel.months import plus_months
from backend.law.bases import BaseOutsideLimits
from backend.law.book import ParameterMissing
from backend.law.figures import evaluate
from backend.law.queries import law
from backend.pensions.rules.careers import AssessedYear, BookedMonth, History, Plan
from backend.pensions.rules.estimate import ASSUMPTIONS, Assumption, Estimate, estimate, estimates
from backend.pensions.rules.pension import ImpossibleCareer
from backend.pensions.rules.retirement import Category, MonthNotOpen, Retirement, retirement

D = Decimal
MIDDLE = ASSUMPTIONS[1]
NEXT = date(2026, 12, 1)
"""The first month that is still to be paid."""


def man_of(born: str) -> Retirement:
    return retirement(law(), born=date.fromisoformat(f"{born}-01"), category=Category.MALE_60)


def career(since: int = 2005, index: str = "0.8", **changed: Any) -> History:
    years = tuple(AssessedYear(year, 12, D(index)) for year in range(since, 2026))
    given: dict[str, Any] = {"years": (*years, AssessedYear(2026, 11, D(index)))}
    return History(**(given | {"settled": 2025, "balance": Fen(6_000_000)} | changed))


def of(person: Retirement, history: History, base: int = 600_000, **changed: Any) -> Estimate:
    assumption = changed.pop("assumption", MIDDLE)
    plan = Plan(**({"base": Fen(base), "first": NEXT, "retiring": person.statutory} | changed))
    return estimate(law(), history=history, plan=plan, of=person, assumption=assumption)


def half_up(exact: Fraction, places: int = 0) -> Fraction:
    scaled = exact * 10**places
    return Fraction((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator), 10**places)


def test_a_short_plan_computed_by_hand() -> None:
    """A man born 1967-03 retires 2027-10, at 60 years and 7 months; he pays 11 more months on 6000 yuan."""
    booked = tuple(BookedMonth(date(2026, month, 1), Fen(40_000)) for month in range(1, 12))
    found = of(man_of("1967-03"), career(booked=booked))

    growth, rate = Fraction(3, 100), Fraction(262, 10_000)
    wage = half_up(818_800 * (1 + growth))
    planned = half_up(Fraction(600_000, 818_800), 4)
    index = half_up((Fraction(8, 10) * (21 * 12 + 11) + planned * 11) / 274, 4)
    years = half_up(Fraction(274, 12), 4)
    # 2026: 400.00 each in January to November (12 + 11 + ... + 2 = 77 months), 480.00 in December.
    end_2026 = 6_000_000 + 11 * 40_000 + 48_000
    end_2026 += half_up(6_000_000 * rate + (40_000 * 77 + 48_000 * 1) * rate / 12)
    # 2027: the base follows the wage; ten months, closed at the end of October (10 + 9 + ... + 1 = 55).
    booking = half_up(half_up(600_000 * wage / 818_800) * Fraction(8, 100))
    account = end_2026 + 10 * booking + half_up(end_2026 * rate * Fraction(10, 12) + booking * 55 * rate / 12)
    basic = half_up((wage + wage * index) / 2 * years / 100)
    personal = half_up(account / 139)

    assert found.wage.value == wage
    assert (found.index.value, found.years.value) == (D("0.7973"), D("22.8333"))
    assert (Fraction(D(found.index.value)), Fraction(D(found.years.value))) == (index, years)
    assert found.account.value == account
    assert [part.value for part in found.pension.parts] == [basic, personal, 0, basic + personal]
    assert found.in_todays_wages.value == half_up((basic + personal) * 818_800 / wage)
    assert (found.required.value, found.missing.value) == (15, 0)


def test_years_before_1998_bring_the_transitional_part() -> None:
    years = (*(AssessedYear(year, 12, D(1)) for year in range(1990, 2026)), AssessedYear(2026, 11, D(1)))
    found = of(man_of("1967-03"), career(years=years))
    inputs = found.pension.transitional.inputs
    assert inputs["years_before_1998"].value == 8
    assert found.pension.transitional.value > 0


def test_the_assumptions_are_inputs_that_the_person_sees() -> None:
    found = estimates(
        law(), history=career(), plan=Plan(Fen(600_000), NEXT, date(2053, 3, 1)), of=man_of("1990-03")
    )
    assert [one.assumption.label for one in found] == ["较低", "中等", "较高"]
    totals = [int(one.pension.total.value) for one in found]
    assert totals == sorted(totals)
    for one in found:
        told = json.dumps(one.pension.total.as_dict(), ensure_ascii=False)
        assert f"测算假设（{one.assumption.label}）" in told
        assert evaluate(json.loads(told)) == one.pension.total.value
        assert evaluate(json.loads(json.dumps(one.in_todays_wages.as_dict()))) == one.in_todays_wages.value
        assert len(told) < 120_000  # thirty years, each explained once


def test_an_estimate_on_a_wage_that_stands_in_is_provisional() -> None:
    assert of(man_of("1967-03"), career()).pension.total.provisional


def test_what_the_law_knows_is_not_assumed() -> None:
    """From June 2025 on: the wage of 2026 and the interest of 2025 are loaded, whatever is assumed."""
    history = career(years=(AssessedYear(2024, 12, D(1)),), settled=2024, balance=Fen(1_000_000))
    found = [
        estimate(
            law(),
            history=history,
            plan=Plan(Fen(600_000), date(2025, 6, 1), date(2026, 5, 1)),
            of=man_of("1966-01"),
            assumption=replace(MIDDLE, wage_growth=growth),
        )
        for growth in (D("0.01"), D("0.09"))
    ]
    assert found[0].wage.value == found[1].wage.value == 818_800
    rates = [one["inputs"]["opening"]["inputs"]["rate"] for one in (found[0].account.as_dict(),)]  # type: ignore[index]
    assert rates[0]["kind"] == "parameter"
    assert rates[0]["value"] == "0.015"


def test_missing_years_are_told() -> None:
    found = of(man_of("1976-12"), career(since=2025, index="1"))
    paid = 12 + 11 + 157  # 2025, 2026 to November, and on until December 2039
    assert (found.required.value, found.missing.value) == (20, 240 - paid)


def test_the_kind_of_contribution_decides_what_is_booked() -> None:
    found = [of(man_of("1967-03"), career(), kind=kind) for kind in ("flexible", "employee")]
    assert found[0].account.value == found[1].account.value  # 8 % either way
    assert "employee_pension.personal" in json.dumps(found[1].account.as_dict())


@pytest.mark.parametrize("base", [491_279, 2_456_401])
def test_a_base_outside_the_limits_is_refused(base: int) -> None:
    with pytest.raises(BaseOutsideLimits):
        of(man_of("1967-03"), career(), base=base)


@pytest.mark.parametrize("retiring", ["2027-02", "2030-11"])
def test_a_month_outside_the_choice_is_refused(retiring: str) -> None:
    """He may choose from 2027-03, his sixtieth birthday, to 2030-10."""
    with pytest.raises(MonthNotOpen):
        of(man_of("1967-03"), career(), retiring=date.fromisoformat(f"{retiring}-01"))


@pytest.mark.parametrize(
    ("history", "plan"),
    [
        ({"years": (AssessedYear(2025, 12, D(1)), AssessedYear(2025, 1, D(1)))}, {}),
        ({"years": (AssessedYear(2025, 13, D(1)),)}, {}),
        ({"years": (AssessedYear(2025, 0, D(1)),)}, {}),
        ({"years": (AssessedYear(2025, 12, D(-1)),)}, {}),
        ({"years": (AssessedYear(2026, 12, D(1)),)}, {}),
        ({"years": (AssessedYear(2027, 1, D(1)),)}, {}),
        ({"settled": 2026}, {}),
        ({"booked": (BookedMonth(date(2025, 12, 1), Fen(1)),)}, {}),
        ({"booked": (BookedMonth(date(2026, 12, 1), Fen(1)),)}, {}),
        ({}, {"first": date(2027, 11, 1)}),
        ({}, {"first": date(2026, 12, 2)}),
    ],
)
def test_contradictions_are_refused(history: dict[str, Any], plan: dict[str, Any]) -> None:
    with pytest.raises(ImpossibleCareer) as caught:
        of(man_of("1967-03"), career(**history), **plan)
    assert caught.value.fields


@pytest.mark.parametrize(
    "floats",
    [
        {"history": career(balance=6_000_000.0)},
        {"history": career(years=(AssessedYear(2025, 12, 0.8),))},  # type: ignore[arg-type]
        {"history": career(booked=(BookedMonth(date(2026, 1, 1), 400.0),))},  # type: ignore[arg-type]
        {"history": career(years=(AssessedYear(2025, 11.5, D(1)),))},  # type: ignore[arg-type]
        {"base": 600_000.0},
        {"assumption": Assumption("x", "某", 0.03, D("0.02"))},  # type: ignore[arg-type]
        {"assumption": Assumption("x", "某", D("0.03"), 0.02)},  # type: ignore[arg-type]
    ],
)
def test_no_float_comes_in(floats: dict[str, Any]) -> None:
    given: dict[str, Any] = {"history": career(), "base": Fen(600_000), "assumption": MIDDLE} | floats
    plan = Plan(given["base"], NEXT, date(2027, 10, 1))
    with pytest.raises(TypeError):
        estimate(
            law(), history=given["history"], plan=plan, of=man_of("1967-03"), assumption=given["assumption"]
        )


def test_a_forgotten_year_of_interest_is_no_assumption() -> None:
    with pytest.raises(ParameterMissing, match=r"account_interest.*2015"):
        of(man_of("1967-03"), career(settled=2014))


@settings(max_examples=25, deadline=None)
@given(st.integers(491_280, 2_400_000), st.integers(1, 50_000), st.integers(0, 240))
def test_a_higher_base_never_gives_a_lower_pension(base: int, more: int, later: int) -> None:
    person = man_of("1990-03")
    plan = {"retiring": plus_months(person.earliest, later % 72)}
    lower, higher = (of(person, career(), base=one, **plan) for one in (base, base + more))
    assert lower.pension.total.value <= higher.pension.total.value
    assert lower.account.value <= higher.account.value


@settings(max_examples=25, deadline=None)
@given(st.decimals(0, D("0.08"), places=4), st.decimals(0, D("0.08"), places=4))
def test_the_account_is_monotone_in_the_assumed_interest(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    found = [
        of(man_of("1980-03"), career(), assumption=Assumption("x", "某", D("0.02"), rate))
        for rate in (low, high)
    ]
    assert found[0].account.value <= found[1].account.value
