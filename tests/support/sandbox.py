"""The sandbox as a running process, and settings that make a house speak to it.

A test module that names these fixtures gets a sandbox of its own. `house` and `real_house` then speak to it;
with `served` it also finds its way back, as WeChat does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from backend.bootstrap import assemble, create_app_of
from backend.demo.servers import ThrowawayServers
from backend.kernel.clock import SystemClock
from backend.kernel.db import Database
from backend.kernel.settings import Settings
from backend.web.house import House
from tests.conftest import KEYRING, alchemy
from tests.sandbox.support import Person, Sandbox, eventually, free_port

__all__ = [
    "Person",
    "Sandbox",
    "callback_port",
    "calls",
    "eventually",
    "running_world",
    "served",
    "settings",
    "world",
]


@pytest.fixture(scope="module")
def callback_port() -> int:
    """Where the sandbox will look for the product."""
    return free_port()


@pytest.fixture(scope="module")
def running_world(callback_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for the tests of a module."""
    url = f"http://127.0.0.1:{callback_port}/callbacks/wechat"
    sandbox = Sandbox(tmp_path_factory.mktemp("world"), CALLBACK_URL=url).start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def world(running_world: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, without faults."""
    yield running_world
    running_world.delete_faults()


@pytest.fixture
def settings(tmp_path: Path, world: Sandbox, callback_port: int) -> Settings:
    """Settings of a house that speaks to the sandbox."""
    pay_keys = Path(world.environment["DATA_DIR"]) / "sandbox" / "pay-keys"
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        environment="test",
        data_dir=tmp_path,
        wechat_api_url=world.url,
        sms_api_url=world.url,
        bank_api_url=world.url,
        tax_api_url=world.url,
        wechat_pay_api_url=world.url,
        collector_key_file=pay_keys / "bureau.pem",
        wechat_pay_public_key_file=pay_keys / "wechat.pub",
        collector_notify_url=f"http://127.0.0.1:{callback_port}",
    )


class Quiet(WSGIRequestHandler):
    """The application logs by itself."""

    def log_request(self, *_: object) -> None: ...


@pytest.fixture
def served(
    settings: Settings, servers: ThrowawayServers, own_database: str, redis: object, callback_port: int
) -> Iterator[House]:
    """A house with real commits and the real time, answering where the sandbox looks for it."""
    database = Database(alchemy(servers.app_url(own_database)), SystemClock(), pool_size=10)
    house = assemble(settings, KEYRING, SystemClock(), database, redis)  # type: ignore[arg-type]
    server = make_server(
        "127.0.0.1", callback_port, create_app_of(house), threaded=True, request_handler=Quiet
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield house
    server.shutdown()
    thread.join()
    server.server_close()
    database.dispose()


def calls(world: Sandbox, path: str) -> int:
    """How often the sandbox was called at a path."""
    return sum(f" {path} " in line for line in world.log.read_text().splitlines())
