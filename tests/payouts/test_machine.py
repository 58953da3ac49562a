"""What holds for payouts in any order of events; and that the properties would notice if it did not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from backend.web.house import House
from tests.payouts.machine import Payouts
from tests.payouts.planted import MISTAKES

STEPS = 50
LONG = "MACHINE_STEPS" in os.environ
IN_ALL = int(os.environ.get("MACHINE_STEPS", "1000"))
SETTINGS = settings(
    max_examples=IN_ALL // STEPS,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    print_blob=False,
)
TO_CATCH = settings(SETTINGS, max_examples=400 if LONG else 60, phases=[Phase.generate], derandomize=not LONG)
QUICKLY_FOUND = (
    "answers_in_another_order",
    "paid_ones_go_again",
    "return_is_always_of_something_paid",
    "waiting_is_unsent",
)
TRIED = tuple(MISTAKES) if LONG else QUICKLY_FOUND
MAY_ESCAPE = 2 if LONG else 0


@pytest.mark.timeout(0)
def test_nothing_is_lost_or_doubled(house: House, shared_engine: Engine) -> None:
    run_state_machine_as_test(_machine(shared_engine), settings=SETTINGS)


@pytest.mark.timeout(0)
def test_the_machine_finds_planted_mistakes(house: House, shared_engine: Engine) -> None:
    escaped = [name for name in TRIED if not _caught(name, shared_engine)]
    print(f"planted mistakes found: {len(TRIED) - len(escaped)} of {len(TRIED)}; not: {escaped}")
    assert len(escaped) <= MAY_ESCAPE, escaped


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", TRIED if LONG else TRIED[:2])
def test_the_examples_alone_let_it_pass(name: str) -> None:
    """Or it would be no mistake that only a property finds."""
    folder = Path(__file__).parent
    examples = [str(folder / "test_carrying.py"), str(folder / "test_commands.py")]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *examples],
        env={**os.environ, "PLANTED": name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:]


def _caught(name: str, engine: Engine) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        MISTAKES[name](patch)
        try:
            run_state_machine_as_test(_machine(engine), settings=TO_CATCH)
        except BaseException as found:
            if isinstance(found, KeyboardInterrupt):
                raise
            return True
    return False


def _machine(engine: Engine) -> type[Payouts]:
    return type("Machine", (Payouts,), {"engine": engine})
