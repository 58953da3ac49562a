"""`flask law`: what the law says, and what follows from it. Needs no database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Any

import click

from backend.accounts.rules.interest import booked, year_interest
from backend.kernel.clock import SystemClock
from backend.kernel.errors import DomainError, Invalid
from backend.kernel.money import Fen, fen_from_yuan
from backend.law import wording
from backend.law.book import Parameter, ParameterMissing
from backend.law.figures import Figure, Given
from backend.law.queries import law as the_law
from backend.law.units import Unit
from backend.pensions.rules.pension import pension as pension_of
from backend.pensions.rules.retirement import Category, minimum_years
from backend.pensions.rules.retirement import retirement as retirement_of

TYPED = "命令行输入"

law = click.Group("law", help="The law's parameters, and pensions, retirement and interest by them.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, amounts in fen.")


class _Day(click.ParamType):
    """A day, 2024-07-01."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} 不是日期，应如 2024-07-01", param, ctx)


class _Month(click.ParamType):
    """A month, 1968-03; in Python its first day."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value) or value < "1900":
            self.fail(f"{value} 不是月份，应如 1968-03", param, ctx)
        return date(int(value[:4]), int(value[5:]), 1)


class _Decimal(click.ParamType):
    """A number in decimal digits."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,10})?", value):
            self.fail(f"{value} 不是数字", param, ctx)
        return Decimal(value)


class _Yuan(_Decimal):
    """An amount in yuan; in Python fen."""

    name = "yuan"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return fen_from_yuan(super().convert(value, param, ctx))
        except ValueError:
            self.fail(f"{value} 元不足一分，金额最多两位小数", param, ctx)


class _Bookings(click.ParamType):
    """Amounts in yuan by month: 1:390.48,2:390.48."""

    name = "month:yuan,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[tuple[int, Fen]]:
        found = []
        for part in value.split(",") if value else []:
            month, colon, amount = part.strip().partition(":")
            if not colon or not re.fullmatch(r"[0-9]{1,2}", month):
                self.fail(f"{part} 应如 1:390.48", param, ctx)
            found.append((int(month), _Yuan().convert(amount, param, ctx)))
        return found


def _plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Shows a refusal as its Chinese sentences and ends with 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except DomainError as error:
            told = [error.title, *([error.detail] if error.detail else [])]
            if isinstance(error, Invalid):
                told += [field.message for field in error.fields]
            raise click.ClickException("\n".join(told)) from error

    return run


@law.command("list")
@as_json
@_plainly
def list_names(as_json: bool) -> None:
    """All parameters with the value of today."""
    today = SystemClock().today()
    book = the_law()
    found: dict[str, Parameter | None] = {}
    for name in book.names():
        try:
            found[name] = book.value(name, today)
        except ParameterMissing:
            found[name] = None
    if as_json:
        _print_json({name: one and one.as_dict() for name, one in found.items()})
        return
    for name, one in found.items():
        series = book.series(name)
        value = wording.value_text(one, series.entries) if one else "今日无数值"
        notes = "".join(f"【{mark}】" for mark in wording.marks(one)) if one else ""
        click.echo(f"{name}  {series.label}：{value}{notes}")


@law.command("show")
@click.argument("name")
@click.option("--on", type=_Day(), help="A day; today by default.")
@as_json
@_plainly
def show(name: str, on: date | None, as_json: bool) -> None:
    """The parameter NAME on a day, with its source."""
    book = the_law()
    found = book.value(name, on or SystemClock().today())
    if as_json:
        _print_json(found.as_dict())
        return
    click.echo(f"{found.label}：{wording.value_text(found, book.series(name).entries)}")
    click.echo(f"适用时间：{wording.period(found)}")
    click.echo(f"依据：{found.source}")
    for remark in (*wording.marks(found), found.note):
        if remark:
            click.echo(f"注意：{remark}")


