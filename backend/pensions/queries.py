"""What somebody's pension may come to, read from their record and their account.

The past is the bureau's: months, indices, balance. The future is what the person asks about, see `Wish`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from backend.accounts import queries as accounts
from backend.accounts.interest import INTEREST
from backend.accounts.rules.indices import year_index
from backend.accounts.rules.kinds import ACCOUNT_OF
from backend.accounts.views import MonthView
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, FieldError, Invalid
from backend.kernel.money import Fen
from backend.kernel.months import month_of, months_between, plus_months
from backend.law.bases import BaseLimits, base_limits
from backend.law.book import DayOutOfRange, Parameter
from backend.law.figures import Figure, counted
from backend.law.queries import law
from backend.law.units import Unit
from backend.law.wording import month_text
from backend.ledger import queries as ledger
from backend.ledger.queries import Movement
from backend.pensions.rules.careers import AssessedYear, BookedMonth, History, Plan
from backend.pensions.rules.estimate import ASSUMPTIONS, Assumption, Estimate, estimate
from backend.pensions.rules.retirement import (
    Category,
    MonthNotOpen,
    Retirement,
    minimum_years,
    retirement,
    shortfall,
)
from backend.people import queries as people
from backend.people.rules import insured
from backend.people.rules.insured import Insurance, PersonState
from backend.people.views import PersonRecord

WORKING_AGE = 16
"""《中华人民共和国劳动法》第十五条."""
PENSIONERS = (insured.Category.PENSIONER, insured.Category.RESIDENT_PENSIONER)
INSURANCE = Insurance.EMPLOYEE_PENSION
ACCOUNT = ACCOUNT_OF[INSURANCE]
CAUTIONS = (
    "测算结果仅供参考，不作为待遇核定依据；实际待遇以退休时经办机构核定为准。",
    "视同缴费年限未计入测算，以经办机构审核认定为准。",
)


class AlreadyDrawing(Conflict):
    """The person draws a pension: there is nothing left to estimate."""

    code = "already_drawing"
    title = "该人员已在领取养老待遇，无需测算，请查询待遇发放情况"


class MovedAway(Conflict):
    """The account was carried to another province, whose bureau knows it now."""

    code = "account_moved_away"
    title = "该人员的社保关系已转出，请向转入地经办机构申请测算"


class BelowWorkingAge(Conflict):
    """Nobody pays contributions before they may work."""

    code = "below_working_age"
    title = f"未满{WORKING_AGE}周岁，尚不能参保缴费，暂不能测算养老金"


class PastRetirement(Conflict):
    """The last month in which this person may begin to draw is over."""

    code = "past_retirement"
    title = "已超过可选择的退休时间，请直接到经办机构申请领取养老金"


class IndexNotAssessed(Conflict):
    """Months were paid whose contribution index the bureau has not assessed."""

    code = "index_not_assessed"
    title = "部分年度的缴费指数尚未核定，暂时不能测算，请联系经办机构"


@dataclass(frozen=True)
class Wish:
    """What the person asks about; None leaves it to the estimate.

    `category` for women, `shift` in months after (or, negative, before) the statutory month, `base` in fen
    a month.
    """

    category: Category | None = None
    shift: int | None = None
    base: Fen | None = None
    assumptions: tuple[Assumption, ...] = ASSUMPTIONS


@dataclass(frozen=True)
class Outlook:
    """When somebody may retire, what they have and will have paid, and what it may come to.

    `missing_today` and `missing` are the months still missing toward `required`, now and after the plan.
    """

    retirement: Retirement
    plan: Plan
    limits: BaseLimits
    months_paid: int
    required: Parameter
    missing_today: Figure
    missing: Figure
    estimates: tuple[Estimate, ...]

    @property
    def shift(self) -> int:
        """By how many months the plan retires after the statutory month."""
        return months_between(self.retirement.statutory, self.plan.retiring)

    @property
    def provisional(self) -> bool:
        """Whether a value of the law stands in for one that is not published yet."""
        return any(one.provisional for one in self.estimates)

    @property
    def notes(self) -> list[str]:
        """What the person should keep in mind."""
        notes = list(CAUTIONS)
        if self.missing.value:
            notes.append(f"按此计划退休时缴费年限仍差{self.missing.value}个月，须缴足后才能按月领取养老金。")
        if self.provisional:
            notes.append("测算使用了尚未正式公布的暂定参数，公布后结果会有变化。")
        return notes


def outlook(work: Work, person_id: UUID, wish: Wish) -> Outlook:
    """The estimate of a person's pension of employees and the flexibly employed.

    Raises NotFound, PersonMergedAway, PersonDead, MovedAway, AlreadyDrawing, BelowWorkingAge, PastRetirement
    and IndexNotAssessed for people who have none to come or whose past is not known; ParameterMissing where
    the law has no value; Invalid for a category that is not theirs, MonthNotOpen and BaseOutsideLimits for a
    wish that the law does not allow.
    """
    person = _entitled(work, person_id)
    category = _category(person, wish.category)
    paid = accounts.listed(work, accounts.months(person_id, insurance=INSURANCE))
    moved = _movements(work, person_id)
    first = _first_open(work.clock.today(), paid, moved)
    try:
        of = retirement(law(), born=person.birth_date, category=category)
    except DayOutOfRange as error:  # reached the age before there was a law to read it from
        raise PastRetirement from error
    retiring = _retiring(of, first, wish.shift)
    limits = base_limits(law(), first)
    plan = Plan(
        base=_last_base(paid, limits) if wish.base is None else wish.base,
        first=first,
        retiring=retiring,
        kind="employee" if person.category is insured.Category.EMPLOYEE else "flexible",
    )
    history = _history(paid, moved, first)
    required = minimum_years(law(), of, retiring)
    found = tuple(
        estimate(law(), history=history, plan=plan, of=of, assumption=one) for one in wish.assumptions
    )
    today = counted("已缴费月数", history.months, Unit.MONTHS, "缴费记录")
    return Outlook(
        retirement=of,
        plan=plan,
        limits=limits,
        months_paid=history.months,
        required=required,
        missing_today=shortfall(required, today),
        missing=found[0].missing,
        estimates=found,
    )


def _entitled(work: Work, person_id: UUID) -> PersonRecord:
    people.require_living(work, person_id)
    person = people.record(work, person_id)
    if person.state is PersonState.MOVED:
        raise MovedAway
    if person.category in PENSIONERS:
        raise AlreadyDrawing
    today, born = work.clock.today(), person.birth_date
    if today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < WORKING_AGE:
        raise BelowWorkingAge
    return person


def _category(person: PersonRecord, wished: Category | None) -> Category:
    """The table that applies. Women who insure themselves retire by that of 55 (劳社部发〔2001〕20号);
    of those whom an employer insures, the post decides, which is not on record: the one of 50 unless they
    say otherwise."""
    if person.sex == "male":
        if wished not in (None, Category.MALE_60):
            raise Invalid(fields=(FieldError("category", "该退休类别只适用于女性"),))
        return Category.MALE_60
    if wished is Category.MALE_60:
        raise Invalid(fields=(FieldError("category", "该退休类别只适用于男性"),))
    by_default = Category.FEMALE_55 if person.category is insured.Category.FLEXIBLE else Category.FEMALE_50
    return wished or by_default


def _movements(work: Work, person_id: UUID) -> Sequence[Movement]:
    account_id = ledger.account_of(work, ACCOUNT, person_id)
    return ledger.movements(work, [account_id])[account_id] if account_id else []


def _first_open(today: date, paid: Sequence[MonthView], moved: Sequence[Movement]) -> date:
    """The first month that can still be planned: nothing is paid for it, or booked in it."""
    taken = [one.fee_period for one in paid] + [month_of(one.booked_on) for one in moved]
    return max([month_of(today), *(plus_months(month, 1) for month in taken)])


def _retiring(of: Retirement, first: date, shift: int | None) -> date:
    earliest = max(of.earliest, first)
    if earliest > of.latest:
        raise PastRetirement
    if shift is None:
        return max(of.statutory, first)
    wished = plus_months(of.statutory, shift)
    if not earliest <= wished <= of.latest:
        least, most = (months_between(of.statutory, month) for month in (earliest, of.latest))
        raise MonthNotOpen(
            f"可选范围为{month_text(earliest)}至{month_text(of.latest)}",
            fields=(FieldError("retire_months_earlier_later", f"应在 {least} 到 {most} 之间"),),
        )
    return wished


def _last_base(paid: Sequence[MonthView], limits: BaseLimits) -> Fen:
    """What was paid on last, within today's limits; the floor for who never paid."""
    last = paid[0].base if paid else Fen(0)
    return Fen(int(min(max(last, limits.floor.value), limits.ceiling.value)))


