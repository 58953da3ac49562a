"""Reading staff and their rights."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from backend.agencies.queries import paths
from backend.kernel.actor import Actor, Grant, staff_roles
from backend.kernel.db import Work
from backend.staff.models import Role, RoleGrant, Staff


@dataclass(frozen=True)
class SignedInStaff:
    """A member of staff as the edge needs them."""

    actor: Actor
    must_change_password: bool


def signed_in(work: Work, staff_id: UUID) -> SignedInStaff | None:
    """A member of staff with their present rights, or None when disabled; rights are read afresh each time."""
    member = work.session.get(Staff, staff_id)
    if member is None or member.state != "active":
        return None
    rows = work.session.execute(
        select(Role.code, Role.functions, RoleGrant.agency_id)
        .join(RoleGrant, RoleGrant.role_id == Role.id)
        .where(RoleGrant.staff_id == staff_id, RoleGrant.ended_at.is_(None))
    ).all()
    where = paths(work, {member.agency_id, *(row.agency_id for row in rows)})
    grants = tuple(Grant(row.code, frozenset(row.functions), where[row.agency_id]) for row in rows)
    actor = Actor("staff", staff_id, staff_roles(grants), agency_path=where[member.agency_id], grants=grants)
    return SignedInStaff(actor, member.must_change_password)
