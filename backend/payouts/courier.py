"""The worker's part: claims what is due, calls the provider, writes down what it said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from backend.kernel.db import Database
from backend.kernel.jobs import enqueue
from backend.payouts import carrying
from backend.payouts.carrying import Claim
from backend.payouts.ports import Answer, PayoutProvider, Provider
from backend.payouts.settling import settle

CARRY = "payouts.carry"
LEASE = timedelta(minutes=5)
LONGEST_SECONDS = 20
EVERY = timedelta(seconds=3)


class Courier:
    """Carries payouts out through the providers that there are."""

    def __init__(self, providers: Mapping[Provider, PayoutProvider]) -> None:
        self._providers = providers

    def provider(self, name: Provider) -> PayoutProvider:
        """Who carries for a name; raises KeyError for one that is not connected."""
        return self._providers[name]

    def carry(self, database: Database, _payload: Mapping[str, Any]) -> None:
        """The job: does all that is due at every provider; when that takes long, another job goes on."""
        until = monotonic() + LONGEST_SECONDS
        for provider in self._providers:
            while self.carry_some(database, provider):
                if monotonic() > until:
                    with database.work() as work:
                        enqueue(work, CARRY, {})
                    return

    def carry_some(self, database: Database, provider: Provider) -> bool:
        """Does one batch; False when nothing was due."""
        with database.work() as work:
            claimed = carrying.claim(work, provider)
        if not claimed:
            return False
        answers = self.call(provider, claimed)
        with database.work() as work:
            settle(work, answers)
        return True

    def call(self, provider: Provider, claimed: Claim) -> dict[UUID, Answer]:
        """What a provider says to a batch, by attempt."""
        carrier = self._providers[provider]
        said = carrier.pay(list(claimed.send.values())) if claimed.send else ()
        told = carrier.query(list(claimed.ask.values())) if claimed.ask else ()
        return dict(zip((*claimed.send, *claimed.ask), (*said, *told), strict=True))


def next_turn(after: datetime) -> datetime:
    """When the worker looks again at what is due."""
    return after + EVERY
