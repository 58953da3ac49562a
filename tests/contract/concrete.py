"""The document with values of the bureau in it: what is generated then meets something that is there."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from tests.contract.document import JSON, Json, Operation, operations
from tests.contract.valid import Valid
from tests.system.world import DEVICE, World

Pool = dict[str, list[Any]]
"""Values by where they belong: `path.person_id`, `body.name`."""
RIGHT_ONES = 10
"""How often the right id is in a pool that holds each other one once."""


def made_concrete(world: World, document: Json, known: dict[str, Valid]) -> tuple[Json, dict[str, Pool]]:
    """A document whose examples are the valid requests, and by operation the values to draw from."""
    concrete = copy.deepcopy(document)
    others, pools = _ids(world), {}
    for operation in operations(concrete):
        right = known[operation.label]
        path = concrete["paths"][operation.label.split(" ", 1)[1]]
        said = operation.said
        said["parameters"] = copy.deepcopy([*said.get("parameters", ()), *path.get("parameters", ())])
        if right.body is not None:
            said["requestBody"]["content"][JSON]["example"] = right.body
        for parameter in said["parameters"]:
            _set_example(parameter, right)
        more = {**others, "cursor": _cursors(world, operation, right)}
        pools[said["operationId"]] = _pool(said["parameters"], right.body, more)
    return concrete, pools


def _set_example(parameter: Json, right: Valid) -> None:
    parameter["schema"].pop("example", None)
    values = {"path": right.ids, "query": right.query, "header": {"X-Device-Id": DEVICE}}[parameter["in"]]
    if parameter["name"] in values:
        parameter["example"] = values[parameter["name"]]


def _pool(parameters: list[Json], body: Any, others: dict[str, list[str]]) -> Pool:
    found = {
        f"{one['in']}.{one['name']}": [
            *([one["example"]] * RIGHT_ONES if "example" in one else []),
            *others.get(one["name"], ()),
        ]
        for one in parameters
    }
    typed = {f"body.{name}": [value] for name, value in (body or {}).items() if type(value) in (str, int)}
    return {name: values for name, values in (found | typed).items() if values}


def _cursors(world: World, operation: Operation, right: Valid) -> list[str]:
    """Where the second page of a list begins, if it has one."""
    if "cursor" not in operation.query:
        return []
    query = {**right.query, "limit": "1"}
    answer = world.call(right.role, operation.label, right.thing, query_string=query)
    return [answer.json["next_cursor"]] if answer.json["next_cursor"] else []


def _ids(world: World) -> dict[str, list[str]]:
    """All ids in the bureau, by the name of what they identify."""
    found: dict[str, set[str]] = defaultdict(set)
    owned = (thing for caller in world.callers.values() for thing in caller.own.values())
    for thing in (*world.things.values(), *owned):
        for name, value in thing.items():
            found[name].add(str(value))
    return {name: sorted(values) for name, values in found.items()}
