"""What collections tell whoever wanted one. `kind` and `source` are the asker's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class CollectionPaid:
    """The money is with the collector."""

    name: ClassVar[str] = "collection_paid"

    collection_id: UUID
    kind: str
    source: str


@dataclass(frozen=True)
class CollectionReceipted:
    """The tax authority has the money in the treasury and has given its receipt."""

    name: ClassVar[str] = "collection_receipted"

    collection_id: UUID
    kind: str
    source: str


@dataclass(frozen=True)
class PaymentUnowed:
    """Money came in that was not owed, or not any more; unless a person must look first, it goes back."""

    name: ClassVar[str] = "payment_unowed"

    collection_id: UUID
    payment_id: UUID
    use: str


@dataclass(frozen=True)
class RefundSettled:
    """A refund reached the payer (`refunded`), or was taken back (`cancelled`)."""

    name: ClassVar[str] = "refund_settled"

    collection_id: UUID
    refund_id: UUID
    state: str
