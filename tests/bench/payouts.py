"""How many payouts a worker carries in a second, beside the raw outbox that only claims and commits.

The provider answers at once: what is measured is our own part, with its ledger, limits, events and payees.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import psycopg
from sqlalchemy import text

from backend.bootstrap.registers import register_kinds
from backend.demo.servers import ThrowawayServers
from backend.kernel.db import Database
from backend.payouts.courier import Courier
from backend.payouts.ports import Answer, Inquiry, Instruction, Outcome, Provider
from tests.bench.jobs import CLAIM
from tests.bench.place import DATABASE, Stopwatch, own_place
from tests.support.payouts import ask
from tests.support.people import make_agency

PAYOUTS = 2000
ROUNDS = 2
GOAL = 0.5
AGENCIES = ("460100", "460200", "469024")


class Instant:
    """A provider that pays at once."""

    def pay(self, instructions: Sequence[Instruction]) -> Sequence[Answer]:
        """See the port."""
        return [Answer(Outcome.PAID, reference=one.number, amount=one.amount) for one in instructions]

    def query(self, inquiries: Sequence[Inquiry]) -> Sequence[Answer]:
        """See the port."""
        return [Answer(Outcome.NOT_FOUND) for _ in inquiries]


def main() -> None:
    """Prints both rates and their ratio."""
    register_kinds()
    with own_place() as (database, servers):
        rounds = [(_payouts(database), _outbox(database, servers)) for _ in range(ROUNDS)]
    ours, raw = (max(one[which] for one in rounds) for which in (0, 1))
    print(f"payouts: {ours:6.0f} carried/s by one worker")
    print(f"payouts: {raw:6.0f} claimed, updated and committed/s in the raw outbox")
    print(f"payouts: {ours / raw:.2f} of the raw outbox, {GOAL} wanted")


def _payouts(database: Database) -> float:
    with database.work() as work:
        agencies: list[UUID] = [make_agency(work, code, under="46") for code in AGENCIES]
    for start in range(0, PAYOUTS, 100):
        with database.work() as work:
            for number in range(start, start + 100):
                ask(work, amount=100, agency_id=agencies[number % len(agencies)])
    courier = Courier({Provider.BANK: Instant()})
    watch = Stopwatch()
    while courier.carry_some(database, Provider.BANK):
        pass
    return watch.rate(PAYOUTS)


def _outbox(database: Database, servers: ThrowawayServers) -> float:
    fill = text(
        "INSERT INTO job (id, kind, payload, run_at, created_at)"
        " SELECT gen_random_uuid(), 'bench.outbox', '{}', now(), now() FROM generate_series(1, :count)"
    )
    with database.work() as work:
        work.session.execute(fill, {"count": PAYOUTS})
    watch = Stopwatch()
    done = 0
    with psycopg.connect(servers.app_url(DATABASE)) as connection:
        while connection.execute(CLAIM).fetchone():
            connection.commit()
            done += 1
    return watch.rate(done)


if __name__ == "__main__":
    main()
