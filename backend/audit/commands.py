"""Writing the audit trail."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.audit.models import AuditEvent, AuditUnsealed
from backend.audit.rules import digest_input
from backend.kernel.actor import Actor
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.ids import new_id


def record(
    work: Work,
    action: str,
    *,
    by: Actor,
    subject: UUID | None = None,
    object_kind: str = "",
    object_id: UUID | None = None,
    before: Any = None,
    after: Any = None,
    purpose: str = "",
) -> None:
    """Adds one row in the current transaction.

    `action` is `noun.verb` (`person.opened`, `role.granted`); `subject` is the person whose data it concerns;
    `before` and `after` are JSON values and are stored encrypted.
    """
    event = AuditEvent(
        id=new_id(),
        at=work.clock.now(),
        action=action,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_role=by.role,
        agency_path=by.agency_path,
        subject_id=subject,
        object_kind=object_kind,
        object_id=object_id,
        purpose=purpose,
        request_id=by.origin.request_id,
        address=by.origin.address,
        device=by.origin.device,
    )
    event.values = values = {"before": before, "after": after}
    event.digest = keyring().digest("audit", digest_input(event, AuditEvent.values.encode(values)))
    work.session.add(event)
    work.session.flush([event])
    work.session.add(AuditUnsealed(event_id=event.id))
