"""A finding says what is wrong and where."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, create_engine, text

from backend.audit import heads as exported
from backend.audit.heads import Head
from backend.audit.verification import LONGEST_WAIT, Verification
from backend.demo.servers import ThrowawayServers, superuser_url
from backend.kernel.clock import FixedClock
from backend.kernel.db import Database, Work
from backend.web.house import House
from tests.audit.trail import build_trail, record_events
from tests.conftest import alchemy


@pytest.fixture
def heads(real_house: House, clock: FixedClock) -> list[Head]:
    """Three seals of four events each, and one event that waits."""
    path = real_house.settings.audit_heads_path
    return build_trail(real_house.database, clock, path, seals=3, events=4, waiting=1)


@pytest.fixture
def trail(heads: list[Head], servers: ThrowawayServers, own_database: str) -> Iterator[Connection]:
    """The trail as the superuser sees it, with foreign keys and triggers asleep."""
    engine = create_engine(alchemy(superuser_url(servers.data_dir, own_database)), pool_size=1)
    with engine.connect() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        yield connection
    engine.dispose()


def found(connection: Connection, heads: list[Head], clock: FixedClock) -> list[str]:
    return [str(finding) for finding in Verification(connection, heads, now=clock.now()).findings()]


def event_at(trail: Connection, position: int) -> str:
    statement = text("SELECT event_id FROM audit_seal_item WHERE position = :position")
    return str(trail.scalar(statement, {"position": position}))


def test_a_changed_event_is_named(trail: Connection, heads: list[Head], clock: FixedClock) -> None:
    event = event_at(trail, 6)
    trail.execute(text("UPDATE audit_event SET purpose = '补录' WHERE id = :id"), {"id": event})
    assert found(trail, heads, clock) == [f"event {event}: was changed: its digest does not match"]


def test_changed_values_do_not_open(trail: Connection, heads: list[Head], clock: FixedClock) -> None:
    one, other = event_at(trail, 6), event_at(trail, 7)
    trail.execute(
        text(
            "UPDATE audit_event SET values_sealed ="
            " (SELECT values_sealed FROM audit_event WHERE id = :other) WHERE id = :one"
        ),
        {"one": one, "other": other},
    )
    [finding] = found(trail, heads, clock)
    assert finding.startswith(f"event {one}: its values do not open")


def test_a_missing_event_is_named(trail: Connection, heads: list[Head], clock: FixedClock) -> None:
    event = event_at(trail, 6)
    trail.execute(text("DELETE FROM audit_event WHERE id = :id"), {"id": event})
    assert found(trail, heads, clock) == [f"position 6: event {event} is missing"]


def test_missing_places_are_counted(trail: Connection, heads: list[Head], clock: FixedClock) -> None:
    trail.execute(text("DELETE FROM audit_seal_item WHERE position IN (2, 3)"))
    findings = found(trail, heads, clock)
    assert findings[0] == "positions 2 to 3: are missing"
    assert len([one for one in findings if "is neither sealed nor waiting" in one]) == 2


def test_another_order_is_seen(trail: Connection, heads: list[Head], clock: FixedClock) -> None:
    trail.execute(text("ALTER TABLE audit_seal_item DROP CONSTRAINT pk_audit_seal_item"))
    trail.execute(text("UPDATE audit_seal_item SET position = 13 - position WHERE position IN (6, 7)"))
    assert found(trail, heads, clock) == ["seal 2: its events were replaced or stand in another order"]


def test_a_cut_tail_shows_against_the_exported_heads(
    trail: Connection, heads: list[Head], clock: FixedClock
) -> None:
    trail.execute(text("TRUNCATE audit_unsealed"))
    trail.execute(text("DELETE FROM audit_event WHERE id >= :from"), {"from": event_at(trail, 9)})
    trail.execute(text("DELETE FROM audit_seal_item WHERE position >= 9"))
    trail.execute(text("DELETE FROM audit_seal WHERE number = 3"))
    assert found(trail, heads[:2], clock) == []
    assert found(trail, heads, clock) == [
        "seal 3: is missing: it was exported, and the database no longer has it",
        "positions 9 to 12: are missing",
    ]


def test_a_forged_signature_is_seen(trail: Connection, heads: list[Head], clock: FixedClock) -> None:
    trail.execute(text("UPDATE audit_seal SET signature = sha256('') || sha256('') WHERE number = 2"))
    assert found(trail, heads, clock) == ["seal 2: was changed: its signature is not this house's"]


def test_heads_of_another_house_are_refused(trail: Connection, heads: list[Head], clock: FixedClock) -> None:
    key = Ed25519PrivateKey.generate()
    forged = [Head(head.seal, key.sign(head.seal.message())) for head in heads]
    assert len(found(trail, forged, clock)) == 3


def test_missing_seals_between_are_named(trail: Connection, heads: list[Head], clock: FixedClock) -> None:
    trail.execute(text("DELETE FROM audit_seal WHERE number = 2"))
    assert "seals 2 to 2: are missing" in found(trail, [heads[0], heads[2]], clock)


def test_events_that_wait_too_long_are_named(work: Work, clock: FixedClock) -> None:
    record_events(work, 1, Random(1))
    work.session.flush()
    connection = work.session.connection()
    clock.advance(LONGEST_WAIT)
    assert found(connection, [], clock) == []
    clock.advance(timedelta(seconds=1))
    [finding] = found(connection, [], clock)
    assert "still waits for a seal" in finding


def test_seals_that_were_not_exported_for_long_are_named(
    trail: Connection, heads: list[Head], clock: FixedClock
) -> None:
    trail.execute(text("DELETE FROM audit_event WHERE id IN (SELECT event_id FROM audit_unsealed)"))
    trail.execute(text("TRUNCATE audit_unsealed"))
    assert found(trail, heads[:2], clock) == []
    clock.advance(LONGEST_WAIT + timedelta(seconds=1))
    assert found(trail, heads[:2], clock) == ["seal 3: is not among the exported heads"]


def test_findings_never_hold_personal_data(trail: Connection, heads: list[Head], clock: FixedClock) -> None:
    trail.execute(text("UPDATE audit_event SET purpose = purpose || '13800138000', device = '460106'"))
    findings = found(trail, heads, clock)
    assert len(findings) == 13
    assert "13800138000" not in json.dumps(findings)


def test_a_file_that_lacks_everything_says_so(
    trail: Connection, heads: list[Head], clock: FixedClock, real_house: House
) -> None:
    clock.advance(LONGEST_WAIT * 2)
    path = real_house.settings.audit_heads_path
    path.write_text("")
    findings = found(trail, list(exported.read(path)), clock)
    assert [one for one in findings if "is not among the exported heads" in one]


def test_the_trail_survives_a_dump_and_a_restore(
    servers: ThrowawayServers, own_database: str, heads: list[Head], clock: FixedClock
) -> None:
    def run(program: str, database: str, given: bytes = b"") -> bytes:
        command = [str(Path(servers.postgres.program.command[0]).with_name(program))]
        command += [*OPTIONS[program], superuser_url(servers.data_dir, database)]
        return subprocess.run(command, check=True, input=given, stdout=subprocess.PIPE).stdout

    servers.create_database(copy := f"copy_{own_database}")
    run("psql", copy, run("pg_dump", own_database))
    database = Database(alchemy(servers.app_url(copy)), clock)
    with database.snapshot() as connection:
        verification = Verification(connection, heads, now=clock.now())
        assert list(verification.findings()) == []
    assert verification.events == 13
    database.dispose()
    servers.drop_database(copy)


OPTIONS = {"pg_dump": [], "psql": ["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1"]}
