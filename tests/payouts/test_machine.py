"""What holds for payouts in any order of events; and that the properties would notice if it did not."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from backend.web.house import House
from tests.payouts.machine import Payouts

STEPS = 40
EXAMPLES = int(os.environ.get("PAYOUT_STEPS", "1200")) // STEPS
QUICK = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    print_blob=False,
)


@pytest.mark.timeout(0)
def test_nothing_is_lost_or_doubled(house: House, shared_engine: Engine) -> None:
    machine = type("Machine", (Payouts,), {"engine": shared_engine})
    run_state_machine_as_test(machine, settings=QUICK)
