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
from backend.web.paging import PageQuery, next_cursor, page, sorted_by
from backend.web.parsing import Choice, Schema, Text

blp = Blueprint("jobs", __name__, url_prefix="/api/admin/v1", description="Background jobs")
JOBS = permission("jobs.manage")
KINDS = {
    "accounts.post_interest": "年度利息入账",
    "audit.export_heads": "导出审计封存",
    "audit.seal": "封存审计记录",
    "channels.forget_codes": "清理过期验证码",
    "channels.person_merged": "合并档案后转移登录方式",
    "collections.receipts": "查询入库凭证",
    "collections.refund_settled": "缴费退款结束后处理",
    "collections.watch": "查询支付订单",
    "documents.make": "生成电子文件",
    "family.expire": "结束到期的家人代办",
    "family.person_deceased": "去世后结束家人代办",
    "family.person_merged": "合并档案后转移家人代办",
    "kernel.forget": "清理过期记录",
    "messages.bank_card.changed": "通知银行卡已变更",
    "messages.channel.bound": "通知实名绑定",
    "messages.delegation.agreed": "通知家人代办已同意",
    "messages.delegation.asked": "通知家人代办申请",
    "messages.delegation.closed": "通知家人代办已结束",
    "messages.deliver": "发送消息",
    "messages.learn_unionid": "获取公众号用户标识",
    "messages.person.merged": "通知档案已合并",
    "messages.person.phone_changed": "通知手机号已变更",
    "payouts.carry": "发送和查询拨付",
    "reconciliation.run": "取对账文件并核对",
    "staff.forget_failures": "清理登录失败记录",
}
"""What each kind of job is called."""
SORTS = {"created_at": Job.created_at, "run_at": Job.run_at, "kind": Job.kind, "attempts": Job.attempts}


class JobNotFailed(Conflict):
    """Only what has failed for good is run again by hand."""

    code = "job_not_failed"
    title = "该作业未处于失败状态，无需重试"


class JobAnswer(Schema):
    """A job, without what it is about."""

    job_id = ma.fields.UUID(required=True, attribute="id")
    kind = ma.fields.String(required=True, metadata={"example": "audit.seal"})
    kind_name = ma.fields.String(required=True, metadata={"example": "封存审计记录"})
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
    sort = sorted_by(*SORTS)


@blp.read("/jobs", access=JOBS, query=JobQuery, answer=JobsAnswer)
def list_jobs(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """How many jobs wait or have failed, and which"""
    counts = call.work.session.execute(
        select(Job.state, func.count()).where(Job.state != "done").group_by(Job.state)
    ).all()
    wanted = select(Job).where(Job.state == query["state"])
    if "kind" in query:
        wanted = wanted.where(Job.kind == query["kind"])
    found = page(call.work, wanted, query, Job.created_at, Job.id, SORTS)
    states = {"waiting": 0, "leased": 0, "failed": 0} | dict(row for row in counts)
    items = [{**vars(job), "kind_name": KINDS.get(job.kind, job.kind)} for job in found["items"]]
    return {
        **found,
        "items": items,
        "counts": states,
    }


@blp.write("POST", "/jobs/<uuid:job_id>/retry", access=JOBS, status=204)
def retry(call: Call, job_id: UUID) -> None:
    """Let a failed job run again at once"""
    if call.work.session.get(Job, job_id) is None:
        raise NotFound
    if not jobs.retry(call.work, job_id):
        raise JobNotFailed
    record(call.work, "job.retried", by=call.actor, object_kind="job", object_id=job_id)
