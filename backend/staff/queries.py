"""Reading staff and their rights."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from backend.agencies import queries as agencies
from backend.kernel.actor import Actor, Grant, staff_roles
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.staff import lockout, totp
from backend.staff.functions import FUNCTIONS
from backend.staff.models import Role, RoleGrant, Staff

LISTED = (Staff.created_at, Staff.id)
"""What lists of staff are ordered by."""
SORTS = {"username": Staff.username, "created_at": Staff.created_at}


@dataclass(frozen=True)
class SignedInStaff:
    """A member of staff as the edge needs them."""

    staff_id: UUID
    actor: Actor
    must_change_password: bool


@dataclass(frozen=True)
class GrantView:
    """A role that somebody holds now, over an agency and all below it."""

    staff_id: UUID
    role: str
    role_name: str
    kind: str
    agency_id: UUID
    agency_name: str
    granted_at: datetime


@dataclass(frozen=True)
class StaffView:
    """A member of staff as colleagues see them."""

    staff_id: UUID
    username: str
    name: str
    agency_id: UUID
    agency_name: str
    state: str
    must_change_password: bool
    locked_until: datetime | None
    created_at: datetime
    version: int
    grants: Sequence[GrantView]


@dataclass(frozen=True)
class RoleView:
    """A role and what it allows."""

    code: str
    name: str
    kind: str
    functions: Sequence[str]


def signed_in(work: Work, staff_id: UUID) -> SignedInStaff | None:
    """A member of staff with their present rights, or None when disabled; read afresh each time."""
    member = work.session.get(Staff, staff_id)
    if member is None or member.state != "active":
        return None
    rows = work.session.execute(
        select(Role.code, Role.functions, RoleGrant.agency_id)
        .join(RoleGrant, RoleGrant.role_id == Role.id)
        .where(RoleGrant.staff_id == staff_id, RoleGrant.ended_at.is_(None))
    ).all()
    where = agencies.paths(work, {member.agency_id, *(row.agency_id for row in rows)})
    grants = tuple(Grant(row.code, frozenset(row.functions), where[row.agency_id]) for row in rows)
    actor = Actor("staff", staff_id, staff_roles(grants), agency_path=where[member.agency_id], grants=grants)
    return SignedInStaff(staff_id, actor, member.must_change_password)


def listed(
    by: Actor, *, agency_id: UUID | None = None, state: str | None = None, username: str | None = None
) -> Select[Staff]:
    """The staff of the agencies within the caller's reach; `username` is the beginning of one."""
    statement = select(Staff).where(Staff.agency_id.in_(agencies.ids_within(by.reach("staff.read"))))
    if agency_id is not None:
        statement = statement.where(Staff.agency_id == agency_id)
    if state is not None:
        statement = statement.where(Staff.state == state)
    if username is not None:
        statement = statement.where(Staff.username.startswith(username.lower(), autoescape=True))
    return statement


def get(work: Work, staff_id: UUID, *, by: Actor) -> StaffView:
    """One member of staff; raises NotFound, also when they are out of the caller's reach."""
    member = work.session.scalars(listed(by).where(Staff.id == staff_id)).one_or_none()
    if member is None:
        raise NotFound
    return views(work, [member])[0]


def me(work: Work, *, by: Actor) -> StaffView:
    """A member of staff as they see themselves."""
    return views(work, [work.session.get_one(Staff, by.id)])[0]


def views(work: Work, members: Sequence[Staff]) -> list[StaffView]:
    """Members with their grants and locks, in a fixed number of queries."""
    grants = _grants(work, [member.id for member in members])
    homes = agencies.names(work, {member.agency_id for member in members})
    locks = lockout.locked_until(work, [member.username for member in members])
    return [
        StaffView(
            member.id,
            member.username,
            member.name,
            member.agency_id,
            homes[member.agency_id],
            member.state,
            member.must_change_password,
            locks.get(member.username),
            member.created_at,
            member.version,
            [grant for grant in grants if grant.staff_id == member.id],
        )
        for member in members
    ]


def names(work: Work, staff_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of members of staff, by id."""
    rows = work.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(staff_ids)))
    return {row.id: row.name for row in rows}


def roles(work: Work) -> list[RoleView]:
    """All roles."""
    return [
        RoleView(role.code, role.name, role.kind, [one for one in FUNCTIONS if one in role.functions])
        for role in work.session.scalars(select(Role).order_by(Role.kind, Role.code))
    ]


def id_of(work: Work, username: str) -> UUID | None:
    """The member of staff with a username, or None."""
    return work.session.scalar(select(Staff.id).where(Staff.username == username))


def usable_code(work: Work, username: str) -> str | None:
    """The dynamic code that a member's phone would show, None when used up; raises NotFound. For the demo."""
    member = work.session.scalars(select(Staff).where(Staff.username == username)).one_or_none()
    if member is None:
        raise NotFound
    return totp.usable_code(member.totp_secret, work.clock.now(), after=member.totp_last_step)


def _grants(work: Work, staff_ids: Collection[UUID]) -> list[GrantView]:
    rows = work.session.execute(
        select(RoleGrant, Role.code, Role.name)
        .join(Role, Role.id == RoleGrant.role_id)
        .where(RoleGrant.staff_id.in_(staff_ids), RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    ).all()
    where = agencies.names(work, {grant.agency_id for grant, _, _ in rows})
    return [
        GrantView(
            grant.staff_id,
            code,
            name,
            grant.role_kind,
            grant.agency_id,
            where[grant.agency_id],
            grant.granted_at,
        )
        for grant, code, name in rows
    ]
