"""Keeping the accounts of staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response

from backend.admin.exporting import MOST_ROWS, exported
from backend.kernel.spreadsheet import XLSX, Cell
from backend.staff import queries
from backend.staff.commands import accounts
from backend.staff.passwords import Passwords
from backend.web.access import permission
from backend.web.edge import Blueprint, Call
from backend.web.paging import PageQuery, page, page_of, sorted_by
from backend.web.parsing import Choice, Number, Schema, Text

blp = Blueprint("staff", __name__, url_prefix="/api/admin/v1", description="Accounts of staff")
MOST_VERSIONS = 2**31 - 1
COLUMNS = {"姓名": 12, "用户名": 22, "机构": 36, "岗位": 48, "状态": 8, "开通时间": 18}


class GrantAnswer(Schema):
    """A role held over an agency and all below it."""

    role = ma.fields.String(required=True, metadata={"example": "clerk"})
    role_name = ma.fields.String(required=True, metadata={"example": "经办人员"})
    kind = ma.fields.String(required=True, metadata={"example": "business"})
    agency_id = ma.fields.UUID(required=True)
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    granted_at = ma.fields.DateTime(required=True)


class StaffAnswer(Schema):
    """A member of staff."""

    staff_id = ma.fields.UUID(required=True)
    username = ma.fields.String(required=True, metadata={"example": "chen.hai"})
    name = ma.fields.String(required=True, metadata={"example": "陈海"})
    agency_id = ma.fields.UUID(required=True)
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    state = ma.fields.String(required=True, metadata={"example": "active"})
    must_change_password = ma.fields.Boolean(required=True)
    locked_until = ma.fields.DateTime(required=True, allow_none=True)
    created_at = ma.fields.DateTime(required=True)
    version = ma.fields.Integer(required=True, metadata={"description": "To be sent back with a change"})
    grants = ma.fields.List(ma.fields.Nested(GrantAnswer), required=True)


class StaffFilter(Schema):
    """Which staff are wanted."""

    agency_id = ma.fields.UUID()
    state = Choice("active", "disabled")
    username = Text(most=32, metadata={"description": "The beginning of a user name", "example": "chen"})


class StaffQuery(StaffFilter, PageQuery):
    """Which staff to list."""

    sort = sorted_by(*queries.SORTS)


class NewStaffBody(Schema):
    """An account to be opened."""

    username = Text(most=64, required=True, metadata={"example": "chen.hai"})
    name = Text(least=2, most=50, required=True, metadata={"example": "陈海"})
    agency_id = ma.fields.UUID(required=True)


class StaffChangesBody(Schema):
    """What is to change; the rest stays."""

    shown = ("name",)
    version = Number(least=1, most=MOST_VERSIONS, required=True)
    name = Text(least=2, most=50, metadata={"example": "陈海"})
    agency_id = ma.fields.UUID()
    state = Choice("active", "disabled")


class IssuedAnswer(Schema):
    """Secrets of an account, told this once."""

    staff_id = ma.fields.UUID(required=True)
    username = ma.fields.String(required=True, metadata={"example": "chen.hai"})
    one_time_password = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "To be changed at the first sign-in", "example": "hK7-pQ2m-Xw9d-R4tn"},
    )
    otpauth_uri = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "To be shown as a QR code",
            "example": "otpauth://totp/chen.hai?secret=JBSWY3DPEHPK3PXP",
        },
    )


@blp.read("/staff", access=permission("staff.read"), query=StaffQuery, answer=page_of(StaffAnswer))
def staff(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """The staff of the agencies in reach, newest first"""
    wanted = {name: query[name] for name in ("agency_id", "state", "username") if name in query}
    found = page(call.work, queries.listed(call.actor, **wanted), query, *queries.LISTED, queries.SORTS)
    return {**found, "items": queries.views(call.work, found["items"])}


@blp.read("/staff.xlsx", access=permission("staff.export"), query=StaffFilter, media_type=XLSX, audited=True)
def staff_file(call: Call, query: dict[str, Any]) -> Response:
    """The same as a spreadsheet, by user name"""
    statement = queries.listed(call.actor, **query).order_by(queries.SORTS["username"])
    members = call.work.session.scalars(statement.limit(MOST_ROWS)).all()
    return exported(
        call,
        name="staff",
        title="工作人员",
        headings=COLUMNS,
        rows=map(_row, queries.views(call.work, members)),
        said=query,
    )


def _row(one: queries.StaffView) -> Sequence[Cell]:
    grants = "、".join(f"{grant.role_name}（{grant.agency_name}）" for grant in one.grants)
    state = "在用" if one.state == "active" else "停用"
    return one.name, one.username, one.agency_name, grants, state, one.created_at


@blp.write(
    "POST",
    "/staff",
    access=permission("staff.manage"),
    body=NewStaffBody,
    answer=IssuedAnswer,
    status=201,
    key="none",
    errors=(409,),
)
def create(call: Call, body: dict[str, Any]) -> accounts.Issued:
    """Open an account, without any role yet"""
    return accounts.create(call.work, by=call.actor, passwords=call.house.ports.get(Passwords), **body)


@blp.read("/staff/<uuid:staff_id>", access=permission("staff.read"), answer=StaffAnswer)
def member(call: Call, staff_id: UUID) -> queries.StaffView:
    """One member of staff"""
    return queries.get(call.work, staff_id, by=call.actor)


@blp.steps(
    "PATCH",
    "/staff/<uuid:staff_id>",
    access=permission("staff.manage"),
    body=StaffChangesBody,
    answer=StaffAnswer,
    errors=(409,),
)
def change(call: Call, body: dict[str, Any], staff_id: UUID) -> queries.StaffView:
    """Change an account; a disabled member's sessions end"""
    with call.house.database.work() as work:
        accounts.change(work, by=call.actor, staff_id=staff_id, **body)
        changed = queries.get(work, staff_id, by=call.actor)
    if changed.state == "disabled":
        call.house.sessions.close_all("staff", staff_id)
    return changed


@blp.steps(
    "POST",
    "/staff/<uuid:staff_id>/reset-password",
    access=permission("staff.manage"),
    answer=IssuedAnswer,
    errors=(409,),
)
def reset_password(call: Call, staff_id: UUID) -> accounts.Issued:
    """Give a one-time password; the member's sessions end"""
    with call.house.database.work() as work:
        issued = accounts.reset_password(
            work, by=call.actor, staff_id=staff_id, passwords=call.house.ports.get(Passwords)
        )
    call.house.sessions.close_all("staff", staff_id)
    return issued


@blp.steps(
    "POST",
    "/staff/<uuid:staff_id>/reset-totp",
    access=permission("staff.unlock"),
    answer=IssuedAnswer,
    errors=(409,),
)
def reset_totp(call: Call, staff_id: UUID) -> accounts.Issued:
    """Give a new secret for dynamic codes; the member's sessions end"""
    with call.house.database.work() as work:
        issued = accounts.reset_totp(work, by=call.actor, staff_id=staff_id)
    call.house.sessions.close_all("staff", staff_id)
    return issued


@blp.write(
    "POST", "/staff/<uuid:staff_id>/unlock", access=permission("staff.unlock"), status=204, errors=(409,)
)
def unlock(call: Call, staff_id: UUID) -> None:
    """Let a member sign in again who was locked out"""
    accounts.unlock(call.work, by=call.actor, staff_id=staff_id)
