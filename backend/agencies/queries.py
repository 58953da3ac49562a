"""Reading agencies and employers."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from backend.agencies.models import Agency
from backend.kernel.db import Work
from backend.kernel.errors import NotFound


def paths(work: Work, agency_ids: Collection[UUID]) -> dict[UUID, str]:
    """The tree paths of agencies, by id."""
    rows = work.session.execute(select(Agency.id, Agency.path).where(Agency.id.in_(agency_ids)))
    return {row.id: row.path for row in rows}


def path(work: Work, agency_id: UUID) -> str:
    """The tree path of one agency; raises NotFound."""
    found = paths(work, [agency_id])
    if agency_id not in found:
        raise NotFound
    return found[agency_id]
