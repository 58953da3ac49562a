"""The business at a glance: counts of people, enrolments, contributions and open work within one's reach."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

import marshmallow as ma
import msgspec
from redis.exceptions import RedisError

from backend.accounts import counts as accounts
from backend.channels import queries as channels
from backend.kernel.months import plus_months
from backend.people import counts as people
from backend.web.access import permission
from backend.web.edge import Blueprint, Call
from backend.web.parsing import Schema
from backend.worklist import queries as worklist

blp = Blueprint("dashboard", __name__, url_prefix="/api/admin/v1", description="The business at a glance")
FUNCTION = "dashboard.read"
KEPT = timedelta(minutes=10)
"""Counting a province takes its time; figures this old are good enough to look at."""
MONTHS = 24


class CountAnswer(Schema):
    """How many there are of something."""

    code = ma.fields.String(required=True, metadata={"example": "flexible"})
    label = ma.fields.String(required=True, metadata={"example": "灵活就业人员"})
    count = ma.fields.Integer(required=True)


class PaidMonthAnswer(Schema):
    """What was booked for one insurance in one month."""

    month = ma.fields.String(required=True, metadata={"example": "2026-10"})
    insurance = ma.fields.String(required=True, metadata={"description": "AAE140", "example": "110"})
    insurance_name = ma.fields.String(required=True, metadata={"example": "企业职工基本养老保险"})
    people = ma.fields.Integer(required=True)
    personal = ma.fields.Integer(required=True, metadata={"description": "Into personal accounts, in fen"})
    pooled = ma.fields.Integer(required=True, metadata={"description": "Into the fund, in fen"})


class DashboardAnswer(Schema):
    """Counts as of `counted_at`; open tasks are of now."""

    counted_at = ma.fields.DateTime(required=True)
    people = ma.fields.List(ma.fields.Nested(CountAnswer), required=True)
    enrolments = ma.fields.List(ma.fields.Nested(CountAnswer), required=True)
    bound_people = ma.fields.Integer(
        required=True, metadata={"description": "People who have bound a phone, WeChat or both"}
    )
    contributions = ma.fields.List(ma.fields.Nested(PaidMonthAnswer), required=True)
    tasks = ma.fields.List(ma.fields.Nested(CountAnswer), required=True)


@blp.read("/dashboard", access=permission(FUNCTION), answer=DashboardAnswer)
def dashboard(call: Call) -> dict[str, Any]:
    """Counts within one's reach, at most ten minutes old"""
    tasks = worklist.open_by_kind(call.work, by=call.actor)
    open_work = [{"code": label, "label": label, "count": count} for label, count in tasks.items()]
    return {**_counted(call), "tasks": open_work}


def _counted(call: Call) -> dict[str, Any]:
    reach = call.actor.reach(FUNCTION)
    key = f"dashboard:{','.join(sorted(reach))}"
    redis = call.house.redis
    with suppress(RedisError):  # without Redis one counts each time
        if kept := redis.get(key):
            return msgspec.msgpack.decode(cast(bytes, kept), type=dict[str, Any])
    found = _count(call, reach)
    with suppress(RedisError):
        redis.set(key, msgspec.msgpack.encode(found), ex=KEPT)
    return found


def _count(call: Call, reach: Collection[str]) -> dict[str, Any]:
    work = call.work
    first = plus_months(work.clock.today().replace(day=1), -MONTHS)
    return {
        "counted_at": work.clock.now(),
        "people": [_answer(one, count) for one, count in people.by_category(work, reach).items()],
        "enrolments": [_answer(one, count) for one, count in people.by_insurance(work, reach).items()],
        "bound_people": channels.bound_people(work, reach),
        "contributions": [
            {
                **vars(paid),
                "month": f"{paid.month:%Y-%m}",
                "insurance": paid.insurance.value,
                "insurance_name": paid.insurance.label,
            }
            for paid in accounts.paid_by_month(work, reach, since=first)
        ],
    }


def _answer(one: Any, count: int) -> dict[str, Any]:
    return {"code": one.value, "label": one.label, "count": count}
