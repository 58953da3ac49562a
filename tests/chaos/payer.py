"""A worker that does nothing but carry payouts out, through the product's own bank link.

    python -m tests.chaos.payer careful|careless

Batches are small and leases short, so that being killed matters. The careless one makes a new number each
time that it sends, and so pays twice whatever it sends twice.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from secrets import token_hex

from backend.bootstrap import build_house
from backend.kernel.errors import Unavailable
from backend.kernel.settings import Settings
from backend.payouts import carrying, kinds, rules
from backend.payouts.courier import Courier
from backend.payouts.ports import Answer, Inquiry, Instruction, PayoutProvider, Provider
from tests.support.payouts import GRANT

BATCH = 5
LEASE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(seconds=1)


class Careless:
    """Sends under a number that it does not remember."""

    def __init__(self, provider: PayoutProvider) -> None:
        self._provider = provider

    def pay(self, instructions: Sequence[Instruction]) -> Sequence[Answer]:
        """A new number on every try."""
        return self._provider.pay(
            [replace(one, number=one.number[:20] + token_hex(4)) for one in instructions]
        )

    def query(self, inquiries: Sequence[Inquiry]) -> Sequence[Answer]:
        """Nobody has ever heard of the old one."""
        return self._provider.query(inquiries)


def main() -> None:
    """Runs until it is killed."""
    carrying.BATCH, carrying.LEASE = BATCH, LEASE
    rules.LONGEST_PAUSE, rules.ASKED_AT_MOST = LONGEST_PAUSE, 10_000
    house = build_house(Settings())
    kinds.register(GRANT)
    courier = house.ports.get(Courier)
    if sys.argv[1] == "careless":
        courier = Courier({Provider.BANK: Careless(courier.provider(Provider.BANK))})
    while True:
        try:
            busy = courier.carry_some(house.database, Provider.BANK)
        except Unavailable:
            busy = False
        if not busy:
            time.sleep(0.05)


if __name__ == "__main__":
    main()
