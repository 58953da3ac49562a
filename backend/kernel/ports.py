"""Where concrete adapters are found by the Protocol they implement."""

from __future__ import annotations

from typing import TypeVar, cast

T = TypeVar("T")


class Ports:
    """Filled by `backend.bootstrap`; asked by the edge, the worker and the command line."""

    def __init__(self) -> None:
        self._adapters: dict[type, object] = {}

    def provide(self, port: type[T], adapter: T) -> None:
        """Names the adapter of a port."""
        self._adapters[port] = adapter

    def get(self, port: type[T]) -> T:
        """The adapter of a port; raises LookupError when none was provided."""
        if port not in self._adapters:
            raise LookupError(f"no adapter for {port.__name__}")
        return cast(T, self._adapters[port])
