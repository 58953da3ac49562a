"""Notices of WeChat Pay v3: sealed and signed, and told until somebody has heard."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.sandbox.pay_v3 import KEY, keys, paid, query
from tests.sandbox.support import Sandbox, eventually


@pytest.fixture
def ear() -> Iterator[tuple[str, list[tuple[dict, bytes, float]], list[int]]]:
    heard: list[tuple[dict, bytes, float]] = []
    statuses: list[int] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((dict(self.headers.items()), body, time.monotonic()))
            self.send_response(statuses.pop(0) if statuses else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/told", heard, statuses
    server.shutdown()
    server.server_close()


def test_a_notice_opens_with_the_api_key(sandbox: Sandbox, ear: tuple) -> None:
    url, heard, _ = ear
    asked = paid(sandbox, notify_url=url)
    eventually(lambda: heard)
    told, body, _ = heard[0]
    signature = base64.b64decode(told["Wechatpay-Signature"])
    message = f"{told['Wechatpay-Timestamp']}\n{told['Wechatpay-Nonce']}\n".encode() + body + b"\n"
    keys(sandbox)[1].verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    notice = json.loads(body)
    assert (notice["event_type"], notice["resource_type"]) == ("TRANSACTION.SUCCESS", "encrypt-resource")
    sealed = notice["resource"]
    opened = AESGCM(KEY).decrypt(
        sealed["nonce"].encode(), base64.b64decode(sealed["ciphertext"]), sealed["associated_data"].encode()
    )
    assert json.loads(opened) == query(sandbox, asked["out_trade_no"])[1]


def test_a_notice_is_told_until_it_is_heard(ear: tuple, tmp_path: Path) -> None:
    url, heard, statuses = ear
    statuses += [500, 404, 302]
    sandbox = Sandbox(tmp_path, CALLBACK_SECONDS="0.1").start()
    try:
        asked = paid(sandbox, notify_url=url)
        eventually(lambda: len(heard) == 4)
        gaps = [later[2] - sooner[2] for sooner, later in pairwise(heard)]
        assert gaps[0] >= 0.25
        assert gaps[2] > gaps[0] * 1.5, "the pauses grow as the real ones do"
        assert len({json.loads(one[1])["id"] for one in heard}) == 1
        assert len({one[0]["Wechatpay-Nonce"] for one in heard}) == 4
        [told] = sandbox.get("/_world/collector")["notices"]
        eventually(lambda: sandbox.get("/_world/collector")["notices"][0]["outcome"] == "accepted")
        assert told["number"] == asked["out_trade_no"]
    finally:
        sandbox.stop()


def test_a_restart_forgets_no_notice(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, CALLBACK_SECONDS="0.5").start()
    try:
        nobody = "http://127.0.0.1:9/told"
        asked = paid(sandbox, notify_url=nobody)
        eventually(lambda: sandbox.get("/_world/collector")["notices"][0]["attempts"] == 1)
        sandbox.stop()
        sandbox.start()
        eventually(lambda: sandbox.get("/_world/collector")["notices"][0]["attempts"] == 2)
        assert query(sandbox, asked["out_trade_no"])[1]["trade_state"] == "SUCCESS"
    finally:
        sandbox.stop()
