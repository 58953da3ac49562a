"""Who looked at a person's data, for that person."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select

from backend.audit.models import AuditEvent

PAGE_BY = (AuditEvent.at, AuditEvent.id)
HELPER_LOOKED = "person.looked_at"
"""What a look of somebody who acts for the person is written down as."""


def about_person(person_ids: Collection[UUID]) -> Select[AuditEvent]:
    """Everything that staff did with a person's data, and every look of a helper, as a statement for paging.

    `person_ids` are the person's record and the records merged into it.
    """
    by_staff = AuditEvent.actor_kind == "staff"
    by_helper = AuditEvent.action == HELPER_LOOKED
    return select(AuditEvent).where(AuditEvent.subject_id.in_(person_ids), by_staff | by_helper)
