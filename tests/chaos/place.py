"""An installation of its own: PostgreSQL, Redis, gunicorn, workers and the sandbox as real processes."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from redis import Redis

from backend.bootstrap import assemble
from backend.demo import programs
from backend.demo.process import Process, Program
from backend.demo.servers import ThrowawayServers, throwaway_servers
from backend.kernel import migrate
from backend.kernel.clock import SystemClock
from backend.kernel.db import Database
from backend.kernel.local import DATABASE
from backend.kernel.settings import Settings
from backend.web.house import House
from tests.conftest import KEYRING
from tests.load.demo import free_ports

WEB_WORKERS = 2


@dataclass(frozen=True)
class Place:
    """The servers, the settings of all processes, and a house on the same database for looking at it."""

    servers: ThrowawayServers
    settings: Settings
    house: House
    log: Path

    def web(self) -> Program:
        """gunicorn, as in production."""
        return programs.application(self.settings)[1]

    def sandbox(self) -> Program:
        """WeChat and the SMS carrier."""
        return programs.outside_world(self.settings)

    def worker(self, *arguments: str) -> Program:
        """A worker process with the handlers of `tests.chaos.worker`."""
        return Program(
            name="worker",
            command=(sys.executable, "-m", "tests.chaos.worker", *arguments),
            environment={"DATA_DIR": str(self.settings.data_dir), "PYTHONUNBUFFERED": "1"},
        )

    @contextmanager
    def running(self, *wanted: Program) -> Iterator[list[Process]]:
        """The programs, started one after the other; none is left in the end."""
        with self.log.open("ab") as log, ExitStack() as stack:
            processes = []
            for program in wanted:
                process = Process(program, log)
                stack.callback(process.stop)
                process.start()
                processes.append(process)
            yield processes

    def ask(self, method: str, path: str, token: str = "", **given: Any) -> requests.Response:
        """One request to the web on a connection of its own."""
        headers = {"Authorization": f"Bearer {token}"} | given.pop("headers", {})
        url = f"http://127.0.0.1:{self.settings.port}{path}"
        return requests.request(method, url, headers=headers, timeout=60, **given)


@contextmanager
def own_place() -> Iterator[Place]:
    """Starts the servers and prepares the database; everything is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="shebao-chaos-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        data_dir = Path(folder).resolve() / "data"
        port, sandbox_port = free_ports()
        settings = Settings(  # type: ignore[call-arg]
            _env_file=None,
            data_dir=data_dir,
            port=port,
            sandbox_port=sandbox_port,
            web_workers=WEB_WORKERS,
        )
        with throwaway_servers(data_dir) as servers:
            KEYRING.save(settings.keyring_path)
            servers.create_database(DATABASE)
            migrate.upgrade(settings.owner_database, settings.app_database)
            clock = SystemClock()
            database = Database(settings.app_database, clock, pool_size=8)
            redis = Redis.from_url(settings.redis, socket_timeout=2)
            house = assemble(settings, KEYRING, clock, database, redis)
            yield Place(servers, settings, house, Path(folder) / "processes.log")
            with suppress(OSError):
                redis.close()
            database.dispose()
