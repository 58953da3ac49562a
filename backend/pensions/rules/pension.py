"""The monthly pension in its parts, as Hainan computes it (琼府〔2022〕40号, after 国发〔2005〕38号).

    basic         = (B + B x i) / 2 x years x 1 %
    personal      = account / payout months
    transitional  = B x i x years before 1998 x 1.4 %

B is the average wage of the year in which the pension begins, i the average of the contribution indices. Each
part is rounded half up to fen; nothing is rounded in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from backend.kernel.errors import FieldError, Invalid
from backend.law.book import Book
from backend.law.figures import Figure, Input, counted, number
from backend.law.units import Unit

SOURCE = "琼府〔2022〕40号"
PAYOUT_SOURCE = "《国务院关于完善企业职工基本养老保险制度的决定》（国发〔2005〕38号）附件"


class ImpossibleCareer(Invalid):
    """Numbers from which no pension can be computed."""

    code = "impossible_career"
    title = "缴费年限、缴费指数或个人账户金额有误，请核对"


@dataclass(frozen=True)
class Pension:
    """The parts of a monthly pension and their sum, in fen."""

    basic: Figure
    personal: Figure
    transitional: Figure
    total: Figure

    @property
    def parts(self) -> tuple[Figure, Figure, Figure, Figure]:
        """In the order of an assessment sheet."""
        return (self.basic, self.personal, self.transitional, self.total)


def pension(
    law: Book,
    *,
    on: date,
    wage: Input,
    index: Input,
    years: Input,
    years_before_1998: Input,
    account: Input,
    payout_months: Input,
) -> Pension:
    """The pension of somebody who begins to draw it on a day; `wage` (B) and `account` in fen.

    Raises ImpossibleCareer for negative numbers, no months, or more years before 1998 than years;
    ParameterMissing.
    """
    _require_possible(wage, index, years, years_before_1998, account, payout_months)
    rate = law.value("basic_pension_rate", on)
    basic = Figure(
        "basic",
        "基础养老金",
        Unit.FEN,
        "round_fen_half_up((wage + wage * index) / 2 * years * rate)",
        {"wage": wage, "index": index, "years": years, "rate": rate},
        SOURCE,
    )
    personal = Figure(
        "personal",
        "个人账户养老金",
        Unit.FEN,
        "round_fen_half_up(account / payout_months)",
        {"account": account, "payout_months": payout_months},
        SOURCE,
    )
    transitional = Figure(
        "transitional",
        "过渡性养老金",
        Unit.FEN,
        "round_fen_half_up(wage * index * years_before_1998 * coefficient)",
        {
            "wage": wage,
            "index": index,
            "years_before_1998": years_before_1998,
            "coefficient": law.value("transitional_coefficient", on),
        },
        SOURCE,
    )
    parts: dict[str, Input] = {"basic": basic, "personal": personal, "transitional": transitional}
    total = Figure("total", "月基本养老金", Unit.FEN, "basic + personal + transitional", parts, SOURCE)
    return Pension(basic, personal, transitional, total)


def years_of(months: Input, *, key: str = "years", label: str = "缴费年限") -> Figure:
    """Months as years with four decimals, the way assessment sheets carry them: 503 months are 41.9167."""
    return Figure(key, label, Unit.YEARS, "round_half_up(months / 12, 4)", {"months": months}, SOURCE)


def payout_months(law: Book, *, on: date, age: Input) -> Figure:
    """Over how many months the account is paid out to somebody who begins at an age in months.

    `payout_age_step` of the law says whether the table is read at whole years (12) or month by month between
    them (1), to one decimal. Raises ParameterMissing for an age that the table does not have.
    """
    step = law.value("payout_age_step", on)
    read_at = Figure(
        "counted_age", "查表年龄", Unit.MONTHS, "floor_months(age, step)", {"age": age, "step": step}, SOURCE
    )
    years, months = divmod(int(number(read_at)), 12)
    below = law.value("payout_months", on, entry=str(years))
    inputs: dict[str, Input] = {"below": below}
    formula = "below"
    if months:
        inputs |= {
            "above": law.value("payout_months", on, entry=str(years + 1)),
            "age": read_at,
            "years": counted("整岁", years, Unit.YEARS, "查表年龄"),
        }
        formula = "round_half_up(below + (above - below) * (age - years * 12) / 12, 1)"
    return Figure("payout_months", "计发月数", Unit.MONTHS, formula, inputs, PAYOUT_SOURCE)


def _require_possible(
    wage: Input, index: Input, years: Input, years_before_1998: Input, account: Input, months: Input
) -> None:
    wrong = [
        (number(wage) <= 0, "wage", "月平均工资应大于0"),
        (number(index) < 0, "index", "缴费指数不能为负"),
        (number(years) < 0, "years", "缴费年限不能为负"),
        (number(years_before_1998) < 0, "years_before_1998", "1998年以前的年限不能为负"),
        (number(years_before_1998) > number(years), "years_before_1998", "1998年以前的年限不能多于缴费年限"),
        (number(account) < 0, "account", "个人账户金额不能为负"),
        (number(months) <= 0, "payout_months", "计发月数应大于0"),
    ]
    raise_for((field, sentence) for bad, field, sentence in wrong if bad)


def raise_for(wrong: Iterable[tuple[str, str]]) -> None:
    """Raises ImpossibleCareer when a field is wrong."""
    fields = tuple(FieldError(field, sentence) for field, sentence in wrong)
    if fields:
        raise ImpossibleCareer(fields=fields)
