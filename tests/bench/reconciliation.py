"""How long a day of 100 000 movements takes: one that is right, and one with a thousand differences.

The file is in memory: what is measured is reading both sides, comparing, writing down, and telling.
"""

from __future__ import annotations

import resource
from datetime import date, timedelta

from sqlalchemy import text

from backend.bootstrap.registers import register_kinds
from backend.kernel.clock import SystemClock
from backend.kernel.db import Database
from backend.payouts.ports import Answer, Outcome
from backend.reconciliation.models import ReconciliationDay
from backend.reconciliation.ports import Line
from tests.bench.payouts import Instant
from tests.bench.place import DATABASE, Stopwatch, alchemy, own_place
from tests.support.payouts import ask, carry
from tests.support.reconciliation import MemoryFiles, channel, day_of, line, reconcile_all

LINES = 100_000
UNANSWERED, UNHEARD_OF = 500, 500
COPY = """WITH made AS (
  INSERT INTO payout (id, kind, source, agency_id, payee_id, amount, purpose, state, requested_at, settled_at)
  SELECT gen_random_uuid(), kind, 'bench-' || place, agency_id, payee_id, amount, purpose, state,
         requested_at, settled_at
  FROM payout, generate_series(1, :count) place WHERE source = 'first'
  RETURNING id, source, amount
)
INSERT INTO payout_attempt (id, payout_id, ordinal, provider, number, amount, payee_sealed, state, due_at,
                            created_at, sent_at, settled_at, settled_on, sent_journal_id, settled_journal_id)
SELECT gen_random_uuid(), made.id, 1, provider, upper(made.source), made.amount, payee_sealed, a.state, NULL,
       a.created_at, a.sent_at, a.settled_at, :day, a.sent_journal_id, a.settled_journal_id
FROM made, payout_attempt a JOIN payout p ON p.id = a.payout_id WHERE p.source = 'first'"""


def main() -> None:
    """Prints how long each takes, and how much memory."""
    register_kinds()
    with own_place() as (roomy, servers):
        day = roomy.clock.today() - timedelta(days=1)
        lines = _fill(roomy, day)
        database = Database(alchemy(servers.app_url(DATABASE)), SystemClock())  # with the product's timeouts
        files = MemoryFiles({day: lines})
        watch = Stopwatch()
        reconcile_all(database, channel(files))
        _print("right", watch, database, day)
        files.days[day] = [*lines, *_differing(roomy, day)]
        with database.work() as work:
            day_of(work, day).due_at = work.clock.now()
        watch = Stopwatch()
        reconcile_all(database, channel(files))
        _print(f"{UNANSWERED + UNHEARD_OF} differences", watch, database, day)
        database.dispose()


def _fill(database: Database, day: date) -> list[Line]:
    with database.work() as work:
        ask(work, source="first", amount=100)
    carry(database, Instant())
    with database.work() as work:
        work.session.execute(text(COPY), {"count": LINES, "day": day})
    return [line(f"BENCH-{place}", 100, day) for place in range(1, LINES + 1)]


def _differing(database: Database, day: date) -> list[Line]:
    """Lines of payouts whose answers were lost, and of none at all."""

    class Silent(Instant):
        def pay(self, instructions):  # type: ignore[no-untyped-def]
            return [Answer(Outcome.UNKNOWN) for _ in instructions]

    with database.work() as work:
        for place in range(UNANSWERED):
            ask(work, source=f"silent-{place}", amount=100)
    carry(database, Silent())
    with database.work() as work:
        numbers = work.session.scalars(
            text("SELECT number FROM payout_attempt WHERE state = 'unknown'")
        ).all()
    unheard = [line(f"NOBODY{place}", 100, day) for place in range(UNHEARD_OF)]
    return [*(line(number, 100, day) for number in numbers), *unheard]


def _print(what: str, watch: Stopwatch, database: Database, day: date) -> None:
    seconds = 1 / watch.rate(1)
    with database.work() as work:
        row: ReconciliationDay = day_of(work, day)
        count, state = row.file_out_count, row.state
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"reconciliation: {count} lines, {what}: {seconds:5.1f} s, {state}, at most {peak} MB")


if __name__ == "__main__":
    main()
