"""One world for all tests of this folder, in a database of its own; what a test does to it is undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.demo.servers import ThrowawayServers
from backend.kernel.crypto import Keyring
from backend.kernel.jobs import use_registry
from tests.system.opening import filled_world
from tests.system.world import World


@pytest.fixture(scope="session")
def filled(servers: ThrowawayServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The filled bureau."""
    with filled_world(servers, tmp_path_factory.mktemp("world"), "system") as made:
        yield made


@pytest.fixture
def world(filled: World, keyring: Keyring) -> Iterator[World]:
    """The filled bureau as it was made."""
    use_registry(filled.house.registry)
    with filled.undone():
        yield filled
