"""Booking contribution months and yearly interest into people's accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from backend.accounts.models import ContributionMonth
from backend.accounts.rules.kinds import ACCOUNT_OF
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.money import Fen
from backend.kernel.months import month_of
from backend.kernel.rows import add_many
from backend.ledger import commands as ledger
from backend.ledger.commands import Draft, Entry
from backend.people import queries as people

CONTRIBUTION = "contribution"
CARRIED_OVER = "carried_over"


class MonthBooked(Conflict):
    """A month of this insurance and employer is booked already; it can only be corrected."""

    code = "month_booked"
    title = "该月份已经入账，不能重复入账；如有差错请办理更正"


class MonthSuperseded(Conflict):
    """The month was corrected before; the newest revision is the one to correct."""

    code = "month_superseded"
    title = "该月份已被更正，请刷新后按最新记录办理"


@dataclass(frozen=True)
class AssessedMonth:
    """One month as assessed: months as first days, amounts in fen, the index as the bureau assessed it."""

    fee_period: date
    accounting_period: date
    base: Fen
    personal: Fen
    pooled: Fen
    contribution_index: Decimal | None = None


def book_months(
    work: Work,
    *,
    by: Actor,
    person_id: UUID,
    insurance: str,
    months: Sequence[AssessedMonth],
    employer_id: UUID | None = None,
    origin_region: str = "46",
) -> None:
    """Books assessed months: a row and a journal each, all or none.

    For the system alone: months come out of an assessment or a transfer that others answer for. Raises
    Forbidden, Invalid, NotFound, MonthBooked.
    """
    if by.kind != "system":
        raise Forbidden
    _check(insurance, months)
    agency_id = people.agency_id_of(work, person_id)
    whole = {
        "person_id": person_id,
        "agency_id": agency_id,
        "employer_id": employer_id,
        "insurance": insurance,
        "origin_region": origin_region,
        "revision": 1,
        "recorded_at": work.clock.now(),
    }
    _book(work, [{"id": new_id(), **whole, **vars(month)} for month in months])
    after = {
        "insurance": insurance,
        "months": [month.fee_period.isoformat()[:7] for month in months],
        "personal": sum(month.personal for month in months),
        "pooled": sum(month.pooled for month in months),
    }
    record(work, "contribution.booked", by=by, subject=person_id, after=after)


def correct_month(work: Work, *, by: Actor, month_id: UUID, month: AssessedMonth) -> UUID:
    """Replaces a booked month by a new revision; the old journal is reversed in the new accounting period.

    For the system alone. Gives the new row's id. Raises Forbidden, Invalid, NotFound, MonthSuperseded.
    """
    if by.kind != "system":
        raise Forbidden
    old = work.session.get(ContributionMonth, month_id, with_for_update=True)
    if old is None:
        raise NotFound
    if old.superseded_by is not None:
        raise MonthSuperseded
    if month.fee_period != old.fee_period:
        raise Invalid(fields=(FieldError("fee_period", "更正不能改变费款所属期"),))
    _check(old.insurance, [month])
    ledger.reverse(work, old.journal_id, booked_on=month.accounting_period)
    kept = ("person_id", "agency_id", "employer_id", "insurance", "origin_region")
    new_row_id = new_id()
    new = {
        "id": new_row_id,
        **{name: getattr(old, name) for name in kept},
        **vars(month),
        "revision": old.revision + 1,
        "recorded_at": work.clock.now(),
    }
    old.superseded_by = new_row_id
    work.session.flush()
    _book(work, [new])
    record(
        work,
        "contribution.corrected",
        by=by,
        subject=old.person_id,
        object_kind="contribution_month",
        object_id=new_row_id,
        before={"base": old.base, "personal": old.personal, "pooled": old.pooled},
        after={"base": month.base, "personal": month.personal, "pooled": month.pooled},
    )
    return new_row_id


def carry_over(work: Work, *, by: Actor, person_id: UUID, kind: str, amount: Fen, booked_on: date) -> None:
    """Takes over what a personal account held in the system before this one; once per account.

    For the system alone. Raises Forbidden, Invalid, AlreadyPosted.
    """
    if by.kind != "system":
        raise Forbidden
    if amount <= 0:
        raise Invalid(fields=(FieldError("amount", "结转金额应大于零"),))
    entries = [
        Entry(ledger.account(work, kind, person_id), amount, CARRIED_OVER),
        Entry(_bureau(work, "former_system", person_id), Fen(-amount), CARRIED_OVER),
    ]
    ledger.post(work, Draft(f"carry_over:{kind}:{person_id}", "posted", booked_on, entries))
    after = {"kind": kind, "amount": amount}
    record(work, "account.carried_over", by=by, subject=person_id, after=after)


def open_accounts(work: Work, *, by: Actor, person_id: UUID) -> None:
    """A member of staff looks at somebody's accounts, which leaves a trace that the person can see.

    Needs `people.open`; the purpose stands with the opening of the record. Raises NotFound out of reach.
    """
    people.require_reach(work, person_id, by=by, function="people.open")
    record(work, "account.opened", by=by, subject=person_id)


def _check(insurance: str, months: Sequence[AssessedMonth]) -> None:
    wrong = []
    if insurance not in ACCOUNT_OF:
        wrong.append(FieldError("insurance", "该险种没有个人账户"))
    for month in months:
        if month.fee_period != month_of(month.fee_period):
            wrong.append(FieldError("fee_period", "费款所属期应为某月1日"))
        if month.accounting_period != month_of(month.accounting_period):
            wrong.append(FieldError("accounting_period", "入账年月应为某月1日"))
        if month.base <= 0 or min(month.personal, month.pooled) < 0 or month.personal + month.pooled == 0:
            wrong.append(FieldError("base", "缴费基数和金额应大于零"))
    if not months or wrong:
        raise Invalid(fields=tuple(wrong) or (FieldError("months", "没有要入账的月份"),))


def _book(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    """Journals first, since each row names its own. The rows are columns of one person and insurance."""
    insurance, agency_id = rows[0]["insurance"], rows[0]["agency_id"]
    personal = ledger.account(work, ACCOUNT_OF[insurance], rows[0]["person_id"])
    pool = ledger.account(work, f"pool_{insurance}", agency_id)
    collected = ledger.account(work, f"collected_{insurance}", agency_id)
    drafts = [
        Draft(
            f"contribution_month:{row['id']}",
            "booked",
            row["accounting_period"],
            [
                *([Entry(personal, row["personal"], CONTRIBUTION)] if row["personal"] else []),
                *([Entry(pool, row["pooled"], CONTRIBUTION)] if row["pooled"] else []),
                Entry(collected, Fen(-row["personal"] - row["pooled"]), CONTRIBUTION),
            ],
        )
        for row in rows
    ]
    with work.session.begin_nested():  # a month that is booked already leaves no journal behind
        journals = ledger.post_many(work, drafts)
        booked = [{**row, "journal_id": one} for row, one in zip(rows, journals, strict=True)]
        add_many(work, ContributionMonth, booked, taken=MonthBooked())


def _bureau(work: Work, kind: str, person_id: UUID) -> UUID:
    return ledger.account(work, kind, people.agency_id_of(work, person_id))
