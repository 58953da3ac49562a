"""What each step of a collection does to the ledger.

    paid              collector   -> received     held until it is booked
    paid, not owed    collector   -> unowed       held until it has gone back
    booked            received    -> the accounts named by the room that wanted it
    refund requested  received, unowed or booked -> refundable, out of which payouts send it
    refund cancelled  back again

All accounts are those of the agency that collects.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.ledger.commands import Draft, Entry, accounts, post

SOURCE = "collection"
COLLECTOR, RECEIVED, UNOWED = "collections.collector", "collections.received", "collections.unowed"


def book(work: Work, event: str, agency_id: UUID, changes: Mapping[str, Fen]) -> None:
    """Posts one journal, dated today: fen into (positive) or out of kinds of accounts of an agency.

    `event` names it once and for ever. Raises AlreadyPosted when it was posted before.
    """
    ids = accounts(work, [(kind, agency_id) for kind in changes])
    entries = [Entry(ids[kind, agency_id], amount, "collection") for kind, amount in changes.items()]
    post(work, Draft(SOURCE, event, work.clock.today(), entries))


def move(work: Work, event: str, agency_id: UUID, amount: Fen, origin: str, target: str) -> None:
    """Posts an amount (fen) from one kind of account to another, as `book` does."""
    book(work, event, agency_id, {origin: Fen(-amount), target: amount})
