"""Bad days on demand: an error code, a broken gateway, a slow or a cut line, an answer that gets lost."""

from __future__ import annotations

import random
import re
import socket
import time
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, g, request

from backend.sandbox import bank, pay_envelope, sms, tax, wechat, wechat_pay
from backend.sandbox.world import the_world

KINDS = ("errcode", "errcode_after", "http_status", "delay", "drop", "lost_answer", "unsigned", "tampered")
PAY_PATHS = ("/mmpaymkttransfers/", "/pay/")
MOST_TIMES = 1000
MOST_SECONDS = 60
CHANCE = random.Random()  # noqa: S311 bad luck is no secret


class BadFault(ValueError):
    """A fault that cannot be played; the text says why, in Chinese."""


def install(app: Flask) -> None:
    """Puts the faults in front of and behind every real path."""
    app.before_request(_before)
    app.after_request(_after)


def add(wish: Mapping[str, Any]) -> int:
    """Arms a fault for its next `times` calls (1 when left out); gives its number.

    With a `share` it is played by chance for that share of all calls, until faults are cleared.
    """
    path, kind = str(wish.get("path", "")), wish.get("kind")
    times, seconds = wish.get("times", 1), wish.get("seconds", 0)
    status, errcode = wish.get("status", 0), str(wish.get("errcode", ""))
    if path != "*" and not path.startswith("/"):
        raise BadFault("path 须以 / 开头，或为 *")
    if kind not in KINDS:
        raise BadFault("kind 须为 " + "、".join(KINDS))
    if type(times) is not int or not 1 <= times <= MOST_TIMES:
        raise BadFault(f"times 须为 1 至 {MOST_TIMES}")
    if kind == "delay" and not (isinstance(seconds, int | float) and 0 < seconds <= MOST_SECONDS):
        raise BadFault(f"seconds 须大于 0 且不超过 {MOST_SECONDS}")
    if kind == "http_status" and (type(status) is not int or not 400 <= status <= 599):
        raise BadFault("status 须为 400 至 599")
    if str(kind).startswith("errcode") and not re.fullmatch(r"-?\d+|[A-Z][A-Za-z._]+", errcode):
        raise BadFault("errcode 须为微信、银行或税务的数字错误码，或微信支付、腾讯云的文字错误码")
    share = _share(wish)
    with the_world().store.write() as db:
        number = db.execute(
            "INSERT INTO fault (path, kind, errcode, status, seconds, remaining, share)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (path, kind, errcode, status, seconds, times, share),
        ).lastrowid
    return int(number or 0)


def _share(wish: Mapping[str, Any]) -> float:
    """The share of calls that a fault is played for; 0 when it is counted instead."""
    share = wish.get("share")
    if share is None:
        return 0.0
    if type(share) not in (int, float) or not 0 < share <= 1:
        raise BadFault("share 须大于 0，且不超过 1")
    return float(share)


def armed() -> list[dict[str, Any]]:
    """The faults that will still be played, oldest first."""
    with the_world().store.read() as db:
        rows = db.execute("SELECT * FROM fault WHERE remaining > 0 ORDER BY id").fetchall()
    return [dict(row) for row in rows]


def clear() -> None:
    """All is well again."""
    with the_world().store.write() as db:
        db.execute("DELETE FROM fault")


def _before() -> Response | None:
    fault = _next() if _is_real() else None
    if fault is None:
        return None
    if fault["kind"] == "delay":
        time.sleep(fault["seconds"])
    elif fault["kind"] == "lost_answer":
        g.lose_the_answer = True
    elif fault["kind"] in ("unsigned", "tampered"):
        g.spoil_the_answer = fault["kind"]
    elif fault["kind"] == "errcode_after":
        g.answer_instead = fault["errcode"]
    elif fault["kind"] == "drop":
        return _cut()
    elif fault["kind"] == "http_status":
        return Response(f"<html><body><h1>{fault['status']}</h1></body></html>", status=fault["status"])
    else:
        return _refusal(fault["errcode"])
    return None


def _after(response: Response) -> Response:
    if g.get("lose_the_answer"):
        return _cut()
    if "spoil_the_answer" in g:
        return _spoiled(response, g.spoil_the_answer)
    return _refusal(g.answer_instead) if "answer_instead" in g else response


def _spoiled(response: Response, how: str) -> Response:
    """An answer that somebody has been at; it reads as before, but for whoever checks signatures."""
    if how == "tampered":
        response.set_data(response.get_data() + b" ")
        return response
    for name, _ in [*response.headers]:
        if name.endswith("-Signature"):
            del response.headers[name]
    return response


def _refusal(errcode: str) -> Response:
    """In the words of whoever is called; one that "*" meets with the other's kind of code is just broken."""
    number = errcode.lstrip("-").isdigit()
    if request.path.startswith("/bank/"):
        return bank.failed(errcode)
    if request.path.startswith("/tax/"):
        return tax.failed(errcode)
    if request.path.startswith("/v3/"):
        return pay_envelope.failed("SYSTEM_ERROR" if number else errcode)
    if request.path.startswith(PAY_PATHS):
        return wechat_pay.failed("SYSTEMERROR" if number else errcode)
    if request.path == "/":
        return sms.failed("InternalError" if number else errcode)
    return wechat.refuse(int(errcode) if number else -1)


def _is_real() -> bool:
    """Whether WeChat or Tencent Cloud would answer here, rather than the world's own door and page."""
    own = request.path.startswith("/_world/") or (request.path == "/" and request.method in ("GET", "HEAD"))
    return not own


def _next() -> dict[str, Any] | None:
    with the_world().store.read() as db:
        rows = db.execute(
            "SELECT * FROM fault WHERE remaining > 0 AND ? GLOB path ORDER BY id", (request.path,)
        ).fetchall()
    for row in rows:
        if row["share"] and CHANCE.random() < row["share"]:
            return dict(row)
        if not row["share"] and _used(row["id"]):
            return dict(row)
    return None


def _used(number: int) -> bool:
    """Counts a fault down; False when another call has played it meanwhile."""
    with the_world().store.write() as db:
        done = db.execute(
            "UPDATE fault SET remaining = remaining - 1 WHERE id = ? AND remaining > 0", (number,)
        )
        return done.rowcount == 1


def _cut() -> Response:
    """Closes the line itself: the caller gets no byte, as when a cable is pulled."""
    line: socket.socket = request.environ["werkzeug.socket"]
    line.shutdown(socket.SHUT_RDWR)
    return Response(status=503)  # the server finds the line closed when it tries to write this
