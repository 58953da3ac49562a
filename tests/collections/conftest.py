from __future__ import annotations

import os

import pytest

from backend.kernel.clock import FixedClock
from backend.web.house import House
from tests.collections.planted import MISTAKES
from tests.support.providers import MemoryProvider
from tests.support.tills import MemoryTill


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mistake that `PLANTED` names, in the engine of every test of this run."""
    if name := os.environ.get("PLANTED"):
        MISTAKES[name](monkeypatch)


@pytest.fixture(autouse=True)
def kinds(house: House) -> None:
    """A house, so that kinds of tasks, payouts and handlers are known."""


@pytest.fixture
def till(clock: FixedClock) -> MemoryTill:
    return MemoryTill(clock)


@pytest.fixture
def refunder() -> MemoryProvider:
    """Who carries refunds."""
    return MemoryProvider()
