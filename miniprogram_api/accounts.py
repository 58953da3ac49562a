"""A person's accounts: what is in them, the months behind them, the interest on them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from backend.accounts import interest, queries
from backend.accounts.interest import InterestYear
from backend.accounts.sheet import months_sheet
from backend.accounts.views import AccountView, YearView
from backend.kernel.masking import mask_id_number, mask_name
from backend.kernel.spreadsheet import XLSX
from backend.people import queries as people
from backend.web import account_schemas as schemas
from backend.web.access import BOUND
from backend.web.edge import Blueprint, Call
from backend.web.paging import page
from miniprogram_api.reach import look_at

blp = Blueprint(
    "accounts",
    __name__,
    url_prefix="/api/v1",
    description="Personal accounts: one's own, or those of somebody who agreed",
)


@blp.read("/people/<uuid:person_id>/accounts", access=BOUND, answer=schemas.AccountsAnswer)
def accounts(call: Call, person_id: UUID) -> dict[str, list[AccountView]]:
    """What is in the personal accounts, and what it consists of"""
    look_at(call, person_id, "查看个人账户")
    return {"items": queries.accounts(call.work, person_id)}


@blp.read(
    "/people/<uuid:person_id>/contribution-months",
    access=BOUND,
    query=schemas.MonthQuery,
    answer=schemas.ContributionMonthsPage,
)
def months(call: Call, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """The months that were paid, newest first"""
    look_at(call, person_id, "查看缴费明细")
    wanted = queries.months(person_id, insurance=query.get("insurance"), year=query.get("year"))
    found = page(call.work, wanted, query, *queries.MONTHS_LISTED)
    return {**found, "items": queries.views(call.work, found["items"])}


@blp.read(
    "/people/<uuid:person_id>/contribution-months.xlsx",
    access=BOUND,
    query=schemas.MonthFilter,
    media_type=XLSX,
)
def months_file(call: Call, query: dict[str, Any], person_id: UUID) -> Response:
    """The same months as a spreadsheet, amounts in yuan"""
    look_at(call, person_id, "导出缴费明细")
    months = queries.listed(call.work, queries.months(person_id, **query))
    known = people.record(call.work, person_id)
    holder = f"姓名：{mask_name(known.name)}　证件号码：{mask_id_number(known.id_number)}"
    body = months_sheet(holder, months, made_at=call.house.clock.now())
    headers = {"Content-Disposition": 'attachment; filename="contribution-months.xlsx"'}
    return Response(body, content_type=XLSX, headers=headers)


@blp.read("/people/<uuid:person_id>/contribution-years", access=BOUND, answer=schemas.ContributionYearsAnswer)
def years(call: Call, person_id: UUID) -> dict[str, list[YearView]]:
    """What was paid year by year, newest first"""
    look_at(call, person_id, "查看历年缴费")
    return {"items": queries.years(call.work, person_id)}


@blp.read("/people/<uuid:person_id>/interest", access=BOUND, answer=schemas.InterestAnswer)
def yearly_interest(call: Call, person_id: UUID) -> dict[str, list[InterestYear]]:
    """The interest of every year, with how it was computed"""
    look_at(call, person_id, "查看个人账户利息")
    return {"items": interest.years(call.work, person_id)}
