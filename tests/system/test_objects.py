"""Ids of other people's things, wherever an id can be put, open nothing and tell nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.system.requests import CITIZENS, STAFF, request
from tests.system.table import operations
from tests.system.world import World

TABLE = operations()
OPERATIONS = [operation for operation in TABLE if "_id}" in operation]
FOREIGN = {
    CITIZENS: ("stranger", "wider", "card_inside", "inside", "failed"),
    STAFF: ("outside", "card_outside"),
}
"""Whose things are tried: other people's by citizens, those of other agencies by staff."""
OWN = {CITIZENS: "own", STAFF: "inside"}


def part_of(operation: str) -> str:
    return STAFF if f" {STAFF}/" in operation else CITIZENS


def entitled(operation: str) -> list[str]:
    """Who may use the operation on something; of those who help others, whoever may look."""
    rows = TABLE[operation]
    return [
        role
        for role in rows[0].outcomes
        if role != "certify" and any(row.outcomes[role] in ("ok", "409") for row in rows)
    ]


def foreign_ids(world: World, operation: str, parameter: str) -> set[str]:
    """One id of each kind; but only sessions have ids that are no UUIDs, and only their paths take them."""
    ids = {key: value for name in FOREIGN[part_of(operation)] for key, value in world.things[name].items()}
    return {str(value) for key, value in ids.items() if key != "session_id" or parameter == "session_id"}


def tried(world: World, role: str, operation: str, **ids: Any) -> TestResponse:
    """The operation on the caller's own thing, but for `ids`."""
    world.things["tried"] = world.thing(role, OWN[part_of(operation)]) | ids
    with world.undone():
        sent = request(world, role, operation, world.things["tried"])
        return world.call(role, operation, "tried", **sent)


def told(answer: TestResponse) -> Any:
    return answer.status_code, {**(answer.json or {}), "request_id": None}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_id_of_anybody_else_opens_anything(world: World, operation: str) -> None:
    for parameter in re.findall(r"{(\w+_id)}", operation):
        for role in entitled(operation):
            missing = told(tried(world, role, operation, **world.nothing(parameter)))
            assert missing[0] in (403, 404)
            for foreign in sorted(foreign_ids(world, operation, parameter)):
                assert told(tried(world, role, operation, **{parameter: foreign})) == missing, (role, foreign)


def shown(world: World, role: str, operation: str, **sent: Any) -> str:
    answer = world.call(role, operation, **sent)
    assert answer.status_code == 200, answer.text
    return answer.text


PAGED = ("/staff", "/approvals", "/tasks", "/events", "/messages")
LISTS = [
    # who, asks for, is shown, and not shown
    ("system", f"GET {STAFF}/staff", "staff_id", ("inside", "wider"), ("outside",)),
    ("security", f"GET {STAFF}/staff", "staff_id", ("inside", "wider"), ("outside",)),
    (
        "clerk",
        f"GET {STAFF}/approvals",
        "approval_id",
        ("mine",),
        ("card_inside", "role_inside", "card_outside"),
    ),
    (
        "supervisor",
        f"GET {STAFF}/approvals",
        "approval_id",
        ("mine", "card_inside"),
        ("card_outside", "role_inside"),
    ),
    (
        "security",
        f"GET {STAFF}/approvals",
        "approval_id",
        ("mine", "role_inside"),
        ("role_outside", "card_inside"),
    ),
    (
        "system",
        f"GET {STAFF}/approvals",
        "approval_id",
        ("mine",),
        ("role_inside", "role_outside", "card_inside"),
    ),
    ("none", f"GET {STAFF}/approvals", "approval_id", (), ("card_inside", "role_inside", "card_outside")),
    ("supervisor", f"GET {STAFF}/tasks", "task_id", ("card_inside", "held"), ("card_outside", "role_inside")),
    ("security", f"GET {STAFF}/tasks", "task_id", ("role_inside", "held"), ("role_outside", "card_inside")),
    (
        "clerk",
        f"GET {STAFF}/tasks",
        "task_id",
        ("review",),
        ("review_there", "card_inside", "role_inside", "mine"),
    ),
    ("none", f"GET {STAFF}/tasks", "task_id", (), ("card_inside", "role_inside", "mine")),
    ("audit", f"GET {STAFF}/audit/events", "audit_event_id", ("inside",), ("outside",)),
    ("clerk", f"GET {STAFF}/sessions", "session_id", ("own",), ("other", "stranger")),
    ("bound", f"GET {CITIZENS}/sessions", "session_id", ("own",), ("stranger", "helped", "other")),
    ("bound", f"GET {CITIZENS}/channels", "channel_id", ("own",), ("stranger", "helped")),
    ("citizen", f"GET {CITIZENS}/channels", "channel_id", ("own",), ("stranger", "helped")),
    ("look", f"GET {CITIZENS}/channels", "channel_id", ("own",), ("stranger", "helped")),
    ("bound", f"GET {CITIZENS}/messages", "message_id", ("own",), ("stranger", "helped")),
    ("look", f"GET {CITIZENS}/messages", "message_id", ("own",), ("stranger", "helped")),
    ("bound", f"GET {CITIZENS}/family", "delegation_id", ("asked", "asking"), ("stranger", "outside")),
]


@pytest.mark.parametrize(("role", "operation", "key", "wanted", "unwanted"), LISTS)
def test_lists_show_what_is_in_reach(
    world: World, role: str, operation: str, key: str, wanted: tuple[str, ...], unwanted: tuple[str, ...]
) -> None:
    sent = {"query_string": {"limit": 100}} if operation.endswith(PAGED) else {}
    text = shown(world, role, operation, **sent)
    for name in wanted:
        assert str(world.thing(role, name)[key]) in text, name
    for name in unwanted:
        assert str(world.thing(role, name)[key]) not in text, name


def narrowed(world: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Filters that name what is out of reach."""
    there = world.things["outside"]
    yield "system", f"GET {STAFF}/staff", {"agency_id": there["agency_id"]}
    yield "audit", f"GET {STAFF}/audit/events", {"agency_id": there["agency_id"]}
    yield "audit", f"GET {STAFF}/audit/events", {"actor_id": there["staff_id"]}
    yield "audit", f"GET {STAFF}/audit/events", {"object_id": world.things["card_outside"]["approval_id"]}


def test_filters_reach_no_further(world: World) -> None:
    for role, operation, query in narrowed(world):
        answer = world.call(role, operation, query_string=query)
        assert (answer.status_code, answer.json["items"]) == (200, []), (operation, query)


@pytest.mark.parametrize("by", ["id_number", "phone"])
def test_a_search_finds_nobody_elsewhere(world: World, by: str) -> None:
    found = {
        name: world.call("clerk", f"POST {STAFF}/people/search", json={by: getattr(world.people[name], by)})
        for name in ("stranger", "outside")
    }
    assert [one["person_id"] for one in found["stranger"].json["items"]] == [
        str(world.people["stranger"].person_id)
    ]
    assert found["outside"].json == {"items": [], "complete": True}


def test_role_changes_do_not_tell_who_works_elsewhere(world: World) -> None:
    answers = []
    for newcomer in (world.things["outside"]["newcomer_id"], world.nothing("staff_id")["staff_id"]):
        body = {"staff_id": newcomer, "role": "clerk", "agency_id": world.things["inside"]["agency_id"]}
        answers.append(world.call("system", f"POST {STAFF}/role-changes", json={**body, "action": "grant"}))
    assert told(answers[0]) == told(answers[1])
