"""What the workers have to do, and what they could not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy import func, select

from backend.audit.commands import record
from backend.kernel import jobs
from backend.kernel.errors import Conflict, NotFound
from backend.kernel.jobs import Job
from backend.web.access import permission
from backend.web.edge import Blueprint, Call
from backend.web.paging import PageQuery, next_cursor, page
from backend.web.parsing import Choice, Schema, Text

blp = Blueprint("jobs", __name__, url_prefix="/api/admin/v1", description="Background jobs")
JOBS = permission("jobs.manage")


class JobNotFailed(Conflict):
    """Only what has failed for good is run again by hand."""

    code = "job_not_failed"
    title = "该作业未处于失败状态，无需重试"


class JobAnswer(Schema):
    """A job, without what it is about."""

    job_id = ma.fields.UUID(required=True, attribute="id")
    kind = ma.fields.String(required=True, metadata={"example": "audit.seal"})
    state = ma.fields.String(required=True, metadata={"example": "failed"})
    attempts = ma.fields.Integer(required=True)
    last_error = ma.fields.String(required=True, allow_none=True, metadata={"example": "Unavailable"})
    created_at = ma.fields.DateTime(required=True)
    run_at = ma.fields.DateTime(required=True, metadata={"description": "Not before"})


class JobCountsAnswer(Schema):
    """How many jobs are not done."""

    waiting = ma.fields.Integer(required=True)
    leased = ma.fields.Integer(required=True)
    failed = ma.fields.Integer(required=True)


class JobsAnswer(Schema):
    """Counts of all jobs that are not done, and a page of them."""

    counts = ma.fields.Nested(JobCountsAnswer, required=True)
    items = ma.fields.List(ma.fields.Nested(JobAnswer), required=True)
    next_cursor = next_cursor()


class JobQuery(PageQuery):
    """Which jobs to list."""

    state = Choice("waiting", "leased", "failed", load_default="failed")
    kind = Text(most=50, metadata={"example": "audit.seal"})


@blp.read("/jobs", access=JOBS, query=JobQuery, answer=JobsAnswer)
def list_jobs(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """How many jobs wait or have failed, and which"""
    counts = call.work.session.execute(
        select(Job.state, func.count()).where(Job.state != "done").group_by(Job.state)
    ).all()
    wanted = select(Job).where(Job.state == query["state"])
    if "kind" in query:
        wanted = wanted.where(Job.kind == query["kind"])
    found = page(call.work, wanted, query, Job.created_at, Job.id)
    return {**found, "counts": {"waiting": 0, "leased": 0, "failed": 0} | dict(row for row in counts)}


@blp.write("POST", "/jobs/<uuid:job_id>/retry", access=JOBS, status=204)
def retry(call: Call, job_id: UUID) -> None:
    """Let a failed job run again at once"""
    if call.work.session.get(Job, job_id) is None:
        raise NotFound
    if not jobs.retry(call.work, job_id):
        raise JobNotFailed
    record(call.work, "job.retried", by=call.actor, object_kind="job", object_id=job_id)
