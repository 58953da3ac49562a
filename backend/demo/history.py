"""What invented people have paid: months and interest since 2016, and what an older system handed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from uuid import UUID

from backend.accounts import commands as accounts
from backend.accounts import interest
from backend.accounts.commands import AssessedMonth
from backend.accounts.rules.kinds import ACCOUNT_OF
from backend.demo.careers import DemoEnrolment, first_of_month, months_later
from backend.demo.material import material, wage
from backend.demo.people_data import DemoPerson
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.money import Fen, round_half_up
from backend.law.book import ParameterMissing
from backend.law.formulas import round_half_up as to_places
from backend.law.queries import law

INSURANCE = "110"
FIRST_MONTH = date(2016, 1, 1)
"""The month in which the accounts were taken over; interest rates are known from this year on."""
PERSONAL_SHARE = Decimal("0.08")


def give(
    work: Work, *, by: Actor, person_id: UUID, person: DemoPerson, employers: Sequence[UUID], today: date
) -> None:
    """Books a person's months up to the one before `today`, and posts the interest of ended years.

    Whoever draws a pension got interest for whole years before the first month of it.
    """
    spans = [one for one in person.enrolments if one.insurance == INSURANCE]
    before = sum(
        personal_share(base) for one in spans for month, base in paid(one, today) if month < FIRST_MONTH
    )
    if before:
        accounts.carry_over(
            work,
            by=by,
            person_id=person_id,
            kind=ACCOUNT_OF[INSURANCE],
            amount=Fen(before),
            booked_on=FIRST_MONTH,
        )
    for span in spans:
        months = [assessed(span, month, base) for month, base in paid(span, today) if month >= FIRST_MONTH]
        if months:
            accounts.book_months(
                work,
                by=by,
                person_id=person_id,
                insurance=INSURANCE,
                months=months,
                employer_id=None if span.employer is None else employers[span.employer],
            )
    interest.post_years(
        work, by=by, person_id=person_id, kind=ACCOUNT_OF[INSURANCE], years=interest_years(person, today)
    )


def paid(span: DemoEnrolment, today: date) -> Iterator[tuple[date, Fen]]:
    """The months of an enrolment that are over, each with its base."""
    month, bases = span.from_month, list(span.bases)
    until = min(span.until_month or date.max, first_of_month(today))
    while month < until:
        base = [one.base for one in bases if one.from_month <= month][-1]
        yield month, Fen(base)
        month = months_later(month, 1)


def personal_share(base: Fen) -> Fen:
    """What goes into the account for a month."""
    return round_half_up(base * PERSONAL_SHARE)


def assessed(span: DemoEnrolment, month: date, base: Fen) -> AssessedMonth:
    """A month as the bureau assessed it at the time."""
    pooled = round_half_up(base * pooled_share(month, employed=span.employer is not None))
    index = to_places(Decimal(base) / average_wage(month), Decimal(4))
    return AssessedMonth(month, month, base, personal_share(base), pooled, index)


@cache
def pooled_share(month: date, *, employed: bool) -> Decimal:
    """The fund's share of a base: the law's, and before its first record the invented table's."""
    name, entry = ("employee_pension", "employer") if employed else ("flexible_pension", "pool")
    try:
        return law().value(name, month, entry=entry).number()
    except ParameterMissing:
        rows = [row for row in material()["employer_shares"] if row["from"] <= month]
        return Decimal(rows[-1]["share"])


@cache
def average_wage(month: date) -> Decimal:
    """The monthly average wage in fen: the law's, and where it has none the invented one."""
    try:
        return law().value("average_wage", month).number()
    except ParameterMissing:
        return Decimal(wage(month.year) * 100)


def interest_years(person: DemoPerson, today: date) -> range:
    """The years for which somebody got interest, as far as rates are known."""
    ended = min(law().history("account_interest")[-1].since.year, today.year - 1)
    last = ended if person.retired_on is None else min(ended, person.retired_on.year - 1)
    return range(FIRST_MONTH.year, last + 1)
