"""Jobs that wait in the queue, done by the handlers of a house."""

from __future__ import annotations

from sqlalchemy import select

from backend.kernel.jobs import Job
from backend.web.house import House


def do_jobs(house: House, kind: str) -> int:
    """Does the waiting local jobs of one kind; how many there were."""
    with house.database.work() as work:
        jobs = work.session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id)).all()
        for job in jobs:
            house.registry.handlers[kind].run(work, job.payload)
            work.session.delete(job)
        return len(jobs)
