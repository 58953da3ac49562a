from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.support import Product, Sandbox


@pytest.fixture(scope="session")
def running_product() -> Iterator[Product]:
    product = Product()
    yield product
    product.server.shutdown()


@pytest.fixture(scope="session")
def running_sandbox(running_product: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("world")
    sandbox = Sandbox(folder, CALLBACK_URL=running_product.url).start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Iterator[Sandbox]:
    yield running_sandbox
    running_sandbox.delete_faults()


@pytest.fixture
def product(running_product: Product) -> Iterator[Product]:
    running_product.calm()
    yield running_product
    running_product.calm()
