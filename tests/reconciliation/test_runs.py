"""Files that come late, wrong or not at all, and workers that die or meet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase
from backend.kernel.errors import Unavailable
from backend.payouts import carrying
from backend.payouts.models import PayoutAttempt
from backend.payouts.ports import Provider
from backend.payouts.reconciling import PayoutRecords
from backend.reconciliation import days, keeping, tasks
from backend.reconciliation import reconciler as running
from backend.reconciliation.days import RunSuperseded
from backend.reconciliation.ports import BadDayFile, Channel, NoDayFile
from backend.web.house import House
from tests.reconciliation.planted import plant
from tests.support.payouts import ask
from tests.support.people import traces
from tests.support.racing import at_once
from tests.support.reconciliation import (
    KINDS,
    MemoryFiles,
    at,
    channel,
    day_of,
    differences,
    line,
    paid,
    reconcile_all,
    stand,
    work_left,
)

DAY = date(2026, 11, 22)
NEXT = DAY + timedelta(days=1)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("house")


def test_a_file_that_is_late_is_waited_for(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    number = paid(database, DAY)
    at(clock, NEXT, 2)
    reconcile_all(database, bank)
    assert files.asked == [], "asked for in the night, not before"
    at(clock, NEXT, 4)
    for failures in (1, 2):
        reconcile_all(database, bank)
        reconcile_all(database, bank)
        assert stand(database, DAY) == ("waiting", failures, "no_day_file")
        assert files.asked == [DAY] * failures
        clock.advance(HOUR)
    files.days[DAY] = [line(number, 100, DAY)]
    reconcile_all(database, bank)
    assert stand(database, DAY) == ("clean", 0, None)
    clock.advance(HOUR)
    reconcile_all(database, bank)
    assert files.asked == [DAY] * 3, "once it is done it is done"


@pytest.mark.parametrize(
    ("error", "tries"), [(BadDayFile(), 3), (NoDayFile(), 12), (Unavailable(), 12)], ids=str
)
def test_people_are_told_of_a_file_that_does_not_come(
    database: BoundDatabase,
    clock: FixedClock,
    files: MemoryFiles,
    bank: Channel,
    error: Exception,
    tries: int,
) -> None:
    number = paid(database, DAY)
    files.days[DAY] = error
    at(clock, NEXT, 3)
    for failures in range(1, tries + 1):
        with database.work() as work:
            assert work_left(work, tasks.DAY.name) == []
        reconcile_all(database, bank)
        assert stand(database, DAY)[:2] == ("waiting", failures)
        clock.advance(HOUR)
    with database.work() as work:
        assert work_left(work, tasks.DAY.name) == [day_of(work, DAY).id]
        assert differences(work) == []
    files.days = {DAY: [line(number, 100, DAY)], NEXT: []}
    clock.advance(6 * HOUR)
    reconcile_all(database, bank)
    assert stand(database, DAY) == ("clean", 0, None)
    with database.work() as work:
        assert work_left(work, tasks.DAY.name) == []


def test_a_wallet_has_no_bill_of_a_quiet_day(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, wallet: Channel
) -> None:
    at(clock, NEXT, 9)
    reconcile_all(database, wallet)
    assert stand(database, DAY, "red_packet")[0] == "waiting", "the bill may still be made"
    at(clock, NEXT, 10)
    reconcile_all(database, wallet)
    assert stand(database, DAY, "red_packet")[0] == "clean"


def test_no_bill_of_a_day_that_was_not_quiet_is_missed(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, wallet: Channel
) -> None:
    number = paid(database, DAY, provider=Provider.RED_PACKET)
    at(clock, NEXT, 10)
    for _ in range(11):
        reconcile_all(database, wallet)
        assert stand(database, DAY, "red_packet")[0] == "waiting"
        clock.advance(HOUR)
    reconcile_all(database, wallet)
    assert stand(database, DAY, "red_packet")[0] == "differences"
    with database.work() as work:
        assert [(row.number, row.kind) for row in differences(work)] == [(number, "missing")]


def test_an_unanswered_packet_makes_a_day_not_quiet(
    database: BoundDatabase, clock: FixedClock, wallet: Channel
) -> None:
    with database.work() as work:
        ask(work, kind=KINDS[Provider.RED_PACKET])
        assert carrying.claim(work, Provider.RED_PACKET)
    at(clock, NEXT, 11)
    reconcile_all(database, wallet)
    assert stand(database, DAY, "red_packet")[0] == "waiting"


def test_nothing_is_fetched_inside_a_transaction(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    inside: list[bool] = []
    files.days[DAY] = []
    files.meanwhile = lambda: inside.append(database._connection.in_nested_transaction())
    at(clock, NEXT, 4)
    reconcile_all(database, bank)
    assert inside == [False]


class Killed(Exception):
    """The worker is no more."""


def dying(patch: pytest.MonkeyPatch, place: Any, name: str, *, turn: int) -> None:
    """Whoever calls it for the `turn`th time dies before it is done; then it works again."""
    true: Callable[..., Any] = getattr(place, name)
    calls = 0

    def planted(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        result = true(*given, **named)
        if calls == turn:
            raise Killed
        return result

    patch.setattr(place, name, planted)


DEATHS = [
    (keeping, "keep", 1),
    (PayoutRecords, "hear", 1),
    (PayoutRecords, "hear", 3),
    (keeping, "mend", 2),
    (keeping, "mend", 4),
    (tasks, "hand_over", 1),
    (tasks, "hand_over", 2),
    (keeping, "judged", 1),
]


@pytest.mark.parametrize(("place", "name", "turn"), DEATHS)
def test_a_worker_that_died_leaves_nothing_half_done(
    database: BoundDatabase,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    place: Any,
    name: str,
    turn: int,
) -> None:
    planted = plant(database, clock, Provider.BANK, DAY, times=2)
    bank = channel(MemoryFiles({DAY: planted.lines}))
    clock.advance(timedelta(days=1))
    monkeypatch.setattr(running, "TOLD_AT_ONCE", 3)
    monkeypatch.setattr(tasks, "AT_ONCE", 5)
    with monkeypatch.context() as patch:
        dying(patch, place, name, turn=turn)
        with pytest.raises(Killed):
            reconcile_all(database, bank)
    reconcile_all(database, bank)
    with database.work() as work:
        assert day_of(work, DAY).compared_at is None, "somebody may still be at it"
    clock.advance(days.LEASE)
    reconcile_all(database, bank)
    with database.work() as work:
        rows = differences(work)
        assert {(row.number, row.direction): (row.kind, row.state) for row in rows} == planted.found
        handed = {row.id for row in rows if row.state == "open" and row.kind != "missing"}
        assert set(work_left(work, tasks.DIFFERENCE.name)) == handed
        assert len(traces(work, "reconciliation.compared")) == 1
        found = {
            row.number: row.state
            for row in work.session.execute(select(PayoutAttempt.number, PayoutAttempt.state))
        }
        assert {number: found[number] for number in planted.becomes} == planted.becomes


def test_one_that_was_held_for_dead_cannot_go_on(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    """While it waits for its file another takes over; then the first one comes back."""
    number = paid(database, DAY)
    files.days[DAY] = [line(number, 100, DAY)]
    at(clock, NEXT, 4)

    def sleep() -> None:
        files.meanwhile = lambda: None
        clock.advance(days.LEASE)
        reconcile_all(database, bank)

    files.meanwhile = sleep
    with pytest.raises(RunSuperseded):
        reconcile_all(database, bank)
    assert stand(database, DAY)[0] == "clean"
    assert files.asked == [DAY, DAY]


def test_many_workers_fetch_a_day_once(real_house: House, clock: FixedClock) -> None:
    files = MemoryFiles({DAY: [line("N1", 1, DAY)]})
    one = channel(files)
    with real_house.database.work() as work:
        ask(work)  # founds the agencies
    at(clock, NEXT, 4)
    outcomes = at_once(4, lambda _: reconcile_all(real_house.database, one))
    assert outcomes == [None] * 4
    assert files.asked == [DAY]
    with real_house.database.work() as work:
        assert [row.kind for row in differences(work)] == ["extra"]
        assert len(work_left(work, tasks.DIFFERENCE.name)) == 1
