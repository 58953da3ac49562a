"""Days that touch each other, and files that say something else the next time."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Barrier

import pytest

from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase
from backend.payouts.ports import Provider
from backend.reconciliation import days, keeping, tasks
from backend.reconciliation.ports import Channel
from backend.web.house import House
from tests.support.racing import at_once
from tests.support.reconciliation import (
    MemoryFiles,
    at,
    channel,
    day_of,
    differences,
    line,
    make_day,
    paid,
    reconcile_all,
    reconciler,
    stand,
    work_left,
)

DAY = date(2026, 11, 22)
NEXT = DAY + timedelta(days=1)
pytestmark = pytest.mark.usefixtures("house")


def test_a_line_of_tomorrow_ends_what_was_missed_today(
    database: BoundDatabase, clock: FixedClock, files: MemoryFiles, bank: Channel
) -> None:
    number = paid(database, DAY)
    files.days = {DAY: [], NEXT: [line(number, 100, NEXT)]}
    at(clock, NEXT, 4)
    reconcile_all(database, bank)
    assert stand(database, DAY)[0] == "differences"
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
    assert (stand(database, DAY)[0], stand(database, NEXT)[0]) == ("closed", "closed")


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
    assert stand(database, NEXT)[0] == "clean"


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
    assert stand(database, DAY)[0] == "clean"
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
    assert stand(database, DAY)[0] == "closed"
    with database.work() as work:
        day_of(work, DAY).due_at = clock.now()
        [before] = differences(work)
    files.days[DAY] = [line(number, 101, DAY)]
    reconcile_all(database, bank)
    with database.work() as work:
        [row] = differences(work)
        assert (row.id, row.kind, row.state, row.reason) == (before.id, "amount", "open", None)
        assert work_left(work, tasks.DIFFERENCE.name) == [row.id]
    assert stand(database, DAY)[0] == "differences"


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
    assert stand(database, NEXT)[0] == "clean"


def test_two_days_at_once_see_what_the_other_found(real_house: House, clock: FixedClock) -> None:
    """Whichever is first: what the one misses stands in the other's file."""
    database = real_house.database
    numbers = [paid(database, DAY) for _ in range(20)]
    files = MemoryFiles({DAY: [], NEXT: [line(number, 100, NEXT) for number in numbers]})
    one = channel(files)
    at(clock, NEXT + timedelta(days=1), 4)
    with database.work() as work:
        make_day(work, DAY, due=True, state="waiting")
    with database.work() as work:
        days.plan(work, one)
    meet = Barrier(2)
    files.meanwhile = lambda: meet.wait(10)
    assert at_once(2, lambda _: reconciler(one).run_one(database)) == [True, True]
    assert (stand(database, DAY)[0], stand(database, NEXT)[0]) in (("closed", "closed"), ("clean", "closed"))
    with database.work() as work:
        assert {row.state for row in differences(work)} == {"mended"}
