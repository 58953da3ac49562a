"""What an idempotency key costs: the same small write with and without one, in the same minute."""

from __future__ import annotations

from uuid import UUID, uuid4

from backend.kernel import idempotency
from backend.kernel.db import Database
from backend.kernel.jobs import enqueue
from tests.bench.place import Stopwatch, own_place

WRITES = 2000
ANSWER = '{"person_id": "01a2026a-e0ce-7c3c-9f41-c5ba3a08cc02"}'


def main() -> None:
    """Prints both rates."""
    with own_place() as (database, _):
        plain, keyed = measure(database, key=False), measure(database, key=True)
    print(f"writes: {plain:8.0f} small writes/s, one a transaction")
    print(
        f"writes: {keyed:8.0f} the same with an idempotency key: {1e6 / keyed - 1e6 / plain:.0f} us more each"
    )


def measure(database: Database, *, key: bool) -> float:
    """Writes a second."""
    watch = Stopwatch()
    for _ in range(WRITES):
        with database.work() as work:
            claim = None
            if key:
                claim = idempotency.begin(
                    work, principal="bench", operation="bench", key=str(uuid4()), body_hash=b"h" * 32
                )
            enqueue(work, "bench.nothing", {})
            if isinstance(claim, UUID):
                idempotency.finish(work, claim, status=201, body=ANSWER)
    return watch.rate(WRITES)


if __name__ == "__main__":
    main()
