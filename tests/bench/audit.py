"""How fast events are recorded, sealed and verified."""

from __future__ import annotations

from random import Random

from backend.audit import heads
from backend.audit.sealing import seal_waiting
from backend.audit.verification import Verification
from backend.kernel.db import Database
from tests.audit.trail import record_events
from tests.bench.place import Stopwatch, own_place

EVENTS = 20_000


def main() -> None:
    """Prints the three rates."""
    with own_place() as (database, _):
        measure(database)


def measure(database: Database) -> None:
    """Prints the three rates of one database."""
    chance = Random(1)
    watch = Stopwatch()
    for _ in range(EVENTS // 100):
        with database.work() as work:
            record_events(work, 100, chance)
    print(f"audit: {watch.rate(EVENTS):8.0f} events recorded/s (one transaction per 100, one process)")
    watch = Stopwatch()
    sealed = True
    while sealed:
        with database.work() as work:
            sealed = seal_waiting(work) is not None
    print(f"audit: {watch.rate(EVENTS):8.0f} events sealed/s")
    with database.work() as work:
        known = list(heads.stored(work))
    with database.snapshot() as connection:
        watch = Stopwatch()
        verification = Verification(connection, known, now=database.clock.now())
        findings = list(verification.findings())
    print(f"audit: {watch.rate(verification.events):8.0f} events verified/s, {len(findings)} findings")


if __name__ == "__main__":
    main()
