"""Giving roles to staff and ending them. It takes two people, or the system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.rows import add
from backend.staff.functions import ROLES
from backend.staff.models import Role, RoleGrant, Staff
from backend.worklist import commands as worklist
from backend.worklist.kinds import ApprovalKind, Change


class RolesExclude(Conflict):
    """The member holds a role of another kind."""

    code = "roles_exclude"
    title = "系统管理员、安全管理员、审计管理员与业务岗位不能由同一人担任，请先终止其现有岗位"


class AlreadyGranted(Conflict):
    """The member holds this very role there."""

    code = "already_granted"
    title = "该人员在此机构已有这一岗位"


class NotGranted(Conflict):
    """The member does not hold this role there."""

    code = "not_granted"
    title = "该人员在此机构没有这一岗位"


class StaffDisabled(Conflict):
    """The account is disabled."""

    code = "staff_disabled"
    title = "该账号已停用，请先启用"


class LastAdministrator(Conflict):
    """Without this one nobody could keep accounts, decide on rights, or read the audit trail."""

    code = "last_administrator"
    title = "这是最后一名在任的该类管理员，请先任命接替人员"


class OwnRoles(Forbidden):
    """Nobody decides on their own rights."""

    code = "own_roles"
    title = "不能申请或审批本人的岗位变更，请由其他人员办理"


@dataclass(frozen=True)
class RoleChange:
    """A role to be given to somebody over an agency and all below it, or to be ended."""

    staff_id: UUID
    role: str
    agency_id: UUID
    action: Literal["grant", "end"]


def seed(work: Work, *, by: Actor) -> None:
    """Brings the roles to what the catalogue says; grants stay. Raises Forbidden but for the system."""
    if by.kind != "system":
        raise Forbidden
    for role in ROLES:
        statement = insert(Role).values(
            id=new_id(), code=role.code, name=role.name, kind=role.kind, functions=list(role.functions)
        )
        new = statement.excluded
        changed = statement.on_conflict_do_update(
            index_elements=["code"],
            set_={"name": new.name, "functions": new.functions, "version": Role.version + 1},
            where=or_(Role.name != new.name, Role.functions != new.functions),
        )
        if work.session.scalars(changed.returning(Role.id)).one_or_none():
            record(work, "role.seeded", by=by, object_kind="role", after=list(role.functions))


def set_role(work: Work, *, by: Actor, change: RoleChange) -> None:
    """Makes a change at once; for the system alone, when it sets up an installation.

    Raises Forbidden for anybody else, and what a change may be refused for.
    """
    if by.kind != "system":
        raise Forbidden
    _carry_out(work, by, change)


def propose(work: Work, *, by: Actor, change: RoleChange, note: str = "") -> UUID:
    """Asks for a change; takes effect when a second person approves. Gives the approval's id.

    Needs `roles.propose` over the role's agency and the member's own. Raises NotFound, Forbidden, OwnRoles,
    Invalid (no such role or agency), ApprovalPending; StaffDisabled, AlreadyGranted, RolesExclude;
    NotGranted, LastAdministrator.
    """
    agency = agencies.names(work, [change.agency_id]).get(change.agency_id)
    if agency is None:
        raise Invalid(fields=(FieldError("agency_id", "没有这个经办机构"),))
    by.require("roles.propose", agencies.path(work, change.agency_id))
    _require_other(by, change.staff_id)
    member = _member(work, change.staff_id)
    if not by.allows("roles.propose", agencies.path(work, member.agency_id)):
        raise NotFound
    role, _ = _possible(work, member, change)
    return worklist.propose(
        work,
        by=by,
        kind=ROLE_CHANGE.name,
        agency_id=change.agency_id,
        target_id=member.id,
        target_version=member.version,
        subject_id=None,
        payload={
            "role": role.code,
            "agency_id": str(change.agency_id),
            "action": change.action,
            "member": f"{member.name}（{member.username}）",
            "post": f"{role.name}（{agency}）",
        },
        note=note,
    )


def _apply(work: Work, staff_id: UUID, payload: Any, by: Actor) -> None:
    _require_other(by, staff_id)
    change = RoleChange(staff_id, payload["role"], UUID(payload["agency_id"]), payload["action"])
    _carry_out(work, by, change)


def _describe(payload: Any) -> tuple[Change, ...]:
    granted = payload["action"] == "grant"
    return (
        Change("人员", payload["member"], payload["member"]),
        Change("岗位", None if granted else payload["post"], payload["post"] if granted else None),
    )


def _locked_version(work: Work, staff_id: UUID) -> int:
    version = work.session.scalars(select(Staff.version).where(Staff.id == staff_id).with_for_update())
    return version.one()


ROLE_CHANGE = ApprovalKind(
    name="role_change",
    label="岗位授权变更",
    function="roles.approve",
    current_version=_locked_version,
    apply=_apply,
    describe=_describe,
)


def _require_other(by: Actor, staff_id: UUID) -> None:
    if by.id == staff_id:
        raise OwnRoles


def _carry_out(work: Work, by: Actor, change: RoleChange) -> None:
    """For roles that exclude each other the table's constraint has the last word, also on two at once."""
    member = _member(work, change.staff_id)
    role, held = _possible(work, member, change)
    now = work.clock.now()
    if held is None:
        held = RoleGrant(
            id=new_id(),
            staff_id=member.id,
            role_id=role.id,
            role_kind=role.kind,
            agency_id=change.agency_id,
            granted_at=now,
        )
        add(work, held, taken=RolesExclude())
    else:
        held.ended_at = now
    member.version += 1
    record(
        work,
        "role.granted" if change.action == "grant" else "role.ended",
        by=by,
        object_kind="staff",
        object_id=member.id,
        after={"role": role.code, "agency_id": str(change.agency_id), "grant_id": str(held.id)},
    )


