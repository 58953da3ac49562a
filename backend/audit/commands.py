"""Writing the audit trail."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text

from backend.audit import queries
from backend.audit.models import AuditEvent
from backend.audit.rules import FIXED, canonical, digest_input
from backend.kernel.actor import Actor
from backend.kernel.crypto import CannotOpen, keyring
from backend.kernel.db import Work
from backend.kernel.errors import Conflict
from backend.kernel.ids import new_id
from backend.kernel.masking import mask_text
from backend.kernel.sealed import place_of

_COLUMNS = tuple(AuditEvent.__table__.columns.keys())
# Written out, because every write of the house runs it: a fifth of the time that the mapper takes.
_RECORD = text(
    f"WITH event AS (INSERT INTO audit_event ({', '.join(_COLUMNS)})"  # noqa: S608 names of columns only
    f" VALUES (:{', :'.join(_COLUMNS)}) RETURNING id)"
    " INSERT INTO audit_unsealed (event_id) SELECT id FROM event"
)


class ChangedEvent(Conflict):
    """The values of an event do not open: they were changed, or their key is gone."""

    code = "audit_event_changed"
    title = "该审计记录无法解密，可能已被改动，请运行审计校验"


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
    event_id = new_id()
    plain = AuditEvent.values.encode({"before": before, "after": after})
    columns: dict[str, Any] = {
        "id": event_id,
        "at": work.clock.now(),
        "action": action,
        "actor_kind": by.kind,
        "actor_id": by.id,
        "actor_role": by.role,
        "agency_path": by.agency_path,
        "subject_id": subject,
        "object_kind": object_kind,
        "object_id": object_id,
        "purpose": purpose,
        "request_id": by.origin.request_id,
        "address": by.origin.address,
        "device": mask_text(by.origin.device),  # clients choose it, and some take a phone number
    }
    columns["values_sealed"] = keyring().seal(plain, place=place_of("audit_event", "values_sealed", event_id))
    columns["digest"] = keyring().digest("audit", digest_input(canonical(map(columns.get, FIXED)), plain))
    work.session.execute(_RECORD, columns)


def open_event(work: Work, *, by: Actor, event_id: UUID) -> queries.OpenedEvent:
    """An event with its values; the look is recorded. Raises NotFound out of reach, ChangedEvent."""
    event = queries.event(work, event_id, by=by)
    try:
        values = event.values
    except CannotOpen as error:
        raise ChangedEvent from error
    record(
        work,
        "audit_event.opened",
        by=by,
        subject=event.subject_id,
        object_kind="audit_event",
        object_id=event.id,
    )
    return queries.OpenedEvent(event, values)
