"""Interest for everybody: two people have it started, jobs post it, account by account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from backend.accounts.interest import KINDS, YearNotOver, post
from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.actor import Actor, system
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, DomainError, Forbidden, Invalid
from backend.kernel.jobs import enqueue
from backend.law.book import Parameter
from backend.law.queries import law
from backend.law.wording import value_text
from backend.ledger import queries as ledger
from backend.ledger.commands import AlreadyPosted
from backend.worklist import commands as worklist
from backend.worklist.errors import ApprovalStale
from backend.worklist.kinds import ApprovalKind, Change

POST = "accounts.post_interest"
OWNERS_A_JOB = 200
BY = system("interest run")


def propose(work: Work, *, by: Actor, year: int, note: str = "") -> UUID:
    """Asks that a year's interest be posted for everybody; a second person decides. Gives the approval's id.

    Needs `interest.run` somewhere; whoever decides must hold it over all agencies. Raises Forbidden,
    YearNotOver, ParameterMissing, ApprovalPending.
    """
    root = agencies.by_code(work, by.agency_path.split(".")[0])
    if root is None or not by.reach("interest.run"):
        raise Forbidden
    return worklist.propose(
        work,
        by=by,
        kind=INTEREST_RUN.name,
        agency_id=root.agency_id,
        target_id=uuid5(NAMESPACE_OID, f"interest-run:{year}"),
        target_version=1,
        subject_id=None,
        payload={"year": year, "rate": value_text(_rate(work, year))},
        note=note,
    )


def start_run(work: Work, *, by: Actor, year: int, approved_by: UUID | None = None) -> None:
    """Has a year's interest posted for everybody, by jobs; starting it twice posts nothing twice.

    For the system alone; `approved_by` is the member of staff who had the last word. Raises Forbidden,
    YearNotOver, ParameterMissing.
    """
    if by.kind != "system":
        raise Forbidden
    _rate(work, year)
    enqueue(work, POST, {"year": year, "after": None})
    after = {"year": year, "approved_by": str(approved_by) if approved_by else None}
    record(work, "interest.run_started", by=by, after=after)


def post_some(work: Work, payload: Mapping[str, Any]) -> None:
    """The job: posts for the next accounts in order, and has the rest done by another job.

    An account whose interest cannot be posted is left open, with its reason in the trail: it must not keep
    all the others waiting.
    """
    year, after = int(payload["year"]), payload["after"]
    accounts = ledger.accounts_after(work, KINDS, UUID(after) if after else None, limit=OWNERS_A_JOB)
    for one in accounts:
        try:
            post(work, by=BY, person_id=one.owner_id, kind=one.kind, year=year)
        except AlreadyPosted:
            continue
        except (Conflict, Invalid) as refused:
            _leave_open(work, one, year, refused)
    if accounts:
        enqueue(work, POST, {"year": year, "after": str(accounts[-1].owner_id)})


def _leave_open(work: Work, account: ledger.OwnedAccount, year: int, refused: DomainError) -> None:
    why = {"kind": account.kind, "year": year, "reason": refused.code}
    record(work, "interest.left_open", by=BY, subject=account.owner_id, after=why)


def _rate(work: Work, year: int) -> Parameter:
    if year >= work.clock.today().year:
        raise YearNotOver
    return law().value("account_interest", date(year, 1, 1))


def _current_version(_work: Work, _target_id: UUID) -> int:
    """Always the same: the ledger itself refuses to post a year twice."""
    return 1


def _apply(work: Work, _target_id: UUID, payload: Any, by: Actor) -> None:
    if value_text(_rate(work, payload["year"])) != payload["rate"]:
        raise ApprovalStale
    start_run(work, by=BY, year=payload["year"], approved_by=by.id)


def _describe(payload: Any) -> tuple[Change, ...]:
    return (
        Change("计息年度", None, f"{payload['year']}年"),
        Change("记账利率", None, payload["rate"]),
    )


INTEREST_RUN = ApprovalKind(
    name="interest_run",
    label="个人账户年度计息",
    function="interest.run",
    current_version=_current_version,
    apply=_apply,
    describe=_describe,
)
