"""Ids that sort by time, and serial numbers that nobody has twice."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from backend.kernel.db import Work
from backend.kernel.ids import new_id, next_serial
from backend.web.house import House
from tests.support.racing import at_once

DAY = date(2026, 11, 22)


def test_ids_are_version_seven() -> None:
    for _ in range(1000):
        made = new_id()
        assert made.version == 7
        assert made.variant == "specified in RFC 4122"
        assert abs((made.int >> 80) - time.time_ns() // 1_000_000) < 5000


def test_ids_of_later_moments_sort_later() -> None:
    made = []
    for _ in range(20):
        made.append(new_id())
        time.sleep(0.0015)
    assert made == sorted(made)


def test_ids_are_unique_across_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_id(), range(20_000)))
    assert len(set(made)) == len(made)


def test_serials_are_unique_under_concurrency(real_house: House) -> None:
    engine = create_engine(real_house.settings.app_database, pool_size=8)

    def take(_: int) -> list[str]:
        taken = []
        for _ in range(25):
            with Session(engine) as session, session.begin():
                taken.append(next_serial(session, "SP", DAY))
        return taken

    taken = [serial for some in at_once(8, take) for serial in some]
    engine.dispose()
    assert sorted(taken) == [f"SP20261122-{number:06d}" for number in range(1, 201)]


def test_a_serial_that_was_rolled_back_may_leave_a_gap_but_no_double(real_house: House) -> None:
    with real_house.database.work() as work:
        first = next_serial(work.session, "SP", DAY)
    with real_house.database.work() as work:
        next_serial(work.session, "SP", DAY)
        work.session.rollback()
    with real_house.database.work() as work:
        assert next_serial(work.session, "SP", DAY) > first


def test_each_prefix_and_day_counts_for_itself(work: Work) -> None:
    def take(prefix: str, day: date) -> str:
        return next_serial(work.session, prefix, day)

    assert take("SP", DAY) == "SP20261122-000001"
    assert take("SP", DAY) == "SP20261122-000002"
    assert take("RW", DAY) == "RW20261122-000001"
    assert take("SP", date(2026, 11, 23)) == "SP20261123-000001"
