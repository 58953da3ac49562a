"""A small trail to look at: recorded, sealed and exported through the public doors."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from backend.audit import heads
from backend.audit.commands import record
from backend.audit.sealing import seal_waiting
from backend.kernel.actor import Actor, Origin
from backend.kernel.clock import FixedClock
from backend.kernel.db import Database, Work

ACTIONS = ("person.opened", "person.corrected", "card.changed", "role.granted")


def record_events(work: Work, count: int, chance: Random) -> None:
    """Writes events of all kinds of actors, with and without a subject."""
    for number in range(count):
        clerk = Actor(
            chance.choice(("staff", "citizen", "system", "anonymous")),
            chance.choice((None, UUID(int=chance.getrandbits(128)))),
            chance.choice(("clerk", "supervisor")),
            agency_path=f"46.{chance.randrange(9)}",
            origin=Origin(f"request-{number}", f"10.0.0.{chance.randrange(255)}", f"device-{number % 7}"),
        )
        record(
            work,
            chance.choice(ACTIONS),
            by=clerk,
            subject=chance.choice((None, UUID(int=chance.getrandbits(128)))),
            object_kind=chance.choice(("", "person")),
            object_id=chance.choice((None, UUID(int=chance.getrandbits(128)))),
            before={"phone": f"1380013{number:04d}"},
            after={"phone": f"1390013{number:04d}", "note": ["甲", None, number]},
            purpose=chance.choice(("", "柜面核对")),
        )


def build_trail(
    database: Database, clock: FixedClock, path: Path, *, seals: int, events: int, waiting: int
) -> list[heads.Head]:
    """`seals` sealed batches of `events` events, exported to `path`; and `waiting` events that wait."""
    chance = Random(7)
    for _ in range(seals):
        with database.work() as work:
            record_events(work, events, chance)
            seal_waiting(work)
        clock.advance(timedelta(minutes=1))
    heads.export(database, path)
    with database.work() as work:
        record_events(work, waiting, chance)
    return list(heads.read(path))
