"""Reading personal accounts: what is in them, what they consist of, and the months behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby, pairwise
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import Row, Select, Table, bindparam, extract, func, select

from backend.accounts.models import ContributionMonth
from backend.accounts.rules import explain
from backend.accounts.rules.kinds import ACCOUNT_LABELS, ACCOUNT_OF, ENTRY_LABELS
from backend.accounts.views import AccountView, Gap, MonthFigures, MonthView, Part, YearFigures, YearView
from backend.agencies import queries as agencies
from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.kernel.months import months_between, plus_months
from backend.kernel.prepared import Prepared
from backend.law.queries import law
from backend.ledger import queries as ledger
from backend.people.rules.insured import Insurance
from backend.people.rules.regions import province_name

MONTHS_LISTED = (ContributionMonth.fee_period, ContributionMonth.id)
"""What lists of months are ordered by."""


class _Spell(NamedTuple):
    """Successive paid months."""

    insurance: str
    first: date
    last: date
    months: int


def accounts(work: Work, person_id: UUID) -> list[AccountView]:
    """The personal accounts of a person, also those in which nothing was ever booked, then with a zero.

    Two statements: this is what citizens look at most.
    """
    parts = ledger.parts(work, person_id)
    spells = [_Spell(*row) for row in _SPELLS.rows(work, person_id=person_id)]
    return [
        _account(kind, insurance, parts[kind], [one for one in spells if one.insurance == insurance])
        for insurance, kind in ACCOUNT_OF.items()
    ]


def months(
    person_id: UUID, *, insurance: str | None = None, year: int | None = None
) -> Select[ContributionMonth]:
    """The booked months of a person in their newest revisions."""
    statement = select(ContributionMonth).where(
        ContributionMonth.person_id == person_id, ContributionMonth.superseded_by.is_(None)
    )
    if insurance is not None:
        statement = statement.where(ContributionMonth.insurance == insurance)
    if year is not None:
        statement = statement.where(ContributionMonth.fee_period.between(date(year, 1, 1), date(year, 12, 1)))
    return statement


def listed(work: Work, statement: Select[ContributionMonth]) -> list[MonthView]:
    """All that `months` finds, newest first."""
    rows = work.session.scalars(statement.order_by(*(column.desc() for column in MONTHS_LISTED)))
    return views(work, rows.all())


def views(work: Work, rows: Sequence[ContributionMonth]) -> list[MonthView]:
    """Booked months as people read them, in at most one more statement."""
    wanted = {row.employer_id for row in rows if row.employer_id}
    payers = agencies.employers(work, wanted) if wanted else {}
    return [_month(row, payers[row.employer_id].name if row.employer_id else None) for row in rows]


def years(work: Work, person_id: UUID, *, insurance: str | None = None) -> list[YearView]:
    """A person's history by year and insurance, newest first."""
    month = months(person_id, insurance=insurance).subquery().c
    columns = (month.fee_period, month.base, month.personal, month.pooled, month.contribution_index)
    year = extract("year", month.fee_period)
    rows = work.session.execute(
        select(month.insurance, *columns).order_by(year.desc(), month.insurance, month.fee_period)
    )
    return [
        _year(when, kind, list(found))
        for (when, kind), found in groupby(rows, lambda row: (row.fee_period.year, row.insurance))
    ]


def _account(kind: str, insurance: str, parts: dict[str, Fen], spells: Sequence[_Spell]) -> AccountView:
    named = {entry: parts[entry] for entry in ENTRY_LABELS if entry in parts}
    return AccountView(
        kind=kind,
        label=ACCOUNT_LABELS[kind],
        insurance=insurance,
        balance=Fen(sum(parts.values())),
        parts=[Part(entry, ENTRY_LABELS[entry], amount) for entry, amount in named.items()],
        months_paid=sum(one.months for one in spells),
        gaps=_gaps((one.first, one.last) for one in spells),
        explain=explain.balance(ACCOUNT_LABELS[kind], named),
    )


def _gaps(spells: Iterable[tuple[date, date]]) -> list[Gap]:
    """What lies between successive spells of paid months."""
    return [
        Gap(plus_months(last, 1), plus_months(first, -1), months_between(last, first) - 1)
        for (_, last), (first, _) in pairwise(spells)
    ]


def _month(row: ContributionMonth, employer_name: str | None) -> MonthView:
    personal, pooled = explain.shares(
        law(),
        insurance=row.insurance,
        employed=row.employer_id is not None,
        month=row.fee_period,
        base=Fen(row.base),
        personal=Fen(row.personal),
        pooled=Fen(row.pooled),
    )
    index = row.contribution_index
    return MonthView(
        month_id=row.id,
        insurance=row.insurance,
        insurance_label=Insurance(row.insurance).label,
        fee_period=row.fee_period,
        accounting_period=row.accounting_period,
        employer_name=employer_name,
        origin_region=row.origin_region,
        origin_region_name=province_name(row.origin_region) or row.origin_region,
        base=Fen(row.base),
        revision=row.revision,
        explain=MonthFigures(
            personal,
            pooled,
            None
            if index is None
            else explain.index(law(), month=row.fee_period, base=Fen(row.base), assessed=index),
        ),
    )


def _year(year: int, insurance: str, rows: Sequence[Row]) -> YearView:
    indexes = [(row.fee_period, row.contribution_index) for row in rows if row.contribution_index]
    personal = [(row.fee_period, Fen(row.personal)) for row in rows]
    pooled = [(row.fee_period, Fen(row.pooled)) for row in rows]
    return YearView(
        year=year,
        insurance=insurance,
        insurance_label=Insurance(insurance).label,
        months=len({row.fee_period for row in rows}),
        lowest_base=Fen(min(row.base for row in rows)),
        highest_base=Fen(max(row.base for row in rows)),
        explain=YearFigures(
            explain.total("personal", f"{year}年个人账户划入", personal),
            explain.total("pooled", f"{year}年统筹基金划入", pooled),
            explain.average("average_index", f"{year}年平均缴费指数", indexes) if indexes else None,
        ),
    )


def _spells() -> Select:
    """Runs of successive paid months: the number of a month less its place in the order is one per run.

    Of the table, not of the class, and made once, like the ledger's part of the lookup.
    """
    month = cast(Table, ContributionMonth.__table__).columns
    number = extract("year", month.fee_period) * 12 + extract("month", month.fee_period)
    place = func.row_number().over(partition_by=month.insurance, order_by=month.fee_period)
    paid = (
        select(month.insurance, month.fee_period, (number - place).label("run"))
        .where(month.person_id == bindparam("person_id"), month.superseded_by.is_(None))
        .group_by(month.insurance, month.fee_period)
        .subquery()
        .c
    )
    first = func.min(paid.fee_period)
    return (
        select(
            paid.insurance,
            first.label("first"),
            func.max(paid.fee_period).label("last"),
            func.count().label("months"),
        )
        .group_by(paid.insurance, paid.run)
        .order_by(paid.insurance, first)
    )


_SPELLS = Prepared(_spells())
