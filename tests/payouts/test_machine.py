"""What holds for payouts in any order of events; and that the properties would notice if it did not."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from backend.web.house import House
from tests.payouts.machine import Payouts
from tests.payouts.planted import MISTAKES
from tests.support.machines import LONG, holds, require_catches, require_examples_pass

QUICKLY_FOUND = (
    "paid_ones_go_again",
    "return_is_always_of_something_paid",
    "waiting_is_unsent",
)
TRIED = tuple(MISTAKES) if LONG else QUICKLY_FOUND
HERE = Path(__file__).parent


@pytest.fixture
def machine(house: House, shared_engine: Engine) -> type[Payouts]:
    return type("Machine", (Payouts,), {"engine": shared_engine})


@pytest.mark.timeout(0)
def test_nothing_is_lost_or_doubled(machine: type[Payouts]) -> None:
    holds(machine)


@pytest.mark.timeout(0)
def test_the_machine_finds_planted_mistakes(machine: type[Payouts]) -> None:
    require_catches(machine, MISTAKES, TRIED)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", TRIED if LONG else TRIED[:2])
def test_the_examples_alone_let_it_pass(name: str) -> None:
    require_examples_pass(name, HERE / "test_carrying.py", HERE / "test_commands.py")
