"""Founding agencies and registering employers."""

from __future__ import annotations

import re
from uuid import UUID

from backend.agencies import queries
from backend.agencies.models import Agency, Employer
from backend.agencies.rules import normalize_credit_code
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, FieldError, Forbidden, Invalid
from backend.kernel.ids import new_id
from backend.kernel.rows import add

LONGEST_NAME = 100
CODE = re.compile(r"[0-9]{2,12}")


class AgencyCodeTaken(Conflict):
    """Another agency bears this code."""

    code = "agency_code_taken"
    title = "该经办机构代码已存在，请核对"


class EmployerExists(Conflict):
    """An active employer bears this credit code."""

    code = "employer_exists"
    title = "该统一社会信用代码的单位已登记"


def create(work: Work, *, by: Actor, code: str, name: str, parent_id: UUID | None = None) -> UUID:
    """Founds an agency below another one, or, by the system alone, the root.

    Needs `agencies.manage` over the parent. Raises Invalid, NotFound (no such parent), AgencyCodeTaken.
    """
    if not CODE.fullmatch(code):
        raise Invalid(fields=(FieldError("code", "机构代码应为2到12位数字"),))
    name = _name(name)
    if parent_id is not None:
        above = queries.path(work, parent_id)
        by.require("agencies.manage", above)
        path = f"{above}.{code}"
    elif by.kind == "system":
        path = code
    else:
        raise Forbidden
    agency = Agency(id=new_id(), code=code, name=name, path=path, parent_id=parent_id)
    add(work, agency, taken=AgencyCodeTaken())
    after = {"code": code, "name": name, "path": path}
    record(work, "agency.created", by=by, object_kind="agency", object_id=agency.id, after=after)
    return agency.id


def register_employer(work: Work, *, by: Actor, agency_id: UUID, credit_code: str, name: str) -> UUID:
    """Registers a payer in the care of an agency.

    Needs `enrolments.keep` over the agency. Raises Invalid, NotFound (no such agency), EmployerExists.
    """
    by.require("enrolments.keep", queries.path(work, agency_id))
    employer = Employer(
        id=new_id(), agency_id=agency_id, credit_code=normalize_credit_code(credit_code), name=_name(name)
    )
    add(work, employer, taken=EmployerExists())
    after = {"agency_id": str(agency_id), "credit_code": employer.credit_code, "name": employer.name}
    record(work, "employer.registered", by=by, object_kind="employer", object_id=employer.id, after=after)
    return employer.id


def _name(text: str) -> str:
    name = text.strip()
    if not 2 <= len(name) <= LONGEST_NAME:
        raise Invalid(fields=(FieldError("name", f"名称应为2到{LONGEST_NAME}个字"),))
    return name
