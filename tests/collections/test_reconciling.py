"""What citizens paid and what was receipted, beside the files of those who say so."""

from __future__ import annotations

import os
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest

from backend.collections.reconciling import OrderRecords, ReceiptRecords
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase, Work
from backend.reconciliation.ports import Channel
from tests.collections.planted_days import DAYS, Plant, plant_day
from tests.support.collections import balances, bill
from tests.support.reconciliation import MemoryFiles, day_of, differences, reconcile_all

DAY = date(2026, 11, 22)
MANY = int(os.environ.get("DIFFERENCES", "150"))
pytestmark = pytest.mark.timeout(300)


def channel(name: str, files: MemoryFiles) -> Channel:
    records = {"wechat_pay": OrderRecords(), "tax": ReceiptRecords()}[name]
    return Channel(name, name, files, [records])


def chosen(name: str, *, wrong: bool) -> list[Plant]:
    """So many of each that there are as many differences as wanted; or only what is right."""
    every = [one for one in DAYS[name].values() if wrong or one.found is None]
    differing = sum(one.found is not None for one in every)
    times = -(-MANY // differing) if wrong else 20
    plants = [one for one in every for _ in range(times)]
    Random(name).shuffle(plants)
    return plants


def become(work: Work, expected: dict[UUID, str]) -> dict[UUID, str]:
    return {bill_id: bill(work, bill_id).state for bill_id in expected}


@pytest.mark.parametrize("name", DAYS)
def test_every_planted_difference_is_found_as_what_it_is(
    database: BoundDatabase, clock: FixedClock, name: str
) -> None:
    planted = plant_day(database, chosen(name, wrong=True), DAY)
    assert len(planted.found) >= MANY
    clock.advance(timedelta(days=1))
    files = MemoryFiles({DAY: planted.lines})
    for _ in range(2):  # the same file once more changes nothing
        reconcile_all(database, channel(name, files))
        with database.work() as work:
            assert {row.number: (row.kind, row.state) for row in differences(work)} == planted.found
            assert become(work, planted.becomes) == planted.becomes
            assert sum(balances(work).values()) == 0
            day_of(work, DAY, name).due_at = clock.now()


@pytest.mark.parametrize("name", DAYS)
def test_a_day_that_is_right_has_no_differences(
    database: BoundDatabase, clock: FixedClock, name: str
) -> None:
    planted = plant_day(database, chosen(name, wrong=False), DAY)
    clock.advance(timedelta(days=1))
    reconcile_all(database, channel(name, MemoryFiles({DAY: planted.lines})))
    with database.work() as work:
        assert differences(work) == []
        assert become(work, planted.becomes) == planted.becomes
        assert day_of(work, DAY, name).state == "clean"
