"""Events are sealed once, in order, by one sealer at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from backend.audit import heads
from backend.audit.models import AuditEvent, AuditSeal, AuditSealItem, AuditUnsealed
from backend.audit.sealing import BATCH, seal_waiting
from backend.audit.verification import Verification
from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.web.house import House
from backend.worker.runner import Worker
from tests.audit.trail import build_trail, record_events


def count(work: Work, model: type) -> int:
    return work.session.scalar(select(func.count()).select_from(model)) or 0


def test_nothing_to_seal_makes_no_seal(work: Work) -> None:
    assert seal_waiting(work) is None
    assert count(work, AuditSeal) == 0


def test_a_batch_takes_the_oldest_and_leaves_the_rest(work: Work) -> None:
    record_events(work, 7, Random(1))
    first = seal_waiting(work, most=4)
    assert first is not None
    assert (first.number, first.first_position, first.count) == (1, 1, 4)
    second = seal_waiting(work, most=4)
    assert second is not None
    assert (second.number, second.first_position, second.count) == (2, 5, 3)
    assert second.previous == first.head
    places = work.session.execute(
        select(AuditSealItem.position, AuditSealItem.event_id).order_by(AuditSealItem.position)
    ).all()
    assert [position for position, _ in places] == list(range(1, 8))
    assert [event for _, event in places] == sorted(event for _, event in places)
    assert count(work, AuditUnsealed) == 0


def test_the_worker_seals_every_minute_and_exports(real_house: House, clock: FixedClock) -> None:
    worker = Worker(real_house.database, real_house.registry)
    worker.drain()
    for seals in (1, 2):
        with real_house.database.work() as work:
            record_events(work, 3, Random(seals))
        clock.set(clock.now().replace(minute=10 + seals))
        worker.drain()
        assert len(list(heads.read(real_house.settings.audit_heads_path))) == seals


def test_a_full_batch_is_followed_by_another_at_once(
    real_house: House, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.audit.sealing.BATCH", 10)
    with real_house.database.work() as work:
        record_events(work, 25, Random(1))
    worker = Worker(real_house.database, real_house.registry)
    worker.drain()
    clock.set(clock.now().replace(minute=10))
    worker.drain()
    assert [head.seal.count for head in heads.read(real_house.settings.audit_heads_path)] == [10, 10, 5]


def test_many_sealers_at_once_make_one_chain(real_house: House, clock: FixedClock) -> None:
    def seal(_: int) -> None:
        waiting = True
        while waiting:
            with real_house.database.work() as work:
                seal_waiting(work, most=5)
                waiting = count(work, AuditUnsealed) > 0

    with real_house.database.work() as work:
        record_events(work, 100, Random(1))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(seal, range(8)))
    heads.export(real_house.database, real_house.settings.audit_heads_path)
    exported = list(heads.read(real_house.settings.audit_heads_path))
    with real_house.database.snapshot() as connection:
        verification = Verification(connection, exported, now=clock.now())
        assert list(verification.findings()) == []
    assert (verification.seals, verification.events) == (20, 100)


def test_an_event_recorded_while_another_is_sealed_gets_its_turn(
    real_house: House, clock: FixedClock
) -> None:
    with real_house.database.work() as slow:
        record_events(slow, 1, Random(1))
        with real_house.database.work() as work:
            record_events(work, 1, Random(2))
        with real_house.database.work() as work:
            assert (seal := seal_waiting(work)) and seal.count == 1
    with real_house.database.work() as work:
        assert (seal := seal_waiting(work)) and seal.count == 1
        exported = list(heads.stored(work))
    with real_house.database.snapshot() as connection:
        assert list(Verification(connection, exported, now=clock.now()).findings()) == []


def test_thousands_of_untouched_events_verify(real_house: House, clock: FixedClock) -> None:
    known = build_trail(
        real_house.database,
        clock,
        real_house.settings.audit_heads_path,
        seals=3,
        events=BATCH // 5,
        waiting=20,
    )
    with real_house.database.snapshot() as connection:
        verification = Verification(connection, known, now=clock.now())
        assert list(verification.findings()) == []
    assert verification.events == 3 * (BATCH // 5) + 20


@pytest.mark.parametrize("table", ["audit_event", "audit_seal", "audit_seal_item"])
@pytest.mark.parametrize(
    "statement",
    [
        lambda table: f"UPDATE {table} SET {COLUMN[table]} = {COLUMN[table]}",
        lambda table: f"DELETE FROM {table}",
        lambda table: f"TRUNCATE {table} CASCADE",
        lambda table: f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        lambda table: f"DROP TABLE {table} CASCADE",
    ],
    ids=["update", "delete", "truncate", "alter", "drop"],
)
def test_the_application_cannot_change_the_trail(
    work: Work, table: str, statement: Callable[[str], str]
) -> None:
    record_events(work, 1, Random(1))
    seal_waiting(work)
    assert work.session.scalar(text("SELECT current_user")) == "shebao_app"
    with pytest.raises(ProgrammingError) as refused, work.session.begin_nested():
        work.session.execute(text(statement(table)))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


COLUMN = {"audit_event": "action", "audit_seal": "count", "audit_seal_item": "seal_number"}


def test_the_trail_holds_what_changed_encrypted(work: Work) -> None:
    record_events(work, 1, Random(1))
    event = work.session.scalars(select(AuditEvent)).one()
    assert event.values["before"] == {"phone": "13800130000"}
    assert b"13800130000" not in event.values_sealed
