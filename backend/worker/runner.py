"""Takes jobs that are due and runs them; several workers may run side by side."""

from __future__ import annotations

import signal
import time
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

import structlog
from sqlalchemy import Select, any_, bindparam, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import Uuid

from backend.kernel.db import Database, Work, connection_lost
from backend.kernel.errors import Unavailable
from backend.kernel.jobs import Job, Registry, Schedule, enqueue

log = structlog.get_logger()
IDLE_SECONDS = 0.3
UNREACHABLE_SECONDS = 2.0
SCHEDULE_SECONDS = 1.0
LONGEST_WAIT = timedelta(hours=1)
MOST_AT_ONCE = 50
LONGEST_AT_ONCE_SECONDS = 0.1


class LeaseLost(Exception):
    """A worker took the job and never said how it went."""


class Worker:
    """One worker process' loop."""

    def __init__(self, database: Database, registry: Registry) -> None:
        self._database = database
        self._registry = registry
        self._stopping = False

    def run(self) -> None:
        """Runs until SIGTERM or SIGINT; the job at hand is finished first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        log.info("worker started", kinds=len(self._registry.handlers))
        look_at_schedules = 0.0
        while not self._stopping:
            try:
                if time.monotonic() >= look_at_schedules:
                    self._write_periodic_jobs()
                    look_at_schedules = time.monotonic() + SCHEDULE_SECONDS
                if not self._run_some():
                    time.sleep(IDLE_SECONDS)
            except Unavailable:
                log.warning("database does not answer")
                time.sleep(UNREACHABLE_SECONDS)
        log.info("worker stopped")

    def _ask_to_stop(self, *_: object) -> None:
        # A plain flag: a lock taken in a signal handler may be held by the very code it interrupts.
        self._stopping = True

    def drain(self) -> int:
        """Writes what schedules owe and runs everything that is due now; the number of jobs run."""
        done = 0
        self._write_periodic_jobs()
        while ran := self._run_some():
            done += ran
            self._write_periodic_jobs()
        return done

    def _run_some(self) -> int:
        return self._run_locals() + self._run_calling()

    @cached_property
    def _due_locals(self) -> Select[Any]:
        return self._due("local")

    @cached_property
    def _due_callings(self) -> Select[Any]:
        return self._due("calling")

    def _due(self, mode: Literal["local", "calling"]) -> Select[Any]:
        """Jobs that may be run now, oldest first, locked; jobs that others look at are passed over."""
        kinds = [handler.kind for handler in self._registry.handlers.values() if handler.mode == mode]
        lost = (Job.state == "leased") & (Job.leased_until < func.now())
        return (
            select(Job.id, Job.kind, Job.payload, Job.attempts)
            .where(Job.kind.in_(kinds), Job.run_at <= bindparam("now"), or_(Job.state == "waiting", lost))
            .order_by(Job.run_at)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True)
        )

    def _write_periodic_jobs(self) -> None:
        with self._database.work() as work:
            now = work.clock.now()
            known = {row.name: row for row in work.session.scalars(select(Schedule))}
            for periodic in self._registry.periodics.values():
                if periodic.name not in known:
                    first = {"name": periodic.name, "next_run_at": periodic.next_after(now)}
                    work.session.execute(insert(Schedule).values(first).on_conflict_do_nothing())
                elif known[periodic.name].next_run_at <= now:
                    self._write_if_due(work, periodic.name, now)

    def _write_if_due(self, work: Work, name: str, now: datetime) -> None:
        due = select(Schedule).where(Schedule.name == name, Schedule.next_run_at <= now)
        again = due.with_for_update(skip_locked=True).execution_options(populate_existing=True)
        schedule = work.session.scalars(again).one_or_none()
        if schedule is None:  # another worker was faster
            return
        periodic = self._registry.periodics[name]
        enqueue(work, periodic.kind, {}, unique_key=f"{name}@{schedule.next_run_at.isoformat()}")
        schedule.next_run_at = periodic.next_after(now)

    def _run_locals(self) -> int:
        """Runs local jobs in one transaction, each behind a savepoint of its own.

        Quick ones share a commit; after a slow one those that wait are let go for the next turn.
        """
        failures: list[tuple[Any, Exception]] = []
        done: list[UUID] = []
        started = time.monotonic()
        with self._database.work() as work:
            jobs = work.session.execute(self._due_locals, {"now": work.clock.now(), "most": MOST_AT_ONCE})
            for job in jobs.all():
                if error := self._run_local(work, job):
                    failures.append((job, error))
                    self._fail(work, job, error, attempts=job.attempts + 1)
                else:
                    done.append(job.id)
                if time.monotonic() - started > LONGEST_AT_ONCE_SECONDS:
                    break
            _close(work, done)
        for job, error in failures:
            log.error("job failed", kind=job.kind, job=str(job.id), exc_info=error)
        return len(done) + len(failures)

    def _run_local(self, work: Work, job: Any) -> Exception | None:
        try:
            with work.session.begin_nested():
                self._registry.handlers[job.kind].run(work, job.payload)
        except Exception as error:
            if connection_lost(error):
                raise
            return error
        return None

    def _run_calling(self) -> int:
        job = self._lease()
        if job is None:
            return 0
        try:
            self._registry.handlers[job.kind].run(self._database, job.payload)
        except Exception as error:
            log.warning("job not done", kind=job.kind, job=str(job.id), exc_info=error)
            with self._database.work() as work:
                self._fail(work, job, error, attempts=job.attempts + 1)
        else:
            with self._database.work() as work:
                _close(work, [job.id])
        return 1

    def _lease(self) -> Any | None:
        """Takes a calling job and counts the attempt; one that was lost too often ends here."""
        with self._database.work() as work:
            now = {"now": work.clock.now(), "most": 1}
            job = work.session.execute(self._due_callings, now).one_or_none()
            if job is None:
                return None
            handler = self._registry.handlers[job.kind]
            if job.attempts >= handler.attempts:
                self._fail(work, job, LeaseLost(), attempts=job.attempts)
                return None
            work.session.execute(
                update(Job)
                .where(Job.id == job.id)
                .values(state="leased", leased_until=func.now() + handler.lease, attempts=job.attempts + 1)
            )
            return job

    def _fail(self, work: Work, job: Any, error: Exception, *, attempts: int) -> None:
        """Puts a job off, or ends it; nothing is changed when another worker holds it by now."""
        over = attempts >= self._registry.handlers[job.kind].attempts
        wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(attempts, 20)))
        work.session.execute(
            update(Job)
            .where(Job.id == job.id, Job.attempts <= attempts, Job.state.in_(("waiting", "leased")))
            .values(
                state="failed" if over else "waiting",
                attempts=attempts,
                last_error=type(error).__name__,
                leased_until=None,
                run_at=work.clock.now() + wait,
            )
        )


def _close(work: Work, ids: list[UUID]) -> None:
    if ids:
        done = {"state": "done", "done_at": work.clock.now(), "leased_until": None, "last_error": None}
        work.session.execute(
            update(Job).where(Job.id == any_(literal(ids, ARRAY(Uuid())))).values(done),
            execution_options={"synchronize_session": False},
        )
