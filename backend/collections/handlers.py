"""What collections do when others tell them something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend.collections.kinds import PAYOUT_KINDS
from backend.collections.refunding import settled
from backend.kernel.db import Work
from backend.payouts.events import PayoutSettled

REFUND_SETTLED = "collections.refund_settled"
_OURS = {kind.name for kind in PAYOUT_KINDS}


def is_refund(event: PayoutSettled) -> bool:
    """Whether a payout was a refund."""
    return event.kind in _OURS


def refund_settled(work: Work, payload: Mapping[str, Any]) -> None:
    """On PayoutSettled: the refund is over, or goes back to where it was."""
    settled(work, UUID(payload["payout_id"]), payload["state"])
