"""The envelope of those whom the bureau asks by signed calls: who asks, when, and what is answered to that.

Bank and tax authority each have a door of their own: their word in the headers, their keys, their nonces.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Response, request

from backend.sandbox import bank_crypto, bank_files
from backend.sandbox.config import Config, Link
from backend.sandbox.world import World, the_world

SKEW_SECONDS = 300
NONCES_KEPT_SECONDS = 3600
BUSY_CODE = "9001"

Told = TypeVar("Told")
Act = Callable[[World, sqlite3.Connection, Mapping[str, Any]], Told]
"""What a call does in its transaction, and has to tell."""


class Refused(Exception):
    """The whole call fails with this code."""


class SignedDoor:
    """`who` names the other side's key and its table of nonces; with a capital it stands in the headers."""

    def __init__(self, who: str, link: Callable[[Config], Link]) -> None:
        self._who = who
        self._word = who.capitalize()
        self._link_of = link

    def install(self, world: World) -> None:
        """Makes the table of nonces, and the demo's keys."""
        table = f"{self._who}_nonce"
        with world.store.write() as db:
            db.execute(f"CREATE TABLE IF NOT EXISTS {table} (nonce TEXT PRIMARY KEY, at REAL NOT NULL)")
            db.execute(f"CREATE INDEX IF NOT EXISTS {table}_by_age ON {table} (at)")
        link = self._link_of(world.config)
        bank_crypto.make_keys(link.keys, link.algorithm, self._who)

    def answered(self, act: Act[Told], sign: Callable[[Told], Response]) -> Response:
        """Checks before the transaction, and signs after it: arithmetic must not hold up others."""
        world = the_world()
        try:
            self._verify(world)
            with world.store.write() as db:
                self._require_new(db)
                told = act(world, db, read_question())
        except Refused as refusal:
            return self.refuse(str(refusal))
        return sign(told)

    def refuse(self, code: str) -> Response:
        """The whole call is refused."""
        return self.sign({"code": code}, 503 if code == BUSY_CODE else 400)

    def sign(self, body: Mapping[str, Any], status: int = 200) -> Response:
        """An answer to this very call."""
        return self._signed(json.dumps(body, ensure_ascii=False).encode(), status, "application/json")

    def sign_file(self, told: tuple[str, str]) -> Response:
        """A day-end file, spoiled as the world was told."""
        text, how = told
        content = bank_files.spoiled(text, how).encode()
        answer = self._signed(content, 200, "text/plain; charset=utf-8")
        digested = content + b"?" if how == "digest" else content
        digest = bank_crypto.digest(self._link_of(the_world().config).algorithm, digested)
        answer.headers[f"X-{self._word}-File-Digest"] = digest
        return answer

    def _signed(self, written: bytes, status: int, content_type: str) -> Response:
        """The nonce of the question is signed with the answer."""
        link = self._link_of(the_world().config)
        stamp, nonce = str(int(time.time())), self._header("Nonce")
        message = b"\n".join([str(status).encode(), stamp.encode(), nonce.encode(), written, b""])
        signature = bank_crypto.sign(link.algorithm, link.keys / f"{self._who}.pem", message)
        headers = {
            f"X-{self._word}-Timestamp": stamp,
            f"X-{self._word}-Signature-Algorithm": link.algorithm,
            f"X-{self._word}-Signature": base64.b64encode(signature).decode(),
        }
        return Response(written, status, content_type=content_type, headers=headers)

    def _verify(self, world: World) -> None:
        """Who calls, and when: the client, the time and the signature."""
        link = self._link_of(world.config)
        stamp, nonce = self._header("Timestamp"), self._header("Nonce")
        if self._header("Client") != link.client_id or not re.fullmatch(r"[0-9a-f]{32}", nonce):
            raise Refused("4011")
        if not re.fullmatch(r"\d{1,12}", stamp) or not _fresh(world, int(stamp)):
            raise Refused("4012")
        lines = [request.method.encode(), request.path.encode(), stamp.encode(), nonce.encode()]
        message = b"\n".join([*lines, request.get_data(), b""])
        try:
            signature = base64.b64decode(self._header("Signature"), validate=True)
        except binascii.Error:
            raise Refused("4013") from None
        agreed = self._header("Signature-Algorithm") == link.algorithm
        if not agreed or not bank_crypto.verified(
            link.algorithm, link.keys / "bureau.pub", message, signature
        ):
            raise Refused("4013")

    def _require_new(self, db: sqlite3.Connection) -> None:
        """Each nonce once. They age by the machine's clock, which nobody moves to have old ones forgotten."""
        table, now = f"{self._who}_nonce", time.time()
        db.execute(f"DELETE FROM {table} WHERE at < ?", (now - NONCES_KEPT_SECONDS,))  # noqa: S608 our own name
        row = (self._header("Nonce"), now)
        if not db.execute(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", row).rowcount:  # noqa: S608 our own name
            raise Refused("4014")

    def _header(self, name: str) -> str:
        return request.headers.get(f"X-{self._word}-{name}", "")


def read_question() -> dict[str, Any]:
    """The JSON object that was asked; raises Refused."""
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        raise Refused("4000") from error
    if not isinstance(body, dict):
        raise Refused("4000")
    return body


def _fresh(world: World, stamp: int) -> bool:
    """By the machine's clock or the world's: a product that travels in time may sign by either."""
    with world.store.read() as db:
        clocks = (time.time(), world.now(db))
    return any(abs(clock - stamp) <= SKEW_SECONDS for clock in clocks)
