"""Things that happen at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any


def at_once(times: int, act: Callable[[int], Any]) -> list[Any]:
    """What `act(0)` ... `act(times - 1)` gave or raised, all started at the same moment."""
    start = Barrier(times)

    def one(number: int) -> Any:
        start.wait()
        try:
            return act(number)
        except Exception as error:  # noqa: BLE001 - what went wrong is the result
            return error

    with ThreadPoolExecutor(times) as crowd:
        return list(crowd.map(one, range(times)))
