"""When somebody may retire, and how many years they must have paid.

《全国人民代表大会常务委员会关于实施渐进式延迟法定退休年龄的决定》 with the State Council's measures
(2024-09-13, in force from 2025-01-01): whoever would have reached the old age in January 2025 or later
retires one month later per 4 months (women of 50: per 2 months) that began since then, up to the new age.
《实施弹性退休制度暂行办法》（人社部发〔2024〕94号）: up to three years earlier, not before the old age; up to
three years later, where the employer agrees. Everything goes by months.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backend.kernel.errors import Invalid
from backend.kernel.months import month_of, months_between, plus_months
from backend.law.book import Book, Parameter
from backend.law.figures import Figure, Input, counted
from backend.law.units import Unit
from backend.law.wording import month_text

DECISION = "《全国人民代表大会常务委员会关于实施渐进式延迟法定退休年龄的决定》（2024年9月13日）"
BEFORE_THE_REFORM = date(2024, 12, 31)
FLEXIBLE = "《实施弹性退休制度暂行办法》（人社部发〔2024〕94号）"


class Category(StrEnum):
    """Whose table applies: by sex and by the age at which one retired before 2025."""

    MALE_60 = "male-60"
    FEMALE_55 = "female-55"
    FEMALE_50 = "female-50"

    @property
    def entry(self) -> str:
        """The entry of the tables of the law."""
        return self.value.replace("-", "_")

    @property
    def label(self) -> str:
        """For people."""
        return _LABELS[self]


_LABELS = {
    Category.MALE_60: "男职工",
    Category.FEMALE_55: "原55周岁退休的女职工",
    Category.FEMALE_50: "原50周岁退休的女职工",
}


class MonthNotOpen(Invalid):
    """A month in which this person may not choose to retire."""

    code = "retirement_month_not_open"
    title = "所选退休时间不在可选范围内"


@dataclass(frozen=True)
class Retirement:
    """When somebody reaches which age; months are first days of a month.

    `original` is the month of the old age, `statutory` that of the law; between `earliest` and `latest` one
    may choose. `delay`, `age`, `earlier` and `later` are figures in months.
    """

    born: date
    category: Category
    original: date
    statutory: date
    earliest: date
    latest: date
    delay: Figure
    age: Figure
    earlier: Figure
    later: Parameter


def retirement(law: Book, *, born: date, category: Category) -> Retirement:
    """When a person born in the month of `born` retires.

    Raises DayOutOfRange for people who reached the old age before 1992 or will after 2100.
    """
    month = month_of(born)
    original_age = law.value("retirement_age", BEFORE_THE_REFORM, entry=category.entry)
    original = plus_months(month, int(original_age.number() * 12))
    delay = _delay(law, original, original_age, category)
    age = Figure(
        "retirement_age",
        "法定退休年龄",
        Unit.MONTHS,
        "original * 12 + delay",
        {"original": original_age, "delay": delay},
        DECISION,
    )
    statutory = plus_months(month, int(age.value))
    earlier = Figure(
        "earlier",
        "最多可提前",
        Unit.MONTHS,
        "min(most, delay)",
        {"most": law.value("retirement_earlier", statutory), "delay": delay},
        FLEXIBLE,
    )
    later = law.value("retirement_later", statutory)
    return Retirement(
        born=month,
        category=category,
        original=original,
        statutory=statutory,
        earliest=plus_months(statutory, -int(earlier.value)),
        latest=plus_months(statutory, int(later.number())),
        delay=delay,
        age=age,
        earlier=earlier,
        later=later,
    )


def _delay(law: Book, original: date, age: Parameter, category: Category) -> Figure:
    cap = law.value("retirement_age_cap", original, entry=category.entry)
    inputs: dict[str, Input] = {"cap": cap, "original": age}
    formula = "(cap - original) * 12"
    if cap.number() > age.number():
        inputs["step"] = law.value("retirement_delay_step", original, entry=category.entry)
        inputs["after"] = counted(
            f"达到原退休年龄的月份晚于{month_text(cap.since)}的月数",
            months_between(cap.since, original),
            Unit.MONTHS,
            "出生年月",
        )
        formula = "min((cap - original) * 12, floor_months(after, step) / step + 1)"
    return Figure("delay", "延迟月数", Unit.MONTHS, formula, inputs, DECISION)


def minimum_years(law: Book, of: Retirement, retiring: date) -> Parameter:
    """How many years one must have paid to draw a pension from the month of `retiring`.

    By the year of the chosen month when it is earlier than the statutory one, otherwise by the year of the
    statutory one (人社部发〔2024〕94号第七条). Raises MonthNotOpen.
    """
    month = month_of(retiring)
    if not of.earliest <= month <= of.latest:
        raise MonthNotOpen(f"可选范围为{month_text(of.earliest)}至{month_text(of.latest)}")
    return law.value("minimum_years", min(month, of.statutory))


def shortfall(required: Parameter, paid: Input) -> Figure:
    """Months still missing toward the minimum; `paid` in months. Social Insurance Law (2018) art. 16."""
    return Figure(
        "shortfall",
        "距最低缴费年限还差",
        Unit.MONTHS,
        "max(0, required * 12 - paid)",
        {"required": required, "paid": paid},
        "《中华人民共和国社会保险法》第十六条",
    )
