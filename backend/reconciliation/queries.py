"""Reading days and differences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from backend.agencies import queries as agencies
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.money import Fen
from backend.reconciliation.models import ReconciliationDay, ReconciliationDifference
from backend.reconciliation.views import (
    DAY_LABELS,
    DIRECTION_LABELS,
    ERROR_LABELS,
    KIND_LABELS,
    REASON_LABELS,
    STANDING_LABELS,
    STATE_LABELS,
    ChannelView,
    DayView,
    DifferenceView,
    KindCount,
    TotalsView,
)

READ = "reconciliation.read"
DAY_ORDER = (ReconciliationDay.day, ReconciliationDay.id)
ORDER = (ReconciliationDifference.found_at, ReconciliationDifference.id)
SORTS = {"found_at": ReconciliationDifference.found_at, "day": ReconciliationDifference.day}
Labels = Mapping[str, str]
"""Providers' names for people."""


@dataclass(frozen=True)
class Filters:
    """Which differences are wanted; None: all of them."""

    provider: str | None = None
    day: date | None = None
    kind: str | None = None
    state: str | None = None
    number: str | None = None


def days(
    *, provider: str | None = None, state: str | None = None, day_id: UUID | None = None
) -> Select[ReconciliationDay]:
    """Days, for a page ordered by `DAY_ORDER`."""
    statement = select(ReconciliationDay)
    if day_id is not None:
        statement = statement.where(ReconciliationDay.id == day_id)
    if provider is not None:
        statement = statement.where(ReconciliationDay.provider == provider)
    return statement if state is None else statement.where(ReconciliationDay.state == state)


def day_views(work: Work, rows: Sequence[ReconciliationDay], labels: Labels) -> list[DayView]:
    """Rows of `days`, in a fixed number of queries."""
    found = work.session.execute(
        select(ReconciliationDifference.day_id, ReconciliationDifference.state, func.count())
        .where(ReconciliationDifference.day_id.in_([row.id for row in rows]))
        .group_by(ReconciliationDifference.day_id, ReconciliationDifference.state)
    )
    counts = {(day_id, state): count for day_id, state, count in found}
    return [
        DayView(
            day_id=row.id,
            provider=row.provider,
            provider_label=labels.get(row.provider, row.provider),
            day=row.day,
            state=row.state,
            state_label=DAY_LABELS[row.state],
            running=row.run_id is not None,
            due_at=row.due_at,
            compared_at=row.compared_at,
            failures=row.failures,
            last_error=row.last_error,
            last_error_label=ERROR_LABELS.get(row.last_error) if row.last_error else None,
            theirs=_totals(row, "file"),
            ours=_totals(row, "our"),
            fees=Fen(row.file_fee_amount),
            **{state: counts.get((row.id, state), 0) for state in STATE_LABELS},
        )
        for row in rows
    ]


def differences(*, by: Actor, filters: Filters) -> Select[ReconciliationDifference]:
    """The differences within one's reach, for a page ordered by `ORDER`."""
    within = ReconciliationDifference.agency_id.in_(agencies.ids_within(by.reach(READ)))
    statement = select(ReconciliationDifference).where(within)
    for name, value in vars(filters).items():
        if value is not None:
            statement = statement.where(getattr(ReconciliationDifference, name) == value)
    return statement


def views(work: Work, rows: Sequence[ReconciliationDifference], labels: Labels) -> list[DifferenceView]:
    """Rows of `differences`, in a fixed number of queries."""
    homes = agencies.names(work, {row.agency_id for row in rows})
    return [
        DifferenceView(
            difference_id=row.id,
            provider_label=labels.get(row.provider, row.provider),
            direction_label=DIRECTION_LABELS[row.direction],
            kind_label=KIND_LABELS[row.kind],
            file_amount=_fen(row.file_amount),
            our_amount=_fen(row.our_amount),
            our_state_label=STANDING_LABELS[row.our_state] if row.our_state else None,
            agency_name=homes[row.agency_id],
            state_label=STATE_LABELS[row.state],
            reason=REASON_LABELS.get(row.reason, row.reason) if row.reason else None,
            **{name: getattr(row, name) for name in _AS_THEY_ARE},
        )
        for row in rows
    ]


_AS_THEY_ARE = (
    *("day_id", "provider", "day", "number", "reference", "direction", "kind", "lines", "booked_at"),
    *("our_state", "our_day", "agency_id", "object_id", "subject_id", "state"),
    *("found_at", "ended_at", "resolved_by"),
)


def difference(work: Work, *, by: Actor, difference_id: UUID, labels: Labels) -> DifferenceView:
    """One difference; raises NotFound, also when out of reach. Whoever shows it writes down the look."""
    row = work.session.get(ReconciliationDifference, difference_id, populate_existing=True)
    if row is None or not by.allows(READ, agencies.path(work, row.agency_id)):
        raise NotFound
    return views(work, [row], labels)[0]


def board(work: Work, *, by: Actor, labels: Labels) -> list[ChannelView]:
    """How each provider stands: its days are the whole bureau's, the open differences those within reach."""
    days_of = _latest(work)
    open_ones = _open(work, by)
    return [
        ChannelView(
            provider=name,
            label=label,
            latest_day=days_of[name].day if name in days_of else None,
            latest_state=days_of[name].state if name in days_of else None,
            latest_state_label=DAY_LABELS[days_of[name].state] if name in days_of else None,
            days_waiting=days_of[name].waiting if name in days_of else 0,
            oldest_open_day=min((row.oldest for row in open_ones[name]), default=None),
            open=sum(row.number for row in open_ones[name]),
            open_amount=Fen(sum(int(row.amount) for row in open_ones[name])),
            kinds=[KindCount(row.kind, KIND_LABELS[row.kind], row.number) for row in open_ones[name]],
        )
        for name, label in labels.items()
    ]


def _latest(work: Work) -> dict[str, Any]:
    """The newest day of each provider, and how many of its days have no file yet."""
    newest = (
        select(
            ReconciliationDay.provider,
            func.max(ReconciliationDay.day).label("day"),
            func.count().filter(ReconciliationDay.state == "waiting").label("waiting"),
        )
        .group_by(ReconciliationDay.provider)
        .subquery()
    )
    rows = work.session.execute(
        select(newest.c.provider, newest.c.day, newest.c.waiting, ReconciliationDay.state).join(
            ReconciliationDay,
            (ReconciliationDay.provider == newest.c.provider) & (ReconciliationDay.day == newest.c.day),
        )
    )
    return {row.provider: row for row in rows}


def _open(work: Work, by: Actor) -> Mapping[str, list[Any]]:
    amount = func.coalesce(ReconciliationDifference.file_amount, ReconciliationDifference.our_amount)
    rows = work.session.execute(
        select(
            ReconciliationDifference.provider,
            ReconciliationDifference.kind,
            func.count().label("number"),
            func.sum(amount).label("amount"),
            func.min(ReconciliationDifference.day).label("oldest"),
        )
        .where(
            ReconciliationDifference.state == "open",
            ReconciliationDifference.agency_id.in_(agencies.ids_within(by.reach(READ))),
        )
        .group_by(ReconciliationDifference.provider, ReconciliationDifference.kind)
        .order_by(ReconciliationDifference.provider, ReconciliationDifference.kind)
    )
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.provider].append(row)
    return found


def _totals(row: ReconciliationDay, side: str) -> TotalsView:
    return TotalsView(*(getattr(row, f"{side}_{name}") for name in _TOTALS))


_TOTALS = ("out_count", "out_amount", "in_count", "in_amount")


def _fen(amount: int | None) -> Fen | None:
    return None if amount is None else Fen(amount)
