"""Whose data a citizen may touch: their own, and that of people who agreed. Every route on people asks."""

from __future__ import annotations

from uuid import UUID

from backend.audit.about import HELPER_LOOKED
from backend.audit.commands import record
from backend.family.queries import delegation_for
from backend.family.rules import Scope
from backend.kernel.errors import NotFound
from backend.web.edge import Call


def require_acting_for(call: Call, person_id: UUID, scope: Scope) -> UUID | None:
    """Raises NotFound, without a hint, unless the caller is the person or may do `scope` for them.

    Gives the delegation that allows it, and None for oneself.
    """
    caller = call.actor.person_id
    if caller is None:
        raise NotFound
    if caller == person_id:
        return None
    delegation_id = delegation_for(call.work, caller, person_id, scope, call.work.clock.today())
    if delegation_id is None:
        raise NotFound
    return delegation_id


def look_at(call: Call, person_id: UUID, what: str) -> None:
    """`require_acting_for` to look; what a helper looks at is written down, for the person to see."""
    delegation_id = require_acting_for(call, person_id, Scope.LOOK)
    if delegation_id is not None:
        record(
            call.work,
            HELPER_LOOKED,
            by=call.actor,
            subject=person_id,
            object_kind="delegation",
            object_id=delegation_id,
            purpose=what,
        )
