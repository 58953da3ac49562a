"""The official statement of a year: what the bureau has on record of a person's pension insurance.

《社会保险个人权益记录管理办法》（人力资源和社会保障部令第14号）: once a year, and whenever the person asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from backend.accounts import queries
from backend.accounts.interest import INTEREST
from backend.accounts.rules.indices import year_index
from backend.accounts.rules.kinds import ACCOUNT_LABELS, PENSION
from backend.accounts.views import MonthView
from backend.agencies import queries as agencies
from backend.documents import commands as documents
from backend.documents.envelope import canonical
from backend.kernel.actor import Actor
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, FieldError, Invalid
from backend.kernel.masking import mask_id_number
from backend.kernel.money import Fen
from backend.law.book import ParameterMissing
from backend.law.queries import law
from backend.law.wording import marks, value_text
from backend.ledger import queries as ledger
from backend.ledger.queries import Movement
from backend.people import queries as people
from backend.people.rules.insured import Insurance, PersonState
from backend.people.views import PersonRecord

KIND = "statement"
INSURANCE = Insurance.EMPLOYEE_PENSION
PAYMENT = "payment"
PARAMETERS = ("account_interest", "average_wage")
BY_WHEN = "个人账户收支按入账年月统计，历年缴费按费款所属期统计；经更正的月份以最新记录为准。"
NO_INTEREST = "截至本记录单所载日期，本年度个人账户利息尚未结算。"


class NothingOnRecord(Conflict):
    """Nothing was ever booked up to the end of that year."""

    code = "nothing_on_record"
    title = "截至该年度没有养老保险缴费或个人账户记录，无法出具权益记录单"


def request_statement(work: Work, *, by: Actor, person_id: UUID, year: int) -> UUID:
    """Asks for the statement of a year up to its end, or up to today; gives the document's id.

    As long as nothing that it shows has changed, the document made before is given. The caller has checked
    that `by` may see the person's account. Raises NotFound, Invalid for a year to come, NothingOnRecord.
    """
    content = statement(work, person_id, year)
    return documents.request(
        work,
        by=by,
        kind=KIND,
        person_id=person_id,
        content=content,
        fingerprint=keyring().digest(KIND, canonical(content)).hex(),
        agency_id=people.agency_id_of(work, person_id),
    )


def statement(work: Work, person_id: UUID, year: int) -> dict[str, Any]:
    """What the statement of a year says, in the shape of `documents.content.Statement`; raises as above."""
    today = work.clock.today()
    if year > today.year:
        raise Invalid(fields=(FieldError("year", "该年度尚未开始"),))
    as_of = min(today, date(year, 12, 31))
    person = people.record(work, person_id)
    account_id = ledger.account_of(work, PENSION, person_id)
    moved = ledger.movements(work, [account_id])[account_id] if account_id else []
    moved = [one for one in moved if one.booked_on <= as_of]
    if not moved:
        raise NothingOnRecord
    paid = queries.listed(work, queries.months(person_id, insurance=INSURANCE))
    paid = [one for one in reversed(paid) if one.fee_period <= as_of]
    known = {one.fee_period for one in paid}
    notes = [BY_WHEN]
    if not any(one.entry == INTEREST and one.booked_on.year == year for one in moved):
        notes.append(NO_INTEREST)
    return {
        "issuer": _issuer(work, person),
        "insurance": INSURANCE.label,
        "holder": {"name": person.name, "id_number": mask_id_number(person.id_number)},
        "status": _status(work, person, as_of),
        "agency": person.agency_name,
        "from_month": f"{year}-01",
        "until_month": as_of.isoformat()[:7],
        "as_of": as_of.isoformat(),
        "parts": [_part(moved, year)],
        "months": {"in_period": sum(month.year == year for month in known), "paid": len(known)},
        "years": _years(paid),
        "sources": _sources(year),
        "notes": notes,
    }


def _issuer(work: Work, person: PersonRecord) -> str:
    """The bureau at the root of the tree."""
    root = agencies.path(work, person.agency_id).split(".")[0]
    return agencies.names_at(work, [root])[root]


def _status(work: Work, person: PersonRecord, as_of: date) -> str:
    if person.state is not PersonState.ACTIVE:
        return person.state.label
    insured = any(
        one.insurance is INSURANCE
        and one.from_month <= as_of
        and (one.until_month is None or as_of < one.until_month)
        for one in people.enrolments(work, person.person_id)
    )
    return "正常参保" if insured else "未在参保"


def _part(moved: Sequence[Movement], year: int) -> dict[str, Any]:
    def total(*, entry: str | None = None, before: bool = False) -> Fen:
        return Fen(
            sum(
                one.amount
                for one in moved
                if (one.booked_on.year < year) == before and entry in (None, one.entry)
            )
        )

    opening, within = total(before=True), total()
    interest, paid_out = total(entry=INTEREST), total(entry=PAYMENT)
    return {
        "label": ACCOUNT_LABELS[PENSION],
        "opening": opening,
        "contributions": within - interest - paid_out,
        "interest": interest,
        "payments": -paid_out,
        "closing": opening + within,
    }


def _years(paid: Sequence[MonthView]) -> list[dict[str, Any]]:
    found: dict[int, list[MonthView]] = defaultdict(list)
    for one in paid:
        found[one.fee_period.year].append(one)
    return [_year(year, months) for year, months in sorted(found.items())]


def _year(year: int, months: Sequence[MonthView]) -> dict[str, Any]:
    """Who insures themselves pays both shares; an employer pays the fund's."""
    personal = [int(one.explain.personal.value) for one in months]
    employer = [int(one.explain.pooled.value) for one in months if one.employer_name]
    own = [int(one.explain.pooled.value) for one in months if not one.employer_name]
    return {
        "year": year,
        "months": len({one.fee_period for one in months}),
        "base": sum(one.base for one in months),
        "own": sum(personal) + sum(own),
        "employer": sum(employer),
        "credited": sum(personal),
        "index": _index(months),
    }


def _index(months: Sequence[MonthView]) -> str | None:
    assessed = [one.explain.contribution_index for one in months]
    index = year_index([one.value if one else None for one in assessed])
    return None if index is None else str(index)


def _sources(year: int) -> list[dict[str, str]]:
    """The parameters of the year that the law has; one that is not published yet is left out."""
    found = []
    for name in PARAMETERS:
        try:
            one = law().value(name, date(year, 1, 1))
        except ParameterMissing:
            continue
        source = one.source + "".join(f"【{mark}】" for mark in marks(one))
        found.append({"label": f"{year}年{one.label}", "value": value_text(one), "source": source})
    return found
