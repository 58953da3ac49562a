"""Who is insured for what, by whom, from when to when, and on which base."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.money import Fen
from backend.kernel.rows import add
from backend.people.commands._records import held
from backend.people.errors import BaseDeclaredAlready, EnrolmentClosed, EnrolmentOverlaps
from backend.people.models import DeclaredBase, Enrolment
from backend.people.rules.insured import Insurance
from backend.people.rules.months import is_month

FUNCTION = "enrolments.keep"


def enrol(
    work: Work,
    *,
    by: Actor,
    person_id: UUID,
    insurance: str,
    from_month: date,
    employer_id: UUID | None = None,
    until_month: date | None = None,
    base: Fen | None = None,
) -> UUID:
    """Insures a person from a month on, up to and without `until_month`, by an employer or by themselves.

    A `base` is declared from the first month on. The case belongs to the employer's agency, or, without one,
    to the person's. Needs `enrolments.keep` over the person. Raises Invalid, NotFound, PersonDead,
    EnrolmentOverlaps.
    """
    person = held(work, person_id, by=by, function=FUNCTION, living=True)
    _check(insurance, from_month, until_month, employer_id, person.birth_date)
    enrolment = Enrolment(
        id=new_id(),
        person_id=person_id,
        employer_id=employer_id,
        agency_id=person.agency_id if employer_id is None else _care_of(work, employer_id),
        insurance=insurance,
        from_month=from_month,
        until_month=until_month,
    )
    add(work, enrolment, taken=EnrolmentOverlaps())
    if person.state == "moved":  # whoever is insured here again has come back
        person.state = "active"
        person.version += 1
    after = {
        "insurance": insurance,
        "employer_id": str(employer_id) if employer_id else None,
        "from_month": from_month.isoformat(),
        "until_month": until_month.isoformat() if until_month else None,
    }
    _record(work, "enrolment.started", by, enrolment, after)
    if base is not None:
        _declare(work, by, enrolment, {from_month: base})
    return enrolment.id


def end_enrolment(work: Work, *, by: Actor, person_id: UUID, enrolment_id: UUID, until_month: date) -> None:
    """Ends a running enrolment; `until_month` is the first month no longer covered.

    Needs `enrolments.keep` over the person. Raises Invalid, NotFound, EnrolmentClosed.
    """
    enrolment = _held(work, by, person_id, enrolment_id)
    if enrolment.until_month is not None:
        raise EnrolmentClosed
    if not is_month(until_month) or until_month <= enrolment.from_month:
        raise Invalid(fields=(FieldError("until_month", "停保月份应为某月1日，且晚于参保月份"),))
    enrolment.until_month = until_month
    _record(work, "enrolment.ended", by, enrolment, {"until_month": until_month.isoformat()})


def declare_bases(
    work: Work, *, by: Actor, person_id: UUID, enrolment_id: UUID, bases: Mapping[date, Fen]
) -> None:
    """Declares contribution bases (AAE180), in fen a month, of an enrolment, each from a month on.

    Whether they lie between the years' floor and ceiling is for the assessment to say. Needs
    `enrolments.keep` over the person. Raises Invalid, NotFound, BaseDeclaredAlready.
    """
    enrolment = _held(work, by, person_id, enrolment_id)
    end = enrolment.until_month or date.max
    if not all(is_month(month) and enrolment.from_month <= month < end for month in bases):
        raise Invalid(fields=(FieldError("from_month", "起始月份应为某月1日，且在参保时段之内"),))
    _declare(work, by, enrolment, bases)


def _declare(work: Work, by: Actor, enrolment: Enrolment, bases: Mapping[date, Fen]) -> None:
    if any(base <= 0 for base in bases.values()):
        raise Invalid(fields=(FieldError("base", "缴费基数应大于零"),))
    rows = [
        DeclaredBase(id=new_id(), enrolment_id=enrolment.id, from_month=month, base=base)
        for month, base in bases.items()
    ]
    add(work, *rows, taken=BaseDeclaredAlready())
    _record(work, "base.declared", by, enrolment, {month.isoformat(): base for month, base in bases.items()})


def _held(work: Work, by: Actor, person_id: UUID, enrolment_id: UUID) -> Enrolment:
    # The person's lock serializes all changes to their enrolments.
    held(work, person_id, by=by, function=FUNCTION)
    enrolment = work.session.get(Enrolment, enrolment_id, populate_existing=True)
    if enrolment is None or enrolment.person_id != person_id:
        raise NotFound
    if enrolment.voided_at is not None:
        raise EnrolmentClosed
    return enrolment


def _check(
    insurance: str, from_month: date, until_month: date | None, employer_id: UUID | None, born: date
) -> None:
    wrong = []
    if insurance not in set(Insurance):
        wrong.append(FieldError("insurance", "险种不在可选范围内"))
    elif Insurance(insurance).needs_employer and employer_id is None:
        wrong.append(FieldError("employer_id", f"{Insurance(insurance).label}须由用人单位参保，请选择单位"))
    elif not Insurance(insurance).allows_employer and employer_id is not None:
        wrong.append(FieldError("employer_id", f"{Insurance(insurance).label}由个人参保，不能选择单位"))
    if not is_month(from_month) or from_month < born.replace(day=1):
        wrong.append(FieldError("from_month", "参保月份应为某月1日，且不早于出生月份"))
    if until_month is not None and (not is_month(until_month) or until_month <= from_month):
        wrong.append(FieldError("until_month", "停保月份应为某月1日，且晚于参保月份"))
    if wrong:
        raise Invalid(fields=tuple(wrong))


def _care_of(work: Work, employer_id: UUID) -> UUID:
    employer = agencies.employer(work, employer_id)
    if not employer.active:
        raise Invalid(fields=(FieldError("employer_id", "该单位已注销，不能参保"),))
    return employer.agency_id


def _record(work: Work, action: str, by: Actor, enrolment: Enrolment, after: Mapping[str, object]) -> None:
    record(
        work,
        action,
        by=by,
        subject=enrolment.person_id,
        object_kind="enrolment",
        object_id=enrolment.id,
        after=after,
    )
