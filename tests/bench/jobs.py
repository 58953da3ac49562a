"""How fast jobs are written and run, against the same claim in plain SQL in the same minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from backend.demo.servers import ThrowawayServers
from backend.kernel.db import Database, Work
from backend.kernel.jobs import Registry, enqueue
from backend.worker.runner import Worker
from tests.bench.place import DATABASE, Stopwatch, own_place

JOBS = 2000
CLAIM = """UPDATE job SET state = 'done', done_at = now() WHERE id = (
  SELECT id FROM job WHERE state = 'waiting' AND run_at <= now()
  ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id"""


def main() -> None:
    """Prints the rates and the ratio of our worker to plain SQL."""
    with own_place() as (database, servers):
        measure(database, servers)


def measure(database: Database, servers: ThrowawayServers) -> None:
    """Prints the rates of one database."""
    registry = Registry()
    registry.local("bench.nothing", _nothing)
    _write(database)
    watch = Stopwatch()
    plain = _claim_all(servers)
    raw = watch.rate(plain)
    enqueued = _write(database)
    watch = Stopwatch()
    run = watch_drain(Worker(database, registry), watch)
    print(f"jobs:  {enqueued:8.0f} enqueued/s (one a transaction)")
    print(f"jobs:  {raw:8.0f} claimed, updated and committed/s in plain SQL")
    print(f"jobs:  {run:8.0f} run/s by one worker: {run / raw:.2f} of plain SQL")


def watch_drain(worker: Worker, watch: Stopwatch) -> float:
    """Runs everything; the rate."""
    return watch.rate(worker.drain())


def _write(database: Database) -> float:
    watch = Stopwatch()
    for number in range(JOBS):
        with database.work() as work:
            enqueue(work, "bench.nothing", {"number": number})
    return watch.rate(JOBS)


def _claim_all(servers: ThrowawayServers) -> int:
    done = 0
    with psycopg.connect(servers.app_url(DATABASE)) as connection:
        while connection.execute(CLAIM).fetchone():
            connection.commit()
            done += 1
    return done


def _nothing(_work: Work, _payload: Mapping[str, Any]) -> None:
    return None


if __name__ == "__main__":
    main()
