"""Overload: who is served is served in time, who is not is told so at once."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from backend.web.shedding import LONGEST_WAIT_SECONDS, MOST_REFUSALS_IN_A_ROW, Shedding, accept_queue
from tests.load.arrivals import Answer, offer, percentile

WORKERS = 4
CAPACITY = WORKERS / 0.02  # requests a second that the slow application can serve
OFFERED = 3 * CAPACITY
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the length of the queue")


def served(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"served"]


def shedding(waiting: int = 0, now: float = 1000.0) -> Client:
    return Client(Shedding(served, waiting=lambda: waiting, max_waiting=6, wall_clock=lambda: now))


def test_a_short_queue_passes() -> None:
    assert shedding(waiting=6).get("/api/x").data == b"served"


def test_a_long_queue_is_refused_with_a_problem_and_when_to_come_back() -> None:
    answer = shedding(waiting=7).get("/api/x", headers={"X-Request-Id": "abc-12345"})
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 5
    problem = json.loads(answer.data)
    assert problem["code"] == "unavailable"
    assert problem["status"] == 503
    assert problem["title"] == "系统繁忙，请稍后再试"
    assert problem["request_id"] == "abc-12345"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_those_who_watch_are_always_answered(path: str) -> None:
    assert shedding(waiting=1000).get(path).status_code == 200


@pytest.mark.parametrize(("age", "status"), [(0.1, 200), (LONGEST_WAIT_SECONDS + 0.1, 503)])
def test_a_request_that_waited_too_long_in_the_proxy_is_refused(age: float, status: int) -> None:
    client = shedding(now=1795333409.125 + age)
    assert client.get("/api/x", headers={"X-Request-Start": "t=1795333409.125"}).status_code == status


@pytest.mark.parametrize("stamp", ["", "t=", "yesterday", "t=nan", "t=inf", "t=99999999999"])
def test_a_stamp_that_makes_no_sense_is_no_reason(stamp: str) -> None:
    assert shedding().get("/api/x", headers={"X-Request-Start": stamp}).status_code == 200


def test_a_flood_does_not_leave_nothing_but_refusals() -> None:
    client = shedding(waiting=1000)
    statuses = [client.get("/api/x").status_code for _ in range(2 * (MOST_REFUSALS_IN_A_ROW + 1))]
    assert statuses == 2 * ([503] * MOST_REFUSALS_IN_A_ROW + [200])


@linux_only
def test_the_queue_is_what_nobody_accepted() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        clients = [socket.create_connection(listener.getsockname()) for _ in range(5)]
        assert accept_queue([listener]) == 5
        listener.accept()[0].close()
        assert accept_queue([listener]) == 4
        for client in clients:
            client.close()


def test_a_unix_socket_tells_nothing(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "s"))
        listener.listen()
        assert accept_queue([listener]) == 0


@contextmanager
def gunicorn(folder: Path, **environment: str) -> Iterator[int]:
    """The slow application under the product's gunicorn settings; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {"PORT": str(port), "WEB_WORKERS": str(WORKERS), "DATA_DIR": str(folder), **environment}
    config = ("--config", "python:backend.web.gunicorn_conf", "tests.web.slow_app:app")
    with (folder / "gunicorn.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *config],
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _await_workers(folder / "gunicorn.log")
            yield port
        finally:
            process.terminate()
            process.wait(30)


def _await_workers(log: Path) -> None:
    deadline = time.monotonic() + 30
    while log.read_text().count("Booting worker") < WORKERS:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


async def _overload(port: int, seconds: float) -> tuple[list[Answer], list[Answer]]:
    flood = offer(port, ["/api/x"], rate=OFFERED, seconds=seconds)
    health = offer(port, ["/healthz"], rate=5, seconds=seconds)
    return await asyncio.gather(flood, health)  # type: ignore[return-value]


@linux_only
def test_under_three_times_its_capacity_it_serves_in_time_and_refuses_at_once(tmp_path: Path) -> None:
    with gunicorn(tmp_path, MAX_WAITING="1000000") as port:
        patient, _ = asyncio.run(_overload(port, seconds=2))
    assert {answer.status for answer in patient} == {200}
    without_shedding = percentile(patient, 0.99)

    with gunicorn(tmp_path) as port:
        flood, health = asyncio.run(_overload(port, seconds=2))
    done = [answer for answer in flood if answer.status == 200]
    refused = [answer for answer in flood if answer.status != 200]
    assert {answer.status for answer in refused} == {503}
    assert all(1 <= int(answer.headers["retry-after"]) <= 5 for answer in refused)
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in refused)
    assert len(done) >= len(flood) / (MOST_REFUSALS_IN_A_ROW + 2)
    assert percentile(done, 0.99) < without_shedding / 2
    assert percentile(refused, 0.99) < without_shedding / 2
    assert {answer.status for answer in health} == {200}


@linux_only
def test_connections_that_say_nothing_occupy_no_worker(tmp_path: Path) -> None:
    with gunicorn(tmp_path) as port:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(3 * WORKERS)]
        [answer] = asyncio.run(offer(port, ["/api/x"], rate=1, seconds=1, patience=5))
        for one in silent:
            one.close()
    assert answer.status == 200