def _member(work: Work, staff_id: UUID) -> Staff:
    member = work.session.get(Staff, staff_id, with_for_update=True)
    if member is None:
        raise NotFound
    return member


def _possible(work: Work, member: Staff, change: RoleChange) -> tuple[Role, RoleGrant | None]:
    """The role, and the grant that would be ended."""
    role = work.session.scalars(select(Role).where(Role.code == change.role)).one_or_none()
    if role is None:
        raise Invalid(fields=(FieldError("role", "没有这个岗位"),))
    held = held_by(work, member.id)
    same = [one for one in held if one.role_id == role.id and one.agency_id == change.agency_id]
    if change.action == "end":
        if not same:
            raise NotGranted
        require_another(work, same)
        return role, same[0]
    if member.state != "active":
        raise StaffDisabled
    if same:
        raise AlreadyGranted
    if any(one.role_kind != role.kind for one in held):
        raise RolesExclude
    return role, None


def require_another(work: Work, given_up: Sequence[RoleGrant]) -> None:
    """Raises LastAdministrator when a grant over the whole province has no other active holder.

    The roles are locked, so that two who go at once see each other.
    """
    paths = agencies.paths(work, {grant.agency_id for grant in given_up})
    for grant in given_up:
        if grant.role_kind == "business" or "." in paths[grant.agency_id]:
            continue
        work.session.execute(select(Role.id).where(Role.id == grant.role_id).with_for_update())
        others = (
            select(RoleGrant.id)
            .join(Staff, Staff.id == RoleGrant.staff_id)
            .where(
                RoleGrant.role_id == grant.role_id,
                RoleGrant.agency_id == grant.agency_id,
                RoleGrant.ended_at.is_(None),
                RoleGrant.staff_id != grant.staff_id,
                Staff.state == "active",
            )
        )
        if work.session.scalars(others.limit(1)).first() is None:
            raise LastAdministrator


def held_by(work: Work, staff_id: UUID) -> Sequence[RoleGrant]:
    """What a member holds now."""
    return work.session.scalars(
        select(RoleGrant).where(RoleGrant.staff_id == staff_id, RoleGrant.ended_at.is_(None))
    ).all()
