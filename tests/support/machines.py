"""Running a state machine, and showing that it notices mistakes that the example tests let pass.

A test suite with a machine has a `planted` module (`MISTAKES` by name) and a conftest that plants what the
environment's `PLANTED` names. `MACHINE_STEPS=50000` makes the long run of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

Plant = Callable[[pytest.MonkeyPatch], None]
STEPS = 100
"""At most so many in one run; Hypothesis often makes fewer."""
LONG = "MACHINE_STEPS" in os.environ
IN_ALL = int(os.environ.get("MACHINE_STEPS", "600"))
MAY_ESCAPE = 2 if LONG else 0
SETTINGS = settings(
    max_examples=100 if LONG else 5,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    print_blob=False,
)
TO_CATCH = settings(SETTINGS, max_examples=300 if LONG else 60, phases=[Phase.generate], derandomize=not LONG)


def holds(machine: type[RuleBasedStateMachine]) -> None:
    """Runs a machine in random orders of events until it made enough steps; raises what it finds."""
    counted = _counted(machine)
    while counted.made < IN_ALL:
        run_state_machine_as_test(counted, settings=SETTINGS)
    print(f"steps: {counted.made}")


def require_catches(
    machine: type[RuleBasedStateMachine], mistakes: Mapping[str, Plant], tried: Sequence[str]
) -> None:
    """Plants mistakes one by one; the machine must find them, all but two of them in the long run."""
    escaped = [name for name in tried if not _caught(machine, mistakes[name])]
    print(f"planted mistakes found: {len(tried) - len(escaped)} of {len(tried)}; not: {escaped}")
    assert len(escaped) <= MAY_ESCAPE, escaped


def require_examples_pass(name: str, *examples: Path) -> None:
    """The example tests let a mistake pass: or it would be none that only a property finds."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, examples)],
        env={**os.environ, "PLANTED": name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:]


def _counted(machine: type[RuleBasedStateMachine]) -> Any:
    class Counted(machine):  # type: ignore[misc,valid-type]
        made = 0

        def check_invariants(self, *given: Any, **named: Any) -> None:
            type(self).made += 1
            super().check_invariants(*given, **named)

    return Counted


def _caught(machine: type[RuleBasedStateMachine], plant: Plant) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        try:
            run_state_machine_as_test(machine, settings=TO_CATCH)
        except BaseException as found:
            if isinstance(found, KeyboardInterrupt):
                raise
            return True
    return False
