"""What the server decides cannot be sent along: every field that an operation does not name is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from backend.kernel.schema import load_all_models
from backend.web.problems import MOST_ERRORS
from tests.support.memory import contents
from tests.support.statements import statements
from tests.system.requests import CITIZENS, STAFF, request
from tests.system.table import Row, operations
from tests.system.world import World

SERVER_OWNED = {
    *("id", "state", "version", "role", "roles", "grants", "functions", "permissions", "kind", "is_admin"),
    *("agency_id", "agency_path", "path", "person_id", "staff_id", "channel_id", "subject_id", "target_id"),
    *("maker_id", "checker_id", "holder_id", "helper_id", "principal_id", "issued_by", "actor_id", "by"),
    *("created_at", "bound_at", "agreed_at", "decided_at", "verified_at", "phone_verified_at", "died_on"),
    *("password_hash", "totp", "totp_secret", "must_change_password", "locked_until", "failures", "token"),
    *("name_sealed", "number_digest", "payload", "payload_hash", "digest", "signature", "seal", "bound"),
    *("slot", "serial", "request_id", "address", "device", "clock", "now", "session", "csrf", "__class__"),
}
"""And, below, the name of every column of every table."""

CALLBACKS = ("POST /callbacks/wechat", "POST /callbacks/wechat-pay")
ACCEPTED: Mapping[str, set[str]] = {
    f"POST {CITIZENS}/sign-in/miniprogram": {"code", "keep", "label"},
    f"POST {CITIZENS}/sign-in/official-account/start": {"return_to"},
    f"POST {CITIZENS}/sign-in/official-account": {"code", "state", "keep", "label"},
    f"POST {CITIZENS}/sign-in/phone/codes": {"phone"},
    f"POST {CITIZENS}/sign-in/phone": {"phone", "code", "keep", "label"},
    f"POST {CITIZENS}/phone/wechat": {"code"},
    f"POST {CITIZENS}/phone/codes": {"phone"},
    f"PUT {CITIZENS}/phone": {"phone", "code"},
    f"POST {CITIZENS}/binding": {"name", "id_number", "proof", "card", "counter_code"},
    f"POST {CITIZENS}/family": {"name", "id_number", "relation", "scopes", "until"},
    f"POST {CITIZENS}/people/{{person_id}}/statements": {"year"},
    f"POST {CITIZENS}/consents": {"template", "accepted"},
    f"POST {STAFF}/session": {"username", "password", "totp", "keep"},
    f"PUT {STAFF}/me/password": {"current_password", "password"},
    f"POST {STAFF}/staff": {"username", "name", "agency_id"},
    f"PATCH {STAFF}/staff/{{staff_id}}": {"version", "name", "agency_id", "state"},
    f"POST {STAFF}/agencies": {"code", "name", "parent_id"},
    f"POST {STAFF}/role-changes": {"staff_id", "role", "agency_id", "action", "note"},
    f"POST {STAFF}/approvals/{{approval_id}}/reject": {"reason"},
    f"POST {STAFF}/tasks/{{task_id}}/claim": {"version"},
    f"POST {STAFF}/tasks/{{task_id}}/finish": {"outcome"},
    f"POST {STAFF}/people/{{person_id}}/payouts": {"amount", "purpose", "reference"},
    f"POST {STAFF}/payout-releases": {"payout_ids", "note"},
    f"POST {STAFF}/payouts/{{payout_id}}/cancel": {"version", "reason"},
    f"POST {STAFF}/payouts/{{payout_id}}/reissue": {"version"},
    f"POST {STAFF}/payouts/{{payout_id}}/resolutions": {"version", "ended", "evidence", "note"},
    f"PUT {STAFF}/payout-stops/{{scope}}": {"reason"},
    f"POST {STAFF}/people/{{person_id}}/collections": {"amount", "description", "reference"},
    f"POST {STAFF}/collections/{{collection_id}}/withdraw": {"version", "reason"},
    f"POST {STAFF}/collections/{{collection_id}}/refunds": {"version", "reason", "payment_id"},
    f"POST {STAFF}/collections/{{collection_id}}/look-again": {"version"},
    f"POST {STAFF}/collections/{{collection_id}}/close-case": {"version", "reason"},
    f"POST {STAFF}/reconciliation-differences/{{difference_id}}/resolve": {"reason"},
    f"POST {STAFF}/people/search": {"id_number", "phone", "name", "card"},
    f"POST {STAFF}/people/search.xlsx": {"id_number", "phone", "name", "card"},
    f"POST {STAFF}/people": {"name", "id_number", "agency_id", "category", "phone", "address", "sex"},
    f"POST {STAFF}/people/{{person_id}}/open": {"purpose"},
    f"POST {STAFF}/interest-runs": {"year", "note"},
    f"PATCH {STAFF}/people/{{person_id}}": {"version", "name", "id_number", "sex", "category", "address"},
    f"PUT {STAFF}/people/{{person_id}}/phone": {"version", "phone"},
    f"POST {STAFF}/people/{{person_id}}/card-changes": {"bank", "number", "note"},
    f"POST {STAFF}/people/{{person_id}}/merge": {"into_id", "note"},
    f"POST {STAFF}/people/{{person_id}}/move": {"agency_id"},
    f"POST {STAFF}/people/{{person_id}}/decease": {"died_on"},
    f"POST {STAFF}/people/{{person_id}}/enrolments": {
        *("insurance", "from_month", "until_month", "employer_id", "base")
    },
    f"POST {STAFF}/people/{{person_id}}/enrolments/{{enrolment_id}}/end": {"until_month"},
}
"""The fields that each operation reads, by hand; the others read none."""

WRITES = {
    operation: rows
    for operation, rows in operations().items()
    if not operation.startswith("GET ") and operation not in CALLBACKS
}


def server_owned() -> set[str]:
    columns = {column.name for table in load_all_models().tables.values() for column in table.columns}
    return SERVER_OWNED | columns


def allowed_cell(rows: list[Row]) -> tuple[str, str]:
    """Somebody who may do it, and to what."""
    return next((role, row.thing) for row in rows for role, told in row.outcomes.items() if told == "ok")


@contextmanager
def nothing_changes(world: World) -> Iterator[None]:
    """No statement of the block writes, and nothing in Redis differs after it."""
    before = contents(world.house.redis)
    with statements(world.connection.engine) as said:
        yield
    assert [one for one in said if re.match(r"\s*(INSERT|UPDATE|DELETE|MERGE|WITH)", one)] == []
    assert contents(world.house.redis) == before


def refused_fields(world: World, role: str, operation: str, thing: str, extra: Mapping[str, Any]) -> set[str]:
    """Which fields are refused when `extra` is sent on top of a valid body; nothing may have changed."""
    sent = request(world, role, operation, world.thing(role, thing))
    sent["json"] = {**(sent["json"] or {}), **extra}
    with nothing_changes(world):
        answer = world.call(role, operation, thing, **sent)
    assert answer.status_code == 422, answer.text
    return {error["field"] for error in answer.json["errors"]}


def test_every_write_is_listed() -> None:
    assert ACCEPTED.keys() <= WRITES.keys()


@pytest.mark.parametrize("operation", WRITES)
def test_what_the_server_decides_cannot_be_sent(world: World, operation: str) -> None:
    role, thing = allowed_cell(WRITES[operation])
    names = sorted(server_owned() - ACCEPTED.get(operation, set()))
    for some in (names[start : start + MOST_ERRORS] for start in range(0, len(names), MOST_ERRORS)):
        assert refused_fields(world, role, operation, thing, dict.fromkeys(some, "1")) == set(some)


@pytest.mark.parametrize("operation", WRITES)
def test_without_them_the_same_request_is_taken(world: World, operation: str) -> None:
    role, thing = allowed_cell(WRITES[operation])
    sent = request(world, role, operation, world.thing(role, thing))
    assert world.call(role, operation, thing, **sent).status_code < 300


@pytest.mark.parametrize("value", [None, [], {}, 0, False, ["clerk"], {"$ne": None}])
def test_no_value_makes_them_welcome(world: World, value: Any) -> None:
    """One operation stands for all: they share one parser."""
    operation = f"POST {STAFF}/people"
    extra = dict.fromkeys(("id", "state", "version", "registered_at", "name_sealed"), value)
    assert refused_fields(world, "clerk", operation, "inside", extra) == extra.keys()


def test_queries_take_no_more(world: World) -> None:
    operation = f"GET {STAFF}/staff"
    answer = world.call("system", operation, query_string={"agency_path": "46", "role": "clerk"})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json["errors"]} == {"agency_path", "role"}
