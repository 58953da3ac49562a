"""A unit of work is whole or not there, and a database that is away or busy is nobody's bug."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import IntegrityError

from backend.demo.servers import ThrowawayServers, superuser_url
from backend.kernel.clock import FixedClock
from backend.kernel.db import Database, Work
from backend.kernel.errors import Conflict, Limited, Unavailable
from backend.kernel.inbox import ProviderEvent, take
from backend.web.house import House
from tests.conftest import alchemy


class Counted(Conflict):
    """Refused, and its traces stay."""

    keeps_effects = True


@pytest.fixture
def database(real_house: House) -> Database:
    return real_house.database


@pytest.fixture
def small(real_house: House, clock: FixedClock) -> Iterator[Database]:
    """A pool of five connections, of which nobody waits long for one."""
    database = Database(real_house.settings.app_database, clock, pool_size=1)
    database.engine.pool._timeout = 0.2  # type: ignore[attr-defined]
    yield database
    database.dispose()


def note(work: Work, event_id: str) -> None:
    take(work, provider="test", event_id=event_id, body="王秀英")


def noted(database: Database) -> list[str]:
    with database.reading() as work:
        return list(work.session.scalars(select(ProviderEvent.event_id)))


def test_work_is_committed_when_it_ends(database: Database) -> None:
    with database.work() as work:
        note(work, "a")
        assert noted(database) == []
    assert noted(database) == ["a"]


@pytest.mark.parametrize("error", [ZeroDivisionError, Conflict, KeyboardInterrupt])
def test_work_that_raises_leaves_nothing(database: Database, error: type[BaseException]) -> None:
    with pytest.raises(error), database.work() as work:
        note(work, "a")
        raise error
    assert noted(database) == []


def test_a_refusal_that_keeps_its_effects_leaves_them(database: Database) -> None:
    assert Limited.keeps_effects
    with pytest.raises(Counted), database.work() as work:
        note(work, "a")
        raise Counted
    assert noted(database) == ["a"]


def test_errors_of_constraints_stay_what_they_are_and_tell_no_values(database: Database) -> None:
    insert = text("INSERT INTO agency (id, code, name, path) VALUES (gen_random_uuid(), :code, :name, 'x')")
    with pytest.raises(IntegrityError) as refused, database.work() as work:
        work.session.execute(insert, {"code": "46", "name": "王秀英13800138000"})
    assert "parameters hidden" in str(refused.value)


def test_a_row_that_stays_locked_is_unavailable(database: Database) -> None:
    with database.work() as holder:
        note(holder, "a")
        with pytest.raises(Unavailable), database.work() as work:
            work.session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            note(work, "a")


def test_a_statement_that_takes_too_long_is_unavailable(database: Database) -> None:
    with pytest.raises(Unavailable), database.work() as work:
        work.session.execute(text("SET LOCAL statement_timeout = '50ms'"))
        work.session.execute(text("SELECT pg_sleep(5)"))


def test_a_pool_without_a_free_connection_is_unavailable(small: Database) -> None:
    with pytest.raises(Unavailable), ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(small.work()).session.execute(text("SELECT 1"))
    with small.work() as work:
        work.session.execute(text("SELECT 1"))


@pytest.mark.parametrize("how", ["while asking", "while somebody's error is handled", "before the commit"])
def test_a_connection_that_breaks_is_unavailable_and_the_next_works(
    database: Database, servers: ThrowawayServers, own_database: str, how: str
) -> None:
    with pytest.raises(Unavailable), database.work() as work:
        note(work, "a")
        terminate(servers, own_database, work.session.scalar(text("SELECT pg_backend_pid()")) or 0)
        if how == "while asking":
            work.session.execute(text("SELECT 1"))
        if how == "while somebody's error is handled":
            try:
                work.session.execute(text("SELECT 1"))
            finally:
                work.session.rollback()
    with database.work() as work:
        note(work, "b")
    assert noted(database) == ["b"]


def terminate(servers: ThrowawayServers, name: str, pid: int) -> None:
    engine = create_engine(alchemy(superuser_url(servers.data_dir, name)))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    engine.dispose()


def test_no_database_at_all_is_unavailable(clock: FixedClock, tmp_path: object) -> None:
    database = Database(f"postgresql+psycopg://nobody@/none?host={tmp_path}", clock)
    for opened in (database.work, database.reading):
        with pytest.raises(Unavailable), opened() as work:
            work.session.execute(text("SELECT 1"))


def test_a_snapshot_sees_one_moment(database: Database) -> None:
    with database.snapshot() as connection:
        count = text("SELECT count(*) FROM provider_event")
        assert connection.scalar(count) == 0
        with database.work() as work:
            note(work, "a")
        assert connection.scalar(count) == 0


def test_reading_sees_each_moment_and_holds_no_transaction(database: Database) -> None:
    with database.reading() as reading:
        count = text("SELECT count(*) FROM provider_event")
        assert reading.session.scalar(count) == 0
        with database.work() as work:
            note(work, "a")
        assert reading.session.scalar(count) == 1
