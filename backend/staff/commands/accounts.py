"""Keeping the accounts of staff."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, FieldError, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.rows import add
from backend.staff import lockout, rules, totp
from backend.staff.commands import roles
from backend.staff.commands.sign_in import remember_password
from backend.staff.models import Staff
from backend.staff.passwords import Passwords, one_time_password


class UsernameTaken(Conflict):
    """Another member of staff bears this name."""

    code = "username_taken"
    title = "该用户名已被使用，请换一个"


class OwnAccount(Conflict):
    """Nobody keeps their own account."""

    code = "own_account"
    title = "不能对自己的账号办理此操作，请由其他管理员办理"


class StaleStaff(Conflict):
    """The account was changed since it was read."""

    code = "stale_version"
    title = "该账号已被他人修改，请刷新后重试"


@dataclass(frozen=True)
class Issued:
    """Secrets of an account, told once."""

    staff_id: UUID
    username: str
    one_time_password: str | None = field(default=None, repr=False)
    otpauth_uri: str | None = field(default=None, repr=False)


def create(
    work: Work, *, by: Actor, username: str, name: str, agency_id: UUID, passwords: Passwords
) -> Issued:
    """Opens an account without any right; needs `staff.manage` over the agency.

    Raises InvalidUsername, UsernameTaken, Invalid (no such agency), Forbidden.
    """
    by.require("staff.manage", _path(work, agency_id))
    password, secret, now = one_time_password(), totp.new_secret(), work.clock.now()
    member = Staff(
        id=new_id(),
        username=rules.normalize_username(username),
        name=name,
        agency_id=agency_id,
        password_hash=passwords.hash(password),
        password_changed_at=now,
        created_at=now,
    )
    member.totp_secret = secret
    add(work, member, taken=UsernameTaken())
    after = {"username": member.username, "name": name, "agency_id": str(agency_id)}
    record(work, "staff.created", by=by, object_kind="staff", object_id=member.id, after=after)
    return Issued(member.id, member.username, password, totp.enrolment_uri(secret, member.username))


def change(
    work: Work,
    *,
    by: Actor,
    staff_id: UUID,
    version: int,
    name: str | None = None,
    agency_id: UUID | None = None,
    state: Literal["active", "disabled"] | None = None,
) -> None:
    """Changes what is given of an account; needs `staff.manage` over its agency, and the new one.

    Raises NotFound, Forbidden, OwnAccount, StaleStaff, Invalid (no such agency), LastAdministrator. The
    caller must end the sessions of a member who was disabled; their rights are gone at once.
    """
    member = _kept(work, staff_id, "staff.manage", by)
    if member.version != version:
        raise StaleStaff
    before = _values(member)
    if name is not None:
        member.name = name
    if agency_id is not None:
        by.require("staff.manage", _path(work, agency_id))
        member.agency_id = agency_id
    if state == "disabled" and member.state == "active":
        roles.require_another(work, roles.held_by(work, member.id))
    if state is not None:
        member.state = state
    member.version += 1
    record(
        work,
        "staff.changed",
        by=by,
        object_kind="staff",
        object_id=member.id,
        before=before,
        after=_values(member),
    )


def reset_password(work: Work, *, by: Actor, staff_id: UUID, passwords: Passwords) -> Issued:
    """Gives a member a one-time password, to be changed at the next sign-in; needs `staff.manage`.

    Raises NotFound, Forbidden, OwnAccount. The caller must end the member's sessions.
    """
    member = _kept(work, staff_id, "staff.manage", by)
    password = one_time_password()
    remember_password(member)
    member.password_hash = passwords.hash(password)
    member.password_changed_at = work.clock.now()
    member.must_change_password = True
    record(work, "staff.password_reset", by=by, object_kind="staff", object_id=member.id)
    return Issued(member.id, member.username, one_time_password=password)


def reset_totp(work: Work, *, by: Actor, staff_id: UUID) -> Issued:
    """Gives a member a new secret for dynamic codes; needs `staff.unlock`.

    Raises NotFound, Forbidden, OwnAccount. The caller must end the member's sessions.
    """
    member = _kept(work, staff_id, "staff.unlock", by)
    secret = totp.new_secret()
    member.totp_secret = secret
    member.totp_last_step = 0
    record(work, "staff.totp_reset", by=by, object_kind="staff", object_id=member.id)
    return Issued(member.id, member.username, otpauth_uri=totp.enrolment_uri(secret, member.username))


def unlock(work: Work, *, by: Actor, staff_id: UUID) -> None:
    """Forgets the wrong passwords that lock a member out; needs `staff.unlock`.

    Raises NotFound, Forbidden, OwnAccount.
    """
    member = _kept(work, staff_id, "staff.unlock", by)
    lockout.forgive(lockout.hold(work, member.username))
    record(work, "staff.unlocked", by=by, object_kind="staff", object_id=member.id)


def _kept(work: Work, staff_id: UUID, function: str, by: Actor) -> Staff:
    """A member whose account the caller may keep, locked.

    Reach over the home agency alone is not enough: whoever holds rights over more than the caller reaches
    would otherwise lend them to the caller with a reset password.
    """
    member = work.session.get(Staff, staff_id, with_for_update=True)
    if member is None or not by.allows(function, agencies.path(work, member.agency_id)):
        raise NotFound
    reached = {grant.agency_id for grant in roles.held_by(work, staff_id)}
    for path in agencies.paths(work, reached).values():
        by.require(function, path)
    if staff_id == by.id:
        raise OwnAccount
    return member


def _path(work: Work, agency_id: UUID) -> str:
    found = agencies.paths(work, [agency_id])
    if agency_id not in found:
        raise Invalid(fields=(FieldError("agency_id", "没有这个经办机构"),))
    return found[agency_id]


def _values(member: Staff) -> dict[str, str]:
    return {"name": member.name, "agency_id": str(member.agency_id), "state": member.state}
