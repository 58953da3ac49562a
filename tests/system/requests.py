"""The smallest valid request of every operation: what its body holds, and what else it needs.

By hand, like the table: what an operation reads is said here once more, by somebody else than its schema.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from backend.channels.ports import WeChatIdentity
from tests.support.people import card_number, id_number
from tests.support.staff import PASSWORD
from tests.support.wechat import sealed, signed, xml_of
from tests.system.world import LAST, World

KEYED = {
    "POST /api/admin/v1/reconciliation-differences/{difference_id}/resolve",
    "POST /api/admin/v1/people/{person_id}/payouts",
    "POST /api/admin/v1/people/{person_id}/collections",
    "POST /api/v1/bills/{bill_id}/payment",
}
"""What pays or asks for money, and what ends a difference of money, needs a key."""
Body = Callable[[World, str, dict[str, Any]], Any]
"""Of the world, the caller's role, and the thing that the request is about."""
CITIZENS, STAFF = "/api/v1", "/api/admin/v1"
COMING_BACK = f"POST {CITIZENS}/sign-in/official-account"


def _password(world: World, role: str, _: Any) -> dict[str, Any]:
    member = world.callers[role].member if role in world.callers else None
    return {"current_password": member.password if member else PASSWORD, "password": "Quiet-Lagoon-2931"}


def _staff_sign_in(world: World, _role: str, _thing: Any) -> dict[str, Any]:
    member = world.callers["clerk"].member
    assert member
    code = member.code(world.house.clock)
    return {"username": member.username, "password": member.password, "totp": code}


def _open_miniprogram(world: World, _role: str, _thing: Any) -> dict[str, Any]:
    return {"code": world.outside.miniprogram.give(WeChatIdentity("openid-of-nobody", None))}


def _come_back(world: World, _role: str, _thing: Any) -> dict[str, Any]:
    world.house.redis.set("oa-state:state-of-the-table", b"1", ex=60)
    code = world.outside.official_account.give(WeChatIdentity("openid-of-nobody", None))
    return {"code": code, "state": "state-of-the-table"}


def _press_button(world: World, role: str, _thing: Any) -> dict[str, Any]:
    phone = world.callers[role].phone if role in world.callers else ""
    return {"code": world.outside.phone_button.give(phone or "13900000009")}


def _bind(world: World, _role: str, _thing: Any) -> dict[str, Any]:
    person = world.people["stranger"]
    known = {"name": person.name, "id_number": person.id_number}
    return {**known, "proof": "counter_code", "counter_code": world.counter_code}


def _ask(world: World, _role: str, _thing: Any) -> dict[str, Any]:
    request = {"relation": "sibling", "scopes": ["look"], "until": str(LAST)}
    return {"name": "李海", "id_number": id_number(), **request}


