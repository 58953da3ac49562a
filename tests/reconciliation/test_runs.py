"""Files that come late, wrong or not at all; workers that die; days that touch each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.kernel.clock import SHANGHAI, FixedClock
from backend.kernel.db import BoundDatabase, Database, Work
from backend.kernel.errors import Unavailable
from backend.payouts import carrying
from backend.payouts.models import PayoutAttempt
from backend.payouts.ports import Answer, Outcome, Provider
from backend.payouts.reconciling import PayoutRecords
from backend.payouts.settling import settle
from backend.reconciliation import days, keeping, tasks
from backend.reconciliation import reconciler as running
from backend.reconciliation.days import RunSuperseded
from backend.reconciliation.ports import BadDayFile, Channel, NoDayFile
from backend.web.house import House
from backend.worklist.models import Task
from tests.reconciliation.planted import KINDS, plant
from tests.support.payouts import ask
from tests.support.people import traces
from tests.support.racing import at_once
from tests.support.reconciliation import (
    MemoryFiles,
    channel,
    day_of,
    differences,
    line,
    reconcile_all,
    reconciler,
)

DAY = date(2026, 11, 22)
NEXT = DAY + timedelta(days=1)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def files() -> MemoryFiles:
    return MemoryFiles()


@pytest.fixture
def bank(files: MemoryFiles) -> Channel:
    return channel(files)


@pytest.fixture
def wallet(files: MemoryFiles) -> Channel:
    return channel(files, Provider.RED_PACKET)


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


def stand(database: Database, provider: str = "bank", day: date = DAY) -> tuple[str, int, str | None]:
    with database.work() as work:
        row = day_of(work, day, provider)
        return row.state, row.failures, row.last_error


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
        assert stand(database) == ("waiting", failures, "no_day_file")
        assert files.asked == [DAY] * failures
        clock.advance(HOUR)
    files.days[DAY] = [line(number, 100, DAY)]
    reconcile_all(database, bank)
    assert stand(database) == ("clean", 0, None)
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
        assert stand(database)[:2] == ("waiting", failures)
        clock.advance(HOUR)
    with database.work() as work:
        assert work_left(work, tasks.DAY.name) == [day_of(work, DAY).id]
        assert differences(work) == []
    files.days = {DAY: [line(number, 100, DAY)], NEXT: []}
    clock.advance(6 * HOUR)
    reconcile_all(database, bank)
    assert stand(database) == ("clean", 0, None)
    with database.work() as work:
        assert work_left(work, tasks.DAY.name) == []


def test_a_wallet_has_no_bill_of_a_quiet_day(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, wallet: Channel
) -> None:
    at(clock, NEXT, 9)
    reconcile_all(database, wallet)
    assert stand(database, "red_packet")[0] == "waiting", "the bill may still be made"
    at(clock, NEXT, 10)
    reconcile_all(database, wallet)
    assert stand(database, "red_packet")[0] == "clean"


def test_no_bill_of_a_day_that_was_not_quiet_is_missed(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, wallet: Channel
) -> None:
    number = paid(database, DAY, provider=Provider.RED_PACKET)
    at(clock, NEXT, 10)
    for _ in range(11):
        reconcile_all(database, wallet)
        assert stand(database, "red_packet")[0] == "waiting"
        clock.advance(HOUR)
    reconcile_all(database, wallet)
    assert stand(database, "red_packet")[0] == "differences"
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
    assert stand(database, "red_packet")[0] == "waiting"


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
    assert stand(database)[0] == "clean"
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


def test_a_line_of_tomorrow_ends_what_was_missed_today(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    number = paid(database, DAY)
    files.days = {DAY: [], NEXT: [line(number, 100, NEXT)]}
    at(clock, NEXT, 4)
    reconcile_all(database, bank)
    assert stand(database)[0] == "differences"
    with database.work() as work:
        assert work_left(work, tasks.DIFFERENCE.name) == [], "it waits for the next file"
    at(clock, NEXT + timedelta(days=1), 4)
    reconcile_all(database, bank)
    with database.work() as work:
        found = [(row.day, row.kind, row.state, row.reason) for row in differences(work)]
        assert found == [
            (DAY, "missing", "mended", keeping.LATE),
            (NEXT, "late", "mended", keeping.LATE),
        ]
        assert work_left(work, tasks.DIFFERENCE.name) == []
    assert (stand(database)[0], stand(database, day=NEXT)[0]) == ("closed", "closed")


def test_a_line_of_yesterday_is_not_missed_today(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    number = paid(database, NEXT)
    files.days = {DAY: [line(number, 100, DAY)], NEXT: []}
    for day in (NEXT, NEXT + timedelta(days=1)):
        at(clock, day, 4)
        reconcile_all(database, bank)
    with database.work() as work:
        assert [(row.day, row.kind, row.state) for row in differences(work)] == [(DAY, "late", "mended")]
    assert stand(database, day=NEXT)[0] == "clean"


def test_what_stays_missing_is_somebodys_task_until_its_line_comes(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    number = paid(database, DAY)
    later = [NEXT + timedelta(days=more) for more in range(2)]
    files.days = {DAY: [], later[0]: [], later[1]: [line(number, 100, later[1])]}
    at(clock, NEXT, 4)
    reconcile_all(database, bank)
    clock.advance(timedelta(days=1))
    reconcile_all(database, bank)
    with database.work() as work:
        [row] = differences(work)
        assert work_left(work, tasks.DIFFERENCE.name) == [row.id]
    clock.advance(timedelta(days=1))
    reconcile_all(database, bank)
    with database.work() as work:
        assert work_left(work, tasks.DIFFERENCE.name) == []
        assert {row.state for row in differences(work)} == {"mended"}


def test_a_day_is_looked_at_again_when_something_is_learnt_about_it(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    """Someone settles a payout for a day whose file had nothing of it."""
    files.days = {DAY: [], NEXT: []}
    at(clock, NEXT, 4)
    reconcile_all(database, bank)
    assert stand(database)[0] == "clean"
    number = paid(database, DAY)
    at(clock, NEXT + timedelta(days=1), 4)
    reconcile_all(database, bank)
    with database.work() as work:
        assert [(row.day, row.number, row.kind) for row in differences(work)] == [(DAY, number, "missing")]
    asked = len(files.asked)
    clock.advance(timedelta(days=1))
    files.days[NEXT + timedelta(days=1)] = []
    reconcile_all(database, bank)
    assert files.asked[asked:] == [NEXT + timedelta(days=1)]


def test_days_on_which_nobody_looked_are_made_up_for(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    files.days = {DAY + timedelta(days=more): [] for more in range(60)}
    at(clock, NEXT, 4)
    reconcile_all(database, bank)
    clock.advance(timedelta(days=3))
    reconcile_all(database, bank)
    assert files.asked == [DAY + timedelta(days=more) for more in range(4)]
    clock.advance(timedelta(days=45))
    reconcile_all(database, bank)
    assert len(files.asked) == 4 + days.LOOKS_BACK.days + 1


def test_a_day_with_far_too_many_differences_is_one_task(
    database: BoundDatabase,
    clock: FixedClock,
    files: MemoryFiles,
    bank: Channel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "MOST_OF_A_DAY", 3)
    paid(database, DAY)  # founds the agencies
    files.days[DAY] = [line(f"N{place}", 1, DAY) for place in range(4)]
    at(clock, NEXT, 4)
    reconcile_all(database, bank)
    with database.work() as work:
        day = day_of(work, DAY)
        assert work_left(work, tasks.DAY.name) == [day.id]
        assert work_left(work, tasks.DIFFERENCE.name) == []
        day.due_at = clock.now()
    files.days[DAY] = [line(f"N{place}", 1, DAY) for place in range(2)]
    reconcile_all(database, bank)
    with database.work() as work:
        assert work_left(work, tasks.DAY.name) == []
        assert len(work_left(work, tasks.DIFFERENCE.name)) == 2
        states = sorted((row.kind, row.state, row.reason or "") for row in differences(work))
        assert states.count(("extra", "mended", keeping.AGREED)) == 2


def test_what_ended_is_open_again_when_the_file_says_something_else(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    number = paid(database, DAY - timedelta(days=1))
    files.days[DAY] = [line(number, 100, DAY)]
    at(clock, NEXT, 4)
    reconcile_all(database, bank)
    assert stand(database)[0] == "closed"
    with database.work() as work:
        day_of(work, DAY).due_at = clock.now()
        [before] = differences(work)
    files.days[DAY] = [line(number, 101, DAY)]
    reconcile_all(database, bank)
    with database.work() as work:
        [row] = differences(work)
        assert (row.id, row.kind, row.state, row.reason) == (before.id, "amount", "open", None)
        assert work_left(work, tasks.DIFFERENCE.name) == [row.id]
    assert stand(database)[0] == "differences"


def test_fees_are_added_up_and_no_more(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    number = paid(database, DAY)
    files.days[DAY] = [line(number, 100, DAY), line(number, 3, DAY, direction="fee")]
    at(clock, NEXT, 4)
    reconcile_all(database, bank)
    with database.work() as work:
        row = day_of(work, DAY)
        assert (row.state, row.file_fee_amount, row.file_out_amount) == ("clean", 3, 100)


def test_another_provider_s_numbers_are_not_ours(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    number = paid(database, DAY, provider=Provider.RED_PACKET)
    files.days[DAY] = [line(number, 100, DAY)]
    at(clock, NEXT, 4)
    reconcile_all(database, bank)
    with database.work() as work:
        assert [row.kind for row in differences(work)] == ["extra"]


def test_an_unknown_failure_leaves_other_days_alone(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    files.days = {DAY: ZeroDivisionError(), NEXT: []}
    at(clock, NEXT, 4)
    with pytest.raises(ZeroDivisionError):
        reconcile_all(database, bank)
    clock.advance(timedelta(days=1))
    with pytest.raises(ZeroDivisionError):
        reconcile_all(database, bank)
    assert reconciler(bank).run_one(database)
    assert stand(database, day=NEXT)[0] == "clean"
