"""Writing down what did not fit, in few statements however much it is, and once however often it is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, Text, any_, column, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from backend.agencies import queries as agencies
from backend.kernel.db import Work
from backend.kernel.errors import Conflict
from backend.kernel.ids import new_id
from backend.kernel.rows import add_many
from backend.reconciliation.comparing import Finding, Key
from backend.reconciliation.models import ReconciliationDay, ReconciliationDifference
from backend.reconciliation.tasks import take_back

_DIFFERENCE = cast(Table, ReconciliationDifference.__table__)
FACTS = (
    *("kind", "lines", "file_amount", "booked_at", "reference"),
    *("our_amount", "our_state", "our_day", "agency_id", "subject_id", "object_id"),
)
OUTCOME = ("state", "reason", "ended_at", "heard_at", "handed_over_at", "resolved_by")
WEIGHTY = ("kind", "lines", "file_amount", "our_amount", "our_state")
"""When one of these changes, what was ended is open again."""
WRITING = 727_275
"""The first part of the key of an advisory lock; the second is a hash of the provider."""
LATE, AGREED, HEARD = "booked_another_day", "agrees_now", "settled_by_file"


def one_at_a_time(work: Work, provider: str) -> None:
    """Lets no other day of a provider be written down before this transaction ends.

    What is missed on one day may be matched by the other: each must see what the other found.
    """
    work.session.execute(select(func.pg_advisory_xact_lock(WRITING, func.hashtext(provider))))


def keep(work: Work, day: ReconciliationDay, findings: Sequence[Finding]) -> None:
    """Makes the differences of a day those that were found now.

    What is found for the first time is added; what is there and the same stays as it is, also when somebody
    has resolved it; what has changed is open again; what is no longer found has mended by itself.
    """
    elsewhere = _matched_elsewhere(work, day, [one.key for one in findings if one.verdict.kind == "missing"])
    nobodys = any(one.record is None for one in findings)
    home = agencies.root(work).agency_id if nobodys else None
    wanted = {
        one.key: _row(work, day, one, home)
        for one in findings
        if one.verdict.kind != "missing" or one.key not in elsewhere
    }
    there = _there(work, day.id)
    add_many(
        work,
        ReconciliationDifference,
        [row for key, row in wanted.items() if key not in there],
        taken=Conflict(),
    )
    _change(
        work,
        [
            {**row, "id": there[key].id, "found_at": there[key].found_at}
            for key, row in wanted.items()
            if key in there and _differs(there[key], row)
        ],
    )
    gone = [row.id for key, row in there.items() if key not in wanted and row.state == "open"]
    mend(work, gone, AGREED)
    _match_missing(work, day, [key for key, row in wanted.items() if row["reason"] == LATE])


def mend(work: Work, ids: Sequence[UUID], reason: str) -> None:
    """Ends differences that nobody has to look at; a task of theirs is taken back."""
    if not ids:
        return
    rows = work.session.execute(
        update(_DIFFERENCE)
        .where(_DIFFERENCE.c.id == any_(literal(list(ids), ARRAY(Uuid()))), _DIFFERENCE.c.state == "open")
        .values(state="mended", reason=reason, ended_at=work.clock.now())
        .returning(_DIFFERENCE.c.id, _DIFFERENCE.c.handed_over_at)
    ).all()
    take_back(work, [row.id for row in rows if row.handed_over_at])


def judged(work: Work, day: ReconciliationDay) -> dict[str, int]:
    """Makes the state of a day what its differences say, and counts them by state."""
    work.session.flush()
    rows = work.session.execute(
        select(_DIFFERENCE.c.state, func.count())
        .where(_DIFFERENCE.c.day_id == day.id)
        .group_by(_DIFFERENCE.c.state)
    )
    counts = {state: int(count) for state, count in rows}
    day.state = "differences" if counts.get("open") else "closed" if counts else "clean"
    return counts


def _row(work: Work, day: ReconciliationDay, one: Finding, home: UUID | None) -> dict[str, Any]:
    """A difference as it is found; what nobody of ours knows belongs to the province."""
    told, line, record = one.told, one.line, one.record
    ended = work.clock.now() if one.verdict.matched else None
    return {
        "id": new_id(),
        "day_id": day.id,
        "provider": day.provider,
        "day": day.day,
        "number": one.key[0],
        "direction": one.key[1],
        "kind": one.verdict.kind,
        "lines": told.lines if told else 0,
        "file_amount": told.amount if told else None,
        "booked_at": line.booked_at if line else None,
        "reference": line.reference if line else None,
        "our_amount": record.amount if record else None,
        "our_state": record.state.value if record else None,
        "our_day": record.settled_on if record else None,
        "agency_id": record.agency_id if record else home,
        "subject_id": record.subject_id if record else None,
        "object_id": record.object_id if record else None,
        "state": "mended" if ended else "open",
        "reason": LATE if ended else None,
        "found_at": work.clock.now(),
        "ended_at": ended,
        "heard_at": None,
        "handed_over_at": None,
        "resolved_by": None,
    }


def _there(work: Work, day_id: UUID) -> Mapping[Key, Any]:
    columns = (*WEIGHTY, *("id", "number", "direction", "state", "found_at"))
    rows = work.session.execute(
        select(*(_DIFFERENCE.c[name] for name in columns)).where(_DIFFERENCE.c.day_id == day_id)
    )
    return {(row.number, row.direction): row for row in rows}


def _differs(before: Any, row: Mapping[str, Any]) -> bool:
    return any(getattr(before, name) != row[name] for name in WEIGHTY)


def _change(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    names = ("id", *FACTS, *OUTCOME)
    kinds = {name: _DIFFERENCE.c[name].type for name in names}
    arrays = [literal([row[name] for row in rows], ARRAY(kinds[name])) for name in names]
    columns = [column(name, kinds[name]) for name in names]
    new = func.unnest(*arrays).table_valued(*columns).render_derived("new")
    work.session.execute(
        update(_DIFFERENCE)
        .where(_DIFFERENCE.c.id == new.c.id)
        .values({name: new.c[name] for name in (*FACTS, *OUTCOME)})
    )
    take_back(work, [row["id"] for row in rows])


def _matched_elsewhere(work: Work, day: ReconciliationDay, keys: Sequence[Key]) -> set[Key]:
    """Movements of ours on this day whose line stands in another day's file, and was matched there."""
    if not keys:
        return set()
    rows = work.session.execute(
        select(_DIFFERENCE.c.number, _DIFFERENCE.c.direction).where(
            *_about(day.provider, keys),
            _DIFFERENCE.c.kind == "late",
            _DIFFERENCE.c.state != "open",
            _DIFFERENCE.c.our_day == day.day,
        )
    )
    return {(row.number, row.direction) for row in rows}


