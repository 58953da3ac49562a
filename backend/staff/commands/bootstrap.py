"""The first three administrators of an installation, out of nothing."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from backend.agencies import commands as agencies
from backend.agencies import queries as agency_queries
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import Conflict
from backend.staff.commands import accounts, roles
from backend.staff.functions import ADMINISTRATORS
from backend.staff.models import Staff
from backend.staff.passwords import Passwords

ONE_BOOTSTRAP = 727276


class StaffExists(Conflict):
    """There are members of staff; the first ones make the rest."""

    code = "staff_exists"
    title = "系统中已有工作人员，不能再次初始化"


@dataclass(frozen=True)
class FirstAdministrator:
    """An administrator's role and their secrets, told once."""

    role: str
    name: str
    issued: accounts.Issued


def bootstrap(
    work: Work, *, by: Actor, agency_code: str, agency_name: str, passwords: Passwords
) -> list[FirstAdministrator]:
    """Seeds the roles, founds the root agency if there is none, and opens one account per administrator.

    Only the system may. Raises StaffExists, Forbidden, Invalid.
    """
    work.session.execute(select(func.pg_advisory_xact_lock(ONE_BOOTSTRAP)))
    if work.session.scalar(select(Staff.id).limit(1)):
        raise StaffExists
    roles.seed(work, by=by)
    root = next((agency for agency in agency_queries.tree(work) if agency.parent_id is None), None)
    agency_id = root.agency_id if root else agencies.create(work, by=by, code=agency_code, name=agency_name)
    made = []
    for role in ADMINISTRATORS:
        issued = accounts.create(
            work,
            by=by,
            username=role.code.removesuffix("istrator").replace("_", "."),
            name=role.name,
            agency_id=agency_id,
            passwords=passwords,
        )
        change = roles.RoleChange(issued.staff_id, role.code, agency_id, "grant")
        roles.set_role(work, by=by, change=change)
        made.append(FirstAdministrator(role.code, role.name, issued))
    return made
