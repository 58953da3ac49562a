"""What somebody has paid and means to pay: the material of an estimate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from backend.kernel.money import Fen
from backend.kernel.months import months_between, plus_months
from backend.pensions.rules.pension import raise_for

ACCOUNTS_BEGAN = 1998
"""Hainan's personal accounts; years before count for the transitional pension (琼府〔2022〕40号)."""


@dataclass(frozen=True)
class AssessedYear:
    """The months paid in a year and the index that the bureau assessed for them."""

    year: int
    months: int
    index: Decimal


@dataclass(frozen=True)
class BookedMonth:
    """What was booked to the account in a month (its first day), in fen."""

    month: date
    amount: Fen


@dataclass(frozen=True)
class History:
    """What has been paid: the assessed years, and the account.

    `balance` in fen is that at the end of `settled`, the last year whose interest is in it; `booked` is what
    has come since.
    """

    years: tuple[AssessedYear, ...]
    settled: int
    balance: Fen
    booked: tuple[BookedMonth, ...] = ()

    @property
    def months(self) -> int:
        """All months paid."""
        return sum(one.months for one in self.years)

    @property
    def months_before_accounts(self) -> int:
        """Months paid, or counted as paid, before there were personal accounts."""
        return sum(one.months for one in self.years if one.year < ACCOUNTS_BEGAN)


@dataclass(frozen=True)
class Plan:
    """What will be paid: each month from `first` up to and with `retiring` (first days of months), in fen.

    `base` is chosen at the wage of `first`; later ones keep its proportion to the average wage.
    """

    base: Fen
    first: date
    retiring: date
    kind: Literal["flexible", "employee"] = "flexible"

    @property
    def months(self) -> int:
        """How many months will be paid."""
        return max(0, months_between(self.first, self.retiring) + 1)

    def months_of(self, year: int) -> tuple[int, ...]:
        """The months (1 to 12) that will be paid in a year."""
        paid = (plus_months(self.first, number) for number in range(self.months))
        return tuple(month.month for month in paid if month.year == year)


def require_sensible(history: History, plan: Plan) -> None:
    """Raises ImpossibleCareer when history and plan contradict the calendar or each other."""
    raise_for(_wrong(history, plan))


def _wrong(history: History, plan: Plan) -> Iterable[tuple[str, str]]:
    years = [one.year for one in history.years]
    last = plan.first.month - 1
    if len(set(years)) < len(years):
        yield "years", "同一年度只能有一条缴费记录"
    if any(not 1 <= one.months <= 12 or one.index < 0 for one in history.years):
        yield "years", "每年缴费应为1至12个月，缴费指数不能为负"
    if any(
        one.year > plan.first.year or (one.year == plan.first.year and one.months > last)
        for one in history.years
    ):
        yield "first", "今后缴费的起始月份应晚于已缴费的月份"
    if history.settled >= plan.first.year:
        yield "settled", "个人账户的结息年度应在今后缴费的年度之前"
    if any(one.month.year <= history.settled or one.month >= plan.first for one in history.booked):
        yield "booked", "未结息的记账月份应在结息年度之后、今后缴费之前"
    if plan.retiring < plan.first:
        yield "retiring", "退休时间应不早于今后缴费的起始月份"
    if plan.first.day != 1 or plan.retiring.day != 1:
        yield "first", "月份应以当月1日表示"
    if history.months + plan.months == 0:
        yield "years", "没有缴费月份"
