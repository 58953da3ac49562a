"""Servers and processes of these tests' own, which they may kill."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.chaos.place import Place, own_place


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """An empty installation: servers run, no process of the application does yet."""
    with own_place() as found:
        yield found


@pytest.fixture(scope="session")
def scale() -> int:
    """How much larger than in `make test` everything is (CHAOS=20 for an hour's worth of faults)."""
    return int(os.environ.get("CHAOS", "1"))
