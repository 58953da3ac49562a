"""What channels do when the registry tells something, and every night."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend.channels.commands import follow_merge, forget_codes
from backend.kernel.actor import system
from backend.kernel.db import Work

FORGET_CODES = "channels.forget_codes"
PERSON_MERGED = "channels.person_merged"


def person_merged(work: Work, payload: Mapping[str, Any]) -> None:
    """Channels of the duplicate become those of the record that stays."""
    from_id, to_id = UUID(payload["from_id"]), UUID(payload["to_id"])
    follow_merge(work, by=system(PERSON_MERGED), from_id=from_id, to_id=to_id)


def forget_old_codes(work: Work, _payload: Mapping[str, Any]) -> None:
    """Codes long expired are deleted; what they did stands in the audit trail."""
    forget_codes(work)
