"""Which days are to be compared, and who is at one: one worker for each day of each provider."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.clock import SHANGHAI
from backend.kernel.db import Work
from backend.kernel.errors import Conflict
from backend.kernel.ids import new_id
from backend.reconciliation.models import ReconciliationDay
from backend.reconciliation.ports import Channel

NIGHT = timedelta(hours=3)
"""So long after a day's end its file is first asked for."""
LOOKS_BACK = timedelta(days=30)
LEASE = timedelta(minutes=10)
UNSEEN = timedelta(minutes=10)
"""So long before it was committed something may have been written that a comparison did not see."""
PAUSE, LONG_PAUSE = timedelta(hours=1), timedelta(hours=6)


class RunSuperseded(Conflict):
    """Another worker took this day over, because nothing had been heard of this one for long."""

    code = "reconciliation_run_superseded"
    title = "该日对账已由另一进程接手"


@dataclass(frozen=True)
class Claim:
    """A day that this worker is at, until nothing was heard of it for `LEASE`."""

    day_id: UUID
    run_id: UUID
    provider: str
    day: date
    failures: int


def plan(work: Work, channel: Channel) -> None:
    """Puts the days that are over on the list, and those again about which something was learnt since."""
    until = work.clock.today() - timedelta(days=1)
    latest, planned_at = work.session.execute(
        select(func.max(ReconciliationDay.day), func.max(ReconciliationDay.planned_at)).where(
            ReconciliationDay.provider == channel.name
        )
    ).one()
    if latest is not None and latest >= until:
        return
    start = until if latest is None else max(latest + timedelta(days=1), until - LOOKS_BACK)
    now = work.clock.now()
    days = [start + timedelta(days=number) for number in range((until - start).days + 1)]
    rows = [
        {
            "id": new_id(),
            "provider": channel.name,
            "day": day,
            "planned_at": now,
            "due_at": max(now, end_of(day) + NIGHT),
        }
        for day in days
    ]
    work.session.execute(insert(ReconciliationDay).values(rows).on_conflict_do_nothing())
    if planned_at is not None:
        _look_again(work, channel, planned_at)


def _look_again(work: Work, channel: Channel, since: datetime) -> None:
    """A record that was settled for a day after its file was looked at has never been beside that file."""
    oldest = work.clock.today() - LOOKS_BACK
    for records in channel.records:
        for day, at in records.learnt(work, since - UNSEEN).items():
            if day >= oldest:
                work.session.execute(
                    update(ReconciliationDay)
                    .where(
                        ReconciliationDay.provider == channel.name,
                        ReconciliationDay.day == day,
                        ReconciliationDay.compared_at < at + UNSEEN,
                    )
                    .values(due_at=func.coalesce(ReconciliationDay.due_at, work.clock.now()))
                )


def claim(work: Work, providers: Collection[str]) -> Claim | None:
    """Takes the oldest day that is due and that nobody else is at."""
    now = work.clock.now()
    row = work.session.scalars(
        select(ReconciliationDay)
        .where(ReconciliationDay.due_at <= now, ReconciliationDay.provider.in_(providers))
        .order_by(ReconciliationDay.day, ReconciliationDay.provider)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    row.run_id, row.due_at = new_id(), now + LEASE
    return Claim(row.id, row.run_id, row.provider, row.day, row.failures)


def held(work: Work, claim: Claim) -> ReconciliationDay:
    """The day, locked, with the lease drawn out from now. Raises RunSuperseded."""
    row = work.session.get_one(ReconciliationDay, claim.day_id, with_for_update=True, populate_existing=True)
    if row.run_id != claim.run_id:
        raise RunSuperseded
    row.due_at = work.clock.now() + LEASE
    return row


def put_off(work: Work, claim: Claim, error: str, *, given_up: bool) -> None:
    """Lets go of a day for which nothing could be had; it is tried again later, also when people know."""
    row = held(work, claim)
    row.failures, row.last_error, row.run_id = row.failures + 1, error, None
    row.due_at = work.clock.now() + (LONG_PAUSE if given_up else PAUSE)


def ask_again(work: Work, day_id: UUID) -> bool:
    """Has a day looked at again at once; False when a worker is at it, or it is due anyway."""
    now = work.clock.now()
    waits = or_(ReconciliationDay.due_at.is_(None), ReconciliationDay.due_at > now)
    changed = work.session.execute(
        update(ReconciliationDay)
        .where(ReconciliationDay.id == day_id, ReconciliationDay.run_id.is_(None), waits)
        .values(due_at=now)
        .returning(ReconciliationDay.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return changed is not None


def end_of(day: date) -> datetime:
    """When a business date is over."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI)
