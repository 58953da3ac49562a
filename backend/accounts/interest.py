"""Yearly interest: computed from the postings, posted once a year, open to be computed again at any time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from backend.accounts.rules.interest import booked, year_interest
from backend.accounts.rules.kinds import ACCOUNT_OF
from backend.audit.commands import record
from backend.kernel.actor import Actor, system
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, Forbidden
from backend.kernel.jobs import enqueue
from backend.kernel.money import Fen
from backend.law.figures import Figure
from backend.law.queries import law
from backend.ledger import commands as ledger
from backend.ledger import queries as ledger_queries
from backend.ledger.commands import AlreadyPosted, Draft, Entry
from backend.people import queries as people

INTEREST = "interest"
POST = "accounts.post_interest"
PEOPLE_A_JOB = 200
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
    """A year's interest of one account: the figure computed now, and what was posted (None before that)."""

    kind: str
    year: int
    figure: Figure
    posted: Fen | None


def compute(work: Work, account_id: UUID, year: int) -> Figure:
    """A year's interest in fen out of the postings. Raises ParameterMissing for a year without a rate."""
    monthly: dict[int, int] = defaultdict(int)
    for movement in ledger_queries.movements(work, account_id, year=year):
        if movement.entry != INTEREST:
            monthly[movement.booked_on.month] += movement.amount
    opening = ledger_queries.balance(work, account_id, before=date(year, 1, 1))
    bookings = [booked(month, Fen(amount)) for month, amount in sorted(monthly.items()) if amount]
    return year_interest(law(), year=year, opening=opening, bookings=bookings)


def years(work: Work, person_id: UUID) -> list[InterestYear]:
    """Every year in which an account of the person bore interest, newest first, each open to its rule."""
    found = []
    for kind in KINDS:
        account_id = ledger_queries.account_of(work, kind, person_id)
        if account_id is None:
            continue
        posted = {
            movement.booked_on.year: movement.amount
            for movement in ledger_queries.movements(work, account_id)
            if movement.entry == INTEREST
        }
        found += [
            InterestYear(kind, year, compute(work, account_id, year), amount)
            for year, amount in posted.items()
        ]
    return sorted(found, key=lambda one: (-one.year, one.kind))


def post(work: Work, *, by: Actor, person_id: UUID, kind: str, year: int) -> Fen | None:
    """Posts a year's interest of one account on the last day of the year; None when there was nothing in it.

    For the system alone. Raises Forbidden, YearNotOver, EarlierYearOpen, AlreadyPosted, ParameterMissing.
    """
    if by.kind != "system":
        raise Forbidden
    if year >= work.clock.today().year:
        raise YearNotOver
    account_id = ledger_queries.account_of(work, kind, person_id)
    first = ledger_queries.first_booking(work, account_id) if account_id else None
    if account_id is None or first is None or first.year > year:
        return None
    if first.year < year and not _is_closed(work, account_id, year - 1):
        raise EarlierYearOpen
    amount = Fen(int(compute(work, account_id, year).value))
    if amount == 0:
        return None
    fund = ledger.account(work, f"interest_{kind}", people.agency_id_of(work, person_id))
    entries = [Entry(account_id, amount, INTEREST), Entry(fund, Fen(-amount), INTEREST)]
    ledger.post(work, Draft(_source(account_id), str(year), date(year, 12, 31), entries))
    after = {"kind": kind, "year": year, "amount": amount}
    record(work, "interest.posted", by=by, subject=person_id, after=after)
    return amount


def start_run(work: Work, *, by: Actor, year: int) -> None:
    """Has a year's interest posted for everybody, by jobs; starting it twice posts nothing twice.

    For the system alone. Raises Forbidden, YearNotOver, ParameterMissing.
    """
    if by.kind != "system":
        raise Forbidden
    if year >= work.clock.today().year:
        raise YearNotOver
    law().value("account_interest", date(year, 1, 1))
    enqueue(work, POST, {"year": year, "after": None})
    record(work, "interest.run_started", by=by, after={"year": year})


def post_some(work: Work, payload: Mapping[str, Any]) -> None:
    """The job: posts for the next accounts in order, and has the rest done by another job."""
    year, by = int(payload["year"]), system("interest run")
    after = UUID(payload["after"]) if payload["after"] else None
    owners = ledger_queries.owners_after(work, KINDS, after, limit=PEOPLE_A_JOB)
    for owner_id, kind in owners:
        try:
            post(work, by=by, person_id=owner_id, kind=kind, year=year)
        except AlreadyPosted:
            continue
    if owners:
        enqueue(work, POST, {"year": year, "after": str(owners[-1][0])})


def _is_closed(work: Work, account_id: UUID, year: int) -> bool:
    """Whether a year's interest is posted, or comes to nothing."""
    if ledger_queries.is_posted(work, _source(account_id), str(year)):
        return True
    return compute(work, account_id, year).value == 0


def _source(account_id: UUID) -> str:
    return f"interest:{account_id}"
