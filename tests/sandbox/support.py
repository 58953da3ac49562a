"""A running sandbox and a product that it calls back, both over real sockets."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException
from wechatpy.utils import check_signature

MINI = {"appid": "wxdemo0000000mini1", "secret": "demo-mini-secret"}
OA = {"appid": "wxdemo00000000oa01", "secret": "demo-oa-secret"}
TOKEN, AES_KEY = "demooatoken", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ROOT = Path(__file__).parents[2]
numbers = itertools.count(13900000000)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(look: Callable[[], object], seconds: float = 10) -> object:
    """What `look` gives as soon as it is something; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)
    return found


class Sandbox:
    """One process; `start` and `stop` may be repeated on the same folder."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {"DATA_DIR": str(folder), "SANDBOX_PORT": str(self.port), **environment}
        self.log = folder / "sandbox.log"

    def start(self) -> Sandbox:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "backend.sandbox"],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        eventually(self._ready, 15)
        return self

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(10)

    def _ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return requests.get(f"{self.url}/_world/health", timeout=2).ok
        except requests.ConnectionError:
            return False

    def get(self, path: str, **query: object) -> dict:
        return self._json(requests.get(self.url + path, params=query, timeout=10))

    def post(self, path: str, body: object = None, **query: object) -> dict:
        return self._json(requests.post(self.url + path, json=body, params=query, timeout=10))

    def put(self, path: str, body: object) -> dict:
        return self._json(requests.put(self.url + path, json=body, timeout=10))

    def fault(self, path: str, kind: str, **more: object) -> None:
        self.post("/_world/faults", {"path": path, "kind": kind, **more})

    def delete_faults(self) -> None:
        requests.delete(f"{self.url}/_world/faults", timeout=10).raise_for_status()

    def person(self, name: str = "王秀英", **more: object) -> Person:
        return Person(self, str(next(numbers)), name, more)

    def token(self, app: dict[str, str]) -> str:
        body = {"grant_type": "client_credential", **app}
        return self.post("/cgi-bin/stable_token", body)["access_token"]

    @staticmethod
    def _json(answer: requests.Response) -> dict:
        answer.encoding = "utf-8"
        return answer.json()


class Person:
    """A phone with its owner."""

    def __init__(self, sandbox: Sandbox, phone: str, name: str, more: dict) -> None:
        self.sandbox, self.phone = sandbox, phone
        known = sandbox.put(f"/_world/phones/{phone}", {"name": name, **more})
        self.mini_openid, self.oa_openid = known["mini_openid"], known["oa_openid"]

    def does(self, verb: str, **body: object) -> dict:
        return self.sandbox.post(f"/_world/phones/{self.phone}/{verb}", body)

    def code(self, verb: str, **body: object) -> str:
        return self.does(verb, **body)["code"]

    def messages(self) -> list[dict]:
        return self.sandbox.get(f"/_world/phones/{self.phone}/messages")["messages"]


class Product:
    """The callback door of a product, opened with an independent implementation of WeChat's cipher."""

    def __init__(self) -> None:
        self.heard: list[dict] = []
        self.silences: list[float] = []
        self.calm()
        handler = type(
            "Door",
            (BaseHTTPRequestHandler,),
            {
                "do_GET": lambda door: self._verify(door),
                "do_POST": lambda door: self._hear(door),
                "log_message": lambda *words: None,
            },
        )
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/callbacks/wechat"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def calm(self) -> None:
        self.heard.clear()
        self.silences = []
        self.status, self.garbled = 200, False
        self.reply: Callable[[dict], str] = lambda message: ""
        self.tamper: Callable[[str], str] = lambda envelope: envelope

    def events(self, openid: str, name: str) -> list[dict]:
        """What was heard from one person; every attempt counts."""
        heard = [m for m in self.heard if m["FromUserName"] == openid]
        return [m for m in heard if name in (m["MsgType"], m.get("Event"))]

    def _verify(self, door: BaseHTTPRequestHandler) -> None:
        query = self._query(door)
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        self._answer(door, "wrong" if self.garbled else query["echostr"])

    def _hear(self, door: BaseHTTPRequestHandler) -> None:
        query = self._query(door)
        assert query["encrypt_type"] == "aes"
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        body = door.rfile.read(int(door.headers["Content-Length"]))
        for app in (OA, MINI):
            crypto = WeChatCrypto(TOKEN, AES_KEY, app["appid"])
            try:
                text = crypto.decrypt_message(
                    body, query["msg_signature"], query["timestamp"], query["nonce"]
                )
                break
            except InvalidAppIdException:
                continue
        message = {**xmltodict.parse(text)["xml"], "appid": app["appid"]}
        assert message["FromUserName"] == query["openid"]
        self.heard.append(message)
        if self.silences:
            time.sleep(self.silences.pop(0))
        reply = self.reply(message)
        if reply and not self.garbled:
            reply = self.tamper(crypto.encrypt_message(reply, "nonce", query["timestamp"]))
        self._answer(door, reply)

    def _answer(self, door: BaseHTTPRequestHandler, text: str) -> None:
        try:
            door.send_response(self.status)
            door.send_header("Content-Length", str(len(text.encode())))
            door.end_headers()
            door.wfile.write(text.encode())
        except BrokenPipeError:
            pass  # the sandbox did not want to wait any longer

    @staticmethod
    def _query(door: BaseHTTPRequestHandler) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(door.path).query).items()}


def text_reply(message: dict, text: str) -> str:
    """A passive reply to what was heard."""
    return xmltodict.unparse(
        {
            "xml": {
                "ToUserName": message["FromUserName"],
                "FromUserName": message["ToUserName"],
                "CreateTime": message["CreateTime"],
                "MsgType": "text",
                "Content": text,
            }
        },
        full_document=False,
    )
