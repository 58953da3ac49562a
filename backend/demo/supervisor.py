"""Runs the whole demo in one terminal: starts its programs in order, keeps them up, ends them all."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from backend.demo import banner, programs
from backend.demo.certificate import make_certificate
from backend.demo.folder import Refused, held, require_demo
from backend.demo.process import NotStarted, Process, Program
from backend.demo.servers import create_database, create_roles
from backend.kernel.local import network_address, tls_files
from backend.kernel.settings import Settings

LOOK_AGAIN_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
LEFTOVERS_SECONDS = 3.0


@dataclass
class Kept:
    """A process that shall run for as long as the demo does."""

    process: Process
    started: float = 0.0
    start_again_at: float | None = None
    pause: float = 1.0


class Supervisor:
    """Owns every child process of one demo."""

    def __init__(self) -> None:
        self.asked_to_stop = False
        self._kept: list[Kept] = []
        self._writing = threading.Lock()

    def listen_to_signals(self) -> None:
        """Ctrl-C, `kill` and a closed terminal all ask for the same orderly end."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started with nohup: to outlive its terminal
            signal.signal(number, lambda *_: self._ask_to_stop())

    def bring_up(self, wanted: Iterable[Program]) -> None:
        """Starts programs one after the other, each when the one before is ready. Raises NotStarted."""
        for program in wanted:
            if self.asked_to_stop:
                return
            self.say(f"starting {program.name}")
            kept = Kept(Process(program, subprocess.PIPE))
            self._kept.append(kept)
            self._spawn(kept)
            kept.process.await_ready(given_up=lambda: self.asked_to_stop)

    def run_to_end(self, errand: Program) -> None:
        """Runs a program that ends by itself. Raises NotStarted when it fails."""
        if self.asked_to_stop:
            return
        self.say(f"running {errand.name}")
        process = Process(errand, subprocess.PIPE)
        process.spawn()
        pump = self._pass_on(process)
        while process.running and not self.asked_to_stop:
            time.sleep(LOOK_AGAIN_SECONDS / 10)
        code = process.exit_code
        process.stop()
        pump.join()
        if code not in (0, None):
            raise NotStarted(f"{errand.name} failed with code {code}")

    def keep_up(self) -> None:
        """Starts again whatever ends, after a pause that doubles, until somebody asks to stop."""
        while not self.asked_to_stop:
            now = time.monotonic()
            for kept in self._kept:
                self._look_after(kept, now)
            time.sleep(LOOK_AGAIN_SECONDS)

    def bring_down(self) -> None:
        """Stops everything, last started first."""
        for kept in reversed(self._kept):
            kept.process.stop()
        self._kept.clear()

    def say(self, *lines: str) -> None:
        """Tells the terminal something in the supervisor's own name."""
        for line in lines:
            self._write("demo", line.encode() + b"\n")

    def _ask_to_stop(self) -> None:
        self.asked_to_stop = True

    def _look_after(self, kept: Kept, now: float) -> None:
        if kept.process.running:
            return
        name = kept.process.program.name
        if kept.start_again_at is None:
            if now - kept.started > STEADY_SECONDS:
                kept.pause = 1.0
            self.say(f"{name} ended (code {kept.process.exit_code}), starting it again in {kept.pause:g} s")
            kept.process.stop()
            kept.start_again_at = now + kept.pause
            kept.pause = min(kept.pause * 2, LONGEST_PAUSE_SECONDS)
        elif now >= kept.start_again_at:
            self._spawn(kept)

    def _spawn(self, kept: Kept) -> None:
        kept.start_again_at = None
        kept.started = time.monotonic()
        kept.process.spawn()
        self._pass_on(kept.process)

    def _pass_on(self, process: Process) -> threading.Thread:
        output = process.stdout
        assert output is not None  # noqa: S101 every process here writes to a pipe
        pump = threading.Thread(target=self._copy, args=(process.program.name, output), daemon=True)
        pump.start()
        return pump

    def _copy(self, name: str, output: IO[bytes]) -> None:
        with output:
            for line in output:
                self._write(name, line)

    def _write(self, name: str, line: bytes) -> None:
        with self._writing, suppress(BrokenPipeError):  # nobody reads any more; the programs must not stall
            sys.stdout.buffer.write(f"{name:<8} | ".encode() + line)
            sys.stdout.buffer.flush()


def run(settings: Settings) -> None:
    """The demo, from start to Ctrl-C. Raises Refused or NotStarted."""
    require_demo(settings)
    with held(settings.data_dir):
        for port in (settings.port, urlsplit(settings.sandbox_url).port or 0):
            require_free(port)
        supervisor = Supervisor()
        supervisor.listen_to_signals()
        try:
            supervisor.bring_up(programs.servers(settings))
            if not settings.database_url and not supervisor.asked_to_stop:
                create_roles(settings.data_dir)
                create_database(settings.data_dir)
            supervisor.bring_up([programs.outside_world(settings)])
            supervisor.run_to_end(programs.preparation(settings))
            if settings.https:
                make_certificate(tls_files(settings.data_dir), ("localhost", "127.0.0.1", network_address()))
            supervisor.bring_up(programs.application(settings))
            if not supervisor.asked_to_stop:
                supervisor.say(*banner.lines(settings))
            supervisor.keep_up()
        finally:
            supervisor.say("stopping")
            supervisor.bring_down()


def require_free(port: int, *, patience: float = LEFTOVERS_SECONDS) -> None:
    """Raises Refused when somebody listens on the port and goes on doing so.

    The web of a demo that was killed a moment ago may still be on its way out, hence the patience.
    """
    deadline = time.monotonic() + patience
    while _taken(port):
        if time.monotonic() > deadline:
            raise Refused(f"port {port} is not free; choose others: make run PORT=9000")
        time.sleep(LOOK_AGAIN_SECONDS)


def _taken(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Refused(f"port {port} cannot be used: {error.strerror}") from None
            return True
    return False


def main() -> None:
    """`flask demo up`, in a process of its own."""
    os.chdir(programs.ROOT)
    try:
        run(Settings())
    except (Refused, NotStarted) as reason:
        sys.exit(f"demo: {reason}")


if __name__ == "__main__":
    main()
