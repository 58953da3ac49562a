"""Tasks: one clerk at a time, and never for ever."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.ids import new_id
from backend.people import commands as people
from backend.worklist import commands, kinds, queries
from backend.worklist.commands.tasks import LEASE
from backend.worklist.errors import LeaseLost, NeedsDecision, OwnApproval, TaskChanged, TaskClosed, TaskTaken
from backend.worklist.models import Task
from tests.support.people import SYSTEM, card_number, make_agency, make_person, staff_actor, traces

KIND = kinds.TaskKind("test_review", "测试复核", "tasks.work")
ONE = staff_actor("tasks.work", path="46.460100")
OTHER = staff_actor("tasks.work", path="46")

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture(autouse=True)
def known() -> None:
    kinds.register(KIND)


def make_task(work: Work, *, object_id: UUID | None = None, code: str = "460100") -> UUID:
    return commands.open_task(
        work,
        by=SYSTEM,
        kind=KIND.name,
        agency_id=make_agency(work, code, under="46"),
        object_id=object_id or new_id(),
        due_at=work.clock.now() + timedelta(days=3),
    )


def test_a_claim_holds_a_task_against_all_others(work: Work) -> None:
    task_id = make_task(work)
    held = commands.claim(work, by=ONE, task_id=task_id, version=1)
    assert (held.state, held.holder_id, held.leased_until) == ("leased", ONE.id, work.clock.now() + LEASE)
    assert (held.label, held.serial) == ("测试复核", "RW20261122-000001")
    for version in (1, held.version):
        with pytest.raises(TaskTaken) as refusal:
            commands.claim(work, by=OTHER, task_id=task_id, version=version)
        assert str(ONE.id) not in str(refusal.value)
    for act in (commands.release, commands.renew):
        with pytest.raises(LeaseLost):
            act(work, by=OTHER, task_id=task_id)
    with pytest.raises(LeaseLost):
        commands.finish(work, by=OTHER, task_id=task_id, outcome="done")


def test_a_lease_runs_out_by_the_clock(work: Work, clock: FixedClock) -> None:
    task_id = make_task(work)
    held = commands.claim(work, by=ONE, task_id=task_id, version=1)
    clock.advance(LEASE - timedelta(seconds=1))
    with pytest.raises(TaskTaken):
        commands.claim(work, by=OTHER, task_id=task_id, version=held.version)
    clock.advance(timedelta(seconds=1))
    seen = queries.task(work, task_id)
    assert (seen.state, seen.holder_id) == ("open", None)
    for act in (commands.release, commands.renew):
        with pytest.raises(LeaseLost):
            act(work, by=ONE, task_id=task_id)
    assert commands.claim(work, by=OTHER, task_id=task_id, version=held.version).holder_id == OTHER.id


def test_a_lease_is_renewed_from_now(work: Work, clock: FixedClock) -> None:
    task_id = make_task(work)
    commands.claim(work, by=ONE, task_id=task_id, version=1)
    clock.advance(timedelta(minutes=20))
    assert commands.renew(work, by=ONE, task_id=task_id).leased_until == clock.now() + LEASE


def test_a_released_task_is_anybodys_but_only_as_it_is_now(work: Work) -> None:
    task_id = make_task(work)
    commands.claim(work, by=ONE, task_id=task_id, version=1)
    free = commands.release(work, by=ONE, task_id=task_id)
    assert (free.state, free.holder_id) == ("open", None)
    with pytest.raises(TaskChanged):
        commands.claim(work, by=OTHER, task_id=task_id, version=1)
    commands.claim(work, by=OTHER, task_id=task_id, version=free.version)


def test_a_finished_task_stays_finished(work: Work) -> None:
    object_id = new_id()
    task_id = make_task(work, object_id=object_id)
    held = commands.claim(work, by=ONE, task_id=task_id, version=1)
    done = commands.finish(work, by=ONE, task_id=task_id, outcome="已电话13812345678联系")
    assert (done.state, done.outcome, done.holder_id) == ("done", "已电话138****5678联系", None)
    with pytest.raises(TaskClosed):
        commands.claim(work, by=OTHER, task_id=task_id, version=held.version + 1)
    with pytest.raises(LeaseLost):
        commands.finish(work, by=ONE, task_id=task_id, outcome="done")
    assert make_task(work, object_id=object_id) != task_id


def test_one_object_has_one_open_task_of_a_kind(work: Work) -> None:
    object_id = new_id()
    assert make_task(work, object_id=object_id) == make_task(work, object_id=object_id)
    assert work.session.query(Task).count() == 1
    assert len(traces(work, "task.opened")) == 1


def test_a_kind_that_nobody_registered_is_a_mistake(work: Work) -> None:
    with pytest.raises(LookupError):
        commands.open_task(
            work,
            by=SYSTEM,
            kind="test_unknown",
            agency_id=make_agency(work),
            object_id=new_id(),
            due_at=work.clock.now(),
        )
    with pytest.raises(ValueError, match="test_review"):
        kinds.register(kinds.TaskKind(KIND.name, "别的", "tasks.work"))


def test_a_task_out_of_reach_is_not_there(work: Work) -> None:
    task_id = make_task(work, code="469000")
    for by in (ONE, staff_actor("people.open"), SYSTEM):
        with pytest.raises(NotFound):
            commands.claim(work, by=by, task_id=task_id, version=1)
    with pytest.raises(NotFound):
        commands.claim(work, by=OTHER, task_id=new_id(), version=1)


def test_the_list_holds_what_one_may_do(work: Work) -> None:
    near, far = make_task(work), make_task(work, code="469000")
    change = people.propose_bank_card(
        work,
        by=staff_actor("cards.change"),
        person_id=make_person(work),
        bank="中国银行",
        number=card_number(),
    )
    assert {row.id for row in work.session.scalars(queries.tasks(by=ONE))} == {near}
    assert {row.id for row in work.session.scalars(queries.tasks(by=OTHER))} == {near, far}
    checker = staff_actor("cards.approve", path="46.460100")
    assert [row.object_id for row in work.session.scalars(queries.tasks(by=checker))] == [change]
    assert not work.session.scalars(queries.tasks(by=checker, kind=KIND.name)).all()
    commands.claim(work, by=ONE, task_id=near, version=1)
    commands.finish(work, by=ONE, task_id=near, outcome="done")
    assert not work.session.scalars(queries.tasks(by=ONE)).all()


def test_the_task_of_an_approval_ends_with_the_decision_and_is_not_the_makers(work: Work) -> None:
    maker = staff_actor("cards.change", "cards.approve")
    checker, rival = staff_actor("cards.approve"), staff_actor("cards.approve")
    approval_id = people.propose_bank_card(
        work, by=maker, person_id=make_person(work), bank="中国银行", number=card_number()
    )
    (row,) = work.session.scalars(queries.tasks(by=checker))
    with pytest.raises(OwnApproval):
        commands.claim(work, by=maker, task_id=row.id, version=1)
    commands.claim(work, by=checker, task_id=row.id, version=1)
    with pytest.raises(NeedsDecision):
        commands.finish(work, by=checker, task_id=row.id, outcome="done")
    with pytest.raises(TaskTaken):
        commands.approve(work, by=rival, approval_id=approval_id)
    commands.approve(work, by=checker, approval_id=approval_id)
    assert queries.task(work, row.id).outcome == "approved"


def test_a_closed_business_closes_its_task(work: Work) -> None:
    object_id = new_id()
    task_id = make_task(work, object_id=object_id)
    commands.claim(work, by=ONE, task_id=task_id, version=1)
    given = {"kind": KIND.name, "object_id": object_id}
    with pytest.raises(TaskTaken):
        commands.close_task(work, by=OTHER, outcome="done", **given)
    commands.close_task(work, by=OTHER, outcome="void", state="cancelled", **given)
    assert queries.task(work, task_id).state == "cancelled"
    commands.close_task(work, by=OTHER, outcome="again", **given)
    assert queries.task(work, task_id).outcome == "void"
