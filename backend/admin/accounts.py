"""The staff's API on personal accounts: looking into them, and having interest posted for everybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.accounts import commands, queries, runs
from backend.accounts.views import AccountView
from backend.admin.people_schemas import ApprovalRefAnswer
from backend.web import account_schemas as schemas
from backend.web.access import permission
from backend.web.edge import Blueprint, Call
from backend.web.paging import page
from backend.web.parsing import Number, Schema, Text

blp = Blueprint(
    "staff-accounts", __name__, url_prefix="/api/admin/v1", description="The staff on personal accounts"
)


class InterestRunBody(Schema):
    """The year whose interest shall be posted for everybody."""

    year = Number(least=1992, most=2100, required=True, metadata={"example": 2025})
    note = Text(least=0, most=200, load_default="", metadata={"example": "国家已公布记账利率"})


@blp.read(
    "/people/<uuid:person_id>/accounts",
    access=permission("people.open"),
    answer=schemas.AccountsAnswer,
    audited=True,
)
def accounts(call: Call, person_id: UUID) -> dict[str, list[AccountView]]:
    """What is in somebody's personal accounts; the look is recorded"""
    commands.open_accounts(call.work, by=call.actor, person_id=person_id)
    return {"items": queries.accounts(call.work, person_id)}


@blp.read(
    "/people/<uuid:person_id>/contribution-months",
    access=permission("people.open"),
    query=schemas.MonthQuery,
    answer=schemas.ContributionMonthsPage,
    audited=True,
)
def months(call: Call, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """The months that somebody paid, newest first; the look is recorded"""
    commands.open_accounts(call.work, by=call.actor, person_id=person_id)
    wanted = queries.months(person_id, insurance=query.get("insurance"), year=query.get("year"))
    found = page(call.work, wanted, query, *queries.MONTHS_LISTED)
    return {**found, "items": queries.views(call.work, found["items"])}


@blp.write(
    "POST",
    "/interest-runs",
    access=permission("interest.run"),
    body=InterestRunBody,
    answer=ApprovalRefAnswer,
    status=201,
)
def propose_interest_run(call: Call, body: dict[str, Any]) -> dict[str, UUID]:
    """Ask that a year's interest be posted for everybody; a second person decides"""
    return {"approval_id": runs.propose(call.work, by=call.actor, **body)}
