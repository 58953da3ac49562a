"""One reading unit of work a request: first the caller is found with it, then what was asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from flask import Flask, g

from backend.kernel.db import Work
from backend.web.house import house


@contextmanager
def reading() -> Iterator[Work]:
    """The request's reading unit of work; stays open for the next who reads, until `end_reading`.

    Raises what `Database.reading` does.
    """
    if "reading" not in g:
        g.reading_context = house().database.reading()
        g.reading = g.reading_context.__enter__()
    try:
        yield g.reading
    except BaseException:
        _end(*sys.exc_info())
        raise


def end_reading() -> None:
    """Gives the connection back: who writes needs it for a transaction."""
    _end(None, None, None)


def register_reading(app: Flask) -> None:
    """Ends with the request what is still open."""
    app.teardown_request(lambda _: end_reading())


def _end(
    kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
) -> None:
    if "reading" in g:
        context = g.pop("reading_context")
        g.pop("reading")
        context.__exit__(kind, error, traceback)
