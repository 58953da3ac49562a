"""Takes jobs that are due and runs them; several workers may run side by side."""

from __future__ import annotations

import signal
import threading
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Database, Work
from backend.kernel.errors import Unavailable
from backend.kernel.jobs import Handler, Job, Registry, Schedule, enqueue

log = structlog.get_logger()
IDLE_SECONDS = 0.3
UNREACHABLE_SECONDS = 2.0
LONGEST_WAIT = timedelta(hours=1)


class Worker:
    """One worker process' loop."""

    def __init__(self, database: Database, registry: Registry) -> None:
        self._database = database
        self._registry = registry
        self._stopping = threading.Event()

    def run(self) -> None:
        """Runs until SIGTERM or SIGINT; the job at hand is finished first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        log.info("worker started", kinds=len(self._registry.handlers))
        while not self._stopping.is_set():
            try:
                busy = self.run_one()
            except Unavailable:
                log.warning("database does not answer")
                self._stopping.wait(UNREACHABLE_SECONDS)
                continue
            if not busy:
                self._stopping.wait(IDLE_SECONDS)
        log.info("worker stopped")

    def drain(self) -> int:
        """Runs everything that is due now; the number of jobs run."""
        done = 0
        while self.run_one():
            done += 1
        return done

    def run_one(self) -> bool:
        """Writes what schedules owe and runs one due job; False when nothing was due."""
        self._write_periodic_jobs()
        return self._run_local() or self._run_calling()

    def _write_periodic_jobs(self) -> None:
        with self._database.work() as work:
            now = work.clock.now()
            for periodic in self._registry.periodics.values():
                work.session.execute(
                    insert(Schedule)
                    .values(name=periodic.name, next_run_at=periodic.next_after(now))
                    .on_conflict_do_nothing()
                )
            due = work.session.scalars(
                select(Schedule)
                .where(Schedule.next_run_at <= now, Schedule.name.in_(self._registry.periodics))
                .with_for_update(skip_locked=True)
            ).all()
            for schedule in due:
                periodic = self._registry.periodics[schedule.name]
                enqueue(
                    work, periodic.kind, {}, unique_key=f"{schedule.name}@{schedule.next_run_at.isoformat()}"
                )
                schedule.next_run_at = periodic.next_after(now)

    def _run_local(self) -> bool:
        kinds = [handler.kind for handler in self._registry.handlers.values() if handler.mode == "local"]
        failed: tuple[UUID, Handler, BaseException] | None = None
        try:
            with self._database.work() as work:
                job = self._due(work, kinds)
                if job is None:
                    return False
                handler = self._registry.handlers[job.kind]
                try:
                    with work.session.begin_nested():
                        handler.run(work, job.payload)
                except Unavailable:
                    raise
                except Exception as error:
                    failed = (job.id, handler, error)
                    self._fail(work, job, handler, error)
                else:
                    _close(job, work.clock.now())
        finally:
            if failed:
                log.error("job failed", kind=failed[1].kind, job=str(failed[0]), exc_info=failed[2])
        return True

    def _run_calling(self) -> bool:
        kinds = [handler.kind for handler in self._registry.handlers.values() if handler.mode == "calling"]
        with self._database.work() as work:
            job = self._due(work, kinds)
            if job is None:
                return False
            handler = self._registry.handlers[job.kind]
            job.state = "leased"
            job.leased_until = func.now() + handler.lease
            job.attempts += 1
            job_id, payload = job.id, dict(job.payload)
        try:
            handler.run(self._database, payload)
        except Exception as error:
            log.warning("job not done", kind=handler.kind, job=str(job_id), exc_info=error)
            with self._database.work() as work:
                held = work.session.get_one(Job, job_id, with_for_update=True)
                self._fail(work, held, handler, error, counted=True)
        else:
            with self._database.work() as work:
                _close(work.session.get_one(Job, job_id, with_for_update=True), work.clock.now())
        return True

    def _due(self, work: Work, kinds: list[str]) -> Job | None:
        if not kinds:
            return None
        return work.session.scalars(
            select(Job)
            .where(
                Job.kind.in_(kinds),
                Job.run_at <= work.clock.now(),
                or_(
                    Job.state == "waiting",
                    (Job.state == "leased") & (Job.leased_until < func.now()),
                ),
            )
            .order_by(Job.run_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()

    def _fail(
        self, work: Work, job: Job, handler: Handler, error: BaseException, *, counted: bool = False
    ) -> None:
        job.attempts += 0 if counted else 1
        job.last_error = type(error).__name__
        job.leased_until = None
        if job.attempts >= handler.attempts:
            job.state = "failed"
            return
        job.state = "waiting"
        job.run_at = work.clock.now() + min(LONGEST_WAIT, timedelta(seconds=2**job.attempts))


def _close(job: Job, at: datetime) -> None:
    job.state, job.done_at, job.leased_until, job.last_error = "done", at, None, None
