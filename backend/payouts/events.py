"""What payouts tell whoever asked for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class PayoutSettled:
    """A payout came to an end, or came back after one: `state` is paid, failed, returned or cancelled.

    `kind` and `source` are the asker's own words; a failed or returned one may still go out again.
    """

    name: ClassVar[str] = "payout_settled"

    payout_id: UUID
    kind: str
    source: str
    state: str
