"""What delegations do when the registry tells something, and every night."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend.family.commands import end_all_of, expire_due, follow_merge
from backend.kernel.actor import system
from backend.kernel.db import Work

PERSON_MERGED = "family.person_merged"
PERSON_DECEASED = "family.person_deceased"
EXPIRE = "family.expire"


def person_merged(work: Work, payload: Mapping[str, Any]) -> None:
    """Delegations of the duplicate become those of the record that stays."""
    from_id, to_id = UUID(payload["from_id"]), UUID(payload["to_id"])
    follow_merge(work, by=system(PERSON_MERGED), from_id=from_id, to_id=to_id)


def person_deceased(work: Work, payload: Mapping[str, Any]) -> None:
    """Nobody acts for the deceased, nor they for anybody."""
    end_all_of(work, by=system(PERSON_DECEASED), person_id=UUID(payload["person_id"]))


def expire(work: Work, _payload: Mapping[str, Any]) -> None:
    """What has run out is closed."""
    expire_due(work, by=system(EXPIRE))
