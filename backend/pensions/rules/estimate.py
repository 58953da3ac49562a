"""What a pension may come to, under assumptions that the person sees.

Nobody knows the wages and interest to come: an estimate names them as its inputs and is made three times.
What the law knows is taken from it. Contributions run up to and with the month of retirement, the account
is closed at its end, the pension begins in the month after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backend.accounts.rules.interest import Booking, booked, closing_balance
from backend.kernel.months import months_between
from backend.law.bases import base_limits
from backend.law.book import Book, Parameter, ParameterMissing
from backend.law.figures import Figure, Given, Input, counted
from backend.law.units import Unit
from backend.pensions.rules.careers import History, Plan, require_sensible
from backend.pensions.rules.pension import SOURCE, Pension, payout_months, pension, years_of
from backend.pensions.rules.retirement import Retirement, minimum_years, shortfall


@dataclass(frozen=True)
class Assumption:
    """How the average wage may grow in a year, and what accounts may bear; no law, a guess."""

    key: str
    label: str
    wage_growth: Decimal
    account_interest: Decimal

    @property
    def growth(self) -> Given:
        """Wage growth as an input."""
        return Given("假设的工资年增长率", self.wage_growth, Unit.RATE, f"测算假设（{self.label}）")

    @property
    def interest(self) -> Given:
        """Account interest as an input."""
        return Given("假设的记账利率", self.account_interest, Unit.RATE, f"测算假设（{self.label}）")


ASSUMPTIONS = (
    Assumption("low", "较低", Decimal("0.01"), Decimal("0.015")),
    Assumption("middle", "中等", Decimal("0.03"), Decimal("0.0262")),
    Assumption("high", "较高", Decimal("0.05"), Decimal("0.0397")),
)
"""Hainan's wage grew by 1.0 and 0.7 % in 2024 and 2025; the rates are those of 2025, 2024 and 2023."""


@dataclass(frozen=True)
class Estimate:
    """A pension to come, and what it was computed from; `missing` in months toward the `required` years.

    `in_todays_wages` is the pension's sum in fen as if wages had not grown: what it would mean today.
    """

    assumption: Assumption
    pension: Pension
    in_todays_wages: Figure
    wage: Input
    index: Figure
    years: Figure
    account: Figure
    required: Parameter
    missing: Figure

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The pension in its parts, and what they were computed from, in the order of reading."""
        wage = (self.wage,) if isinstance(self.wage, Figure) else ()
        return (*self.pension.parts, self.in_todays_wages, *wage, self.index, self.years, self.account)

    @property
    def provisional(self) -> bool:
        """Whether a value of the law stands in for one that is not published yet."""
        return self.in_todays_wages.provisional


def estimates(law: Book, *, history: History, plan: Plan, of: Retirement) -> tuple[Estimate, ...]:
    """The estimate under each of the three assumptions; raises what `estimate` raises."""
    return tuple(estimate(law, history=history, plan=plan, of=of, assumption=one) for one in ASSUMPTIONS)


def estimate(law: Book, *, history: History, plan: Plan, of: Retirement, assumption: Assumption) -> Estimate:
    """What the pension comes to when history and plan hold and the assumption comes true.

    Raises ImpossibleCareer, BaseOutsideLimits, MonthNotOpen; ParameterMissing where the past needs a value
    that the law does not have.
    """
    require_sensible(history, plan)
    base_limits(law, plan.first).require(plan.base)
    required = minimum_years(law, of, plan.retiring)
    wages = _Wages(law, plan.first, assumption)
    wage = wages.of(plan.retiring.year)
    index = _index(history, plan, wages)
    account = _account(law, history, plan, wages)
    paid = Figure(
        "paid",
        "缴费月数",
        Unit.MONTHS,
        "past + planned",
        {
            "past": counted("已缴费月数", history.months, Unit.MONTHS, "缴费记录"),
            "planned": counted("今后缴费月数", plan.months, Unit.MONTHS, "缴费计划"),
        },
    )
    years = years_of(paid)
    before = counted("1998年以前缴费月数", history.months_before_accounts, Unit.MONTHS, "缴费记录")
    age = counted("退休时年龄", months_between(of.born, plan.retiring), Unit.MONTHS, "出生年月")
    drawn = pension(
        law,
        on=plan.retiring,
        wage=wage,
        index=index,
        years=years,
        years_before_1998=years_of(before, key="years_before_1998", label="1998年以前缴费年限"),
        account=account,
        payout_months=payout_months(law, on=plan.retiring, age=age),
    )
    today = Figure(
        "in_todays_wages",
        "按目前工资水平折算的月养老金",
        Unit.FEN,
        "round_fen_half_up(pension * now / wage)",
        {"pension": drawn.total, "now": wages.now, "wage": wage},
    )
    missing = shortfall(required, paid)
    return Estimate(assumption, drawn, today, wage, index, years, account, required, missing)


class _Wages:
    """Average wages by year: those of the law, and from the newest of them on as assumed."""

    def __init__(self, law: Book, first: date, assumption: Assumption) -> None:
        self._law = law
        self._first = first
        self.assumption = assumption
        self.now = law.value("average_wage", first)

    def of(self, year: int) -> Input:
        """The wage of a year, in fen."""
        newest, known = self._newest(year)
        if newest == year:
            return known
        later = counted("相隔年数", year - newest, Unit.YEARS, "测算年度")
        return Figure(
            f"wage_{year}",
            f"{year}年月平均工资（测算）",
            Unit.FEN,
            "round_fen_half_up(grow(wage, growth, years))",
            {"wage": known, "growth": self.assumption.growth, "years": later},
        )

    def _newest(self, year: int) -> tuple[int, Parameter]:
        for one in range(year, self._first.year, -1):
            try:
                return one, self._law.value("average_wage", date(one, 1, 1))
            except ParameterMissing:
                continue
        return self._first.year, self.now


def _index(history: History, plan: Plan, wages: _Wages) -> Figure:
    """The average of the yearly indices, each by its months; the plan's is base over wage."""
    inputs: dict[str, Input] = {}
    for one in history.years:
        inputs[f"index_{one.year}"] = Given(f"{one.year}年缴费指数", one.index, Unit.NUMBER, "经办机构核定")
        inputs[f"months_{one.year}"] = counted(f"{one.year}年缴费月数", one.months, Unit.MONTHS, "缴费记录")
    inputs["index_planned"] = Figure(
        "index_planned",
        "今后缴费指数",
        Unit.NUMBER,
        "round_half_up(base / wage, 4)",
        {"base": _chosen(plan), "wage": wages.now},
    )
    inputs["months_planned"] = counted("今后缴费月数", plan.months, Unit.MONTHS, "缴费计划")
    spans = [str(one.year) for one in history.years] + ["planned"]
    weighted = " + ".join(f"index_{span} * months_{span}" for span in spans)
    months = " + ".join(f"months_{span}" for span in spans)
    formula = f"round_half_up(({weighted}) / ({months}), 4)"
    return Figure("index", "平均缴费指数", Unit.NUMBER, formula, inputs, SOURCE)


