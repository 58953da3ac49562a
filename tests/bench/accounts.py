"""The account lookup of citizens through gunicorn, beside a bare WSGI program that answers the same."""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
from redis import Redis
from sqlalchemy import text

from backend.channels import commands as channels
from backend.channels.ports import WeChatIdentity
from backend.demo.programs import ROOT
from backend.demo.servers import ThrowawayServers
from backend.kernel.actor import Origin, anonymous
from backend.kernel.clock import SystemClock
from backend.kernel.crypto import keyring
from backend.kernel.db import Database, Work
from backend.web.sessions import Sessions
from tests.bench.place import DATABASE, own_place
from tests.support.accounts import book, post_interest, run_of
from tests.support.people import make_person

PEOPLE = 20
CONNECTIONS = 4
WORKERS = 2
ROUNDS = 2
SECONDS = 4.0
WARM_UP_SECONDS = 0.5
GOAL = 0.6
BARE = ("--workers", str(WORKERS), "--worker-class", "sync", "--backlog", "512", "tests.bench.bare:app")
OURS = ("--config", "python:backend.web.gunicorn_conf", "wsgi:app")
Asked = tuple[str, str]


@dataclass(frozen=True)
class Served:
    """What one program did in some seconds: latencies in seconds, processor seconds of its workers."""

    latencies: Sequence[float]
    seconds: float
    processor: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def row(self, name: str) -> str:
        """One line of the table."""
        ordered = sorted(self.latencies)
        p50, p99 = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
        each = 1000 * self.processor / len(ordered)
        line = f"accounts: {name:<16}{self.rate:8.0f}/s  p50 {p50:6.2f} ms  p99 {p99:6.2f} ms"
        return f"{line}  {each:5.2f} ms of a worker each"


def main() -> None:
    """Prints both programs' rates and their ratio; ends with 1 when they do not answer alike."""
    with own_place() as (database, servers), tempfile.TemporaryDirectory() as folder:
        asked = _fill(database, Redis.from_url(servers.redis_url))
        keyring().save(Path(folder) / "keyring.json")
        with (
            _running(OURS, servers, Path(folder)) as ours,
            _running(BARE, servers, Path(folder)) as bare,
        ):
            if any(_json(ours, *one) != _json(bare, *one) for one in asked):
                sys.exit("accounts: the two programs answer differently")
            rounds = [(_measure(ours, asked), _measure(bare, asked)) for _ in range(ROUNDS)]
    for name, which in (("the product", 0), ("a bare program", 1)):
        print(_together([one[which] for one in rounds]).row(name))
    product, plain = (_together([one[which] for one in rounds]).rate for which in (0, 1))
    print(
        f"accounts: {product / plain:.2f} of the bare program, {GOAL} wanted; {CONNECTIONS} clients at once"
    )


def _fill(database: Database, redis: Redis) -> list[Asked]:
    """People with ten years of months and a session each: what to ask for, and the token to ask with."""
    sessions = Sessions(redis, SystemClock())
    asked = []
    for _ in range(PEOPLE):
        with database.work() as work:
            person_id = make_person(work)
            book(work, person_id, *run_of(date(2016, 1, 1), 60), *run_of(date(2021, 3, 1), 60))
            post_interest(work, person_id, *range(2016, 2026))
            channel_id = _channel(work, person_id)
        token = sessions.open("citizen", channel_id, label="bench", address="127.0.0.1")
        asked.append((f"/api/v1/people/{person_id}/accounts", token))
    with database.connection() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    return asked


def _channel(work: Work, person_id: UUID) -> UUID:
    opened = channels.sign_in_through_wechat(
        work,
        by=anonymous(Origin()),
        kind="miniprogram",
        identity=WeChatIdentity(f"bench-{person_id}", None),
    )
    bind = text("UPDATE channel SET person_id = :person_id, bound_at = first_seen_at WHERE id = :id")
    work.session.execute(bind, {"person_id": person_id, "id": opened.channel_id})
    return opened.channel_id


@dataclass(frozen=True)
class Program:
    """A gunicorn that answers on a port."""

    port: int
    process: psutil.Process

    def processor(self) -> float:
        """Processor seconds that its workers have used."""
        return sum(sum(one.cpu_times()[:2]) for one in self.process.children())


@contextmanager
def _running(what: Sequence[str], servers: ThrowawayServers, folder: Path) -> Iterator[Program]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    metrics = folder / str(port)
    metrics.mkdir()
    environment = {
        "ENVIRONMENT": "test",
        "PORT": str(port),
        "WEB_WORKERS": str(WORKERS),
        "DATA_DIR": str(folder),
        "DATABASE_URL": servers.app_url(DATABASE),
        "BARE_DATABASE_URL": servers.app_url(DATABASE),
        "REDIS_URL": servers.redis_url,
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }
    bind = ("--bind", f"127.0.0.1:{port}") if what is BARE else ()
    with (folder / f"{port}.log").open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *bind, *what],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _await(port)
            yield Program(port, psutil.Process(started.pid))
        finally:
            started.terminate()
            started.wait(30)


def _await(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _json(program: Program, path: str, token: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=10)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    return answer.status, found


def _measure(program: Program, asked: Sequence[Asked]) -> Served:
    _load(program, asked, WARM_UP_SECONDS)
    before, begin = program.processor(), time.perf_counter()
    latencies = _load(program, asked, SECONDS)
    return Served(latencies, time.perf_counter() - begin, program.processor() - before)


def _load(program: Program, asked: Sequence[Asked], seconds: float) -> list[float]:
    """Latencies of as many lookups as a few clients get in, each asking again once it was answered."""
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        for path, token in asked
    ]
    latencies: list[float] = []
    until = time.perf_counter() + seconds
    clients = [
        threading.Thread(target=_client, args=(program.port, requests, until, latencies))
        for _ in range(CONNECTIONS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return latencies


def _client(port: int, requests: Sequence[bytes], until: float, latencies: list[float]) -> None:
    chance = random.Random(port)
    while (begin := time.perf_counter()) < until:
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(chance.choice(requests))
            answer = b""
            while some := connection.recv(65536):
                answer += some
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer[:200])
        latencies.append(time.perf_counter() - begin)


def _together(rounds: Sequence[Served]) -> Served:
    return Served(
        [latency for one in rounds for latency in one.latencies],
        sum(one.seconds for one in rounds),
        sum(one.processor for one in rounds),
    )


if __name__ == "__main__":
    main()
