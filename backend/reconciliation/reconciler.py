"""The worker's part: fetches files, has them compared, and tells the rooms what they did not know.

Killed anywhere, a day is done again from its file on, and comes out the same: differences are written before
anybody is told of them, and whoever is told again has heard it before. No file is fetched inside a
transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from time import monotonic
from typing import Any, cast

import structlog
from sqlalchemy import select, update

from backend.audit.commands import record
from backend.kernel.clock import SHANGHAI
from backend.kernel.db import Database, Work
from backend.kernel.errors import DomainError, Unavailable
from backend.kernel.money import Fen
from backend.reconciliation import days, keeping, tasks
from backend.reconciliation.comparing import Comparison, Key, by_key, compare, digest, key_of
from backend.reconciliation.days import Claim
from backend.reconciliation.models import ReconciliationDay, ReconciliationDifference
from backend.reconciliation.ports import (
    BadDayFile,
    Channel,
    Channels,
    Direction,
    Line,
    NoDayFile,
    Record,
)
from backend.reconciliation.rules import ASKABLE, Told, classify

log = structlog.get_logger()
RUN = "reconciliation.run"
LEASE = timedelta(minutes=30)
EVERY = timedelta(minutes=5)
LONGEST_SECONDS = 20
NUMBERS_AT_ONCE = 10_000
TOLD_AT_ONCE = 200
GIVEN_UP_AFTER = {BadDayFile.code: 3}
ALWAYS_GIVEN_UP_AFTER = 12
"""So many tries, an hour apart, before people look at a file that does not come; a bad one is told sooner."""


class Reconciler:
    """Compares what is due at every channel."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels.by_name

    def run(self, database: Database, _payload: Mapping[str, Any]) -> None:
        """The job: all days that are due; what takes too long is left for the next turn."""
        with database.work() as work:
            for channel in self._channels.values():
                days.plan(work, channel)
        until = monotonic() + LONGEST_SECONDS
        while monotonic() < until and self.run_one(database):
            pass

    def run_one(self, database: Database) -> bool:
        """Does one day; False when none is due."""
        with database.work() as work:
            claim = days.claim(work, self._channels)
        if claim is None:
            return False
        channel = self._channels[claim.provider]
        lines = self.fetched(database, channel, claim)
        if lines is not None:
            reconcile(database, channel, claim, lines)
        return True

    def fetched(self, database: Database, channel: Channel, claim: Claim) -> Sequence[Line] | None:
        """The lines of a day; None, and the day put off, when there is no file that can be believed."""
        try:
            return channel.files.lines(claim.day)
        except (NoDayFile, BadDayFile, Unavailable) as error:
            return _without_file(database, channel, claim, error)


def reconcile(database: Database, channel: Channel, claim: Claim, lines: Sequence[Line]) -> None:
    """Compares a day with its file. Raises RunSuperseded when another worker has taken it over."""
    with database.work() as work:
        _write_down(work, channel, claim, lines)
    heard = False
    while _tell(database, channel, claim):
        heard = True
    while _hand_over(database, claim):
        pass
    with database.work() as work:
        if heard:  # some have settled meanwhile
            _add_up(days.held(work, claim), _compared(work, channel, claim.day, lines))
        _finish(work, claim)


def next_turn(after: datetime) -> datetime:
    """When the worker looks again at what is due."""
    return after + EVERY


def _without_file(
    database: Database, channel: Channel, claim: Claim, error: DomainError
) -> Sequence[Line] | None:
    given_up = claim.failures + 1 >= GIVEN_UP_AFTER.get(error.code, ALWAYS_GIVEN_UP_AFTER)
    with database.work() as work:
        if isinstance(error, NoDayFile) and _believed_quiet(work, channel, claim.day, given_up):
            return ()
        days.put_off(work, claim, error.code, given_up=given_up)
        if given_up:
            tasks.open_day(work, claim.day_id)
    log.warning("no day file", provider=claim.provider, day=str(claim.day), why=error.code)
    return None


def _believed_quiet(work: Work, channel: Channel, day: date, given_up: bool) -> bool:
    """Whether no file means that nothing moved; where we know better, only after waiting long for one."""
    ready = datetime.combine(day + timedelta(days=1), channel.ready_by, SHANGHAI)
    if not channel.quiet_days or work.clock.now() < ready:
        return False
    return given_up or not _anything_known(work, channel, day)


