"""Jobs are run once in effect, put off when they fail, and end when they fail for good."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, select, text

from backend.demo.servers import ThrowawayServers, superuser_url
from backend.kernel.clock import FixedClock
from backend.kernel.db import Database, Work
from backend.kernel.errors import Limited, Unavailable
from backend.kernel.jobs import Job, Registry, Schedule, enqueue, retry
from backend.web.house import House
from backend.worker.runner import LONGEST_WAIT, Worker
from tests.conftest import alchemy
from tests.support.racing import at_once

EFFECT = "test.effect"
"""What handlers here leave behind: a job that nobody runs."""


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def worker(real_house: House, registry: Registry) -> Worker:
    return Worker(real_house.database, registry)


def write(house: House, kind: str, count: int = 1, **given: Any) -> list[UUID]:
    with house.database.work() as work:
        written = [enqueue(work, kind, {"number": number}, **given) for number in range(count)]
    return [job_id for job_id in written if job_id]


def job(house: House, job_id: UUID) -> Job:
    with house.database.reading() as work:
        return work.session.get_one(Job, job_id)


def effects(house: House) -> list[int]:
    with house.database.reading() as work:
        return sorted(work.session.scalars(select(Job.payload["number"].as_integer()).filter_by(kind=EFFECT)))


def have_effect(work: Work, payload: Mapping[str, Any]) -> None:
    enqueue(work, EFFECT, payload)


class Stumble(Exception):
    """Something went wrong with 13800138000."""


def stumble(work: Work, payload: Mapping[str, Any]) -> None:
    have_effect(work, payload)
    raise Stumble("13800138000")


def test_a_local_job_has_its_effect_once(worker: Worker, registry: Registry, real_house: House) -> None:
    registry.local("a", have_effect)
    [job_id] = write(real_house, "a")
    assert worker.drain() == 1
    assert worker.drain() == 0
    assert effects(real_house) == [0]
    done = job(real_house, job_id)
    assert (done.state, done.attempts, done.done_at) == ("done", 0, real_house.clock.now())


def test_a_failing_job_leaves_nothing_and_is_put_off_for_longer_and_longer(
    worker: Worker, registry: Registry, real_house: House, clock: FixedClock
) -> None:
    registry.local("a", stumble, attempts=15)
    [job_id] = write(real_house, "a")
    waits = []
    while (held := job(real_house, job_id)).state != "failed":
        clock.set(max(clock.now(), held.run_at))
        tried_at = clock.now()
        assert worker.drain() == 1
        assert worker.drain() == 0
        waits.append(job(real_house, job_id).run_at - tried_at)
    assert waits[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert waits == sorted(waits)
    assert max(waits) == LONGEST_WAIT
    assert (held.attempts, held.last_error) == (15, "Stumble")
    assert effects(real_house) == []


def test_one_bad_job_does_not_harm_its_neighbours(
    worker: Worker, registry: Registry, real_house: House
) -> None:
    def mostly(work: Work, payload: Mapping[str, Any]) -> None:
        (stumble if payload["number"] % 5 == 2 else have_effect)(work, payload)

    registry.local("a", mostly)
    write(real_house, "a", 20)
    assert worker.drain() == 20
    assert effects(real_house) == [number for number in range(20) if number % 5 != 2]


def test_a_refusal_inside_a_job_is_a_failure_like_any_other(
    worker: Worker, registry: Registry, real_house: House
) -> None:
    def limited(work: Work, payload: Mapping[str, Any]) -> None:
        have_effect(work, payload)
        raise Limited(retry_after=timedelta(hours=1))

    registry.local("a", limited)
    [job_id] = write(real_house, "a")
    worker.drain()
    assert (job(real_house, job_id).last_error, effects(real_house)) == ("Limited", [])


def test_many_workers_share_the_jobs(registry: Registry, real_house: House) -> None:
    registry.local("a", have_effect)
    write(real_house, "a", 300)
    done = at_once(6, lambda _: Worker(real_house.database, registry).drain())
    assert sum(done) == 300
    assert effects(real_house) == list(range(300))


def test_quick_jobs_share_a_commit_and_slow_ones_do_not(
    worker: Worker, registry: Registry, real_house: House
) -> None:
    transactions: dict[str, list[int]] = {"quick": [], "slow": []}

    def note(kind: str, seconds: float) -> Any:
        def run(work: Work, _payload: Mapping[str, Any]) -> None:
            transactions[kind].append(work.session.scalar(text("SELECT txid_current()")))
            work.session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})

        return run

    registry.local("quick", note("quick", 0))
    registry.local("slow", note("slow", 0.12))
    write(real_house, "quick", 5)
    worker.drain()
    write(real_house, "slow", 3)
    worker.drain()
    assert len(set(transactions["quick"])) == 1
    assert len(set(transactions["slow"])) == 3


def test_neither_kind_starves_the_other(worker: Worker, registry: Registry, real_house: House) -> None:
    order: list[str] = []

    def endless(work: Work, _payload: Mapping[str, Any]) -> None:
        order.append("local")
        if len(order) < 60:
            enqueue(work, "local", {})

    registry.local("local", endless)
    registry.calling("calling", lambda _database, _payload: order.append("calling"))
    write(real_house, "local")
    write(real_house, "calling", 3)
    worker.drain()
    assert order[:6].count("calling") == 3


def test_a_calling_job_holds_no_transaction_and_is_done(
    worker: Worker, registry: Registry, real_house: House
) -> None:
    seen: list[str] = []

    def call(database: Database, payload: Mapping[str, Any]) -> None:
        seen.append(job(real_house, job_id).state)
        with database.work() as work:
            have_effect(work, payload)

    registry.calling("a", call)
    [job_id] = write(real_house, "a")
    assert worker.drain() == 1
    assert seen == ["leased"]
    done = job(real_house, job_id)
    assert (done.state, done.attempts, done.leased_until, effects(real_house)) == ("done", 1, None, [0])


def test_a_calling_job_that_fails_is_tried_again_and_ends(
    worker: Worker, registry: Registry, real_house: House, clock: FixedClock
) -> None:
    def call(_database: Database, _payload: Mapping[str, Any]) -> None:
        raise Unavailable

    registry.calling("a", call, attempts=3)
    [job_id] = write(real_house, "a")
    for attempt in (1, 2, 3):
        assert job(real_house, job_id).state == "waiting"
        assert worker.drain() == 1
        assert job(real_house, job_id).attempts == attempt
        clock.advance(timedelta(minutes=1))
    assert (job(real_house, job_id).state, job(real_house, job_id).last_error) == ("failed", "Unavailable")


class Killed(BaseException):
    """Stands for a power cut: nothing catches it."""


def test_a_job_whose_worker_died_comes_back_after_its_lease(
    worker: Worker, registry: Registry, real_house: House
) -> None:
    calls: list[float] = []

    def call(_database: Database, _payload: Mapping[str, Any]) -> None:
        calls.append(time.monotonic())
        if len(calls) == 1:
            raise Killed

    registry.calling("a", call, lease=timedelta(seconds=0.4))
    [job_id] = write(real_house, "a")
    with pytest.raises(Killed):
        worker.drain()
    assert worker.drain() == 0
    assert job(real_house, job_id).state == "leased"
    wait_until(lambda: worker.drain() == 1)
    assert calls[1] - calls[0] >= 0.4
    assert (job(real_house, job_id).state, job(real_house, job_id).attempts) == ("done", 2)


def test_a_job_that_always_kills_its_worker_ends(
    worker: Worker, registry: Registry, real_house: House
) -> None:
    def call(_database: Database, _payload: Mapping[str, Any]) -> None:
        raise Killed

    registry.calling("a", call, lease=timedelta(), attempts=2)
    [job_id] = write(real_house, "a")
    for _ in range(2):
        with pytest.raises(Killed):
            worker.drain()
    worker.drain()
    assert (job(real_house, job_id).state, job(real_house, job_id).last_error) == ("failed", "LeaseLost")


def test_a_worker_that_lost_its_lease_takes_nothing_from_the_one_that_has_it(
    registry: Registry, real_house: House
) -> None:
    second_runs = threading.Event()
    states: list[str] = []

    def call(_database: Database, _payload: Mapping[str, Any]) -> None:
        if not second_runs.is_set() and threading.current_thread() is slow:
            second_runs.wait(10)
            raise Stumble
        second_runs.set()
        slow.join()
        states.append(job(real_house, job_id).state)

    registry.calling("a", call, lease=timedelta(seconds=0.2))
    [job_id] = write(real_house, "a")
    slow = threading.Thread(target=Worker(real_house.database, registry).drain)
    slow.start()
    wait_until(lambda: job(real_house, job_id).state == "leased")
    second = Worker(real_house.database, registry)
    wait_until(lambda: second.drain() == 1)
    assert states == ["leased"]
    assert (job(real_house, job_id).state, job(real_house, job_id).attempts) == ("done", 2)


def test_a_lost_connection_costs_no_attempt(
    worker: Worker, registry: Registry, real_house: House, servers: ThrowawayServers, own_database: str
) -> None:
    tries: list[int] = []

    def cut_off(work: Work, payload: Mapping[str, Any]) -> None:
        tries.append(work.session.scalar(text("SELECT pg_backend_pid()")))
        have_effect(work, payload)
        if len(tries) == 1:
            engine = create_engine(alchemy(superuser_url(servers.data_dir, own_database)))
            with engine.connect() as connection:
                connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": tries[0]})
            engine.dispose()
            work.session.execute(text("SELECT 1"))

    registry.local("a", cut_off)
    [job_id] = write(real_house, "a")
    with pytest.raises(Unavailable):
        worker.drain()
    assert worker.drain() == 1
    assert (job(real_house, job_id).state, job(real_house, job_id).attempts) == ("done", 0)
    assert effects(real_house) == [0]


def test_later_and_foreign_jobs_wait(
    worker: Worker, registry: Registry, real_house: House, clock: FixedClock
) -> None:
    order: list[str] = []
    registry.local("a", lambda _work, payload: order.append(payload["name"]))
    with real_house.database.work() as work:
        for name, minutes in (("third", 3), ("first", 1), ("second", 2)):
            enqueue(work, "a", {"name": name}, run_at=clock.now() + timedelta(minutes=minutes))
        enqueue(work, "of another version", {})
    assert worker.drain() == 0
    clock.advance(timedelta(minutes=2))
    assert worker.drain() == 2
    clock.advance(timedelta(minutes=1))
    assert worker.drain() == 1
    assert order == ["first", "second", "third"]


def test_a_periodic_job_is_written_once_by_many_workers(
    registry: Registry, real_house: House, clock: FixedClock
) -> None:
    ran: list[float] = []
    registry.local("tick", lambda _work, _payload: ran.append(1))
    registry.every("tick", "tick", lambda after: after + timedelta(minutes=1))
    workers = [Worker(real_house.database, registry) for _ in range(4)]
    assert at_once(4, lambda number: workers[number].drain()) == [0] * 4
    for round_number in (1, 2, 3):
        clock.advance(timedelta(minutes=1))
        at_once(4, lambda number: workers[number].drain())
        assert len(ran) == round_number


def test_missed_rounds_of_a_periodic_job_are_not_made_up_for(
    worker: Worker, registry: Registry, real_house: House, clock: FixedClock
) -> None:
    ran: list[int] = []
    registry.local("tick", lambda _work, _payload: ran.append(1))
    registry.every("tick", "tick", lambda after: after + timedelta(minutes=1))
    worker.drain()
    clock.advance(timedelta(days=30))
    worker.drain()
    assert ran == [1]
    with real_house.database.reading() as work:
        assert work.session.scalars(select(Schedule.next_run_at)).one() == clock.now() + timedelta(minutes=1)


def test_only_a_failed_job_is_let_go_again(real_house: House, registry: Registry, worker: Worker) -> None:
    registry.local("a", stumble, attempts=1)
    [job_id] = write(real_house, "a")
    with real_house.database.work() as work:
        assert not retry(work, job_id)
        assert not retry(work, uuid4())
    worker.drain()
    with real_house.database.work() as work:
        assert retry(work, job_id)
    assert (job(real_house, job_id).state, job(real_house, job_id).attempts) == ("waiting", 0)


def wait_until(true: Any, seconds: float = 10) -> None:
    """Looks again and again until something is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)
