"""For every operation a request that succeeds: by whom the permission table allows it, and what it holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.system.requests import request
from tests.system.table import operations
from tests.system.world import World

PREFERRED = ("nobody", "bound", "clerk")


@dataclass(frozen=True)
class Valid:
    """Who sends it, the ids that its path and body are about, its body, query and headers."""

    role: str
    thing: str
    ids: dict[str, Any]
    body: Any
    query: dict[str, str]
    headers: dict[str, str]


def valid(world: World, operation: str) -> Valid:
    """The smallest request that succeeds; where the table knows none, one that may be made and is refused."""
    role, thing = _allowed(operation)
    ids = world.thing(role, thing)
    sent = request(world, role, operation, ids)
    return Valid(
        role,
        thing,
        {name: str(value) for name, value in ids.items()},
        json.loads(json.dumps(sent.get("json"), default=str)),
        sent.get("query_string", {}),
        sent.get("headers", {}),
    )


def _allowed(operation: str) -> tuple[str, str]:
    for outcomes in ({"ok"}, {"ok", "409"}):
        for row in operations()[operation]:
            roles = [role for role, outcome in row.outcomes.items() if outcome in outcomes]
            for role in (*PREFERRED, *roles):
                if role in roles:
                    return role, row.thing
    raise LookupError(f"nobody may {operation}")
