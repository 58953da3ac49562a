"""Who acts, from where, and how far their rights reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from backend.kernel.errors import Forbidden

ActorKind = Literal["citizen", "staff", "system", "anonymous"]


@dataclass(frozen=True)
class Origin:
    """Where a request came from; kept in the audit trail."""

    request_id: str = "-"
    address: str = "-"
    device: str = "-"


@dataclass(frozen=True)
class Grant:
    """Functions that a staff member may use on one agency and all agencies below it."""

    role: str
    functions: frozenset[str]
    agency_path: str

    def covers(self, agency_path: str) -> bool:
        """Whether an agency lies in this grant's subtree; paths are compared by component."""
        return agency_path == self.agency_path or agency_path.startswith(self.agency_path + ".")


@dataclass(frozen=True)
class Actor:
    """The one in whose name something is done.

    A citizen has a channel and, once bound, a person. A staff member has grants. The system acts for itself
    in jobs and commands, and says which one in `role`.
    """

    kind: ActorKind
    id: UUID | None
    role: str = ""
    person_id: UUID | None = None
    channel_id: UUID | None = None
    agency_path: str = ""
    grants: tuple[Grant, ...] = ()
    origin: Origin = field(default_factory=Origin)

    def allows(self, function: str, agency_path: str) -> bool:
        """Whether one may use `function` on cases of the agency at `agency_path`; the system always may."""
        return self.kind == "system" or any(
            function in grant.functions and grant.covers(agency_path) for grant in self.grants
        )

    def require(self, function: str, agency_path: str) -> None:
        """Raises Forbidden unless `allows`."""
        if not self.allows(function, agency_path):
            raise Forbidden

    def reach(self, function: str) -> tuple[str, ...]:
        """The agency paths whose subtrees `function` may be used on."""
        return tuple(grant.agency_path for grant in self.grants if function in grant.functions)


def system(role: str) -> Actor:
    """The actor for work that no person asked for: a job, a schedule, a command line."""
    return Actor("system", None, role)


def anonymous(origin: Origin) -> Actor:
    """Someone who has not signed in."""
    return Actor("anonymous", None, "anonymous", origin=origin)


def staff_roles(grants: Iterable[Grant]) -> str:
    """The roles of a staff member as one readable string, for the audit trail."""
    return ",".join(sorted({grant.role for grant in grants}))
