"""The filled bureau once more, in a database of these tests' own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.demo.servers import ThrowawayServers
from backend.kernel.crypto import Keyring
from backend.kernel.jobs import use_registry
from tests.contract.document import Json, read
from tests.system.opening import filled_world
from tests.system.world import World


@pytest.fixture(scope="session")
def filled(servers: ThrowawayServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The filled bureau."""
    with filled_world(servers, tmp_path_factory.mktemp("world"), "contract") as made:
        yield made


@pytest.fixture
def world(filled: World, keyring: Keyring) -> Iterator[World]:
    """The filled bureau as it was made."""
    use_registry(filled.house.registry)
    with filled.undone():
        yield filled


@pytest.fixture(scope="session")
def document(filled: World) -> Json:
    """What the application publishes."""
    return read(filled.app)
