"""What holds for collections and refunds in any order of events; and that a mistake would be noticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from backend.web.house import House
from tests.collections.machine import Collections
from tests.collections.planted import MISTAKES
from tests.support.machines import LONG, holds, require_catches, require_examples_pass

QUICKLY_FOUND = ("booked_ones_take_no_more", "cancelled_refunds_count", "silence_at_the_close_is_closed")
TRIED = tuple(MISTAKES) if LONG else QUICKLY_FOUND
HERE = Path(__file__).parent


@pytest.fixture
def machine(house: House, shared_engine: Engine) -> type[Collections]:
    return type("Machine", (Collections,), {"engine": shared_engine})


@pytest.mark.timeout(0)
def test_nothing_is_lost_or_doubled(machine: type[Collections]) -> None:
    holds(machine)


@pytest.mark.timeout(0)
def test_the_machine_finds_planted_mistakes(machine: type[Collections]) -> None:
    require_catches(machine, MISTAKES, TRIED)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", TRIED if LONG else TRIED[:2])
def test_the_examples_alone_let_it_pass(name: str) -> None:
    require_examples_pass(name, HERE / "test_paying.py", HERE / "test_refunds.py")
