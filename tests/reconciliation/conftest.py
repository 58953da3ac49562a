from __future__ import annotations

import pytest

from backend.payouts.ports import Provider
from backend.reconciliation.ports import Channel
from tests.support.reconciliation import MemoryFiles, channel


@pytest.fixture
def files() -> MemoryFiles:
    return MemoryFiles()


@pytest.fixture
def bank(files: MemoryFiles) -> Channel:
    return channel(files)


@pytest.fixture
def wallet(files: MemoryFiles) -> Channel:
    return channel(files, Provider.RED_PACKET)
