"""Retirement by the decision of 2024: every birth month against its published tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import months_between, plus_months
from backend.law.book import DayOutOfRange
from backend.law.figures import Given, evaluate
from backend.law.queries import law
from backend.law.units import Unit
from backend.pensions.rules.retirement import (
    Category,
    MonthNotOpen,
    Retirement,
    minimum_years,
    retirement,
    shortfall,
)
from tests.pensions.retirement_table import FEMALE_50, FEMALE_55, MALE_60, rows

PUBLISHED = {
    Category.MALE_60: rows(MALE_60),
    Category.FEMALE_55: rows(FEMALE_55),
    Category.FEMALE_50: rows(FEMALE_50),
}
OLD_AGE = {Category.MALE_60: 60, Category.FEMALE_55: 55, Category.FEMALE_50: 50}
NEW_AGE = {Category.MALE_60: 63, Category.FEMALE_55: 58, Category.FEMALE_50: 55}


def of(born: str, category: Category) -> Retirement:
    return retirement(law(), born=date.fromisoformat(f"{born}-01"), category=category)


def month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def test_the_published_tables_are_whole() -> None:
    spans = {category: (min(table), max(table), len(table)) for category, table in PUBLISHED.items()}
    assert spans == {
        Category.MALE_60: (month("1965-01"), month("1976-12"), 144),
        Category.FEMALE_55: (month("1970-01"), month("1981-12"), 144),
        Category.FEMALE_50: (month("1975-01"), month("1984-12"), 120),
    }


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("year", range(1964, 1986))
def test_every_birth_month_retires_as_published(category: Category, year: int) -> None:
    table = PUBLISHED[category]
    for number in range(1, 13):
        born = date(year, number, 1)
        if born in table:
            age, retires = table[born]
        else:
            years = OLD_AGE[category] if born < min(table) else NEW_AGE[category]
            age, retires = years * 12, date(born.year + years, born.month, 1)
        found = retirement(law(), born=born, category=category)
        assert (found.age.value, found.statutory) == (age, retires), born


def test_the_day_of_birth_does_not_matter() -> None:
    first, last = (
        retirement(law(), born=day, category=Category.MALE_60)
        for day in (date(1965, 1, 1), date(1965, 1, 31))
    )
    assert first == last


def test_before_the_reform_the_old_age_held_and_there_was_no_choice() -> None:
    found = of("1964-12", Category.MALE_60)
    assert found.statutory == found.earliest == found.latest == found.original == month("2024-12")
    assert found.delay.value == 0


@pytest.mark.parametrize(
    ("born", "category", "earliest", "latest"),
    [
        ("1965-01", Category.MALE_60, "2025-01", "2028-02"),  # one month of delay: one month earlier at most
        ("1976-12", Category.MALE_60, "2036-12", "2042-12"),
        ("1970-06", Category.FEMALE_55, "2025-06", "2028-08"),
        ("1975-01", Category.FEMALE_50, "2025-01", "2028-02"),
        ("1984-12", Category.FEMALE_50, "2036-12", "2042-12"),  # five years of delay: three earlier at most
    ],
)
def test_one_may_choose_within_three_years_but_not_before_the_old_age(
    born: str, category: Category, earliest: str, latest: str
) -> None:
    found = of(born, category)
    assert (found.earliest, found.latest) == (month(earliest), month(latest))


births = st.dates(date(1942, 1, 1), date(2030, 12, 31)).map(lambda day: day.replace(day=1))


@given(births, st.sampled_from(Category))
def test_nobody_retires_before_the_old_age_nor_past_the_new_one(born: date, category: Category) -> None:
    found = retirement(law(), born=born, category=category)
    old, new = OLD_AGE[category] * 12, NEW_AGE[category] * 12
    assert old <= found.age.value <= new
    assert old <= months_between(born, found.earliest) <= found.age.value
    assert months_between(found.earliest, found.statutory) <= 36
    assert months_between(found.statutory, found.latest) == (36 if found.original >= month("2025-01") else 0)
    assert evaluate(found.age.as_dict()) == found.age.value
    assert evaluate(found.earlier.as_dict()) == found.earlier.value


@given(births, st.sampled_from(Category))
def test_who_is_born_later_never_retires_earlier(born: date, category: Category) -> None:
    older = retirement(law(), born=born, category=category)
    younger = retirement(law(), born=plus_months(born, 1), category=category)
    assert older.statutory < younger.statutory
    assert older.age.value <= younger.age.value


@pytest.mark.parametrize("born", [date(1931, 12, 31), date(2042, 1, 1)])
def test_births_outside_the_law_are_refused_clearly(born: date) -> None:
    with pytest.raises(DayOutOfRange, match="政策参数"):
        retirement(law(), born=born, category=Category.MALE_60)


@pytest.mark.parametrize(
    ("born", "retiring", "years"),
    [
        ("1969-08", "2030-03", "15.5"),  # statutory in 2030-10
        ("1969-01", "2029-12", "15"),  # chosen earlier, in 2029, while the statutory month is in 2030
        ("1969-01", "2032-12", "15.5"),  # chosen later: the year of the statutory month counts
        ("1976-12", "2039-12", "20"),
        ("1976-12", "2036-12", "18.5"),
        ("1976-12", "2042-12", "20"),
    ],
)
def test_minimum_years_go_by_the_chosen_year_unless_one_stays_longer(
    born: str, retiring: str, years: str
) -> None:
    assert minimum_years(law(), of(born, Category.MALE_60), month(retiring)).value == Decimal(years)


@pytest.mark.parametrize("retiring", ["2024-12", "2028-03"])
def test_a_month_outside_the_choice_is_refused(retiring: str) -> None:
    with pytest.raises(MonthNotOpen, match="2025年1月至2028年2月"):
        minimum_years(law(), of("1965-01", Category.MALE_60), month(retiring))


@pytest.mark.parametrize(("paid", "missing"), [(0, 186), (185, 1), (186, 0), (400, 0)])
def test_missing_months_toward_the_minimum(paid: int, missing: int) -> None:
    needed = law().value("minimum_years", date(2030, 6, 1))
    found = shortfall(needed, Given("缴费月数", Decimal(paid), Unit.MONTHS, "测试"))
    assert found.value == missing
