"""What each step of a payout does to the ledger.

    requested   fund        -> payable      owed to somebody, ours no more
    sent        payable     -> in transit   may have left
    paid        in transit  -> paid         has left
    failed      in transit  -> payable      did not leave
    returned    paid or in transit -> payable
    cancelled   payable (or in transit, when it was never carried) -> fund

All accounts are those of the agency that owes it. Each step of each number is one journal, so that none
can be posted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.ledger.commands import Draft, Entry, account, post_many

SOURCE = "payout"
PAYABLE, IN_TRANSIT, PAID = "payouts.payable", "payouts.in_transit", "payouts.paid"
Place = Literal["fund", "payable", "in_transit", "paid"]


@dataclass(frozen=True)
class Move:
    """An amount (fen) from one place to another; `event` names the step of the number, once and for ever."""

    event: str
    agency_id: UUID
    fund: str
    amount: Fen
    origin: Place
    target: Place


def move(work: Work, moves: Sequence[Move]) -> None:
    """Posts all moves, dated today. Raises AlreadyPosted when one of them was posted before."""
    if not moves:
        return
    accounts: dict[tuple[str, UUID], UUID] = {}
    day = work.clock.today()

    def account_id(place: Place, one: Move) -> UUID:
        kind = {"fund": one.fund, "payable": PAYABLE, "in_transit": IN_TRANSIT, "paid": PAID}[place]
        key = (kind, one.agency_id)
        if key not in accounts:
            accounts[key] = account(work, *key)
        return accounts[key]

    drafts = [
        Draft(
            SOURCE,
            one.event,
            day,
            (
                Entry(account_id(one.origin, one), Fen(-one.amount), "payout"),
                Entry(account_id(one.target, one), one.amount, "payout"),
            ),
        )
        for one in moves
    ]
    post_many(work, drafts)
