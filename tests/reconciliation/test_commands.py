"""What staff may do about differences, and what they may not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args
from uuid import UUID, uuid4

import pytest

from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase, Work
from backend.kernel.errors import Forbidden, Invalid, NotFound
from backend.reconciliation import commands, keeping, queries, rules, tasks, views
from backend.reconciliation.errors import DifferenceEnded, RunPending
from backend.reconciliation.ports import Standing
from backend.reconciliation.queries import Filters
from backend.worklist import commands as worklist
from backend.worklist.errors import TaskTaken
from backend.worklist.models import Task
from tests.support.people import SYSTEM, make_agency, make_person, staff_actor, traces
from tests.support.reconciliation import (
    MemoryFiles,
    channel,
    day_of,
    differences,
    line,
    make_day,
    make_difference,
    reconcile_all,
)

DAY = date(2026, 11, 21)
FUNCTIONS = ("reconciliation.read", "reconciliation.handle")
CLERK = staff_actor(*FUNCTIONS, path="46.460100")
COLLEAGUE = staff_actor(*FUNCTIONS, path="46.460100")
ELSEWHERE = staff_actor(*FUNCTIONS, path="46.460200")
READER = staff_actor("reconciliation.read")
LABELS = {"bank": "社银直联"}

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def difference_id(work: Work) -> UUID:
    agency_id = make_agency(work, "460100", under="46")
    person_id = make_person(work, agency_id=agency_id)
    return make_difference(work, make_day(work, DAY), agency_id, subject_id=person_id)


def resolve(work: Work, difference_id: UUID, *, by: object = CLERK, reason: str = "银行已冲正") -> None:
    commands.resolve(work, by=by, difference_id=difference_id, reason=reason)  # type: ignore[arg-type]


def test_a_difference_is_resolved_with_a_reason(work: Work, difference_id: UUID) -> None:
    tasks.hand_over(work, "bank", DAY)
    resolve(work, difference_id, reason="银行已冲正，卡号6228480000000000018")
    [row] = differences(work)
    assert (row.state, row.resolved_by) == ("resolved", CLERK.id)
    assert row.reason and "6228480000000000018" not in row.reason
    assert day_of(work, DAY).state == "closed"
    [task] = work.session.query(Task).filter(Task.kind == tasks.DIFFERENCE.name)
    assert task.state == "done"
    [trace] = traces(work, "reconciliation.resolved")
    assert (trace.subject_id, trace.object_id) == (row.subject_id, difference_id)
    with pytest.raises(DifferenceEnded):
        resolve(work, difference_id)


def test_a_day_stays_open_while_something_of_it_does(work: Work, difference_id: UUID) -> None:
    other = make_difference(work, day_of(work, DAY), make_agency(work, "460100", under="46"))
    resolve(work, difference_id)
    assert day_of(work, DAY).state == "differences"
    resolve(work, other)
    assert day_of(work, DAY).state == "closed"


def test_who_may_not_resolve(work: Work, difference_id: UUID) -> None:
    make_agency(work, "460200", under="46")
    for by in (ELSEWHERE, READER):
        with pytest.raises(NotFound):
            resolve(work, difference_id, by=by)
    with pytest.raises(NotFound):
        resolve(work, uuid4())
    for reason in ("", " 好 ", "长" * 201):
        with pytest.raises(Invalid):
            resolve(work, difference_id, reason=reason)


def test_a_colleague_at_it_is_not_passed_over(work: Work, difference_id: UUID) -> None:
    tasks.hand_over(work, "bank", DAY)
    [task] = work.session.query(Task).filter(Task.object_id == difference_id)
    worklist.claim(work, by=COLLEAGUE, task_id=task.id, version=1)
    with pytest.raises(TaskTaken):
        resolve(work, difference_id)
    resolve(work, difference_id, by=COLLEAGUE)


def test_what_somebody_resolved_stays_so(database: BoundDatabase, clock: FixedClock) -> None:
    with database.work() as work:
        make_agency(work, "460100", under="46")
    files = MemoryFiles({DAY: [line("N1", 1, DAY)]})
    reconcile_all(database, channel(files))
    chief = staff_actor(*FUNCTIONS)
    with database.work() as work:
        [row] = differences(work)
        commands.resolve(work, by=chief, difference_id=row.id, reason="银行手续费补记")
        assert day_of(work, DAY).state == "closed"
        commands.run_again(work, by=chief, day_id=row.day_id)
    reconcile_all(database, channel(files))
    assert files.asked == [DAY, DAY]
    with database.work() as work:
        [row] = differences(work)
        assert (row.state, row.reason) == ("resolved", "银行手续费补记")
        assert day_of(work, DAY).state == "closed"


def test_running_a_day_again(work: Work, clock: FixedClock) -> None:
    day = make_day(work, DAY, state="closed")
    commands.run_again(work, by=CLERK, day_id=day.id)
    assert day_of(work, DAY).due_at == clock.now()
    assert len(traces(work, "reconciliation.run_asked")) == 1
    with pytest.raises(RunPending):
        commands.run_again(work, by=CLERK, day_id=day.id)
    with pytest.raises(NotFound):
        commands.run_again(work, by=CLERK, day_id=uuid4())
    with pytest.raises(Forbidden):
        commands.run_again(work, by=READER, day_id=day.id)
    day.due_at, day.run_id = clock.now() + timedelta(minutes=5), uuid4()
    work.session.flush()
    with pytest.raises(RunPending):
        commands.run_again(work, by=CLERK, day_id=day.id)


def test_what_one_sees(work: Work, difference_id: UUID) -> None:
    make_agency(work, "460200", under="46")
    day = day_of(work, DAY)
    province = make_difference(work, day, make_agency(work, "46"), kind="amount", our_amount=1)
    found = {
        by: set(work.session.scalars(queries.differences(by=by, filters=Filters())))
        for by in (CLERK, ELSEWHERE, READER)
    }
    assert [len(found[by]) for by in (CLERK, ELSEWHERE, READER)] == [1, 0, 2]
    only = queries.differences(by=READER, filters=Filters(kind="amount", day=DAY, provider="bank"))
    assert [row.id for row in work.session.scalars(only)] == [province]
    [standing] = queries.board(work, by=CLERK, labels=LABELS)
    assert (standing.open, standing.open_amount, standing.latest_day) == (1, 52_000, DAY)
    [standing] = queries.board(work, by=READER, labels=LABELS)
    assert [(one.kind, one.count) for one in standing.kinds] == [("amount", 1), ("extra", 1)]
    [view] = queries.day_views(work, [day], LABELS)
    assert (view.open, view.mended, view.state_label) == (2, 0, "有差异待处理")
    assert queries.difference(work, by=CLERK, difference_id=difference_id, labels=LABELS).reason is None
    with pytest.raises(NotFound):
        queries.difference(work, by=ELSEWHERE, difference_id=difference_id, labels=LABELS)
    by_system = queries.difference(work, by=SYSTEM, difference_id=difference_id, labels=LABELS)
    assert by_system.kind_label == "渠道有、我方无"


def test_every_word_has_a_label() -> None:
    assert set(get_args(rules.Kind)) == views.KIND_LABELS.keys()
    assert set(get_args(rules.DayState)) == views.DAY_LABELS.keys()
    assert set(get_args(rules.DifferenceState)) == views.STATE_LABELS.keys()
    assert {one.value for one in Standing} == views.STANDING_LABELS.keys()
    assert {keeping.LATE, keeping.AGREED, keeping.HEARD} == views.REASON_LABELS.keys()
