"""Who may write anything in the database, but lacks key and exported heads, changes nothing unnoticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from random import Random

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from backend.audit.heads import Head
from backend.audit.verification import Finding, Verification
from backend.demo.servers import ThrowawayServers, superuser_url
from backend.kernel.clock import FixedClock
from backend.web.house import House
from tests.audit.attacks import ATTACKS, DROP_EVERY_CONSTRAINT, Attacker, columns_of_trail
from tests.audit.trail import build_trail
from tests.conftest import alchemy

TAMPERS = 1000


@pytest.fixture
def heads(real_house: House, clock: FixedClock) -> list[Head]:
    """What was exported of a trail of 300 sealed and 4 waiting events."""
    return build_trail(
        real_house.database, clock, real_house.settings.audit_heads_path, seals=12, events=25, waiting=4
    )


@pytest.fixture
def superuser(servers: ThrowawayServers, own_database: str) -> Iterator[Engine]:
    engine = create_engine(alchemy(superuser_url(servers.data_dir, own_database)), pool_size=1)
    yield engine
    engine.dispose()


def first_finding(connection: Connection, heads: list[Head], clock: FixedClock) -> Finding | None:
    with closing(Verification(connection, heads, now=clock.now()).findings()) as findings:
        return next(findings, None)


def test_every_tampering_is_found(superuser: Engine, heads: list[Head], clock: FixedClock) -> None:
    missed: list[str] = []
    tried: Counter[str] = Counter()
    with superuser.connect() as connection:
        connection.execute(text(DROP_EVERY_CONSTRAINT))
        connection.commit()
        columns = columns_of_trail(connection)
        assert first_finding(connection, heads, clock) is None
        connection.rollback()
        for seed in range(TAMPERS):
            attack = ATTACKS[seed % len(ATTACKS)]
            done = attack(Attacker(connection, Random(seed), columns))
            if first_finding(connection, heads, clock) is None:
                missed.append(f"{seed} {attack.__name__}: {done}")
            tried[attack.__name__] += 1
            connection.rollback()
        assert first_finding(connection, heads, clock) is None
    assert missed == []
    assert sum(tried.values()) == TAMPERS
