"""Day-end files out of memory, and the product's own reconciler over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.kernel.clock import SHANGHAI, FixedClock
from backend.kernel.db import Database, Work
from backend.kernel.ids import new_id
from backend.kernel.money import Fen
from backend.payouts import carrying
from backend.payouts.kinds import PayoutKind
from backend.payouts.models import PayoutAttempt
from backend.payouts.ports import Answer, Outcome, Provider
from backend.payouts.reconciling import PayoutRecords
from backend.payouts.settling import settle
from backend.reconciliation.models import ReconciliationDay, ReconciliationDifference
from backend.reconciliation.ports import Channel, Channels, Line, NoDayFile
from backend.reconciliation.reconciler import Reconciler
from backend.worklist.models import Task
from tests.support.payouts import GRANT, ask

PACKET = PayoutKind(
    **{**GRANT.__dict__, "name": "test_packet", "label": "测试红包", "provider": Provider.RED_PACKET}
)
KINDS = {Provider.BANK: GRANT, Provider.RED_PACKET: PACKET}
_sequence = count(1)


@dataclass
class MemoryFiles:
    """Implements DayFiles: lines by day, or what is raised instead. Days without either have no file yet."""

    days: dict[date, Sequence[Line] | Exception] = field(default_factory=dict)
    asked: list[date] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def lines(self, day: date) -> Sequence[Line]:
        """See the port."""
        self.asked.append(day)
        self.meanwhile()
        found = self.days.get(day, NoDayFile())
        if isinstance(found, Exception):
            raise found
        return found


def line(number: str, amount: int, on: date, *, direction: Any = "out", at: time = time(10)) -> Line:
    """A line of a file; every one has a reference of its own."""
    booked_at = datetime.combine(on, at, SHANGHAI)
    return Line(number, f"F{next(_sequence):09d}", direction, Fen(amount), booked_at)


def channel(files: MemoryFiles, provider: Provider = Provider.BANK, **given: Any) -> Channel:
    """A channel as `backend.bootstrap` connects it, but for its files."""
    packets = provider is Provider.RED_PACKET
    records = [PayoutRecords(provider, charged_first=packets)]
    about = {"ready_by": time(10), "quiet_days": True} if packets else {}
    return Channel(provider.value, provider.label, files, **{"records": records, **about, **given})


def reconciler(*channels: Channel) -> Reconciler:
    return Reconciler(Channels(channels))


def reconcile_all(database: Database, *channels: Channel) -> None:
    """A turn of the worker."""
    reconciler(*channels).run(database, {})


def make_day(work: Work, on: date, *, due: bool = False, state: str = "differences") -> ReconciliationDay:
    """A day of the bank's that was compared, or is to be."""
    now = work.clock.now()
    waiting = state == "waiting"
    row = ReconciliationDay(
        id=new_id(),
        provider="bank",
        day=on,
        state=state,
        planned_at=now,
        due_at=now if due else None,
        compared_at=None if waiting else now,
        file_hash=None if waiting else "0" * 64,
    )
    work.session.add(row)
    work.session.flush()
    return row


def make_difference(work: Work, day: ReconciliationDay, agency_id: UUID, **given: Any) -> UUID:
    """A line of whose number nobody knows, open and not yet anybody's task."""
    row = ReconciliationDifference(
        **{
            "id": new_id(),
            "day_id": day.id,
            "provider": day.provider,
            "day": day.day,
            "number": f"N{next(_sequence):09d}",
            "direction": "out",
            "kind": "extra",
            "lines": 1,
            "file_amount": 52_000,
            "booked_at": datetime.combine(day.day, time(10), SHANGHAI),
            "reference": "B1",
            "agency_id": agency_id,
            "state": "open",
            "found_at": work.clock.now(),
        }
        | given
    )
    work.session.add(row)
    work.session.flush()
    return row.id


def day_of(work: Work, on: date, provider: str = "bank") -> ReconciliationDay:
    wanted = select(ReconciliationDay).where(
        ReconciliationDay.day == on, ReconciliationDay.provider == provider
    )
    return work.session.scalars(wanted, execution_options={"populate_existing": True}).one()


def differences(work: Work, on: date | None = None) -> list[ReconciliationDifference]:
    wanted = select(ReconciliationDifference).order_by(ReconciliationDifference.id)
    if on is not None:
        wanted = wanted.where(ReconciliationDifference.day == on)
    return list(work.session.scalars(wanted, execution_options={"populate_existing": True}))


def at(clock: FixedClock, day: date, hour: int) -> None:
    clock.set(datetime.combine(day, time(hour), SHANGHAI))


def paid(database: Database, on: date, *, amount: int = 100, provider: Provider = Provider.BANK) -> str:
    """A payout that the provider says it made on a day; its number."""
    with database.work() as work:
        payout_id = ask(work, amount=amount, kind=KINDS[provider])
        while carrying.claim(work, provider):
            pass
        attempt = work.session.scalars(
            select(PayoutAttempt).where(PayoutAttempt.payout_id == payout_id)
        ).one()
        settle(work, {attempt.id: Answer(Outcome.PAID, settled_on=on)})
        return attempt.number


def work_left(work: Work, kind: str) -> list[UUID]:
    wanted = select(Task.object_id).where(Task.kind == kind, Task.state.in_(("open", "leased")))
    return list(work.session.scalars(wanted))


def stand(database: Database, day: date, provider: str = "bank") -> tuple[str, int, str | None]:
    with database.work() as work:
        row = day_of(work, day, provider)
        return row.state, row.failures, row.last_error
