"""A program of the demo as a child process: started, awaited, stopped, with nothing of it left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

CHILD = Path(__file__).with_name("child.py")
LOOK_AGAIN_SECONDS = 0.02


class NotStarted(Exception):
    """A program ended or stayed silent instead of becoming ready."""


@dataclass(frozen=True)
class Program:
    """What to run and how to tell that it is ready.

    `prepare` runs before every start; `ready` is asked until it says yes or `start_seconds` are over;
    `stop_signal` asks it to end (also when its parent dies), after `stop_seconds` it is killed.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool] = lambda: True
    prepare: Callable[[], None] = lambda: None
    stop_signal: signal.Signals = signal.SIGTERM
    start_seconds: float = 60
    stop_seconds: float = 10
    user: tuple[int, int] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


class Process:
    """One run of a program after another; each run has a process group of its own."""

    def __init__(self, program: Program, output: IO[bytes] | int | None = None) -> None:
        self.program = program
        self._output = output
        self._run: subprocess.Popen[bytes] | None = None

    @property
    def exit_code(self) -> int | None:
        """Code (or minus the signal) of a run that ended by itself; None while it runs and once stopped."""
        return None if self._run is None else self._run.poll()

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._run is not None and self._run.poll() is None

    @property
    def pid(self) -> int:
        """Process id of the present run, which leads its group."""
        if self._run is None:
            raise NotStarted(f"{self.program.name} does not run")
        return self._run.pid

    @property
    def stdout(self) -> IO[bytes] | None:
        """The reading end, when the output goes to a pipe."""
        return None if self._run is None else self._run.stdout

    def spawn(self) -> None:
        """Starts a run without waiting for it to be ready."""
        program = self.program
        program.prepare()
        uid, gid = program.user or (os.geteuid(), os.getegid())
        numbers = (uid, gid, int(program.stop_signal), os.getpid())
        self._run = subprocess.Popen(
            [sys.executable, "-I", "-S", str(CHILD), *map(str, numbers), *program.command],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **program.environment},
            start_new_session=True,
        )

    def await_ready(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Waits until the program is ready, or until `given_up` says that nobody wants it any more.

        Raises NotStarted when it ends before that or takes longer than it may.
        """
        deadline = time.monotonic() + self.program.start_seconds
        while not given_up():
            if not self.running:
                raise NotStarted(f"{self.program.name} ended with code {self.exit_code} before it was ready")
            if self.program.ready():
                return
            if time.monotonic() > deadline:
                raise NotStarted(f"{self.program.name} was not ready after {self.program.start_seconds:g} s")
            time.sleep(LOOK_AGAIN_SECONDS)

    def start(self) -> None:
        """Starts a run and waits until it is ready; a run that fails is cleared away."""
        self.spawn()
        try:
            self.await_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Asks the run to end, waits, and ends whatever is left of its group."""
        if self._run is None:
            return
        if self.running:
            self._run.send_signal(self.program.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                self._run.wait(self.program.stop_seconds)
        self.kill()

    def kill(self) -> None:
        """Ends the whole group at once, as a power cut would."""
        if self._run is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._run.pid, signal.SIGKILL)
        self._run.wait()
        if self._run.stdout is not None:
            self._run.stdout.close()
        self._run = None

    def restart(self) -> None:
        """Stops and starts again."""
        self.stop()
        self.start()
