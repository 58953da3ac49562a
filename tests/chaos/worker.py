"""A worker with jobs that may be counted, and that kill their process at the worst moments.

    python -m tests.chaos.worker FOLDER

The outside system is FOLDER: a call writes a line, and its effect is a file named after the number it was
given, which can be made only once, as a provider pays a number only once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from backend.kernel.clock import SystemClock
from backend.kernel.db import Database, Work
from backend.kernel.ids import new_id
from backend.kernel.jobs import Registry, enqueue
from backend.kernel.settings import Settings
from backend.worker.runner import Worker

LOCAL, SLOW, EFFECT = "chaos.local", "chaos.slow", "chaos.effect"
PAY, PAY_CARELESSLY = "chaos.pay", "chaos.pay_carelessly"
LEASE = timedelta(seconds=1)
SECONDS_OF_WORK = 0.003
SECONDS_OF_SLOW_WORK = 1.0


def die_once(folder: Path, moment: str, number: int) -> None:
    """Kills this process, the first time that it comes here with this number."""
    try:
        (folder / f"died.{moment}.{number}").touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def local(folder: Path, work: Work, payload: Mapping[str, Any]) -> None:
    """Its effect is a row of its own; a doubled effect would be two rows."""
    enqueue(work, EFFECT, payload)
    time.sleep(SECONDS_OF_WORK)
    if payload["number"] % 97 == 50:
        die_once(folder, "local", payload["number"])


def slow(folder: Path, _database: Database, _payload: Mapping[str, Any]) -> None:
    """Takes long enough for somebody to ask the worker to stop meanwhile."""
    (folder / "begun").touch()
    time.sleep(SECONDS_OF_SLOW_WORK)
    (folder / "ended").touch()


def pay(folder: Path, manner: str, _database: Database, payload: Mapping[str, Any]) -> None:
    """Calls the outside with the job's number; the careless manner makes a new number for each attempt."""
    number = payload["number"]
    if number % 10 == 3:
        die_once(folder, f"before.{manner}", number)
    bill = f"{manner}.{number if manner == 'careful' else new_id()}"
    with (folder / "calls").open("a") as calls:
        calls.write(f"{bill}\n")
    (folder / f"paid.{bill}").touch()
    time.sleep(SECONDS_OF_WORK)
    if number % 10 == 7:
        die_once(folder, f"after.{manner}", number)


def main() -> None:
    """Runs until it is killed."""
    folder, settings, registry = Path(sys.argv[1]), Settings(), Registry()
    registry.local(LOCAL, partial(local, folder))
    registry.calling(SLOW, partial(slow, folder), lease=timedelta(minutes=1))
    for kind, manner in ((PAY, "careful"), (PAY_CARELESSLY, "careless")):
        registry.calling(kind, partial(pay, folder, manner), lease=LEASE)
    Worker(Database(settings.app_database, SystemClock()), registry).run()


if __name__ == "__main__":
    main()