def _match_missing(work: Work, day: ReconciliationDay, keys: Sequence[Key]) -> None:
    """Ends what was missed on our day: its line has come in this file."""
    if not keys:
        return
    rows = work.session.execute(
        select(_DIFFERENCE.c.id, _DIFFERENCE.c.day_id).where(
            *_about(day.provider, keys),
            _DIFFERENCE.c.kind == "missing",
            _DIFFERENCE.c.state == "open",
        )
    ).all()
    others = [  # the days first, as everybody does
        work.session.get_one(ReconciliationDay, day_id, with_for_update=True, populate_existing=True)
        for day_id in sorted({row.day_id for row in rows})
    ]
    mend(work, [row.id for row in rows], LATE)
    for other in others:
        judged(work, other)


def _about(provider: str, keys: Sequence[Key]) -> tuple[Any, ...]:
    numbers, directions = zip(*keys, strict=True)
    wanted = (
        func.unnest(literal(list(numbers), ARRAY(Text())), literal(list(directions), ARRAY(Text())))
        .table_valued(column("number", Text()), column("direction", Text()))
        .render_derived("wanted")
    )
    key = tuple_(_DIFFERENCE.c.number, _DIFFERENCE.c.direction)
    return (
        _DIFFERENCE.c.provider == provider,
        key.in_(select(wanted.c.number, wanted.c.direction)),
    )


def newest_compared(work: Work, provider: str) -> date | None:
    """The last day of a provider whose file was looked at."""
    return work.session.scalar(
        select(func.max(ReconciliationDay.day)).where(
            ReconciliationDay.provider == provider, ReconciliationDay.compared_at.is_not(None)
        )
    )
