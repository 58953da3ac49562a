"""Refuses requests at once when too many wait already, so that those who are served are served in time.

How many wait is read off the listening socket: Linux reports the length of its accept queue. A proxy in front
that stamps `X-Request-Start: t=<seconds since 1970>` adds what waited before that, and is all there is on a
Unix socket.
"""

from __future__ import annotations

import json
import secrets
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from prometheus_client import Counter

from backend.web.problems import HTTP_PROBLEMS, PROBLEM_JSON

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ALWAYS_ANSWERED = frozenset({"/healthz", "/readyz", "/metrics"})
LONGEST_WAIT_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 5
MOST_REFUSALS_IN_A_ROW = (
    5  # a refusal costs something, too: without this, a flood could leave nothing but them
)

_TCP_INFO = struct.Struct("=8B5I")  # of struct tcp_info up to tcpi_unacked: on a listener, the accept queue
_SHED = Counter("http_requests_shed", "Requests refused because too many were waiting")


def accept_queue(listeners: Sequence[socket.socket]) -> int:
    """Connections that no worker has taken yet; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    return sum(map(_waiting_on, listeners))


class Shedding:
    """WSGI middleware: 503 and `Retry-After` while more than `max_waiting` wait, or after a long wait."""

    def __init__(
        self,
        app: WSGIApplication,
        *,
        waiting: Callable[[], int],
        max_waiting: int,
        wall_clock: Callable[[], float] = time.time,  # noqa: TID251 the proxy stamps the machine's time
    ) -> None:
        self._app = app
        self._waiting = waiting
        self._max_waiting = max_waiting
        self._wall_clock = wall_clock
        self._refused_in_a_row = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Passes the request on or refuses it, before anything of it is parsed."""
        if environ.get("PATH_INFO") in ALWAYS_ANSWERED:
            return self._app(environ, start_response)
        if self._refused_in_a_row < MOST_REFUSALS_IN_A_ROW and self._overloaded(environ):
            self._refused_in_a_row += 1
            _SHED.inc()
            return _refuse(environ, start_response)
        self._refused_in_a_row = 0
        return self._app(environ, start_response)

    def _overloaded(self, environ: WSGIEnvironment) -> bool:
        return (
            self._waiting() > self._max_waiting
            or self._waited(environ.get("HTTP_X_REQUEST_START", "")) > LONGEST_WAIT_SECONDS
        )

    def _waited(self, stamp: str) -> float:
        try:
            return self._wall_clock() - float(stamp.removeprefix("t="))
        except ValueError:
            return 0.0


def _waiting_on(listener: socket.socket) -> int:
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return 0
    info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    unacked: int = _TCP_INFO.unpack(info)[-1]
    return unacked


def _refuse(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    code, title = HTTP_PROBLEMS[503]
    request_id = environ.get("HTTP_X_REQUEST_ID", "-")
    problem = {
        "type": f"urn:eshebao:problem:{code}",
        "title": title,
        "status": 503,
        "code": code,
        "request_id": request_id,
    }
    body = json.dumps(problem, ensure_ascii=False).encode()
    headers = [
        ("Content-Type", PROBLEM_JSON),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        # Spread out, lest all who were refused come back in the same second.
        ("Retry-After", str(1 + secrets.randbelow(LONGEST_RETRY_SECONDS))),
    ]
    start_response("503 Service Unavailable", headers)
    return [body]