def _account(law: Book, history: History, plan: Plan, wages: _Wages) -> Figure:
    """The account at the end of the month of retirement, year by year."""
    share = law.value(f"{plan.kind}_pension", plan.first, entry="personal")

    def closed(opening: Input, year: int) -> Figure:
        bookings = [booked(one.month.month, one.amount) for one in history.booked if one.month.year == year]
        if months := plan.months_of(year):
            bookings.append(Booking(months, _planned(plan, wages, share, year)))
        through = plan.retiring.month if year == plan.retiring.year else 12
        rate = _interest(law, year, plan, wages.assumption)
        return closing_balance(opening, bookings, rate, year=year, through=through)

    settled = Given(f"{history.settled}年末储存额", history.balance, Unit.FEN, "个人账户")
    balance = closed(settled, history.settled + 1)
    for year in range(history.settled + 2, plan.retiring.year + 1):
        balance = closed(balance, year)
    return balance


def _planned(plan: Plan, wages: _Wages, share: Parameter, year: int) -> Figure:
    """What the plan books to the account in each month of a year."""
    base = Figure(
        f"base_{year}",
        f"{year}年月缴费基数（测算）",
        Unit.FEN,
        "round_fen_half_up(base * wage / now)",
        {"base": _chosen(plan), "wage": wages.of(year), "now": wages.now},
    )
    return Figure(
        f"booking_{year}",
        f"{year}年每月记账额",
        Unit.FEN,
        "round_fen_half_up(base * share)",
        {"base": base, "share": share},
    )


def _interest(law: Book, year: int, plan: Plan, assumption: Assumption) -> Input:
    try:
        return law.value("account_interest", date(year, 1, 1))
    except ParameterMissing:
        if year < plan.first.year - 1:  # announced long ago: somebody forgot to load it
            raise
        return assumption.interest


def _chosen(plan: Plan) -> Given:
    return Given("所选月缴费基数", plan.base, Unit.FEN, "缴费计划")
