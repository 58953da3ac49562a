"""How calls leave the house: bounded in time, never repeated by a library, led to a stand-in when told so."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from backend.kernel.calls import Note

TIMEOUT = (3.0, 5.0)
"""Seconds to connect, and seconds between two bytes of the answer."""
SILENT_GATEWAYS = {502, 504}
FAULTS = 500


class Outbound(HTTPAdapter):
    """Carries the requests of a client library that has its host built in and may forget to set a timeout.

    When `target` is not the `official` address, requests go to `target` with the official path and Host
    header: signatures cover the Host, and the stand-in sees exactly what the real one would. `note` is told
    how each call ended.
    """

    def __init__(self, official: str, target: str, note: Note | None = None) -> None:
        super().__init__(max_retries=0)
        self._note = note or (lambda ms, failure: None)
        self._target = None if target.rstrip("/") == official else urlsplit(target)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Sends once. A gateway's word that nobody behind it answered is a ConnectionError, as silence is."""
        if self._target:
            request = request.copy()
            url = urlsplit(str(request.url))
            request.headers["Host"] = url.netloc
            request.url = urlunsplit(url._replace(scheme=self._target.scheme, netloc=self._target.netloc))
            proxies = None  # a stand-in is near; a proxy would look for it at its own side
        began = monotonic()
        failure: str | None = "cut short"
        try:
            response = super().send(request, stream, TIMEOUT, verify, cert, proxies)
            failure = f"HTTP {response.status_code}" if response.status_code >= FAULTS else None
        except requests.RequestException as error:
            failure = type(error).__name__
            raise
        finally:
            self._note(round((monotonic() - began) * 1000), failure)
        if response.status_code in SILENT_GATEWAYS:
            response.close()
            raise requests.ConnectionError(f"HTTP {response.status_code}")
        return response


def leave_through(session: requests.Session, adapter: Outbound) -> None:
    """Makes `adapter` the only way out of a session; redirects could carry secrets away: none is followed."""
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.max_redirects = 0


def never_sent(error: BaseException) -> bool:
    """Whether the request certainly did not reach the other side; otherwise its effect is unknown."""
    kinds = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
    return any(isinstance(cause, kinds) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that are wrapped in it; each library wraps in its own way."""
    waiting, seen = [error], set()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__)
        waiting += [one for one in inner if isinstance(one, BaseException)]
