"""Yearly interest of a personal account by the month-weighted method (月积数法).

《职工基本养老保险个人账户管理暂行办法》（劳办发〔1997〕116号）: the balance at the start of the year bears
interest for the whole year; what is booked in month n bears it for 12 - n + 1 months, that month included:

    interest = opening x rate + sum(booking of month n x (12 - n + 1)) x rate / 12

An account that is closed in month m bears interest up to the end of m: m / 12 of the year for the opening
balance, m - n + 1 months for a booking. The result is rounded once, half up to fen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backend.kernel.errors import Invalid
from backend.kernel.money import Fen
from backend.law.book import Book
from backend.law.figures import Figure, Given, Input
from backend.law.units import Unit

SOURCE = "《职工基本养老保险个人账户管理暂行办法》（劳办发〔1997〕116号），月积数法"


class ImpossibleBooking(Invalid):
    """A booking in a month that there is not, or after the account was closed."""

    code = "impossible_booking"
    title = "记账月份应在1月到结算月份之间"


@dataclass(frozen=True)
class Booking:
    """The same amount booked in each of some months (1 to 12) of a year; negative takes an error back."""

    months: tuple[int, ...]
    amount: Input


def booked(month: int, amount: Fen, origin: str = "个人账户记账") -> Booking:
    """A booking of fen in one month."""
    return Booking((month,), Given(f"{month}月记账额", amount, Unit.FEN, origin))


def year_interest(
    law: Book, *, year: int, opening: Fen, bookings: Sequence[Booking], through: int = 12
) -> Figure:
    """Interest in fen of a year up to the end of month `through`, at the rate of the law for that year.

    Raises ParameterMissing while the year's rate has not been announced, ImpossibleBooking.
    """
    rate = law.value("account_interest", date(year, 1, 1))
    start = Given(f"{year}年初储存额", opening, Unit.FEN, "个人账户")
    return interest(start, bookings, rate, year=year, through=through)


def interest(
    opening: Input, bookings: Sequence[Booking], rate: Input, *, year: int, through: int = 12
) -> Figure:
    """Interest in fen at a given rate; raises ImpossibleBooking."""
    return Figure(
        f"interest_{year}",
        f"{year}年利息",
        Unit.FEN,
        _interest_formula(bookings, through),
        _inputs(opening, bookings, rate),
        SOURCE,
    )


def closing_balance(
    opening: Input, bookings: Sequence[Booking], rate: Input, *, year: int, through: int = 12
) -> Figure:
    """Opening balance, bookings and interest together, in fen; raises ImpossibleBooking."""
    amounts = "".join(
        f" + booking_{number} * {len(one.months)}" for number, one in enumerate(bookings, start=1)
    )
    return Figure(
        f"account_{year}",
        f"{year}年{through}月末个人账户储存额",
        Unit.FEN,
        f"opening{amounts} + {_interest_formula(bookings, through)}",
        _inputs(opening, bookings, rate),
        SOURCE,
    )


def _interest_formula(bookings: Sequence[Booking], through: int) -> str:
    """The method as a formula; each weight is the number of months that a booking bears interest."""
    months = [month for one in bookings for month in one.months]
    if not 1 <= through <= 12 or any(not 1 <= month <= through for month in months):
        raise ImpossibleBooking
    opening = "opening * rate" if through == 12 else f"opening * rate * {through} / 12"
    weighted = " + ".join(
        f"booking_{number} * {_months_of_interest(one, through)}"
        for number, one in enumerate(bookings, start=1)
    )
    return (
        f"round_fen_half_up({opening} + ({weighted}) * rate / 12)"
        if bookings
        else f"round_fen_half_up({opening})"
    )


def _months_of_interest(booking: Booking, through: int) -> str:
    weights = [str(through - month + 1) for month in booking.months]
    return weights[0] if len(weights) == 1 else f"({' + '.join(weights)})"


def _inputs(opening: Input, bookings: Sequence[Booking], rate: Input) -> dict[str, Input]:
    amounts = {f"booking_{number}": one.amount for number, one in enumerate(bookings, start=1)}
    return {"opening": opening, "rate": rate, **amounts}