def _anything_known(work: Work, channel: Channel, day: date) -> bool:
    return any(one.of_day(work, day) or one.unanswered(work, day) for one in channel.records)


def _write_down(work: Work, channel: Channel, claim: Claim, lines: Sequence[Line]) -> None:
    keeping.one_at_a_time(work, claim.provider)
    row = days.held(work, claim)
    found = _compared(work, channel, claim.day, lines)
    keeping.keep(work, row, found.findings)
    _add_up(row, found)
    row.file_hash, row.state = digest(lines), "fetched"
    row.failures, row.last_error = 0, None


def _add_up(row: ReconciliationDay, found: Comparison) -> None:
    for side, totals in (("file", found.theirs), ("our", found.ours)):
        for name, value in vars(totals).items():
            setattr(row, f"{side}_{name}", value)
    row.file_fee_amount = found.fees


def _compared(work: Work, channel: Channel, day: date, lines: Sequence[Line]) -> Comparison:
    awaited = [
        record
        for records in channel.records
        for record in (*records.of_day(work, day), *records.unanswered(work, day - ASKABLE))
    ]
    expected = by_key(awaited)
    rest = dict.fromkeys(
        line.number for line in lines if line.direction != "fee" and key_of(line) not in expected
    )
    known = {**by_key(_of_numbers(work, channel, rest)), **expected}
    return compare(day, lines, known, expected)


def _of_numbers(work: Work, channel: Channel, numbers: Iterable[str]) -> Iterable[Record]:
    rest = iter(numbers)
    while some := list(islice(rest, NUMBERS_AT_ONCE)):
        for records in channel.records:
            yield from records.of_numbers(work, some)


def _tell(database: Database, channel: Channel, claim: Claim) -> bool:
    """Tells of some lines what they contradict, and ends the differences of those that fit now."""
    with database.work() as work:
        days.held(work, claim)
        rows = work.session.scalars(
            select(ReconciliationDifference)
            .where(
                ReconciliationDifference.day_id == claim.day_id,
                ReconciliationDifference.state == "open",
                ReconciliationDifference.kind.in_(("state", "amount")),
                ReconciliationDifference.heard_at.is_(None),
            )
            .order_by(ReconciliationDifference.id)
            .limit(TOLD_AT_ONCE)
        ).all()
        if not rows:
            return False
        for records in channel.records:
            records.hear(work, [_line(row) for row in rows])
        known = by_key(_of_numbers(work, channel, [row.number for row in rows]))
        fit = [row.id for row in rows if _fits(claim.day, row, known)]
        ids = [row.id for row in rows]
        work.session.execute(
            update(ReconciliationDifference)
            .where(ReconciliationDifference.id.in_(ids))
            .values(heard_at=work.clock.now())
            .execution_options(synchronize_session=False)
        )
        keeping.mend(work, fit, keeping.HEARD)
    return True


def _line(row: ReconciliationDifference) -> Line:
    if row.file_amount is None or row.booked_at is None:
        raise ValueError(f"difference {row.id} has no line")
    direction = cast(Direction, row.direction)
    return Line(row.number, row.reference or "", direction, Fen(row.file_amount), row.booked_at)


def _fits(day: date, row: ReconciliationDifference, known: Mapping[Key, Record]) -> bool:
    key = (row.number, cast(Direction, row.direction))
    return classify(day, Told(Fen(row.file_amount or 0), row.lines), known.get(key)) is None


def _hand_over(database: Database, claim: Claim) -> bool:
    with database.work() as work:
        days.held(work, claim)
        newest = keeping.newest_compared(work, claim.provider)
        return tasks.hand_over(work, claim.provider, max(newest or claim.day, claim.day)) > 0


def _finish(work: Work, claim: Claim) -> None:
    row = days.held(work, claim)
    counts = keeping.judged(work, row)
    if counts.get("open", 0) > tasks.MOST_OF_A_DAY:
        tasks.open_day(work, row.id)
    else:
        tasks.close_day(work, row.id)
    row.compared_at, row.due_at, row.run_id = work.clock.now(), None, None
    record(
        work,
        "reconciliation.compared",
        by=tasks.BY,
        object_kind="reconciliation_day",
        object_id=row.id,
        after={"provider": row.provider, "day": row.day.isoformat(), "state": row.state, **counts},
    )
