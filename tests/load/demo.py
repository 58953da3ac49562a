"""A demo of its own for tests and measurements: temporary data, free ports, all of it gone afterwards."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.demo.phones import Phones
from backend.demo.programs import ROOT


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    port: int
    sandbox_port: int

    @property
    def url(self) -> str:
        """Where the web answers."""
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self, phone: str = "13976009999") -> dict[str, str]:
        """Headers of a citizen who came through the mini-program on that phone."""
        phones = Phones(f"http://127.0.0.1:{self.sandbox_port}")
        phones.register(phone, "陈小虎")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = json.dumps({"code": phones.login_code(phone)})
        connection.request("POST", "/api/v1/sign-in/miniprogram", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = json.loads(answer.read())
        connection.close()
        if answer.status != http.client.CREATED:
            raise RuntimeError(f"sign-in was answered with {said}")
        return {"Authorization": f"Bearer {said['token']}"}


@dataclass(frozen=True)
class OwnDemo(Demo):
    """A demo that was started here, and ends here."""

    data_dir: Path
    log: Path
    supervisor: subprocess.Popen[bytes]


# The demo without its province, whose loading has tests of its own and takes longer than all the rest.
EMPTY_DEMO = """
from backend.demo import programs, supervisor
programs.preparation = lambda settings: programs.flask("prepare", "db", "upgrade", settings=settings)
supervisor.main()
"""


FULL_DEMO = "from backend.demo import supervisor; supervisor.main()"


@contextmanager
def running_demo(data_dir: Path | None = None, *, program: str = EMPTY_DEMO) -> Iterator[OwnDemo]:
    """Starts a demo, empty or FULL_DEMO, and waits for its closing lines; ends it as Ctrl-C would."""
    with tempfile.TemporaryDirectory(prefix="shebao-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "demo.log"
        demo = _start(program, data_dir or Path(folder) / "data", log)
        try:
            _await_banner(demo)
            yield demo
        finally:
            demo.supervisor.terminate()
            demo.supervisor.wait(60)


@contextmanager
def full_demo() -> Iterator[Demo]:
    """The demo with its province: the one that runs at DEMO_PORT, or one of its own."""
    if port := int(os.environ.get("DEMO_PORT", "0")):
        yield Demo(port, port + 1)
        return
    with running_demo(program=FULL_DEMO) as demo:
        yield demo


def free_ports() -> tuple[int, int]:
    """Two ports that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return one.getsockname()[1], two.getsockname()[1]


def _start(program: str, data_dir: Path, log: Path) -> OwnDemo:
    port, sandbox_port = free_ports()
    settings = {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port), "DATA_DIR": str(data_dir)}
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    with log.open("wb") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**inherited, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return OwnDemo(port, sandbox_port, data_dir, log, supervisor)


def _await_banner(demo: OwnDemo) -> None:
    deadline = time.monotonic() + 240
    while "The demo is up" not in demo.log.read_text(errors="replace"):
        if demo.supervisor.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the demo did not come up:\n{demo.log.read_text(errors='replace')}")
        time.sleep(0.1)