BODIES: dict[str, Body] = {
    f"POST {CITIZENS}/sign-in/miniprogram": _open_miniprogram,
    f"POST {CITIZENS}/sign-in/official-account/start": lambda *_: {"return_to": "/m/"},
    COMING_BACK: _come_back,
    f"POST {CITIZENS}/sign-in/phone/codes": lambda *_: {"phone": "13900000003"},
    f"POST {CITIZENS}/sign-in/phone": lambda world, *_: {
        "phone": "13900000001",
        "code": world.codes["13900000001"],
    },
    f"POST {CITIZENS}/phone/wechat": _press_button,
    f"POST {CITIZENS}/phone/codes": lambda *_: {"phone": "13900000003"},
    f"PUT {CITIZENS}/phone": lambda world, *_: {
        "phone": "13900000002",
        "code": world.codes["13900000002"],
    },
    f"POST {CITIZENS}/binding": _bind,
    f"POST {CITIZENS}/family": _ask,
    f"POST {CITIZENS}/people/{{person_id}}/statements": lambda *_: {"year": 2025},
    f"POST {CITIZENS}/documents/verifications": lambda world, *_: {"qr": world.qr},
    f"POST {CITIZENS}/consents": lambda *_: {"template": "result", "accepted": True},
    f"POST {STAFF}/session": _staff_sign_in,
    f"PUT {STAFF}/me/password": _password,
    f"POST {STAFF}/staff": lambda world, role, thing: {
        "username": "lin.tao",
        "name": "林涛",
        "agency_id": thing["agency_id"],
    },
    f"PATCH {STAFF}/staff/{{staff_id}}": lambda world, role, thing: {
        "version": _version(world, "staff", thing["staff_id"]),
        "name": "林涛",
    },
    f"POST {STAFF}/agencies": lambda world, role, thing: {
        "code": "460199",
        "name": "测试经办机构",
        "parent_id": thing["agency_id"],
    },
    f"POST {STAFF}/role-changes": lambda world, role, thing: {
        "staff_id": thing["newcomer_id"],
        "role": "clerk",
        "agency_id": thing["agency_id"],
        "action": "grant",
    },
    f"POST {STAFF}/approvals/{{approval_id}}/reject": lambda *_: {"reason": "材料不齐"},
    f"POST {STAFF}/people/{{person_id}}/payouts": lambda *_: {
        "amount": 52_000,
        "purpose": "丧葬补助金",
        "reference": "琼社发2026-118",
    },
    f"POST {STAFF}/payout-releases": lambda world, role, thing: {"payout_ids": [str(thing["payout_id"])]},
    f"POST {STAFF}/payouts/{{payout_id}}/cancel": lambda world, role, thing: {
        "version": _version(world, "payout", thing["payout_id"]),
        "reason": "重复申请",
    },
    f"POST {STAFF}/payouts/{{payout_id}}/reissue": lambda world, role, thing: {
        "version": _version(world, "payout", thing["payout_id"])
    },
    f"POST {STAFF}/payouts/{{payout_id}}/resolutions": lambda world, role, thing: {
        "version": _version(world, "payout", thing["payout_id"]),
        "ended": "paid",
        "evidence": "银行回单20261122-7",
    },
    f"POST {STAFF}/people/{{person_id}}/collections": lambda *_: {
        "amount": 97_572,
        "description": "灵活就业养老保险费",
        "reference": "琼社核2026-118",
    },
    f"POST {STAFF}/collections/{{collection_id}}/withdraw": lambda world, role, thing: {
        "version": _version(world, "collection", thing["collection_id"]),
        "reason": "核定有误",
    },
    f"POST {STAFF}/collections/{{collection_id}}/refunds": lambda world, role, thing: {
        "version": _version(world, "collection", thing["collection_id"]),
        "reason": "参保人申请退费",
    },
    f"POST {STAFF}/collections/{{collection_id}}/look-again": lambda world, role, thing: {
        "version": _version(world, "collection", thing["collection_id"])
    },
    f"POST {STAFF}/collections/{{collection_id}}/close-case": lambda world, role, thing: {
        "version": _version(world, "collection", thing["collection_id"]),
        "reason": "已与税务核对",
    },
    f"POST {STAFF}/reconciliation-differences/{{difference_id}}/resolve": lambda *_: {
        "reason": "系银行重复记账，次日冲正"
    },
    f"PUT {STAFF}/payout-stops/{{scope}}": lambda *_: {"reason": "核查异常"},
    f"POST {STAFF}/tasks/{{task_id}}/claim": lambda world, role, thing: {
        "version": _version(world, "task", thing["task_id"])
    },
    f"POST {STAFF}/tasks/{{task_id}}/finish": lambda *_: {"outcome": "done"},
    f"POST {STAFF}/people/search": lambda world, role, thing: {"name": "王秀英"},
    f"POST {STAFF}/people/search.xlsx": lambda world, role, thing: {"name": "王秀英"},
    f"POST {STAFF}/people": lambda world, role, thing: {
        "name": "李海",
        "id_number": id_number(),
        "agency_id": thing["agency_id"],
        "category": "resident_pensioner",
    },
    f"POST {STAFF}/people/{{person_id}}/open": lambda *_: {"purpose": "窗口业务办理"},
    f"POST {STAFF}/interest-runs": lambda *_: {"year": 2025},
    f"PATCH {STAFF}/people/{{person_id}}": lambda world, role, thing: {
        "version": _version(world, "person", thing["person_id"]),
        "name": "李海",
    },
    f"PUT {STAFF}/people/{{person_id}}/phone": lambda world, role, thing: {
        "version": _version(world, "person", thing["person_id"]),
        "phone": "13900000004",
    },
    f"POST {STAFF}/people/{{person_id}}/card-changes": lambda *_: {
        "bank": "中国农业银行",
        "number": card_number(),
    },
    f"POST {STAFF}/people/{{person_id}}/merge": lambda world, role, thing: {
        "into_id": thing.get("into_id") or world.things["helped"]["person_id"]
    },
    f"POST {STAFF}/people/{{person_id}}/move": lambda world, *_: {"agency_id": world.ids["46"]},
    f"POST {STAFF}/people/{{person_id}}/decease": lambda *_: {"died_on": "2026-11-01"},
    f"POST {STAFF}/people/{{person_id}}/enrolments": lambda *_: {
        "insurance": "310",
        "from_month": "2021-01",
    },
    f"POST {STAFF}/people/{{person_id}}/enrolments/{{enrolment_id}}/end": lambda *_: {
        "until_month": "2026-12"
    },
}


def request(world: World, role: str, operation: str, thing: dict[str, Any]) -> dict[str, Any]:
    """What the test client is to send besides method, path and credentials."""
    if operation == "GET /callbacks/wechat":
        return {"query_string": {**signed(at=_now(world)), "echostr": "hello"}}
    if operation == "POST /callbacks/wechat":
        query, body = sealed(xml_of(MsgType="text", Content="余额", MsgId="1"), at=_now(world))
        return {"query_string": query, "data": body, "content_type": "text/xml"}
    if operation == "POST /callbacks/wechat-pay":
        return {"data": b"{}"}  # what bears whose signature is the reader's to know, and tested with it
    if operation == f"GET {CITIZENS}/js-config":
        return {"query_string": {"url": world.house.settings.site_url + "/m/"}}
    body = BODIES[operation](world, role, thing) if operation in BODIES else None
    return {
        "json": body,
        "headers": _headers(operation),
    }


def _headers(operation: str) -> dict[str, str]:
    if operation == COMING_BACK:
        return {"Cookie": "oa_state=state-of-the-table"}
    return {"Idempotency-Key": uuid4().hex} if operation in KEYED else {}


def _version(world: World, table: str, row_id: Any) -> int:
    """The version that somebody would have read; 1 for what does not exist."""
    found = world.sql(f"SELECT version FROM {table} WHERE id = :id", id=row_id).scalar()
    return found or 1


def _now(world: World) -> float:
    return world.house.clock.now().timestamp()
