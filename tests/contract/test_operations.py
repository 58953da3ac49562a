"""Every operation keeps what the document promises, whoever sends whatever; nothing ever answers 500."""

from __future__ import annotations

import os
from contextlib import nullcontext

import pytest

from tests.contract.document import Json
from tests.contract.engine import EXCLUSIONS, MOST_EXCLUSIONS, Effort, explore
from tests.system.world import World

FULL = os.environ.get("CONTRACT") == "full"
"""`make soak` sets it: three seeds, all phases, many cases."""
EFFORT = Effort(cases=60, scenarios=150) if FULL else Effort(3, 8, ("examples", "fuzzing", "stateful"))
LEAST_SUCCEEDING = 0.95


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", (1, 2, 3) if FULL else (1,))
def test_every_operation_keeps_its_promises(
    world: World, document: Json, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = explore(world, document, seed=seed, effort=EFFORT)
    with capsys.disabled() if FULL else nullcontext():
        print(f"\n{found.table()}")
    never = found.never_succeeded()
    assert not found.broken, "\n".join(found.broken)
    assert not found.wrong, "\n\n".join(found.wrong)
    assert len(never) <= (1 - LEAST_SUCCEEDING) * len(found.statuses), f"never a 2xx: {never}"


def test_few_exclusions() -> None:
    assert len(EXCLUSIONS) <= MOST_EXCLUSIONS
    assert all(one.reason for one in EXCLUSIONS)
