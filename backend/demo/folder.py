"""The demo's data folder: used by one demo at a time, and thrown away on request."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.demo.servers import end_leftovers
from backend.kernel.settings import Settings

LOCK = "demo.lock"


class Refused(Exception):
    """The demo will not do this; the message says why and what would help."""


def require_demo(settings: Settings) -> None:
    """Raises Refused where real people depend on the data."""
    if settings.production:
        raise Refused("this is not for ENVIRONMENT=production; see docs/deployment.md")


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Holds the folder against a second demo; the lock goes with the process, however that ends.

    Raises Refused when another demo holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "another process"
            raise Refused(
                f"process {holder} runs a demo on {data_dir.resolve()}; stop it or choose another DATA_DIR"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def reset(settings: Settings) -> str:
    """Removes the demo's data folder; returns what to tell. Raises Refused when in use or precious."""
    require_demo(settings)
    data_dir = settings.data_dir.resolve()
    if not (data_dir / LOCK).exists():
        return f"{data_dir} holds no demo, nothing to remove"
    for precious in (Path.home(), Path.cwd()):
        if precious.resolve().is_relative_to(data_dir):
            raise Refused(f"{data_dir} holds more than a demo; remove its data by hand")
    with held(data_dir):
        end_leftovers(data_dir)
        shutil.rmtree(data_dir)
    kept = "" if not settings.database_url else "; the database of DATABASE_URL was not touched"
    return f"removed {data_dir}{kept}"


def main() -> None:
    """`flask demo reset`, in a process of its own."""
    try:
        sys.stdout.write(f"demo: {reset(Settings())}\n")
    except Refused as reason:
        sys.exit(f"demo: {reason}")


if __name__ == "__main__":
    main()
