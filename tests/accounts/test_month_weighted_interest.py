"""Interest by the month-weighted method, against an account computed by hand."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.accounts.rules.interest import (
    Booking,
    ImpossibleBooking,
    booked,
    closing_balance,
    interest,
    year_interest,
)
from backend.kernel.money import Fen
from backend.law.book import DayOutOfRange, ParameterMissing
from backend.law.figures import Given, evaluate
from backend.law.queries import law
from backend.law.units import Unit

D = Decimal
WHOLE_YEAR = tuple(range(1, 13))

# An account from 2016 to 2025, year by year: what was booked by month, the interest, the balance at the
# end; all in fen. The comments have the arithmetic in yuan: a booking of month n is weighted with 12 - n +
# 1; the interest is opening x rate + weighted x rate / 12, rounded half up to fen; the closing balance is
# opening + booked + interest.
BY_HAND: list[tuple[int, dict[int, int], int, int]] = [
    # 300.00 a month: weighted 300 x 78 = 23400.00
    # 0 x 8.31 % + 23400.00 x 8.31 % / 12 = 162.045, half up 162.05; 3600.00 + 162.05 = 3762.05
    (2016, dict.fromkeys(WHOLE_YEAR, 30000), 16205, 376205),
    # 320.00 a month: 320 x 78 = 24960.00
    # 3762.05 x 7.12 % + 24960.00 x 7.12 % / 12 = 267.857960 + 148.096; 3762.05 + 3840.00 + 415.95 = 8018.00
    (2017, dict.fromkeys(WHOLE_YEAR, 32000), 41595, 801800),
    # 330.00 March to September: 330 x (10 + 9 + 8 + 7 + 6 + 5 + 4) = 330 x 49 = 16170.00
    # 8018.00 x 8.29 % + 16170.00 x 8.29 % / 12 = 664.692200 + 111.707750;
    # 8018.00 + 2310.00 + 776.40 = 11104.40
    (2018, dict.fromkeys(range(3, 10), 33000), 77640, 1110440),
    # nothing booked: 11104.40 x 7.61 % = 845.044840; 11104.40 + 845.04 = 11949.44
    (2019, {}, 84504, 1194944),
    # 390.48 July to December: 390.48 x (6 + 5 + 4 + 3 + 2 + 1) = 390.48 x 21 = 8200.08
    # 11949.44 x 6.04 % + 8200.08 x 6.04 % / 12 = 721.746176 + 41.273736;
    # 11949.44 + 2342.88 + 763.02 = 15055.34
    (2020, dict.fromkeys(range(7, 13), 39048), 76302, 1505534),
    # 390.48 a month, twice in June: 390.48 x (78 + 7) = 33190.80
    # 15055.34 x 6.69 % + 33190.80 x 6.69 % / 12 = 1007.202246 + 185.038710;
    # 15055.34 + 5076.24 + 1192.24 = 21323.82
    (2021, dict.fromkeys(WHOLE_YEAR, 39048) | {6: 78096}, 119224, 2132382),
    # 1000.00 in December: 1000.00 x 1
    # 21323.82 x 6.12 % + 1000.00 x 6.12 % / 12 = 1305.017784 + 5.10;
    # 21323.82 + 1000.00 + 1310.12 = 23633.94
    (2022, {12: 100000}, 131012, 2363394),
    # 1000.00 in January, 500.01 in December: 12000.00 + 500.01 = 12500.01
    # 23633.94 x 3.97 % + 12500.01 x 3.97 % / 12 = 938.267418 + 41.354200;
    # 23633.94 + 1500.01 + 979.62 = 26113.57
    (2023, {1: 100000, 12: 50001}, 97962, 2611357),
    # 390.24 a month: 390.24 x 78 = 30438.72
    # 26113.57 x 2.62 % + 30438.72 x 2.62 % / 12 = 684.175534 + 66.457872;
    # 26113.57 + 4682.88 + 750.63 = 31547.08
    (2024, dict.fromkeys(WHOLE_YEAR, 39024), 75063, 3154708),
    # 393.02 January to August: 393.02 x (12 + 11 + 10 + 9 + 8 + 7 + 6 + 5) = 393.02 x 68 = 26725.36
    # 31547.08 x 1.50 % + 26725.36 x 1.50 % / 12 = 473.206200 + 33.406700;
    # 31547.08 + 3144.16 + 506.61 = 35197.85
    (2025, dict.fromkeys(range(1, 9), 39302), 50661, 3519785),
]


def bookings(amounts: dict[int, int]) -> list[Booking]:
    return [booked(month, Fen(amount)) for month, amount in amounts.items()]


def test_ten_years_by_hand() -> None:
    balance = 0
    for year, amounts, expected, closing in BY_HAND:
        found = year_interest(law(), year=year, opening=Fen(balance), bookings=bookings(amounts))
        assert found.value == expected, year
        assert evaluate(json.loads(json.dumps(found.as_dict()))) == expected
        balance += sum(amounts.values()) + expected
        assert balance == closing, year


def test_the_explanation_shows_method_weights_and_rate() -> None:
    found = year_interest(law(), year=2024, opening=Fen(100), bookings=bookings({1: 100, 12: 200}))
    assert found.formula == "round_fen_half_up(opening * rate + (booking_1 * 12 + booking_2 * 1) * rate / 12)"
    assert found.rounding == "四舍五入到分"
    assert "116号" in found.source
    assert found.inputs["rate"].label == "个人账户记账利率"
    assert not found.provisional


def test_a_repeated_booking_is_the_sum_of_its_months() -> None:
    amount = Given("每月记账额", Fen(39048), Unit.FEN, "测试")
    rate = law().value("account_interest", date(2024, 1, 1))
    opening = Given("年初", Fen(1_000_000), Unit.FEN, "测试")
    together = interest(opening, [Booking((3, 4, 5), amount)], rate, year=2024)
    apart = interest(opening, bookings(dict.fromkeys((3, 4, 5), 39048)), rate, year=2024)
    assert together.value == apart.value


def test_an_account_closed_in_june_bears_half_a_year() -> None:
    """10000 x 2.62 % x 6 / 12 = 131.00; 1200 for 6 months, 1200 for 1: 8400 x 2.62 % / 12 = 18.34."""
    found = year_interest(
        law(), year=2024, opening=Fen(1_000_000), bookings=bookings({1: 120_000, 6: 120_000}), through=6
    )
    assert found.value == 14_934
    assert "* 6 / 12" in found.formula


def test_what_was_booked_in_error_is_taken_back() -> None:
    wrong = [booked(3, Fen(50_000)), booked(3, Fen(-50_000))]
    assert year_interest(law(), year=2024, opening=Fen(0), bookings=wrong).value == 0


def test_the_closing_balance_holds_all_three() -> None:
    opening, rate = (
        Given("年初", Fen(801_800), Unit.FEN, "测试"),
        law().value("account_interest", date(2018, 1, 1)),
    )
    found = closing_balance(opening, bookings(dict.fromkeys(range(3, 10), 33000)), rate, year=2018)
    assert found.value == 1_110_440
    assert evaluate(found.as_dict()) == 1_110_440


@pytest.mark.parametrize("year", [2015, 2026, 2050])
def test_a_year_without_a_rate_raises(year: int) -> None:
    with pytest.raises(ParameterMissing, match=f"account_interest.*{year}年"):
        year_interest(law(), year=year, opening=Fen(1), bookings=[])


@pytest.mark.parametrize("year", [1991, 2101])
def test_a_year_of_no_law_is_refused(year: int) -> None:
    with pytest.raises(DayOutOfRange):
        year_interest(law(), year=year, opening=Fen(1), bookings=[])


@pytest.mark.parametrize(("month", "through"), [(0, 12), (13, 12), (-1, 12), (7, 6), (1, 0), (1, 13)])
def test_a_month_that_is_none_is_refused(month: int, through: int) -> None:
    with pytest.raises(ImpossibleBooking):
        year_interest(law(), year=2024, opening=Fen(1), bookings=[booked(month, Fen(1))], through=through)


@pytest.mark.parametrize("bad", [1.0, 0.5, True, "1", D("0.5")])
def test_only_whole_fen_are_booked(bad: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        booked(1, bad)
    with pytest.raises((TypeError, ValueError)):
        year_interest(law(), year=2024, opening=bad, bookings=[])


amounts = st.integers(0, 10**9)
rates = st.decimals(0, D("0.2"), places=4)
months = st.dictionaries(st.integers(1, 12), amounts, max_size=12)


def at(rate: Decimal, opening: int, booked_by_month: dict[int, int], through: int = 12) -> int:
    start, given_rate = Given("年初", Fen(opening), Unit.FEN, "测试"), Given("利率", rate, Unit.RATE, "测试")
    return int(interest(start, bookings(booked_by_month), given_rate, year=2024, through=through).value)


@given(amounts, months, rates)
def test_agrees_with_exact_fractions(opening: int, by_month: dict[int, int], rate: Decimal) -> None:
    r = Fraction(rate)
    exact = opening * r + sum(amount * (12 - month + 1) for month, amount in by_month.items()) * r / 12
    assert at(rate, opening, by_month) == (2 * exact + 1) // 2


@given(amounts, amounts, months, rates)
def test_more_in_the_account_never_bears_less(
    opening: int, more: int, by_month: dict[int, int], rate: Decimal
) -> None:
    assert at(rate, opening, by_month) <= at(rate, opening + more, by_month)


@given(amounts, months, rates, rates)
def test_a_higher_rate_never_bears_less(
    opening: int, by_month: dict[int, int], one: Decimal, other: Decimal
) -> None:
    low, high = sorted((one, other))
    assert at(low, opening, by_month) <= at(high, opening, by_month)


@given(amounts, st.integers(1, 11), rates)
def test_an_earlier_booking_never_bears_less(amount: int, month: int, rate: Decimal) -> None:
    assert at(rate, 0, {month + 1: amount}) <= at(rate, 0, {month: amount})


@given(amounts, months, rates, st.integers(1, 12))
def test_a_closed_account_bears_no_more_than_a_whole_year(
    opening: int, by_month: dict[int, int], rate: Decimal, through: int
) -> None:
    assume(all(month <= through for month in by_month))
    assert at(rate, opening, by_month, through) <= at(rate, opening, by_month)


@given(st.integers(1, 10**7), rates)
def test_even_bookings_bear_what_the_yearly_method_says(amount: int, rate: Decimal) -> None:
    """The other method of the same rules, for even bookings: booked in the year x rate x 1.083 / 2."""
    yearly = 12 * amount * Fraction(rate) * Fraction(1083, 2000)
    assert abs(at(rate, 0, dict.fromkeys(WHOLE_YEAR, amount)) - yearly) <= yearly / 1000 + 1
