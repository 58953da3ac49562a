"""Taking hold of a collection that a member of staff may change, and of what they typed."""

from __future__ import annotations

from uuid import UUID

from backend.agencies import queries as agencies
from backend.collections.errors import CollectionChanged
from backend.collections.models import Collection
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound


def held(work: Work, collection_id: UUID, *, by: Actor, function: str, version: int) -> Collection:
    """The collection, locked. Raises NotFound (also when out of reach), CollectionChanged."""
    bill = work.session.get(Collection, collection_id, with_for_update=True, populate_existing=True)
    if bill is None or not by.allows(function, agencies.path(work, bill.agency_id)):
        raise NotFound
    if bill.version != version:
        raise CollectionChanged
    return bill
