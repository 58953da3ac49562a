"""The whole demo as a newcomer runs it."""

from __future__ import annotations

import http.client
import signal
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from backend.kernel.local import OWNER_ROLE, local_database_url
from tests.load.demo import OwnDemo, running_demo

pytestmark = pytest.mark.timeout(300)


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def family(demo: OwnDemo) -> list[psutil.Process]:
    return psutil.Process(demo.supervisor.pid).children(recursive=True)


def left_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(processes, timeout=20)
    return [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def test_it_comes_up_survives_a_crash_ends_clean_and_comes_back(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_demo(data) as demo:
        assert get(demo.port, "/readyz") == 200
        assert get(demo.sandbox_port, "/") == 200
        with psycopg.connect(local_database_url(data, OWNER_ROLE)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        everyone = family(demo)
        psutil.Process(int((data / "postgres/postmaster.pid").read_text().split()[0])).kill()
        deadline = time.monotonic() + 30
        while "starting it again" not in demo.log.read_text() or get(demo.port, "/readyz") != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        everyone += family(demo)
        demo.supervisor.send_signal(signal.SIGINT)
        assert demo.supervisor.wait(60) == 0
        assert left_of(everyone) == []

    with running_demo(data) as demo:
        assert get(demo.port, "/readyz") == 200
        with psycopg.connect(local_database_url(data, OWNER_ROLE)) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_nothing_of_it_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    with running_demo(tmp_path / "data") as demo:
        everyone = family(demo)
        assert len(everyone) > 5
        demo.supervisor.send_signal(signal.SIGKILL)
        demo.supervisor.wait(10)
        assert left_of(everyone) == []
