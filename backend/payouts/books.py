"""What each step of a payout does to the ledger.

    requested   fund        -> payable      owed to somebody, ours no more
    sent        payable     -> in transit   may have left
    paid        in transit  -> paid         has left
    failed      in transit  -> payable      did not leave
    returned    paid or in transit -> payable
    cancelled   payable     -> fund

All accounts are those of the agency that owes it. What a worker does to a batch is one journal for each step,
with a sum for each agency; every attempt names the journals that it is part of, once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.ledger.commands import Draft, Entry, accounts, post

SOURCE = "payout"
PAYABLE, IN_TRANSIT, PAID = "payouts.payable", "payouts.in_transit", "payouts.paid"
Place = Literal["fund", "payable", "in_transit", "paid"]


@dataclass(frozen=True)
class Move:
    """An amount (fen) of an agency from one place to another; `fund` is the fund's kind of account."""

    agency_id: UUID
    amount: Fen
    origin: Place
    target: Place
    fund: str = ""


def book(work: Work, event: str, moves: Sequence[Move]) -> UUID | None:
    """Posts moves as one journal, dated today; gives its id, or None when there was nothing to move.

    `event` names it once and for ever. Raises AlreadyPosted when it was posted before.
    """
    sums: Counter[tuple[str, UUID]] = Counter()
    for one in moves:
        sums[_account(one, one.origin)] -= one.amount
        sums[_account(one, one.target)] += one.amount
    if not any(sums.values()):
        return None
    ids = accounts(work, sums.keys())
    entries = [Entry(ids[key], Fen(amount), "payout") for key, amount in sums.items() if amount]
    return post(work, Draft(SOURCE, event, work.clock.today(), entries))


def _account(one: Move, place: Place) -> tuple[str, UUID]:
    kind = {"fund": one.fund, "payable": PAYABLE, "in_transit": IN_TRANSIT, "paid": PAID}[place]
    return kind, one.agency_id
