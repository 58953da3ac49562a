"""Reading the permission table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.system import permission_table
from tests.system.world import CITIZENS, ROLES, STAFF

COLUMNS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "PUBLIC": (ROLES,),
    "CITIZENS": (("nobody", *STAFF, "crossed"), *((role,) for role in CITIZENS)),
    "STAFF": (("nobody", *CITIZENS, "crossed"), *((role,) for role in STAFF)),
}
PREFIXES = {"PUBLIC": "", "CITIZENS": "/api/v1", "STAFF": "/api/admin/v1"}
OUTCOMES = {"ok", "401", "403", "404", "409"}


@dataclass(frozen=True)
class Row:
    """An operation on a thing, and what each role is to be told."""

    operation: str
    thing: str
    outcomes: Mapping[str, str]


def rows() -> Iterator[Row]:
    """All rows; raises ValueError for one that is not complete."""
    for part, columns in COLUMNS.items():
        for line in getattr(permission_table, part).splitlines():
            if line and not line.startswith("#"):
                method, path, thing, *outcomes = line.split()
                if not set(outcomes) <= OUTCOMES:
                    raise ValueError(line)
                told = {
                    role: outcome for roles, outcome in zip(columns, outcomes, strict=True) for role in roles
                }
                yield Row(f"{method} {PREFIXES[part]}{path}", thing, told)


def operations() -> dict[str, list[Row]]:
    """The rows of each operation."""
    found: dict[str, list[Row]] = {}
    for row in rows():
        found.setdefault(row.operation, []).append(row)
    return found