@law.command("pension")
@click.option("--base", type=_Yuan(), required=True, help="Average wage B in yuan.")
@click.option("--index", type=_Decimal(), required=True, help="Average contribution index i.")
@click.option("--years", type=_Decimal(), required=True, help="Years paid.")
@click.option("--before-1998", type=_Decimal(), default="0", help="Of these, years before 1998.")
@click.option("--account", type=_Yuan(), required=True, help="Personal account in yuan.")
@click.option("--months", type=_Decimal(), required=True, help="Payout months.")
@click.option("--on", type=_Day(), help="When the pension begins; today by default.")
@as_json
@_plainly
def pension(
    base: Fen,
    index: Decimal,
    years: Decimal,
    before_1998: Decimal,
    account: Fen,
    months: Decimal,
    on: date | None,
    as_json: bool,
) -> None:
    """The monthly pension in its parts."""
    found = pension_of(
        the_law(),
        on=on or SystemClock().today(),
        wage=Given("月平均工资", base, Unit.FEN, TYPED),
        index=Given("平均缴费指数", index, Unit.NUMBER, TYPED),
        years=Given("缴费年限", years, Unit.YEARS, TYPED),
        years_before_1998=Given("1998年以前缴费年限", before_1998, Unit.YEARS, TYPED),
        account=Given("个人账户储存额", account, Unit.FEN, TYPED),
        payout_months=Given("计发月数", months, Unit.MONTHS, TYPED),
    )
    _print_figures(found.parts, as_json)


@law.command("retirement")
@click.option("--born", type=_Month(), required=True, help="Month of birth, 1968-03.")
@click.option("--category", type=click.Choice([one.value for one in Category]), required=True)
@as_json
@_plainly
def retirement(born: date, category: str, as_json: bool) -> None:
    """When somebody may retire, and how many years they need."""
    book = the_law()
    found = retirement_of(book, born=born, category=Category(category))
    months = {
        "original": found.original,
        "statutory": found.statutory,
        "earliest": found.earliest,
        "latest": found.latest,
    }
    needed = minimum_years(book, found, found.statutory)
    if as_json:
        told = {key: f"{month:%Y-%m}" for key, month in months.items()}
        figures = {"delay": found.delay.as_dict(), "age": found.age.as_dict()}
        _print_json({"category": category, **told, **figures, "minimum_years": needed.as_dict()})
        return
    years, over = divmod(int(found.age.value), 12)
    click.echo(f"{found.category.label}，{wording.month_text(born)}出生")
    click.echo(
        f"法定退休时间：{wording.month_text(found.statutory)}，{years}岁{f'{over}个月' if over else ''}"
    )
    click.echo(f"可选退休时间：{wording.month_text(found.earliest)}至{wording.month_text(found.latest)}")
    click.echo(wording.law_line(needed))
    click.echo("\n".join(wording.lines(found.delay)))


@law.command("interest")
@click.option("--opening", type=_Yuan(), required=True, help="Balance at the start of the year in yuan.")
@click.option("--year", type=click.IntRange(1900, 2200), required=True)
@click.option("--bookings", type=_Bookings(), default="", help="Booked by month, 1:390.48,2:390.48")
@click.option("--through", type=int, default=12, help="Month at whose end the account is closed.")
@as_json
@_plainly
def interest(opening: Fen, year: int, bookings: list[tuple[int, Fen]], through: int, as_json: bool) -> None:
    """A year's interest of a personal account."""
    found = year_interest(
        the_law(),
        year=year,
        opening=opening,
        bookings=[booked(month, amount, TYPED) for month, amount in bookings],
        through=through,
    )
    _print_figures([found], as_json)


def _print_figures(figures: Iterable[Figure], as_json: bool) -> None:
    if as_json:
        _print_json({one.key: one.as_dict() for one in figures})
    else:
        click.echo("\n".join(line for one in figures for line in wording.lines(one)))


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
