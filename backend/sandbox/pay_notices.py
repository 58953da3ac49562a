"""Notices of WeChat Pay v3: posted where each order asked for it, told again until the product has heard.

The real pauses add up to a day; they shrink with CALLBACK_SECONDS, of which five are the real five.
"""

from __future__ import annotations

import http.client
import random
import ssl
import threading
import time
from urllib.parse import urlsplit

from backend.sandbox import collector, collector_refunds
from backend.sandbox.pay_envelope import Letter, letter
from backend.sandbox.world import World

PAUSES = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
REAL_SECONDS = 5
HEARD = (200, 204)
CHANCE = random.Random()  # noqa: S311 an order of arrival is no secret


def post_new(world: World) -> None:
    """Sends off what has not been posted yet, each on a thread of its own, as nobody waits for it."""
    with world.store.read() as db:
        if db.execute("SELECT 1 FROM collect_notice WHERE outcome = 'new' LIMIT 1").fetchone() is None:
            return
    with world.store.write() as db:
        wish = collector.account(db)
        rows = db.execute("SELECT id FROM collect_notice WHERE outcome = 'new'").fetchall()
        outcome = "dropped" if wish["dropped"] else "under_way"
        db.execute("UPDATE collect_notice SET outcome = ? WHERE outcome = 'new'", (outcome,))
    if wish["dropped"]:
        return
    for row in rows:
        for _ in range(wish["copies"]):
            wait = wish["delay"] + CHANCE.uniform(0, wish["scatter"])
            work = threading.Thread(
                target=_deliver, args=(world, row["id"], wait, wish["forge"]), daemon=True
            )
            work.start()


def resume(world: World) -> None:
    """Goes on after a restart."""
    with world.store.write() as db:
        db.execute("UPDATE collect_notice SET outcome = 'new' WHERE outcome = 'under_way'")
    post_new(world)


def later(world: World, seconds: float) -> None:
    """Looks again when a refund is due, so that it is told of without anybody asking."""

    def look() -> None:
        time.sleep(seconds + 0.05)
        with world.store.write() as db:
            collector_refunds.advance(world, db)
        post_new(world)

    threading.Thread(target=look, daemon=True).start()


def again(world: World, about: str, number: str) -> int:
    """Has the notices of an order or refund told once more; gives how many there are."""
    with world.store.write() as db:
        found = db.execute(
            "UPDATE collect_notice SET outcome = 'new' WHERE about = ? AND number = ?"
            " AND outcome NOT IN ('under_way', 'unwanted')",
            (about, number),
        ).rowcount
    post_new(world)
    return found


def _deliver(world: World, notice_id: str, wait: float, forge: str) -> None:
    time.sleep(wait)
    scale = world.config.callback_seconds / REAL_SECONDS
    for pause in (*PAUSES, None):
        with world.store.read() as db:
            notice = db.execute("SELECT * FROM collect_notice WHERE id = ?", (notice_id,)).fetchone()
        heard, detail = _post(world, notice["url"], letter(world, notice, forge))
        outcome = "accepted" if heard else "under_way" if pause else "given_up"
        with world.store.write() as db:
            db.execute(
                "UPDATE collect_notice SET attempts = attempts + 1, detail = ?,"
                " outcome = CASE outcome WHEN 'accepted' THEN outcome ELSE ? END WHERE id = ?",
                (detail, outcome, notice_id),
            )
        if heard or pause is None:
            return
        time.sleep(pause * scale)


def _post(world: World, url: str, sent: Letter) -> tuple[bool, str]:
    """Whether the product has heard, and what it answered."""
    target = urlsplit(url)
    connection = _connection(world, target.scheme, target.hostname or "", target.port)
    try:
        connection.request("POST", target.path or "/", sent.body.encode(), dict(sent.headers))
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return False, type(error).__name__
    finally:
        connection.close()
    return status in HEARD, f"HTTP {status}"


def _connection(world: World, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    seconds = world.config.callback_seconds
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=seconds)
    authority = world.config.authority_file
    trust = ssl.create_default_context(cafile=authority if authority.exists() else None)
    return http.client.HTTPSConnection(host, port, timeout=seconds, context=trust)
