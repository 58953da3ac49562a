"""Whose data a citizen may touch: their own, and that of people who agreed. Every route on people asks."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.audit.about import HELPER_LOOKED
from backend.audit.commands import record
from backend.family.queries import delegation_for
from backend.family.rules import Scope
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.web.edge import Call


def require_acting_for(call: Call, person_id: UUID, scope: Scope) -> UUID | None:
    """Raises NotFound, without a hint, unless the caller is the person or may do `scope` for them.

    Gives the delegation that allows it, and None for oneself.
    """
    if call.actor.person_id == person_id:
        return None
    return _delegation(call.work, call, person_id, scope)


def look_at(call: Call, person_id: UUID, what: str, *, by: Sequence[Scope] = (Scope.LOOK,)) -> None:
    """`require_acting_for` in any of some scopes; a helper's look is written down, for the person to see.

    Written and committed before anything is shown. To look at one's own data takes no transaction.
    """
    if call.actor.person_id == person_id:
        return
    with call.house.database.work() as work:
        record(
            work,
            HELPER_LOOKED,
            by=call.actor,
            subject=person_id,
            object_kind="delegation",
            object_id=_delegation(work, call, person_id, *by),
            purpose=what,
        )


def _delegation(work: Work, call: Call, person_id: UUID, *scopes: Scope) -> UUID:
    caller = call.actor.person_id
    for scope in scopes:
        found = delegation_for(work, caller, person_id, scope, work.clock.today()) if caller else None
        if found is not None:
            return found
    raise NotFound
