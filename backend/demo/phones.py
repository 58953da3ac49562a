"""The personas' phones in the sandbox: what a person would tap there, spoken over its own door."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit


class Phones:
    """Taps on phones of the sandbox. Every call raises OSError when the sandbox does not answer."""

    def __init__(self, sandbox_url: str) -> None:
        self._place = urlsplit(sandbox_url)

    def register(self, phone: str, name: str) -> None:
        """Puts a phone with its WeChat user into the world; the same again changes nothing."""
        self._ask("PUT", phone, "", {"name": name})

    def login_code(self, phone: str) -> str:
        """What `wx.login()` gives in the mini-program."""
        return str(self._ask("POST", phone, "/wx-login", {})["code"])

    def phone_code(self, phone: str) -> str:
        """What the phone-number button gives in the mini-program."""
        return str(self._ask("POST", phone, "/phone-code", {})["code"])

    def messages(self, phone: str) -> list[dict[str, Any]]:
        """What arrived on the phone, oldest first, each with its `kind` and `text`."""
        return list(self._ask("GET", phone, "/messages", {})["messages"])

    def pay(self, order_number: str, *, late: bool = False) -> None:
        """Whoever is to pay an order pays it; `late`: also one that was closed while they typed."""
        self._say("POST", f"/collector/orders/{order_number}/pay", {"late": late})

    def _ask(self, method: str, phone: str, tap: str, wish: dict[str, Any]) -> dict[str, Any]:
        return self._say(method, f"/phones/{phone}{tap}", wish)

    def _say(self, method: str, path: str, wish: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._place.hostname or "", self._place.port, timeout=10)
        try:
            body = json.dumps(wish).encode()
            headers = {"Content-Type": "application/json"}
            connection.request(method, f"/_world{path}", body, headers)
            answer = connection.getresponse()
            said: dict[str, Any] = json.loads(answer.read() or b"{}")
            if answer.status >= http.client.BAD_REQUEST:
                raise OSError(f"the sandbox refused {method} {path}: {said.get('message')}")
            return said
        finally:
            connection.close()
