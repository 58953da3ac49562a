"""Taking hold of a payout that a member of staff may change."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from backend.agencies import queries as agencies
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.payouts.errors import PayoutChanged
from backend.payouts.models import Payout, PayoutAttempt
from backend.payouts.settling import CASE
from backend.worklist.commands import close_task, put_back


def held(work: Work, payout_id: UUID, *, by: Actor, function: str, version: int) -> Payout:
    """The payout, locked. Raises NotFound (also when out of reach), PayoutChanged for a stale version."""
    payout = work.session.get(Payout, payout_id, with_for_update=True, populate_existing=True)
    if payout is None or not by.allows(function, agencies.path(work, payout.agency_id)):
        raise NotFound
    if payout.version != version:
        raise PayoutChanged
    return payout


def latest_attempt(work: Work, payout_id: UUID) -> PayoutAttempt:
    """The newest number of a payout, locked after the payout itself."""
    newest = (
        select(PayoutAttempt)
        .where(PayoutAttempt.payout_id == payout_id)
        .order_by(PayoutAttempt.ordinal.desc())
        .limit(1)
        .with_for_update()
    )
    return work.session.scalars(newest, execution_options={"populate_existing": True}).one()


def locked_version(work: Work, payout_id: UUID) -> int:
    """The version of a payout, which nobody changes before this transaction ends; raises NotFound."""
    version = work.session.scalar(select(Payout.version).where(Payout.id == payout_id).with_for_update())
    if version is None:
        raise NotFound
    return version


def handed_on_case(work: Work, by: Actor, payout_id: UUID) -> None:
    """Lets go of its task while a second person decides; somebody else at it is told TaskTaken."""
    put_back(work, by=by, kind=CASE.name, object_id=payout_id)


def closed_case(work: Work, by: Actor, payout_id: UUID, outcome: str) -> None:
    """Ends the task of whoever was to look at it; somebody else at it is told TaskTaken."""
    close_task(work, by=by, kind=CASE.name, object_id=payout_id, outcome=outcome)
