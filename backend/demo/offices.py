"""The bureau of the demo: its agencies, its employers, and a few members of staff with roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from backend.agencies import commands as agencies
from backend.agencies import queries as agency_queries
from backend.demo.material import employers, material
from backend.kernel.actor import Actor, system
from backend.kernel.db import Work
from backend.staff import queries as staff
from backend.staff.commands import accounts, roles, sign_in
from backend.staff.commands.bootstrap import bootstrap
from backend.staff.passwords import Passwords
from backend.worklist import commands as worklist

PASSWORD = "Coconut-Grove-46-Breeze"  # noqa: S105 printed in the README, refused in production
BY = system("demo")
CITIES = {"4601": "海口市", "4602": "三亚市"}


@dataclass(frozen=True)
class Member:
    """A member of the demo's staff: their account, and the role they hold over an agency."""

    username: str
    name: str
    role: str
    agency: str


STAFF = (
    Member("clerk.province", "周敏", "clerk", "46"),
    Member("clerk.qiongshan", "吴小燕", "clerk", "460107"),
    Member("clerk.sanya", "黎志勇", "clerk", "4602"),
    Member("supervisor.province", "冯静", "supervisor", "46"),
    Member("supervisor.haikou", "韩国栋", "supervisor", "4601"),
    Member("supervisor.sanya", "邢慧", "supervisor", "4602"),
)


@dataclass(frozen=True)
class Bureau:
    """Who works there, by username."""

    members: Mapping[str, UUID]

    def actor(self, work: Work, username: str) -> Actor:
        """A member with their rights of this moment."""
        entry = staff.signed_in(work, self.members[username])
        if entry is None:
            raise LookupError(username)
        return entry.actor


def open_bureau(work: Work, passwords: Passwords) -> Bureau:
    """Founds the agencies and makes the staff: administrators, then clerks whose roles two people gave."""
    issued = [
        first.issued
        for first in bootstrap(
            work, by=BY, agency_code="46", agency_name="海南省社会保险服务中心", passwords=passwords
        )
    ]
    administrators = Bureau({one.username: one.staff_id for one in issued})
    _found_agencies(work)
    for member in STAFF:
        where = agency_id(work, member.agency)
        new = accounts.create(
            work,
            by=administrators.actor(work, "system.admin"),
            username=member.username,
            name=member.name,
            agency_id=where,
            passwords=passwords,
        )
        issued.append(new)
        change = roles.RoleChange(new.staff_id, member.role, where, "grant")
        approval_id = roles.propose(work, by=administrators.actor(work, "system.admin"), change=change)
        worklist.approve(work, by=administrators.actor(work, "security.admin"), approval_id=approval_id)
    for one in issued:
        _choose_password(work, one, passwords)
    return Bureau({one.username: one.staff_id for one in issued})


def register_employers(work: Work, by: Actor) -> list[UUID]:
    """The employers in the order of `material.employers()`."""
    return [
        agencies.register_employer(
            work, by=by, agency_id=agency_id(work, one.district), credit_code=one.credit_code, name=one.name
        )
        for one in employers()
    ]


def agency_id(work: Work, code: str) -> UUID:
    """The agency with a code; raises LookupError."""
    found = agency_queries.by_code(work, code)
    if found is None:
        raise LookupError(code)
    return found.agency_id


def _found_agencies(work: Work) -> None:
    root = agency_id(work, "46")
    parents = {
        code: agencies.create(work, by=BY, code=code, name=f"{name}社会保险服务中心", parent_id=root)
        for code, name in CITIES.items()
    }
    for district in material()["district"]:
        parent = parents.get(district["code"][:4], root)
        name = f"{district['name']}社会保险服务中心"
        agencies.create(work, by=BY, code=district["code"], name=name, parent_id=parent)


def _choose_password(work: Work, issued: accounts.Issued, passwords: Passwords) -> None:
    member = staff.signed_in(work, issued.staff_id)
    if member is None or issued.one_time_password is None:
        raise LookupError(issued.username)
    sign_in.change_password(
        work, by=member.actor, current=issued.one_time_password, new=PASSWORD, passwords=passwords
    )