def _history(paid: Sequence[MonthView], moved: Sequence[Movement], first: date) -> History:
    settled = _settled(moved, first)
    booked: dict[date, int] = defaultdict(int)
    for one in moved:
        if one.booked_on.year > settled:
            booked[month_of(one.booked_on)] += one.amount
    return History(
        years=_years(paid),
        settled=settled,
        balance=Fen(sum(one.amount for one in moved if one.booked_on.year <= settled)),
        booked=tuple(BookedMonth(month, Fen(amount)) for month, amount in sorted(booked.items()) if amount),
    )


def _settled(moved: Sequence[Movement], first: date) -> int:
    """The last year with interest; before there was any, the year before the account began."""
    years = [one.booked_on.year for one in moved if one.entry == INTEREST]
    if years:
        return max(years)
    return moved[0].booked_on.year - 1 if moved else first.year - 1


def _years(paid: Sequence[MonthView]) -> tuple[AssessedYear, ...]:
    months: dict[int, list[MonthView]] = defaultdict(list)
    for one in reversed(paid):
        months[one.fee_period.year].append(one)
    indices = {year: _index(found) for year, found in months.items()}
    if unknown := [f"{year}年" for year, index in indices.items() if index is None]:
        raise IndexNotAssessed(f"{'、'.join(unknown)}的缴费指数尚未核定")
    return tuple(
        AssessedYear(year, len({one.fee_period for one in months[year]}), index)
        for year, index in indices.items()
        if index is not None
    )


def _index(months: Sequence[MonthView]) -> Decimal | None:
    assessed = [one.explain.contribution_index for one in months]
    return year_index([one.value if one else None for one in assessed])
