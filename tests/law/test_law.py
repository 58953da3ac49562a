"""The law that is shipped: its numbers, where it stops, and what still has to be confirmed."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import backend.law
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.law.book import DayOutOfRange, ParameterMissing, UnknownParameter
from backend.law.loading import load
from backend.law.queries import law
from backend.law.units import Unit

FOLDER = Path(backend.law.__file__).parent


def number(name: str, on: date, entry: str | None = None) -> Decimal:
    return law().value(name, on, entry=entry).number()


def test_average_wages_by_year_of_use() -> None:
    yuan = {2015: 4867, 2016: 5214, 2017: 5755, 2018: 6473, 2019: 7055, 2023: 8050, 2024: 8131, 2025: 8188}
    for year, wage in yuan.items():
        for day in (date(year, 1, 1), date(year, 12, 31)):
            assert number("average_wage", day) == wage * 100
    assert law().value("average_wage", date(2024, 5, 1)).unit is Unit.FEN


@pytest.mark.parametrize("year", [2014, 2020, 2021, 2022, 2027, 2040])
def test_a_year_without_wage_raises_and_names_itself(year: int) -> None:
    with pytest.raises(ParameterMissing) as caught:
        law().value("average_wage", date(year, 6, 30))
    assert isinstance(caught.value, Conflict)
    assert (caught.value.name, caught.value.on) == ("average_wage", date(year, 6, 30))
    assert f"全省月平均工资”（average_wage）在{year}年6月30日" in str(caught.value)
    assert "尚未公布" in caught.value.title


def test_a_known_gap_says_why() -> None:
    with pytest.raises(ParameterMissing, match="互相矛盾"):
        law().value("average_wage", date(2021, 6, 30))


def test_this_years_wage_stands_in_for_the_true_one() -> None:
    wage = law().value("average_wage", date(2026, 11, 22))
    assert (wage.value, wage.provisional, wage.confirmed) == (818800, True, False)


def test_interest_rates() -> None:
    percent = ["8.31", "7.12", "8.29", "7.61", "6.04", "6.69", "6.12", "3.97", "2.62", "1.50"]
    for year, rate in enumerate(percent, start=2016):
        assert number("account_interest", date(year, 7, 1)) == Decimal(rate) / 100
    for year in (2015, 2026):
        with pytest.raises(ParameterMissing):
            law().value("account_interest", date(year, 7, 1))


def test_minimum_years() -> None:
    needed = [number("minimum_years", date(year, 12, 31)) for year in range(2026, 2043)]
    halves = [Decimal(15 * 2 + half) / 2 for half in range(11)]
    assert needed == [Decimal(15)] * 3 + halves + [Decimal(20)] * 3


def test_payout_months() -> None:
    months = [
        195,
        190,
        185,
        180,
        175,
        170,
        164,
        158,
        152,
        145,
        139,
        132,
        125,
        117,
        109,
        101,
        93,
        84,
        75,
        65,
        56,
    ]
    expected = {40: 233, 45: 216} | dict(enumerate(months, start=50))
    table = law().value("payout_months", date(2026, 1, 1)).value
    assert isinstance(table, Mapping)
    assert {int(age): int(value) for age, value in table.items()} == expected
    with pytest.raises(ParameterMissing, match="71"):
        law().value("payout_months", date(2026, 1, 1), entry="71")


def test_contribution_rates_add_up() -> None:
    day = date(2025, 1, 1)
    personal, pool, total = (number("flexible_pension", day, one) for one in ("personal", "pool", "total"))
    assert (personal, pool, total) == (Decimal("0.08"), Decimal("0.12"), personal + pool)
    assert (number("base_multipliers", day, "floor"), number("base_multipliers", day, "ceiling")) == (
        Decimal("0.6"),
        Decimal(3),
    )
    classes = [number("work_injury_class_rates", day, str(one)) for one in range(1, 9)]
    assert classes == [Decimal(one) / 1000 for one in (2, 4, 7, 9, 11, 13, 16, 19)]


def test_the_late_fee_changed_on_a_day() -> None:
    assert number("late_fee", date(2011, 6, 30)) == Decimal("0.002")
    assert number("late_fee", date(2011, 7, 1)) == Decimal("0.0005")
    assert number("late_fee", date(1999, 1, 22)) == Decimal("0.002")
    with pytest.raises(ParameterMissing):
        law().value("late_fee", date(1999, 1, 21))


def test_what_the_bureau_must_confirm_is_not_confirmed() -> None:
    open_ones = {
        (name, one.since.year) for name in law().names() for one in law().history(name) if not one.confirmed
    }
    expected = {("average_wage", year) for year in (2015, 2016, 2017, 2018, 2019, 2026)}
    assert expected | {("flexible_medical", 2024), ("employee_pension", 2019)} <= open_ones
    assert not {("average_wage", year) for year in (2023, 2024, 2025)} & open_ones


def test_every_record_has_a_source_and_a_chinese_label() -> None:
    for name in law().names():
        for one in law().history(name):
            assert len(one.source) > 3, name
            assert re.search("[\u4e00-\u9fff]", one.label), name


def test_what_a_citizen_may_read_is_chinese() -> None:
    for name in law().names():
        for entry, label in law().series(name).entries.items():
            assert re.search("[\u4e00-\u9fff]", label), (name, entry)


@pytest.mark.parametrize("on", [date(1991, 12, 31), date(2101, 1, 1), date(1, 1, 1), date(9999, 12, 31)])
def test_a_day_of_no_law_is_refused_clearly(on: date) -> None:
    with pytest.raises(DayOutOfRange) as caught:
        law().value("average_wage", on)
    assert isinstance(caught.value, Invalid)
    assert caught.value.title == "日期应在1992年到2100年之间"


def test_an_unknown_name_is_refused() -> None:
    for ask in (law().history, law().series, lambda name: law().value(name, date(2024, 1, 1))):
        with pytest.raises(UnknownParameter):
            ask("average_wages")
    assert issubclass(UnknownParameter, NotFound)


def test_a_table_is_no_number_and_a_number_no_table() -> None:
    with pytest.raises(TypeError):
        law().value("payout_months", date(2024, 1, 1)).number()
    with pytest.raises(ParameterMissing):
        law().value("average_wage", date(2024, 1, 1), entry="60")


def test_nobody_can_change_the_book() -> None:
    table = law().value("payout_months", date(2024, 1, 1)).value
    with pytest.raises(TypeError):
        table["60"] = Decimal(1)  # type: ignore[index]
    assert law() is law()


@given(st.sampled_from(law().names()), st.dates(date(1992, 1, 1), date(2100, 12, 31)))
def test_a_value_never_leaves_its_period(name: str, on: date) -> None:
    holding = [
        one for one in law().history(name) if one.since <= on and (one.until is None or on < one.until)
    ]
    if holding:
        assert [law().value(name, on)] == holding
    else:
        with pytest.raises(ParameterMissing):
            law().value(name, on)


@given(st.sampled_from([one for name in law().names() for one in law().history(name) if one.until]))
def test_nothing_is_carried_forward(one) -> None:
    assert one.until is not None
    assert law().value(one.name, one.until - timedelta(days=1)) == one
    try:
        after = law().value(one.name, one.until)
    except ParameterMissing:
        return
    assert after.since == one.until


def test_reading_the_law_costs_little() -> None:
    best = min(_seconds_to_load() for _ in range(5))
    assert best < 0.05


def _seconds_to_load() -> float:
    before = time.process_time()
    load(FOLDER)
    return time.process_time() - before


def test_the_law_needs_no_database() -> None:
    code = (
        "import sys, backend.law.queries as q; q.law(); print({'sqlalchemy', 'flask'} & sys.modules.keys())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
