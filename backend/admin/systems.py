"""How the outside systems do that the house depends on."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend.kernel.calls import Calls, System
from backend.web.access import permission
from backend.web.edge import Blueprint, Call
from backend.web.parsing import Schema

blp = Blueprint("systems", __name__, url_prefix="/api/admin/v1", description="Outside systems")
STATES = {
    "ok": "正常",
    "slow": "响应缓慢",
    "refusing": "拒绝我方请求",
    "failing": "连续失败",
    "unknown": "近期没有调用",
}


class SystemAnswer(Schema):
    """An outside system, as its last calls went; counts and the median are of the last hour."""

    system = ma.fields.String(required=True, metadata={"enum": list(System)})
    name = ma.fields.String(required=True, metadata={"example": "短信平台"})
    state = ma.fields.String(required=True, metadata={"enum": list(STATES)})
    state_name = ma.fields.String(required=True, metadata={"example": "正常"})
    calls = ma.fields.Integer(required=True)
    failures = ma.fields.Integer(required=True)
    median_ms = ma.fields.Integer(required=True, allow_none=True, metadata={"example": 85})
    last_answer_at = ma.fields.DateTime(required=True, allow_none=True)
    last_failure_at = ma.fields.DateTime(required=True, allow_none=True)
    last_failure = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The kind of failure", "example": "ReadTimeout"},
    )


class SystemsAnswer(Schema):
    """All outside systems."""

    items = ma.fields.List(ma.fields.Nested(SystemAnswer), required=True)


@blp.read("/outside-systems", access=permission("systems.read"), answer=SystemsAnswer)
def systems(call: Call) -> dict[str, Any]:
    """How each outside system has answered lately"""
    calls = call.house.ports.get(Calls)
    return {"items": [_told(system, calls) for system in System]}


def _told(system: System, calls: Calls) -> dict[str, Any]:
    health = calls.health(system)
    return {
        **vars(health),
        "system": system.value,
        "name": system.label,
        "state_name": STATES[health.state],
    }
