"""Yearly interest: computed from the postings, posted once a year, open to be computed again at any time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from backend.accounts.rules.interest import Booking, year_interest
from backend.accounts.rules.kinds import ACCOUNT_LABELS, ACCOUNT_OF
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, Forbidden
from backend.kernel.money import Fen
from backend.law.figures import Figure, Given
from backend.law.queries import law
from backend.law.units import Unit
from backend.ledger import commands as ledger
from backend.ledger import queries as ledger_queries
from backend.ledger.commands import Draft, Entry
from backend.ledger.queries import Movement
from backend.people import queries as people

INTEREST = "interest"
KINDS = tuple(ACCOUNT_OF.values())


class YearNotOver(Conflict):
    """Interest is posted when a year has ended."""

    code = "year_not_over"
    title = "该年度尚未结束，不能计息"


class EarlierYearOpen(Conflict):
    """An earlier year of this account has no interest yet; years are closed in order."""

    code = "earlier_year_open"
    title = "以前年度尚未计息，请先完成以前年度的计息"


@dataclass(frozen=True)
class InterestYear:
    """A year's interest of one account: the figure as computed now, and what was posted, in fen."""

    kind: str
    year: int
    figure: Figure
    posted: Fen

    @property
    def label(self) -> str:
        """What people call the account."""
        return ACCOUNT_LABELS[self.kind]

    @property
    def same(self) -> bool:
        """Whether computing again gives what was posted."""
        return self.figure.value == self.posted


def compute(movements: Sequence[Movement], year: int) -> Figure:
    """A year's interest in fen out of an account's movements.

    Months of the same amount are one booking, so that the explanation stays short. Raises ParameterMissing
    for a year without a rate.
    """
    opening = sum(one.amount for one in movements if one.booked_on.year < year)
    monthly: dict[int, int] = defaultdict(int)
    for one in movements:
        if one.booked_on.year == year and one.entry != INTEREST:
            monthly[one.booked_on.month] += one.amount
    months: dict[int, list[int]] = defaultdict(list)
    for month, amount in sorted(monthly.items()):
        if amount:
            months[amount].append(month)
    bookings = [_booking(Fen(amount), found) for amount, found in months.items()]
    return year_interest(law(), year=year, opening=Fen(opening), bookings=bookings)


def posted_years(kind: str, movements: Sequence[Movement]) -> list[InterestYear]:
    """The years for which an account has interest, oldest first, each computed again."""
    return [
        InterestYear(kind, one.booked_on.year, compute(movements, one.booked_on.year), one.amount)
        for one in movements
        if one.entry == INTEREST
    ]


def years(work: Work, person_id: UUID) -> list[InterestYear]:
    """Every year for which an account of the person has interest, newest first, each open to its rule."""
    accounts = ledger_queries.accounts_of(work, person_id, KINDS)
    movements = ledger_queries.movements(work, accounts.values())
    found = [year for kind, one in accounts.items() for year in posted_years(kind, movements[one])]
    return sorted(found, key=lambda one: (-one.year, one.kind))


def post(work: Work, *, by: Actor, person_id: UUID, kind: str, year: int) -> Fen | None:
    """Posts a year's interest of one account; None when there was nothing in it. Raises as `post_years`."""
    return post_years(work, by=by, person_id=person_id, kind=kind, years=[year]).get(year)


def post_years(work: Work, *, by: Actor, person_id: UUID, kind: str, years: Iterable[int]) -> dict[int, Fen]:
    """Posts the interest of successive years of one account, each on the last day of its year.

    Gives what was posted by year, without the years in which nothing bore interest. For the system alone.
    Raises Forbidden, YearNotOver, EarlierYearOpen, AlreadyPosted, ParameterMissing.
    """
    if by.kind != "system":
        raise Forbidden
    wanted = sorted(years)
    if any(year >= work.clock.today().year for year in wanted):
        raise YearNotOver
    account_id = ledger_queries.account_of(work, kind, person_id)
    if account_id is None:
        return {}
    movements = ledger_queries.movements(work, [account_id])[account_id]
    posted: dict[int, Fen] = {}
    for year in wanted:
        if not movements or year < movements[0].booked_on.year:
            continue
        if not _is_closed(movements, year - 1):
            raise EarlierYearOpen
        amount = Fen(int(compute(movements, year).value))
        if amount:
            posted[year] = amount
            movements.append(Movement(INTEREST, date(year, 12, 31), amount))
    if posted:
        fund = ledger.account(work, f"interest_{kind}", people.agency_id_of(work, person_id))
        ledger.post_many(work, [_draft(account_id, fund, *one) for one in posted.items()])
        after = {"kind": kind, "amounts": {str(year): amount for year, amount in posted.items()}}
        record(work, "interest.posted", by=by, subject=person_id, after=after)
    return posted


def _booking(amount: Fen, months: Sequence[int]) -> Booking:
    label = f"{'、'.join(map(str, months))}月每月记账额" if len(months) > 1 else f"{months[0]}月记账额"
    return Booking(tuple(months), Given(label, amount, Unit.FEN, "个人账户记账"))


def _is_closed(movements: Sequence[Movement], year: int) -> bool:
    """Whether a year's interest is posted, or comes to nothing."""
    if year < movements[0].booked_on.year:
        return True
    if any(one.entry == INTEREST and one.booked_on.year == year for one in movements):
        return True
    return compute(movements, year).value == 0


def _draft(account_id: UUID, fund: UUID, year: int, amount: Fen) -> Draft:
    entries = [Entry(account_id, amount, INTEREST), Entry(fund, Fen(-amount), INTEREST)]
    return Draft(f"interest:{account_id}", str(year), date(year, 12, 31), entries)
